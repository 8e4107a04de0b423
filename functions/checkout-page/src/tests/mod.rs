//! Sample events, played against a shop in memory.

mod faces;
mod links;

use till_domain::provider::Method;
use till_shop::shop::first;
use till_shop::{Answered, Event, Shop, table};

use super::*;

#[track_caller]
fn play(shop: &Shop, event: &Event) -> Answered {
    let function = CheckoutPage::read(&shop.environment()).unwrap();
    shop.play(event, async |ports, request, deadline| function.handle(ports, request, deadline).await)
}

/// An event with the link to the first order.
fn linked(shop: &Shop, name: &str) -> Event {
    Event::read(name).query(&shop.link(first(), None))
}

fn open(shop: &Shop) -> Answered {
    play(shop, &linked(shop, "checkout-page.open"))
}

fn in_english(shop: &Shop) -> String {
    play(shop, &linked(shop, "checkout-page.open").header("accept-language", "en")).body().to_owned()
}

#[test]
fn code_agrees_with_its_row_and_every_sample_is_played() {
    table::agrees("checkout-page", ROUTES, TIME_BUDGET);
    table::all_played("checkout-page", &[include_str!("mod.rs"), include_str!("faces.rs"), include_str!("links.rs")]);
}

/// An attacker who takes over this function finds no merchant's key there, and can change the counts of tickets only.
#[test]
fn its_role_reads_orders_and_accounts_and_has_the_key_of_links_only() {
    let permissions = &table::row("checkout-page")["permissions"];
    assert_eq!(permissions["secrets"], serde_json::json!(["tickets", "proxy"]));
    let writes = ["PutItem", "UpdateItem", "DeleteItem"];
    let tables = permissions["table"].as_array().unwrap();
    let written = tables.iter().filter(|one| writes.iter().any(|action| one["actions"].to_string().contains(action)));
    assert_eq!(written.map(|one| one["keys"].to_string()).collect::<Vec<_>>(), [r#"["RATE#*"]"#]);
}

#[test]
fn invalid_settings_are_refused_at_start() {
    for (name, value) in [
        ("WEBSOCKET_API_ID", ""),
        ("SHOP_URL", "shop.example"),
        ("SHOP_NAME", "a\nb"),
        ("CHECKOUT_METHODS", "cash"),
        ("QR_CODE_EXPIRE_MINUTES", "0"),
    ] {
        let told = CheckoutPage::read(&Shop::new().set(name, value).environment()).unwrap_err().to_string();
        assert!(told.starts_with(name), "{told}");
    }
}

#[test]
fn page_is_one_answer_of_less_than_40_kilobytes_that_names_no_other_address() {
    let shop = Shop::with_order(Method::WechatNative).set("SHOP_NAME", "Example");
    let page = open(&shop);
    println!("the page of an order with a QR code: {} bytes, all in all", page.body().len());
    assert!(page.body().len() < 40_000);
    for word in ["src=", "@import", "url(", "https://", "javascript:"] {
        assert!(!page.body().contains(word), "{word}");
    }
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn headers_forbid_frames_other_scripts_caching_and_referrers() {
    let shop = Shop::with_order(Method::WechatNative);
    for answer in [open(&shop), play(&shop, &Event::read("checkout-page.open").query("t=1.a"))] {
        let policy = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        let header = |name| answer.header(name);
        assert_eq!((header("referrer-policy"), header("cache-control")), (Some("no-referrer"), Some("no-store")));
        assert_eq!((header("x-frame-options"), header("x-content-type-options")), (Some("DENY"), Some("nosniff")));
    }
}
