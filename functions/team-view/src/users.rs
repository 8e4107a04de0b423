//! Everything about one user: wallet, the end of the ledger, and orders.

use serde::Serialize;
use till_app::ports::{Clock, ListEntries, ListOrders, LoadWallet};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, EntryShape, Instant, WalletShape};

use crate::Action;
use crate::query::{order_cursor, write_order_cursor};
use crate::rows::{RowShape, numbers, row};
use crate::search::orders_of;

const PAGE: usize = 50;

#[derive(Serialize)]
struct Answer {
    user_id: String,
    wallet: WalletShape,
    /// The newest entries, newest first.
    ledger: Vec<EntryShape>,
    orders: Vec<RowShape>,
    /// Orders of theirs that cannot be read.
    unreadable: Vec<String>,
    next: Option<String>,
    as_of: Instant,
}

pub async fn answer(
    ports: &(impl LoadWallet + ListEntries + ListOrders + Clock),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    call.check_parameters(&["cursor"])?;
    let user = call.user_in_path()?;
    let (before, now) = (order_cursor(call)?, ports.now());
    let wallet = ports.load_wallet(&user).await?;
    let ledger = ports.list_entries(&user).await?;
    let page = orders_of(ports, &user, before, PAGE).await?;
    let answer = Answer {
        user_id: user.to_string(),
        wallet: shapes::wallet(&user, &wallet, now),
        ledger: ledger.iter().map(shapes::team_entry).collect(),
        orders: page.found.orders.iter().map(row).collect(),
        unreadable: numbers(&page.found.unreadable),
        next: write_order_cursor(page.next),
        as_of: Instant(now),
    };
    Ok(json(200, &answer))
}
