//! Forged or damaged notifications and answers: each is rejected for its own reason.

use super::*;

fn refused(body: &[u8]) -> Distrust {
    let raw = Raw { body };
    match raw.verify(merchant()) {
        Ok(verified) => verified.content(merchant()).unwrap_err(),
        Err(why) => why,
    }
}

fn good() -> String {
    String::from_utf8(form(&paid_notice(), alipay(), Empty::Signed)).unwrap()
}

/// The form with the value of one parameter written anew, as it is on the wire.
fn with(key: &str, value: impl Fn(&str) -> String) -> Vec<u8> {
    let change = |pair: &str| match pair.split_once('=') {
        Some((other, old)) if other == key => format!("{key}={}", value(old)),
        _ => pair.to_owned(),
    };
    good().split('&').map(change).collect::<Vec<_>>().join("&").into_bytes()
}

#[test]
fn each_spoilt_notification_is_rejected_for_its_own_reason() {
    let signed = |changes: &[(&'static str, Option<&'static str>)]| form(&changed(changes), alipay(), Empty::Signed);
    let sign = Malformed("sign");
    let table: Vec<(&str, Vec<u8>, Distrust)> = vec![
        ("nothing", vec![], Missing("sign_type")),
        ("no form", b"{\"sign\":\"x\"}".to_vec(), Missing("sign_type")),
        ("too large", vec![b'a'; MOST_BODY_BYTES + 1], Distrust::TooLarge),
        (
            "many parameters",
            (0..200).map(|n| format!("a{n}=1")).collect::<Vec<_>>().join("&").into(),
            Distrust::TooLarge,
        ),
        ("a parameter twice", format!("{}&trade_status=TRADE_SUCCESS", good()).into_bytes(), Twice("a parameter")),
        ("a signature twice", format!("{}&sign=AAAA", good()).into_bytes(), Twice("a parameter")),
        ("a key in disguise twice", format!("{}&%73ign=AAAA", good()).into_bytes(), Twice("a parameter")),
        ("a parameter more", format!("{}&extra=1", good()).into_bytes(), BadSignature),
        ("an empty parameter without a name", format!("{}&=x", good()).into_bytes(), BadSignature),
        ("a broken escape", format!("{}&x=%4", good()).into_bytes(), Malformed("the form")),
        ("an escape that is none", format!("{}&x=%zz", good()).into_bytes(), Malformed("the form")),
        ("a signed escape", format!("{}&x=%+1", good()).into_bytes(), Malformed("the form")),
        ("a mark of byte order", [b"\xef\xbb\xbf", good().as_bytes()].concat(), BadSignature),
        ("cut in the middle", good().split("&subject=").next().unwrap().into(), Missing("sign")),
        ("cut in the signature", good().trim_end_matches("%3D").as_bytes().to_vec(), sign),
        (
            "no signature",
            good().split('&').filter(|pair| !pair.starts_with("sign=")).collect::<Vec<_>>().join("&").into_bytes(),
            Missing("sign"),
        ),
        ("an empty signature", with("sign", |_| String::new()), BadSignature),
        ("a signature that is no base64", with("sign", |_| "%3F%3F".to_owned()), sign),
        ("a signature with a line break", with("sign", |old| format!("{old}%0A")), sign),
        ("a signature in URL-safe letters", with("sign", |_| "-_-_".repeat(85) + "-_-_"), sign),
        ("a huge signature", with("sign", |_| "A".repeat(4096)), sign),
        ("a short signature", with("sign", |_| "AAAA".to_owned()), BadSignature),
        ("signed by a stranger", form(&paid_notice(), stranger(), Empty::Signed), BadSignature),
        ("signed by our own key", form(&paid_notice(), app(), Empty::Signed), BadSignature),
        ("another algorithm", signed(&[("sign_type", Some("RSA"))]), Malformed("sign_type")),
        ("an algorithm in lower case", signed(&[("sign_type", Some("rsa2"))]), Malformed("sign_type")),
        ("no algorithm", signed(&[("sign_type", None)]), Missing("sign_type")),
        ("decoded twice", with("subject", |_| "100+%25E7%2582%25B9%25E6%2595%25B0+%252B+1%2525".into()), BadSignature),
        ("trimmed", with("subject", |old| format!("{old}+")), BadSignature),
        ("another app", signed(&[("app_id", Some("2021000122671081"))]), OtherMerchant("app_id")),
        ("no app", signed(&[("app_id", None)]), Missing("app_id")),
        ("an app with a zero more", signed(&[("app_id", Some("02021000122671080"))]), OtherMerchant("app_id")),
        ("another seller", signed(&[("seller_id", Some("2088102146225136"))]), OtherMerchant("seller_id")),
        ("no seller", signed(&[("seller_id", None)]), Missing("seller_id")),
        ("no kind", signed(&[("notify_type", None)]), Missing("notify_type")),
        ("no number", signed(&[("out_trade_no", None)]), Missing("out_trade_no")),
        ("no trade number", signed(&[("trade_no", None)]), Missing("trade_no")),
        ("no trade number at all", signed(&[("trade_no", Some(" "))]), Malformed("trade_no")),
        ("no state", signed(&[("trade_status", Some(""))]), Missing("trade_status")),
        ("no amount", signed(&[("total_amount", None)]), Missing("total_amount")),
        ("an amount below zero", signed(&[("total_amount", Some("-9.90"))]), Malformed("total_amount")),
        ("an amount of three places", signed(&[("total_amount", Some("9.900"))]), Malformed("total_amount")),
        ("endless amount", signed(&[("total_amount", Some("99999999999999999999999999"))]), Malformed("total_amount")),
        ("a refund of letters", signed(&[("refund_fee", Some("all"))]), Malformed("refund_fee")),
        ("an absurd time", signed(&[("gmt_payment", Some("9223372036854775807"))]), Malformed("gmt_payment")),
        ("a time before ours", signed(&[("gmt_payment", Some("0001-01-01 00:00:00"))]), Malformed("gmt_payment")),
        ("no time at all", signed(&[("gmt_payment", None), ("notify_time", None)]), Missing("notify_time")),
    ];
    for (what, body, why) in table {
        assert_eq!(refused(&body), why, "{what}");
    }
}

