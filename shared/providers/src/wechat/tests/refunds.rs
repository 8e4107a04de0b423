//! Conversations about refunds.

use super::*;

const SEND: &str = "POST /v3/refund/domestic/refunds";
const ASK: &str = "GET /v3/refund/domestic/refunds/ORD20261121100000TESTTESTR1";

fn said(word: RefundWord) -> Vec<Says> {
    let id = RefundId::Ours(RefundIndex::FIRST);
    vec![Says::Refund { id, trade_no: trade_no(TRANSACTION), amount: cny(300), word }]
}

/// Sends a refund of 3.00 of 9.90: the result, and the requests.
fn send(answers: impl IntoIterator<Item = Answer>) -> (SaysResult, Vec<String>) {
    let script = Script::new(answers);
    let said = with_refund(|_| (), |refund| run(merchant().refund(&script, refund)));
    (said, asked_for(&script.done()))
}

fn ask(answers: impl IntoIterator<Item = Answer>) -> (SaysResult, Vec<String>) {
    let script = Script::new(answers);
    let said = with_refund(|_| (), |refund| run(merchant().query_refund(&script, refund)));
    (said, asked_for(&script.done()))
}

#[test]
fn refund_request_holds_the_payment_total_and_the_notify_url() {
    let script = Script::new([Ok(good(200, &refund("PROCESSING")))]);
    let reason = |refund: &mut Refund| refund.reason = Some(Reason::parse(&"退".repeat(90)).unwrap());
    let heard = with_refund(reason, |refund| run(merchant().refund(&script, refund)));
    assert_eq!(heard, Ok(said(RefundWord::Processing)));
    let sent = script.done();
    assert_eq!(asked_for(&sent), [SEND]);
    let expected = format!(
        r#"{{"transaction_id":"{TRANSACTION}","out_refund_no":"ORD20261121100000TESTTESTR1","reason":"{}","notify_url":"https://shop.example/wechat/main","amount":{{"refund":300,"total":990,"currency":"CNY"}}}}"#,
        "退".repeat(26),
    );
    assert_eq!(body_of(&sent[0]), expected, "80 bytes of the reason hold 26 characters of three");
}

#[test]
fn each_refund_status_has_its_word() {
    for (status, word) in [
        ("SUCCESS", RefundWord::Succeeded),
        ("CLOSED", RefundWord::Failed),
        ("PROCESSING", RefundWord::Processing),
        ("ABNORMAL", RefundWord::Abnormal),
        ("NEW_WORD", RefundWord::Unclear),
    ] {
        assert_eq!(send([Ok(good(200, &refund(status)))]), (Ok(said(word)), requests(&[SEND])));
        assert_eq!(ask([Ok(good(200, &refund(status)))]), (Ok(said(word)), requests(&[ASK])));
    }
}

#[test]
fn empty_merchant_balance_is_reported_without_a_query() {
    for code in ["NOT_ENOUGH", "NOTENOUGH"] {
        assert_eq!(send([Ok(bad(403, code))]), (Ok(said(RefundWord::NoBalance)), requests(&[SEND])));
    }
}

#[test]
fn uncertain_refusal_is_no_failed_refund() {
    for (status, code, verdict) in [
        (500, "SYSTEM_ERROR", Ask),
        (500, "SYSTEMERROR", Ask),
        (503, "", Ask),
        (401, "SIGN_ERROR", OurFault),
        (403, "NO_AUTH", OurFault),
        (403, "SOMETHING_NEW", Ask),
        (404, "", Ask),
    ] {
        let (said, sent) = send([Ok(bad(status, code))]);
        assert_eq!(said.unwrap_err().verdict(), verdict, "{status} {code}");
        assert_eq!(sent, [SEND], "{status} {code}");
    }
    for why in [NoAnswer::TimedOut, NoAnswer::Broken] {
        assert_eq!(send([Err(why)]).0, Err(Error::NoAnswer(why)));
    }
}

#[test]
fn refused_refund_request_is_queried_as_it_may_have_succeeded_before() {
    for (status, code) in [
        (400, "PARAM_ERROR"),
        (400, "INVALID_REQUEST"),
        (403, "RULE_LIMIT"),
        (403, "TRADE_ERROR"),
        (403, "ACCOUNT_ERROR"),
    ] {
        let refusal = || Ok(bad(status, code));
        let (heard, sent) = send([refusal(), Ok(good(200, &refund("SUCCESS")))]);
        assert_eq!((heard, sent), (Ok(said(RefundWord::Succeeded)), requests(&[SEND, ASK])), "{code}");
        // Not found: a person has to look, and the amount stays reserved.
        let (heard, _) = send([refusal(), Ok(bad(404, "RESOURCE_NOT_EXISTS"))]);
        assert_eq!(heard.unwrap_err().verdict(), OurFault, "{code}");
        assert!(send([refusal(), Err(NoAnswer::TimedOut)]).0.is_err(), "{code}");
    }
}

#[test]
fn rate_limited_refund_is_queried_as_it_may_be_under_way() {
    let (heard, sent) = send([Ok(bad(429, "FREQUENCY_LIMITED")), Ok(good(200, &refund("PROCESSING")))]);
    assert_eq!(heard, Ok(said(RefundWord::Processing)));
    assert_eq!(sent, [SEND, ASK]);
    let (heard, _) = send([Ok(bad(429, "")), Ok(bad(404, "RESOURCE_NOT_EXISTS"))]);
    assert_eq!(heard.unwrap_err().verdict(), Ask);
    let (heard, _) = send([Ok(bad(429, "RATELIMIT_EXCEEDED")), Ok(bad(429, "RATELIMIT_EXCEEDED"))]);
    assert!(matches!(heard, Err(Error::Said { status: 429, .. })));
}

