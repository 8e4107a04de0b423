//! Idempotency keys.

use super::super::once::{Claim, claim};
use super::super::params::Params;
use super::{SESSION, Shop, header, request};
use crate::http::form;
use crate::tests::{START, block, json, tester};

const PATH: &str = "/v1/checkout/sessions";

#[test]
fn the_same_request_has_the_same_answer() {
    block(async {
        let shop = Shop::new();
        let first = shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).await;
        assert_eq!((first.status, header(&first, "Idempotent-Replayed")), (200, None));
        assert_eq!(header(&first, "Idempotency-Key"), Some("k1"));
        // The same parameters in another order, later.
        let mut reversed = SESSION;
        reversed.reverse();
        shop.pass(3600);
        let second = shop.sandbox.handle(&request("POST", PATH, &reversed, Some("k1"))).await;
        assert_eq!((second.status, &second.body), (200, &first.body));
        assert_eq!(header(&second, "Idempotent-Replayed"), Some("true"));
        assert_eq!(header(&second, "Original-Request"), header(&first, "Request-Id"));
        assert_ne!(header(&second, "Request-Id"), header(&first, "Request-Id"));
        assert_eq!(shop.get(PATH, &[]).await["data"].as_array().unwrap().len(), 1);
        // A day later the key is forgotten.
        shop.pass(86_400);
        let third = shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).await;
        assert_ne!(json(&third)["id"], json(&first)["id"]);
    });
}

#[test]
fn a_key_is_good_for_one_request_only() {
    block(async {
        let shop = Shop::new();
        shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).await;
        let other = [&SESSION[..], &[("locale", "zh")]].concat();
        for (path, parameters) in [(PATH, &other), ("/v1/refunds", &SESSION.to_vec())] {
            let answer = shop.sandbox.handle(&request("POST", path, parameters, Some("k1"))).await;
            assert_eq!((answer.status, json(&answer)["error"]["type"].as_str()), (400, Some("idempotency_error")));
        }
        // Another account's key of the same name is another key.
        let mut foreign = request("POST", PATH, &other, Some("k1"));
        foreign.headers[0].1 = "Bearer sk_test_other".to_owned();
        assert_eq!(shop.sandbox.handle(&foreign).await.status, 200);
        for (key, status) in [("", 400), ("a\nb", 400), ("é", 400)] {
            assert_eq!(
                shop.sandbox.handle(&request("POST", PATH, &SESSION, Some(key))).await.status,
                status,
                "{key:?}"
            );
        }
        for (length, status) in [(255, 200), (256, 400)] {
            let key = "k".repeat(length);
            assert_eq!(shop.sandbox.handle(&request("POST", PATH, &SESSION, Some(&key))).await.status, status);
        }
    });
}

#[test]
fn a_refusal_before_the_work_is_not_kept() {
    block(async {
        let shop = Shop::new();
        let refused = shop.sandbox.handle(&request("POST", PATH, &SESSION[1..], Some("k1"))).await;
        assert_eq!(refused.status, 400);
        let fine = shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).await;
        assert_eq!((fine.status, header(&fine, "Idempotent-Replayed")), (200, None));
    });
}

#[test]
fn a_refusal_by_the_trades_state_is_kept() {
    block(async {
        let shop = Shop::new();
        let intent = shop.paid().await;
        shop.act("ORD1_2", "faults/refuse_refund").await;
        let refund = request("POST", "/v1/refunds", &[("payment_intent", &intent)], Some("R1"));
        let first = shop.sandbox.handle(&refund).await;
        assert_eq!(first.status, 400);
        let again = shop.sandbox.handle(&refund).await;
        assert_eq!((again.status, &again.body), (400, &first.body));
        assert_eq!(header(&again, "Idempotent-Replayed"), Some("true"));
        let other = request("POST", "/v1/refunds", &[("payment_intent", &intent)], Some("R1-2"));
        assert_eq!(shop.sandbox.handle(&other).await.status, 200);
    });
}

#[test]
fn an_armed_error_does_nothing_and_is_not_kept() {
    block(async {
        let shop = Shop::new();
        shop.sandbox.handle(&tester("POST", "/faults/stripe/answer_500")).await;
        let create = request("POST", PATH, &SESSION, Some("k1"));
        assert_eq!(shop.sandbox.handle(&create).await.status, 500);
        let second = shop.sandbox.handle(&create).await;
        assert_eq!((second.status, header(&second, "Idempotent-Replayed")), (200, None));
    });
}

#[test]
fn a_late_answer_is_repeated() {
    block(async {
        let shop = Shop::new();
        let intent = shop.paid().await;
        shop.act("ORD1_2", "faults/time_out").await;
        let refund = request("POST", "/v1/refunds", &[("payment_intent", &intent)], Some("R1"));
        let late = shop.sandbox.handle(&refund).await;
        assert_eq!(shop.now(), START + 12);
        let again = shop.sandbox.handle(&refund).await;
        assert_eq!((again.status, &again.body), (200, &late.body));
        assert_eq!(shop.now(), START + 12);
        assert_eq!(shop.get("/v1/refunds", &[("payment_intent", &intent)]).await["data"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn two_at_once_are_not_done_twice() {
    block(async {
        let shop = Shop::new();
        let create = request("POST", PATH, &SESSION, Some("k1"));
        let parameters = Params::nest(form(&create.body)).unwrap().fingerprint();
        let held = claim(&shop.sandbox.ports, "main", "k1", PATH, &parameters).await.unwrap();
        let Claim::Work(ticket) = held else { panic!("{held:?}") };
        let refused = shop.sandbox.handle(&create).await;
        assert_eq!((refused.status, json(&refused)["error"]["code"].as_str()), (409, Some("idempotency_key_in_use")));
        // The holder of the key counts as crashed by now.
        shop.pass(61);
        let done = shop.sandbox.handle(&create).await;
        assert_eq!(done.status, 200);
        // If the holder is alive after all, the kept answer stays.
        ticket.release(&shop.sandbox.ports).await.unwrap();
        assert_eq!(shop.sandbox.handle(&create).await.body, done.body);
    });
}

#[test]
fn reading_has_no_keys() {
    block(async {
        let shop = Shop::new();
        let read = request("GET", "/v1/balance", &[], Some("k1"));
        assert_eq!(header(&shop.sandbox.handle(&read).await, "Idempotency-Key"), None);
        assert_eq!(shop.sandbox.handle(&request("POST", PATH, &SESSION, Some("k1"))).await.status, 200);
    });
}
