//! An order's status, on request after asking its providers.

use serde::Serialize;
use till_app::perform::Perform;
use till_app::ports::{CountCalls, ReadSecret, Scope};
use till_app::refresh::{Refreshed, is_open_to_news, refresh};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::refusal::Refusal;
use till_lambda::fields::{parsed, required};
use till_lambda::http::{ReadRequest as _, Response, json};
use till_lambda::problem::Problem;
use till_lambda::rates::{self, Limits};
use till_lambda::routes::Call;
use till_lambda::shapes::{self, View};
use till_lambda::token::{Caller, Role};

use crate::ways::{Ways, ways};
use crate::{Action, OrderStatus};

/// Refreshes of one order in ten seconds.
const MOST_REFRESHES: u32 = 1;
/// Questions of one refresh by a buyer, newest first: an attempt that is open, and earlier ones that were not closed for good.
/// Admins, who confirm payments by hand, have answers to all.
const MOST_QUESTIONS: usize = 3;

#[derive(Serialize)]
struct Answer<S> {
    #[serde(flatten)]
    order: S,
    #[serde(flatten)]
    ways: Ways,
    /// Whether there was an answer to all that providers could be asked. Only with `refresh=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed: Option<bool>,
}

pub async fn answer(
    function: &OrderStatus,
    ports: &(impl Perform + CountCalls + ReadSecret),
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    call.check_parameters(&["order_no", "refresh"])?;
    let no = parsed("order_no", call.request.parameter("order_no"), OrderNo::parse)?;
    let no = required("order_no", no)?;
    let wants_refresh = wants_refresh(call)?;
    let caller = call.caller()?;
    let is_admin = caller.role == Role::Admin;
    let order = ports.load_order(no).await?;
    let order = order.filter(|order| is_admin || order.sold.user == caller.user).ok_or(Refusal::OrderNotFound)?;
    let (order, refreshed) = if wants_refresh {
        let Refreshed { order, answered } = ask(ports, &function.actions, call, caller, order).await;
        (order, Some(answered))
    } else {
        (order, None)
    };
    let view = View { now: ports.now(), qr_code_lives: function.qr_code_lives };
    Ok(if is_admin {
        json(200, &Answer { order: shapes::team_order(&order, view), ways: Ways::default(), refreshed })
    } else {
        let ways = ways(ports, &function.public_base, &order, view).await;
        json(200, &Answer { order: shapes::order(&order, view), ways, refreshed })
    })
}

fn wants_refresh(call: &Call<'_, Action>) -> Result<bool, Problem> {
    match call.request.parameter("refresh").as_deref() {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(Problem::invalid_field("refresh", "must be 1 or 0")),
    }
}

/// The order after its providers were asked. If they may not be asked now, or the store does not answer, it is the order as it
/// was loaded. Of what is final nobody is asked, and nothing is counted.
async fn ask(
    ports: &(impl Perform + CountCalls),
    actions: &Limits,
    call: &Call<'_, Action>,
    caller: &Caller,
    order: Order,
) -> Refreshed {
    if !is_open_to_news(&order) {
        return Refreshed { order, answered: true };
    }
    if !may_ask(ports, actions, call, caller, &order).await.unwrap_or(false) {
        return Refreshed { order, answered: false };
    }
    let most = if caller.role == Role::Admin { usize::MAX } else { MOST_QUESTIONS };
    refresh(ports, order, most, call.deadline.time).await
}

/// Whether the order was not refreshed a moment ago and its buyer has actions left in this minute.
async fn may_ask(
    ports: &(impl Perform + CountCalls),
    actions: &Limits,
    call: &Call<'_, Action>,
    caller: &Caller,
    order: &Order,
) -> Result<bool, Problem> {
    let now = ports.now();
    if !rates::is_within(ports, Scope::Refreshes, order.no.as_str(), MOST_REFRESHES, now).await? {
        return Ok(false);
    }
    if caller.role != Role::Admin {
        actions.check(ports, &caller.user, call.request.source_ip(), now).await?;
    }
    Ok(true)
}
