//! A buyer's actions on the order's page.

use till_app::ports::CreateError;
use till_domain::order::Says;
use till_domain::provider::Method;
use till_lambda::checkout_link::CheckoutLink;

use super::*;
use crate::page::way_back;

const PAGE: &str = "https://abc.execute-api.eu-west-1.amazonaws.com/pay/ORD20250101120000P78EZM44?";

fn retry(shop: &Shop) -> Event {
    Event::read("create-order.page-retry").query(&shop.link(first(), None))
}

fn go(shop: &Shop) -> Event {
    Event::read("create-order.page-go").query(&shop.link(first(), None))
}

fn page(shop: &Shop) -> String {
    format!("{PAGE}{}", shop.link(first(), None))
}

#[track_caller]
fn leads_to(answer: &Answered, address: &str) {
    assert_eq!((answer.status(), answer.header("location")), (303, Some(address)));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[test]
fn answers_have_the_link_to_the_orders_page() {
    let shop = Shop::new();
    let made = play(&shop, &Event::read("create-order.wechat")).json();
    assert_eq!(made["checkout_url"], page(&shop));
    let retried = play(&shop, &Event::read("create-order.retry")).json();
    assert_eq!(retried["checkout_url"], page(&shop));
    let back = r#""https://shop.example/done""#;
    let retried = play(&shop, &Event::read("create-order.retry").field("return_url", back)).json();
    let link = shop.link(first(), Some("https://shop.example/done"));
    assert_eq!(retried["checkout_url"], format!("{PAGE}{link}"));
}

#[test]
fn answers_name_the_sandboxes_page_of_the_trade_where_there_is_a_sandbox() {
    let shop = Shop::new();
    assert_eq!(play(&shop, &Event::read("create-order.wechat")).json().get("test_page_url"), None);
    let shop = Shop::new().set("SANDBOX_API_ID", "xyz");
    let pages = "https://xyz.execute-api.eu-west-1.amazonaws.com/trades/ORD20250101120000P78EZM44";
    let made = play(&shop, &Event::read("create-order.wechat")).json();
    assert_eq!(made["test_page_url"], pages);
    let retried = play(&shop, &Event::read("create-order.retry")).json();
    assert_eq!(retried["test_page_url"], format!("{pages}_2"));
}

#[test]
fn form_begins_another_attempt_and_leads_back_to_the_page() {
    let shop = Shop::with_order(Method::WechatNative);
    leads_to(&play(&shop, &retry(&shop)), &page(&shop));
    let order = shop.stored(first());
    assert_eq!(order.newest_attempt().map(|attempt| attempt.method), Some(Method::AlipayQr));
}

#[test]
fn script_gets_how_to_pay_as_json() {
    let shop = Shop::with_order(Method::WechatNative);
    let json = play(&shop, &retry(&shop).header("accept", "application/json")).json();
    assert_eq!(json["payment_method"], "alipay_qr");
    assert!(json["qr_code_url"].is_string(), "{json}");
    shop.script.lines(|lines| lines.create = Some(CreateError::Unanswered));
    play(&shop, &retry(&shop).header("accept", "application/json")).is_problem(502, "provider_error");
}

#[test]
fn refusal_leads_back_to_the_page_with_its_word() {
    let shop = Shop::with_order(Method::WechatNative);
    shop.script.lines(|lines| lines.create = Some(CreateError::Refused));
    leads_to(&play(&shop, &retry(&shop)), &format!("{}&e=provider_error", page(&shop)));
    for (body, word) in [
        ("payment_method=wechat_jsapi", "invalid_field"),
        ("payment_method=stripe_intent", "invalid_field"),
        ("payment_method=cash", "invalid_field"),
        ("", "invalid_field"),
    ] {
        leads_to(&play(&shop, &retry(&shop).body(body)), &format!("{}&e={word}", page(&shop)));
    }
    let shop = Shop::with_order(Method::WechatNative);
    shop.pay(first());
    leads_to(&play(&shop, &retry(&shop)), &format!("{}&e=already_paid", page(&shop)));
}

#[test]
fn link_leads_on_to_the_providers_page_while_it_is_open() {
    let shop = Shop::with_order(Method::StripeCheckout);
    leads_to(&play(&shop, &go(&shop)), "https://pay.example/p1");
    shop.hears(first(), Says::Failed);
    leads_to(&play(&shop, &go(&shop)), &page(&shop));
    let jsapi = Shop::with_order(Method::WechatJsapi);
    let json = play(&jsapi, &go(&jsapi).header("accept", "application/json")).json();
    assert_eq!(json["pay_params"]["appId"], "wx1");
}

#[test]
fn providers_page_leads_back_to_the_orders_unless_its_address_is_too_long() {
    let link = |url: Option<&str>, query: String| CheckoutLink {
        order_no: first(),
        until: Shop::new().now(),
        return_url: url.map(str::to_owned),
        query,
    };
    let back = |link: CheckoutLink| way_back("https://pay.example", &link);
    let short = link(None, "t=1.abc".to_owned());
    assert_eq!(back(short).as_deref(), Some("https://pay.example/pay/ORD20250101120000P78EZM44?t=1.abc"));
    let long = link(Some("https://shop.example/"), format!("t=1.abc&r={}", "x".repeat(200)));
    assert_eq!(back(long).as_deref(), Some("https://shop.example/"));
}

#[test]
fn order_is_touched_by_its_own_link_only() {
    let shop = Shop::with_order(Method::WechatNative);
    let other = shop.order("u2", "points", "1", Method::WechatNative);
    let link = shop.link(first(), None);
    for query in
        [shop.link(other, None), String::new(), "t=1.1".to_owned(), format!("{link}&r=https://elsewhere.example")]
    {
        play(&shop, &retry(&shop).query(&query)).is_problem(404, "order_not_found");
        play(&shop, &go(&shop).query(&query)).is_problem(404, "order_not_found");
    }
    // A bearer token is no link, and a link no bearer token.
    let bearer = go(&shop).query("t=TOKEN_OF_A_USER").token("TOKEN_OF_A_USER");
    play(&shop, &bearer).is_problem(404, "order_not_found");
    let (_, proof) = link.split_once('=').unwrap();
    play(&shop, &Event::read("create-order.retry").token(proof)).is_problem(401, "unauthenticated");
    assert_eq!(shop.stored(first()).attempts.len(), 1);
}

#[test]
fn actions_on_the_page_are_limited_with_others() {
    let shop = Shop::with_order(Method::StripeCheckout).set("ACTIONS_PER_MINUTE", "1");
    assert_eq!(play(&shop, &go(&shop)).header("location"), Some("https://pay.example/p1"));
    leads_to(&play(&shop, &go(&shop)), &format!("{}&e=too_many_requests", page(&shop)));
    play(&shop, &Event::read("create-order.retry")).is_problem(429, "too_many_requests");
}
