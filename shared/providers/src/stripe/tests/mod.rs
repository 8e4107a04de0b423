//! Tests of Stripe: an account with made-up keys, and Stripe's objects as it sends them.

#![expect(clippy::unnecessary_wraps, reason = "answers as a script takes them")]

mod account;
mod calls;
mod client;
mod decline;
mod disputes;
mod hostile;
mod money;
mod notify;
mod refunds;
mod tables;

use aws_lc_rs::hmac;

use super::account::{Merchant, Settings};
use super::calls::{Id, check_price, read};
use super::notify::{NOT_NOW, Raw, TAKEN};
use super::wire::{PaymentIntent, Said, Session};
use super::{sign, translate};
use crate::testing::prelude::*;

pub const ORDER_NO: &str = "ORD20261121100000TESTTEST";
pub const REFUND_NO: &str = "ORD20261121100000TESTTESTR1";
pub const SESSION: &str = "cs_test_a1";
pub const INTENT: &str = "pi_3A";
pub const SECRET: &str = "whsec_first";
/// 2026-11-21 10:00:00 in China.
pub const NOW: i64 = 1_795_226_400;

pub fn settings() -> Settings {
    Settings {
        secret_key: "sk_test_0123456789".to_owned(),
        publishable_key: "pk_test_0123456789".to_owned(),
        webhook_secrets: vec![SECRET.to_owned(), "whsec_second".to_owned()],
        deployment: "shop-1".to_owned(),
        success_url: Some("https://shop.example/thanks".to_owned()),
        cancel_url: Some("https://shop.example/back".to_owned()),
        ..Settings::default()
    }
}

pub fn place(mode: AccountMode) -> Place<'static> {
    Place { mode, notify_url: "https://shop.example/stripe", base_url: None }
}

pub fn parse(settings: &Settings, mode: AccountMode) -> Result<Merchant, Faults> {
    Merchant::parse(main_id(), settings, place(mode))
}

pub fn merchant() -> Merchant {
    parse(&settings(), AccountMode::Test).unwrap()
}

/// The order of the script: 9.90 dollars, one attempt.
pub fn order(method: Method, handle: Option<&str>) -> Order {
    testing::order(method, Currency::USD, handle)
}

pub fn metadata() -> Value {
    json!({"deployment": "shop-1", "order_no": ORDER_NO, "payment_no": ORDER_NO, "method": "stripe_intent"})
}

pub fn charge(refunded: u64, refunds: &[Value]) -> Value {
    json!({
        "id": "ch_1", "object": "charge", "created": NOW + 60, "currency": "usd", "amount": 990,
        "amount_refunded": refunded, "refunded": refunded == 990, "payment_intent": INTENT, "metadata": metadata(),
        "refunds": {"object": "list", "data": refunds, "has_more": false}
    })
}

pub fn intent(status: &str) -> Value {
    let succeeded = status == "succeeded";
    json!({
        "id": INTENT, "object": "payment_intent", "livemode": false, "status": status, "amount": 990,
        "amount_received": if succeeded { 990 } else { 0 }, "currency": "usd", "created": NOW,
        "metadata": metadata(), "customer": null, "last_payment_error": null, "client_secret": "pi_3A_secret_x",
        "latest_charge": if succeeded { charge(0, &[]) } else { Value::Null }
    })
}

pub fn session(status: &str, payment_status: &str, intent: &Value) -> Value {
    json!({
        "id": SESSION, "object": "checkout.session", "livemode": false, "status": status,
        "payment_status": payment_status, "amount_total": 990, "currency": "usd", "client_reference_id": ORDER_NO,
        "metadata": metadata(), "payment_intent": intent, "customer": null, "expires_at": NOW + 2100,
        "url": if status == "open" { json!("https://checkout.stripe.com/c/pay/cs_test_a1") } else { Value::Null }
    })
}

pub fn refund(status: &str) -> Value {
    json!({
        "id": "re_1", "object": "refund", "amount": 300, "currency": "usd", "status": status, "charge": "ch_1",
        "payment_intent": INTENT,
        "metadata": {"deployment": "shop-1", "order_no": ORDER_NO, "refund_no": REFUND_NO}
    })
}

pub fn their_refund(id: &str, status: &str) -> Value {
    with(&with(&refund(status), "id", json!(id)), "metadata", json!({}))
}

pub fn list(refunds: &[Value], has_more: bool) -> Value {
    json!({"object": "list", "data": refunds, "has_more": has_more, "url": "/v1/refunds"})
}

/// The same object with another value at one place, such as `metadata.order_no`.
pub fn with(object: &Value, place: &str, value: Value) -> Value {
    let mut object = object.clone();
    let (parent, name) = place.rsplit_once('.').unwrap_or(("", place));
    let path = parent.split('.').filter(|part| !part.is_empty()).fold(String::new(), |path, part| path + "/" + part);
    object.pointer_mut(&path).unwrap()[name] = value;
    object
}

pub fn ok(body: &Value) -> Answer {
    Ok(answer(200, &[], &body.to_string()))
}

pub fn no(status: u16, error: &Value) -> Answer {
    Ok(answer(status, &[], &json!({"error": error}).to_string()))
}

pub fn event(kind: &str, object: &Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": "2019-12-03", "created": NOW + 90, "livemode": false,
        "type": kind, "data": {"object": object}, "pending_webhooks": 1, "request": {"id": null}
    })
}

/// A signature made as Stripe documents it, not by the code that checks it.
pub fn signature(secret: &str, time: &str, body: &[u8]) -> String {
    let message = [time.as_bytes(), b".", body].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), &message);
    hex::lower(tag.as_ref())
}

pub fn signed(body: &[u8]) -> Headers {
    let time = NOW.to_string();
    Headers::new([("Stripe-Signature", format!("t={time},v1={}", signature(SECRET, &time, body)))])
}

pub fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.iter().find(|(other, _)| *other == name).map_or("", |(_, value)| value)
}

pub fn body(request: &Request) -> String {
    let text = String::from_utf8(request.body.clone()).unwrap();
    percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned()
}
