//! Links: which open a page, and what they do not open.

use std::sync::Arc;

use till_app::ports::Unavailable;
use till_domain::id::OrderNo;
use till_domain::text::ProductName;
use till_lambda::checkout_link::OUTLIVES_ORDER;
use till_lambda::ticket::{self, Ticket};
use till_memory::{CallKind, Fault};

use super::*;

const EVENTS: [&str; 3] = ["checkout-page.open", "checkout-page.status", "checkout-page.ticket"];

/// No order is loaded for a link that is not genuine.
#[track_caller]
fn is_refused(shop: &Shop, query: &str) {
    let before = shop.seen(CallKind::LoadOrder);
    for name in EVENTS {
        let answer = play(shop, &Event::read(name).query(query));
        assert_eq!(answer.status(), 404, "{name} {query}");
        assert!(!answer.body().contains("99.00"), "{}", answer.body());
    }
    assert_eq!(shop.seen(CallKind::LoadOrder), before);
}

#[test]
fn link_of_another_order_or_a_changed_one_opens_nothing() {
    let shop = Shop::with_order(Method::WechatNative);
    let other = shop.order("u2", "points", "1", Method::WechatNative);
    is_refused(&shop, &shop.link(other, None));
    is_refused(&shop, "");
    let link = shop.link(first(), None);
    let (end, mac) = link.strip_prefix("t=").unwrap().split_once('.').unwrap();
    let later = end.parse::<i64>().unwrap() + 1;
    for proof in
        [format!("{later}.{mac}"), format!("{end}."), end.to_owned(), format!("{end}.{mac}.{mac}"), format!(".{mac}")]
    {
        is_refused(&shop, &format!("t={proof}"));
    }
    // The last character of 32 bytes in base64 has two bits that say nothing.
    for place in 0..link.len() - 1 {
        let mut bytes = link.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        is_refused(&shop, &String::from_utf8(bytes).unwrap());
    }
    is_refused(&shop, &"x".repeat(5_000));
}

#[test]
fn address_to_go_back_to_cannot_be_put_into_a_link() {
    let shop = Shop::with_order(Method::WechatNative);
    let own = shop.link(first(), Some("https://shop.example/done?a=1&b=2"));
    let page = play(&shop, &Event::read("checkout-page.open").query(&own));
    assert!(page.body().contains(r#"<a href="https://shop.example/done?a=1&amp;b=2">"#), "{}", page.body());
    is_refused(&shop, &own.replace("shop.example", "shop.elsewhere"));
    is_refused(&shop, &format!("{}&r=https%3A%2F%2Felsewhere.example", shop.link(first(), None)));
    is_refused(&shop, own.split_once("&r=").unwrap().0);
}

#[test]
fn link_ends_an_hour_after_its_order() {
    let shop = Shop::with_order(Method::WechatNative);
    let link = shop.link(first(), None);
    shop.pass(30 * 60 + OUTLIVES_ORDER.0 - 1);
    assert_eq!(play(&shop, &Event::read("checkout-page.open").query(&link)).status(), 200);
    shop.pass(1);
    is_refused(&shop, &link);
    let told = play(&shop, &Event::read("checkout-page.open").query(&link).header("accept-language", "en"));
    assert!(told.body().contains("This link is no longer valid"), "{}", told.body());
}

#[test]
fn bearer_tokens_and_tickets_are_no_links() {
    let shop = Shop::with_order(Method::WechatNative);
    let ticket = Ticket { user: till_shop::shop::user("u1"), listens: Listens::Order(first()) };
    let ticket = shop.run(async |ports| ticket::issue(ports, &ticket).await.unwrap());
    is_refused(&shop, &format!("t={ticket}"));
    for name in EVENTS {
        let answer = play(&shop, &Event::read(name).token("TOKEN_OF_A_USER").query("t=TOKEN_OF_A_USER"));
        assert_eq!(answer.status(), 404, "{name}");
    }
    let link = shop.link(first(), None);
    let read = shop.run(async |ports| ticket::read(ports, link.strip_prefix("t=").unwrap()).await);
    assert_eq!(read, Ok::<_, Unavailable>(None));
}

#[test]
fn ticket_of_the_page_hears_of_its_order_alone() {
    let shop = Shop::with_order(Method::WechatNative).set("ACTIONS_PER_MINUTE", "2");
    let event = linked(&shop, "checkout-page.ticket");
    let answer = play(&shop, &event).json();
    let text = answer["url"].as_str().unwrap().split_once("?ticket=").unwrap().1.to_owned();
    let read = shop.run(async |ports| ticket::read(ports, &text).await.unwrap());
    assert_eq!(read, Some(Ticket { user: till_shop::shop::user("u1"), listens: Listens::Order(first()) }));
    assert_eq!(answer["expires_in"], 60);
    assert_eq!(play(&shop, &event).status(), 200);
    play(&shop, &event).is_problem(429, "too_many_requests");
}

#[test]
fn names_are_shown_as_text() {
    let shop = Shop::with_order(Method::WechatNative).set("SHOP_NAME", "<b>Shop</b>");
    shop.memory.tables(|tables| {
        let order = Arc::make_mut(tables.orders.get_mut(&first()).unwrap());
        let mut facts = till_domain::order::Facts::clone(order);
        let name = ProductName::parse("<script>alert(1)</script>").unwrap();
        facts.sold = Arc::new(till_domain::order::Sold { name, ..till_domain::order::Sold::clone(&facts.sold) });
        *order = till_domain::order::Order::from_facts(facts);
    });
    let page = open(&shop);
    assert!(page.body().contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.body().contains("&lt;b&gt;Shop"));
    assert!(!page.body().contains("<script>alert"));
    let with_error = format!("{}&e=%3Cscript%3E", shop.link(first(), None));
    let page = play(&shop, &Event::read("checkout-page.open").query(&with_error));
    assert!(!page.body().contains(r#"role="alert""#), "an unknown word is not told");
}

#[test]
fn silent_store_or_key_is_told_on_a_page() {
    for kind in [CallKind::LoadOrder, CallKind::ReadSecret, CallKind::FindAccount] {
        let shop = Shop::with_order(Method::WechatNative);
        let event = linked(&shop, "checkout-page.open").header("accept-language", "en");
        shop.fail(kind, Fault::Before);
        let answer = play(&shop, &event);
        assert_eq!(answer.status(), 503, "{kind:?}");
        assert!(answer.body().contains("This page cannot be shown now"), "{}", answer.body());
    }
    let shop = Shop::with_order(Method::WechatNative);
    let unknown = OrderNo::parse("ORD20250101120000AAAAAAAA").unwrap();
    let event =
        Event::read("checkout-page.status").path(&format!("/pay/{unknown}/status")).query(&shop.link(first(), None));
    play(&shop, &event).is_problem(404, "order_not_found");
    play(&shop, &linked(&shop, "checkout-page.ticket").method("GET")).is_problem(405, "method_not_allowed");
}
