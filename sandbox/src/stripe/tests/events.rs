//! Events: which are sent when, what they contain, and how they are signed.

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::super::callbacks::mac;
use super::{Shop, id_of, request};
use crate::http::Outgoing;
use crate::tests::{START, Wait as _, settle};

/// The secrets that verify an event, as a merchant does it: over the raw body, with the time of the header.
fn secrets(outgoing: &Outgoing, body: &[u8]) -> Vec<&'static str> {
    let header = outgoing.headers.iter().find(|(name, _)| name == "Stripe-Signature").unwrap().1.clone();
    let parts: Vec<(&str, &str)> = header.split(',').map(|part| part.split_once('=').unwrap()).collect();
    let at = parts.iter().find(|(name, _)| *name == "t").unwrap().1;
    let fits = |secret: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update([at.as_bytes(), b".", body].concat().as_slice());
        let expected = format!("{:x}", mac.finalize().into_bytes());
        parts.iter().any(|(name, value)| *name == "v1" && *value == expected)
    };
    ["whsec_main_new", "whsec_main_old", "whsec_other_new", ""].into_iter().filter(|secret| fits(secret)).collect()
}

#[test]
fn mac_equals_published_one() {
    // From stripe-node, test/Webhook.spec.ts (MIT).
    let body = b"{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}";
    let expected = "c2f890decbc5ede7c5060bb9a6d31e0626a4342bacb9aeae2adb1bcea72f9812";
    assert_eq!(mac("whsec_test_secret", 1_492_774_577, body), expected);
}

#[test]
fn events_are_signed_with_every_secret() {
    let shop = Shop::new();
    shop.paid();
    shop.pass(7);
    settle(&shop.sandbox);
    let posted = shop.sandbox.ports.posted.borrow();
    assert_eq!(posted.len(), 3);
    for (at, outgoing) in posted.iter() {
        assert_eq!(outgoing.url, "https://shop.example/stripe");
        assert_eq!(secrets(outgoing, &outgoing.body), ["whsec_main_new", "whsec_main_old"]);
        let header = |name: &str| &outgoing.headers.iter().find(|(other, _)| other == name).unwrap().1;
        assert!(header("Stripe-Signature").starts_with(&format!("t={at},v1=")));
        assert!(header("Stripe-Signature").contains(",v0="));
        assert!(header("User-Agent").starts_with("Stripe/1.0"));
        assert_eq!(header("Content-Type"), "application/json; charset=utf-8");
        // One changed bit, and no secret verifies it.
        for at in [0, outgoing.body.len() / 2, outgoing.body.len() - 1] {
            let mut body = outgoing.body.clone();
            body[at] ^= 1;
            assert!(secrets(outgoing, &body).is_empty());
        }
    }
}

#[test]
fn invalid_signature_is_well_formed_and_does_not_verify() {
    let shop = Shop::new();
    shop.session();
    shop.act("ORD1_2", "faults/bad_signature");
    shop.act("ORD1_2", "pay");
    shop.sandbox.ports.answers.borrow_mut().extend(vec![Some((400, vec![])); 3]);
    settle(&shop.sandbox);
    let posted = shop.sandbox.ports.posted.borrow();
    let right: Vec<bool> = posted.iter().map(|(_, outgoing)| secrets(outgoing, &outgoing.body).len() == 2).collect();
    // The first attempt of each event is signed wrongly, the second correctly.
    assert_eq!(right, [false, false, false, true, true, true]);
    let signature = &posted[0].1.headers.iter().find(|(name, _)| name == "Stripe-Signature").unwrap().1;
    let v1: Vec<&str> = signature.split(',').filter_map(|part| part.strip_prefix("v1=")).collect();
    assert_eq!(v1.len(), 2);
    assert!(v1.iter().all(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())));
}

#[test]
fn events_of_payment_are_complete_objects() {
    let shop = Shop::new();
    shop.session();
    shop.pass(60);
    shop.act("ORD1_2", "pay");
    let events = shop.events("ORD1_2");
    let kinds = ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"];
    assert_eq!(shop.kinds("ORD1_2"), kinds);
    for event in &events {
        assert!(event["id"].as_str().unwrap().starts_with("evt_"));
        assert_eq!((&event["object"], &event["livemode"]), (&json!("event"), &json!(false)));
        assert_eq!((&event["created"], &event["pending_webhooks"]), (&json!(START + 60), &json!(1)));
        assert_eq!(event["api_version"], "2025-09-30.clover");
        assert_eq!(event["request"], json!({ "id": null, "idempotency_key": null }));
    }
    let (charge, intent, session) =
        (&events[0]["data"]["object"], &events[1]["data"]["object"], &events[2]["data"]["object"]);
    assert_eq!(charge["payment_intent"], intent["id"]);
    assert_eq!(session["payment_intent"], intent["id"]);
    assert_eq!((&session["payment_status"], &session["status"]), (&json!("paid"), &json!("complete")));
    assert_eq!(intent["metadata"]["payment_no"], "ORD1_2");
    assert_eq!(session["metadata"]["payment_no"], "ORD1_2");
    let asked = shop.get(&format!("/v1/payment_intents/{}", id_of(intent)), &[]);
    assert_eq!(&asked, intent);
}

