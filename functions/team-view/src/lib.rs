//! team-view: what the team reads of orders, users and what needs a person. It changes nothing.
//!
//! | route, below `/api/v1/admin` | who | query | answer |
//! |---|---|---|---|
//! | `GET /orders` | admin | `from?`, `to?`, `status?`, `fulfilment?`, `method?`, `provider?`, `account?`, `user?`, `hold?`, `currency?`, `least?`, `most?`; or `q`; `limit?`, `cursor?`; `format=csv` | the orders that fit, newest first |
//! | `GET /orders/{order_no}` | admin | `records?` | everything about one order |
//! | `GET /holds` | admin | `cursor?` | orders on hold, those that have waited longest first |
//! | `GET /orphans` | admin | `provider?`, or `status=open`; `cursor?` | payments that fit no order |
//! | `GET /orphans/{provider}/{trade_no}` | admin | `order_no?` | one of them, and what it would be to an order |
//! | `GET /rejected-callbacks` | admin | `day?`, `cursor?` | callbacks of a day that were not believed |
//! | `GET /audit` | admin | `from?`, `to?`, `by?`, or one of `order_no`, `user_id`, `account`, `product`; `cursor?` | what the team commanded and changed |
//! | `GET /payment-monitor/system-status` | admin | | whether money is stuck, part by part |
//! | `GET /users/{user_id}` | admin | `cursor?` | a user's wallet, the end of the ledger, and their orders |
//!
//! The function has no provider's key and no permission to write. A list reads one page of an index, and each order that it shows
//! again, so no row is older than its order. What cannot be read is named and does not hide the rest. The provider's name for a payer is never in an answer.

mod audit;
mod csv;
mod filter;
mod holds;
mod one_order;
mod orders;
mod orphans;
mod query;
mod rejected;
mod rows;
mod search;
mod system;
mod users;

use std::time::Duration;

use till_app::ports::{
    Clock, FetchDocument, FindDue, FindTrade, InspectQueues, ListEntries, ListHeld, ListNumbers, ListOrders,
    ListOrphans, ListRecords, ListRejected, LoadEntry, LoadOrders, LoadOrphan, LoadWallet, ReadAccounts, ReadSecret,
};
use till_domain::time::Seconds;
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Orders,
    Order,
    Holds,
    Orphans,
    Orphan,
    Rejected,
    Audit,
    System,
    User,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "GET", path: "/api/v1/admin/orders", who: Who::ADMIN, action: Action::Orders },
    Route { method: "GET", path: "/api/v1/admin/orders/{order_no}", who: Who::ADMIN, action: Action::Order },
    Route { method: "GET", path: "/api/v1/admin/holds", who: Who::ADMIN, action: Action::Holds },
    Route { method: "GET", path: "/api/v1/admin/orphans", who: Who::ADMIN, action: Action::Orphans },
    Route {
        method: "GET",
        path: "/api/v1/admin/orphans/{provider}/{trade_no}",
        who: Who::ADMIN,
        action: Action::Orphan,
    },
    Route { method: "GET", path: "/api/v1/admin/rejected-callbacks", who: Who::ADMIN, action: Action::Rejected },
    Route { method: "GET", path: "/api/v1/admin/audit", who: Who::ADMIN, action: Action::Audit },
    Route {
        method: "GET",
        path: "/api/v1/admin/payment-monitor/system-status",
        who: Who::ADMIN,
        action: Action::System,
    },
    Route { method: "GET", path: "/api/v1/admin/users/{user_id}", who: Who::ADMIN, action: Action::User },
];

#[derive(Debug)]
pub struct TeamView {
    router: Router,
    qr_code_lives: Seconds,
}

impl TeamView {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { router: Router::read(environment)?, qr_code_lives: environment.qr_code_lives()? })
    }

    pub async fn handle<P>(&self, ports: &P, request: &Request, deadline: Deadline) -> Response
    where
        P: ListNumbers + LoadOrders + FindTrade + ListOrders + LoadEntry + LoadWallet + ListEntries,
        P: ListHeld + ListOrphans + ListRejected + ListRecords + ReadSecret + FetchDocument + Clock,
        P: FindDue + InspectQueues + ReadAccounts + LoadOrphan,
    {
        self.router
            .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::Orders => orders::answer(ports, &call).await,
                Action::Order => one_order::answer(ports, self.qr_code_lives, &call).await,
                Action::Holds => holds::answer(ports, &call).await,
                Action::Orphans => orphans::answer(ports, &call).await,
                Action::Orphan => orphans::one(ports, &call).await,
                Action::Rejected => rejected::answer(ports, &call).await,
                Action::Audit => audit::answer(ports, &call).await,
                Action::System => system::answer(ports, &call).await,
                Action::User => users::answer(ports, &call).await,
            })
            .await
    }
}

#[cfg(test)]
mod tests;
