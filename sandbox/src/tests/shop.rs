//! The demo shop: its page, its files, its sign-in, and the trade beside a payment.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::{START, Wait as _, act, browser, header, json, sandbox, tester, trade};
use crate::http::Request;

fn sign_in(user: &str) -> Request {
    Request { body: format!(r#"{{"user":"{user}"}}"#).into_bytes(), ..tester("POST", "/shop/sign-in") }
}

fn claims(token: &str) -> Value {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[test]
fn first_page_is_the_shop_and_permits_its_own_files_and_the_api_alone() {
    let page = sandbox().handle(&browser("GET", "/")).wait();
    let text = String::from_utf8(page.body).unwrap();
    assert!(text.contains("data-api=\"https://api.example\"") && text.contains("<base href=\"/\">"), "{text}");
    assert!(!text.contains("{{"), "every place is filled in");
    let policy = header(&page.headers, "Content-Security-Policy").unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("connect-src 'self' https://api.example ws: wss:")
    );
    for name in ["shop.css", "shop.js", "till.js"] {
        assert!(text.contains(name) || name == "till.js", "{name}");
        assert_eq!(sandbox().handle(&tester("GET", &format!("/shop/{name}"))).wait().status, 200, "{name}");
    }
    assert_eq!(sandbox().handle(&tester("GET", "/shop/other.js")).wait().status, 404);
}

#[test]
fn demo_users_get_tokens_and_nobody_else_does() {
    let sandbox = sandbox();
    *sandbox.ports.bearer_key.borrow_mut() = Some("key".to_owned());
    for (user, id, role) in
        [("ming", "demo-ming", None), ("sofia", "demo-sofia", None), ("team", "demo-team", Some("admin"))]
    {
        let answer = json(&sandbox.handle(&sign_in(user)).wait());
        let claims = claims(answer["token"].as_str().unwrap());
        assert_eq!((claims["sub"].as_str(), claims["role"].as_str()), (Some(id), role), "{user}");
        assert_eq!(claims["exp"], START + 12 * 3_600);
        assert_eq!(answer["user"], id);
    }
    let guests = [(); 2].map(|()| json(&sandbox.handle(&sign_in("guest")).wait())["user"].clone());
    assert_ne!(guests[0], guests[1]);
    for user in ["u1", "demo-ming", ""] {
        assert_eq!(sandbox.handle(&sign_in(user)).wait().status, 400, "{user}");
    }
    assert_eq!(sandbox.handle(&tester("POST", "/shop/sign-in")).wait().status, 400);
}

#[test]
fn sign_in_needs_the_key_of_the_stage() {
    let sandbox = sandbox();
    let alone = sandbox.handle(&sign_in("ming")).wait();
    assert_eq!((alone.status, json(&alone)["error"].as_str()), (404, Some("no_shop")));
    sandbox.ports.is_down.set(true);
    assert_eq!(sandbox.handle(&sign_in("ming")).wait().status, 503);
}

#[test]
fn newest_trade_of_an_order_is_the_last_attempt() {
    let sandbox = sandbox();
    let of = |order: &str| sandbox.handle(&tester("GET", &format!("/shop/trades/{order}"))).wait();
    assert_eq!(of("T1").status, 404);
    for number in ["T1", "T1_2", "T1_10", "T10"] {
        sandbox.add(&trade(number), &[]).wait().unwrap();
    }
    assert_eq!(json(&of("T1"))["payment_no"], "T1_10");
    assert_eq!(json(&of("T10"))["payment_no"], "T10");
    let can = |order: &str, word: &str| {
        let actions = json(&of(order))["actions"].as_array().cloned().unwrap();
        actions.into_iter().find(|action| action["word"] == word).map(|action| action["can"] == true)
    };
    assert_eq!(
        (can("T10", "pay"), can("T10", "pay_again"), can("T10", "open_dispute")),
        (Some(true), Some(false), None)
    );
    act(&sandbox, "T10", "pay");
    assert_eq!((can("T10", "pay"), can("T10", "pay_again")), (Some(false), Some(true)));
    act(&sandbox, "T10", "faults/lose_callback");
    assert_eq!(json(&of("T10"))["loses_callback"], true);
}

#[test]
fn qr_code_is_an_image_and_a_text_without_one_is_refused() {
    let of = |query: &str| sandbox().handle(&tester("GET", &format!("/shop/qr.svg{query}"))).wait();
    let image = of("?text=weixin%3A%2F%2Fwxpay");
    assert_eq!((image.status, header(&image.headers, "Content-Type")), (200, Some("image/svg+xml")));
    for query in ["", "?text=", &format!("?text={}", "x".repeat(1_025))] {
        assert_eq!(of(query).status, 400);
    }
}
