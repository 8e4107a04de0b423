//! Callbacks about other merchants or deployments, duplicates, changed callbacks, and callbacks signed with an unknown key.

use serde_json::json;
use till_domain::provider::Provider;
use till_providers::callback_content::CallbackSubject;
use till_providers::{Error, NoAnswer};
use till_wire::{Merchants, merchants_of};

use super::*;

const METHODS: [Method; 3] = [Method::WechatNative, Method::AlipayPage, Method::StripeIntent];

/// A merchant with the shop's keys and one different setting.
fn differing(shop: &Shop, provider: &str, name: &str, value: &str) -> Merchants {
    let mut side = shop.stack.side.clone();
    side[provider][name] = value.into();
    merchants_of(&shop.stack, Setup::default(), &side)
}

#[test]
fn callback_of_another_merchant_is_refused() {
    let (ours, other) = (Shop::open(Setup::default()), Shop::open_for_another());
    let by_certificate = merchants_of(
        &ours.stack,
        Setup { wechat_certificates: true, alipay_certificates: true, ..Setup::default() },
        &ours.stack.side,
    );
    for_each(METHODS, |method| {
        let (_, callback) = Trade::paid(&other, method);
        let why = match method.provider() {
            Provider::WeChat => Distrust::UnknownKey,
            Provider::Alipay | Provider::Stripe => Distrust::BadSignature,
        };
        for known in [&ours.merchants, &by_certificate] {
            let heard = ours.read_callback(known, method.provider(), &callback);
            assert_eq!(heard, Err(Error::Distrust(why)));
        }
    });
}

/// The signature is valid, but the content is about another merchant, app or seller: two accounts may share a key.
#[test]
fn callback_about_another_merchant_is_refused() {
    let shop = Shop::open(Setup::default());
    for (method, name, value, why) in [
        (Method::WechatNative, "appid", "wx0123456789abcdef", Distrust::OtherMerchant("appid")),
        (Method::WechatNative, "mchid", "1900000109", Distrust::OtherMerchant("mchid")),
        (Method::WechatNative, "apiv3_key", "0123456789abcdefghijklmnopqrstuv", Distrust::Sealed),
        (Method::AlipayPage, "app_id", "2021000000000000", Distrust::OtherMerchant("app_id")),
        (Method::AlipayPage, "seller_id", "2088000000000000", Distrust::OtherMerchant("seller_id")),
    ] {
        let (_, callback) = Trade::paid(&shop, method);
        let known = differing(&shop, method.provider().as_str(), name, value);
        assert_eq!(shop.read_callback(&known, method.provider(), &callback), Err(Error::Distrust(why)), "{name}");
    }
}

/// Several deployments can share a Stripe account. Events of another deployment are acknowledged and ignored.
#[test]
fn event_of_another_deployment_is_ignored() {
    let shop = Shop::open(Setup::default());
    let known = differing(&shop, "stripe", "deployment", "another");
    let mut trade = Trade::open(&shop, Method::StripeCheckout);
    trade.act("pay");
    trade.wait_for(payment);
    trade.act("refund_on_platform");
    trade.act("open_dispute");
    let count = list(&trade.books(), "notices").len();
    trade.act("resend");
    for _ in 0..count {
        let heard = shop.read_callback(&known, Provider::Stripe, &trade.next_callback()).unwrap();
        assert!(matches!(heard.about, CallbackSubject::Nothing(_)), "{heard:?}");
    }
}

#[test]
fn duplicate_callback_reports_the_same() {
    let shop = Shop::open(Setup::default());
    for_each(METHODS, |method| {
        let (mut trade, callback) = Trade::paid(&shop, method);
        let first = trade.read_callback(&callback).unwrap();
        trade.settle(&first);
        let before = trade.order.clone();
        let again = trade.read_callback(&callback).unwrap();
        assert_eq!(again, first);
        assert_eq!(trade.settle(&again).len(), 1);
        assert_eq!(trade.order, before);
        assert_books_agree(&trade);
    });
}

#[test]
fn callback_with_changed_byte_has_bad_signature() {
    let shop = Shop::open(Setup::default());
    for_each(METHODS, |method| {
        let (trade, mut callback) = Trade::paid(&shop, method);
        let digits = callback.body.iter_mut().filter(|byte| byte.is_ascii_digit());
        // The changed byte is still a digit, so the content can be read.
        *digits.take(20).last().unwrap() ^= 1;
        assert_eq!(trade.read_callback(&callback), Err(Error::Distrust(Distrust::BadSignature)));
    });
}

#[test]
fn callback_signed_by_certificate_is_accepted_during_migration_to_public_key() {
    let shop = Shop::open(Setup { wechat_migrating: true, ..Setup::default() });
    let mut side = shop.stack.side.clone();
    side["wechat"]["platform_certificates"] = json!([side["wechat"]["platform_certificate"]]);
    let both = merchants_of(&shop.stack, Setup::default(), &side);
    let mut trade = Trade::open(&shop, Method::WechatNative);
    trade.act("pay");
    let callback = trade.next_callback();

    // With both configured no call is needed; with only the public key the certificate is downloaded.
    let read_callback = |known: &Merchants, left| shop.read_callback_within(left, known, Provider::WeChat, &callback);
    let known_at_once = read_callback(&both, Duration::ZERO).unwrap();
    assert_eq!(read_callback(&shop.merchants, Duration::ZERO), Err(Error::NoAnswer(NoAnswer::NoTimeLeft)));
    let other = merchants_of(&shop.stack, Setup::default(), &shop.stack.side);
    assert_eq!(read_callback(&other, PATIENCE).unwrap(), known_at_once);
    assert_eq!(read_callback(&other, Duration::ZERO).unwrap(), known_at_once, "the certificate was not remembered");
    trade.settle(&known_at_once);
    assert_eq!(roles(&trade.order), [Role::Kept]);

    // Answers are signed with the requested key, so they are accepted meanwhile.
    assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()));
    assert_books_agree(&trade);
}

/// The public key cannot be downloaded.
#[test]
fn callback_signed_with_unconfigured_public_key_is_refused() {
    let shop = Shop::open(Setup::default());
    let (trade, callback) = Trade::paid(&shop, Method::WechatNative);
    let known = merchants_of(&shop.stack, Setup { wechat_certificates: true, ..Setup::default() }, &shop.stack.side);
    let heard = shop.read_callback(&known, trade.method.provider(), &callback);
    assert_eq!(heard, Err(Error::Distrust(Distrust::UnknownKey)));
}
