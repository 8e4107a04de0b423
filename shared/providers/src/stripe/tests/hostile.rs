//! Forged or damaged webhooks: each is rejected for its own reason.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign as mac};
use proptest::prelude::*;

use super::*;

const HEADER: &str = "Stripe-Signature";

fn verify(merchant: &Merchant, headers: &Headers, body: &[u8]) -> Result<(), Distrust> {
    Raw { headers, body }.verify(merchant, now()).map(|_| ())
}

fn of(header: &str, body: &[u8]) -> Result<(), Distrust> {
    verify(&merchant(), &Headers::new([(HEADER, header)]), body)
}

/// stripe/stripe-node, `test/crypto/helpers.ts`: the three cases of its `CryptoProviderTestSuite`, key `test_secret`.
#[test]
fn digest_equals_that_of_stripe_node() {
    for (name, payload, expected) in [
        ("empty payload", "", "f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd"),
        (
            "sample payload",
            r#"{"obj1":"hello","obj2":"world"}"#,
            "bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363",
        ),
        ("payload with utf-8", "\u{1f600}", "837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43"),
    ] {
        let tag = mac(&Key::new(HMAC_SHA256, b"test_secret"), payload.as_bytes());
        assert_eq!(hex::lower(tag.as_ref()), expected, "{name}");
    }
}

/// The event of Stripe's own webhook tests (`evt_test_webhook`), signed with `whsec_test_secret` at 1492774577. The digest
/// was computed with OpenSSL.
#[test]
fn published_webhook_verifies_for_five_minutes() {
    let body = "{\n  \"id\": \"evt_test_webhook\",\n  \"object\": \"event\"\n}".as_bytes();
    let keys = [Key::new(HMAC_SHA256, b"another"), Key::new(HMAC_SHA256, b"whsec_test_secret")];
    let digest = "c2f890decbc5ede7c5060bb9a6d31e0626a4342bacb9aeae2adb1bcea72f9812";
    let header = format!("t=1492774577,v1={digest}");
    let at = |seconds: i64| Time::from_unix(1_492_774_577 + seconds).unwrap();
    for seconds in [-300, 0, 300] {
        assert_eq!(sign::verify(&keys, &header, body, at(seconds)).unwrap().body(), body);
    }
    for seconds in [-301, 301] {
        assert_eq!(sign::verify(&keys, &header, body, at(seconds)).err(), Some(Stale));
    }
    assert_eq!(sign::verify(&keys[..1], &header, body, at(0)).err(), Some(BadSignature));
    assert_eq!(sign::verify(&[], &header, body, at(0)).err(), Some(BadSignature));
}

#[test]
fn any_v1_signature_of_any_secret_verifies() {
    let (body, time) = (b"{}".as_slice(), NOW.to_string());
    let bad = "0".repeat(64);
    for secret in [SECRET, "whsec_second"] {
        let good = signature(secret, &time, body);
        for header in [
            format!("t={time},v1={good}"),
            format!("v1={good},t={time}"),
            format!("t={time},v1={bad},v1={good},v0={bad}"),
            format!("t={time},v1={good},v1={bad}"),
            format!("t={time},v1=zz,v1=,v1={good}"),
            format!("t={time},v1={},scheme,v2=x", good.to_uppercase()),
        ] {
            assert_eq!(of(&header, body), Ok(()), "{header}");
        }
        assert_eq!(of(&format!("t={time},v0={good},v1={bad}"), body), Err(BadSignature), "v0 does not count");
    }
    let sixteen = format!("t={time}{}", format!(",v1={}", signature(SECRET, &time, body)).repeat(16));
    assert_eq!(of(&sixteen, body), Ok(()));
    assert_eq!(of(&format!("{sixteen},v1={bad}"), body), Err(Malformed(HEADER)));
}

