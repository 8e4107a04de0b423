//! Each provider and each of its methods, there and back: ordered, paid at the sandbox, granted, told to the right page and
//! to no other; given back, revoked. At the end the wallet is what it was, and the sandbox's books agree with ours.

use serde_json::json;
use till_journeys::http::send;
use till_journeys::sandbox::{Sandbox, paid_and_back};
use till_journeys::shop::Caller;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::Journey;
use super::steps::{is_push, somebody, text, until};

const METHODS: [&str; 8] = [
    "wechat_native",
    "wechat_jsapi",
    "wechat_h5",
    "alipay_qr",
    "alipay_page",
    "alipay_wap",
    "stripe_checkout",
    "stripe_intent",
];

pub fn all() -> Vec<Journey> {
    let journey = |method: &'static str| {
        Journey::new(format!("methods::{method}_there_and_back"), move |stack| there_and_back(stack, method))
    };
    METHODS.into_iter().map(journey).collect()
}

async fn there_and_back(stack: Stack, method: &'static str) -> Outcome {
    let buyer = Caller::buyer(&stack, &somebody("buyer")).await?;
    let other = Caller::buyer(&stack, &somebody("other")).await?;
    let admin = Caller::admin(&stack).await?;
    let sandbox = Sandbox::of(&stack)?;
    let (mut page, mut other_page) = (buyer.socket().await?, other.socket().await?);

    let order = buyer.order("points", 1, method).await?;
    let no = text(&order, "order_no")?;
    same("its status", &order["status"], &json!("pending"))?;
    shows_how_to_pay(method, &order)?;
    if let Some(page) = order["pay_url"].as_str().filter(|_| method.starts_with("alipay")) {
        // At Alipay there is no trade before the buyer has opened its page.
        send("GET", page, &[], b"").await?;
    }
    sandbox.pay(no).await?;

    is_push(&page.pushed().await?, "payment_success", no)?;
    let paid = buyer.status(no).await?;
    same("the status of what was paid", &paid["status"], &json!("paid"))?;
    same("its goods", &paid["fulfilment"], &json!("granted"))?;
    same("the points", &buyer.points().await?, &100)?;

    let refund = admin.refund(no, &somebody("refund")).await?;
    ensure(refund["refund_no"] == format!("{no}R1"), || format!("the refund's number: {refund}"))?;
    is_push(&page.pushed().await?, "order_refunded", no)?;
    let back = until(&buyer, no, "fulfilment", "revoked").await?;
    same("the status of what went back", &back["status"], &json!("refunded"))?;
    same("the amount that is back", &back["refunded_amount"], &back["amount"])?;
    same("the points afterwards", &buyer.points().await?, &0)?;
    other_page.is_silent().await?;

    let (paid, back) = paid_and_back(&sandbox.books(no).await?);
    same("what the sandbox took", &Some(paid), &order["amount_minor"].as_u64())?;
    same("what the sandbox gave back", &back, &paid)
}

/// Each method has its own way to be shown.
fn shows_how_to_pay(method: &str, order: &serde_json::Value) -> Outcome {
    let field = match method {
        "wechat_native" | "alipay_qr" => "qr_code_url",
        "wechat_jsapi" => "pay_params",
        "alipay_page" | "alipay_wap" => {
            let shown = order.get("pay_url").or_else(|| order.get("pay_form"));
            return ensure(shown.is_some(), || format!("nothing shows how to pay: {order}"));
        }
        "stripe_intent" => "client_secret",
        _ => "pay_url",
    };
    ensure(order.get(field).is_some_and(|shown| !shown.is_null()), || format!("no {field} in {order}"))
}
