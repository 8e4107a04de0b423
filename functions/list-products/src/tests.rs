//! Sample events, played against a shop in memory.

use std::sync::Arc;

use serde_json::json;
use till_app::ports::{ListedProduct, Sales};
use till_domain::language::{Language, Localized};
use till_domain::product::Product;
use till_domain::provider::Provider;
use till_domain::text::{ProductId, ProductName, ProductType};
use till_memory::{CallKind, Fault};
use till_shop::{Answered, Event, Shop, table};

use super::*;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = ListProducts::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("list-products", ROUTES, TIME_BUDGET);
    table::all_played("list-products", &[include_str!("tests.rs")]);
}

/// An attacker who takes over the one function that needs no token finds no key there but that of the proxy, and can write
/// nothing.
#[test]
fn its_role_reads_products_accounts_and_sales_only() {
    let expected = json!({
        "table": [
            {"keys": ["PRODUCT"], "actions": ["Query"]}, {"keys": ["ACCOUNT#*"], "actions": ["Query"]},
            {"keys": ["SALES"], "actions": ["GetItem"]},
        ],
        "indexes": [], "queues": [], "secrets": ["proxy"], "sockets": false,
    });
    assert_eq!(table::row("list-products")["permissions"], expected);
}

#[test]
fn no_token_is_looked_at_and_no_secret_read() {
    let shop = Shop::new();
    let event = Event::read("list-products.all").header("authorization", "Bearer nonsense");
    assert_eq!(play(&shop, &event).status(), 200);
    assert_eq!((shop.seen(CallKind::ReadSecret), shop.seen(CallKind::FetchDocument)), (0, 0));
    play(&shop, &event.clone().method("POST")).is_problem(405, "method_not_allowed");
    play(&shop, &event.path("/api/v1/payment/orders")).is_problem(404, "not_found");
}

#[test]
fn silent_store_is_unavailable() {
    for kind in [CallKind::ListProducts, CallKind::FindAccount, CallKind::ShownSales] {
        let shop = Shop::new();
        shop.fail(kind, Fault::Before);
        play(&shop, &Event::read("list-products.all")).is_problem(503, "unavailable");
    }
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
        tables.put_product(ListedProduct { product: points, sort: 2, description: Some("你好".to_owned().into()) });
        tables.put_product(ListedProduct { product: old, sort: 1, description: None });
    });
    let event = Event::read("list-products.all");
    play(&shop, &event).is(
        200,
        r#"{"paused":false,"paused_text":null,"products":[{"product_type":"points","product_id":"1","name":"100 points","description":"你好",
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
fn suspended_sales_show_no_method_and_the_teams_text() {
    let shop = Shop::new();
    shop.suspend(&[(Language::English, "We are back at noon")]);
    let window = |shop: &Shop, language: &str| {
        let event = Event::read("list-products.all").header("accept-language", language);
        let window = play(shop, &event).json();
        let methods = window["products"][0]["payment_methods"].to_string();
        (window["paused"].clone(), window["paused_text"].clone(), methods)
    };
    let none = || "[]".to_owned();
    assert_eq!(window(&shop, "en"), (true.into(), "We are back at noon".into(), none()));
    assert_eq!(window(&shop, "zh"), (true.into(), serde_json::Value::Null, none()));
    let shop = shop.set("PAYMENT_ENABLED", "false");
    assert_eq!(window(&shop, "en"), (true.into(), "We are back at noon".into(), none()));
    shop.memory.tables(|tables| tables.sales = Sales::Open);
    assert_eq!(window(&shop, "en"), (true.into(), serde_json::Value::Null, none()));
}

#[test]
fn texts_are_in_the_language_of_the_request_or_as_the_catalogue_has_them() {
    let shop = Shop::new();
    let named = (ProductType::parse("points").unwrap(), ProductId::parse("1").unwrap());
    shop.memory.tables(|tables| {
        let points = &tables.products[&named];
        let (prices, grants) = (points.prices().to_vec(), points.grants().to_vec());
        tables.products = Arc::default();
        let english = [(Language::English, ProductName::parse("100 points").unwrap())].into();
        let name = Localized { original: ProductName::parse("100 积分").unwrap(), translations: english };
        let product = |id: &str, name| {
            Product::new(named.0.clone(), ProductId::parse(id).unwrap(), name, prices.clone(), grants.clone()).unwrap()
        };
        let english = [(Language::English, "Hello".to_owned())].into();
        let description = Some(Localized { original: "你好".to_owned(), translations: english });
        let untranslated = product("2", name.original.clone().into());
        tables.put_product(ListedProduct { product: product("1", name), sort: 1, description });
        tables.put_product(ListedProduct {
            product: untranslated,
            sort: 2,
            description: Some("你好".to_owned().into()),
        });
    });
    let texts = |language: &str| {
        let answer = play(&shop, &Event::read("list-products.all").header("accept-language", language));
        assert_eq!(answer.header("cache-control"), Some("no-store"), "no cache has to know the languages");
        let window = answer.json();
        [0, 1].map(|n| ["name", "description"].map(|text| window["products"][n][text].as_str().unwrap().to_owned()))
    };
    let original = ["100 积分", "你好"];
    assert_eq!(texts("en-GB,en;q=0.9"), [["100 points", "Hello"], original]);
    for language in ["zh-CN,zh;q=0.9,en;q=0.8", "fr"] {
        assert_eq!(texts(language), [original, original], "{language}");
    }
}

#[test]
fn only_methods_of_accounts_that_are_on_are_listed() {
    let shop = Shop::new();
    let methods = |shop: &Shop, product: usize| {
        let window = play(shop, &Event::read("list-products.all")).json();
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
    let window = play(&Shop::new(), &Event::read("list-products.all")).json();
    let cheap = window["products"].as_array().unwrap().iter().find(|one| one["product_id"] == "cheap").unwrap().clone();
    assert_eq!(
        (cheap["payment_methods"].to_string(), &cheap["prices"][0]["amount_minor"]),
        ("[]".to_owned(), &49.into())
    );
    assert!(window["products"].as_array().unwrap().iter().all(|one| one["product_id"] != "withdrawn"));
}

#[test]
fn interface_is_served_for_programs_and_for_people() {
    let shop = Shop::new();
    let at = |path: &str| play(&shop, &Event::read("list-products.all").path(path));
    let document = at("/openapi.json");
    assert_eq!((document.status(), &document.json()["openapi"]), (200, &"3.1.0".into()));
    let page = at("/docs");
    assert_eq!((page.status(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let known = document.json();
    let routes = known["paths"].as_object().unwrap().keys();
    for part in routes.map(String::as_str).chain(["order_not_found", "is_upgrade", "boolean", "wechat_native"]) {
        assert!(page.body().contains(part), "{part}");
    }
    assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'; style-src 'sha256-"));
    assert_eq!((shop.seen(CallKind::ListProducts), shop.seen(CallKind::FindAccount)), (0, 0));
}