#[test]
fn malformed_signature_header_is_rejected() {
    let (body, time) = (b"{}".as_slice(), NOW.to_string());
    let good = signature(SECRET, &time, body);
    let cut = &good[..62];
    let t = "t in Stripe-Signature";
    for (header, why) in [
        (String::new(), Missing(t)),
        ("nonsense".to_owned(), Missing(t)),
        (format!("v1={good}"), Missing(t)),
        (format!("t={time}"), Missing("v1 in Stripe-Signature")),
        (format!("t={time},v0={good}"), Missing("v1 in Stripe-Signature")),
        (format!("t={time}, v1={good}"), Missing("v1 in Stripe-Signature")),
        (format!("t={time},t={time},v1={good}"), Twice(t)),
        (format!("t={time},v1={good},t=1"), Twice(t)),
        (format!("t={time},v1={cut}"), BadSignature),
        (format!("t={time},v1={good}00"), BadSignature),
        (format!("t={time},v1={good}é"), BadSignature),
        (format!("t={time},v1={good}{}", " ".repeat(4096)), Malformed(HEADER)),
    ] {
        assert_eq!(of(&header, body), Err(why), "{header:.100}");
    }
}

#[test]
fn malformed_or_distant_timestamp_is_rejected() {
    let body = b"{}".as_slice();
    let malformed = Malformed("t in Stripe-Signature");
    let (old, young) = ((NOW - 301).to_string(), (NOW + 301).to_string());
    for (time, why) in [
        ("", malformed),
        ("-1", malformed),
        ("+1795226400", malformed),
        ("01795226400", malformed),
        (" 1795226400", malformed),
        ("1795226400.0", malformed),
        ("1e9", malformed),
        ("١٧", malformed),
        ("now", malformed),
        ("9223372036854775807", malformed),
        ("-9223372036854775808", malformed),
        ("18446744073709551616", malformed),
        ("0", Stale),
        ("999999999999", Stale),
        (&old, Stale),
        (&young, Stale),
    ] {
        // Signed as it stands, so that nothing but the time is wrong with it.
        let header = format!("t={time},v1={}", signature(SECRET, time, body));
        assert_eq!(of(&header, body), Err(why), "{time}");
    }
    for time in [NOW - 300, NOW + 300] {
        let time = time.to_string();
        assert_eq!(of(&format!("t={time},v1={}", signature(SECRET, &time, body)), body), Ok(()));
    }
}

#[test]
fn signature_header_is_found_in_any_case_and_only_once() {
    let (merchant, body) = (merchant(), b"{}".as_slice());
    let value = signed(body).one(HEADER).unwrap().to_owned();
    for name in ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"] {
        assert_eq!(verify(&merchant, &Headers::new([(name, value.clone())]), body), Ok(()), "{name}");
    }
    assert_eq!(verify(&merchant, &Headers::default(), body), Err(Missing(HEADER)));
    let twice = Headers::new([("Stripe-Signature", value.clone()), ("stripe-signature", value)]);
    assert_eq!(verify(&merchant, &twice, body), Err(Twice(HEADER)));
}

#[test]
fn changing_any_bit_is_rejected() {
    let body = event("payment_intent.succeeded", &intent("succeeded")).to_string().into_bytes();
    let (merchant, headers) = (merchant(), signed(&body));
    assert_eq!(verify(&merchant, &headers, &body), Ok(()));
    for n in 0..body.len() * 8 {
        let mut changed = body.clone();
        changed[n / 8] ^= 1 << (n % 8);
        assert_eq!(verify(&merchant, &headers, &changed), Err(BadSignature), "bit {n}");
    }
    let value = headers.one(HEADER).unwrap().as_bytes().to_vec();
    for n in 0..value.len() * 8 {
        let mut changed = value.clone();
        changed[n / 8] ^= 1 << (n % 8);
        let Ok(text) = String::from_utf8(changed) else { continue };
        // Letters of a digest are the same in either case.
        if text.to_lowercase().as_bytes() != value {
            assert!(of(&text, &body).is_err(), "bit {n}: {text}");
        }
    }
    for changed in [&body[1..], &body[..body.len() - 1], &[body.as_slice(), b"\n"].concat(), b""] {
        assert_eq!(verify(&merchant, &headers, changed), Err(BadSignature));
    }
}

