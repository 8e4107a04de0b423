//! Its sample events. Nothing in them is signed: what verifies is signed at run time, by the sandbox, in `tests/wire`.

use serde_json::Value;
use till_lambda::http::ReadResponse as _;
use till_memory::{CallKind, Fault};
use till_shop::Shop;
use till_shop::notices::{Alone, strays};
use till_shop::plain::{request, row, sample, wait, within};

use super::*;

fn play(shop: &Shop, event: &Value) -> Response {
    let (store, environment) = (shop.ports(), shop.environment());
    let merchants = Merchants::new(&store, "https://pay.example", false);
    let (endpoint, deadline) = (endpoint(&environment).unwrap(), within(TIME_BUDGET, shop.now()));
    wait(handle(&endpoint, &merchants, &store, &Alone(shop.ports()), &request(event), deadline))
}

#[test]
fn the_table_of_functions_has_its_routes() {
    let row = row("wechat-callback");
    assert_eq!(row["triggers"][0]["routes"], serde_json::json!(ROUTES));
    assert!(row["timeout_seconds"].as_u64().unwrap() > TIME_BUDGET.as_secs());
}

#[test]
fn every_sample_is_played() {
    till_shop::table::all_played("wechat-callback", &[include_str!("tests.rs")]);
}

const FAIL: &str = "{\"code\":\"FAIL\",\"message\":\"失败\"}";

#[test]
fn what_no_account_believes_is_refused_in_wechats_form_and_noted() {
    for (name, status, reason, account) in [
        ("wechat-callback.unsigned", 400, "missing", ""),
        ("wechat-callback.stale", 401, "stale", "?"),
        ("wechat-callback.probe", 401, "probe", "?"),
    ] {
        let shop = Shop::new();
        let response = play(&shop, &sample(name));
        assert_eq!((response.code(), response.text()), (status, FAIL), "{name}");
        assert_eq!((response.header("content-type"), response.headers().len()), (Some("application/json"), 1));
        assert_eq!(strays(&shop), [(reason, account.to_owned())], "{name}");
        let looked_up = shop.memory.faults(|faults| faults.seen(CallKind::ReadAccounts));
        assert_eq!(looked_up, 0, "{name}");
    }
}

#[test]
fn an_account_that_is_not_ours_or_has_no_keys_believes_nothing() {
    let shop = Shop::new();
    let mut elsewhere = sample("wechat-callback.payment");
    elsewhere["rawPath"] = "/api/v1/payment/wechat/callback/another".into();
    assert_eq!(play(&shop, &elsewhere).code(), 500);
    assert_eq!(strays(&shop), [("unknown_account", "?".to_owned())]);

    for name in ["wechat-callback.payment", "wechat-callback.bare"] {
        let shop = Shop::new();
        let response = play(&shop, &sample(name));
        assert_eq!((response.code(), response.text()), (500, FAIL), "{name}");
        assert_eq!(strays(&shop), [], "{name}: the fault is ours");
    }
}

#[test]
fn a_store_that_does_not_answer_is_no_reason_to_refuse() {
    let shop = Shop::new();
    shop.memory.faults(|faults| faults.plan(CallKind::ReadAccounts, 1, Fault::Before));
    assert_eq!(play(&shop, &sample("wechat-callback.payment")).code(), 500);
    assert_eq!(strays(&shop), []);
}

#[test]
fn only_the_networks_that_are_set_come_in() {
    let shop = Shop::new().set("CALLBACK_NETWORKS_WECHAT", "198.51.100.0/24");
    assert_eq!(play(&shop, &sample("wechat-callback.payment")).code(), 403);
    assert_eq!(strays(&shop), [("network", "?".to_owned())]);
}
