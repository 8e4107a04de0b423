//! What a user has.

use serde::Serialize;
use till_lambda::front::Call;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::shapes::{self, EntryShape, WalletShape};

use crate::{Action, Needs};

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    wallet: WalletShape,
    /// The last lines of the ledger, newest first.
    entries: Vec<EntryShape>,
}

pub async fn answer<P: Needs>(ports: &P, call: &Call<'_, Action>) -> Result<Response, Problem> {
    let user = call.user()?;
    let wallet = ports.load_wallet(user).await?;
    let entries = ports.list_entries(user).await?;
    let wallet = shapes::wallet(user, &wallet, ports.now());
    Ok(json(200, shapes::json(&Answer { wallet, entries: entries.iter().map(shapes::entry).collect() })))
}
