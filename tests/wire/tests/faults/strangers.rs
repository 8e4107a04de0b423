//! Notifications that are valid and not for us, that come twice, that were changed on their way, or that are signed with
//! another key than the one we know.

use serde_json::json;
use till_domain::provider::Provider;
use till_providers::heard::About;
use till_providers::{Error, NoAnswer};
use till_wire::{Caught, Known, merchants_of};

use super::*;

const METHODS: [Method; 3] = [Method::WechatNative, Method::AlipayPage, Method::StripeIntent];

/// A payment, and a callback that tells of it.
fn told(shop: &std::rc::Rc<Shop>, method: Method) -> (Trade, Caught) {
    let trade = Trade::begin(shop, method);
    trade.act("pay");
    loop {
        let caught = trade.catch();
        if matches!(trade.hear(&caught).unwrap().about, About::Payment { .. }) {
            return (trade, caught);
        }
    }
}

/// A merchant with the shop's keys, and something else that differs.
fn differing(shop: &Shop, provider: &str, name: &str, value: &str) -> Known {
    let mut side = shop.stack.side.clone();
    side[provider][name] = value.into();
    merchants_of(&shop.stack, Ways::default(), &side)
}

#[test]
fn another_merchants_are_not_believed() {
    let (ours, other) = (Shop::open(Ways::default()), Shop::open_as_another());
    let by_certificate = merchants_of(
        &ours.stack,
        Ways { wechat_certificates: true, alipay_certificates: true, ..Ways::default() },
        &ours.stack.side,
    );
    for method in METHODS {
        let (_, caught) = told(&other, method);
        let why = match method.provider() {
            Provider::WeChat => Distrust::UnknownKey,
            Provider::Alipay | Provider::Stripe => Distrust::BadSignature,
        };
        for known in [&ours.known, &by_certificate] {
            let heard = ours.hear(known, method.provider(), &caught);
            assert_eq!(heard, Err(Error::Distrust(why)), "{method}");
        }
    }
}

/// The keys are ours, and what is said is about another merchant, app or seller: two accounts that share a key.
#[test]
fn those_about_another_merchant_are_refused() {
    let shop = Shop::open(Ways::default());
    for (method, name, value, why) in [
        (Method::WechatNative, "appid", "wx0123456789abcdef", Distrust::OtherMerchant("appid")),
        (Method::WechatNative, "mchid", "1900000109", Distrust::OtherMerchant("mchid")),
        (Method::WechatNative, "apiv3_key", "0123456789abcdefghijklmnopqrstuv", Distrust::Sealed),
        (Method::AlipayPage, "app_id", "2021000000000000", Distrust::OtherMerchant("app_id")),
        (Method::AlipayPage, "seller_id", "2088000000000000", Distrust::OtherMerchant("seller_id")),
    ] {
        let (_, caught) = told(&shop, method);
        let known = differing(&shop, method.provider().as_str(), name, value);
        assert_eq!(shop.hear(&known, method.provider(), &caught), Err(Error::Distrust(why)), "{name}");
    }
}

/// Several deployments can share an account of Stripe's: what is another's is acknowledged and left alone.
#[test]
fn those_of_another_deployment_are_nothing() {
    let shop = Shop::open(Ways::default());
    let known = differing(&shop, "stripe", "deployment", "another");
    let mut trade = Trade::begin(&shop, Method::StripeCheckout);
    trade.act("pay");
    trade.hears(payment);
    trade.act("refund_on_platform");
    trade.act("open_dispute");
    let count = list(&trade.books(), "notices").len();
    trade.act("resend");
    for _ in 0..count {
        let heard = shop.hear(&known, Provider::Stripe, &trade.catch()).unwrap();
        assert!(matches!(heard.about, About::Nothing(_)), "{heard:?}");
    }
}

#[test]
fn the_same_bytes_again_say_the_same() {
    let shop = Shop::open(Ways::default());
    for method in METHODS {
        let (mut trade, caught) = told(&shop, method);
        let first = trade.hear(&caught).unwrap();
        trade.take_in(&first);
        let before = trade.order.clone();
        let again = trade.hear(&caught).unwrap();
        assert_eq!(again, first, "{method}");
        assert_eq!(trade.take_in(&again).len(), 1, "{method}");
        assert_eq!(trade.order, before, "{method}");
        books_agree(&trade);
    }
}

#[test]
fn a_changed_byte_is_noticed() {
    let shop = Shop::open(Ways::default());
    for method in METHODS {
        let (trade, mut caught) = told(&shop, method);
        let digits = caught.body.iter_mut().filter(|byte| byte.is_ascii_digit());
        // 8 for 9, and so on: still a digit, wherever it stands.
        *digits.take(20).last().unwrap() ^= 1;
        assert_eq!(trade.hear(&caught), Err(Error::Distrust(Distrust::BadSignature)), "{method}");
    }
}

/// A merchant moves from certificates to the public key, and WeChat Pay still signs with the certificate.
#[test]
fn wechat_signs_by_its_certificate_while_a_merchant_moves_to_the_public_key() {
    let shop = Shop::open(Ways { wechat_migrates: true, ..Ways::default() });
    let mut side = shop.stack.side.clone();
    side["wechat"]["platform_certificates"] = json!([side["wechat"]["platform_certificate"]]);
    let both = merchants_of(&shop.stack, Ways::default(), &side);
    let mut trade = Trade::begin(&shop, Method::WechatNative);
    trade.act("pay");
    let caught = trade.catch();

    // Where both are configured nothing has to be asked; with the public key alone the certificate is downloaded.
    let hear = |known: &Known, left| shop.hear_within(left, known, Provider::WeChat, &caught);
    let known_at_once = hear(&both, Duration::ZERO).unwrap();
    assert_eq!(hear(&shop.known, Duration::ZERO), Err(Error::NoAnswer(NoAnswer::NoTimeLeft)));
    let other = merchants_of(&shop.stack, Ways::default(), &shop.stack.side);
    assert_eq!(hear(&other, PATIENCE).unwrap(), known_at_once);
    assert_eq!(hear(&other, Duration::ZERO).unwrap(), known_at_once, "and remembered");
    trade.take_in(&known_at_once);
    assert_eq!(roles(&trade.order), [Role::Kept]);

    // Answers are signed with the key that was asked for, and believed meanwhile.
    assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()));
    books_agree(&trade);
}

/// WeChat Pay signs with the public key already, and the merchant has not configured it: no download brings it.
#[test]
fn a_public_key_that_is_not_configured_is_not_believed() {
    let shop = Shop::open(Ways::default());
    let (trade, caught) = told(&shop, Method::WechatNative);
    let known = merchants_of(&shop.stack, Ways { wechat_certificates: true, ..Ways::default() }, &shop.stack.side);
    let heard = shop.hear(&known, trade.method.provider(), &caught);
    assert_eq!(heard, Err(Error::Distrust(Distrust::UnknownKey)));
}
