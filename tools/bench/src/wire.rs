//! Measures what the product does with the bytes of each provider, beside the cryptographic operations that this needs, with
//! the same library, on the same bytes and in the same run.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use till_domain::id::PaymentNo;
use till_domain::text::AccountId;
use till_domain::time::Time;
use till_providers::account::{AccountMode, Place};
use till_providers::http::Verb;
use till_providers::{Headers, alipay, stripe, wechat};

use crate::keys::Keys;
use crate::measure::{Work, in_turns};
use crate::wechat::{Callback, WeChat};
use crate::{Failure, Row};

const NUMBER: &str = "ORD20261121100000TESTTEST";
const WEBHOOK_SECRET: &str = "whsec_only_a_bench";

pub fn rows() -> Result<Vec<Row>, Failure> {
    let wechat = WeChat::new()?;
    let now = Time::from_unix(1_795_226_400)?;
    Ok([wechat_rows(&wechat, now)?, alipay_rows(&wechat.keys, now)?, stripe_rows(now)?].into_iter().flatten().collect())
}

/// Each piece of our work is followed by the bare operations.
fn paired(mut works: Vec<Work<'_>>) -> Vec<Row> {
    let took = in_turns(&mut works);
    let rows = works.chunks(2).zip(took.chunks(2));
    rows.filter_map(|(works, took)| match (works, took) {
        ([ours, _], [took, bare]) => Some(Row { name: ours.name, took: *took, beside: Some(*bare) }),
        _ => None,
    })
    .collect()
}

fn place(notify_url: &str) -> Place<'_> {
    Place { mode: AccountMode::Live, notify_url, base_url: None }
}

fn wechat_rows(wechat: &WeChat, now: Time) -> Result<Vec<Row>, Failure> {
    let keys = &wechat.keys;
    let settings: wechat::Settings = serde_json::from_value(wechat.settings())?;
    let merchant = wechat::Merchant::parse(AccountId::parse("bench")?, &settings, place("https://shop.example/w"))?;

    let Callback { signed, sealed } = wechat.callback(NUMBER, now)?;
    let headers = Headers::new(signed.headers);
    let raw = wechat::notify::Raw { headers: &headers, body: signed.body.as_bytes() };
    raw.verify(&merchant, now)?.content(&merchant)?;

    let stamp = now.unix();
    let public = keys.parsed()?;
    let order = json!({ "mchid": "1900000001", "out_trade_no": NUMBER }).to_string();
    let to_sign = format!("POST\n/v3/pay/transactions/native\n{stamp}\nnonce\n{order}\n");
    Ok(paired(vec![
        Work::new("WeChat Pay: verify and decrypt a callback", || {
            raw.verify(&merchant, now).and_then(|verified| verified.content(&merchant))
        }),
        Work::new("", || (public.verify_sig(&signed.message, &signed.signature), wechat.open(&sealed).is_ok())),
        Work::new("WeChat Pay: sign a request", || {
            merchant.request(Verb::Post, "/v3/pay/transactions/native", order.as_bytes(), now, "nonce")
        }),
        Work::new("", || keys.sign(to_sign.as_bytes()).is_ok()),
    ]))
}

