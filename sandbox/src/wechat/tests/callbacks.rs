//! Callbacks: encrypted, signed, and faulty on demand.

use serde_json::{Value, json};

use super::{NATIVE, NOTIFY_URL, NOW, ORDER, REFUND_NOTIFY_URL, REFUNDS, Shop, refund_request, with};
use crate::callback::{Callback, Signing};
use crate::config::PlatformKey;
use crate::http::Outgoing;
use crate::ports::Clock as _;
use crate::provider;

impl Shop {
    fn outgoing(&self, callback: &Callback, signing: Signing) -> Outgoing {
        let now = self.sandbox.ports.now();
        provider::sign(&self.sandbox.config, &self.trade(), callback, signing, now).unwrap()
    }

    /// Verifies the envelope, and returns it and its decrypted content.
    fn read_callback(&self, callback: &Callback) -> (Value, Value) {
        let outgoing = self.outgoing(callback, Signing::Valid);
        self.assert_signed(&outgoing.headers, &outgoing.body);
        let envelope: Value = serde_json::from_slice(&outgoing.body).unwrap();
        let content = serde_json::from_str(&self.unseal(&envelope["resource"])).unwrap();
        (envelope, content)
    }

    fn refund(&self, number: &str, amount: u64) {
        assert_eq!(self.post(REFUNDS, &refund_request(number, amount)).status, 200);
    }
}

fn header<'a>(outgoing: &'a Outgoing, name: &str) -> &'a str {
    crate::tests::header(&outgoing.headers, name).unwrap()
}

#[test]
fn payment_callback_goes_to_notify_url_of_order() {
    let shop = Shop::paid();
    let callback = &shop.callbacks()[0];
    assert_eq!((callback.kind.as_str(), callback.url.as_str()), ("TRANSACTION.SUCCESS", NOTIFY_URL));
    let (envelope, content) = shop.read_callback(callback);
    assert_eq!(content, shop.query(), "a callback has the content of a query");
    assert_eq!((&content["trade_state"], &content["appid"]), (&json!("SUCCESS"), &json!(shop.of_merchant("appid"))));
    let expected = json!({
        "id": callback.id,
        "create_time": "2026-11-18T19:06:40+08:00",
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": {
            "algorithm": "AEAD_AES_256_GCM",
            "original_type": "transaction",
            "associated_data": "transaction",
            "ciphertext": envelope["resource"]["ciphertext"],
            "nonce": envelope["resource"]["nonce"],
        },
    });
    assert_eq!(envelope, expected);
    assert_eq!(callback.id.len(), 36);
    let outgoing = shop.outgoing(callback, Signing::Valid);
    assert_eq!((outgoing.url.as_str(), header(&outgoing, "Content-Type")), (NOTIFY_URL, "application/json"));
    let queue = shop.sandbox.ports.queue.borrow();
    assert_eq!(queue.len(), 1);
    let (due, delivery) = &queue[0];
    assert_eq!((delivery.callback.as_str(), delivery.nth, *due), (callback.id.as_str(), 0, NOW));
}

#[test]
fn each_attempt_is_encrypted_and_signed_anew() {
    let shop = Shop::paid();
    let callback = &shop.callbacks()[0];
    let first = shop.read_callback(callback);
    shop.sandbox.ports.set_now(NOW + 3600);
    let second = shop.read_callback(callback);
    assert_eq!((first.1, &first.0["id"]), (second.1, &second.0["id"]));
    assert_ne!(first.0["resource"]["nonce"], second.0["resource"]["nonce"]);
    assert_eq!(first.0["create_time"], second.0["create_time"]);
}

#[test]
fn refund_callback_goes_to_notify_url_of_refund() {
    let shop = Shop::paid();
    shop.refund("R1", 4000);
    let callback = &shop.callbacks()[1];
    assert_eq!((callback.kind.as_str(), callback.url.as_str()), ("REFUND.SUCCESS", REFUND_NOTIFY_URL));
    let trade = shop.trade();
    let (envelope, content) = shop.read_callback(callback);
    let mut expected = json!({
        "amount": { "payer_refund": 4000, "payer_total": 9900, "refund": 4000, "total": 9900 },
        "mchid": shop.mchid(),
        "out_refund_no": "R1",
        "out_trade_no": ORDER,
        "refund_id": trade.refunds[0].id,
        "refund_status": "SUCCESS",
        "success_time": "2026-11-18T19:06:40+08:00",
        "transaction_id": trade.payments[0].id,
        "user_received_account": "支付用户零钱",
    });
    assert_eq!(content, expected);
    assert_eq!(envelope["resource"]["original_type"], "refund");
    assert_eq!(envelope["resource"]["associated_data"], "refund");
    assert_eq!(envelope["summary"], "退款成功");

    shop.act(ORDER, "fail_refund");
    let callback = &shop.callbacks()[2];
    let (envelope, content) = shop.read_callback(callback);
    expected["refund_status"] = json!("CLOSED");
    expected.as_object_mut().unwrap().remove("success_time");
    assert_eq!((callback.kind.as_str(), &envelope["summary"]), ("REFUND.CLOSED", &json!("退款关闭")));
    assert_eq!(content, expected);

    shop.act(ORDER, "faults/refund_abnormal");
    shop.refund("R2", 1);
    let (envelope, content) = shop.read_callback(&shop.callbacks()[3]);
    assert_eq!((&envelope["event_type"], &envelope["summary"]), (&json!("REFUND.ABNORMAL"), &json!("退款异常")));
    assert_eq!(content["refund_status"], "ABNORMAL");
}