#[test]
fn webhook_signed_with_another_secret_is_rejected() {
    let (body, time) = (b"{}".as_slice(), NOW.to_string());
    let header = format!("t={time},v1={}", signature("whsec_other", &time, body));
    assert_eq!(of(&header, body), Err(BadSignature));
    // The key is the secret as it is written, with its prefix and not decoded.
    assert_eq!(of(&format!("t={time},v1={}", signature("first", &time, body)), body), Err(BadSignature));
}

#[test]
fn size_limit_is_checked_before_the_header() {
    let huge = vec![b' '; MOST_BODY_BYTES + 1];
    assert_eq!(verify(&merchant(), &Headers::default(), &huge), Err(Distrust::TooLarge));
    let most = &huge[..MOST_BODY_BYTES];
    assert_eq!(verify(&merchant(), &signed(most), most), Ok(()));
}

fn read_callback(body: &[u8]) -> Result<CallbackContent, Error> {
    let headers = signed(body);
    talk([], async |outside| merchant().verify(outside, &headers, body).await).0
}

#[test]
fn signed_but_malformed_event_is_rejected() {
    let good = event("payment_intent.succeeded", &intent("succeeded")).to_string();
    let malformed: Error = Malformed("event").into();
    for bad in [
        b"".to_vec(),
        b"{}".to_vec(),
        b"null".to_vec(),
        b"[[[[".repeat(50_000),
        [b"\xef\xbb\xbf", good.as_bytes()].concat(),
        good.replace("evt_1", "\u{0}").into_bytes(),
        // GBK for two letters, which is no UTF-8.
        [b"{\"id\":\"\xc4\xe3\xba\xc3\",", &good.as_bytes()[1..]].concat(),
        good.replacen('{', r#"{"type":"other","#, 1).into_bytes(),
        good.replacen(r#""data":{"#, r#""data":{"object":{},"#, 1).into_bytes(),
        good.replacen(r#""object":{"#, r#""object":{"status":"canceled","#, 1).into_bytes(),
        good.replacen('{', r#"{"data":{"object":{}},"#, 1).into_bytes(),
        good.replace("990", "990.5").into_bytes(),
        good.replace("990", "-990").into_bytes(),
        format!("{good}{good}").into_bytes(),
        good.as_bytes()[..good.len() - 1].to_vec(),
    ] {
        assert_eq!(read_callback(&bad), Err(malformed.clone()), "{:.80}", String::from_utf8_lossy(&bad));
    }
}

#[test]
fn repeated_webhook_has_the_same_result() {
    let body = event("payment_intent.succeeded", &intent("succeeded")).to_string();
    assert_eq!(read_callback(body.as_bytes()).unwrap(), read_callback(body.as_bytes()).unwrap());
}

proptest! {
    #[test]
    fn unsigned_bytes_are_rejected(header in "\\PC{0,200}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(of(&header, &body).is_err());
        let with_time = format!("t={NOW},{header}");
        prop_assert!(of(&with_time, &body).is_err());
    }

    #[test]
    fn signed_random_bytes_are_rejected(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read_callback(&body).is_err());
    }

    #[test]
    fn signed_random_objects_never_panic(
        kind in prop::sample::select(vec![
            "payment_intent.succeeded", "checkout.session.completed", "refund.created", "charge.refunded",
            "charge.dispute.created", "checkout.session.async_payment_failed", "other",
        ]),
        field in prop::sample::select(vec![
            "id", "status", "amount", "amount_received", "amount_total", "currency", "metadata", "payment_intent",
            "payment_status", "latest_charge", "livemode", "created", "customer", "expires_at",
        ]),
        text in "\\PC{0,40}",
        number in any::<i64>(),
        shape in 0..4,
    ) {
        let value = match shape { 0 => json!(text), 1 => json!(number), 2 => json!([text]), _ => json!({"id": text}) };
        let object = super::with(&intent("succeeded"), field, value);
        let body = event(kind, &object).to_string();
        let headers = signed(body.as_bytes());
        let merchant = merchant();
        let verified = Raw { headers: &headers, body: body.as_bytes() }.verify(&merchant, now()).unwrap();
        let _ = verified.read(&merchant).map(|_| ());
    }
}
