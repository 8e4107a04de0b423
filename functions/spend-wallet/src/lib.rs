//! spend-wallet: spends points and quotas for the team's own services, and changes wallets by the team's hand.
//!
//! | route | who | body | answer |
//! |---|---|---|---|
//! | `POST wallet/spend` | service | `user_id`, `points?`, `quota?` `{name, count}`, `key`, `reason` | 200: the wallet afterwards |
//! | `POST admin/users/{user_id}/grant` | admin | `grants` (what a product could grant), `reason` | 200: the wallet afterwards, and the `entry` of the ledger |
//! | `POST admin/users/{user_id}/extend` | admin | `days`, `reason` | the same |
//! | `POST admin/users/{user_id}/revoke` | admin | `points?`, `quota?` `{name, count}`, `membership?` `{tier, days}`, `reason` | the same; the entry says how much could be taken |
//!
//! A key spends once: the same request again returns the wallet as it stands now, and another request with the same key is
//! refused with 409. Changes by hand have their key in the header `Idempotency-Key`. The function must never take a wallet
//! below zero, and never spend in part.

mod by_hand;
mod spend;

use std::time::Duration;

use till_app::ports::{FetchDocument, ReadSecret};
use till_app::spend::Spend;
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, Response};
use till_lambda::routes::{Call, Route, Router, Who};

pub const TIME_BUDGET: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Spend,
    Grant,
    Extend,
    Revoke,
}

pub const ROUTES: &[Route<Action>] = &[
    Route { method: "POST", path: "/api/v1/payment/wallet/spend", who: Who::SERVICE, action: Action::Spend },
    Route { method: "POST", path: "/api/v1/admin/users/{user_id}/grant", who: Who::ADMIN, action: Action::Grant },
    Route { method: "POST", path: "/api/v1/admin/users/{user_id}/extend", who: Who::ADMIN, action: Action::Extend },
    Route { method: "POST", path: "/api/v1/admin/users/{user_id}/revoke", who: Who::ADMIN, action: Action::Revoke },
];

pub async fn handle(
    router: &Router,
    ports: &(impl Spend + ReadSecret + FetchDocument),
    request: &Request,
    deadline: Deadline,
) -> Response {
    router
        .dispatch(ports, ROUTES, request, deadline, async |call: Call<'_, Action>| match call.action {
            Action::Spend => spend::answer(ports, &call).await,
            Action::Grant => by_hand::answer(ports, &call, by_hand::grant).await,
            Action::Extend => by_hand::answer(ports, &call, by_hand::extend).await,
            Action::Revoke => by_hand::answer(ports, &call, by_hand::revoke).await,
        })
        .await
}

#[cfg(test)]
mod tests;
