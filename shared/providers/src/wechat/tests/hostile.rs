//! Callbacks that are forged, damaged or for another account: each is rejected for its own reason.

use super::*;

const TIMESTAMP: &str = "Wechatpay-Timestamp";
const NONCE: &str = "Wechatpay-Nonce";
const SERIAL: &str = "Wechatpay-Serial";
const SIGNATURE: &str = "Wechatpay-Signature";
const SIGNATURE_TYPE: &str = "Wechatpay-Signature-Type";

/// A callback that can be spoilt.
#[derive(Clone)]
struct Callback {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Callback {
    fn signed(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self { headers: Stamp::default().pairs(&body), body }
    }

    fn genuine() -> Self {
        Self::signed(trade_notice(&trade("SUCCESS")))
    }

    fn value(&mut self, name: &str) -> &mut String {
        self.headers.iter_mut().find(|(other, _)| other == name).map(|(_, value)| value).unwrap()
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        *self.value(name) = value.into();
        self
    }

    fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    fn read_callback_by(&self, merchant: &Merchant) -> Result<CallbackContent, Distrust> {
        let headers = Headers::new(self.headers.clone());
        Raw { headers: &headers, body: &self.body }
            .verify(merchant, now())
            .and_then(|verified| verified.content(merchant))
    }

