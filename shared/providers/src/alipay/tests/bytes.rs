//! Random input: nothing panics, and nothing unsigned is accepted.

use proptest::prelude::*;

use super::*;

/// Pieces that the parsers look at.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just("\""),
        Just("\\"),
        Just(":"),
        Just(","),
        Just("&"),
        Just("="),
        Just("%"),
        Just("+"),
        Just("sign"),
        Just("sign_type=RSA2"),
        Just("\"sign\":\"AAAA\""),
        Just("error_response"),
        Just("\"x_response\":"),
        Just("\\u0022"),
        Just("\u{feff}"),
        Just("点"),
        Just(" "),
        Just("0"),
    ];
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

/// Values of the fields that we read, likely ones among them.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::sample::select(vec![
            "TRADE_SUCCESS",
            "TRADE_CLOSED",
            "WAIT_BUYER_PAY",
            APP_ID,
            SELLER_ID,
            NUMBER,
            "trade_status_sync",
            "9.90",
            "0.00",
            "2026-11-21 10:05:30",
            "9999-99-99 99:99:99",
            "99999999999999999999",
            "-1",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ]
}

proptest! {
    #[test]
    fn random_bytes_are_rejected(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let is_believed = Raw { body: &body }.verify(merchant()).is_ok();
        prop_assert!(!is_believed);
        let _ = Raw { body: &body }.app_id();
        let _ = envelope(&body, "x_response");
    }

    #[test]
    fn likely_fragments_are_rejected(text in fragments()) {
        let body = text.as_bytes();
        let is_believed = Raw { body }.verify(merchant()).is_ok();
        prop_assert!(!is_believed);
        if let Ok(found) = envelope(body, "x_response") {
            prop_assert!(!found.subject.is_empty());
        }
    }

    #[test]
    fn scanner_finds_what_a_parser_finds(text in "[ -~点]{0,40}", n in any::<i32>()) {
        let subject = serde_json::json!({ "code": "10000", text.as_str(): [text.as_str(), { "n": n }] });
        let whole = serde_json::json!({ "before": text.as_str(), "x_response": subject, "z": [null, true] }).to_string();
        let found = envelope(whole.as_bytes(), "x_response").unwrap();
        let parsed: serde_json::Value = serde_json::from_slice(found.subject).unwrap();
        prop_assert_eq!(parsed, subject);
    }

    #[test]
    fn signed_random_notifications_never_panic(
        fields in prop::collection::btree_map(
            prop::sample::select(vec![
                "app_id", "seller_id", "notify_type", "out_trade_no", "trade_no", "trade_status", "total_amount",
                "refund_fee", "gmt_payment", "gmt_refund", "notify_time", "buyer_id", "alipay_cert_sn", "anything",
            ]),
            value(),
            0..14,
        )
    ) {
        let mut notice: Vec<(&str, &[u8])> = fields.iter().map(|(key, value)| (*key, value.as_slice())).collect();
        notice.push(("sign_type", b"RSA2"));
        let body = form_of_bytes(&notice, alipay(), Empty::Signed);
        match (Raw { body: &body }).verify(merchant()) {
            Ok(verified) => drop(verified.content(merchant())),
            Err(why) => {
                prop_assert_eq!(why, Malformed("a parameter"));
                prop_assert!(fields.values().any(|value| value.contains(&b'&')), "it is not ambiguous");
            }
        }
    }

    #[test]
    fn signed_random_answers_never_panic(subject in prop_oneof![
        fragments(),
        "\\{\"code\":\"10000\",\"(trade_no|out_trade_no|trade_status|total_amount)\":\"[ -~]{0,20}\"\\}",
    ]) {
        let order = order(Method::AlipayQr, Currency::CNY, None);
        let outside = Script::new([Ok(signed("alipay_trade_query", &subject))]);
        let _ = run(merchant().query(&outside, asked(&order)));
    }
}
