//! Idempotency keys.

use super::super::idempotency::{Claim, claim};
use super::super::params::Params;
use super::{SESSION, Shop, header, request};
use crate::http::form;
use crate::tests::{START, Wait as _, json, tester};

const PATH: &str = "/v1/checkout/sessions";

#[test]
fn repeated_key_gets_stored_answer() {
    let shop = Shop::new();
    let first = shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).wait();
    assert_eq!((first.status, header(&first, "Idempotent-Replayed")), (200, None));
    assert_eq!(header(&first, "Idempotency-Key"), Some("k1"));
    // The same parameters in another order, later.
    let mut reversed = SESSION;
    reversed.reverse();
    shop.pass(3600);
    let second = shop.sandbox.handle(&request("POST", PATH, &reversed, Some("k1"))).wait();
    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(header(&second, "Idempotent-Replayed"), Some("true"));
    assert_eq!(header(&second, "Original-Request"), header(&first, "Request-Id"));
    assert_ne!(header(&second, "Request-Id"), header(&first, "Request-Id"));
    assert_eq!(shop.get(PATH, &[])["data"].as_array().unwrap().len(), 1);
    // A day later the key is forgotten.
    shop.pass(86_400);
    let third = shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).wait();
    assert_ne!(json(&third)["id"], json(&first)["id"]);
}

#[test]
fn idempotency_key_of_another_request_is_refused() {
    let shop = Shop::new();
    shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).wait();
    let other = [&SESSION[..], &[("locale", "zh")]].concat();
    for (path, parameters) in [(PATH, &other), ("/v1/refunds", &SESSION.to_vec())] {
        let answer = shop.sandbox.handle(&request("POST", path, parameters, Some("k1"))).wait();
        assert_eq!((answer.status, json(&answer)["error"]["type"].as_str()), (400, Some("idempotency_error")));
    }
    // Another account's key of the same name is another key.
    let mut foreign = request("POST", PATH, &other, Some("k1"));
    foreign.headers[0].1 = "Bearer sk_test_other".to_owned();
    assert_eq!(shop.sandbox.handle(&foreign).wait().status, 200);
    for (key, status) in [("", 400), ("a\nb", 400), ("é", 400)] {
        assert_eq!(shop.sandbox.handle(&request("POST", PATH, &SESSION, Some(key))).wait().status, status, "{key:?}");
    }
    for (length, status) in [(255, 200), (256, 400)] {
        let key = "k".repeat(length);
        assert_eq!(shop.sandbox.handle(&request("POST", PATH, &SESSION, Some(&key))).wait().status, status);
    }
}

#[test]
fn refusal_before_work_is_not_stored() {
    let shop = Shop::new();
    let refused = shop.sandbox.handle(&request("POST", PATH, &SESSION[1..], Some("k1"))).wait();
    assert_eq!(refused.status, 400);
    let fine = shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).wait();
    assert_eq!((fine.status, header(&fine, "Idempotent-Replayed")), (200, None));
}

#[test]
fn refusal_by_state_of_trade_is_stored() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.act("ORD1_2", "faults/refuse_refund");
    let refund = request("POST", "/v1/refunds", &[("payment_intent", &intent)], Some("R1"));
    let first = shop.sandbox.handle(&refund).wait();
    assert_eq!(first.status, 400);
    let again = shop.sandbox.handle(&refund).wait();
    assert_eq!((again.status, &again.body), (400, &first.body));
    assert_eq!(header(&again, "Idempotent-Replayed"), Some("true"));
    let other = request("POST", "/v1/refunds", &[("payment_intent", &intent)], Some("R1-2"));
    assert_eq!(shop.sandbox.handle(&other).wait().status, 200);
}

#[test]
fn armed_error_does_nothing_and_is_not_stored() {
    let shop = Shop::new();
    shop.sandbox.handle(&tester("POST", "/faults/stripe/answer_500")).wait();
    let create = request("POST", PATH, &SESSION, Some("k1"));
    assert_eq!(shop.sandbox.handle(&create).wait().status, 500);
    let second = shop.sandbox.handle(&create).wait();
    assert_eq!((second.status, header(&second, "Idempotent-Replayed")), (200, None));
}

#[test]
fn late_answer_is_stored_and_repeated() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.act("ORD1_2", "faults/time_out");
    let refund = request("POST", "/v1/refunds", &[("payment_intent", &intent)], Some("R1"));
    let late = shop.sandbox.handle(&refund).wait();
    assert_eq!(shop.now(), START + 12);
    let again = shop.sandbox.handle(&refund).wait();
    assert_eq!((again.status, &again.body), (200, &late.body));
    assert_eq!(shop.now(), START + 12);
    assert_eq!(shop.get("/v1/refunds", &[("payment_intent", &intent)])["data"].as_array().unwrap().len(), 1);
}

#[test]
fn concurrent_request_with_same_key_is_refused() {
    let shop = Shop::new();
    let create = request("POST", PATH, &SESSION, Some("k1"));
    let parameters = Params::parse(form(&create.body)).unwrap().fingerprint();
    let held = claim(&shop.sandbox.ports, "main", "k1", PATH, &parameters).wait().unwrap();
    let Claim::Started(reservation) = held else { panic!("{held:?}") };
    let refused = shop.sandbox.handle(&create).wait();
    assert_eq!((refused.status, json(&refused)["error"]["code"].as_str()), (409, Some("idempotency_key_in_use")));
    // The holder of the key counts as crashed by now.
    shop.pass(61);
    let done = shop.sandbox.handle(&create).wait();
    assert_eq!(done.status, 200);
    // If the first request ends after all, the stored answer stays.
    reservation.release(&shop.sandbox.ports).wait().unwrap();
    assert_eq!(shop.sandbox.handle(&create).wait().body, done.body);
}

#[test]
fn get_requests_ignore_idempotency_key() {
    let shop = Shop::new();
    let read = request("GET", "/v1/balance", &[], Some("k1"));
    assert_eq!(header(&shop.sandbox.handle(&read).wait(), "Idempotency-Key"), None);
    assert_eq!(shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).wait().status, 200);
}
