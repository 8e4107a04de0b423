//! The life of Checkout Sessions, and which calls find them.

use serde_json::{Value, json};

use super::{OURS, SESSION, Shop, id_of};
use crate::tests::{START, Wait as _, tester};

const PATH: &str = "/v1/checkout/sessions";

#[test]
fn paid_session_has_payment_intent_and_charge() {
    let shop = Shop::new();
    let id = id_of(&shop.session()).to_owned();
    shop.pass(60);
    shop.act("ORD1_2", "pay");
    let expand = [("expand[0]", "payment_intent.latest_charge"), ("expand[1]", "customer")];
    let session = shop.get(&format!("{PATH}/{id}"), &expand);
    assert_eq!((&session["status"], &session["payment_status"]), (&json!("complete"), &json!("paid")));
    assert_eq!(session["url"], Value::Null);
    let intent = &session["payment_intent"];
    assert_eq!((&intent["object"], &intent["status"]), (&json!("payment_intent"), &json!("succeeded")));
    assert_eq!((&intent["amount_received"], &intent["created"]), (&json!(1000), &json!(START + 60)));
    assert_eq!(intent["metadata"], json!({ "order_no": "ORD1", "payment_no": "ORD1_2" }));
    let charge = &intent["latest_charge"];
    assert_eq!((&charge["object"], &charge["payment_intent"]), (&json!("charge"), &intent["id"]));
    assert_eq!((&charge["paid"], &charge["refunded"]), (&json!(true), &json!(false)));
    let plain = shop.get(&format!("/v1/payment_intents/{}", id_of(intent)), &[]);
    assert_eq!(plain["latest_charge"], charge["id"]);
    let alone = shop.get(&format!("/v1/charges/{}", id_of(charge)), &[]);
    assert_eq!(&alone, charge);
}

#[test]
fn only_objects_can_be_expanded() {
    let shop = Shop::new();
    let id = id_of(&shop.session()).to_owned();
    let path = format!("{PATH}/{id}");
    let unpaid = shop.get(&path, &[("expand[]", "payment_intent.latest_charge")]);
    assert_eq!(unpaid["payment_intent"], Value::Null);
    for expand in ["amount_total", "status", "nothing", "", "payment_intent.a.b.c.d", "metadata.order_no"] {
        let (status, error) = shop.refused("GET", &path, &[("expand[]", expand)]);
        assert_eq!(status, 400, "{expand}: {error}");
    }
}

#[test]
fn intent_of_session_exists_after_first_attempt_to_pay() {
    let shop = Shop::new();
    let id = id_of(&shop.session()).to_owned();
    let trade = shop.sandbox.named("tester/ORD1_2").wait().unwrap().unwrap();
    let intent = format!("/v1/payment_intents/pi_{}000", trade.family().unwrap());
    assert_eq!(shop.refused("GET", &intent, &[]).0, 404);
    shop.act("ORD1_2", "fail");
    let failed = shop.get(&intent, &[]);
    assert_eq!(failed["status"], "requires_payment_method");
    assert_eq!(failed["last_payment_error"]["code"], "card_declined");
    let session = shop.get(&format!("{PATH}/{id}"), &[]);
    assert_eq!((&session["status"], &session["payment_intent"]), (&json!("open"), &failed["id"]));
    let (status, error) = shop.refused("POST", &format!("{intent}/cancel"), &[]);
    assert_eq!((status, error["code"].as_str()), (400, Some("payment_intent_unexpected_state")));
}

#[test]
fn only_an_open_session_can_be_expired() {
    let shop = Shop::new();
    let id = id_of(&shop.session()).to_owned();
    let path = format!("{PATH}/{id}/expire");
    let expired = shop.post(&path, &[]);
    assert_eq!((&expired["status"], &expired["url"]), (&json!("expired"), &Value::Null));
    let (status, error) = shop.refused("POST", &path, &[]);
    assert_eq!(status, 400);
    assert_eq!(
        error["message"],
        "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of \
         `expired`."
    );
    let (status, _) = shop.refused("POST", &format!("{PATH}/cs_test_none/expire"), &[]);
    assert_eq!(status, 404);

    let shop = Shop::new();
    let id = id_of(&shop.session()).to_owned();
    shop.act("ORD1_2", "pay");
    let (_, error) = shop.refused("POST", &format!("{PATH}/{id}/expire"), &[]);
    assert!(error["message"].as_str().unwrap().ends_with("has a status of `complete`."));
}

#[test]
fn session_expires_after_expires_at() {
    let shop = Shop::new();
    let id = id_of(&shop.session()).to_owned();
    shop.pass(86_400);
    assert_eq!(shop.get(&format!("{PATH}/{id}"), &[])["status"], "open");
    shop.pass(1);
    assert_eq!(shop.get(&format!("{PATH}/{id}"), &[])["status"], "expired");
    assert_eq!(shop.kinds("ORD1_2"), ["checkout.session.expired"]);
    assert_eq!(shop.get(&format!("{PATH}/{id}"), &[])["status"], "expired");
    assert_eq!(shop.kinds("ORD1_2").len(), 1);
}

#[test]
fn second_session_with_same_number_gets_its_own_trade() {
    let shop = Shop::new();
    let first = shop.session();
    let second = shop.session();
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["url"], format!("https://sandbox.example/trades/{}", id_of(&second)));
    shop.act("ORD1_2", "pay");
    let path = |session: &Value| format!("{PATH}/{}", id_of(session));
    assert_eq!(shop.get(&path(&first), &[])["status"], "complete");
    assert_eq!(shop.get(&path(&second), &[])["status"], "open");
}

