//! The calls that teams' front ends already make, to the letter, and what they read of the answers.

use serde_json::json;
use till_journeys::socket::Socket;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, is_push, text};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("front_end": create_status_and_push_keep_their_form, cancel_keeps_its_form)
}

async fn create_status_and_push_keep_their_form(stack: Stack) -> Outcome {
    let Scene { buyer, sandbox, .. } = Scene::new(stack).await?;
    let mut page = buyer.socket().await?;
    let wish = json!({"product_type": "membership", "product_id": 1, "payment_method": "wechat", "is_upgrade": false});
    let answer = buyer.post("/create-order", &wish).await?.expect(200)?;
    ensure(answer.body.contains(r#""amount":19.90,"#), || format!("the amount's digits: {}", answer.body))?;
    let order = answer.json()?;
    let no = text(&order, "order_no")?;
    ensure(no.starts_with("ORD") && no.len() == 25, || format!("the order's number: {no}"))?;
    ensure(text(&order, "qr_code_url")?.starts_with("weixin://wxpay/bizpayurl?pr="), || order.to_string())?;
    for field in ["qr_code_expire_at", "expire_at"] {
        ensure(text(&order, field)?.ends_with("+08:00"), || format!("{field} of {order}"))?;
    }
    let mut at_once = Socket::open(text(&order, "push_url")?).await?;

    sandbox.pay(no).await?;
    is_push(&page.pushed().await?, "payment_success", no)?;
    is_push(&at_once.pushed().await?, "payment_success", no)?;
    let answer = buyer.get(&format!("/order-status?order_no={no}")).await?.expect(200)?;
    ensure(answer.body.contains(r#""amount":19.90,"#), || format!("the amount's digits: {}", answer.body))?;
    let status = answer.json()?;
    same("the status", &status["status"], &json!("paid"))?;
    ensure(text(&status, "payment_time")?.ends_with("+08:00"), || format!("payment_time of {status}"))?;
    let wallet = buyer.get("/wallet").await?.expect(200)?.json()?;
    same("the membership", &wallet["membership"]["tier"], &json!("pro"))
}

async fn cancel_keeps_its_form(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut page = scene.buyer.socket().await?;
    let order = scene.buyer.order("membership", 1, "wechat").await?;
    let no = text(&order, "order_no")?;
    let answer = scene.buyer.post("/cancel-order", &json!({"order_no": no})).await?.expect(200)?;
    same("the answer", &answer.body.as_str(), &r#"{"code":200,"msg":"订单已取消","data":null}"#)?;
    scene.until(no, "status", "cancelled").await?;
    // The push is for the buyer's other pages; this one receives it too.
    is_push(&page.pushed().await?, "order_cancelled", no)
}
