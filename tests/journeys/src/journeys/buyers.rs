//! What buyers do besides paying, and what they are refused.

use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::socket::Socket;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, text, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("buyers":
        idempotency_key_makes_one_order,
        retry_gives_a_fresh_code_or_another_method,
        order_of_another_buyer_is_hidden,
        products_and_own_orders_are_listed,
        spending_with_one_key_happens_once,
        socket_needs_a_ticket_and_answers_pings,
        problems_have_one_form,
        products_are_named_in_the_buyers_language,
    )
}

async fn idempotency_key_makes_one_order(stack: Stack) -> Outcome {
    let Scene { buyer, .. } = Scene::new(stack).await?;
    let wish = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay"});
    let key = unique("key");
    let headers = [("idempotency-key", key.as_str())];
    let first = buyer.post_with("/create-order", &wish, &headers).await?.expect(200)?.json()?;
    let again = buyer.post_with("/create-order", &wish, &headers).await?.expect(200)?.json()?;
    same("the order of the same key", &again["order_no"], &first["order_no"])?;
    let other = json!({"product_type": "points", "product_id": 2, "payment_method": "alipay"});
    let conflict = buyer.post_with("/create-order", &other, &headers).await?.expect(409)?.json()?;
    same("the error", &conflict["error"], &json!("idempotency_conflict"))
}

async fn retry_gives_a_fresh_code_or_another_method(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (no, order) = scene.order("wechat").await?;
    let fresh = scene.buyer.post("/retry-payment", &json!({"order_no": no})).await?.expect(200)?.json()?;
    same("the order", &fresh["order_no"], &order["order_no"])?;
    ensure(fresh["qr_code_url"] != order["qr_code_url"], || "the code is the old one".to_owned())?;
    let other = json!({"order_no": no, "payment_method": "alipay_qr"});
    let other = scene.buyer.post("/retry-payment", &other).await?.expect(200)?.json()?;
    same("the method", &other["payment_method"], &json!("alipay_qr"))?;
    scene.sandbox.pay(&format!("{no}_3")).await?;
    scene.until(&no, "fulfilment", "granted").await?;
    scene.has_points(100).await
}

async fn order_of_another_buyer_is_hidden(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let other = Caller::buyer(&scene.stack, &unique("other")).await?;
    let (no, _) = scene.order("wechat").await?;
    let theirs = other.get(&format!("/order-status?order_no={no}")).await?.expect(404)?.json()?;
    let missing = other.get("/order-status?order_no=ORD20250101120000AAAAAAAA").await?.expect(404)?.json()?;
    same("the error", &theirs["error"], &json!("order_not_found"))?;
    same("the message", &theirs["msg"], &missing["msg"])?;
    other.post("/cancel-order", &json!({"order_no": no})).await?.expect(404)?;
    other.post("/retry-payment", &json!({"order_no": no})).await?.expect(404)?;
    let wish = json!({"order_no": no, "reason": "none of mine"});
    other.post_with("/refund-order", &wish, &[("idempotency-key", "k")]).await?.expect(403)?;
    Ok(())
}

async fn products_and_own_orders_are_listed(stack: Stack) -> Outcome {
    let products = send("GET", &stack.api("/products")?, &[], b"").await?.expect(200)?.json()?;
    let products = products["products"].as_array().ok_or("no products")?;
    same("the number of products", &products.len(), &9)?;
    let Scene { buyer, .. } = Scene::new(stack).await?;
    let mut made = Vec::new();
    for id in 1..=3 {
        let order = buyer.order("points", id, "stripe").await?;
        made.push(text(&order, "order_no")?.to_owned());
    }
    let list = buyer.get("/orders").await?.expect(200)?.json()?;
    let listed: Vec<&str> =
        list["orders"].as_array().into_iter().flatten().filter_map(|o| o["order_no"].as_str()).collect();
    made.sort_unstable_by(|a, b| b.cmp(a));
    same("the list, newest first", &listed, &made.iter().map(String::as_str).collect())
}

