//! An order's status, on request after asking its providers.

use serde::Serialize;
use till_app::perform::Perform;
use till_app::ports::{CountCalls, Scope};
use till_app::refresh::refresh;
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::refusal::Refusal;
use till_lambda::fields::{parsed, required};
use till_lambda::http::{ReadRequest as _, Response, json};
use till_lambda::problem::Problem;
use till_lambda::rates;
use till_lambda::routes::Call;
use till_lambda::shapes;
use till_lambda::token::Role;

use crate::Action;

/// Refreshes of one order in ten seconds.
const MOST_REFRESHES: u32 = 1;

#[derive(Serialize)]
struct Answer<S> {
    #[serde(flatten)]
    order: S,
    /// Whether all providers were asked and answered. Only with `refresh=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed: Option<bool>,
}

pub async fn answer(ports: &(impl Perform + CountCalls), call: &Call<'_, Action>) -> Result<Response, Problem> {
    let no = parsed("order_no", call.request.parameter("order_no"), OrderNo::parse)?;
    let no = required("order_no", no)?;
    let wants_refresh = wants_refresh(call)?;
    let caller = call.caller()?;
    let is_admin = caller.role == Role::Admin;
    let order = ports.load_order(no).await?;
    let mut order = order.filter(|order| is_admin || order.sold.user == caller.user).ok_or(Refusal::OrderNotFound)?;
    let mut refreshed = None;
    if wants_refresh {
        let anew = asked(ports, call, no).await;
        refreshed = Some(anew.as_ref().is_some_and(|(_, answered)| *answered));
        order = anew.map_or(order, |(order, _)| order);
    }
    Ok(if is_admin {
        json(200, &Answer { order: shapes::team_order(&order), refreshed })
    } else {
        json(200, &Answer { order: shapes::order(&order), refreshed })
    })
}

fn wants_refresh(call: &Call<'_, Action>) -> Result<bool, Problem> {
    match call.request.parameter("refresh").as_deref() {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(Problem::invalid_field("refresh", "must be 1 or 0")),
    }
}

/// The order after its providers were asked, and whether all of them answered. `None` if they were asked a moment ago or the
/// store does not answer: then the caller gets the order as it was loaded.
async fn asked(ports: &(impl Perform + CountCalls), call: &Call<'_, Action>, no: OrderNo) -> Option<(Order, bool)> {
    let within = rates::is_within(ports, Scope::Refreshes, no.as_str(), MOST_REFRESHES, ports.now()).await;
    if !within.unwrap_or(false) {
        return None;
    }
    let refreshed = refresh(ports, no, call.deadline.time).await;
    let refreshed =
        refreshed.inspect_err(|failure| tracing::warn!(%no, %failure, "an order was not refreshed")).ok()?;
    Some((refreshed.order, refreshed.answered))
}
