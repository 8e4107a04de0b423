//! Conversations about refunds.

use till_app::ports::RefundOrder;
use till_domain::currency::Currency;
use till_domain::id::RefundIndex;
use till_domain::money::Money;
use till_domain::order::{Refund, RefundId, RefundWord, Says};
use till_domain::provider::Method;
use till_domain::text::{OutsideRefundNo, Reason, TradeNo};

use super::{TRANSACTION, asked_for, bad, body_of, good, merchant, refund as answer, run};
use crate::error::{Distrust, Error, NoAnswer, Verdict};
use crate::http::Response;
use crate::provide::PaymentApi as _;
use crate::script::{self, Script};

const SEND: &str = "POST /v3/refund/domestic/refunds";
const ASK: &str = "GET /v3/refund/domestic/refunds/ORD20261121100000TESTTESTR1";

fn said(word: RefundWord) -> Vec<Says> {
    let amount = Money::new(300, Currency::CNY).unwrap();
    let trade_no = TradeNo::parse(TRANSACTION).unwrap();
    vec![Says::Refund { id: RefundId::Ours(RefundIndex::FIRST), trade_no, amount, word }]
}

fn with<T>(change: impl FnOnce(&mut Refund), ask: impl FnOnce(RefundOrder<'_>) -> T) -> T {
    let order = script::order(Method::WechatNative, Currency::CNY, None);
    let mut refund = script::refund(&order, TRANSACTION, 300);
    change(&mut refund);
    ask(script::refund_order(&order, &refund))
}

/// Sends a refund of 3.00 of 9.90; what was said and what was sent.
fn send(answers: impl IntoIterator<Item = Result<Response, NoAnswer>>) -> (Result<Vec<Says>, Error>, Vec<String>) {
    let script = Script::new(answers);
    let said = with(|_| (), |refund| run(merchant().refund(&script, refund)));
    (said, asked_for(&script.done()))
}

fn ask(answers: impl IntoIterator<Item = Result<Response, NoAnswer>>) -> (Result<Vec<Says>, Error>, Vec<String>) {
    let script = Script::new(answers);
    let said = with(|_| (), |refund| run(merchant().query_refund(&script, refund)));
    (said, asked_for(&script.done()))
}

#[test]
fn a_refund_is_sent_with_all_that_was_paid_and_its_own_address() {
    let script = Script::new([Ok(good(200, &answer("PROCESSING")))]);
    let reason = |refund: &mut Refund| refund.reason = Some(Reason::parse(&"退".repeat(90)).unwrap());
    let heard = with(reason, |refund| run(merchant().refund(&script, refund)));
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
fn each_status_of_a_refund_is_told() {
    for (status, word) in [
        ("SUCCESS", RefundWord::Succeeded),
        ("CLOSED", RefundWord::Failed),
        ("PROCESSING", RefundWord::Processing),
        ("ABNORMAL", RefundWord::Abnormal),
        ("NEW_WORD", RefundWord::Unclear),
    ] {
        assert_eq!(send([Ok(good(200, &answer(status)))]), (Ok(said(word)), vec![SEND.to_owned()]));
        assert_eq!(ask([Ok(good(200, &answer(status)))]), (Ok(said(word)), vec![ASK.to_owned()]));
    }
}

#[test]
fn an_empty_account_is_told_and_the_number_kept() {
    for code in ["NOT_ENOUGH", "NOTENOUGH"] {
        assert_eq!(send([Ok(bad(403, code))]), (Ok(said(RefundWord::NoBalance)), vec![SEND.to_owned()]));
    }
}

#[test]
fn an_uncertain_refusal_never_frees_the_money() {
    for (status, code, verdict) in [
        (500, "SYSTEM_ERROR", Verdict::Ask),
        (500, "SYSTEMERROR", Verdict::Ask),
        (503, "", Verdict::Ask),
        (401, "SIGN_ERROR", Verdict::OurFault),
        (403, "NO_AUTH", Verdict::OurFault),
        (403, "SOMETHING_NEW", Verdict::Ask),
        (404, "", Verdict::Ask),
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
        let (heard, sent) = send([refusal(), Ok(good(200, &answer("SUCCESS")))]);
        assert_eq!((heard, sent), (Ok(said(RefundWord::Succeeded)), vec![SEND.to_owned(), ASK.to_owned()]), "{code}");
        // Not there: it is a person's turn, and the money stays spoken for.
        let (heard, _) = send([refusal(), Ok(bad(404, "RESOURCE_NOT_EXISTS"))]);
        assert_eq!(heard.unwrap_err().verdict(), Verdict::OurFault, "{code}");
        assert!(send([refusal(), Err(NoAnswer::TimedOut)]).0.is_err(), "{code}");
    }
}

#[test]
fn too_many_questions_may_hide_a_refund_that_is_under_way() {
    let (heard, sent) = send([Ok(bad(429, "FREQUENCY_LIMITED")), Ok(good(200, &answer("PROCESSING")))]);
    assert_eq!(heard, Ok(said(RefundWord::Processing)));
    assert_eq!(sent, [SEND, ASK]);
    let (heard, _) = send([Ok(bad(429, "")), Ok(bad(404, "RESOURCE_NOT_EXISTS"))]);
    assert_eq!(heard.unwrap_err().verdict(), Verdict::Ask);
    let (heard, _) = send([Ok(bad(429, "RATELIMIT_EXCEEDED")), Ok(bad(429, "RATELIMIT_EXCEEDED"))]);
    assert!(matches!(heard, Err(Error::Said { status: 429, .. })));
}

#[test]
fn a_final_word_counts_once_the_refund_is_not_there_either() {
    let refusal = || Ok(bad(403, "USER_ACCOUNT_ABNORMAL"));
    let (heard, sent) = send([refusal(), Ok(bad(404, "RESOURCE_NOT_EXISTS"))]);
    assert_eq!(heard, Ok(said(RefundWord::Failed)));
    assert_eq!(sent, [SEND, ASK]);
    assert_eq!(send([refusal(), Ok(good(200, &answer("SUCCESS")))]).0, Ok(said(RefundWord::Succeeded)));
    assert!(send([refusal(), Ok(bad(500, ""))]).0.is_err());
    assert!(send([refusal(), Err(NoAnswer::TimedOut)]).0.is_err());
    // After a 202 even that word is no longer final.
    let (heard, sent) = send([Ok(bad(202, "")), refusal()]);
    assert_eq!(heard.unwrap_err().verdict(), Verdict::Ask);
    assert_eq!(sent, [SEND, SEND]);
}

#[test]
fn a_refund_that_is_not_there_is_unclear() {
    for code in ["RESOURCE_NOT_EXISTS", "ORDER_NOT_EXIST", "RESOURCENOTEXISTS"] {
        assert_eq!(ask([Ok(bad(404, code))]).0, Ok(said(RefundWord::Unclear)), "{code}");
        let (heard, sent) = send([Ok(bad(404, code)), Ok(bad(404, code))]);
        assert_eq!(heard, Ok(said(RefundWord::Unclear)), "{code}");
        assert_eq!(sent, [SEND, ASK]);
    }
    let (heard, _) = send([Ok(bad(404, "RESOURCE_NOT_EXISTS")), Ok(good(200, &answer("SUCCESS")))]);
    assert_eq!(heard, Ok(said(RefundWord::Succeeded)));
    assert_eq!(ask([Ok(bad(404, ""))]).0.unwrap_err().verdict(), Verdict::Ask, "nobody said so");
}

#[test]
fn an_answer_about_another_refund_is_not_believed() {
    for (from, to, why) in [
        ("TESTTESTR1", "TESTTESTR2", Distrust::OtherSubject("out_refund_no")),
        ("\"out_refund_no\":", "\"x\":", Distrust::Malformed("out_refund_no")),
        (TRANSACTION, "4200009", Distrust::OtherSubject("transaction_id")),
        ("\"transaction_id\":", "\"x\":", Distrust::Malformed("transaction_id")),
        ("\"ORD20261121100000TESTTEST\"", "\"ORD20261121100000TESTTEST_2\"", Distrust::OtherSubject("out_trade_no")),
        ("\"refund\":300", "\"refund\":299", Distrust::OtherSubject("amount.refund")),
        ("\"currency\":\"CNY\"", "\"currency\":\"USD\"", Distrust::OtherSubject("amount.refund")),
        ("\"refund\":300,", "", Distrust::Malformed("amount.refund")),
        ("\"amount\":", "\"x\":", Distrust::Malformed("amount")),
        ("\"status\":\"SUCCESS\"", "\"status\":\"PROCESSING\",\"status\":\"SUCCESS\"", Distrust::Malformed("body")),
    ] {
        let body = answer("SUCCESS").replace(from, to);
        assert_ne!(body, answer("SUCCESS"), "{from}");
        for heard in [send([Ok(good(200, &body))]).0, ask([Ok(good(200, &body))]).0] {
            assert_eq!(heard, Err(Error::Distrust(why)), "{to}");
        }
    }
}

#[test]
fn what_cannot_be_asked_is_not_sent() {
    let script = Script::new([]);
    let cannot = |heard: Result<Vec<Says>, Error>| assert!(matches!(heard, Err(Error::Cannot(_))));
    cannot(with(|_| (), |refund| run(merchant().refund(&script, RefundOrder { paid: None, ..refund }))));
    let theirs = |refund: &mut Refund| refund.id = RefundId::Theirs(OutsideRefundNo::parse("5000").unwrap());
    cannot(with(theirs, |refund| run(merchant().refund(&script, RefundOrder { refund_no: None, ..refund }))));
    cannot(with(theirs, |refund| run(merchant().query_refund(&script, RefundOrder { refund_no: None, ..refund }))));
    let dollars = |refund: &mut Refund| refund.amount = Money::new(300, Currency::USD).unwrap();
    cannot(with(dollars, |refund| run(merchant().refund(&script, refund))));
    script.done();

    // A question needs no more than the number.
    let script = Script::new([Ok(good(200, &answer("SUCCESS")))]);
    let heard = with(|_| (), |refund| run(merchant().query_refund(&script, RefundOrder { paid: None, ..refund })));
    assert_eq!(heard, Ok(said(RefundWord::Succeeded)));
}

#[test]
fn the_same_refund_is_the_same_request() {
    let sent = || {
        let script = Script::new([Ok(good(200, &answer("PROCESSING")))]);
        with(|_| (), |refund| run(merchant().refund(&script, refund))).unwrap();
        script.done().remove(0).body
    };
    assert_eq!(sent(), sent());
}
