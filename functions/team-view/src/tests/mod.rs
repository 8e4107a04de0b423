//! Sample events, played against a shop in memory.

mod details;
mod lists;
mod searches;
mod system;
mod unreadable;

use serde_json::Value;
use till_app::ports::KeepOrphan as _;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::provider::{Method, Provider};
use till_shop::shop::{FIRST, first};
use till_shop::{Answered, Event, Shop, table};

use super::*;

const SAMPLES: [&str; 11] = [
    "team-view.orders",
    "team-view.search",
    "team-view.csv",
    "team-view.order",
    "team-view.holds",
    "team-view.orphans",
    "team-view.orphan",
    "team-view.rejected",
    "team-view.system",
    "team-view.audit",
    "team-view.user",
];

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = TeamView::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

fn ordered() -> Shop {
    Shop::with_order(Method::WechatNative)
}

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

/// The texts in a field of each object of a list.
#[track_caller]
fn each(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().expect("a list");
    list.iter().map(|one| one[field].as_str().unwrap_or("null").to_owned()).collect()
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("team-view", ROUTES, TIME_BUDGET);
    let tests = [
        include_str!("mod.rs"),
        include_str!("details.rs"),
        include_str!("lists.rs"),
        include_str!("searches.rs"),
        include_str!("system.rs"),
        include_str!("unreadable.rs"),
    ];
    table::all_played("team-view", &tests);
}

#[test]
fn only_admins_may_look() {
    let shop = ordered();
    let orphan = details::orphan(Provider::WeChat, "W1", "theirs-1", shop.now());
    shop.run(async |ports| ports.keep_orphan(&orphan).await.unwrap());
    for name in SAMPLES {
        let event = Event::read(name);
        assert_eq!(play(&shop, &event).status(), 200, "{name}");
        play(&shop, &event.clone().without("authorization")).is_problem(401, "unauthenticated");
        for token in ["TOKEN_OF_A_USER", "TOKEN_OF_A_SERVICE"] {
            play(&shop, &event.clone().token(token)).is_problem(403, "forbidden");
        }
        let answer = play(&shop, &event.clone().method("POST"));
        assert_eq!(answer.is_problem(405, "method_not_allowed").header("allow"), Some("GET"));
        play(&shop, &event.query("colour=red")).is_bad_field("colour");
    }
    assert_eq!(shop.orders(), 1);
}

#[test]
fn cursor_that_was_not_given_out_is_refused() {
    let shop = ordered();
    for (name, field) in [
        ("team-view.orders", "cursor"),
        ("team-view.holds", "cursor"),
        ("team-view.orphans", "cursor"),
        ("team-view.rejected", "cursor"),
        ("team-view.audit", "cursor"),
        ("team-view.user", "cursor"),
        ("team-view.order", "records"),
    ] {
        // The second one is `x`, which is no place in any list.
        for cursor in ["%2B", "eA"] {
            play(&shop, &Event::read(name).query(&format!("{field}={cursor}"))).is_bad_field(field);
        }
    }
}