#[test]
fn processing_payment_causes_completed_then_async_event() {
    for (action, last) in [
        ("pay", vec!["charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded"]),
        ("fail", vec!["payment_intent.payment_failed", "checkout.session.async_payment_failed"]),
    ] {
        let shop = Shop::new();
        let path = format!("/v1/checkout/sessions/{}", id_of(&shop.session()));
        shop.act("ORD1_2", "process");
        assert_eq!(shop.kinds("ORD1_2"), ["payment_intent.processing", "checkout.session.completed"]);
        let event = shop.events("ORD1_2")[1].clone();
        assert_eq!(event["data"]["object"]["payment_status"], "unpaid");
        assert_eq!(event["data"]["object"]["status"], "complete");
        assert_eq!(shop.refused("POST", &format!("{path}/expire"), &[]).0, 400);
        shop.act("ORD1_2", action);
        assert_eq!(shop.kinds("ORD1_2")[2..], last);
        let session = shop.get(&path, &[]);
        let word = if action == "pay" { "paid" } else { "unpaid" };
        assert_eq!((&session["payment_status"], &session["status"]), (&json!(word), &json!("complete")));
        // The form was submitted: such a Session cannot be expired even if the payment failed.
        assert_eq!(shop.refused("POST", &format!("{path}/expire"), &[]).0, 400);
    }
}

#[test]
fn failed_attempt_and_later_payment_both_cause_events() {
    let shop = Shop::new();
    shop.session();
    shop.act("ORD1_2", "fail");
    shop.act("ORD1_2", "pay");
    let kinds =
        ["payment_intent.payment_failed", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"];
    assert_eq!(shop.kinds("ORD1_2"), kinds);
    let events = shop.events("ORD1_2");
    assert_eq!(events[0]["data"]["object"]["id"], events[2]["data"]["object"]["id"]);
}

#[test]
fn expired_event_names_request_of_merchant() {
    let shop = Shop::new();
    let id = id_of(&shop.session()).to_owned();
    let expire = request("POST", &format!("/v1/checkout/sessions/{id}/expire"), &[], Some("close-1"));
    assert_eq!(shop.sandbox.handle(&expire).wait().status, 200);
    let events = shop.events("ORD1_2");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["type"], "checkout.session.expired");
    assert_eq!(events[0]["request"]["idempotency_key"], "close-1");
    assert!(events[0]["request"]["id"].as_str().unwrap().starts_with("req_"));
    assert_eq!(events[0]["data"]["object"]["status"], "expired");

    let shop = Shop::new();
    shop.session();
    shop.act("ORD1_2", "fail");
    let id = shop.get("/v1/checkout/sessions", &[])["data"][0]["id"].as_str().unwrap().to_owned();
    shop.post(&format!("/v1/checkout/sessions/{id}/expire"), &[]);
    let kinds = ["payment_intent.payment_failed", "checkout.session.expired", "payment_intent.canceled"];
    assert_eq!(shop.kinds("ORD1_2"), kinds);
}

#[test]
fn late_second_and_wrong_payments_cause_events_with_real_values() {
    let shop = Shop::new();
    let path = format!("/v1/checkout/sessions/{}", id_of(&shop.session()));
    shop.post(&format!("{path}/expire"), &[]);
    shop.act("ORD1_2", "pay_late");
    let events = shop.events("ORD1_2");
    assert_eq!(events[1]["created"], START + 86_401);
    assert_eq!(events[1]["data"]["object"]["created"], START + 86_401);
    assert_eq!(shop.get(&path, &[])["status"], "complete");
    shop.act("ORD1_2", "pay_again");
    let events = shop.events("ORD1_2");
    let [.., charge, intent] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&charge["type"], &intent["type"]), (&json!("charge.succeeded"), &json!("payment_intent.succeeded")));
    assert_ne!(intent["data"]["object"]["id"], events[2]["data"]["object"]["id"]);
    assert_eq!(intent["data"]["object"]["metadata"]["payment_no"], "ORD1_2");

    let shop = Shop::new();
    shop.session();
    shop.act("ORD1_2", "pay_wrong_amount");
    let events = shop.events("ORD1_2");
    assert_eq!(events[1]["data"]["object"]["amount_received"], 999);
    assert_eq!(events[2]["data"]["object"]["amount_total"], 999);
}

