//! cancel-order: cancels an order that is not paid, and closes its trades at their providers first.
//!
//! | route | who | body | answer |
//! |---|---|---|---|
//! | `POST cancel-order` | its user, or an admin | `order_no` | `{"code":200,"msg":"订单已取消","data":null}` |
//! | `POST admin/orders/{order_no}/cancel` | an admin | `reason` | the same |
//!
//! Cancelling again returns the same answer. Buyers may do so only so often in a minute, because each time a provider may be
//! called. The function must not cancel an order while a provider has not confirmed
//! that its trade is closed. The route for admins needs the header `Idempotency-Key`, and records the reason.

use std::time::Duration;

use till_app::cancel::{Canceller, cancel, cancel_once};
use till_app::perform::Perform;
use till_app::ports::{CountCalls, FetchDocument, ReadSecret};
use till_domain::id::OrderNo;
use till_domain::order::RemedyWord;
use till_domain::text::Reason;
use till_lambda::deadline::Deadline;
use till_lambda::fields::Fields;
use till_lambda::http::{ReadRequest as _, Request, Response, json};
use till_lambda::problem::Problem;
use till_lambda::rates::Limits;
use till_lambda::remedy;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::shapes;
use till_lambda::token::Role;

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Cancel,
    Remedy,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "POST", path: "/api/v1/payment/cancel-order", who: Who::USER_OR_ADMIN, action: Action::Cancel },
    Route { method: "POST", path: "/api/v1/admin/orders/{order_no}/cancel", who: Who::ADMIN, action: Action::Remedy },
];

#[derive(Debug)]
pub struct CancelOrder {
    router: Router,
    actions: Limits,
}

impl CancelOrder {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { router: Router::read(environment)?, actions: Limits::actions(environment)? })
    }

    pub async fn handle<P>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response
    where
        P: Perform + CountCalls + ReadSecret + FetchDocument,
    {
        let answer = async |call: Call<'_, Action>| match call.action {
            Action::Cancel => answer(ports, &self.actions, &call).await,
            Action::Remedy => apply_remedy(ports, &call).await,
        };
        self.router.dispatch(ports, ROUTES, request, deadline, answer).await
    }
}

async fn answer(
    ports: &(impl Perform + CountCalls),
    actions: &Limits,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    let caller = call.caller()?;
    let fields = Fields::parse(call.request, &["order_no"])?;
    let no = fields.required("order_no", OrderNo::parse)?;
    let who = match caller.role {
        Role::Admin => Canceller::Admin(caller.user.clone()),
        Role::User | Role::Service => {
            actions.check(ports, &caller.user, call.request.source_ip(), ports.now()).await?;
            Canceller::Buyer(caller.user.clone())
        }
    };
    cancel(ports, &who, no, call.deadline.time).await?;
    Ok(json(200, &shapes::done("order_cancelled", call.language)))
}

async fn apply_remedy(ports: &impl Perform, call: &Call<'_, Action>) -> Result<Response, Problem> {
    let no = remedy::order_no(call)?;
    let fields = Fields::parse(call.request, &["reason"])?;
    let reason = fields.required("reason", Reason::parse)?;
    let asked = remedy::requested(call, RemedyWord::Cancel, &reason, &[])?;
    cancel_once(ports, no, &asked, call.deadline.time).await?;
    Ok(json(200, &shapes::done("order_cancelled", call.language)))
}

#[cfg(test)]
mod tests;
