//! Sample events without a valid signature. Callbacks signed by the sandbox are tested in `tests/wire`.

use serde_json::Value;
use till_lambda::http::{ReadResponse as _, Response};
use till_memory::{CallKind, Fault};
use till_shop::notices::{self, rejected};
use till_shop::plain::sample;
use till_shop::{Shop, table};

use super::*;

fn play(shop: &Shop, event: &Value) -> Response {
    notices::play(shop, PROVIDER, &endpoint(&shop.environment()).unwrap(), event)
}

#[test]
fn row_has_the_routes_of_the_code() {
    table::has_routes("wechat-callback", &ROUTES, TIME_BUDGET);
}

#[test]
fn tests_play_every_sample() {
    table::all_played("wechat-callback", &[include_str!("tests.rs")]);
}

const FAIL: &str = "{\"code\":\"FAIL\",\"message\":\"失败\"}";

#[test]
fn unverifiable_callback_is_rejected_in_wechats_form_and_recorded() {
    for (name, status, reason, account) in [
        ("wechat-callback.unsigned", 400, "missing", ""),
        ("wechat-callback.stale", 401, "stale", "?"),
        ("wechat-callback.probe", 401, "probe", "?"),
    ] {
        let shop = Shop::new();
        let response = play(&shop, &sample(name));
        assert_eq!((response.code(), response.text()), (status, FAIL), "{name}");
        assert_eq!((response.header("content-type"), response.headers().len()), (Some("application/json"), 1));
        assert_eq!(rejected(&shop), [(reason, account.to_owned())], "{name}");
        let looked_up = shop.seen(CallKind::ReadAccounts);
        assert_eq!(looked_up, 0, "{name}");
    }
}

#[test]
fn callback_for_an_unknown_account_or_one_without_keys_is_rejected_as_a_bad_signature_is() {
    let mut elsewhere = sample("wechat-callback.payment");
    elsewhere["rawPath"] = "/api/v1/payment/wechat/callback/another".into();
    let named = (elsewhere, "?");
    let without_keys = [(sample("wechat-callback.payment"), "main"), (sample("wechat-callback.bare"), "main")];
    for (event, account) in without_keys.into_iter().chain([named]) {
        let shop = Shop::new();
        let response = play(&shop, &event);
        assert_eq!((response.code(), response.text()), (401, FAIL), "{}", event["rawPath"]);
        assert_eq!(rejected(&shop), [("unknown_account", account.to_owned())]);
    }
}

#[test]
fn callback_is_sent_again_while_the_store_is_silent() {
    let shop = Shop::new();
    shop.fail(CallKind::ReadAccounts, Fault::Before);
    assert_eq!(play(&shop, &sample("wechat-callback.payment")).code(), 500);
    assert_eq!(rejected(&shop), []);
}

#[test]
fn callback_from_another_network_is_forbidden() {
    let shop = Shop::new().set("CALLBACK_NETWORKS_WECHAT", "198.51.100.0/24");
    assert_eq!(play(&shop, &sample("wechat-callback.payment")).code(), 403);
    assert_eq!(rejected(&shop), [("network", "?".to_owned())]);
}
