//! What a caller cannot have more of: calls of providers, open orders, sockets; and requests that say two things at once.

use futures_util::future::join_all;
use serde_json::{Value, json};
use till_journeys::http::send;
use till_journeys::shop::Caller;
use till_journeys::socket::Socket;
use till_journeys::stack::Stack;
use till_journeys::{Outcome, ensure, same};

use super::steps::{Scene, text, unique};
use super::{Journey, journeys};

pub fn all() -> Vec<Journey> {
    journeys!("limits":
        repeats_of_a_key_call_no_provider,
        repeats_are_counted,
        refresh_asks_about_nothing_final,
        open_orders_are_limited_even_when_made_at_the_same_time,
        ticket_opens_one_socket,
        sixth_socket_closes_the_oldest,
        callback_address_tells_nobody_which_accounts_exist,
        name_that_stands_twice_is_refused,
        origin_in_capitals_is_normalised,
    )
}

/// A fault waits for the provider's next call about the trade; it is still there after many repetitions.
async fn repeats_of_a_key_call_no_provider(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    for (method, shown) in [
        ("wechat_native", "qr_code_url"),
        ("wechat_h5", "pay_url"),
        ("alipay_qr", "qr_code_url"),
        ("stripe_checkout", "pay_url"),
        ("stripe_intent", "client_secret"),
    ] {
        let wish = json!({"product_type": "points", "product_id": 1, "payment_method": method});
        let key = unique("key");
        let headers = [("idempotency-key", key.as_str())];
        let first = scene.buyer.post_with("/create-order", &wish, &headers).await?.expect(200)?.json()?;
        let no = text(&first, "order_no")?;
        scene.sandbox.arm(no, "answer_500").await?;
        for _ in 0..5 {
            let again = scene.buyer.post_with("/create-order", &wish, &headers).await?.expect(200)?.json()?;
            same(&format!("what {method} shows"), &again[shown], &first[shown])?;
        }
        is_still_armed(&scene, no, method).await?;
    }
    Ok(())
}

async fn is_still_armed(scene: &Scene, no: &str, what: &str) -> Outcome {
    let books = scene.sandbox.books(no).await?;
    same(&format!("the faults that no call met: {what}"), &books["armed"], &json!(["answer_500"]))
}

