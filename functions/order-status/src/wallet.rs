//! A user's wallet, and the last entries of its ledger.

use serde::Serialize;
use till_app::ports::{Clock, ListEntries, LoadWallet};
use till_domain::text::UserId;
use till_lambda::fields::{parsed, required};
use till_lambda::http::{ReadRequest as _, Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, EntryShape, WalletShape};
use till_lambda::token::{Caller, Role};

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
    call.check_parameters(&["user_id"])?;
    let caller = call.caller()?;
    let named = parsed("user_id", call.request.parameter("user_id"), UserId::parse)?;
    let user = whose(caller, named)?;
    let wallet = ports.load_wallet(&user).await?;
    let entries = ports.list_entries(&user).await?;
    let wallet = shapes::wallet(&user, &wallet, ports.now());
    let shape = if caller.role == Role::User { shapes::entry } else { shapes::team_entry };
    Ok(json(200, &Answer { wallet, entries: entries.iter().map(shape).collect() }))
}

/// A service has no wallet of its own, so it names a user.
fn whose(caller: &Caller, named: Option<UserId>) -> Result<UserId, Problem> {
    match caller.role {
        Role::User if named.as_ref().is_some_and(|named| *named != caller.user) => Err(Problem::new(403, "forbidden")),
        Role::User | Role::Admin => Ok(named.unwrap_or_else(|| caller.user.clone())),
        Role::Service => required("user_id", named),
    }
}
