//! Refunds.

use super::*;

/// A refund of 4.00 of 9.90, for a conversation.
fn with_refund<T>(conversation: impl FnOnce(RefundOrder<'_>) -> T) -> T {
    let order = order(Method::AlipayQr);
    let mut refund = refund(&order, TRADE_NO, 400);
    refund.reason = Some(Reason::parse("买错了").unwrap());
    conversation(refund_order(&order, &refund))
}

fn send(answers: impl IntoIterator<Item = Answer>) -> Talk {
    with_refund(|refund| talk(answers, async |outside| merchant().refund(outside, refund).await))
}

fn ask(answer: Answer) -> Talk {
    with_refund(|refund| talk([answer], async |outside| merchant().query_refund(outside, refund).await))
}

fn refund_is(word: RefundWord) -> Says {
    let id = RefundId::Ours(RefundIndex::FIRST);
    Says::Refund { id, trade_no: trade_no(TRADE_NO), amount: cny(400), word }
}

fn refunded(fields: &str) -> Answer {
    let numbers = format!(r#""trade_no":"{TRADE_NO}","out_trade_no":"{NUMBER}""#);
    yes(REFUND, &format!(",{numbers}{fields}"))
}

fn standing(fields: &str) -> Answer {
    yes(REFUND_QUERY, fields)
}

fn done_standing() -> String {
    format!(
        r#","out_request_no":"{NUMBER}R1","trade_no":"{TRADE_NO}","refund_amount":"4.00","refund_status":"REFUND_SUCCESS""#
    )
}

#[test]
fn refund_that_moved_money_has_succeeded() {
    for (fields, expected) in [
        (r#","fund_change":"Y","refund_fee":"7.50""#, vec![refund_is(RefundWord::Succeeded), back_in_all(750)]),
        (r#","fund_change":"Y""#, vec![refund_is(RefundWord::Succeeded)]),
    ] {
        let (says, sent) = send([refunded(fields)]);
        assert_eq!(says.unwrap(), expected, "{fields}");
        let said = said(&sent[0]);
        assert_eq!(said["method"], "alipay.trade.refund");
        let content = format!(
            r#"{{"trade_no":"{TRADE_NO}","refund_amount":"4.00","out_request_no":"{NUMBER}R1","refund_reason":"买错了"}}"#
        );
        assert_eq!(said["biz_content"], content);
    }
    let answers = [refunded(r#","fund_change":"Y""#)];
    let (says, sent) = with_refund(|refund| {
        let refund = RefundOrder { paid: None, ..refund };
        talk(answers, async |outside| merchant().refund(outside, refund).await)
    });
    assert_eq!(says.unwrap(), [refund_is(RefundWord::Succeeded)], "its trade's number is enough");
    assert_eq!(sent.len(), 1);
}

/// It has succeeded if an earlier try did it. Otherwise nothing is under way, and it is to be sent again under its number.
#[test]
fn refund_that_moved_nothing_is_queried_at_once() {
    let without_status = done_standing().replace(r#","refund_status":"REFUND_SUCCESS""#, "");
    for (fields, stands, expected) in [
        (
            r#","fund_change":"N","refund_fee":"4.00""#,
            done_standing(),
            vec![refund_is(RefundWord::Succeeded), back_in_all(400)],
        ),
        (r#","fund_change":"N","refund_fee":"0.00""#, String::new(), vec![refund_is(RefundWord::Unclear)]),
        (r#","fund_change":"N""#, without_status, vec![refund_is(RefundWord::Unclear)]),
        (r#","fund_change":"N""#, done_standing().replace("4.00", "3.00"), vec![refund_is(RefundWord::Abnormal)]),
        ("", done_standing(), vec![refund_is(RefundWord::Succeeded)]),
    ] {
        let (says, sent) = send([refunded(fields), standing(&stands)]);
        assert_eq!(says.unwrap(), expected, "{fields} {stands}");
        assert_eq!(said(&sent[1])["method"], "alipay.trade.fastpay.refund.query");
    }
    let unanswered = [refunded(r#","fund_change":"N""#), Err(NoAnswer::TimedOut)];
    assert_eq!(send(unanswered).0.unwrap_err(), NoAnswer::TimedOut.into());
}

#[test]
fn repeated_refund_sends_the_same_request() {
    let send = || send([refunded(r#","fund_change":"Y""#)]).1;
    assert_eq!(send(), send());
}

#[test]
fn final_refusal_fails_the_refund_only_if_its_number_is_unknown() {
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
            let (says, sent) = send([no(REFUND, word), answer]);
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
            let (says, _) = send([no(REFUND, word), answer]);
            assert_eq!(says.unwrap_err().verdict(), Ask, "{word}");
        }
    }
}

#[test]
fn refund_number_in_use_is_never_a_failed_refund() {
    let word = "ACQ.DISCORDANT_REPEAT_REQUEST";
    let (says, _) = send([no(REFUND, word), standing("")]);
    assert_eq!(says.unwrap_err(), said_no(word, Ask));
    for (stands, expected) in
        [(done_standing(), RefundWord::Succeeded), (done_standing().replace("4.00", "3.00"), RefundWord::Abnormal)]
    {
        let (says, _) = send([no(REFUND, word), standing(&stands)]);
        assert_eq!(says.unwrap(), [refund_is(expected)]);
    }
}

#[test]
fn uncertain_refund_answer_is_an_error() {
    let (says, _) = send([no(REFUND, "ACQ.SELLER_BALANCE_NOT_ENOUGH")]);
    assert_eq!(says.unwrap(), [refund_is(RefundWord::NoBalance)]);
    for (answer, expected) in [
        (no(REFUND, "ACQ.SYSTEM_ERROR"), said_no("ACQ.SYSTEM_ERROR", Ask)),
        (no(REFUND, "ACQ.SOMETHING_NEW"), said_no("ACQ.SOMETHING_NEW", Ask)),
        (no(REFUND, "ACQ.TRADE_NOT_EXIST"), said_no("ACQ.TRADE_NOT_EXIST", Ask)),
        (no(REFUND, "ACQ.REFUND_CHARGE_ERROR"), said_no("ACQ.REFUND_CHARGE_ERROR", Retry)),
        (no(REFUND, "ACQ.ACCESS_FORBIDDEN"), said_no("ACQ.ACCESS_FORBIDDEN", OurFault)),
        (unsigned_no(REFUND, "40004", "ACQ.INVALID_PARAMETER"), said_no("ACQ.INVALID_PARAMETER", Ask)),
        (unsigned_no(REFUND, "40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH"), said_no("ACQ.SELLER_BALANCE_NOT_ENOUGH", Ask)),
        (Ok(signed(REFUND, &refusal("20000", "isp.unknow-error"))), said_no("isp.unknow-error", Ask)),
        (yes(REFUND, r#","trade_no":"1","fund_change":"Y""#), OtherSubject("trade_no").into()),
        (
            yes(REFUND, &format!(r#","trade_no":"{TRADE_NO}","out_trade_no":"1","fund_change":"Y""#)),
            OtherSubject("out_trade_no").into(),
        ),
        (yes(REFUND, r#","fund_change":"Y""#), Missing("trade_no").into()),
        (refunded(r#","fund_change":"Y","refund_fee":"-4.00""#), Malformed("refund_fee").into()),
        (Err(NoAnswer::TimedOut), NoAnswer::TimedOut.into()),
    ] {
        let (says, _) = send([answer]);
        assert_eq!(says.unwrap_err(), expected);
    }
}

#[test]
fn each_refund_state_has_its_word() {
    for (fields, word) in [
        (done_standing(), RefundWord::Succeeded),
        (done_standing().replace("4.00", "4.01"), RefundWord::Abnormal),
        (done_standing().replace(r#","refund_amount":"4.00""#, ""), RefundWord::Succeeded),
        (done_standing().replace(r#","refund_status":"REFUND_SUCCESS""#, ""), RefundWord::Unclear),
        (done_standing().replace("REFUND_SUCCESS", "REFUND_PROCESSING"), RefundWord::Unclear),
        (String::new(), RefundWord::Unclear),
    ] {
        let (says, sent) = ask(standing(&fields));
        assert_eq!(says.unwrap(), [refund_is(word)], "{fields}");
        let content = format!(r#"{{"trade_no":"{TRADE_NO}","out_request_no":"{NUMBER}R1"}}"#);
        assert_eq!(said(&sent[0])["biz_content"], content);
    }
    for (fields, why) in [
        (done_standing().replace("R1", "R2"), OtherSubject("out_request_no")),
        (done_standing().replace(TRADE_NO, "1"), OtherSubject("trade_no")),
        (done_standing().replace("4.00", "4,00"), Malformed("refund_amount")),
        (r#","refund_status":"REFUND_SUCCESS""#.to_owned(), Missing("out_request_no")),
    ] {
        let (says, _) = ask(standing(&fields));
        assert_eq!(says.unwrap_err(), Error::Distrust(why), "{fields}");
    }
    let (says, _) = ask(no(REFUND_QUERY, "ACQ.TRADE_NOT_EXIST"));
    assert_eq!(says.unwrap_err().verdict(), Ask);
}

#[test]
fn refund_made_elsewhere_cannot_be_sent_or_queried() {
    let order = order(Method::AlipayQr);
    let mut theirs = refund(&order, TRADE_NO, 400);
    theirs.id = RefundId::Theirs(OutsideRefundNo::parse("2026").unwrap());
    let refund = RefundOrder { refund_no: None, ..refund_order(&order, &theirs) };
    let expected = Error::Cannot("Alipay knows refunds by our numbers alone");
    assert_eq!(run(merchant().query_refund(&Script::new([]), refund)).unwrap_err(), expected);
    assert_eq!(run(merchant().refund(&Script::new([]), refund)).unwrap_err(), expected);
}