#[test]
fn refund_events_are_created_refunded_updated_and_failed() {
    let shop = Shop::new();
    let intent = shop.paid();
    let before = shop.kinds("ORD1_2").len();
    let parameters = [("payment_intent", intent.as_str()), ("amount", "300"), ("metadata[refund_no]", "ORD1R1")];
    let refund = request("POST", "/v1/refunds", &parameters, Some("ORD1R1"));
    assert_eq!(shop.sandbox.handle(&refund).wait().status, 200);
    let events = shop.events("ORD1_2")[before..].to_vec();
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    assert_eq!(events.iter().map(kind).collect::<Vec<_>>(), ["refund.created", "charge.refunded"]);
    let (refund, charge) = (&events[0]["data"]["object"], &events[1]["data"]["object"]);
    assert_eq!((&refund["status"], &refund["metadata"]["refund_no"]), (&json!("succeeded"), &json!("ORD1R1")));
    assert_eq!((&charge["amount_refunded"], &charge["payment_intent"]), (&json!(300), &json!(intent)));
    assert_eq!((&charge["refunded"], &charge["metadata"]["order_no"]), (&json!(false), &json!("ORD1")));
    assert_eq!(events[0]["request"]["idempotency_key"], "ORD1R1");
    // No request made this refund; the charge counts both.
    shop.act("ORD1_2", "refund_on_platform?amount=700");
    let events = shop.events("ORD1_2");
    let [.., created, refunded] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((&created["data"]["object"]["metadata"], &created["request"]["id"]), (&json!({}), &Value::Null));
    assert_eq!(refunded["data"]["object"]["amount_refunded"], 1000);
    assert_eq!(refunded["data"]["object"]["refunded"], true);
    // The refund fails after it has succeeded.
    shop.act("ORD1_2", "fail_refund");
    let events = shop.events("ORD1_2");
    let [.., updated, failed] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((kind(updated), kind(failed)), ("refund.updated".to_owned(), "refund.failed".to_owned()));
    assert_eq!(failed["data"]["object"]["id"], created["data"]["object"]["id"]);
    assert_eq!(failed["data"]["object"]["failure_reason"], "expired_or_canceled_card");
    let charge = shop.get(&format!("/v1/charges/{}", intent.replace("pi_", "ch_")), &[]);
    assert_eq!(charge["amount_refunded"], 300);
}

#[test]
fn pending_refund_causes_refund_updated_when_finished() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.act("ORD1_2", "faults/refund_later");
    shop.post("/v1/refunds", &[("payment_intent", &intent)]);
    shop.act("ORD1_2", "finish_refund");
    let events = shop.events("ORD1_2");
    let last: Vec<(&str, &str)> = events[3..]
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), event["data"]["object"]["status"].as_str().unwrap()))
        .collect();
    let expected = [("refund.created", "pending"), ("charge.refunded", "succeeded"), ("refund.updated", "succeeded")];
    assert_eq!(last, expected);
}

#[test]
fn dispute_causes_events_when_opened_and_closed() {
    for (action, word) in [("win_dispute", "won"), ("lose_dispute", "lost")] {
        let shop = Shop::new();
        let intent = shop.paid();
        shop.act("ORD1_2", "open_dispute");
        shop.act("ORD1_2", action);
        let events = shop.events("ORD1_2");
        let [.., opened, closed] = events.as_slice() else { panic!("{events:?}") };
        for (event, kind, status) in
            [(opened, "charge.dispute.created", "needs_response"), (closed, "charge.dispute.closed", word)]
        {
            let dispute = &event["data"]["object"];
            assert_eq!((&event["type"], &dispute["status"]), (&json!(kind), &json!(status)));
            assert_eq!((&dispute["payment_intent"], &dispute["amount"]), (&json!(intent), &json!(1000)));
            assert_eq!(dispute["charge"], json!(intent.replace("pi_", "ch_")));
            assert_eq!(dispute["metadata"], json!({}));
        }
        assert_eq!(opened["data"]["object"]["id"], closed["data"]["object"]["id"]);
    }
}

#[test]
fn intent_without_session_causes_no_session_events() {
    let shop = Shop::new();
    shop.intent();
    shop.act("ORD2", "process");
    shop.act("ORD2", "pay");
    let kinds = ["payment_intent.processing", "charge.succeeded", "payment_intent.succeeded"];
    assert_eq!(shop.kinds("ORD2"), kinds);
}
