//! What providers answer to a harmless question, and what that means. What settings alone show is tested by the files of `till`.

use till_domain::provider::Account;

use super::{Findings, MERCHANT_CERTIFICATE, probe};
use crate::key::bits;
use crate::provide::Merchant;
use crate::testing::keys::{own, provider, stranger};
use crate::testing::prelude::*;

const PLACE: Place<'static> =
    Place { mode: AccountMode::Live, notify_url: "https://shop.example/callback", base_url: None };

fn settings(method: Method) -> Value {
    let (private, public) = (&own().private_text, &provider().public_text);
    match method.provider() {
        till_domain::provider::Provider::WeChat => json!({
            "appid": "wx0123456789abcdef", "mchid": "1900000109", "merchant_serial": "5A0B",
            "merchant_private_key": private, "apiv3_key": "0123456789abcdef0123456789abcdef",
            "platform_public_key_id": "PUB_KEY_ID_1", "platform_public_key": public,
        }),
        till_domain::provider::Provider::Alipay => json!({
            "app_id": "2021000000000001", "seller_id": "2088000000000001",
            "app_private_key": private, "alipay_public_key": public,
        }),
        till_domain::provider::Provider::Stripe => json!({
            "secret_key": "sk_live_a", "publishable_key": "pk_live_a", "webhook_secrets": ["whsec_a"], "deployment": "a",
        }),
    }
}

fn probed(method: Method, answers: impl IntoIterator<Item = Answer>) -> (Vec<&'static str>, Vec<Request>) {
    let account: Account = account(method);
    let merchant = Merchant::read(&account, &settings(method).to_string(), PLACE).unwrap();
    let (probed, sent) = talk(answers, async |outside| probe(&account, &merchant, outside).await);
    (probed.findings.iter().map(|finding| finding.kind.word).collect(), sent)
}

#[expect(clippy::unnecessary_wraps, reason = "a script has failures, too")]
fn said(status: u16, body: &str) -> Answer {
    Ok(answer(status, &[("Date", "Sat, 21 Nov 2026 02:00:01 GMT")], body))
}

