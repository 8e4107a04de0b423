//! cancel-order: cancels an order that is not paid, and closes its trades at their providers first.
//!
//! | route | who | body | answer |
//! |---|---|---|---|
//! | `POST cancel-order` | its user, or an admin | `order_no` | `{"code":200,"msg":"订单已取消","data":null}` |
//!
//! Cancelling again gets the same answer. It must never cancel blindly: where a provider does not answer, the order stays
//! as it is.

use std::time::Duration;

use till_app::cancel::{Canceller, cancel};
use till_app::perform::Perform;
use till_app::ports::{FetchDocument, ReadSecret};
use till_domain::id::OrderNo;
use till_lambda::deadline::Deadline;
use till_lambda::fields::{Fields, parsed, required};
use till_lambda::front::{Call, Front, Route, Who};
use till_lambda::http::{Request, Response, json};
use till_lambda::problem::Problem;
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::shapes;
use till_lambda::token::Role;

/// A request is answered within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(20);

/// Its route.
pub const ROUTES: &[Route<()>] =
    &[Route { method: "POST", path: "/api/v1/payment/cancel-order", who: Who::USER_OR_ADMIN, action: () }];

/// What it needs of the world.
pub trait Needs: Perform + ReadSecret + FetchDocument {}

impl<P: Perform + ReadSecret + FetchDocument> Needs for P {}

/// The function, as a deployment set it.
#[derive(Debug)]
pub struct CancelOrder {
    front: Front,
}

impl CancelOrder {
    /// As the environment says.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { front: Front::read(environment)? })
    }

    /// Answers a request.
    pub async fn handle<P: Needs>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response {
        self.front.answer(ports, ROUTES, request, deadline, async |call: Call<'_, ()>| answer(ports, &call).await).await
    }
}

async fn answer<P: Needs>(ports: &P, call: &Call<'_, ()>) -> Result<Response, Problem> {
    let caller = call.caller()?;
    let fields = Fields::parse(call.request)?;
    let no = required("order_no", parsed("order_no", fields.text("order_no")?, OrderNo::parse)?)?;
    let who = match caller.role {
        Role::Admin => Canceller::Admin(caller.user.clone()),
        Role::User | Role::Service => Canceller::Buyer(caller.user.clone()),
    };
    cancel(ports, &who, no, call.deadline.time).await?;
    Ok(json(200, shapes::json(&shapes::done("order_cancelled", call.language))))
}

#[cfg(test)]
mod tests;