/// `a=1&b=2` is signed as one parameter and as two.
#[test]
fn ambiguous_parameters_are_rejected() {
    for (what, from, to) in [
        ("one that is read in the value of one that is read", "&gmt_payment=", "%26gmt_payment="),
        ("one that is read in the value of one that is not", "&buyer_id=", "%26buyer_id="),
        ("one that is not read in the value of one that is", "&buyer_logon_id=", "%26buyer_logon_id="),
        (
            "one in the key of another",
            "gmt_create=2026%2D11%2D21+10%3A05%3A00&",
            "gmt_create%3D2026%2D11%2D21+10%3A05%3A00%26",
        ),
    ] {
        let body = good();
        let torn = body.replace(from, to);
        assert_ne!(torn, body, "{what}");
        assert_eq!(refused(torn.as_bytes()), Malformed("a parameter"), "{what}");
    }
    // A text that is meant for other systems may look like parameters.
    let others = changed(&[("passback_params", Some("a=1&b=2&total=3"))]);
    assert!(Raw { body: &form(&others, alipay(), Empty::Signed) }.verify(merchant()).is_ok());
}

#[test]
fn changing_any_bit_is_rejected() {
    let good = good();
    let known = [
        BadSignature,
        Malformed("sign"),
        Malformed("sign_type"),
        Malformed("the form"),
        Malformed("a parameter"),
        Missing("sign"),
        Missing("sign_type"),
        Twice("a parameter"),
    ];
    for n in 0..good.len() {
        let mut body = good.clone().into_bytes();
        body[n] ^= 1;
        let why = Raw { body: &body }.verify(merchant()).map(|_| ()).unwrap_err();
        assert!(known.contains(&why), "{why:?} at {n}");
    }
}

#[test]
fn app_id_hint_is_a_number_or_none() {
    for (body, hint) in [
        ("app_id=2021000122671080", Some(APP_ID)),
        ("x=1&app_id=2021000122671080&sign=", Some(APP_ID)),
        ("app_id=", None),
        ("", None),
        ("app_id=..%2F..%2Fetc", None),
        ("app_id=1&app_id=2", None),
        ("app_id=111111111111111111111111111111111", None),
        ("app_id=%EF%BC%91", None),
    ] {
        assert_eq!(Raw { body: body.as_bytes() }.app_id().as_deref(), hint, "{body}");
    }
}

