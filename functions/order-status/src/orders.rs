//! A user's own orders, page by page.

use serde::Serialize;
use till_app::ports::{Clock, ListOrders, LoadedOrders, Unavailable};
use till_domain::id::OrderNo;
use till_domain::time::Seconds;
use till_lambda::fields::parsed;
use till_lambda::http::{ReadRequest as _, Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{self, OrderShape, View};

use crate::Action;

const PAGE: usize = 20;

#[derive(Serialize)]
struct Answer {
    orders: Vec<OrderShape>,
    /// The cursor of the next page, if there is one.
    next: Option<String>,
}

pub async fn answer(
    ports: &(impl ListOrders + Clock),
    qr_code_lives: Seconds,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    call.check_parameters(&["cursor"])?;
    let cursor = call.request.parameter("cursor").filter(|cursor| !cursor.is_empty());
    let before = parsed("cursor", cursor, OrderNo::parse)?;
    // One more than the page holds shows whether there is another page.
    let LoadedOrders { orders: found, unreadable } =
        ports.list_orders(call.user()?, before, PAGE.saturating_add(1)).await?;
    // A buyer must not take an order for one that was never made.
    if !unreadable.is_empty() {
        return Err(Unavailable.into());
    }
    let view = View { now: ports.now(), qr_code_lives };
    let orders: Vec<OrderShape> = found.iter().take(PAGE).map(|order| shapes::order(order, view)).collect();
    let next = if found.len() > PAGE { orders.last().map(|order| order.order_no.clone()) } else { None };
    Ok(json(200, &Answer { orders, next }))
}