    fn read_callback(&self) -> Result<CallbackContent, Distrust> {
        self.read_callback_by(&merchant())
    }
}

fn now_with(change: impl FnOnce(&str) -> String) -> Callback {
    let at = now().unix().to_string();
    Callback::genuine().with(TIMESTAMP, change(&at))
}

/// Signed by WeChat Pay's own key at another moment.
fn signed_at(at: i64) -> Callback {
    let body = Callback::genuine().body;
    Callback { headers: Stamp { at: Time::from_unix(at).unwrap(), ..Stamp::default() }.pairs(&body), body }
}

#[test]
fn each_spoilt_header_is_rejected_for_its_own_reason() {
    let genuine = Callback::genuine;
    let bytes = |callback: &Callback| base64::decode(callback.headers[3].1.as_bytes()).unwrap();
    let url_safe = genuine().headers[3].1.replace('+', "-").replace('/', "_");
    let rows = [
        // Missing, twice.
        ("no timestamp", genuine().without(TIMESTAMP), Missing(TIMESTAMP)),
        ("no nonce", genuine().without(NONCE), Missing(NONCE)),
        ("no serial", genuine().without(SERIAL), Missing(SERIAL)),
        ("no signature", genuine().without(SIGNATURE), Missing(SIGNATURE)),
        ("two timestamps", genuine().and("wechatpay-timestamp", "1"), Twice(TIMESTAMP)),
        ("two nonces", genuine().and("WECHATPAY-NONCE", "1"), Twice(NONCE)),
        ("two serials", genuine().and(SERIAL, PUBLIC_KEY_ID), Twice(SERIAL)),
        ("two signatures", genuine().and(SIGNATURE, "AAAA"), Twice(SIGNATURE)),
        ("two types", genuine().and(SIGNATURE_TYPE, "a").and(SIGNATURE_TYPE, "b"), Twice(SIGNATURE_TYPE)),
        // Times.
        ("five minutes ago", signed_at(now().unix() - 300), Stale),
        ("in five minutes", signed_at(now().unix() + 300), Stale),
        ("1970", signed_at(0), Stale),
        ("the most an i64 holds", now_with(|_| i64::MAX.to_string()), Stale),
        ("the most a u64 holds", now_with(|_| u64::MAX.to_string()), Stale),
        ("more than a u64 holds", now_with(|_| "18446744073709551616".to_owned()), Malformed(TIMESTAMP)),
        ("the least an i64 holds", now_with(|_| i64::MIN.to_string()), Malformed(TIMESTAMP)),
        ("minus", now_with(|at| format!("-{at}")), Malformed(TIMESTAMP)),
        ("plus", now_with(|at| format!("+{at}")), Malformed(TIMESTAMP)),
        ("leading zero", now_with(|at| format!("0{at}")), Malformed(TIMESTAMP)),
        ("leading space", now_with(|at| format!(" {at}")), Malformed(TIMESTAMP)),
        ("a line break", now_with(|at| format!("{at}\n")), Malformed(TIMESTAMP)),
        ("a fraction", now_with(|at| format!("{at}.0")), Malformed(TIMESTAMP)),
        ("hexadecimal", now_with(|_| "0x6b010000".to_owned()), Malformed(TIMESTAMP)),
        ("other digits", now_with(|_| "１７９５２２６４００".to_owned()), Malformed(TIMESTAMP)),
        ("no digits", now_with(|_| String::new()), Malformed(TIMESTAMP)),
        ("a second later", now_with(|_| (now().unix() + 1).to_string()), BadSignature),
        // The nonce.
        ("another nonce", genuine().with(NONCE, "e824f2e086d3c1df967785d13fcd22ef"), BadSignature),
        ("an empty nonce", genuine().with(NONCE, ""), Malformed(NONCE)),
        ("a long nonce", genuine().with(NONCE, "0".repeat(129)), Malformed(NONCE)),
        // Whose key.
        ("an unknown key", genuine().with(SERIAL, "PUB_KEY_ID_0"), UnknownKey),
        ("the name in another case", genuine().with(SERIAL, PUBLIC_KEY_ID.to_lowercase()), UnknownKey),
        ("the name and more", genuine().with(SERIAL, format!("{PUBLIC_KEY_ID}0")), UnknownKey),
        ("no name", genuine().with(SERIAL, ""), Malformed(SERIAL)),
        ("a long name", genuine().with(SERIAL, "A".repeat(129)), Malformed(SERIAL)),
        // The signature.
        ("no signature in it", genuine().with(SIGNATURE, ""), BadSignature),
        ("a cut signature", genuine().with(SIGNATURE, &genuine().headers[3].1[..343]), Malformed(SIGNATURE)),
        ("a byte less", genuine().with(SIGNATURE, base64::encode(&bytes(&genuine())[1..])), BadSignature),
        ("byte more", genuine().with(SIGNATURE, base64::encode(&[bytes(&genuine()), vec![0]].concat())), BadSignature),
        ("URL-safe base64", genuine().with(SIGNATURE, url_safe), Malformed(SIGNATURE)),
        ("no padding", genuine().with(SIGNATURE, genuine().headers[3].1.trim_end_matches('=')), Malformed(SIGNATURE)),
        ("no base64", genuine().with(SIGNATURE, "签名"), Malformed(SIGNATURE)),
        ("a huge signature", genuine().with(SIGNATURE, "A".repeat(1 << 20)), Malformed(SIGNATURE)),
        ("a probe", genuine().with(SIGNATURE, "WECHATPAY/SIGNTEST/!!not base64!!"), Distrust::Probe),
        (
            "a probe of an unknown key",
            genuine().with(SIGNATURE, "WECHATPAY/SIGNTEST/AAAA").with(SERIAL, "5157F09EFDC096DE"),
            Distrust::Probe,
        ),
        ("another way of signing", genuine().and(SIGNATURE_TYPE, "WECHATPAY2-SM2-WITH-SM3"), Malformed(SIGNATURE_TYPE)),
        ("no way of signing", genuine().and(SIGNATURE_TYPE, ""), Malformed(SIGNATURE_TYPE)),
        ("no algorithm", genuine().and(SIGNATURE_TYPE, "none"), Malformed(SIGNATURE_TYPE)),
    ];
    for (what, callback, why) in rows {
        assert_eq!(callback.read_callback(), Err(why), "{what}");
    }
}

#[test]
fn genuine_callback_is_accepted_in_any_header_case_and_order() {
    let expected = Callback::genuine().read_callback();
    assert!(expected.is_ok());
    let mut upper = Callback::genuine();
    let mut lower = Callback::genuine();
    upper.headers.iter_mut().for_each(|(name, _)| *name = name.to_uppercase());
    lower.headers.iter_mut().for_each(|(name, _)| *name = name.to_lowercase());
    lower.headers.reverse();
    let typed = Callback::genuine().and(SIGNATURE_TYPE, "WECHATPAY2-SHA256-RSA2048");
    let more = Callback::genuine().and("Content-Type", "application/json").and("Request-ID", "x");
    for callback in [upper, lower, typed, more, signed_at(now().unix() - 299), signed_at(now().unix() + 299)] {
        assert_eq!(callback.read_callback(), expected);
        assert_eq!(callback.read_callback(), expected, "the same twice");
    }
}

#[test]
fn changing_any_signed_bit_is_rejected() {
    let merchant = merchant();
    let genuine = Callback::genuine();
    for place in 0..genuine.body.len() {
        let mut callback = genuine.clone();
        callback.body[place] ^= 1 << (place % 8);
        assert_eq!(callback.read_callback_by(&merchant), Err(BadSignature), "body {place}");
    }
    let flipped = |name: &str, place: usize| {
        let mut callback = genuine.clone();
        let value = callback.value(name);
        let bytes: Vec<u8> =
            value.bytes().enumerate().map(|(n, byte)| if n == place { byte ^ 1 } else { byte }).collect();
        *value = String::from_utf8(bytes).unwrap();
        callback.read_callback_by(&merchant).unwrap_err()
    };
    for place in 0..super::THEIR_NONCE.len() {
        assert_eq!(flipped(NONCE, place), BadSignature, "nonce {place}");
    }
    for place in 0..PUBLIC_KEY_ID.len() {
        assert_eq!(flipped(SERIAL, place), UnknownKey, "serial {place}");
    }
    for place in 0..10 {
        // 1795226400: a zero in front is none of ours, and only the last three digits stay within five minutes.
        let why = match place {
            0 => Malformed(TIMESTAMP),
            1..=6 => Stale,
            _ => BadSignature,
        };
        assert_eq!(flipped(TIMESTAMP, place), why, "timestamp {place}");
    }
    for place in 0..344 {
        let why = flipped(SIGNATURE, place);
        assert!(matches!(why, BadSignature | Malformed(SIGNATURE)), "signature {place}: {why:?}");
    }
}

/// One signature must not stand for two readings: a line break in the nonce would move a line of the body into it.
#[test]
fn nonce_with_a_line_break_is_rejected() {
    let genuine = Callback::signed("first\nsecond");
    let moved = Callback { headers: genuine.headers.clone(), body: b"second".to_vec() };
    let nonce = format!("{}\nfirst", super::THEIR_NONCE);
    assert_eq!(moved.with(NONCE, nonce).read_callback(), Err(Malformed(NONCE)));
}

#[test]
fn size_limit_is_checked_before_the_headers() {
    let too_large = Callback { headers: Vec::new(), body: vec![b' '; MOST_BODY_BYTES + 1] };
    assert_eq!(too_large.read_callback(), Err(Distrust::TooLarge));
    let large = Callback { headers: Vec::new(), body: vec![b' '; MOST_BODY_BYTES] };
    assert_eq!(large.read_callback(), Err(Missing(TIMESTAMP)));
}

/// Notices of interface v2 have no headers of v3.
#[test]
fn xml_notification_of_interface_v2_is_rejected() {
    let xml = "<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>";
    let v2 = Callback { headers: Vec::new(), body: xml.into() };
    assert_eq!(v2.read_callback(), Err(Missing(TIMESTAMP)));
    assert_eq!(Callback::signed(xml).read_callback(), Err(Malformed("body")));
}

#[test]
fn signed_but_malformed_body_is_rejected() {
    let genuine = || trade_notice(&trade("SUCCESS"));
    let change = |from: &str, to: &str| {
        let changed = genuine().replacen(from, to, 1);
        assert_ne!(changed, genuine(), "{from}");
        changed.into_bytes()
    };
    let text = genuine();
    let ciphertext = text.split_once("\"ciphertext\":\"").unwrap().1.split('"').next().unwrap();
    let short = format!("{}\"", &ciphertext[..ciphertext.len() - 1]);
    let whole = format!("{ciphertext}\"");
    let rows: Vec<(&str, Vec<u8>, Distrust)> = vec![
        ("nothing", Vec::new(), Malformed("body")),
        ("a list", b"[]".to_vec(), Malformed("body")),
        ("a BOM", [b"\xef\xbb\xbf".to_vec(), genuine().into_bytes()].concat(), Malformed("body")),
        ("GBK", b"{\"event_type\":\"\xd6\xa7\xb8\xb6\"}".to_vec(), Malformed("body")),
        ("UTF-16", "{}".encode_utf16().flat_map(u16::to_le_bytes).collect(), Malformed("body")),
        ("two documents", [genuine(), genuine()].concat().into_bytes(), Malformed("body")),
        ("deep", "[".repeat(100_000).into_bytes(), Malformed("body")),
        ("an event twice", change("{\"id\"", "{\"event_type\":\"X\",\"id\""), Malformed("body")),
        ("a resource twice", change("{\"id\"", "{\"resource\":null,\"id\""), Malformed("body")),
        ("a nonce twice", change("\"nonce\"", "\"nonce\":\"000000000000\",\"nonce\""), Malformed("body")),
        ("no event", change("\"event_type\"", "\"x\""), Malformed("body")),
        ("no resource", change("\"resource\"", "\"x\""), Malformed("resource")),
        ("no kind", change("\"original_type\"", "\"x\""), Malformed("resource.original_type")),
        (
            "another kind",
            change("\"original_type\":\"transaction\"", "\"original_type\":\"refund\""),
            Malformed("resource.original_type"),
        ),
        ("another algorithm", change("AEAD_AES_256_GCM", "AES_256_CBC"), Malformed("resource.algorithm")),
        ("an empty nonce", change(SEAL_NONCE, ""), Malformed("resource.nonce")),
        ("a short nonce", change(SEAL_NONCE, "fdasflkja48"), Malformed("resource.nonce")),
        ("a long nonce", change(SEAL_NONCE, "fdasflkja4841"), Malformed("resource.nonce")),
        ("another nonce", change(SEAL_NONCE, "fdasflkja485"), Sealed),
        ("other data", change("associated_data\":\"transaction", "associated_data\":\"Transaction"), Sealed),
        ("no ciphertext", change(&whole, "\""), Sealed),
        ("less than a tag", change(&whole, "AAAA\""), Sealed),
        ("cut base64", change(&whole, &short), Malformed("resource.ciphertext")),
        ("URL-safe base64", change(&whole, "-_-_\""), Malformed("resource.ciphertext")),
    ];
    for (what, body, why) in rows {
        assert_eq!(Callback::signed(body).read_callback(), Err(why), "{what}");
    }
}

#[test]
fn resource_encrypted_for_another_merchant_is_rejected() {
    let plain = trade("SUCCESS");
    let theirs = sealed(&"x".repeat(32), "transaction", &plain);
    let body = trade_notice(&plain).replace(&sealed(APIV3_KEY, "transaction", &plain), &theirs);
    assert_eq!(Callback::signed(body).read_callback(), Err(Sealed));
}

#[test]
fn malformed_or_foreign_plaintext_is_rejected() {
    let transaction = |from: &str, to: &str| ("TRANSACTION.SUCCESS", "transaction", trade("SUCCESS").replace(from, to));
    let refund = |from: &str, to: &str| ("REFUND.SUCCESS", "refund", refund_notice("SUCCESS").replace(from, to));
    for ((event, kind, plain), why) in [
        (("TRANSACTION.SUCCESS", "transaction", "<xml/>".to_owned()), Malformed("transaction")),
        (("REFUND.CLOSED", "refund", "[]".to_owned()), Malformed("refund")),
        (transaction("1900007291", "1900007292"), OtherMerchant("mchid")),
        (transaction("wxd678efh567hg6787", "wxd678efh567hg6788"), OtherMerchant("appid")),
        (transaction("\"appid\":", "\"x\":"), Malformed("appid")),
        (transaction("\"mchid\":", "\"x\":"), Malformed("mchid")),
        (transaction("\"out_trade_no\":", "\"x\":"), Malformed("out_trade_no")),
        (transaction("\"out_trade_no\":", "\"out_trade_no\":\"a\",\"out_trade_no\":"), Malformed("transaction")),
        (transaction("\"transaction_id\":", "\"x\":"), Malformed("transaction_id")),
        (transaction("\"amount\":", "\"x\":"), Malformed("amount")),
        (transaction("\"total\":990", "\"total\":9.9"), Malformed("transaction")),
        (transaction("\"total\":990", "\"total\":990,\"total\":1"), Malformed("transaction")),
        (transaction("\"total\":990", "\"total\":10000000000001"), Malformed("amount.total")),
        (refund("1900007291", "1900007292"), OtherMerchant("mchid")),
        (refund("\"mchid\":", "\"x\":"), Malformed("mchid")),
        (refund("\"out_trade_no\":", "\"x\":"), Malformed("out_trade_no")),
        (refund("\"out_refund_no\":", "\"x\":"), Malformed("out_refund_no")),
        (refund("\"transaction_id\":", "\"x\":"), Malformed("transaction_id")),
        (refund("\"amount\":", "\"x\":"), Malformed("amount")),
        (refund("\"refund\":300,", ""), Malformed("amount.refund")),
        (refund("\"refund\":300", "\"refund\":-300"), Malformed("refund")),
    ] {
        let heard = Callback::signed(notification(event, kind, &plain)).read_callback();
        assert_eq!(heard, Err(why), "{plain}");
    }
    // A refund that was made elsewhere needs the provider's number.
    let plain = refund_notice("SUCCESS").replace("TESTTESTR1", "TESTTEST-1").replace("\"refund_id\":", "\"x\":");
    let heard = Callback::signed(notification("REFUND.SUCCESS", "refund", &plain)).read_callback();
    assert_eq!(heard, Err(Malformed("refund_id")));
}

#[test]
fn callback_of_another_account_is_rejected() {
    let theirs = Settings { platform_public_key: Some(stranger().public_pem()), ..settings() };
    assert_eq!(Callback::genuine().read_callback_by(&merchant_of(&theirs)), Err(BadSignature));

    let other_name = Settings { platform_public_key_id: Some("PUB_KEY_ID_1".to_owned()), ..settings() };
    assert_eq!(Callback::genuine().read_callback_by(&merchant_of(&other_name)), Err(UnknownKey));

    // Other merchants have the same platform key.
    let other = Settings { mchid: "1900009999".to_owned(), ..settings() };
    assert_eq!(Callback::genuine().read_callback_by(&merchant_of(&other)), Err(OtherMerchant("mchid")));
    let other = Settings { appid: "wx0000000000000000".to_owned(), ..settings() };
    assert_eq!(Callback::genuine().read_callback_by(&merchant_of(&other)), Err(OtherMerchant("appid")));
    let other = Settings { apiv3_key: "y".repeat(32), ..settings() };
    assert_eq!(Callback::genuine().read_callback_by(&merchant_of(&other)), Err(Sealed));
    let again = Merchant::parse(AccountId::parse("second").unwrap(), &settings(), live()).unwrap();
    assert!(Callback::genuine().read_callback_by(&again).is_ok());
}

#[test]
fn signature_of_another_key_under_the_same_name_is_rejected() {
    let body = Callback::genuine().body;
    let headers = Stamp { key: stranger(), ..Stamp::default() }.pairs(&body);
    assert_eq!(Callback { headers, body }.read_callback(), Err(BadSignature));
    let mut swapped = Callback::genuine();
    *swapped.value(SIGNATURE) = platform().sign(&swapped.body);
    assert_eq!(swapped.read_callback(), Err(BadSignature), "the body alone is not what is signed");
}
