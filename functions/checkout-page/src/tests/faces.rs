//! The faces of the page: each way in which an order can stand, and what a buyer can do then.

use till_app::cancel::{Canceller, cancel};

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::Says;
use till_domain::provider::Provider;
use till_domain::time::Seconds;
use till_shop::shop::user;

use super::*;

const IPHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";
const WECHAT: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.49";

fn ordered() -> Shop {
    Shop::with_order(Method::WechatNative)
}

#[track_caller]
fn says(shop: &Shop, words: &[&str]) {
    let page = in_english(shop);
    for word in words {
        assert!(page.contains(word), "{word}: {page}");
    }
}

fn status(shop: &Shop) -> serde_json::Value {
    play(shop, &linked(shop, "checkout-page.status")).json()
}

/// The methods that the page's forms offer.
fn offers(shop: &Shop, agent: &str) -> Vec<String> {
    let event = linked(shop, "checkout-page.open").header("user-agent", agent);
    let page = play(shop, &event).body().to_owned();
    let forms = page.split(r#"name="payment_method" value=""#).skip(1);
    forms.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn open_code_is_shown_with_its_end_and_other_ways() {
    let shop = ordered();
    says(&shop, &["¥99.00", "Pro, 30 days", "Scan with WeChat Pay", r#"role="img""#, "12:15", "Other ways to pay"]);
    let page = open(&shop);
    assert!(page.body().contains("用微信支付扫码付款") && page.body().contains(r#"<html lang="zh-CN">"#));
    assert_eq!(offers(&shop, ""), ["alipay_qr", "stripe_checkout"]);
    shop.turn_off(Provider::Alipay);
    assert_eq!(offers(&shop, ""), ["stripe_checkout"]);
    assert_eq!(offers(&shop.set("CHECKOUT_METHODS", "wechat,alipay"), ""), Vec::<String>::new());
}

#[test]
fn phone_sees_the_button_for_its_app_before_the_code() {
    let shop = ordered();
    assert_eq!(offers(&shop, IPHONE), ["wechat_h5", "alipay_wap", "stripe_checkout"]);
    assert_eq!(offers(&shop, WECHAT), ["stripe_checkout"]);
    let jsapi = Shop::with_order(Method::WechatJsapi);
    let page = play(&jsapi, &linked(&jsapi, "checkout-page.open").header("user-agent", WECHAT));
    assert!(page.body().contains(r#"id="jsapi""#), "{}", page.body());
    assert!(!open(&jsapi).body().contains(r#"id="jsapi""#), "outside WeChat its script is not there");
}

#[test]
fn providers_page_is_one_tap_away() {
    let shop = Shop::with_order(Method::StripeCheckout);
    says(&shop, &["Continue to card payment", "ORD20250101120000P78EZM44/go?t="]);
    let intent = Shop::with_order(Method::StripeIntent);
    says(&intent, &["Pay in the shop", r#"value="stripe_checkout""#]);
}

#[test]
fn ended_code_and_failed_payment_offer_another_attempt() {
    let shop = ordered();
    shop.pass(15 * 60);
    says(&shop, &["This code is no longer valid", "Pay with WeChat Pay"]);
    assert_eq!(offers(&shop, ""), ["wechat_native", "alipay_qr", "stripe_checkout"]);
    let shop = ordered();
    shop.hears(first(), Says::Failed);
    says(&shop, &["The payment did not go through", "You were not charged", "Pay with WeChat Pay"]);
    for provider in Provider::ALL {
        shop.turn_off(provider);
    }
    says(&shop, &["No way to pay is open at the moment"]);
}

#[test]
fn payment_on_its_way_is_not_paid_again() {
    let shop = ordered();
    shop.hears(first(), Says::Processing);
    says(&shop, &["being processed", "do not pay again"]);
    assert_eq!(offers(&shop, ""), Vec::<String>::new());
}

#[test]
fn odd_money_is_told_with_both_amounts() {
    let shop = ordered();
    shop.pay_amount(first(), Money::new(9899, Currency::CNY).unwrap());
    says(&shop, &["We are checking your payment", "Your order is ¥99.00; we received ¥98.99.", "do not pay again"]);
    assert_eq!(offers(&shop, ""), Vec::<String>::new());
}

#[test]
fn paid_order_is_delivered_and_says_what_was_received() {
    let shop = ordered();
    shop.pay(first());
    says(&shop, &["Your order is on its way"]);
    assert_eq!((&status(&shop)["status"], &status(&shop)["is_final"]), (&"paid".into(), &false.into()));
    shop.grant(first());
    says(&shop, &["You received:", "Membership <bdi>pro</bdi>, 30 days", "data-final"]);
    assert_eq!((&status(&shop)["fulfilment"], &status(&shop)["is_final"]), (&"granted".into(), &true.into()));
}

#[test]
fn order_that_is_over_says_that_nothing_was_charged() {
    let shop = ordered();
    shop.pass(30 * 60);
    says(&shop, &["This order has expired", "You were not charged"]);
    let shop = ordered();
    let (buyer, deadline) = (Canceller::Buyer(user("u1")), shop.now().plus(Seconds(20)));
    shop.run(async |ports| cancel(ports, &buyer, first(), deadline).await.unwrap());
    says(&shop, &["This order was cancelled", "You were not charged"]);
}

#[test]
fn view_changes_when_the_page_would_and_not_with_time() {
    let shop = ordered();
    let before = status(&shop);
    let page = open(&shop).body().to_owned();
    assert!(page.contains(&format!(r#"data-view="{}""#, before["view"].as_str().unwrap())), "{before}");
    shop.pass(60);
    let later = status(&shop);
    assert_eq!(
        (&before["view"], before["seconds_left"].as_u64(), later["seconds_left"].as_u64()),
        (&later["view"], Some(1800), Some(1740))
    );
    shop.hears(first(), Says::Failed);
    assert_ne!(status(&shop)["view"], before["view"]);
    assert_eq!(status(&shop)["attempt"], 1);
}

#[test]
fn refusal_that_led_here_is_told_once_above_the_page() {
    let shop = ordered();
    let query = format!("{}&e=provider_error", shop.link(first(), None));
    let event = Event::read("checkout-page.open").header("accept-language", "en");
    let page = play(&shop, &event.query(&query));
    assert!(
        page.body().contains(r#"role="alert">The payment provider did not complete the request"#),
        "{}",
        page.body()
    );
}