fn alipay_rows(keys: &Keys, now: Time) -> Result<Vec<Row>, Failure> {
    // Alipay's key and the key of the application must differ.
    let own = Keys::new()?;
    let settings: alipay::Settings = serde_json::from_value(json!({
        "app_id": "2021000000000001", "seller_id": "2088000000000001",
        "app_private_key": own.private, "alipay_public_key": keys.public,
    }))?;
    let merchant = alipay::Merchant::parse(AccountId::parse("bench")?, &settings, place("https://shop.example/a"))?;

    let fields = [
        ("app_id", "2021000000000001"),
        ("auth_app_id", "2021000000000001"),
        ("body", "100 点数"),
        ("buyer_id", "2088000000000002"),
        ("buyer_logon_id", "138****0000"),
        ("buyer_pay_amount", "9.90"),
        ("charset", "utf-8"),
        ("fund_bill_list", r#"[{"amount":"9.90","fundChannel":"ALIPAYACCOUNT"}]"#),
        ("gmt_create", "2026-11-21 09:59:30"),
        ("gmt_payment", "2026-11-21 10:00:00"),
        ("invoice_amount", "9.90"),
        ("notify_id", "2026112100222100000000000000000001"),
        ("notify_time", "2026-11-21 10:00:01"),
        ("notify_type", "trade_status_sync"),
        ("out_trade_no", NUMBER),
        ("point_amount", "0.00"),
        ("receipt_amount", "9.90"),
        ("seller_email", "shop@example.com"),
        ("seller_id", "2088000000000001"),
        ("subject", "100 点数"),
        ("total_amount", "9.90"),
        ("trade_no", "2026112122001400000000000001"),
        ("trade_status", "TRADE_SUCCESS"),
        ("version", "1.0"),
    ];
    let message = fields.map(|(name, value)| format!("{name}={value}")).join("&");
    let signature = keys.sign(message.as_bytes())?;
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields).append_pair("sign", &STANDARD.encode(&signature)).append_pair("sign_type", "RSA2");
    let body = body.finish();
    let raw = alipay::notify::Raw { body: body.as_bytes() };
    raw.verify(&merchant)?.content(&merchant)?;

    let public = keys.parsed()?;
    let number = PaymentNo::parse(NUMBER)?;
    let to_sign = vec![b'p'; 280];
    Ok(paired(vec![
        Work::new("Alipay: verify a notification", || raw.verify(&merchant).is_ok()),
        Work::new("", || public.verify_sig(message.as_bytes(), &signature)),
        Work::new("Alipay: verify and read a notification", || {
            raw.verify(&merchant).and_then(|verified| verified.content(&merchant))
        }),
        Work::new("", || public.verify_sig(message.as_bytes(), &signature)),
        Work::new("Alipay: sign a request", || alipay::calls::query(&merchant, now, number)),
        Work::new("", || own.sign(&to_sign).is_ok()),
    ]))
}

fn stripe_rows(now: Time) -> Result<Vec<Row>, Failure> {
    let settings: stripe::Settings = serde_json::from_value(json!({
        "secret_key": "sk_test_onlyabench", "publishable_key": "pk_test_onlyabench",
        "webhook_secrets": [WEBHOOK_SECRET], "deployment": "bench",
    }))?;
    let test = Place { mode: AccountMode::Test, ..place("https://shop.example/s") };
    let merchant = stripe::Merchant::parse(AccountId::parse("bench")?, &settings, test)?;

    // About 3 KiB, as the events of Stripe have; most of it is not read.
    let intent = json!({
        "id": "pi_3OnlyABench", "object": "payment_intent", "amount": 1999, "amount_received": 1999, "currency": "usd",
        "created": now.unix(), "livemode": false, "status": "succeeded", "latest_charge": "ch_3OnlyABench",
        "metadata": { "deployment": "bench", "order_no": NUMBER, "payment_no": NUMBER, "method": "stripe_intent" },
        "payment_method_options": { "card": { "installments": null, "mandate_options": null, "network": null } },
        "description": "x".repeat(2000),
    });
    let event = json!({
        "id": "evt_3OnlyABench", "object": "event", "api_version": "2026-08-26.dahlia", "created": now.unix(),
        "livemode": false, "pending_webhooks": 1, "type": "payment_intent.succeeded", "data": { "object": intent },
    });
    let body = event.to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
    let message = format!("{}.{body}", now.unix());
    let tag = hmac::sign(&key, message.as_bytes());
    let hex: String = tag.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let headers = Headers::new([("Stripe-Signature", format!("t={},v1={hex}", now.unix()))]);
    let raw = stripe::notify::Raw { headers: &headers, body: body.as_bytes() };
    raw.verify(&merchant, now)?.read(&merchant)?;
    Ok(paired(vec![
        Work::new("Stripe: verify a webhook", || raw.verify(&merchant, now).is_ok()),
        Work::new("", || hmac::verify(&key, message.as_bytes(), tag.as_ref()).is_ok()),
        Work::new("Stripe: verify and read a webhook", || {
            raw.verify(&merchant, now).and_then(|verified| verified.read(&merchant)).is_ok()
        }),
        Work::new("", || hmac::verify(&key, message.as_bytes(), tag.as_ref()).is_ok()),
    ]))
}
