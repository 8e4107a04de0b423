//! Lists of orders and products, and the wallet.

use std::sync::Arc;

use till_app::ports::ListedProduct;
use till_domain::product::Product;
use till_domain::provider::Provider;
use till_domain::text::{ProductId, ProductType};
use till_memory::{CallKind, Fault};

use super::*;

#[test]
fn orders_are_listed_page_by_page_newest_first() {
    let shop = Shop::new();
    let mut made = Vec::new();
    for n in 0..45 {
        made.push(shop.order("u1", "points", "1", Method::AlipayQr).to_string());
        if n % 3 == 0 {
            shop.order("u2", "points", "1", Method::AlipayQr);
        }
        shop.pass(1);
    }
    made.reverse();
    let event = Event::read("order-status.orders");
    let mut seen = Vec::new();
    let mut page = play(&shop, &event).json();
    let mut lengths = Vec::new();
    loop {
        let orders = page["orders"].as_array().unwrap();
        lengths.push(orders.len());
        seen.extend(orders.iter().map(|order| order["order_no"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        page = play(&shop, &event.clone().query(&format!("cursor={next}"))).json();
    }
    assert_eq!((lengths, seen), (vec![20, 20, 5], made));
}

#[test]
fn full_last_page_has_no_next_page() {
    let shop = Shop::new();
    for _ in 0..20 {
        shop.order("u1", "points", "1", Method::AlipayQr);
        shop.pass(1);
    }
    let page = play(&shop, &Event::read("order-status.orders")).json();
    assert_eq!((page["orders"].as_array().unwrap().len(), page["next"].is_null()), (20, true));
}

#[test]
fn page_of_orders_has_their_buyers_view() {
    let shop = ordered();
    play(&shop, &Event::read("order-status.orders")).is(
        200,
        r#"{"orders":[{"order_no":"ORD20250101120000P78EZM44","status":"pending","fulfilment":"none","amount":99.00,
        "amount_minor":9900,"refunded_amount":0.00,"currency":"CNY","payment_method":"wechat_native",
        "created_at":"2025-01-01T12:00:00+08:00","expire_at":"2025-01-01T12:30:00+08:00","on_hold":false,
        "product":{"product_type":"membership","product_id":"1","name":"Pro, 30 days"}}],"next":null}"#,
    );
    // No order is older than the cursor.
    let next = Event::read("order-status.orders-next-page");
    play(&shop, &next).is(200, r#"{"orders":[],"next":null}"#);
    play(&shop, &next.clone().query("cursor=x")).is_bad_field("cursor");
    play(&shop, &next.without("authorization")).is_problem(401, "unauthenticated");
    shop.fail(CallKind::ListOrders, Fault::Before);
    play(&shop, &Event::read("order-status.orders")).is_problem(503, "unavailable");
}

#[test]
fn the_shop_window() {
    let shop = Shop::new();
    let named = (ProductType::parse("points").unwrap(), ProductId::parse("1").unwrap());
    shop.memory.tables(|tables| {
        let points = Product::clone(&tables.products[&named]);
        tables.products = Arc::default();
        let (name, prices, grants) = (points.name().clone(), points.prices().to_vec(), points.grants().to_vec());
        let mut old = Product::new(named.0, ProductId::parse("old").unwrap(), name, prices, grants).unwrap();
        old.active = false;
        tables.put_product(ListedProduct { product: points, sort: 2, description: Some("你好".to_owned()) });
        tables.put_product(ListedProduct { product: old, sort: 1, description: None });
    });
    let event = Event::read("order-status.products");
    play(&shop, &event).is(
        200,
        r#"{"paused":false,"products":[{"product_type":"points","product_id":"1","name":"100 points","description":"你好",
        "grants":[{"type":"points","amount":100}],
        "prices":[{"currency":"CNY","amount":9.90,"amount_minor":990,
        "upgrade_worth":null,"upgrade_worth_minor":null,
        "payment_methods":["wechat_native","wechat_jsapi","wechat_h5","alipay_qr","alipay_page","alipay_wap",
        "stripe_checkout","stripe_intent"]},
        {"currency":"USD","amount":1.99,"amount_minor":199,"upgrade_worth":null,"upgrade_worth_minor":null,
        "payment_methods":["stripe_checkout","stripe_intent"]}],
        "payment_methods":["wechat_native","wechat_jsapi","wechat_h5","alipay_qr","alipay_page","alipay_wap",
        "stripe_checkout","stripe_intent"]}]}"#,
    );
    let worths = |kind: &str, id: &str| {
        let window = play(&Shop::new(), &event).json();
        let mut products = window["products"].as_array().unwrap().iter();
        let product = products.find(|one| one["product_type"] == kind && one["product_id"] == id).unwrap();
        let prices = product["prices"].as_array().unwrap();
        prices.iter().map(|price| price["upgrade_worth_minor"].as_u64()).collect::<Vec<_>>()
    };
    assert_eq!(worths("membership", "1"), [Some(9_900), Some(1_499)], "sold alone, all of it");
    assert_eq!(worths("package", "basic"), [Some(0)], "a bundle that states nothing");
    let paused = play(&shop.set("PAYMENT_ENABLED", "false"), &event).json();
    assert_eq!(
        (&paused["paused"], paused["products"][0]["payment_methods"].to_string()),
        (&true.into(), "[]".to_owned())
    );
}

