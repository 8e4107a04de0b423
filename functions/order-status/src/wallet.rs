//! A user's wallet, and the last entries of its ledger.

use serde::Serialize;
use till_app::ports::{Clock, ListEntries, LoadWallet};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, EntryShape, WalletShape};

use crate::Action;

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    wallet: WalletShape,
    /// Newest first.
    entries: Vec<EntryShape>,
}

pub async fn answer(
    ports: &(impl LoadWallet + ListEntries + Clock),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    call.check_parameters(&[])?;
    let user = call.user()?;
    let wallet = ports.load_wallet(user).await?;
    let entries = ports.list_entries(user).await?;
    let wallet = shapes::wallet(user, &wallet, ports.now());
    Ok(json(200, &Answer { wallet, entries: entries.iter().map(shapes::entry).collect() }))
}
