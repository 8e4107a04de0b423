//! Refunds: full, partial, refused, late and stuck; and the balance.

use serde_json::{Value, json};

use super::{Form, Shop, id_of};

const PATH: &str = "/v1/refunds";

#[test]
fn refunds_in_parts_never_exceed_payment() {
    let shop = Shop::new();
    let intent = shop.paid();
    let parameters = [
        ("payment_intent", intent.as_str()),
        ("amount", "300"),
        ("reason", "requested_by_customer"),
        ("metadata[refund_no]", "ORD1R1"),
    ];
    let refund = shop.post(PATH, &parameters);
    let id = id_of(&refund);
    for (field, value) in [
        ("object", json!("refund")),
        ("status", json!("succeeded")),
        ("amount", json!(300)),
        ("currency", json!("usd")),
        ("payment_intent", json!(intent)),
        ("charge", json!(intent.replace("pi_", "ch_"))),
        ("reason", json!("requested_by_customer")),
        ("metadata", json!({ "refund_no": "ORD1R1" })),
    ] {
        assert_eq!(refund[field], value, "{field}");
    }
    assert_eq!(shop.get(&format!("{PATH}/{id}"), &[]), refund);
    let (status, error) = shop.refused("POST", PATH, &[("payment_intent", &intent), ("amount", "701")]);
    assert_eq!((status, error["param"].as_str()), (400, Some("amount")));
    let message = "Refund amount (7.01 usd) is greater than unrefunded amount on charge (7.00 usd)";
    assert_eq!(error["message"], message);
    // The rest is refunded by its charge.
    let charge = intent.replace("pi_", "ch_");
    assert_eq!(shop.post(PATH, &[("charge", &charge)])["amount"], 700);
    let (status, error) = shop.refused("POST", PATH, &[("payment_intent", &intent), ("amount", "1")]);
    assert_eq!((status, error["code"].as_str()), (400, Some("charge_already_refunded")));
    let charge = shop.get(&format!("/v1/charges/{charge}"), &[("expand[]", "refunds.data.payment_intent")]);
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(1000), &json!(true)));
    assert_eq!(charge["refunds"]["data"][1]["payment_intent"]["id"], intent);
}

#[test]
fn wrong_refunds_are_refused() {
    let shop = Shop::new();
    let intent = shop.paid();
    let cases: [(Form, u16, Option<&str>); 9] = [
        (&[], 400, Some("parameter_missing")),
        (&[("payment_intent", "pi_none")], 404, Some("resource_missing")),
        (&[("charge", "ch_none")], 404, Some("resource_missing")),
        (&[("payment_intent", &intent), ("amount", "0")], 400, Some("parameter_invalid_integer")),
        (&[("payment_intent", &intent), ("amount", "-5")], 400, Some("parameter_invalid_integer")),
        (&[("payment_intent", &intent), ("amount", "1.5")], 400, Some("parameter_invalid_integer")),
        (&[("payment_intent", &intent), ("reason", "bored")], 400, None),
        (&[("payment_intent", &intent), ("color", "red")], 400, Some("parameter_unknown")),
        (&[("payment_intent", &intent), ("charge", "ch_none")], 404, Some("resource_missing")),
    ];
    for (parameters, expected, code) in cases {
        let (status, error) = shop.refused("POST", PATH, parameters);
        assert_eq!((status, error["code"].as_str()), (expected, code), "{parameters:?}: {error}");
    }
    let open = id_of(&shop.intent()).to_owned();
    let (status, error) = shop.refused("POST", PATH, &[("payment_intent", &open)]);
    assert_eq!(status, 400);
    let message = format!("This PaymentIntent ({open}) does not have a successful charge to refund.");
    assert_eq!(error["message"], message);
    assert!(shop.get(PATH, &[])["data"].as_array().unwrap().is_empty());
}

#[test]
fn disputed_charge_cannot_be_refunded() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.act("ORD1_2", "open_dispute");
    let refused = shop.refused("POST", PATH, &[("payment_intent", &intent)]);
    assert_eq!((refused.0, refused.1["code"].as_str()), (400, Some("charge_disputed")));
    shop.act("ORD1_2", "win_dispute");
    assert_eq!(shop.post(PATH, &[("payment_intent", &intent)])["status"], "succeeded");
}