#[test]
fn client_reference_unfit_for_url_is_not_payment_no() {
    let shop = Shop::new();
    for reference in ["a/b", "../x", "a b", "<b>", "付款", "a?b"] {
        let session = shop.post(PATH, &[&SESSION[..], &[("client_reference_id", reference)]].concat());
        assert_eq!(session["client_reference_id"], reference);
        let id = id_of(&session);
        assert_eq!(session["url"], format!("https://sandbox.example/trades/{id}"));
    }
    let session = shop.post(PATH, &[&SESSION[..], &[("client_reference_id", "ORD7")]].concat());
    assert_eq!(session["url"], "https://sandbox.example/trades/ORD7");
}

#[test]
fn sessions_are_listed_in_pages_newest_first() {
    let shop = Shop::new();
    let mut ids = Vec::new();
    for _ in 0..5 {
        shop.pass(1);
        ids.insert(0, shop.post(PATH, &SESSION)["id"].clone());
    }
    let seen = |list: &Value| -> Vec<Value> {
        list["data"].as_array().unwrap().iter().map(|session| session["id"].clone()).collect()
    };
    let first = shop.get(PATH, &[("limit", "2")]);
    assert_eq!((seen(&first), &first["has_more"], &first["url"]), (ids[..2].to_vec(), &json!(true), &json!(PATH)));
    let after = ids[1].as_str().unwrap();
    let rest = shop.get(PATH, &[("limit", "3"), ("starting_after", after)]);
    assert_eq!((seen(&rest), &rest["has_more"]), (ids[2..].to_vec(), &json!(false)));
    let back = shop.get(PATH, &[("limit", "1"), ("ending_before", ids[2].as_str().unwrap())]);
    assert_eq!((seen(&back), &back["has_more"]), (ids[1..2].to_vec(), &json!(true)));
    assert_eq!(seen(&shop.get(PATH, &[])).len(), 5);
    assert_eq!(seen(&shop.get(PATH, &[("status", "complete")])).len(), 0);
    for (name, value) in [("limit", "0"), ("limit", "101"), ("color", "red"), ("status", "gone")] {
        assert_eq!(shop.refused("GET", PATH, &[(name, value)]).0, 400, "{name}={value}");
    }
    assert_eq!(shop.refused("GET", PATH, &[("starting_after", "cs_test_none")]).0, 404);
}

#[test]
fn session_is_listed_by_its_intent() {
    let shop = Shop::new();
    let intent = shop.paid();
    shop.post(PATH, &SESSION);
    let list = shop.get(PATH, &[("payment_intent", &intent), ("expand[]", "data.payment_intent")]);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(list["data"][0]["payment_intent"]["id"], intent);
    assert_eq!(shop.refused("GET", PATH, &[("payment_intent", "pi_none")]).0, 404);
    assert_eq!(shop.refused("GET", PATH, &[("expand[]", "payment_intent")]).0, 400);
}

#[test]
fn another_account_cannot_see_trade() {
    let shop = Shop::new();
    let session = id_of(&shop.session()).to_owned();
    shop.act("ORD1_2", "pay");
    let intent = shop.get(&format!("{PATH}/{session}"), &[])["payment_intent"].as_str().unwrap().to_owned();
    shop.post("/v1/refunds", &[("payment_intent", &intent), ("amount", "10")]);
    let number = &intent[3..];
    for path in [
        format!("{PATH}/{session}"),
        format!("/v1/payment_intents/{intent}"),
        format!("/v1/charges/ch_{number}"),
        format!("/v1/refunds/re_{number}"),
    ] {
        let mut request = super::request("GET", &path, &[], None);
        assert_eq!(shop.sandbox.handle(&request).wait().status, 200, "{path}");
        request.headers[0].1 = "Bearer sk_test_other".to_owned();
        assert_eq!(shop.sandbox.handle(&request).wait().status, 404, "{path}");
    }
    let mut list = super::request("GET", PATH, &[], None);
    list.headers[0].1 = "Bearer sk_test_other".to_owned();
    assert_eq!(crate::tests::json(&shop.sandbox.handle(&list).wait())["data"], json!([]));
}

#[test]
fn malformed_ids_find_nothing() {
    let shop = Shop::new();
    shop.paid();
    let long = "x".repeat(5000);
    for id in ["cs_", "pi_", "pi_000", "ch_é", "re_%00", "..", "cs_test_%2e", "1", "_", long.as_str()] {
        for path in [PATH, "/v1/payment_intents", "/v1/charges", "/v1/refunds"] {
            let (status, error) = shop.refused("GET", &format!("{path}/{id}"), &[]);
            assert_eq!((status, error["code"].as_str()), (404, Some("resource_missing")), "{path}/{id}");
            assert!(error["message"].as_str().unwrap().len() < 200);
        }
    }
}

#[test]
fn fault_of_provider_affects_next_session() {
    let shop = Shop::new();
    shop.sandbox.handle(&tester("POST", "/faults/stripe/answer_500")).wait();
    let (status, error) = shop.refused("POST", PATH, &[&SESSION[..], &OURS[..]].concat());
    assert_eq!((status, error["type"].as_str()), (500, Some("api_error")));
    assert!(shop.sandbox.named("tester/ORD1_2").wait().unwrap().is_none());
    shop.sandbox.handle(&tester("POST", "/faults/stripe/time_out")).wait();
    shop.session();
    assert_eq!(shop.now(), START + 12);
    assert!(shop.sandbox.named("tester/ORD1_2").wait().unwrap().is_some());
}
