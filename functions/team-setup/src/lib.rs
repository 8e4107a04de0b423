//! team-setup: the team's merchant accounts and products, and whether new orders are made. Admins alone, below `/api/v1/admin`.
//!
//! | route | body | answer |
//! |---|---|---|
//! | `GET accounts` | | 200: every account, and by what callbacks name it |
//! | `POST accounts` | `provider`, `id`, `mode`, `settings`, `is_on?`, `is_default?`, `base_url?`, `remark?`, `reason`, `same_merchant?`, `stripe_account?`, `untried?` | 200: the account |
//! | `PATCH accounts/{provider}/{id}` | any of `settings`, `is_on`, `is_default`, `base_url`, `remark`; `reason`, `same_merchant?`, `stripe_account?`, `untried?` | 200: the account |
//! | `GET products` | | 200: every product, on sale or not |
//! | `POST products` | the product's fields, `remark?`, `reason` | 200: the product |
//! | `PATCH products/{type}/{id}` | any of the product's fields but these two, or `remark`; `reason` | 200: the product |
//! | `GET sales` | | 200: whether new orders are suspended, since when, and what buyers are told |
//! | `POST sales/suspend` | `texts?` (`zh?`, `en?`), `reason` | 200: the same. It counts at once |
//! | `POST sales/resume` | `reason` | 200: the same |
//!
//! Each change needs the header `Idempotency-Key`: the same key with the same body is done once, and answered with the item as it
//! stands. Who changed it, when and why stands on the item.
//! New settings are checked as functions check them, and their provider is asked a harmless question, before anything is written.
//! Keys go in and must never come out: no answer and no line of the log shows one.

mod account_body;
mod accounts;
mod change;
mod check;
mod products;
mod sales;
mod shapes;

use std::time::Duration;

use till_app::ports::{Clock, FetchDocument, KeepAccounts, KeepProducts, KeepSales, ReadSecret};
use till_lambda::address::public_base;
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::routes::{Call, Route, Router, Who};
use till_lambda::settings::{BadSetting, Environment};
use till_providers::Outside;

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    ListAccounts,
    CreateAccount,
    ChangeAccount,
    ListProducts,
    CreateProduct,
    ChangeProduct,
    ShowSales,
    SuspendSales,
    ResumeSales,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "GET", path: "/api/v1/admin/accounts", who: Who::ADMIN, action: Action::ListAccounts },
    Route { method: "POST", path: "/api/v1/admin/accounts", who: Who::ADMIN, action: Action::CreateAccount },
    Route {
        method: "PATCH",
        path: "/api/v1/admin/accounts/{provider}/{id}",
        who: Who::ADMIN,
        action: Action::ChangeAccount,
    },
    Route { method: "GET", path: "/api/v1/admin/products", who: Who::ADMIN, action: Action::ListProducts },
    Route { method: "POST", path: "/api/v1/admin/products", who: Who::ADMIN, action: Action::CreateProduct },
    Route {
        method: "PATCH",
        path: "/api/v1/admin/products/{type}/{id}",
        who: Who::ADMIN,
        action: Action::ChangeProduct,
    },
    Route { method: "GET", path: "/api/v1/admin/sales", who: Who::ADMIN, action: Action::ShowSales },
    Route { method: "POST", path: "/api/v1/admin/sales/suspend", who: Who::ADMIN, action: Action::SuspendSales },
    Route { method: "POST", path: "/api/v1/admin/sales/resume", who: Who::ADMIN, action: Action::ResumeSales },
];

#[derive(Debug)]
pub struct TeamSetup {
    router: Router,
    place: Place,
}

/// Where this deployment is, and how it is set.
#[derive(Debug)]
struct Place {
    /// The address below which providers send notifications.
    public_base: String,
    is_production: bool,
    /// `PAYMENT_ENABLED`: without it no new orders are made, whatever the team resumed.
    payment_enabled: bool,
}

impl TeamSetup {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let place = Place {
            public_base: public_base(environment)?,
            is_production: environment.is_production(),
            payment_enabled: environment.flag("PAYMENT_ENABLED", true)?,
        };
        Ok(Self { router: Router::read(environment)?, place })
    }

    pub async fn handle(
        &self,
        ports: &(impl KeepAccounts + KeepProducts + KeepSales + ReadSecret + FetchDocument + Clock),
        outside: &impl Outside,
        request: &Request,
        deadline: Deadline,
    ) -> Response {
        let place = &self.place;
        self.router
            .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
                Action::ListAccounts => accounts::list(ports, place, &call).await,
                Action::CreateAccount => accounts::create(ports, outside, place, &call).await,
                Action::ChangeAccount => accounts::change(ports, outside, place, &call).await,
                Action::ListProducts => products::list(ports, &call).await,
                Action::CreateProduct => products::create(ports, &call).await,
                Action::ChangeProduct => products::change(ports, &call).await,
                Action::ShowSales => sales::show(ports, place, &call).await,
                Action::SuspendSales => sales::suspend(ports, place, &call).await,
                Action::ResumeSales => sales::resume(ports, place, &call).await,
            })
            .await
    }
}

#[cfg(test)]
mod tests;