#[test]
fn refund_without_notify_url_causes_no_callback() {
    let shop = Shop::paid();
    let body = with(&refund_request("R1", 1), "/notify_url", Value::Null);
    assert_eq!(shop.post(REFUNDS, &body).status, 200);
    assert_eq!(shop.callbacks().len(), 1);
}

#[test]
fn callback_of_platform_refund_goes_to_notify_url_of_order() {
    let shop = Shop::paid();
    shop.act(ORDER, "refund_on_platform");
    let callback = &shop.callbacks()[1];
    assert_eq!((callback.kind.as_str(), callback.url.as_str()), ("REFUND.SUCCESS", NOTIFY_URL));
    let (_, content) = shop.read_callback(callback);
    assert_eq!(content["out_refund_no"], content["refund_id"]);
    assert_eq!(content["amount"]["refund"], 4950);
}

#[test]
fn callbacks_of_second_payment_and_wrong_amount_have_real_amounts() {
    let shop = Shop::opened();
    shop.act(ORDER, "pay_wrong_amount");
    shop.act(ORDER, "pay_again");
    let callbacks = shop.callbacks();
    let (first, second) = (shop.read_callback(&callbacks[0]).1, shop.read_callback(&callbacks[1]).1);
    assert_eq!((&first["amount"]["total"], &second["amount"]["total"]), (&json!(9899), &json!(9900)));
    assert_ne!(first["transaction_id"], second["transaction_id"]);
    assert_ne!(callbacks[0].id, callbacks[1].id);
}

#[test]
fn wrong_and_probe_signatures_do_not_verify() {
    let shop = Shop::paid();
    let callback = &shop.callbacks()[0];
    let wrong = shop.outgoing(callback, Signing::Invalid);
    assert!(!shop.is_signed(&wrong.headers, &wrong.body));
    assert_eq!(header(&wrong, "Wechatpay-Signature").len(), 344, "it looks right");

    let probe = shop.outgoing(callback, Signing::Probe);
    assert!(header(&probe, "Wechatpay-Signature").starts_with("WECHATPAY/SIGNTEST/"));
    assert!(!shop.is_signed(&probe.headers, &probe.body));
    let envelope: Value = serde_json::from_slice(&probe.body).unwrap();
    assert_eq!(envelope["id"], callback.id.as_str(), "but for its signature it is the callback");
}

#[test]
fn callbacks_are_signed_with_the_configured_key() {
    for key in [PlatformKey::PublicKey, PlatformKey::Certificate] {
        let shop = Shop::signing_with(key);
        assert_eq!(shop.post(NATIVE, &shop.order()).status, 200);
        shop.act(ORDER, "pay");
        let callback = &shop.callbacks()[0];
        let serial = header(&shop.outgoing(callback, Signing::Valid), "Wechatpay-Serial").to_owned();
        let is_public = serial == shop.of_merchant("platform_public_key_id");
        assert_eq!(is_public, key == PlatformKey::PublicKey);
        shop.read_callback(callback);
    }
}

#[test]
fn removed_merchant_gets_no_callbacks() {
    let mut shop = Shop::paid();
    let (trade, callback) = (shop.trade(), shop.callbacks()[0].clone());
    shop.sandbox.config.wechat.clear();
    assert!(provider::sign(&shop.sandbox.config, &trade, &callback, Signing::Valid, NOW).is_none());
}

#[test]
fn renewed_code_does_not_change_callback() {
    let shop = Shop::open();
    let order = with(&shop.order(), "/attach", json!("a"));
    for _ in 0..2 {
        assert_eq!(shop.post(NATIVE, &order).status, 200);
    }
    shop.act(ORDER, "pay");
    assert_eq!(shop.callbacks().len(), 1);
    assert_eq!(shop.read_callback(&shop.callbacks()[0]).1["attach"], "a");
}
