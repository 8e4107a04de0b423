//! PaymentIntents of merchants with their own payment form.

use serde_json::{Value, json};

use super::{Form, Shop, id_of};
use crate::tests::START;

const PATH: &str = "/v1/payment_intents";

#[test]
fn new_intent_requires_payment_method() {
    let shop = Shop::new();
    let parameters = [
        ("amount", "1999"),
        ("currency", "EUR"),
        ("automatic_payment_methods[enabled]", "true"),
        ("metadata[payment_no]", "ORD3"),
        ("metadata[empty]", ""),
        ("description", "Points"),
    ];
    let intent = shop.post(PATH, &parameters);
    let id = id_of(&intent);
    assert!(id.starts_with("pi_") && id.len() == 27, "{id}");
    for (field, value) in [
        ("object", json!("payment_intent")),
        ("status", json!("requires_payment_method")),
        ("amount", json!(1999)),
        ("amount_received", json!(0)),
        ("currency", json!("eur")),
        ("latest_charge", Value::Null),
        ("created", json!(START)),
        ("metadata", json!({ "payment_no": "ORD3" })),
        ("automatic_payment_methods", json!({ "enabled": true, "allow_redirects": "always" })),
    ] {
        assert_eq!(intent[field], value, "{field}");
    }
    assert!(intent["client_secret"].as_str().unwrap().starts_with(&format!("{id}_secret_")));
    assert_eq!(shop.get(&format!("{PATH}/{id}"), &[]), intent);
    shop.act("ORD3", "pay");
    let paid = shop.get(&format!("{PATH}/{id}"), &[("expand[]", "latest_charge.balance_transaction")]);
    assert_eq!((&paid["status"], &paid["amount_received"]), (&json!("succeeded"), &json!(1999)));
    assert_eq!(paid["client_secret"], intent["client_secret"]);
    assert_eq!(paid["latest_charge"]["balance_transaction"]["net"], 1999);
}

#[test]
fn wrong_parameters_are_refused() {
    let shop = Shop::new();
    let cases: [(Form, Option<&str>, &str); 9] = [
        (&[("currency", "usd")], Some("parameter_missing"), "amount"),
        (&[("amount", "1000")], Some("parameter_missing"), "currency"),
        (&[("amount", "0"), ("currency", "usd")], Some("amount_too_small"), "amount"),
        (&[("amount", "1e3"), ("currency", "usd")], Some("parameter_invalid_integer"), "amount"),
        (&[("amount", "1000"), ("currency", "us")], None, "currency"),
        (&[("amount", "1000"), ("currency", "usd"), ("confirm", "true")], None, "confirm"),
        (&[("amount", "1000"), ("currency", "usd"), ("confirm", "yes")], None, "confirm"),
        (&[("amount", "1000"), ("currency", "usd"), ("customer", "cus_1")], Some("resource_missing"), "customer"),
        (&[("amount", "1000"), ("currency", "usd"), ("color", "red")], Some("parameter_unknown"), "color"),
    ];
    for (parameters, code, param) in cases {
        let (status, error) = shop.refused("POST", PATH, parameters);
        assert_eq!((status, error["code"].as_str(), error["param"].as_str()), (400, code, Some(param)), "{error}");
    }
    let both = [
        ("amount", "1000"),
        ("currency", "usd"),
        ("automatic_payment_methods[enabled]", "true"),
        ("payment_method_types[]", "card"),
    ];
    assert_eq!(shop.refused("POST", PATH, &both).0, 400);
}

#[test]
fn metadata_can_be_changed_key_by_key() {
    let shop = Shop::new();
    let path = format!("{PATH}/{}", id_of(&shop.intent()));
    let wanted = [("metadata[order_no]", ""), ("metadata[new]", "1"), ("description", "More")];
    let changed = shop.post(&path, &wanted);
    assert_eq!(changed["metadata"], json!({ "payment_no": "ORD2", "new": "1" }));
    assert_eq!(changed["description"], "More");
    assert_eq!(shop.refused("POST", &path, &[("amount", "1")]).1["code"], "parameter_unknown");
}

#[test]
fn only_unpaid_intent_can_be_canceled() {
    let shop = Shop::new();
    let path = format!("{PATH}/{}", id_of(&shop.intent()));
    shop.act("ORD2", "fail");
    let canceled = shop.post(&format!("{path}/cancel"), &[("cancellation_reason", "abandoned")]);
    assert_eq!((&canceled["status"], &canceled["cancellation_reason"]), (&json!("canceled"), &json!("abandoned")));
    assert_eq!(canceled["canceled_at"], START);
    assert_eq!(shop.kinds("ORD2"), ["payment_intent.payment_failed", "payment_intent.canceled"]);
    let (status, error) = shop.refused("POST", &format!("{path}/cancel"), &[]);
    assert_eq!((status, error["code"].as_str()), (400, Some("payment_intent_unexpected_state")));

    for (action, word) in [("process", "processing"), ("pay", "succeeded")] {
        let shop = Shop::new();
        let path = format!("{PATH}/{}", id_of(&shop.intent()));
        shop.act("ORD2", action);
        assert_eq!(shop.get(&path, &[])["status"], word);
        let (_, error) = shop.refused("POST", &format!("{path}/cancel"), &[]);
        assert!(error["message"].as_str().unwrap().contains(word), "{error}");
    }
}

#[test]
fn second_payment_is_another_intent() {
    let shop = Shop::new();
    let first = id_of(&shop.intent()).to_owned();
    let second = format!("{}001", &first[..24]);
    shop.act("ORD2", "pay?amount=900");
    assert_eq!(shop.refused("GET", &format!("{PATH}/{second}"), &[]).0, 404);
    shop.act("ORD2", "pay_again");
    let found = shop.get(&format!("{PATH}/{second}"), &[]);
    assert_eq!((&found["amount_received"], &found["metadata"]["order_no"]), (&json!(1000), &json!("ORD2")));
    assert_eq!(shop.get(&format!("{PATH}/{first}"), &[])["amount_received"], 900);
    let refund = shop.post("/v1/refunds", &[("payment_intent", &second)]);
    assert_eq!((&refund["amount"], &refund["payment_intent"]), (&json!(1000), &json!(second)));
}

#[test]
fn fault_of_trade_affects_next_intent_call() {
    let shop = Shop::new();
    let path = format!("{PATH}/{}", id_of(&shop.intent()));
    shop.act("ORD2", "faults/answer_500");
    let (status, error) = shop.refused("POST", &format!("{path}/cancel"), &[]);
    assert_eq!((status, error["type"].as_str()), (500, Some("api_error")));
    assert_eq!(shop.get(&path, &[])["status"], "requires_payment_method");
    shop.act("ORD2", "faults/time_out");
    assert_eq!(shop.post(&format!("{path}/cancel"), &[])["status"], "canceled");
    assert_eq!(shop.now(), START + 12);
}
