//! refund-order: the team's decisions about money. Admins alone.
//!
//! | route | body | answer |
//! |---|---|---|
//! | `POST refund-order` | `order_no`, `amount?` (none: all that is left), `reason`, `revoke?`, `trade_no?` | 200: the refund as it stands, and its order |
//! | `POST resolve-hold` | `order_no`, `hold`, `decision` (`accept`, `return` or `clear`), `trade_no?`, `amount?`, `reason` | 200: the order |
//!
//! A refund needs the header `Idempotency-Key`: the same key with the same body is the same refund. The refund is
//! written before it is sent to the provider; if the provider does not answer, the sweep sends it again. Amounts are
//! read from their literal text, in the currency of the payment. The function must never decide by itself: it records
//! each decision with the name of a person and a reason.
//! Each refund is counted for its day after it was decided. The team gets an alarm when a day's refunds pass a limit.

mod hold;
mod limits;
mod refund;

use std::time::Duration;

use till_app::perform::Perform;
use till_app::ports::{CountRefunds, FetchDocument, LoadOrder, ReadSecret};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, TradeNo};
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;
use till_lambda::fields::Fields;
use till_lambda::http::{Request, Response};
use till_lambda::problem::Problem;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};

use crate::limits::RefundLimits;

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Refund,
    Resolve,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "POST", path: "/api/v1/payment/refund-order", who: Who::ADMIN, action: Action::Refund },
    Route { method: "POST", path: "/api/v1/payment/resolve-hold", who: Who::ADMIN, action: Action::Resolve },
];

#[derive(Debug)]
pub struct RefundOrder {
    router: Router,
    limits: RefundLimits,
    qr_code_lives: Seconds,
}

impl RefundOrder {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self {
            router: Router::read(environment)?,
            limits: RefundLimits::read(environment)?,
            qr_code_lives: environment.qr_code_lives()?,
        })
    }

    pub async fn handle(
        &self,
        ports: &(impl Perform + CountRefunds + ReadSecret + FetchDocument),
        request: &Request,
        deadline: Deadline,
    ) -> Response {
        self.router
            .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::Refund => refund::answer(ports, &self.limits, self.qr_code_lives, &call).await,
                Action::Resolve => hold::answer(ports, &self.limits, self.qr_code_lives, &call).await,
            })
            .await
    }
}

/// The fields that both bodies have, with the order loaded.
struct About {
    order: Order,
    trade_no: Option<TradeNo>,
    reason: Reason,
}

async fn about(ports: &impl LoadOrder, fields: &Fields) -> Result<About, Problem> {
    let no = fields.required("order_no", OrderNo::parse)?;
    let trade_no = fields.optional("trade_no", TradeNo::parse)?;
    let reason = fields.required("reason", Reason::parse)?;
    let order = ports.load_order(no).await?.ok_or(Refusal::OrderNotFound)?;
    Ok(About { order, trade_no, reason })
}

#[cfg(test)]
mod tests;
