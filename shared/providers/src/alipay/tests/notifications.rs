//! Genuine notifications, and what they report.

use super::*;

fn read_callback(notice: &[(&str, &str)]) -> Result<CallbackContent, Distrust> {
    let body = form(notice, alipay(), Empty::Signed);
    Raw { body: &body }.verify(merchant())?.content(merchant())
}

fn says(notice: &[(&str, &str)]) -> Vec<Says> {
    match read_callback(notice).unwrap().about {
        CallbackSubject::Payment { payment_no, reports } => {
            assert_eq!(payment_no, PaymentNo::parse(NUMBER).unwrap());
            let check = |report: &Report| (report.asked_at, report.account.id.as_str()) == (None, "main");
            assert!(reports.iter().all(check));
            reports.into_iter().map(|report| report.says).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn paid_at(at: &str) -> Says {
    Says::Paid {
        trade_no: trade_no(TRADE_NO),
        amount: cny(990),
        paid_at: from_china(at).unwrap(),
        buyer: Some(Buyer::parse("2088102534368455").unwrap()),
    }
}

fn paid() -> Says {
    paid_at("2026-11-21 10:05:30")
}

#[test]
fn each_trade_notification_has_its_report() {
    let (closed, undated) = (("trade_status", Some("TRADE_CLOSED")), ("gmt_payment", None));
    let (refunded, closed_at) =
        (("gmt_refund", Some("2026-11-22 09:00:00")), ("gmt_close", Some("2026-11-21 10:30:00")));
    let by_notice = || paid_at("2026-11-21 10:05:31");
    let unclear = Says::BackUnclear { trade_no: trade_no(TRADE_NO) };
    for (changes, expected) in [
        (&[][..], vec![paid()]),
        (&[("trade_status", Some("TRADE_FINISHED"))], vec![paid()]),
        (&[undated], vec![by_notice()]),
        (&[("gmt_payment", Some(""))], vec![by_notice()]),
        // Ordinary notifications sometimes state a refund of zero.
        (&[("refund_fee", Some("0.00"))], vec![paid()]),
        // A part of it went back: the same payment, never a new one.
        (
            &[("refund_fee", Some("4.00")), ("gmt_refund", Some("2026-11-22 09:00:00.123")), ("out_biz_no", Some("x"))],
            vec![paid(), back_in_all(400)],
        ),
        (&[refunded], vec![paid(), unclear]),
        // All of it did.
        (&[closed, ("refund_fee", Some("9.90"))], vec![paid(), back_in_all(990)]),
        (&[closed], vec![paid(), back_in_all(990)]),
        (&[closed, undated, refunded], vec![by_notice(), back_in_all(990)]),
        (&[closed, undated, ("refund_fee", Some("9.90"))], vec![by_notice(), back_in_all(990)]),
        // It was never paid: Alipay sends this when the time to pay is over.
        (&[closed, undated, ("refund_fee", Some("0.00")), closed_at], vec![Says::Closed { for_good: true }]),
        (&[closed, undated], vec![Says::Closed { for_good: true }]),
        (&[("trade_status", Some("WAIT_BUYER_PAY"))], vec![Says::NotPaid]),
        (&[("trade_status", Some("TRADE_PENDING"))], vec![Says::Unknown]),
        (&[("trade_status", Some("trade_success"))], vec![Says::Unknown]),
    ] {
        assert_eq!(says(&changed(changes)), expected, "{changes:?}");
    }
    let open_id = changed(&[("buyer_id", None), ("buyer_open_id", Some("074a1Cc"))]);
    let [Says::Paid { buyer, .. }] = &says(&open_id)[..] else { panic!() };
    assert_eq!(buyer.as_ref().unwrap().as_str(), "074a1Cc");
}

#[test]
fn repeated_notification_has_the_same_result() {
    let body = form(&paid_notice(), alipay(), Empty::Signed);
    let read_callback = || Raw { body: &body }.verify(merchant()).unwrap().content(merchant()).unwrap();
    assert_eq!(read_callback(), read_callback());
}

#[test]
fn notification_verifies_with_and_without_empty_parameters() {
    for empty in [Empty::Signed, Empty::Dropped] {
        let body = form(&paid_notice(), alipay(), empty);
        let heard = Raw { body: &body }.verify(merchant()).unwrap().content(merchant()).unwrap();
        assert!(matches!(heard.about, CallbackSubject::Payment { .. }));
    }
}

#[test]
fn record_holds_only_listed_short_fields() {
    static LONG: [u8; 129] = [b'9'; 129];
    let facts = read_callback(&paid_notice()).unwrap().facts;
    let expected = [
        ("notify_id", "2026112100222100531068450559358070"),
        ("notify_type", "trade_status_sync"),
        ("notify_time", "2026-11-21 10:05:31"),
        ("charset", "utf-8"),
        ("app_id", APP_ID),
        ("seller_id", SELLER_ID),
        ("out_trade_no", NUMBER),
        ("trade_no", TRADE_NO),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_amount", "9.90"),
        ("receipt_amount", "9.90"),
        ("gmt_create", "2026-11-21 10:05:00"),
        ("gmt_payment", "2026-11-21 10:05:30"),
    ];
    let facts: Vec<(&str, &str)> = facts.iter().map(|(key, value)| (*key, value.as_str())).collect();
    assert_eq!(facts, expected);
    let odd = changed(&[("out_biz_no", Some("a\u{7}b")), ("receipt_amount", Some(str::from_utf8(&LONG).unwrap()))]);
    let facts = read_callback(&odd).unwrap().facts;
    assert!(facts.iter().all(|(key, _)| !["out_biz_no", "receipt_amount"].contains(key)), "{facts:?}");
}

#[test]
fn foreign_number_is_foreign_and_other_kinds_report_nothing() {
    let heard = read_callback(&changed(&[("out_trade_no", Some("20190815155618536-564-57"))])).unwrap();
    let CallbackSubject::Foreign { number, says } = heard.about else { panic!() };
    assert_eq!((number.as_str(), says), ("20190815155618536-564-57", vec![paid()]));
    let heard =
        read_callback(&changed(&[("notify_type", Some("servicemarket_order_notify")), ("seller_id", None)])).unwrap();
    assert_eq!(heard.about, CallbackSubject::Nothing("not about a trade's state"));
}

#[test]
fn gbk_notification_is_read_if_our_fields_are_ascii() {
    // "点数" in GBK.
    let subject: &[u8] = &[0xb5, 0xe3, 0xca, 0xfd];
    let mut notice: Vec<(&str, &[u8])> =
        paid_notice().into_iter().map(|(key, value)| (key, value.as_bytes())).collect();
    for (key, value) in &mut notice {
        match *key {
            "charset" => *value = b"GBK",
            "subject" | "buyer_logon_id" => *value = subject,
            _ => {}
        }
    }
    let body = form_of_bytes(&notice, alipay(), Empty::Signed);
    let heard = Raw { body: &body }.verify(merchant()).unwrap().content(merchant()).unwrap();
    let CallbackSubject::Payment { reports, .. } = heard.about else { panic!() };
    assert_eq!(reports[0].says, paid());
    // Where we need the field, bytes that are not ASCII are refused.
    for key in ["trade_no", "out_trade_no", "trade_status", "total_amount", "gmt_payment", "seller_id", "app_id"] {
        let mut notice = notice.clone();
        notice.iter_mut().filter(|(other, _)| *other == key).for_each(|(_, value)| *value = subject);
        let body = form_of_bytes(&notice, alipay(), Empty::Signed);
        let verified = Raw { body: &body }.verify(merchant()).unwrap();
        assert_eq!(verified.content(merchant()).unwrap_err(), Malformed(key));
    }
}

#[test]
fn certificate_name_must_be_the_accounts() {
    let read_callback = |name: &'static str, is_signed: bool| {
        let mut notice = changed(&[("alipay_cert_sn", is_signed.then_some(name))]);
        let mut body = form(&notice, alipay(), Empty::Signed);
        if !is_signed {
            notice.clear();
            body.extend_from_slice(format!("&alipay_cert_sn={name}").as_bytes());
        }
        Raw { body: &body }.verify(certified()).map(|_| ())
    };
    for is_signed in [true, false] {
        assert_eq!(read_callback(accounts::ALIPAY_SN, is_signed), Ok(()));
        assert_eq!(read_callback("00000000000000000000000000000000", is_signed), Err(UnknownKey));
    }
    let body = form(&paid_notice(), alipay(), Empty::Signed);
    assert!(Raw { body: &body }.verify(certified()).is_ok(), "without a name only the signature counts");
}

#[test]
fn the_two_answers_are_to_the_letter() {
    assert_eq!((TAKEN.status, TAKEN.content_type, TAKEN.body), (200, Some("text/plain"), "success"));
    assert_eq!((NOT_NOW.status, NOT_NOW.content_type, NOT_NOW.body), (200, Some("text/plain"), "fail"));
}
