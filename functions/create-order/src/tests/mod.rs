//! Sample events, played against a shop in memory.

mod created;
mod page;
mod refused;
mod repeated;
mod retried;

use till_app::ports::ListedProduct;
use till_domain::language::{Language, Localized};
use till_domain::product::Product;
use till_domain::text::{ProductId, ProductName, ProductType};
use till_shop::shop::{FIRST, first};
use till_shop::{Answered, Event, Shop, table};

use super::*;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = CreateOrder::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

/// The order that was answered, without the addresses of its page and of a socket, which other keys sign each time.
#[track_caller]
fn order(answer: &Answered) -> String {
    let (order, addresses) = answer.body().split_once(r#","checkout_url":""#).expect("the address of a page");
    let socket = r#"","push_url":"wss://abcdef1234.execute-api.eu-west-1.amazonaws.com/live?ticket="#;
    let (page, ticket) = addresses.split_once(socket).expect("the address of a socket");
    assert!(page.len() > 100 && ticket.len() > 50 && ticket.ends_with("\"}"), "{page} {ticket}");
    format!("{order}}}")
}

/// Fails unless the order was answered like this. Line breaks and indentation do not count.
#[track_caller]
fn is_order(answer: &Answered, expected: &str) {
    let flat: String = expected.lines().map(str::trim).collect();
    assert_eq!((answer.status(), order(answer)), (200, flat));
}

/// The same for an answer without the address of a socket: a retry's, or that of an order which cannot be paid any more.
#[track_caller]
fn is_without_socket(answer: &Answered, expected: &str) {
    let (order, page) = answer.body().split_once(r#","checkout_url":""#).expect("the address of a page");
    assert!(page.len() > 100 && page.ends_with("\"}") && !page.contains("push_url"), "{page}");
    let flat: String = expected.lines().map(str::trim).collect();
    assert_eq!((answer.status(), format!("{order}}}")), (200, flat));
}

/// 100 points, whose name has an English translation.
fn translated_shop() -> Shop {
    let shop = Shop::new();
    let name = Localized {
        original: ProductName::parse("100 积分").unwrap(),
        translations: [(Language::English, ProductName::parse("100 points").unwrap())].into(),
    };
    shop.memory.tables(|tables| {
        let named = (ProductType::parse("points").unwrap(), ProductId::parse("1").unwrap());
        let points = &tables.products[&named];
        let (prices, grants) = (points.prices().to_vec(), points.grants().to_vec());
        let product = Product::new(named.0, named.1, name, prices, grants).unwrap();
        tables.put_product(ListedProduct { product, sort: 0, description: None });
    });
    shop
}

/// A request for 100 points by WeChat Pay.
fn points() -> Event {
    Event::read("create-order.wechat").body(r#"{"product_type":"points","product_id":1,"payment_method":"wechat"}"#)
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("create-order", ROUTES, TIME_BUDGET);
    let tests = [
        include_str!("created.rs"),
        include_str!("page.rs"),
        include_str!("refused.rs"),
        include_str!("repeated.rs"),
        include_str!("retried.rs"),
    ];
    table::all_played("create-order", &tests);
}

#[test]
fn invalid_settings_are_refused_at_start() {
    for (name, value) in [
        ("JWT_ALGORITHM", "none"),
        ("QR_CODE_EXPIRE_MINUTES", "0"),
        ("DEFAULT_METHOD_ALIPAY", "stripe_checkout"),
        ("CREATIONS_PER_MINUTE", "0"),
        ("CREATIONS_PER_MINUTE_ADDRESS", "0"),
        ("ACTIONS_PER_MINUTE", "0"),
        ("OPEN_ORDERS", "101"),
        ("ORDER_EXPIRE_MINUTES", "soon"),
        ("MAX_AMOUNT_CNY", "-1"),
        ("RETURN_ORIGINS", "shop.example"),
    ] {
        let told = CreateOrder::read(&Shop::new().set(name, value).environment()).unwrap_err().to_string();
        assert!(told.starts_with(name), "{told}");
    }
}
