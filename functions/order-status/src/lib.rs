//! order-status: what buyers read, and the ticket of a socket.
//!
//! | route | who | query | answer |
//! |---|---|---|---|
//! | `GET order-status` | its user, or an admin | `order_no`, `refresh?` | the order; with `refresh=1` its providers are asked first, at most once in ten seconds, and `refreshed` says whether all of them answered |
//! | `GET orders` | user | `cursor?` | their own orders, newest first, twenty at a time; `next` is the cursor of the page after, or null |
//! | `GET products` | anyone | – | what is on sale, and how each can be paid |
//! | `GET wallet` | user | – | points, membership, quotas as of now, and the last lines of the ledger |
//! | `POST push-ticket` | user | – | the address of a socket, good for a minute |
//!
//! Reading changes nothing. Only `refresh=1` may: what a provider says then is taken in as from a notification, and that is
//! how a person confirms a payment by hand. Another user's order must never be told from one that is not there.

mod orders;
mod products;
mod status;
mod ticket;
mod wallet;

use std::time::Duration;

use till_app::perform::Perform;
use till_app::ports::{
    CountCalls, FetchDocument, FindAccount, ListEntries, ListOrders, ListProducts, LoadWallet, ReadSecret,
};
use till_lambda::address::socket_base;
use till_lambda::deadline::Deadline;
use till_lambda::front::{Call, Front, Route, Who};
use till_lambda::http::{Request, Response};
use till_lambda::settings::{BadSetting, Environment};

/// A request is answered within this time.
pub const TIME_BUDGET: Duration = Duration::from_secs(20);

/// What is asked of this function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// How an order stands.
    Status,
    /// A user's orders.
    Orders,
    /// What is on sale.
    Products,
    /// What a user has.
    Wallet,
    /// A ticket for a socket.
    Ticket,
}

/// Its routes.
pub const ROUTES: &[Route<Action>] = &[
    Route { method: "GET", path: "/api/v1/payment/order-status", who: Who::USER_OR_ADMIN, action: Action::Status },
    Route { method: "GET", path: "/api/v1/payment/orders", who: Who::USER_OR_ADMIN, action: Action::Orders },
    Route { method: "GET", path: "/api/v1/payment/products", who: Who::Anyone, action: Action::Products },
    Route { method: "GET", path: "/api/v1/payment/wallet", who: Who::USER_OR_ADMIN, action: Action::Wallet },
    Route { method: "POST", path: "/api/v1/payment/push-ticket", who: Who::USER_OR_ADMIN, action: Action::Ticket },
];

/// What it needs of the world.
pub trait Needs:
    Perform + CountCalls + FindAccount + ListOrders + ListProducts + ListEntries + LoadWallet + ReadSecret + FetchDocument
{
}

impl<P> Needs for P where
    P: Perform
        + CountCalls
        + FindAccount
        + ListOrders
        + ListProducts
        + ListEntries
        + LoadWallet
        + ReadSecret
        + FetchDocument
{
}

/// The function, as a deployment set it.
#[derive(Debug)]
pub struct OrderStatus {
    front: Front,
    paused: bool,
    socket_base: String,
}

impl OrderStatus {
    /// As the environment says.
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self {
            front: Front::read(environment)?,
            paused: !environment.flag("PAYMENT_ENABLED", true)?,
            socket_base: socket_base(environment)?,
        })
    }

    /// Answers a request.
    pub async fn handle<P: Needs>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response {
        self.front
            .answer(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::Status => status::answer(ports, &call).await,
                Action::Orders => orders::answer(ports, &call).await,
                Action::Products => products::answer(ports, self.paused).await,
                Action::Wallet => wallet::answer(ports, &call).await,
                Action::Ticket => ticket::answer(ports, &call, &self.socket_base).await,
            })
            .await
    }
}

#[cfg(test)]
mod tests;
