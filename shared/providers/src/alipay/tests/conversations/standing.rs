//! Querying and closing trades.

use super::*;

fn query(order: &Order, answers: Answers) -> Talk {
    talk(answers, async |outside| merchant().query(outside, asked(order)).await)
}

fn close(order: &Order, answers: Answers) -> Talk {
    talk(answers, async |outside| merchant().close(outside, asked(order)).await)
}

fn trade(fields: &str) -> Answer {
    yes(QUERY, &format!(r#","out_trade_no":"{NUMBER}",{fields}"#))
}

/// Paid at the time of `send_pay_date` in the tests.
fn paid_then(buyer: Option<&str>) -> Says {
    paid("2026-11-21 10:05:30", buyer)
}

fn paid(at: &str, buyer: Option<&str>) -> Says {
    Says::Paid {
        trade_no: trade_no(TRADE_NO),
        amount: cny(990),
        paid_at: from_china(at).unwrap(),
        buyer: buyer.map(|id| Buyer::parse(id).unwrap()),
    }
}

#[test]
fn each_trade_state_has_its_report() {
    let numbered = format!(r#""trade_no":"{TRADE_NO}","total_amount":"9.90""#);
    let at = r#""send_pay_date":"2026-11-21 10:05:30""#;
    for (fields, expected) in [
        (r#""trade_status":"WAIT_BUYER_PAY""#.to_owned(), vec![Says::NotPaid]),
        (
            format!(r#""trade_status":"TRADE_SUCCESS",{numbered},{at},"buyer_user_id":"2088102534368455""#),
            vec![paid_then(Some("2088102534368455"))],
        ),
        (
            format!(r#""trade_status":"TRADE_FINISHED",{numbered},{at},"buyer_open_id":"074a1Cc""#),
            vec![paid_then(Some("074a1Cc"))],
        ),
        (format!(r#""trade_status":"TRADE_SUCCESS",{numbered}"#), vec![paid("2026-11-21 10:00:00", None)]),
        (format!(r#""trade_status":"TRADE_CLOSED",{numbered}"#), vec![Says::Closed { for_good: true }]),
        (
            format!(r#""trade_status":"TRADE_CLOSED",{numbered},"send_pay_date":"""#),
            vec![Says::Closed { for_good: true }],
        ),
        (format!(r#""trade_status":"TRADE_CLOSED",{numbered},{at}"#), vec![paid_then(None), back_in_all(990)]),
        (format!(r#""trade_status":"TRADE_PENDING",{numbered},{at}"#), vec![Says::Unknown]),
    ] {
        let (says, sent) = query(&order(Method::AlipayQr), vec![trade(&fields)]);
        assert_eq!(says.unwrap(), expected, "{fields}");
        let said = said(&sent[0]);
        assert_eq!(said["method"], "alipay.trade.query");
        assert_eq!(said["biz_content"], format!(r#"{{"out_trade_no":"{NUMBER}"}}"#));
        assert!(!said.contains_key("notify_url"));
    }
}

#[test]
fn trade_is_asked_about_by_the_number_of_alipay() {
    let by_number = |answer: Answer| {
        let trade_no = trade_no(TRADE_NO);
        talk(vec![answer], async |outside| merchant().ask_trade(outside, &trade_no).await)
    };
    let numbered = format!(r#","out_trade_no":"shop-7","trade_no":"{TRADE_NO}","total_amount":"9.90""#);
    let at = r#","send_pay_date":"2026-11-21 10:05:30""#;
    for (fields, expected) in [
        (format!(r#"{numbered}{at},"trade_status":"TRADE_SUCCESS""#), vec![paid_then(None)]),
        (format!(r#"{numbered}{at},"trade_status":"TRADE_CLOSED""#), vec![paid_then(None), back_in_all(990)]),
        (format!(r#"{numbered},"trade_status":"TRADE_CLOSED""#), vec![Says::Closed { for_good: true }]),
        (format!(r#"{numbered},"trade_status":"WAIT_BUYER_PAY""#), vec![Says::NotPaid]),
    ] {
        let (says, sent) = by_number(yes(QUERY, &fields));
        assert_eq!(says.unwrap(), expected, "{fields}");
        assert_eq!(said(&sent[0])["biz_content"], format!(r#"{{"trade_no":"{TRADE_NO}"}}"#));
    }
    assert_eq!(by_number(no(QUERY, "ACQ.TRADE_NOT_EXIST")).0.unwrap(), [Says::NotPaid]);
    assert_eq!(by_number(no(QUERY, "ACQ.SYSTEM_ERROR")).0.unwrap_err().verdict(), Ask);
    let other = format!(r#"{at},"trade_no":"2026112122001","total_amount":"9.90","trade_status":"TRADE_SUCCESS""#);
    assert_eq!(by_number(yes(QUERY, &other)).0.unwrap_err(), Distrust::OtherSubject("trade_no").into());
}

#[test]
fn closed_trade_that_was_paid_is_refunded() {
    let numbered = format!(r#""trade_no":"{TRADE_NO}","total_amount":"9.90""#);
    let closed = format!(r#""trade_status":"TRADE_CLOSED",{numbered}"#);
    let heard_of = |number: &str| {
        let mut order = order(Method::AlipayQr);
        let trade_no = trade_no(number);
        let paid_at = from_china("2026-11-21 10:05:30").unwrap();
        let says = Says::Paid { trade_no, amount: cny(990), paid_at, buyer: None };
        let account = account(Method::AlipayQr);
        let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
        assert!(order.settle(&report, now()));
        order
    };
    let (says, _) = query(&heard_of(TRADE_NO), vec![trade(&closed)]);
    assert_eq!(says.unwrap(), [paid_then(None), back_in_all(990)], "dated by the order's record");
    let (says, _) = query(&heard_of("another"), vec![trade(&closed)]);
    assert_eq!(says.unwrap(), [paid("2026-11-21 10:00:00", None), back_in_all(990)], "dated by the query");
}

#[test]
fn paid_amount_is_the_answers_not_the_orders() {
    let fields = format!(
        r#""trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}","total_amount":"0.01","send_pay_date":"2026-11-21 10:05:30""#
    );
    let (says, _) = query(&order(Method::AlipayQr), vec![trade(&fields)]);
    let [Says::Paid { amount, .. }] = says.unwrap()[..] else { panic!() };
    assert_eq!(amount, cny(1));
}

#[test]
fn unusable_query_answer_is_an_error() {
    let whole =
        |fields: &str| yes(QUERY, &format!(r#","trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}",{fields}"#));
    for (answer, expected) in [
        (unsigned_no(QUERY, "40004", "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Ask)),
        (no(QUERY, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Ask)),
        (no(QUERY, "AQC.SYSTEM_ERROR"), said_no("AQC.SYSTEM_ERROR", Ask)),
        (Ok(signed(QUERY, &refusal("20000", "aop.unknow-error"))), said_no("aop.unknow-error", Ask)),
        (Ok(signed(QUERY, &refusal("10003", ""))), said_no("10003", Ask)),
        (Ok(signed(QUERY, &refusal("40005", "isv.app-call-limited"))), said_no("isv.app-call-limited", Retry)),
        (
            Ok(signed(QUERY, &refusal("40006", "isv.insufficient-isv-permissions"))),
            said_no("isv.insufficient-isv-permissions", OurFault),
        ),
        (whole(r#""total_amount":"9.90""#), Missing("out_trade_no").into()),
        (whole(&format!(r#""out_trade_no":"{NUMBER}_2","total_amount":"9.90""#)), OtherSubject("out_trade_no").into()),
        (whole(&format!(r#""out_trade_no":"{NUMBER}""#)), Missing("total_amount").into()),
        (whole(&format!(r#""out_trade_no":"{NUMBER}","total_amount":"9.9.0""#)), Malformed("total_amount").into()),
        (
            whole(&format!(r#""out_trade_no":"{NUMBER}","total_amount":"9.90","send_pay_date":"soon""#)),
            Malformed("send_pay_date").into(),
        ),
        (trade(r#""trade_no":"1""#), Missing("trade_status").into()),
        (trade(r#""trade_status":"TRADE_SUCCESS""#), Missing("trade_no").into()),
        (trade(r#""trade_status":"TRADE_SUCCESS","trade_no":"1 2""#), Missing("total_amount").into()),
        (
            trade(r#""trade_status":"TRADE_SUCCESS","trade_no":"1 2","total_amount":"9.90""#),
            Malformed("trade_no").into(),
        ),
        (
            Ok(answer(502, &[], "<html>")),
            Error::Said { status: 502, code: Code::new("unexpected_http_status"), verdict: Ask },
        ),
        (
            Ok(answer(200, &[], r#"{"error_response":{"code":"40002","sub_code":"isv.invalid-method"}}"#)),
            said_no("isv.invalid-method", Ask),
        ),
        (Ok(enveloped(QUERY, r#"{"code":"10000"}"#, "")), Missing("sign").into()),
        (Ok(enveloped(QUERY, r#"{"msg":"Success"}"#, "")), Malformed("the response").into()),
        (Ok(signed(QUERY, r#""c2VjcmV0""#)), Malformed("the response").into()),
        (trade(r#""trade_status":"WAIT_BUYER_PAY","trade_status":"TRADE_SUCCESS""#), Malformed("the response").into()),
        (yes(CLOSE, ""), Missing("the response").into()),
        (Ok(answer(200, &[], "")), Malformed("the answer's shape").into()),
        (Err(NoAnswer::Broken), NoAnswer::Broken.into()),
    ] {
        let (says, _) = query(&order(Method::AlipayQr), vec![answer]);
        assert_eq!(says.unwrap_err(), expected);
    }
    let (says, _) = query(&order(Method::AlipayQr), vec![no(QUERY, "ACQ.TRADE_NOT_EXIST")]);
    assert_eq!(says.unwrap(), [Says::NotPaid], "signed, it means that the code was not scanned");
}

#[test]
fn close_closes_queries_or_fails_by_its_answer() {
    let order = order(Method::AlipayQr);
    let done = || yes(CLOSE, &format!(r#","trade_no":"{TRADE_NO}","out_trade_no":"{NUMBER}""#));
    let (says, sent) = close(&order, vec![done()]);
    assert_eq!(says.unwrap(), [Says::Closed { for_good: true }]);
    let said = said(&sent[0]);
    assert_eq!(said["method"], "alipay.trade.close");
    assert_eq!(said["biz_content"], format!(r#"{{"out_trade_no":"{NUMBER}"}}"#));

    for word in ["ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST", "AQC.TRADE_NOT_EXIST"] {
        let (says, _) = close(&order, vec![no(CLOSE, word)]);
        assert_eq!(says.unwrap(), [Says::Closed { for_good: false }], "{word}");
    }
    let success = format!(
        r#""trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}","total_amount":"9.90","send_pay_date":"2026-11-21 10:05:30""#
    );
    for word in
        ["ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID", "REASON_ILLEGAL_STATUS", "ACQ.TRADE_HAS_SUCCESS"]
    {
        let (says, sent) = close(&order, vec![no(CLOSE, word), trade(&success)]);
        assert_eq!(says.unwrap(), [paid_then(None)], "{word}");
        assert_eq!(sent.len(), 2);
        let (says, _) = close(&order, vec![no(CLOSE, word), trade(r#""trade_status":"WAIT_BUYER_PAY""#)]);
        assert_eq!(says.unwrap(), [Says::NotPaid], "{word}");
    }
    for (answer, expected) in [
        (unsigned_no(CLOSE, "40004", "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Ask)),
        (unsigned_no(CLOSE, "40004", "ACQ.TRADE_STATUS_ERROR"), said_no("ACQ.TRADE_STATUS_ERROR", Ask)),
        (no(CLOSE, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Ask)),
        (no(CLOSE, "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Final)),
        (Ok(enveloped(CLOSE, r#"{"code":"10000"}"#, "")), Missing("sign").into()),
        (yes(CLOSE, ""), Missing("out_trade_no").into()),
        (yes(CLOSE, &format!(r#","out_trade_no":"{NUMBER}_3""#)), OtherSubject("out_trade_no").into()),
    ] {
        let (says, _) = close(&order, vec![answer]);
        assert_eq!(says.unwrap_err(), expected);
    }
}

#[test]
fn account_with_certificates_sends_and_checks_their_names() {
    let order = order(Method::AlipayQr);
    let subject = r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#;
    let sign = alipay().sign(subject.as_bytes());
    let ask = |sn: &str| {
        let rest = format!(r#",{sn}"sign":"{sign}""#);
        let outside = Script::new([Ok(enveloped(QUERY, subject, &rest))]);
        let says = run(certified().query(&outside, asked(&order)));
        (says, outside.done())
    };
    let ours = certified().serials.as_ref().unwrap();
    let (says, sent) = ask(&format!(r#""alipay_cert_sn":"{}","#, ours.alipay));
    assert_eq!(says.unwrap(), [Says::NotPaid]);
    let said = said(&sent[0]);
    assert_eq!((&said["app_cert_sn"], &said["alipay_root_cert_sn"]), (&ours.app, &ours.root));
    assert_eq!(ask("").0.unwrap(), [Says::NotPaid], "the signature counts, the name only says whose it is");
    assert_eq!(ask(r#""alipay_cert_sn":"00000000000000000000000000000000","#).0.unwrap_err(), UnknownKey.into());
    assert_eq!(ask(r#""alipay_cert_sn":7,"#).0.unwrap_err(), Malformed("alipay_cert_sn").into());
}
