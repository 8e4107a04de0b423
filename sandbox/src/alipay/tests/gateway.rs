//! The gateway's own checks: the caller, the parameters and the signature.

use super::*;
use crate::alipay::rsa2;

fn set(pairs: &Pairs, name: &str, value: &str) -> Pairs {
    let mut pairs = pairs.clone();
    pairs.retain(|(other, _)| other != name);
    if !value.is_empty() {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    pairs
}

#[test]
fn changed_parameter_makes_signature_invalid() {
    let shop = Shop::new();
    shop.precreate("A1", "1.00");
    shop.act("A1", "pay");
    let signed = shop.signed("alipay.trade.query", &json!({ "out_trade_no": "A1" }));
    assert_eq!(shop.read(&shop.post(&signed, &[])).code(), "10000");
    for (name, other) in [
        ("format", "json"),
        ("charset", "UTF-8"),
        ("timestamp", &time::alipay(shop.now() + 60)),
        ("version", "1.1"),
        ("notify_url", "https://evil.test/"),
        ("return_url", ""),
        ("biz_content", "{\"out_trade_no\":\"A2\"}"),
        ("method", "alipay.trade.close"),
        ("alipay_sdk", "added"),
    ] {
        let answer = shop.read(&shop.post(&set(&signed, name, other), &[]));
        assert_eq!((answer.code(), answer.word()), ("40002", "isv.invalid-signature"), "{name}");
        assert!(answer.field("sub_msg").contains("网关生成的验签字符串为：") && answer.is_signed);
        assert!(answer.field("sub_msg").contains("&amp;biz_content={&quot;") || name == "alipay_sdk", "{}", answer.raw);
    }
    let signature = STANDARD.decode(of(&signed, "sign")).unwrap();
    for at in [0, 100, 255] {
        let mut bytes = signature.clone();
        bytes[at] ^= 1;
        let answer = shop.read(&shop.post(&set(&signed, "sign", &STANDARD.encode(bytes)), &[]));
        assert_eq!(answer.word(), "isv.invalid-signature");
    }
    for other in ["x", "!!", &STANDARD.encode([0; 256]), &STANDARD.encode([0; 2048])] {
        let answer = shop.read(&shop.post(&set(&signed, "sign", other), &[]));
        assert_eq!(answer.word(), "isv.invalid-signature");
    }
    assert_eq!(shop.query("A1").field("trade_status"), "TRADE_SUCCESS");
}

#[test]
fn missing_and_wrong_parameters_get_the_gateways_messages() {
    let shop = Shop::new();
    let base = shop.unsigned("alipay.trade.query", &json!({ "out_trade_no": "A1" }));
    let (early, late) = (time::alipay(shop.now() - 16 * 60), time::alipay(shop.now() + 16 * 60));
    let iso = time::alipay(shop.now()).replace(' ', "T");
    for (name, value, code, word) in [
        ("method", "", "40001", "isv.missing-method"),
        ("method", "alipay.trade.cancel", "40002", "isv.invalid-method"),
        ("method", "a\"},\"sign\":\"b", "40002", "isv.invalid-method"),
        ("app_id", "", "40001", "isv.missing-app-id"),
        ("app_id", "2021000000000000", "40002", "isv.invalid-app-id"),
        ("version", "", "40001", "isv.missing-version"),
        ("timestamp", "", "40001", "isv.missing-timestamp"),
        ("timestamp", &iso, "40002", "isv.invalid-timestamp"),
        ("timestamp", &early, "40002", "isv.invalid-timestamp"),
        ("timestamp", &late, "40002", "isv.invalid-timestamp"),
        ("charset", "", "40002", "isv.invalid-charset"),
        ("charset", "GBK", "40002", "isv.invalid-charset"),
        ("format", "XML", "40002", "isv.invalid-format"),
        ("encrypt_type", "AES", "40002", "isv.invalid-encrypt-type"),
        ("sign_type", "", "40001", "isv.missing-signature-type"),
        ("sign_type", "RSA", "40002", "isv.invalid-signature-type"),
        ("app_auth_token", "2015", "20001", "aop.invalid-app-auth-token"),
        ("biz_content", "{", "40002", "isv.illegal-json"),
        ("biz_content", "[]", "40002", "isv.illegal-json"),
        ("biz_content", &"[".repeat(100_000), "40002", "isv.illegal-json"),
    ] {
        let pairs = shop.seal(set(&base, name, value));
        let answer = shop.read(&shop.post(&pairs, &[]));
        assert_eq!((answer.code(), answer.word()), (code, word), "{name}={value:.40}");
        assert!(answer.raw.contains("https:\\/\\/open.alipay.com\\/"), "{}", answer.raw);
        // The gateway signs nothing before it knows the app.
        assert_eq!(answer.is_signed, !matches!(name, "method" | "app_id"), "{}", answer.raw);
        let expected = if name == "method" { "error_response" } else { "alipay_trade_query_response" };
        assert_eq!(answer.name, expected);
    }
    let answer = shop.read(&shop.post(&base, &[]));
    assert_eq!((answer.code(), answer.word()), ("40001", "isv.missing-signature"));
    assert_eq!(shop.send("PUT", "", Vec::new()).status, 405);
}

#[test]
fn parameters_are_read_from_query_or_form_without_duplicates() {
    let shop = Shop::new();
    shop.precreate("A1", "1.00");
    shop.act("A1", "pay");
    let signed = shop.signed("alipay.trade.query", &json!({ "out_trade_no": "A1" }));
    let charset = ("charset".to_owned(), "utf-8".to_owned());
    assert_eq!(shop.read(&shop.send("GET", &written(&signed), Vec::new())).code(), "10000");
    assert_eq!(shop.read(&shop.post(&[], &signed)).code(), "10000");
    // Several SDKs send the charset in both.
    assert_eq!(shop.read(&shop.post(std::slice::from_ref(&charset), &signed)).code(), "10000");
    let attack = |answer: &Answered| {
        assert_eq!((answer.code(), answer.word()), ("40002", "isv.suspected-attack"));
        assert_eq!((answer.name.as_str(), answer.is_signed), ("error_response", false));
    };
    let mut twice = signed.clone();
    twice.push(charset);
    attack(&shop.read(&shop.post(&twice, &[])));
    attack(&shop.read(&shop.post(&[], &twice)));
    let other = [("biz_content".to_owned(), "{}".to_owned())];
    attack(&shop.read(&shop.post(&signed, &other)));
    // The body of a GET and a body that is not a form are ignored.
    let answer = shop.read(&shop.send("GET", "", written(&signed).into_bytes()));
    assert_eq!(answer.word(), "isv.missing-method");
    let mut request = Request { method: "POST".to_owned(), path: "/gateway.do".to_owned(), ..Request::default() };
    request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    request.body = written(&signed).into_bytes();
    assert_eq!(shop.read(&shop.sandbox.handle(&request).wait()).word(), "isv.missing-method");
}

#[test]
fn certificate_mode_requires_both_serial_numbers() {
    let mut shop = Shop::new();
    let held = shop.sandbox.config.alipay[0].certificates.clone().unwrap();
    let (app, root) = (rsa2::serial(&held.app).unwrap(), rsa2::root_serial(&held.roots).unwrap());
    let asked = json!({ "out_trade_no": "A1" });
    shop.certificates = Some((app.clone(), root.clone()));
    let answer = shop.call("alipay.trade.query", &asked);
    assert_eq!((answer.word(), answer.is_signed), ("ACQ.TRADE_NOT_EXIST", true));
    let serial = rsa2::serial(&held.alipay).unwrap();
    assert!(answer.raw.contains(&format!("}},\"alipay_cert_sn\":\"{serial}\",\"sign\":\"")), "{}", answer.raw);
    for (certificates, word) in [
        ((String::new(), root.clone()), "isv.missing-app-cert-sn"),
        ((app.clone(), String::new()), "isv.missing-alipay-root-cert-sn"),
        ((root.clone(), root.clone()), "isv.app-cert-not-exist"),
        ((app.clone(), app.clone()), "isv.invalid-alipay-root-cert-sn"),
    ] {
        shop.certificates = Some(certificates);
        let answer = shop.call("alipay.trade.query", &asked);
        assert_eq!((answer.code(), answer.word()), ("40002", word));
    }
    shop.certificates = None;
    assert!(!shop.call("alipay.trade.query", &asked).raw.contains("alipay_cert_sn"));
    shop.certificates = Some((app, root));
    shop.sandbox.config.alipay[0].certificates = None;
    assert_eq!(shop.call("alipay.trade.query", &asked).word(), "isv.app-cert-not-exist");
}

#[test]
fn content_with_other_json_spelling_is_accepted() {
    let shop = Shop::new();
    let content = "{ \"subject\":\"\\u4f1a\\u5458\", \"out_trade_no\" : \"A1\",\"total_amount\":88.88}";
    let base = set(&shop.unsigned("alipay.trade.precreate", &json!({})), "biz_content", content);
    let answer = shop.read(&shop.post(&[], &shop.seal(base)));
    assert_eq!(answer.code(), "10000", "{}", answer.raw);
    let trade = shop.trade("A1");
    assert_eq!((trade.amount, trade.subject.as_str()), (8888, "会员"));
}

#[test]
fn malformed_requests_are_answered() {
    let shop = Shop::new();
    for junk in [&b"&&==&%&%zz=%ff&\xff\xfe=\x00"[..], b"method", b"=", b"method=alipay.trade.query&app_id=%00"] {
        let query = String::from_utf8_lossy(junk).into_owned();
        assert!(!shop.read(&shop.send("POST", &query, Vec::new())).word().is_empty());
        assert!(!shop.read(&shop.send("POST", "", junk.to_vec())).word().is_empty());
    }
    let numbers = json!([null, true, 1, -1, 1.5, "", "a/b", "é", "\u{0}", "x".repeat(70), [], {}, "tester/../x"]);
    for value in numbers.as_array().unwrap() {
        for method in ["query", "close", "refund", "fastpay.refund.query", "precreate"] {
            for name in ["out_trade_no", "trade_no", "out_request_no", "refund_amount", "query_options", "subject"] {
                let mut content = order("A1", "1.00");
                content["refund_amount"] = json!("1.00");
                content["out_request_no"] = json!("R1");
                content[name] = value.clone();
                let answer = shop.call(&format!("alipay.trade.{method}"), &content);
                assert!(matches!(answer.code(), "10000" | "40004"), "{}", answer.raw);
                assert!(answer.is_signed);
            }
        }
    }
}

#[test]
fn failing_gateway_changes_nothing_and_does_not_sign() {
    let shop = Shop::new();
    shop.precreate("A1", "1.00");
    shop.act("A1", "fail");
    shop.act("A1", "faults/answer_500");
    let answer = shop.close("A1");
    assert_eq!((answer.code(), answer.word(), answer.is_signed), ("20000", "aop.unknow-error", false));
    assert_eq!(answer.name, "alipay_trade_close_response");
    assert_eq!(shop.query("A1").field("trade_status"), "WAIT_BUYER_PAY");
    shop.act("A1", "faults/time_out");
    assert_eq!((shop.close("A1").code(), shop.sandbox.ports.slept.get()), ("10000", 12));
    assert_eq!(shop.query("A1").field("trade_status"), "TRADE_CLOSED");
    shop.sandbox.arm_for_all(Provider::Alipay, crate::fault::Fault::Answer500).wait().unwrap();
    assert_eq!(shop.precreate("A2", "1.00").code(), "20000");
    assert_eq!(shop.precreate("A2", "1.00").code(), "10000");
    shop.sandbox.ports.is_down.set(true);
    let answer = shop.query("A1");
    assert_eq!((answer.code(), answer.is_signed), ("20000", false));
}
