//! Orders that are made, and the answers to the buyer's page.

use till_app::ports::Payer;
use till_domain::order::Status;
use till_domain::time::Time;
use till_memory::{CallKind, Fault, ProviderCall};

use super::*;

#[test]
fn wechat_order_is_pending_and_answered_with_a_qr_code() {
    let shop = Shop::new();
    is_order(
        &play(&shop, &Event::read("create-order.wechat")),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":99.00,"amount_minor":9900,"currency":"CNY",
        "payment_method":"wechat_native","qr_code_url":"weixin://wxpay/bizpayurl?pr=xxx",
        "qr_code_expire_at":"2025-01-01T12:15:00+08:00","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
    let order = shop.stored(first());
    assert_eq!((order.status(), order.sold.user.as_str()), (Status::Pending, "u1"));
}

#[test]
fn order_is_sold_under_the_name_in_the_language_of_the_request() {
    for (language, name) in [("en", "100 points"), ("zh-CN,zh;q=0.9", "100 积分"), ("fr", "100 积分")] {
        let shop = translated_shop();
        assert_eq!(play(&shop, &points().header("accept-language", language)).status(), 200);
        assert_eq!(shop.stored(first()).sold.name.as_str(), name, "{language}");
    }
    let shop = Shop::new();
    play(&shop, &points().header("accept-language", "en"));
    assert_eq!(shop.stored(first()).sold.name.as_str(), "100 points", "the only name that the product has");
}

#[test]
fn jsapi_order_is_answered_with_parameters_for_wechats_script() {
    let shop = Shop::new();
    is_order(
        &play(&shop, &Event::read("create-order.jsapi")),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":9.90,"amount_minor":990,"currency":"CNY",
        "payment_method":"wechat_jsapi","pay_params":{"appId":"wx1","package":"prepay_id=p1"},
        "expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
}

#[test]
fn alipay_page_order_is_answered_with_a_form() {
    is_order(
        &play(&Shop::new(), &Event::read("create-order.alipay-page")),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":9.90,"amount_minor":990,"currency":"CNY",
        "payment_method":"alipay_page","pay_form":"<form></form>","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
}

#[test]
fn stripe_checkout_order_is_answered_with_an_address() {
    is_order(
        &play(&Shop::new(), &Event::read("create-order.stripe")),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":1.99,"amount_minor":199,"currency":"USD",
        "payment_method":"stripe_checkout","pay_url":"https://pay.example/p1","expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
}

#[test]
fn stripe_intent_order_is_answered_with_a_client_secret() {
    is_order(
        &play(&Shop::new(), &Event::read("create-order.stripe-intent")),
        r#"{"order_no":"ORD20250101120000P78EZM44","status":"pending","amount":14.99,"amount_minor":1499,"currency":"USD",
        "payment_method":"stripe_intent","client_secret":"pi_1_secret","publishable_key":"pk_test_1",
        "expire_at":"2025-01-01T12:30:00+08:00"}"#,
    );
}

/// After 15 of 30 days, half of the 99.00 is deducted.
#[test]
fn upgrade_is_reduced_by_the_unused_value() {
    let shop = Shop::new();
    let lower = shop.order("u1", "membership", "1", till_domain::provider::Method::WechatNative);
    shop.pay(lower);
    shop.grant(lower);
    shop.pass(15 * 86_400);
    let answer = play(&shop, &Event::read("create-order.upgrade"));
    assert_eq!((answer.status(), answer.json()["amount_minor"].as_u64()), (200, Some(24_900 - 4_950)));
    assert!(answer.body().contains(r#""amount":199.50,"#), "{}", answer.body());
}

#[test]
fn qr_code_expires_with_provider_setting_or_order_whichever_is_first() {
    let expiring = |shop: Shop| {
        let answer = play(&shop, &Event::read("create-order.wechat")).json();
        answer["qr_code_expire_at"].as_str().unwrap().to_owned()
    };
    let shop = Shop::new();
    let provider_says = Time::from_unix(1_735_704_000 + 420).unwrap();
    shop.script.lines(|lines| lines.qr_code_expire_at = Some(provider_says));
    assert_eq!(expiring(shop), "2025-01-01T12:07:00+08:00");
    assert_eq!(expiring(Shop::new().set("QR_CODE_EXPIRE_MINUTES", "5")), "2025-01-01T12:05:00+08:00");
    assert_eq!(expiring(Shop::new().set("ORDER_EXPIRE_MINUTES", "10")), "2025-01-01T12:10:00+08:00");
}

#[test]
fn method_is_read_in_any_case_and_by_its_providers_name() {
    for (sent, meant) in [
        ("wechat", "wechat_native"),
        ("WeChat", "wechat_native"),
        ("WECHAT_H5", "wechat_h5"),
        ("Alipay", "alipay_qr"),
        ("alipay_wap", "alipay_wap"),
        ("STRIPE", "stripe_checkout"),
    ] {
        let event = points().field("payment_method", &format!("\"{sent}\""));
        assert_eq!(play(&Shop::new(), &event).json()["payment_method"], meant, "{sent}");
    }
}

#[test]
fn bare_name_of_a_provider_means_the_method_that_is_set() {
    let set = || Shop::new().set("DEFAULT_METHOD_ALIPAY", "alipay_page").set("DEFAULT_METHOD_WECHAT", "wechat_h5");
    for (sent, meant) in
        [("alipay", "alipay_page"), ("alipay_qr", "alipay_qr"), ("WeChat", "wechat_h5"), ("stripe", "stripe_checkout")]
    {
        let event = points().field("payment_method", &format!("\"{sent}\""));
        assert_eq!(play(&set(), &event).json()["payment_method"], meant, "{sent}");
    }
}

#[test]
fn stripe_currency_is_the_requested_or_configured_or_first() {
    let any = points().field("payment_method", r#""stripe""#);
    let usd = any.clone().field("currency", r#""usd""#);
    let configured = Shop::new().set("STRIPE_CURRENCY", "USD");
    for (shop, event, currency) in [(Shop::new(), &usd, "USD"), (Shop::new(), &any, "CNY"), (configured, &any, "USD")] {
        assert_eq!(play(&shop, event).json()["currency"], currency);
    }
}

#[test]
fn price_user_status_and_quantity_in_the_request_are_refused() {
    let shop = Shop::new();
    for (field, value) in
        [("amount", "0.01"), ("price", "1"), ("user_id", "\"u9\""), ("status", "\"paid\""), ("quantity", "3")]
    {
        play(&shop, &points().field(field, value)).is_bad_field(field);
    }
    assert_eq!(shop.orders(), 0);
    let answer = play(&shop, &points().field("openid", "null").header("x-forwarded-for", "198.51.100.1"));
    assert_eq!((answer.status(), shop.stored(first()).sold.user.as_str()), (200, "u1"));
}

#[test]
fn pages_to_go_back_to_are_told_the_orders_number() {
    let shop = Shop::new();
    let event = points().field("return_url", r#""https://shop.example/done?no={ORDER_NO}""#);
    let link = play(&shop, &event).json()["checkout_url"].as_str().unwrap().to_owned();
    let back = "&r=https%3A%2F%2Fshop.example%2Fdone%3Fno%3DORD20250101120000P78EZM44";
    assert!(link.ends_with(back), "{link}");
    for field in ["return_url", "cancel_url"] {
        play(&shop, &points().field(field, r#""https://elsewhere.example/""#)).is_bad_field(field);
    }
    let payer = Payer { cancel_url: Some("https://shop.example/{ORDER_NO}/gone".to_owned()), ..Payer::default() };
    let filled = payer.of_order(first()).cancel_url;
    assert_eq!(filled.as_deref(), Some("https://shop.example/ORD20250101120000P78EZM44/gone"));
}

#[test]
fn body_in_base64_is_the_same_request() {
    let text = r#"{"product_type":"points","product_id":"1","payment_method":"alipay_page"}"#;
    let plain = play(&Shop::new(), &points().body(text));
    let encoded = play(&Shop::new(), &Event::read("create-order.alipay-page"));
    assert_eq!(order(&plain), order(&encoded));
}

#[test]
fn provider_is_called_once_with_the_price_of_the_catalogue() {
    let shop = Shop::new();
    play(&shop, &Event::read("create-order.wechat"));
    let calls = shop.script.lines(|lines| lines.calls.clone());
    let [ProviderCall::Create { price, payment_no, .. }] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!((price.minor(), payment_no.to_string().as_str()), (9900, FIRST));
}

#[test]
fn order_is_answered_without_an_address_while_the_key_of_tickets_cannot_be_read() {
    let shop = Shop::new();
    // The first is the key of tokens.
    shop.memory.faults(|faults| faults.plan(CallKind::ReadSecret, 2, Fault::Before));
    let answer = play(&shop, &points());
    let json = answer.json();
    assert_eq!((answer.status(), json.get("push_url")), (200, None));
    assert_eq!(json["qr_code_url"], "weixin://wxpay/bizpayurl?pr=xxx");
}
