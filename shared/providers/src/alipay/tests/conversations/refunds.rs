//! How money goes back.

use till_app::ports::RefundOrder;
use till_domain::order::{RefundId, RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::{OutsideRefundNo, Reason};

use super::super::*;
use super::*;
use crate::error::{Distrust, Error, NoAnswer, Verdict};
use crate::provide::PaymentApi as _;
use crate::script::{Script, refund, refund_order};

/// Orders (or asks about) a refund of 4.00 of 9.90.
fn talk_of_refund(
    change: impl Fn(&mut RefundOrder<'_>),
    answers: Answers,
    is_question: bool,
) -> (Result<Vec<Says>, Error>, Vec<Request>) {
    let order = order(Method::AlipayQr);
    let mut back = refund(&order, TRADE_NO, 400);
    back.reason = Some(Reason::parse("买错了").unwrap());
    let mut told = refund_order(&order, &back);
    change(&mut told);
    let outside = Script::new(answers);
    let says = if is_question {
        ready(merchant().query_refund(&outside, told))
    } else {
        ready(merchant().refund(&outside, told))
    };
    (says, outside.done())
}

fn refund_is(word: RefundWord) -> Says {
    let id = RefundId::Ours(till_domain::id::RefundIndex::FIRST);
    Says::Refund { id, trade_no: trade_no(), amount: cny(400), word }
}

fn refunded(fields: &str) -> Result<Response, NoAnswer> {
    let numbers = format!(r#""trade_no":"{TRADE_NO}","out_trade_no":"{NUMBER}""#);
    Ok(signed(REFUND, &format!(r#"{{"code":"10000","msg":"Success",{numbers}{fields}}}"#)))
}

fn standing(fields: &str) -> Result<Response, NoAnswer> {
    Ok(signed(REFUND_QUERY, &format!(r#"{{"code":"10000","msg":"Success"{fields}}}"#)))
}

fn done_standing() -> String {
    format!(
        r#","out_request_no":"{NUMBER}R1","trade_no":"{TRADE_NO}","refund_amount":"4.00","refund_status":"REFUND_SUCCESS""#
    )
}

#[test]
fn a_refund_is_done_when_money_moved() {
    let total = |minor| Says::BackInAll { trade_no: trade_no(), amount: cny(minor) };
    for (fields, expected) in [
        (r#","fund_change":"Y","refund_fee":"7.50""#, vec![refund_is(RefundWord::Succeeded), total(750)]),
        (r#","fund_change":"Y""#, vec![refund_is(RefundWord::Succeeded)]),
    ] {
        let (says, sent) = talk_of_refund(|_| {}, vec![refunded(fields)], false);
        assert_eq!(says.unwrap(), expected, "{fields}");
        let said = said(&sent[0]);
        assert_eq!(said["method"], "alipay.trade.refund");
        let content = format!(
            r#"{{"trade_no":"{TRADE_NO}","refund_amount":"4.00","out_request_no":"{NUMBER}R1","refund_reason":"买错了"}}"#
        );
        assert_eq!(said["biz_content"], content);
    }
    let (says, sent) = talk_of_refund(|told| told.paid = None, vec![refunded(r#","fund_change":"Y""#)], false);
    assert_eq!(says.unwrap(), [refund_is(RefundWord::Succeeded)], "its trade's number is enough");
    assert_eq!(sent.len(), 1);
}

/// It is done if an earlier try did it. Else nothing is under way that a question could hear the end of: it stays to be sent
/// again, under its own number.
#[test]
fn a_refund_that_moved_nothing_is_asked_about_at_once() {
    let total = |minor| Says::BackInAll { trade_no: trade_no(), amount: cny(minor) };
    let without_status = done_standing().replace(r#","refund_status":"REFUND_SUCCESS""#, "");
    for (fields, stands, expected) in [
        (
            r#","fund_change":"N","refund_fee":"4.00""#,
            done_standing(),
            vec![refund_is(RefundWord::Succeeded), total(400)],
        ),
        (r#","fund_change":"N","refund_fee":"0.00""#, String::new(), vec![refund_is(RefundWord::Unclear)]),
        (r#","fund_change":"N""#, without_status, vec![refund_is(RefundWord::Unclear)]),
        (r#","fund_change":"N""#, done_standing().replace("4.00", "3.00"), vec![refund_is(RefundWord::Abnormal)]),
        ("", done_standing(), vec![refund_is(RefundWord::Succeeded)]),
    ] {
        let (says, sent) = talk_of_refund(|_| {}, vec![refunded(fields), standing(&stands)], false);
        assert_eq!(says.unwrap(), expected, "{fields} {stands}");
        assert_eq!(said(&sent[1])["method"], "alipay.trade.fastpay.refund.query");
    }
    let unanswered = vec![refunded(r#","fund_change":"N""#), Err(NoAnswer::TimedOut)];
    assert_eq!(talk_of_refund(|_| {}, unanswered, false).0.unwrap_err(), NoAnswer::TimedOut.into());
}

#[test]
fn a_refund_sent_again_is_the_same_to_the_letter() {
    let send = || talk_of_refund(|_| {}, vec![refunded(r#","fund_change":"Y""#)], false).1;
    assert_eq!(send(), send());
}

#[test]
fn a_refusal_counts_once_alipay_does_not_know_the_number() {
    for word in [
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.INVALID_PARAMETER",
        "INVALID_PARAMETER",
    ] {
        for (answer, expected) in [
            (standing(""), RefundWord::Failed),
            (standing(&format!(r#","trade_no":"{TRADE_NO}","out_request_no":"{NUMBER}R1""#)), RefundWord::Failed),
            (standing(&done_standing()), RefundWord::Succeeded),
            (standing(&done_standing().replace("4.00", "3.00")), RefundWord::Abnormal),
            (standing(&done_standing().replace("REFUND_SUCCESS", "REFUND_SOON")), RefundWord::Unclear),
            (standing(r#","refund_amount":"4.00""#), RefundWord::Unclear),
        ] {
            let (says, sent) = talk_of_refund(|_| {}, vec![no(REFUND, word), answer], false);
            assert_eq!(says.unwrap(), [refund_is(expected)], "{word}");
            assert_eq!(said(&sent[1])["method"], "alipay.trade.fastpay.refund.query");
        }
        for answer in [
            unsigned_no(REFUND_QUERY, "40004", "ACQ.TRADE_NOT_EXIST"),
            no(REFUND_QUERY, "ACQ.TRADE_NOT_EXIST"),
            no(REFUND_QUERY, "ACQ.SYSTEM_ERROR"),
            Ok(enveloped(REFUND_QUERY, r#"{"code":"10000"}"#, "")),
            Err(NoAnswer::TimedOut),
        ] {
            let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND, word), answer], false);
            assert_eq!(says.unwrap_err().verdict(), Verdict::Ask, "{word}");
        }
    }
}

#[test]
fn a_number_that_alipay_says_is_used_never_counts_as_failed() {
    let word = "ACQ.DISCORDANT_REPEAT_REQUEST";
    let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND, word), standing("")], false);
    assert_eq!(says.unwrap_err(), said_no(word, Verdict::Ask));
    for (stands, expected) in
        [(done_standing(), RefundWord::Succeeded), (done_standing().replace("4.00", "3.00"), RefundWord::Abnormal)]
    {
        let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND, word), standing(&stands)], false);
        assert_eq!(says.unwrap(), [refund_is(expected)]);
    }
}

#[test]
fn refunds_that_are_not_certain() {
    let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND, "ACQ.SELLER_BALANCE_NOT_ENOUGH")], false);
    assert_eq!(says.unwrap(), [refund_is(RefundWord::NoBalance)]);
    for (answer, expected) in [
        (no(REFUND, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Verdict::Ask)),
        (no(REFUND, "ACQ.SOMETHING_NEW"), said_no("ACQ.SOMETHING_NEW", Verdict::Ask)),
        (no(REFUND, "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Verdict::Ask)),
        (no(REFUND, "ACQ.REFUND_CHARGE_ERROR"), said_no("ACQ.REFUND_CHARGE_ERROR", Verdict::Retry)),
        (no(REFUND, "ACQ.ACCESS_FORBIDDEN"), said_no("ACQ.ACCESS_FORBIDDEN", Verdict::OurFault)),
        (unsigned_no(REFUND, "40004", "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Verdict::Ask)),
        (
            unsigned_no(REFUND, "40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"),
            said_no("ACQ.SELLER_BALANCE_NOT_ENOUGH", Verdict::Ask),
        ),
        (Ok(signed(REFUND, &refusal("20000", "isp.unknow-error"))), said_no("isp.unknow-error", Verdict::Ask)),
        (
            Ok(signed(REFUND, r#"{"code":"10000","trade_no":"1","fund_change":"Y"}"#)),
            Error::Distrust(Distrust::OtherSubject("trade_no")),
        ),
        (
            Ok(signed(
                REFUND,
                &format!(r#"{{"code":"10000","trade_no":"{TRADE_NO}","out_trade_no":"1","fund_change":"Y"}}"#),
            )),
            Error::Distrust(Distrust::OtherSubject("out_trade_no")),
        ),
        (Ok(signed(REFUND, r#"{"code":"10000","fund_change":"Y"}"#)), Error::Distrust(Distrust::Missing("trade_no"))),
        (refunded(r#","fund_change":"Y","refund_fee":"-4.00""#), Error::Distrust(Distrust::Malformed("refund_fee"))),
        (Err(NoAnswer::TimedOut), Error::NoAnswer(NoAnswer::TimedOut)),
    ] {
        let (says, _) = talk_of_refund(|_| {}, vec![answer], false);
        assert_eq!(says.unwrap_err(), expected);
    }
}

#[test]
fn how_a_refund_stands() {
    for (fields, word) in [
        (done_standing(), RefundWord::Succeeded),
        (done_standing().replace("4.00", "4.01"), RefundWord::Abnormal),
        (done_standing().replace(r#","refund_amount":"4.00""#, ""), RefundWord::Succeeded),
        (done_standing().replace(r#","refund_status":"REFUND_SUCCESS""#, ""), RefundWord::Unclear),
        (done_standing().replace("REFUND_SUCCESS", "REFUND_PROCESSING"), RefundWord::Unclear),
        (String::new(), RefundWord::Unclear),
    ] {
        let (says, sent) = talk_of_refund(|_| {}, vec![standing(&fields)], true);
        assert_eq!(says.unwrap(), [refund_is(word)], "{fields}");
        let content = format!(r#"{{"trade_no":"{TRADE_NO}","out_request_no":"{NUMBER}R1"}}"#);
        assert_eq!(said(&sent[0])["biz_content"], content);
    }
    for (fields, why) in [
        (done_standing().replace("R1", "R2"), Distrust::OtherSubject("out_request_no")),
        (done_standing().replace(TRADE_NO, "1"), Distrust::OtherSubject("trade_no")),
        (done_standing().replace("4.00", "4,00"), Distrust::Malformed("refund_amount")),
        (r#","refund_status":"REFUND_SUCCESS""#.to_owned(), Distrust::Missing("out_request_no")),
    ] {
        let (says, _) = talk_of_refund(|_| {}, vec![standing(&fields)], true);
        assert_eq!(says.unwrap_err(), Error::Distrust(why), "{fields}");
    }
    let (says, _) = talk_of_refund(|_| {}, vec![no(REFUND_QUERY, "ACQ.TRADE_NOT_EXIST")], true);
    assert_eq!(says.unwrap_err().verdict(), Verdict::Ask);
}

#[test]
fn refunds_made_elsewhere_have_no_number_to_ask_by() {
    let order = order(Method::AlipayQr);
    let mut back = refund(&order, TRADE_NO, 400);
    back.id = RefundId::Theirs(OutsideRefundNo::parse("2026").unwrap());
    let told = RefundOrder { refund_no: None, ..refund_order(&order, &back) };
    let expected = Error::Cannot("Alipay knows refunds by our numbers alone");
    assert_eq!(ready(merchant().query_refund(&Script::new([]), told)).unwrap_err(), expected);
    assert_eq!(ready(merchant().refund(&Script::new([]), told)).unwrap_err(), expected);
}
