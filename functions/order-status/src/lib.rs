//! order-status: what buyers read of their own, wallets for the team and its services, and tickets for sockets.
//!
//! | route | who | query | answer |
//! |---|---|---|---|
//! | `GET order-status` | its user, or an admin | `order_no`, `refresh?` | the order; with `refresh=1` its providers are asked first if they could have news, at most once in ten seconds, and `refreshed` says whether that is all that they could say |
//! | `GET orders` | user | `cursor?` | their own orders, newest first, twenty at a time; `next` is the cursor of the page after, or null |
//! | `GET wallet` | user, or admin or service | `user_id?` (another's: admins and services; a service must name one) | points, membership, quotas as of now, and the last lines of the ledger |
//! | `POST push-ticket` | user | – | the address of a socket, good for a minute |
//!
//! Only `refresh=1` may change something: the providers' answers are settled like callbacks, which is how a person
//! confirms a payment by hand. The answer for another user's order must be the same as for one that does not exist.

mod orders;
mod status;
mod ticket;
mod wallet;
mod ways;

use std::time::Duration;

use till_app::perform::Perform;
use till_app::ports::{CountCalls, Draw, FetchDocument, ListEntries, ListOrders, LoadWallet, ReadSecret};
use till_domain::time::Seconds;
use till_lambda::address::{public_base, socket_base};
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::rates::Limits;
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Status,
    Orders,
    Wallet,
    Ticket,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "GET", path: "/api/v1/payment/order-status", who: Who::USER_OR_ADMIN, action: Action::Status },
    Route { method: "GET", path: "/api/v1/payment/orders", who: Who::USER_OR_ADMIN, action: Action::Orders },
    Route { method: "GET", path: "/api/v1/payment/wallet", who: Who::ANY_ROLE, action: Action::Wallet },
    Route { method: "POST", path: "/api/v1/payment/push-ticket", who: Who::USER_OR_ADMIN, action: Action::Ticket },
];

#[derive(Debug)]
pub struct OrderStatus {
    router: Router,
    actions: Limits,
    tickets: Limits,
    qr_code_lives: Seconds,
    socket_base: String,
    public_base: String,
}

impl OrderStatus {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self {
            router: Router::read(environment)?,
            actions: Limits::actions(environment)?,
            tickets: Limits::tickets(environment)?,
            qr_code_lives: environment.qr_code_lives()?,
            socket_base: socket_base(environment)?,
            public_base: public_base(environment)?,
        })
    }

    pub async fn handle<P>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response
    where
        P: Perform + CountCalls + ListOrders + ListEntries + LoadWallet + ReadSecret + FetchDocument + Draw,
    {
        self.router
            .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::Status => status::answer(self, ports, &call).await,
                Action::Orders => orders::answer(ports, self.qr_code_lives, &call).await,
                Action::Wallet => wallet::answer(ports, &call).await,
                Action::Ticket => ticket::answer(ports, &self.tickets, &call, &self.socket_base).await,
            })
            .await
    }
}

#[cfg(test)]
mod tests;
