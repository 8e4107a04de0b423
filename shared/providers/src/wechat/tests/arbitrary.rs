//! Random input: nothing panics, and nothing unsigned is accepted.

use proptest::prelude::*;

use super::*;

fn names() -> impl Strategy<Value = String> {
    let known = "Wechatpay-(Timestamp|Serial|Signature|Signature-Type)|wechatpay-nonce";
    prop_oneof![4 => known, 1 => ".*"]
}

/// Pieces of which a plaintext could be made, right and wrong.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        ".{0,40}".prop_map(Into::into),
        prop::sample::select(vec!["SUCCESS", "REFUND", "CLOSED", NO, MCHID, APPID, "CNY"]).prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 32, 8, |inner| {
        let names = "appid|mchid|out_trade_no|transaction_id|trade_state|success_time|amount|total|refund|currency|payer\
            |openid|out_refund_no|refund_id|refund_status|status|event_type|resource|ciphertext|nonce|code_url";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(names, inner, 0..12)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn unsigned_bytes_are_refused(
        headers in prop::collection::vec((names(), ".{0,80}"), 0..8),
        body in prop::collection::vec(any::<u8>(), 0..512),
    ) {
        let headers = Headers::new(headers);
        let verified = Raw { headers: &headers, body: &body }.verify(&merchant(), now());
        prop_assert!(verified.is_err());
        let response = Response { status: 200, headers, body };
        let script = Script::new([Ok(response)]);
        let said = run(merchant().query(&script, asked(&native_order())));
        prop_assert!(matches!(said, Err(Error::Distrust(_))));
    }

    #[test]
    fn signed_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..512)) {
        let headers = Stamp::default().headers(&body);
        let merchant = merchant();
        let verified = Raw { headers: &headers, body: &body }.verify(&merchant, now()).unwrap();
        prop_assert!(verified.content(&merchant).is_err(), "random bytes are no notification");
    }

    #[test]
    fn signed_plaintexts_never_panic(plain in json(), bare in any::<bool>()) {
        let merchant = merchant();
        let plain = plain.to_string();
        for (event, kind) in [("TRANSACTION.SUCCESS", "transaction"), ("REFUND.CLOSED", "refund")] {
            let body = if bare { plain.clone() } else { notification(event, kind, &plain) };
            let headers = Stamp::default().headers(body.as_bytes());
            let raw = Raw { headers: &headers, body: body.as_bytes() };
            let verified = raw.verify(&merchant, now()).unwrap();
            prop_assert_eq!(verified.content(&merchant), verified.content(&merchant));
        }
    }

    #[test]
    fn signed_answers_never_panic(body in json(), status in 100_u16..600) {
        let order = native_order();
        let refund = testing::refund(&order, TRANSACTION, 300);
        let answer = || {
            let answer = good(status, &body.to_string());
            Script::new((0..4).map(|_| Ok(answer.clone())))
        };
        let _ = run(merchant().query(&answer(), asked(&order)));
        let _ = run(merchant().close(&answer(), asked(&order)));
        let _ = run(merchant().refund(&answer(), refund_order(&order, &refund)));
        let _ = run(merchant().query_refund(&answer(), refund_order(&order, &refund)));
        let _ = run(merchant().show(&answer(), asked(&order), &Payer::default()));
        let _ = merchant().read_certificates(body.to_string().as_bytes());
    }

    #[test]
    fn settings_never_panic(text in ".{0,200}", field in 0_usize..6) {
        let mut settings = settings();
        let place: &mut String = match field {
            0 => &mut settings.appid,
            1 => &mut settings.mchid,
            2 => &mut settings.merchant_serial,
            3 => &mut settings.merchant_private_key,
            4 => &mut settings.apiv3_key,
            _ => settings.platform_public_key.get_or_insert_default(),
        };
        *place = text;
        let again = Settings { platform_certificates: vec![place.clone()], ..settings.clone() };
        let _ = Merchant::parse(main_id(), &settings, live());
        prop_assert!(Merchant::parse(main_id(), &again, live()).is_err());
    }
}