#[test]
fn malformed_answer_is_rejected() {
    let key = "alipay_trade_query_response";
    let shape = Malformed("the answer's shape");
    let deep = format!(r#"{{"{key}":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    let endless = format!(r#"{{"{key}":{}"#, "{\"a\":".repeat(300_000));
    for (body, why) in [
        ("", shape),
        ("null", shape),
        ("[]", shape),
        ("{}", shape),
        ("{", shape),
        (r#"{"a"}"#, shape),
        (r#"{"a":}"#, shape),
        (r#"{"a":1"#, shape),
        (r#"{"a":1,}"#, shape),
        (r#"{"a":"\"}"#, shape),
        (r#"{"a":1} x"#, shape),
        (r#"{"a":1}{"b":1}"#, shape),
        ("\u{feff}{\"a\":1}", shape),
        (r#"{"a":1}"#, Missing("the response")),
        (r#"{"alipay_trade_close_response":{"code":"10000"},"sign":"AAAA"}"#, Missing("the response")),
        (r#"{"alipay_trade_query_response":{},"alipay_trade_query_response":{}}"#, Twice("the response")),
        (r#"{"alipay_trade_query_response":{},"error_response":{}}"#, Twice("the response")),
        (r#"{"alipay_trade_query_response":{},"sign":"a","sign":"b"}"#, Twice("sign")),
        (r#"{"alipay_trade_query_response":{},"alipay_cert_sn":"a","alipay_cert_sn":"b"}"#, Twice("alipay_cert_sn")),
        (r#"{"alipay_trade_query_response":{},"s\u0069gn":"b"}"#, shape),
        (&deep, shape),
        (&endless, shape),
    ] {
        let shown: String = body.chars().take(80).collect();
        let limited = if body.len() > MOST_BODY_BYTES { Distrust::TooLarge } else { why };
        assert_eq!(envelope(body.as_bytes(), key), Err(limited), "{shown}");
    }
    assert_eq!(envelope(&vec![b' '; MOST_BODY_BYTES + 1], key), Err(Distrust::TooLarge));
}

#[test]
fn answer_with_a_wrong_signature_is_rejected() {
    let subject = r#"{"code":"10000","x":"a/b"}"#;
    let sign_by = |pair: &Pair, text: &str| pair.sign(text.as_bytes());
    let good = sign_by(alipay(), subject);
    let check = |subject: &str, sign: &str| {
        let response = enveloped("x", subject, sign);
        sign::verify(merchant(), envelope(&response.body, "x_response").unwrap()).map(|_| ())
    };
    let quoted = |sign: &str| format!(r#","sign":"{sign}""#);
    assert_eq!(check(subject, &quoted(&good)), Ok(()));
    for (subject, rest, why) in [
        (subject, String::new(), Missing("sign")),
        (subject, quoted(""), BadSignature),
        (subject, r#","sign":null"#.to_owned(), Malformed("sign")),
        (subject, r#","sign":["a"]"#.to_owned(), Malformed("sign")),
        (subject, quoted("AAAA"), BadSignature),
        (subject, quoted(good.trim_end_matches('=')), Malformed("sign")),
        (subject, quoted(&"A".repeat(4096)), Malformed("sign")),
        (subject, quoted(&sign_by(stranger(), subject)), BadSignature),
        (subject, quoted(&sign_by(app(), subject)), BadSignature),
        (r#"{"code":"10000","x":"a/b" }"#, quoted(&good), BadSignature),
        (r#"{"code":"10000","x":"a//b"}"#, quoted(&good), BadSignature),
        (r#"{"code":"10000","x":"a\\/b"}"#, quoted(&good), BadSignature),
    ] {
        assert_eq!(check(subject, &rest), Err(why), "{subject} {rest}");
    }
}

#[test]
fn escaping_slashes_does_not_change_the_verified_text() {
    let is_believed = |subject: &str, signed: &str| {
        let sign = alipay().sign(signed.as_bytes());
        let response = enveloped("x", subject, &format!(r#","sign":"{sign}""#));
        sign::verify(merchant(), envelope(&response.body, "x_response").unwrap()).is_ok()
    };
    // A slash; and a backslash before a slash, which is another text.
    let (slash, backslash) = ([r#"{"x":"/"}"#, r#"{"x":"\/"}"#], [r#"{"x":"\\/"}"#, r#"{"x":"\\\/"}"#]);
    for (ours, other) in [(slash, backslash), (backslash, slash)] {
        for subject in ours {
            assert!(ours.iter().all(|signed| is_believed(subject, signed)), "{subject}");
            assert!(!other.iter().any(|signed| is_believed(subject, signed)), "{subject}");
        }
    }
}
