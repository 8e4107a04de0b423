//! list-products: what is on sale and how to ask for it, for everybody.
//!
//! | route | who | answer |
//! |---|---|---|
//! | `GET products` | anyone, without a token | what is on sale, and how each can be paid |
//! | `GET /openapi.json` | the same | the interface's document, for programs |
//! | `GET /docs` | the same | the same document as a page |
//!
//! Everybody on the internet may call this function, so it runs in a role of its own, which reads products, accounts and whether
//! new orders are made, and where a proxy is trusted its secret, and nothing else: no other secret, no order, no socket. It must never need a key.

mod interface;
mod products;

use std::time::Duration;

use till_app::ports::{self, FindAccount, ShowSales};
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::routes::{Call, Route, Who, dispatch_open};
use till_lambda::settings::{BadSetting, Environment};

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Products,
    Document,
    Page,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "GET", path: "/api/v1/payment/products", who: Who::Anyone, action: Action::Products },
    Route { method: "GET", path: "/openapi.json", who: Who::Anyone, action: Action::Document },
    Route { method: "GET", path: "/docs", who: Who::Anyone, action: Action::Page },
];

#[derive(Debug)]
pub struct ListProducts {
    /// By the settings of the deployment, whatever the team suspended.
    switched_off: bool,
}

impl ListProducts {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self { switched_off: !environment.flag("PAYMENT_ENABLED", true)? })
    }

    pub async fn handle(
        &self,
        ports: &(impl FindAccount + ports::ListProducts + ShowSales),
        request: &Request,
        deadline: Deadline,
    ) -> Response {
        let answer = async |call: Call<'_, Action>| {
            call.check_parameters(&[])?;
            match call.action {
                Action::Products => products::answer(ports, self.switched_off, call.language).await,
                Action::Document => Ok(interface::document()),
                Action::Page => interface::page(),
            }
        };
        dispatch_open(ROUTES, request, deadline, answer).await
    }
}

#[cfg(test)]
mod tests;