#[test]
fn final_refusal_fails_the_refund_only_if_a_query_does_not_find_it() {
    let refusal = || Ok(bad(403, "USER_ACCOUNT_ABNORMAL"));
    let unknown = Ok(bad(404, "RESOURCE_NOT_EXISTS"));
    assert_eq!(send([refusal(), unknown]), (Ok(said(RefundWord::Failed)), requests(&[SEND, ASK])));
    assert_eq!(send([refusal(), Ok(good(200, &refund("SUCCESS")))]).0, Ok(said(RefundWord::Succeeded)));
    assert!(send([refusal(), Ok(bad(500, ""))]).0.is_err());
    assert!(send([refusal(), Err(NoAnswer::TimedOut)]).0.is_err());
    // After a 202 the same refusal is no longer final.
    let (heard, sent) = send([Ok(bad(202, "")), refusal()]);
    assert_eq!(heard.unwrap_err().verdict(), Ask);
    assert_eq!(sent, [SEND, SEND]);
}

#[test]
fn refund_that_is_not_found_is_unclear() {
    for code in ["RESOURCE_NOT_EXISTS", "ORDER_NOT_EXIST", "RESOURCENOTEXISTS"] {
        assert_eq!(ask([Ok(bad(404, code))]).0, Ok(said(RefundWord::Unclear)), "{code}");
        let (heard, sent) = send([Ok(bad(404, code)), Ok(bad(404, code))]);
        assert_eq!(heard, Ok(said(RefundWord::Unclear)), "{code}");
        assert_eq!(sent, [SEND, ASK]);
    }
    let (heard, _) = send([Ok(bad(404, "RESOURCE_NOT_EXISTS")), Ok(good(200, &refund("SUCCESS")))]);
    assert_eq!(heard, Ok(said(RefundWord::Succeeded)));
    assert_eq!(ask([Ok(bad(404, ""))]).0.unwrap_err().verdict(), Ask, "the answer has no code");
}

#[test]
fn answer_about_another_refund_is_rejected() {
    for (from, to, why) in [
        ("TESTTESTR1", "TESTTESTR2", OtherSubject("out_refund_no")),
        ("\"out_refund_no\":", "\"x\":", Malformed("out_refund_no")),
        (TRANSACTION, "4200009", OtherSubject("transaction_id")),
        ("\"transaction_id\":", "\"x\":", Malformed("transaction_id")),
        ("\"ORD20261121100000TESTTEST\"", "\"ORD20261121100000TESTTEST_2\"", OtherSubject("out_trade_no")),
        ("\"refund\":300", "\"refund\":299", OtherSubject("amount.refund")),
        ("\"currency\":\"CNY\"", "\"currency\":\"USD\"", OtherSubject("amount.refund")),
        ("\"refund\":300,", "", Malformed("amount.refund")),
        ("\"amount\":", "\"x\":", Malformed("amount")),
        ("\"status\":\"SUCCESS\"", "\"status\":\"PROCESSING\",\"status\":\"SUCCESS\"", Malformed("body")),
    ] {
        let body = refund("SUCCESS").replace(from, to);
        assert_ne!(body, refund("SUCCESS"), "{from}");
        for heard in [send([Ok(good(200, &body))]).0, ask([Ok(good(200, &body))]).0] {
            assert_eq!(heard, Err(Error::Distrust(why)), "{to}");
        }
    }
}

#[test]
fn refund_without_payment_or_own_number_is_not_sent() {
    let script = Script::new([]);
    let cannot = |heard: SaysResult| assert!(matches!(heard, Err(Error::Cannot(_))));
    cannot(with_refund(|_| (), |refund| run(merchant().refund(&script, RefundOrder { paid: None, ..refund }))));
    let theirs = |refund: &mut Refund| refund.id = RefundId::Theirs(OutsideRefundNo::parse("5000").unwrap());
    cannot(with_refund(theirs, |refund| run(merchant().refund(&script, RefundOrder { refund_no: None, ..refund }))));
    cannot(with_refund(theirs, |refund| {
        run(merchant().query_refund(&script, RefundOrder { refund_no: None, ..refund }))
    }));
    let dollars = |refund: &mut Refund| refund.amount = Money::new(300, Currency::USD).unwrap();
    cannot(with_refund(dollars, |refund| run(merchant().refund(&script, refund))));
    script.done();

    // A query needs only the refund number.
    let script = Script::new([Ok(good(200, &refund("SUCCESS")))]);
    let heard =
        with_refund(|_| (), |refund| run(merchant().query_refund(&script, RefundOrder { paid: None, ..refund })));
    assert_eq!(heard, Ok(said(RefundWord::Succeeded)));
}

#[test]
fn repeated_refund_sends_the_same_body() {
    let sent = || {
        let script = Script::new([Ok(good(200, &refund("PROCESSING")))]);
        with_refund(|_| (), |refund| run(merchant().refund(&script, refund))).unwrap();
        script.done().remove(0).body
    };
    assert_eq!(sent(), sent());
}