#[test]
fn refund_without_balance_is_refused_once() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.act("ORD1_2", "faults/refuse_refund");
    let (status, error) = shop.refused("POST", PATH, &[("payment_intent", &intent)]);
    assert_eq!((status, error["code"].as_str()), (400, Some("balance_insufficient")));
    assert_eq!(error["message"], "Insufficient funds in your Stripe balance to refund this amount.");
    assert!(shop.get(PATH, &[("payment_intent", &intent)])["data"].as_array().unwrap().is_empty());
    assert_eq!(shop.post(PATH, &[("payment_intent", &intent)])["amount"], 1000);
}

#[test]
fn refund_can_be_pending_or_require_action() {
    for (fault, word, action, end) in [
        ("refund_later", "pending", "finish_refund", "succeeded"),
        ("refund_later", "pending", "fail_refund", "failed"),
        ("refund_abnormal", "requires_action", "finish_refund", "succeeded"),
        ("refund_abnormal", "requires_action", "fail_refund", "failed"),
    ] {
        let shop = Shop::new();
        let intent = shop.paid();
        shop.act("ORD1_2", &format!("faults/{fault}"));
        let refund = shop.post(PATH, &[("payment_intent", &intent)]);
        assert_eq!(refund["status"], word);
        assert_eq!(refund.get("pending_reason").is_some(), word == "pending");
        assert_eq!(refund.get("next_action").is_some(), word == "requires_action");
        let charge = shop.get(&format!("/v1/charges/{}", intent.replace("pi_", "ch_")), &[]);
        assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(1000), &json!(true)));
        let again = shop.refused("POST", PATH, &[("payment_intent", &intent)]).1;
        assert_eq!(again["code"], "charge_already_refunded");
        shop.act("ORD1_2", action);
        let path = format!("{PATH}/{}", id_of(&refund));
        let moved = shop.get(&path, &[]);
        assert_eq!(moved["status"], end);
        assert_eq!(moved.get("failure_reason").is_some(), end == "failed");
        if end == "failed" {
            assert_eq!(shop.post(PATH, &[("payment_intent", &intent)])["status"], "succeeded");
        }
    }
}

#[test]
fn platform_refund_is_listed_without_metadata() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.act("ORD1_2", "refund_on_platform");
    let list = shop.get(PATH, &[("payment_intent", &intent)]);
    let refund = &list["data"][0];
    assert_eq!((&refund["amount"], &refund["metadata"]), (&json!(500), &json!({})));
    let path = format!("{PATH}/{}", id_of(refund));
    assert_eq!(&shop.get(&path, &[]), refund);
}

#[test]
fn refunds_are_listed_by_payment_or_all() {
    let shop = Shop::new();
    let intent = shop.paid();
    let other = id_of(&shop.intent()).to_owned();
    shop.act("ORD2", "pay");
    for (id, amount) in [(&intent, "1"), (&intent, "2"), (&other, "3"), (&intent, "4")] {
        shop.pass(1);
        shop.post(PATH, &[("payment_intent", id), ("amount", amount)]);
    }
    let amounts = |list: &Value| -> Vec<u64> {
        list["data"].as_array().unwrap().iter().map(|refund| refund["amount"].as_u64().unwrap()).collect()
    };
    assert_eq!(amounts(&shop.get(PATH, &[])), [4, 3, 2, 1]);
    let first = shop.get(PATH, &[("payment_intent", &intent), ("limit", "2")]);
    assert_eq!((amounts(&first), &first["has_more"]), (vec![4, 2], &json!(true)));
    let after = first["data"][1]["id"].as_str().unwrap();
    let rest = shop.get(PATH, &[("payment_intent", &intent), ("starting_after", after)]);
    assert_eq!((amounts(&rest), &rest["has_more"]), (vec![1], &json!(false)));
    let charge = other.replace("pi_", "ch_");
    let by_charge = shop.get(PATH, &[("charge", &charge), ("expand[]", "data.charge")]);
    assert_eq!((amounts(&by_charge), &by_charge["data"][0]["charge"]["id"]), (vec![3], &json!(charge)));
    assert_eq!(shop.refused("GET", PATH, &[("payment_intent", "pi_none")]).0, 404);
}

#[test]
fn balance_is_payments_less_refunds_and_disputes() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.intent();
    shop.act("ORD2", "pay");
    shop.post(PATH, &[("payment_intent", &intent), ("amount", "300")]);
    let balance = shop.get("/v1/balance", &[]);
    assert_eq!(balance["available"][0]["amount"], 1700);
    shop.act("ORD2", "open_dispute");
    assert_eq!(shop.get("/v1/balance", &[])["available"][0]["amount"], 700);
    shop.act("ORD2", "win_dispute");
    assert_eq!(shop.get("/v1/balance", &[])["available"][0]["amount"], 1700);
}