#[test]
fn only_methods_of_accounts_that_are_on_are_listed() {
    let shop = Shop::new();
    let methods = |shop: &Shop, product: usize| {
        let window = play(shop, &Event::read("order-status.products")).json();
        window["products"][product]["payment_methods"].to_string()
    };
    let all = methods(&shop, 0);
    shop.turn_off(Provider::WeChat);
    shop.turn_off(Provider::Stripe);
    assert_ne!(all, methods(&shop, 0));
    assert_eq!(methods(&shop, 0), r#"["alipay_qr","alipay_page","alipay_wap"]"#);
}

/// It is 0.49 USD, below every provider's minimum.
#[test]
fn price_below_every_minimum_has_no_method() {
    let window = play(&Shop::new(), &Event::read("order-status.products")).json();
    let cheap = window["products"].as_array().unwrap().iter().find(|one| one["product_id"] == "cheap").unwrap().clone();
    assert_eq!(
        (cheap["payment_methods"].to_string(), &cheap["prices"][0]["amount_minor"]),
        ("[]".to_owned(), &49.into())
    );
    assert!(window["products"].as_array().unwrap().iter().all(|one| one["product_id"] != "withdrawn"));
}

#[test]
fn wallet_is_shown_as_of_now() {
    let shop = ordered();
    let empty = r#"{"user_id":"u1","points":0,"membership":{"tier":null,"until":null,"member_until":null,"spans":[]},
        "quotas":[],"entries":[]}"#;
    let event = Event::read("order-status.wallet");
    play(&shop, &event).is(200, empty);
    shop.pay(first());
    shop.grant(first());
    shop.pass(86_400);
    play(&shop, &event).is(
        200,
        r#"{"user_id":"u1","points":0,"membership":{"tier":"pro","until":"2025-01-31T12:00:00+08:00",
        "member_until":"2025-01-31T12:00:00+08:00","spans":[{"order_no":"ORD20250101120000P78EZM44","tier":"pro",
        "left_seconds":2505600,"until":"2025-01-31T12:00:00+08:00"}]},"quotas":[],
        "entries":[{"at":"2025-01-01T12:00:00+08:00","type":"grant","order_no":"ORD20250101120000P78EZM44",
        "grants":[{"type":"membership","tier":"pro","days":30}]}]}"#,
    );
    play(&shop, &event.clone().token("TOKEN_OF_ANOTHER_USER")).is(200, &empty.replace("u1", "u2"));
    play(&shop, &event.clone().without("authorization")).is_problem(401, "unauthenticated");
    shop.fail(CallKind::ListEntries, Fault::Before);
    play(&shop, &event).is_problem(503, "unavailable");
}

#[test]
fn higher_of_two_tiers_runs_first() {
    let shop = Shop::new();
    for product in ["1", "2"] {
        let no = shop.order("u1", "membership", product, Method::AlipayQr);
        shop.pay(no);
        shop.grant(no);
    }
    let membership = play(&shop, &Event::read("order-status.wallet")).json()["membership"].clone();
    assert_eq!(membership["tier"], "premium");
    assert_eq!(membership["until"], "2025-04-01T12:00:00+08:00");
    assert_eq!(membership["member_until"], "2025-05-01T12:00:00+08:00");
    assert_eq!(membership["spans"][1]["until"], membership["member_until"]);
}
