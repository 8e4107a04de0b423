//! create-order: makes an order and opens its payment; opens the next attempt at one.
//!
//! | route | who | body | answer |
//! |---|---|---|---|
//! | `POST create-order` | user | `product_type`, `product_id` (a text or a number), `payment_method`, `currency?`, `is_upgrade?`, `openid?`, `return_url?` | 200: the order, and how to pay it |
//! | `POST retry-payment` | user | `order_no`, `payment_method?`, `openid?`, `return_url?` | the same: a fresh code, or another method |
//!
//! With the header `Idempotency-Key` a request makes one order, however often it is sent. Without a word of the provider
//! nothing is written, so a buyer is never shown an order that cannot be paid. It must never take a price, an account or
//! a user from what was sent: they come from the catalogue, the settings and the token.

mod request;
mod shape;

use std::time::Duration;

use till_app::Settings;
use till_app::create::{Create, create, find_claim};
use till_app::ports::{CountCalls, FetchDocument, ReadSecret, Scope};
use till_app::retry::retry;
use till_domain::refusal::Refusal;
use till_domain::text::UserId;
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;
use till_lambda::front::{Call, Front, Route, Who};
use till_lambda::http::{ReadRequest as _, Request, Response};
use till_lambda::origins::Origins;
use till_lambda::problem::Problem;
use till_lambda::rates;
use till_lambda::settings::{BadSetting, Environment};

/// A request is answered within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(20);

/// What is asked of this function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// A new order.
    Create,
    /// Another attempt at one.
    Retry,
}

/// Its routes.
pub const ROUTES: &[Route<Action>] = &[
    Route { method: "POST", path: "/api/v1/payment/create-order", who: Who::USER_OR_ADMIN, action: Action::Create },
    Route { method: "POST", path: "/api/v1/payment/retry-payment", who: Who::USER_OR_ADMIN, action: Action::Retry },
];

/// What it needs of the world.
pub trait Needs: Create + CountCalls + ReadSecret + FetchDocument {}

impl<P: Create + CountCalls + ReadSecret + FetchDocument> Needs for P {}

/// The function, as a deployment set it.
#[derive(Debug)]
pub struct CreateOrder {
    front: Front,
    settings: Settings,
    origins: Origins,
    qr_code_lives: Seconds,
    creations_per_minute: u32,
}

impl CreateOrder {
    /// As the environment says.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let qr_code_minutes =
            environment.number("QR_CODE_EXPIRE_MINUTES", 15, 1, 120, "a number of minutes from 1 to 120")?;
        Ok(Self {
            front: Front::read(environment)?,
            settings: environment.orders()?,
            origins: Origins::read(environment)?,
            qr_code_lives: Seconds::minutes(qr_code_minutes),
            creations_per_minute: environment.number(
                "CREATIONS_PER_MINUTE",
                20,
                1,
                1_000_000,
                "a number from 1 to 1000000",
            )?,
        })
    }

    /// Answers a request.
    pub async fn handle<P: Needs>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response {
        self.front
            .answer(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                // In boxes: each flow is large, and only one of them runs.
                Action::Create => Box::pin(self.create(ports, &call)).await,
                Action::Retry => Box::pin(self.retry(ports, &call)).await,
            })
            .await
    }

    async fn create<P: Needs>(&self, ports: &P, call: &Call<'_, Action>) -> Result<Response, Problem> {
        let wanted = request::create(call, &self.origins)?;
        let claim = find_claim(ports, &self.settings, &wanted).await?;
        // A repeated request gets what the first one made: that is no new order.
        if claim.is_none() {
            self.count(ports, &wanted.user, call.request.source_ip()).await?;
        }
        let payable = create(ports, &self.settings, &wanted, claim, call.deadline.time).await?;
        Ok(shape::answer(payable, self.qr_code_lives, ports.now()))
    }

    async fn retry<P: Needs>(&self, ports: &P, call: &Call<'_, Action>) -> Result<Response, Problem> {
        let wanted = request::retry(call, &self.origins)?;
        let order = ports.load_order(wanted.no).await?.ok_or(Refusal::OrderNotFound)?;
        if wanted.method.is_none() && wanted.payer.openid.is_none() {
            request::check_method_before(&wanted, &order)?;
        }
        let payable = retry(ports, &wanted, order, call.deadline.time).await?;
        Ok(shape::answer(payable, self.qr_code_lives, ports.now()))
    }

    /// One more for this user, and one more from this address. Who has used up their own share does not use up that of their
    /// neighbours behind the same address.
    async fn count<P: Needs>(&self, ports: &P, user: &UserId, address: &str) -> Result<(), Problem> {
        let (now, most) = (ports.now(), self.creations_per_minute);
        rates::check(ports, Scope::CreationsOfUser, user.as_str(), most, now).await?;
        rates::check(ports, Scope::CreationsOfAddress, &rates::counted_as(address), most, now).await
    }
}

#[cfg(test)]
mod tests;
