//! refund-order: the team's decisions about money. Admins alone.
//!
//! | route | body | answer |
//! |---|---|---|
//! | `POST refund-order` | `order_no`, `amount?` (none: all that is left), `reason`, `revoke?`, `trade_no?` | 200: the refund as it stands, and its order |
//! | `POST resolve-hold` | `order_no`, `hold`, `decision` (`accept`, `return` or `clear`), `trade_no?`, `amount?`, `reason` | 200: the order |
//!
//! A refund needs the header `Idempotency-Key`: the same key and body is the same refund. It is written before the provider
//! hears of it; what the provider has not taken on yet is sent again by the sweep. Amounts are read from their literal text,
//! in the currency of the payment that they are about. It must never decide by itself: every decision here has the name
//! of a person and a reason.

mod hold;
mod refund;

use std::time::Duration;

use till_app::perform::Perform;
use till_app::ports::{FetchDocument, ReadSecret};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, TradeNo};
use till_lambda::deadline::Deadline;
use till_lambda::fields::{Fields, parsed, required};
use till_lambda::front::{Call, Front, Route, Who};
use till_lambda::http::{Request, Response};
use till_lambda::problem::Problem;
use till_lambda::settings::{BadSetting, Environment};

/// A request is answered within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(20);

/// What is asked of this function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Money is to go back.
    Refund,
    /// Somebody has looked at an order on hold.
    Resolve,
}

/// Its routes.
pub const ROUTES: &[Route<Action>] = &[
    Route { method: "POST", path: "/api/v1/payment/refund-order", who: Who::ADMIN, action: Action::Refund },
    Route { method: "POST", path: "/api/v1/payment/resolve-hold", who: Who::ADMIN, action: Action::Resolve },
];

/// What it needs of the world.
pub trait Needs: Perform + ReadSecret + FetchDocument {}

impl<P: Perform + ReadSecret + FetchDocument> Needs for P {}

/// The function, as a deployment set it.
#[derive(Debug)]
pub struct RefundOrder {
    front: Front,
}

impl RefundOrder {
    /// As the environment says.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { front: Front::read(environment)? })
    }

    /// Answers a request.
    pub async fn handle<P: Needs>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response {
        self.front
            .answer(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::Refund => refund::answer(ports, &call).await,
                Action::Resolve => hold::answer(ports, &call).await,
            })
            .await
    }
}

/// What both bodies have: the order as it stands, which payment of it, and why.
struct About {
    order: Order,
    trade_no: Option<TradeNo>,
    reason: Reason,
}

async fn about<P: Needs>(ports: &P, fields: &Fields) -> Result<About, Problem> {
    let no = required("order_no", parsed("order_no", fields.text("order_no")?, OrderNo::parse)?)?;
    let trade_no = parsed("trade_no", fields.text("trade_no")?, TradeNo::parse)?;
    let reason = required("reason", parsed("reason", fields.text("reason")?, Reason::parse)?)?;
    let order = ports.load_order(no).await?.ok_or(Refusal::OrderNotFound)?;
    Ok(About { order, trade_no, reason })
}

#[cfg(test)]
mod tests;
