//! refund-order: the team's decisions about money. Admins alone.
//!
//! | route | body | answer |
//! |---|---|---|
//! | `POST refund-order` | `order_no`, `amount?` (none: all that is left), `reason`, `revoke?`, `trade_no?` | 200: the refund as it stands, and its order |
//! | `POST resolve-hold` | `order_no`, `hold`, `decision` (`accept`, `return` or `clear`), `trade_no?`, `amount?`, `reason` | 200: the order |
//! | `POST admin/orders/{order_no}/complete` | `reason`; and if its provider does not answer: `trade_no`, `amount`, `evidence`, `attempt?` | 200: the order |
//! | `POST admin/orders/{order_no}/refund` | as `refund-order`, without `order_no` | as `refund-order` |
//! | `POST admin/orders/{order_no}/resolve` | as `resolve-hold`, without `order_no` | 200: the order |
//! | `POST admin/orders/{order_no}/regrant` | `reason` | 200: the order |
//! | `POST admin/orphans/{provider}/{trade_no}/settle` | `order_no`, `reason` | 200: the order |
//! | `POST admin/orphans/{provider}/{trade_no}/close` | `reason` | 200: the payment without an order, closed |
//!
//! The routes under `admin` need the header `Idempotency-Key` too: each remedy is applied once under its key, and its record in
//! the audit trail says who applied it and why. An order is completed by what its provider says; only while the provider does not
//! answer may an admin state a payment, within `MANUAL_LIMIT_<CURRENCY>`. A payment without an order is settled to one only if its
//! provider, which is asked first, says that it was paid; what went back of it counts too.
//!
//! A refund needs the header `Idempotency-Key`: the same key with the same body is the same refund. The refund is
//! written before it is sent to the provider; if the provider does not answer, the sweep sends it again. Amounts are
//! read from their literal text, in the currency of the payment. The function must never decide by itself: it records
//! each decision with the name of a person and a reason.
//! Each refund is counted for its day after it was decided. The team gets an alarm when a day's refunds pass a limit.

mod complete;
mod hold;
mod limits;
mod orphan;
mod refund;

use std::time::Duration;

use till_app::orphans::SettleOrphan;
use till_app::ports::{CountRefunds, FetchDocument, LoadOrder, ReadSecret};
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::Order;
use till_domain::refusal::Refusal;
use till_domain::text::{Reason, TradeNo};
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;
use till_lambda::fields::Fields;
use till_lambda::http::{Request, Response};
use till_lambda::problem::Problem;
use till_lambda::remedy;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};

use crate::limits::RefundLimits;

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Refund,
    Resolve,
    Regrant,
    Complete,
    SettleOrphan,
    CloseOrphan,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "POST", path: "/api/v1/payment/refund-order", who: Who::ADMIN, action: Action::Refund },
    Route { method: "POST", path: "/api/v1/payment/resolve-hold", who: Who::ADMIN, action: Action::Resolve },
    Route {
        method: "POST",
        path: "/api/v1/admin/orders/{order_no}/complete",
        who: Who::ADMIN,
        action: Action::Complete,
    },
    Route { method: "POST", path: "/api/v1/admin/orders/{order_no}/refund", who: Who::ADMIN, action: Action::Refund },
    Route { method: "POST", path: "/api/v1/admin/orders/{order_no}/resolve", who: Who::ADMIN, action: Action::Resolve },
    Route { method: "POST", path: "/api/v1/admin/orders/{order_no}/regrant", who: Who::ADMIN, action: Action::Regrant },
    Route {
        method: "POST",
        path: "/api/v1/admin/orphans/{provider}/{trade_no}/settle",
        who: Who::ADMIN,
        action: Action::SettleOrphan,
    },
    Route {
        method: "POST",
        path: "/api/v1/admin/orphans/{provider}/{trade_no}/close",
        who: Who::ADMIN,
        action: Action::CloseOrphan,
    },
];

#[derive(Debug)]
pub struct RefundOrder {
    router: Router,
    limits: RefundLimits,
    /// `MANUAL_LIMIT_<CURRENCY>`: how much an admin may state. In a currency without a limit nothing may be stated.
    most_stated: Vec<Money>,
    qr_code_lives: Seconds,
}

impl RefundOrder {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self {
            router: Router::read(environment)?,
            limits: RefundLimits::read(environment)?,
            most_stated: environment.amounts("MANUAL_LIMIT_")?,
            qr_code_lives: environment.qr_code_lives()?,
        })
    }

    pub async fn handle(
        &self,
        ports: &(impl SettleOrphan + CountRefunds + ReadSecret + FetchDocument),
        request: &Request,
        deadline: Deadline,
    ) -> Response {
        self.router
            .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::Refund => refund::answer(ports, self, &call).await,
                Action::Resolve => hold::resolve(ports, self, &call).await,
                Action::Regrant => hold::regrant(ports, self, &call).await,
                Action::Complete => complete::answer(ports, self, &call).await,
                Action::SettleOrphan => orphan::settle(ports, self, &call).await,
                Action::CloseOrphan => orphan::close(ports, &call).await,
            })
            .await
    }
}

/// Whether the route's path names the order. Such a route applies a remedy once under its key.
fn is_remedy(call: &Call<'_, Action>) -> bool {
    call.segment("order_no").is_some()
}

/// The fields of the body, with `order_no` where the path does not have it.
fn read_fields(call: &Call<'_, Action>, known: &[&str]) -> Result<Fields, Problem> {
    let in_body: &[&str] = if is_remedy(call) { &[] } else { &["order_no"] };
    Fields::parse(call.request, &[in_body, known].concat())
}

/// What all bodies have, with the order loaded.
struct About {
    order: Order,
    trade_no: Option<TradeNo>,
    reason: Reason,
}

async fn about(ports: &impl LoadOrder, call: &Call<'_, Action>, fields: &Fields) -> Result<About, Problem> {
    let no = if is_remedy(call) { remedy::order_no(call)? } else { fields.required("order_no", OrderNo::parse)? };
    let trade_no = fields.optional("trade_no", TradeNo::parse)?;
    let reason = fields.required("reason", Reason::parse)?;
    let order = ports.load_order(no).await?.ok_or(Refusal::OrderNotFound)?;
    Ok(About { order, trade_no, reason })
}

#[cfg(test)]
mod tests;
