//! How trades stand, and how they are closed.

use till_domain::id::AttemptNo;
use till_domain::order::{Order, Report, Says};
use till_domain::provider::Method;
use till_domain::text::{Buyer, TradeNo};

use super::super::*;
use super::*;
use crate::error::{Code, Distrust, Error, NoAnswer, Verdict};
use crate::provide::PaymentApi as _;
use crate::script::{self, Script, asked, now};

fn query(order: &Order, answers: Answers) -> (Result<Vec<Says>, Error>, Vec<Request>) {
    let outside = Script::new(answers);
    let says = ready(merchant().query(&outside, asked(order)));
    (says, outside.done())
}

fn close(order: &Order, answers: Answers) -> (Result<Vec<Says>, Error>, Vec<Request>) {
    let outside = Script::new(answers);
    let says = ready(merchant().close(&outside, asked(order)));
    (says, outside.done())
}

fn trade(fields: &str) -> Result<Response, NoAnswer> {
    Ok(signed(QUERY, &format!(r#"{{"code":"10000","msg":"Success","out_trade_no":"{NUMBER}",{fields}}}"#)))
}

fn paid(at: &str, buyer: Option<&str>) -> Says {
    Says::Paid {
        trade_no: trade_no(),
        amount: cny(990),
        paid_at: crate::time::from_china(at).unwrap(),
        buyer: buyer.map(|id| Buyer::parse(id).unwrap()),
    }
}

fn all_back() -> Says {
    Says::BackInAll { trade_no: trade_no(), amount: cny(990) }
}

#[test]
fn every_state_of_a_trade() {
    let numbered = format!(r#""trade_no":"{TRADE_NO}","total_amount":"9.90""#);
    let at = r#""send_pay_date":"2026-11-21 10:05:30""#;
    for (fields, expected) in [
        (r#""trade_status":"WAIT_BUYER_PAY""#.to_owned(), vec![Says::NotPaid]),
        (
            format!(r#""trade_status":"TRADE_SUCCESS",{numbered},{at},"buyer_user_id":"2088102534368455""#),
            vec![paid("2026-11-21 10:05:30", Some("2088102534368455"))],
        ),
        (
            format!(r#""trade_status":"TRADE_FINISHED",{numbered},{at},"buyer_open_id":"074a1Cc""#),
            vec![paid("2026-11-21 10:05:30", Some("074a1Cc"))],
        ),
        (format!(r#""trade_status":"TRADE_SUCCESS",{numbered}"#), vec![paid("2026-11-21 10:00:00", None)]),
        (format!(r#""trade_status":"TRADE_CLOSED",{numbered}"#), vec![Says::Closed { for_good: true }]),
        (
            format!(r#""trade_status":"TRADE_CLOSED",{numbered},"send_pay_date":"""#),
            vec![Says::Closed { for_good: true }],
        ),
        (
            format!(r#""trade_status":"TRADE_CLOSED",{numbered},{at}"#),
            vec![paid("2026-11-21 10:05:30", None), all_back()],
        ),
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
fn a_closed_trade_that_we_know_as_paid_was_refunded() {
    let numbered = format!(r#""trade_no":"{TRADE_NO}","total_amount":"9.90""#);
    let closed = format!(r#""trade_status":"TRADE_CLOSED",{numbered}"#);
    let heard_of = |number: &str| {
        let mut order = order(Method::AlipayQr);
        let trade_no = TradeNo::parse(number).unwrap();
        let paid_at = crate::time::from_china("2026-11-21 10:05:30").unwrap();
        let says = Says::Paid { trade_no, amount: cny(990), paid_at, buyer: None };
        let account = script::account(Method::AlipayQr);
        let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says };
        assert!(order.settle(&report, now()));
        order
    };
    let (says, _) = query(&heard_of(TRADE_NO), vec![trade(&closed)]);
    assert_eq!(says.unwrap(), [paid("2026-11-21 10:05:30", None), all_back()], "dated by our record");
    let (says, _) = query(&heard_of("another"), vec![trade(&closed)]);
    assert_eq!(says.unwrap(), [paid("2026-11-21 10:00:00", None), all_back()], "dated by the question");
}

#[test]
fn the_amount_is_alipay_s_word_not_ours() {
    let fields = format!(
        r#""trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}","total_amount":"0.01","send_pay_date":"2026-11-21 10:05:30""#
    );
    let (says, _) = query(&order(Method::AlipayQr), vec![trade(&fields)]);
    let [Says::Paid { amount, .. }] = says.unwrap()[..] else { panic!() };
    assert_eq!(amount, cny(1));
}

#[test]
fn questions_that_have_no_answer() {
    let whole = |fields: &str| {
        Ok(signed(
            QUERY,
            &format!(r#"{{"code":"10000","trade_status":"TRADE_SUCCESS","trade_no":"{TRADE_NO}",{fields}}}"#),
        ))
    };
    let distrust = Error::Distrust;
    for (answer, expected) in [
        (unsigned_no(QUERY, "40004", "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Verdict::Ask)),
        (no(QUERY, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Verdict::Ask)),
        (no(QUERY, "AQC.SYSTEM_ERROR"), said_no("AQC.SYSTEM_ERROR", Verdict::Ask)),
        (Ok(signed(QUERY, &refusal("20000", "aop.unknow-error"))), said_no("aop.unknow-error", Verdict::Ask)),
        (Ok(signed(QUERY, &refusal("10003", ""))), said_no("10003", Verdict::Ask)),
        (Ok(signed(QUERY, &refusal("40005", "isv.app-call-limited"))), said_no("isv.app-call-limited", Verdict::Retry)),
        (
            Ok(signed(QUERY, &refusal("40006", "isv.insufficient-isv-permissions"))),
            said_no("isv.insufficient-isv-permissions", Verdict::OurFault),
        ),
        (whole(r#""total_amount":"9.90""#), distrust(Distrust::Missing("out_trade_no"))),
        (
            whole(&format!(r#""out_trade_no":"{NUMBER}_2","total_amount":"9.90""#)),
            distrust(Distrust::OtherSubject("out_trade_no")),
        ),
        (whole(&format!(r#""out_trade_no":"{NUMBER}""#)), distrust(Distrust::Missing("total_amount"))),
        (
            whole(&format!(r#""out_trade_no":"{NUMBER}","total_amount":"9.9.0""#)),
            distrust(Distrust::Malformed("total_amount")),
        ),
        (
            whole(&format!(r#""out_trade_no":"{NUMBER}","total_amount":"9.90","send_pay_date":"soon""#)),
            distrust(Distrust::Malformed("send_pay_date")),
        ),
        (trade(r#""trade_no":"1""#), distrust(Distrust::Missing("trade_status"))),
        (trade(r#""trade_status":"TRADE_SUCCESS""#), distrust(Distrust::Missing("trade_no"))),
        (trade(r#""trade_status":"TRADE_SUCCESS","trade_no":"1 2""#), distrust(Distrust::Missing("total_amount"))),
        (
            trade(r#""trade_status":"TRADE_SUCCESS","trade_no":"1 2","total_amount":"9.90""#),
            distrust(Distrust::Malformed("trade_no")),
        ),
        (
            Ok(script::answer(502, &[], "<html>")),
            Error::Said { status: 502, code: Code::new("unexpected_http_status"), verdict: Verdict::Ask },
        ),
        (
            Ok(script::answer(200, &[], r#"{"error_response":{"code":"40002","sub_code":"isv.invalid-method"}}"#)),
            said_no("isv.invalid-method", Verdict::Ask),
        ),
        (Ok(enveloped(QUERY, r#"{"code":"10000"}"#, "")), distrust(Distrust::Missing("sign"))),
        (Ok(enveloped(QUERY, r#"{"msg":"Success"}"#, "")), distrust(Distrust::Malformed("the response"))),
        (Ok(signed(QUERY, r#""c2VjcmV0""#)), distrust(Distrust::Malformed("the response"))),
        (
            trade(r#""trade_status":"WAIT_BUYER_PAY","trade_status":"TRADE_SUCCESS""#),
            distrust(Distrust::Malformed("the response")),
        ),
        (Ok(signed(CLOSE, r#"{"code":"10000"}"#)), distrust(Distrust::Missing("the response"))),
        (Ok(script::answer(200, &[], "")), distrust(Distrust::Malformed("the answer's shape"))),
        (Err(NoAnswer::Broken), Error::NoAnswer(NoAnswer::Broken)),
    ] {
        let (says, _) = query(&order(Method::AlipayQr), vec![answer]);
        assert_eq!(says.unwrap_err(), expected);
    }
    let (says, _) = query(&order(Method::AlipayQr), vec![no(QUERY, "ACQ.TRADE_NOT_EXIST")]);
    assert_eq!(says.unwrap(), [Says::NotPaid], "signed, it means that nobody scanned the code");
}

#[test]
fn closing() {
    let order = order(Method::AlipayQr);
    let done =
        || Ok(signed(CLOSE, &format!(r#"{{"code":"10000","trade_no":"{TRADE_NO}","out_trade_no":"{NUMBER}"}}"#)));
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
        assert_eq!(says.unwrap(), [paid("2026-11-21 10:05:30", None)], "{word}");
        assert_eq!(sent.len(), 2);
        let (says, _) = close(&order, vec![no(CLOSE, word), trade(r#""trade_status":"WAIT_BUYER_PAY""#)]);
        assert_eq!(says.unwrap(), [Says::NotPaid], "{word}");
    }
    for (answer, expected) in [
        (unsigned_no(CLOSE, "40004", "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Verdict::Ask)),
        (unsigned_no(CLOSE, "40004", "ACQ.TRADE_STATUS_ERROR"), said_no("ACQ.TRADE_STATUS_ERROR", Verdict::Ask)),
        (no(CLOSE, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Verdict::Ask)),
        (no(CLOSE, "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Verdict::Final)),
        (Ok(enveloped(CLOSE, r#"{"code":"10000"}"#, "")), Error::Distrust(Distrust::Missing("sign"))),
        (Ok(signed(CLOSE, r#"{"code":"10000"}"#)), Error::Distrust(Distrust::Missing("out_trade_no"))),
        (
            Ok(signed(CLOSE, &format!(r#"{{"code":"10000","out_trade_no":"{NUMBER}_3"}}"#))),
            Error::Distrust(Distrust::OtherSubject("out_trade_no")),
        ),
    ] {
        let (says, _) = close(&order, vec![answer]);
        assert_eq!(says.unwrap_err(), expected);
    }
}

#[test]
fn an_account_with_certificates_names_them() {
    let order = order(Method::AlipayQr);
    let subject = r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#;
    let sign = alipay().private.sign(subject.as_bytes()).unwrap();
    let ask = |sn: &str| {
        let rest = format!(r#",{sn}"sign":"{sign}""#);
        let outside = Script::new([Ok(enveloped(QUERY, subject, &rest))]);
        let says = ready(certified().query(&outside, asked(&order)));
        (says, outside.done())
    };
    let ours = certified().serials.as_ref().unwrap();
    let (says, sent) = ask(&format!(r#""alipay_cert_sn":"{}","#, ours.alipay));
    assert_eq!(says.unwrap(), [Says::NotPaid]);
    let said = said(&sent[0]);
    assert_eq!((&said["app_cert_sn"], &said["alipay_root_cert_sn"]), (&ours.app, &ours.root));
    assert_eq!(ask("").0.unwrap(), [Says::NotPaid], "the signature counts, the name only says whose it is");
    assert_eq!(
        ask(r#""alipay_cert_sn":"00000000000000000000000000000000","#).0.unwrap_err(),
        Distrust::UnknownKey.into()
    );
    assert_eq!(ask(r#""alipay_cert_sn":7,"#).0.unwrap_err(), Distrust::Malformed("alipay_cert_sn").into());
}