async fn repeats_are_counted(stack: Stack) -> Outcome {
    let Scene { buyer, .. } = Scene::new(stack).await?;
    let wish = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay"});
    let key = unique("key");
    let headers = [("idempotency-key", key.as_str())];
    // The limit is 60 in a minute of the clock, which may end in between.
    let mut refused = None;
    for _ in 0..122 {
        let answer = buyer.post_with("/create-order", &wish, &headers).await?;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.ok_or("121 repetitions were answered in less than two minutes")?.expect(429)?;
    ensure(refused.header("retry-after").is_some(), || "no Retry-After".to_owned())?;
    same("the error", &refused.json()?["error"], &json!("too_many_requests"))
}

async fn refresh_asks_about_nothing_final(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    for method in ["wechat", "stripe"] {
        let (no, _) = scene.order(method).await?;
        scene.buyer.post("/cancel-order", &json!({"order_no": no})).await?.expect(200)?;
        scene.sandbox.arm(&no, "answer_500").await?;
        for _ in 0..3 {
            let status =
                scene.buyer.get(&format!("/order-status?order_no={no}&refresh=1")).await?.expect(200)?.json()?;
            same("whether all is known", &status["refreshed"], &json!(true))?;
        }
        is_still_armed(&scene, &no, method).await?;
    }
    Ok(())
}

async fn open_orders_are_limited_even_when_made_at_the_same_time(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let buyer = &scene.buyer;
    let wish = json!({"product_type": "points", "product_id": 1, "payment_method": "alipay_page"});
    let mut made = 0;
    // Requests at the turn of a minute may pass the limit together, so they come in groups.
    for _ in 0..4 {
        let answers = join_all((0..8).map(|_| buyer.post("/create-order", &wish))).await;
        for answer in answers {
            let answer = answer?;
            if answer.status == 200 {
                made += 1;
            } else {
                let problem = answer.expect(409)?.json()?;
                same("the error", &problem["error"], &json!("too_many_open_orders"))?;
            }
        }
    }
    ensure((20..=28).contains(&made), || format!("{made} orders were made, and 20 may be open"))?;
    buyer.post("/create-order", &wish).await?.expect(409)?;
    let other = Caller::buyer(&scene.stack, &unique("other")).await?;
    other.post("/create-order", &wish).await?.expect(200).map(drop)
}

async fn address_of_a_socket(buyer: &Caller) -> Outcome<String> {
    let ticket = buyer.post("/push-ticket", &json!({})).await?.expect(200)?.json()?;
    text(&ticket, "url").map(str::to_owned)
}

async fn ticket_opens_one_socket(stack: Stack) -> Outcome {
    let Scene { buyer, .. } = Scene::new(stack).await?;
    let url = address_of_a_socket(&buyer).await?;
    let opened = join_all((0..8).map(|_| Socket::open(&url))).await;
    let opened: Vec<Socket> = opened.into_iter().filter_map(Result::ok).collect();
    same("the sockets of one ticket", &opened.len(), &1)?;
    for page in opened {
        page.close().await?;
    }
    ensure(Socket::is_refused(&url).await, || "a used ticket opened another socket".to_owned())
}

async fn sixth_socket_closes_the_oldest(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    let mut oldest = scene.buyer.socket().await?;
    // The next one is younger by a second at least.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let mut pages = Vec::new();
    for _ in 0..5 {
        pages.push(scene.buyer.socket().await?);
    }
    let end = oldest.heard().await;
    let is_closed = matches!(&end, Err(why) if !why.starts_with("nothing"));
    ensure(is_closed, || format!("the oldest socket is not closed: {end:?}"))?;
    for page in &mut pages {
        page.say("ping").await?;
        same("the answer", &page.heard().await?.as_str(), &"pong")?;
    }
    Ok(())
}

async fn callback_address_tells_nobody_which_accounts_exist(stack: Stack) -> Outcome {
    let scene = Scene::new(stack).await?;
    for (provider, path, status, another) in [
        ("wechat", "/wechat/callback", 401, "stripe/account"),
        ("alipay", "/alipay/callback", 400, "wechat/account"),
        ("stripe", "/stripe/webhook", 400, "alipay/account"),
    ] {
        let mut answers = Vec::new();
        let account = scene.stack.provider(&format!("{provider}/account"))?;
        for id in [account, scene.stack.provider(another)?, "nobody"] {
            let (headers, body) = forged(provider);
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let url = scene.stack.api(&format!("{path}/{id}"))?;
            let answer = send("POST", &url, &headers, body.as_bytes()).await?;
            answers.push((id.to_owned(), answer.status, answer.body));
        }
        for (id, code, body) in &answers {
            same(&format!("the status of {provider}'s {id}"), code, &status)?;
            same(&format!("the answer of {provider}'s {id}"), body, &answers[0].2)?;
        }
    }
    Ok(())
}

/// A well-formed callback of now with a signature that nobody made.
fn forged(provider: &str) -> (Vec<(&'static str, String)>, String) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let signature = format!("{}==", "A".repeat(342));
    match provider {
        "wechat" => {
            let headers = vec![
                ("content-type", "application/json".to_owned()),
                ("wechatpay-timestamp", now.to_string()),
                ("wechatpay-nonce", "0123456789abcdef".to_owned()),
                ("wechatpay-serial", "5F3C2A".to_owned()),
                ("wechatpay-signature", signature),
            ];
            (headers, json!({"id": "1", "event_type": "TRANSACTION.SUCCESS"}).to_string())
        }
        "alipay" => {
            let form = vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
            let signature = signature.replace('=', "%3D");
            (form, format!("app_id=2021000000000000&out_trade_no=1&sign_type=RSA2&sign={signature}"))
        }
        _ => {
            let signature = format!("t={now},v1={}", "0".repeat(64));
            (vec![("stripe-signature", signature)], json!({"id": "evt_1", "type": "charge.succeeded"}).to_string())
        }
    }
}

async fn name_that_stands_twice_is_refused(stack: Stack) -> Outcome {
    let Scene { buyer, .. } = Scene::new(stack).await?;
    let plain = r#""product_type":"points","product_id":1,"payment_method":"alipay""#;
    for body in [
        format!(r#"{{{plain},"product_id":2}}"#),
        format!(r#"{{"product_type":"membership",{plain}}}"#),
        format!(r#"{{{plain},"note":{{"a":1,"a":2}}}}"#),
        format!(r#"{{{plain},"notes":[{{"b":[{{"a":1,"\u0061":2}}]}}]}}"#),
    ] {
        let problem = buyer.post_text("/create-order", &body).await?.expect(400)?.json()?;
        same("the error", &problem["error"], &json!("invalid_json"))?;
    }
    let list = buyer.get("/orders").await?.expect(200)?.json()?;
    same("the orders", &list["orders"], &Value::Array(Vec::new()))?;
    // Names that stand once in each object are fine; what no route knows is refused by its name.
    let once = format!(r#"{{{plain},"notes":[{{"a":1}},{{"a":2}}]}}"#);
    let problem = buyer.post_text("/create-order", &once).await?.expect(400)?.json()?;
    same("the field", &problem["data"]["field"], &json!("notes"))?;
    buyer.post_text("/create-order", &format!("{{{plain}}}")).await?.expect(200).map(drop)
}

async fn origin_in_capitals_is_normalised(stack: Stack) -> Outcome {
    let Scene { buyer, .. } = Scene::new(stack).await?;
    for (method, field) in [("stripe_checkout", "pay_url"), ("alipay_page", "pay_url"), ("wechat_h5", "pay_url")] {
        let wish = json!({"product_type": "points", "product_id": 1, "payment_method": method,
            "return_url": "HTTP://LocalHost:3000/Done?Order=A"});
        let order = buyer.post("/create-order", &wish).await?.expect(200)?.json()?;
        let shown = text(&order, field)?;
        if method != "stripe_checkout" {
            ensure(shown.contains("http%3A%2F%2Flocalhost%3A3000%2FDone%3FOrder%3DA"), || {
                format!("{method}: {shown}")
            })?;
        }
    }
    Ok(())
}
