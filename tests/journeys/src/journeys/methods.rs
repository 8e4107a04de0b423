//! Each method of each provider, there and back: ordered, paid at the sandbox, granted, pushed to the buyer's page alone; then
//! refunded and revoked. At the end the wallet is empty again, and the sandbox's books agree with Till's.

use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::sandbox::paid_and_back;
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::Journey;
use super::steps::{Scene, is_push, unique};

/// Each method, and the field that shows how to pay; with two, either of them.
const METHODS: [(&str, &[&str]); 8] = [
    ("wechat_native", &["qr_code_url"]),
    ("wechat_jsapi", &["pay_params"]),
    ("wechat_h5", &["pay_url"]),
    ("alipay_qr", &["qr_code_url"]),
    ("alipay_page", &["pay_url", "pay_form"]),
    ("alipay_wap", &["pay_url", "pay_form"]),
    ("stripe_checkout", &["pay_url"]),
    ("stripe_intent", &["client_secret"]),
];

pub fn all() -> Vec<Journey> {
    let journey = |(method, shown): (&'static str, &'static [&'static str])| {
        Journey::new(format!("methods::{method}_there_and_back"), move |stack| there_and_back(stack, method, shown))
    };
    METHODS.into_iter().map(journey).collect()
}

async fn there_and_back(stack: Stack, method: &'static str, shown: &'static [&'static str]) -> Outcome {
    let scene = Scene::new(stack).await?;
    let other = Caller::buyer(&scene.stack, &unique("other")).await?;
    let admin = Caller::admin(&scene.stack).await?;
    let (mut page, mut other_page) = (scene.buyer.socket().await?, other.socket().await?);

    let (no, order) = scene.order(method).await?;
    same("its status", &order["status"], &json!("pending"))?;
    let is_shown = |field: &&str| order.get(*field).is_some_and(|shown: &Value| !shown.is_null());
    ensure(shown.iter().any(is_shown), || format!("no {shown:?} in {order}"))?;
    if let Some(page) = order["pay_url"].as_str().filter(|_| method.starts_with("alipay")) {
        // At Alipay there is no trade before the buyer has opened its page.
        send("GET", page, &[], b"").await?;
    }
    scene.sandbox.pay(&no).await?;

    is_push(&page.pushed().await?, "payment_success", &no)?;
    scene.has_status(&no, "status", "paid").await?;
    scene.has_status(&no, "fulfilment", "granted").await?;
    scene.has_points(100).await?;

    let refund = admin.refund(&no, &unique("refund")).await?;
    ensure(refund["refund_no"] == format!("{no}R1"), || format!("the refund's number: {refund}"))?;
    is_push(&page.pushed().await?, "order_refunded", &no)?;
    let back = scene.until(&no, "fulfilment", "revoked").await?;
    same("the status after the refund", &back["status"], &json!("refunded"))?;
    same("the refunded amount", &back["refunded_amount"], &back["amount"])?;
    scene.has_points(0).await?;
    other_page.is_silent().await?;

    let (paid, back) = paid_and_back(&scene.sandbox.books(&no).await?);
    same("the amount that the sandbox took", &Some(paid), &order["amount_minor"].as_u64())?;
    same("the amount that the sandbox gave back", &back, &paid)
}