async fn spending_with_one_key_happens_once(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let (buyer, service) = (&scene.buyer, Caller::service(&scene.stack).await?);
    scene.granted("wechat").await?;
    let key = unique("spend");
    let wish = |points: u64| json!({"user_id": buyer.user, "points": points, "key": key, "reason": "a hat"});
    for _ in 0..2 {
        let wallet = service.post("/wallet/spend", &wish(30)).await?.expect(200)?.json()?;
        same("the points", &wallet["points"], &json!(70))?;
    }
    service.post("/wallet/spend", &wish(31)).await?.expect(409)?;
    let more = json!({"user_id": buyer.user, "points": 71, "key": unique("more"), "reason": "a coat"});
    let problem = service.post("/wallet/spend", &more).await?.expect(409)?.json()?;
    same("the error", &problem["error"], &json!("insufficient"))?;
    buyer.post("/wallet/spend", &wish(1)).await?.expect(403)?;
    Ok(())
}

async fn socket_needs_a_ticket_and_answers_pings(stack: Stack) -> Outcome {
    let url = stack.output("websocket_url")?;
    for bad in [url.to_owned(), format!("{url}?ticket=nonsense"), format!("{url}?ticket=a.b")] {
        ensure(Socket::is_refused(&bad).await, || "a socket without a good ticket was opened".to_owned())?;
    }
    let mut page = Scene::new(stack).await?.buyer.socket().await?;
    page.say("ping").await?;
    same("the answer", &page.heard().await?.as_str(), &"pong")?;
    page.say(r#"{"type":"ping"}"#).await?;
    same("the answer in JSON", &page.heard().await?.as_str(), &r#"{"type":"pong"}"#)
}

async fn problems_have_one_form(stack: Stack) -> Outcome {
    let Scene { buyer, stack, .. } = Scene::new(stack).await?;
    let json = [("content-type", "application/json")];
    let anonymous = send("POST", &stack.api("/create-order")?, &json, b"{}").await?.expect(401)?;
    is_problem(&anonymous.json()?, 401, "unauthenticated")?;
    let wish = |method: &str, id: u32| json!({"product_type": "points", "product_id": id, "payment_method": method});
    for (wish, status, error) in [
        (wish("wechat", 999), 404, "product_not_found"),
        (wish("cash", 1), 400, "invalid_field"),
        (json!({"product_type": "points"}), 400, "invalid_field"),
    ] {
        let problem = buyer.post("/create-order", &wish).await?.expect(status)?;
        is_problem(&problem.json()?, status, error)?;
    }
    let english = [("accept-language", "en")];
    let problem = buyer.post_with("/create-order", &wish("wechat", 999), &english).await?.expect(404)?.json()?;
    same("the message", &problem["msg"], &json!("There is no such product on sale"))
}

/// The list, and the order that is made from it, in the language of each request.
async fn products_are_named_in_the_buyers_language(stack: Stack) -> Outcome {
    let Scene { buyer, stack, .. } = Scene::new(stack).await?;
    let wish = json!({"product_type": "points", "product_id": 1, "payment_method": "wechat"});
    for (language, name) in [("en", "100 points"), ("zh-CN", "100 积分")] {
        let header = [("accept-language", language)];
        let window = send("GET", &stack.api("/products")?, &header, b"").await?.expect(200)?.json()?;
        same("the name on the list", &window["products"][0]["name"], &json!(name))?;
        let made = buyer.post_with("/create-order", &wish, &header).await?.expect(200)?.json()?;
        let no = text(&made, "order_no")?;
        let order = buyer.get(&format!("/order-status?order_no={no}")).await?.expect(200)?.json()?;
        same("the name in the order", &order["product"]["name"], &json!(name))?;
    }
    Ok(())
}

fn is_problem(problem: &Value, status: u16, error: &str) -> Outcome {
    same("the code", &problem["code"], &json!(status))?;
    same("the error", &problem["error"], &json!(error))?;
    ensure(problem["request_id"].as_str().is_some_and(|id| !id.is_empty()), || format!("no request_id in {problem}"))?;
    ensure(problem["msg"].as_str().is_some_and(|msg| !msg.is_empty()), || format!("no msg in {problem}"))
}