#[test]
fn refusals_of_wechat_pay_are_explained() {
    let of = |status, code: &str| probed(Method::WechatNative, [said(status, &format!(r#"{{"code":"{code}"}}"#))]);
    for (status, code, word) in [
        (404, "ORDER_NOT_EXIST", "probe_fits"),
        (404, "ORDERNOTEXIST", "probe_fits"),
        (401, "SIGN_ERROR", "wechat_signature_refused"),
        (400, "MCH_NOT_EXISTS", "wechat_merchant_unknown"),
        (403, "NO_AUTH", "wechat_not_permitted"),
        (429, "RATELIMIT_EXCEEDED", "provider_busy"),
        (500, "SYSTEM_ERROR", "provider_busy"),
        (400, "PARAM_ERROR", "probe_refused"),
    ] {
        let (words, sent) = of(status, code);
        assert_eq!(words, [word], "{code}");
        assert!(sent[0].target.contains("/out-trade-no/ORD20000101"), "{:?}", sent[0]);
        assert_eq!(sent[0].verb, Verb::Get, "a question changes nothing");
    }
    let nobody = [Err(NoAnswer::Unreachable), Err(NoAnswer::Unreachable)];
    assert_eq!(probed(Method::WechatNative, nobody).0, ["provider_unreachable"]);
    assert_eq!(probed(Method::WechatNative, [Err(NoAnswer::TimedOut)]).0, ["provider_busy"]);
}

#[test]
fn refusals_of_alipay_are_explained() {
    let refusal = |code: &str, sub_code: &str| format!(r#"{{"code":"{code}","msg":"m","sub_code":"{sub_code}"}}"#);
    let enveloped = |subject: &str, sign: Option<String>| {
        let sign = sign.map(|sign| format!(r#","sign":"{sign}""#)).unwrap_or_default();
        said(200, &format!(r#"{{"alipay_trade_query_response":{subject}{sign}}}"#))
    };
    let words = |answer| probed(Method::AlipayQr, [answer]).0;
    for (code, sub_code, word) in [
        ("40002", "isv.invalid-signature", "alipay_signature_refused"),
        ("40002", "isv.invalid-app-id", "alipay_app_unknown"),
        ("40006", "isv.insufficient-isv-permissions", "alipay_not_permitted"),
        ("40002", "isv.invalid-timestamp", "probe_refused"),
        ("40005", "isv.app-call-limited", "provider_busy"),
        ("20000", "aop.unknow-error", "provider_busy"),
    ] {
        assert_eq!(words(enveloped(&refusal(code, sub_code), None)), [word], "{sub_code}");
    }
    let subject = refusal("40004", "ACQ.TRADE_NOT_EXIST");
    let sign = |key: &Pair| Some(key.sign(subject.as_bytes()));
    assert_eq!(words(enveloped(&subject, sign(provider()))), ["probe_fits"]);
    assert_eq!(words(enveloped(&subject, sign(stranger()))), ["answer_not_believed"], "Alipay's key is another one");
}

#[test]
fn refusals_of_stripe_are_explained() {
    let words = |answer| probed(Method::StripeCheckout, [answer]).0;
    let error = r#"{"error":{"type":"invalid_request_error"}}"#;
    assert_eq!(words(said(200, r#"{"id":"acct_1"}"#)), ["probe_fits"]);
    assert_eq!(words(said(401, error)), ["stripe_key_refused"]);
    assert_eq!(words(said(403, error)), ["stripe_key_may_not"]);
    assert_eq!(words(said(429, error)), ["provider_busy"]);
    assert_eq!(words(said(400, error)), ["probe_refused"]);
}

#[test]
fn clock_that_is_off_is_told_instead_of_the_refusal_that_follows_from_it() {
    let dated = |date: &str, status, code: &str| {
        probed(Method::WechatNative, [Ok(answer(status, &[("Date", date)], &format!(r#"{{"code":"{code}"}}"#)))]).0
    };
    // The script's clock shows 02:00:00.
    assert_eq!(dated("Sat, 21 Nov 2026 02:04:59 GMT", 404, "ORDER_NOT_EXIST"), ["probe_fits"]);
    assert_eq!(dated("Sat, 21 Nov 2026 02:05:00 GMT", 404, "ORDER_NOT_EXIST"), ["clock_off", "probe_fits"]);
    assert_eq!(dated("Sat, 21 Nov 2026 01:00:00 GMT", 401, "SIGN_ERROR"), ["clock_off"]);
    assert_eq!(dated("yesterday", 401, "SIGN_ERROR"), ["wechat_signature_refused"]);
}

#[test]
fn bits_of_an_rsa_key_are_counted_in_each_form() {
    for text in [&own().private_text, &own().public_text, &base64::encode(&own().pkcs1_public)] {
        assert_eq!(bits(text), Some(2048));
    }
    assert_eq!(bits("hello"), None);
}

#[test]
fn finding_reads_as_a_sentence_about_its_field() {
    let mut found = Findings::default();
    found.add_with(super::CERTIFICATE_EXPIRED, MERCHANT_CERTIFICATE, "it ended yesterday");
    let text = found.0[0].to_string();
    assert!(
        text.starts_with("merchant_certificate: The certificate has expired") && text.ends_with("(it ended yesterday)"),
        "{text}"
    );
}

#[test]
fn settings_that_functions_refuse_without_a_kind_of_their_own_are_told() {
    let account = account(Method::StripeCheckout);
    let mut wrong = settings(Method::StripeCheckout);
    wrong["deployment"] = json!("two words");
    let found = super::check(&account, &wrong.to_string(), PLACE, super::Beside::default(), now());
    assert_eq!(
        found.iter().map(|one| (one.kind.word, one.field.as_str())).collect::<Vec<_>>(),
        [("setting_refused", "deployment")]
    );
}
