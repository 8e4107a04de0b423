//! Genuine callbacks, and what they report.

use super::*;

pub fn read_callback(body: &str) -> Result<CallbackContent, Error> {
    let headers = Stamp::default().headers(body.as_bytes());
    let script = Script::new([]);
    let heard = run(merchant().verify(&script, &headers, body.as_bytes()));
    script.done();
    heard
}

fn says(body: &str) -> (PaymentNo, Vec<Says>) {
    match read_callback(body).unwrap().about {
        CallbackSubject::Payment { payment_no, reports } => {
            for Report { attempt, account, asked_at, .. } in &reports {
                assert_eq!((attempt, account, asked_at), (&payment_no.attempt, &merchant().account, &None));
            }
            (payment_no, reports.into_iter().map(|report| report.says).collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn payment_callback_reports_the_payment() {
    let body = trade_notice(&trade("SUCCESS"));
    let (payment_no, said) = says(&body);
    assert_eq!(payment_no, PaymentNo::parse(NO).unwrap());
    let [Says::Paid { trade_no, amount, paid_at, buyer }] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(trade_no.as_str(), TRANSACTION);
    assert_eq!(*amount, cny(990));
    assert_eq!(*paid_at, now().minus(Seconds(3)));
    assert_eq!(buyer.as_ref().unwrap().as_str(), OPENID);
    assert_eq!(read_callback(&body), read_callback(&body), "the same twice");

    let second = trade("SUCCESS").replace(&format!("\"{NO}\""), &format!("\"{NO}_2\""));
    let (payment_no, _) = says(&trade_notice(&second));
    assert_eq!(payment_no.attempt, AttemptNo::new(2).unwrap());
}

#[test]
fn record_holds_no_personal_data() {
    let heard = read_callback(&trade_notice(&trade("SUCCESS"))).unwrap();
    let names: Vec<&str> = heard.facts.iter().map(|(name, _)| *name).collect();
    let expected = "id event_type create_time out_trade_no transaction_id trade_state success_time total currency";
    assert_eq!(names.join(" "), expected);
    assert!(!format!("{:?}", heard.facts).contains("oUpF8"));
    let heard = read_callback(&notification("REFUND.SUCCESS", "refund", &refund_notice("SUCCESS"))).unwrap();
    assert!(!format!("{:?}", heard.facts).contains("0403"), "no card");
    let long = trade("SUCCESS").replace("\"2026-11-21T09:59:57+08:00\"", &format!("\"{}付\\n\"", "9".repeat(500)));
    let heard = read_callback(&trade_notice(&long)).unwrap();
    assert!(heard.facts.iter().all(|(_, value)| value.len() <= 64 && value.bytes().all(|b| b.is_ascii_graphic())));
}

/// The trade's state counts, not the event's name.
#[test]
fn payment_without_success_time_is_dated_by_the_notification() {
    let timeless = trade("SUCCESS").replace("\"success_time\":\"2026-11-21T09:59:57+08:00\",", "");
    let (_, said) = says(&trade_notice(&timeless));
    assert!(matches!(said.as_slice(), [Says::Paid { paid_at, .. }] if *paid_at == now().minus(Seconds(2))));
    let (_, said) = says(&trade_notice(&trade("NOTPAY")));
    assert_eq!(said, [Says::NotPaid]);
    let (_, said) = says(&trade_notice(&trade("REFUND")));
    assert!(matches!(said.as_slice(), [Says::Paid { .. }, Says::BackUnclear { .. }]));
}

#[test]
fn each_refund_status_in_a_callback_has_its_word() {
    for (event, status, word) in [
        ("REFUND.SUCCESS", "SUCCESS", RefundWord::Succeeded),
        ("REFUND.ABNORMAL", "ABNORMAL", RefundWord::Abnormal),
        ("REFUND.CLOSED", "CLOSED", RefundWord::Failed),
        ("REFUND.CLOSED", "PROCESSING", RefundWord::Processing),
        ("REFUND.SUCCESS", "NEW_WORD", RefundWord::Unclear),
    ] {
        let (payment_no, said) = says(&notification(event, "refund", &refund_notice(status)));
        assert_eq!(payment_no, PaymentNo::parse(NO).unwrap());
        let expected = Says::Refund {
            id: RefundId::Ours(RefundIndex::FIRST),
            trade_no: trade_no(TRANSACTION),
            amount: cny(300),
            word,
        };
        assert_eq!(said, [expected], "{event} {status}");
    }
}

#[test]
fn refund_under_a_foreign_number_has_the_providers_number() {
    let theirs = RefundId::Theirs(OutsideRefundNo::parse("50000000382019052709732678859").unwrap());
    let of_another = |number| RefundId::Theirs(OutsideRefundNo::parse(number).unwrap());
    for (number, expected) in [
        ("ORD20261121100000TESTTESTR1", RefundId::Ours(RefundIndex::FIRST)),
        ("ORD20261121100000TESTTESTR99", RefundId::Ours(RefundIndex::LAST)),
        // Of other orders, to which a person settled the payment.
        ("ORD20261121100000TESTTES2R1", of_another("ORD20261121100000TESTTES2R1")),
        ("ORD20261121100000TESTTESUR1", of_another("ORD20261121100000TESTTESUR1")),
        ("ORD20261121100000TESTTESTR0", theirs.clone()),
        ("1217752501201407033233368018", theirs),
    ] {
        let plain = refund_notice("SUCCESS").replace("ORD20261121100000TESTTESTR1", number);
        let (_, said) = says(&notification("REFUND.SUCCESS", "refund", &plain));
        assert!(matches!(said.as_slice(), [Says::Refund { id, .. }] if *id == expected), "{number}");
    }
    // Of a later attempt of the order it is ours all the same: numbers of refunds are the order's.
    let second = refund_notice("SUCCESS").replace(&format!("\"{NO}\""), &format!("\"{NO}_2\""));
    let (payment_no, said) = says(&notification("REFUND.SUCCESS", "refund", &second));
    assert_eq!(payment_no.attempt.get(), 2);
    assert!(matches!(said.as_slice(), [Says::Refund { id: RefundId::Ours(_), .. }]));
}

#[test]
fn payment_under_a_foreign_number_is_foreign() {
    let foreign = trade("SUCCESS").replace(NO, "1217752501201407033233368018");
    let heard = read_callback(&trade_notice(&foreign)).unwrap();
    let CallbackSubject::Foreign { number, says } = heard.about else { panic!("{heard:?}") };
    assert_eq!(number, "1217752501201407033233368018");
    assert!(matches!(says.as_slice(), [Says::Paid { .. }]));
}

#[test]
fn other_events_are_recorded_and_report_nothing() {
    for event in ["PARKING.ENTERED", "TRANSACTION.FAIL", "REFUND.NEW", "", "transaction.success"] {
        let heard = read_callback(&notification(event, "transaction", &trade("SUCCESS"))).unwrap();
        assert!(matches!(heard.about, CallbackSubject::Nothing(_)), "{event}");
        assert!(heard.facts.contains(&("event_type", event.to_owned())));
    }
    assert!(
        matches!(read_callback("{\"event_type\":\"NEW\"}").unwrap().about, CallbackSubject::Nothing(_)),
        "without a resource too"
    );
}

#[test]
fn empty_or_missing_associated_data_is_accepted() {
    let sealed = super::sealed(super::APIV3_KEY, "", &trade("SUCCESS"));
    let with = trade_notice("");
    let old = super::sealed(super::APIV3_KEY, "transaction", "");
    let body = with.replace(&old, &sealed);
    for associated in ["\"associated_data\":\"\",", "\"associated_data\":null,", ""] {
        let body = body.replace("\"associated_data\":\"transaction\",", associated);
        assert!(matches!(read_callback(&body).unwrap().about, CallbackSubject::Payment { .. }), "{associated}");
    }
    assert_eq!(read_callback(&body), Err(Error::Distrust(Sealed)));
}

#[test]
fn a_callback_is_answered_in_the_providers_form() {
    assert_eq!(notify::TAKEN, CallbackReply { status: 204, content_type: None, body: "" });
    let fail = |status| CallbackReply {
        status,
        content_type: Some("application/json"),
        body: "{\"code\":\"FAIL\",\"message\":\"失败\"}",
    };
    assert_eq!(notify::NOT_NOW, fail(500));
    for (why, status) in [
        (Distrust::TooLarge, 413),
        (Stale, 401),
        (UnknownKey, 401),
        (BadSignature, 401),
        (Distrust::Probe, 401),
        (Missing("x"), 400),
        (Twice("x"), 400),
        (Malformed("x"), 400),
        (Sealed, 400),
        (OtherMerchant("x"), 400),
        (OtherSubject("x"), 400),
    ] {
        assert_eq!(notify::rejection_status(&why), status, "{why:?}");
    }
}
