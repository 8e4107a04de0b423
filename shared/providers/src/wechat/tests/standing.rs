//! Conversations about how a trade stands: asking and closing.

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::Says;
use till_domain::provider::Method;
use till_domain::text::{Buyer, TradeNo};
use till_domain::time::Seconds;

use super::{Stamp, TRANSACTION, asked_for, bad, body_of, good, merchant, run, stranger, trade};
use crate::error::{Distrust, Error, Verdict};
use crate::http::Response;
use crate::provide::PaymentApi as _;
use crate::script::{Script, asked, now, order};

const NATIVE: Method = Method::WechatNative;
const CODE: &str = "weixin://wxpay/bizpayurl?pr=JyC91EIz1";
const QUERY: &str = "GET /v3/pay/transactions/out-trade-no/ORD20261121100000TESTTEST?mchid=1900007291";
const CLOSE: &str = "POST /v3/pay/transactions/out-trade-no/ORD20261121100000TESTTEST/close";

fn paid() -> Says {
    Says::Paid {
        trade_no: TradeNo::parse(TRANSACTION).unwrap(),
        amount: Money::new(990, Currency::CNY).unwrap(),
        paid_at: now().minus(Seconds(3)),
        buyer: Some(Buyer::parse("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap()),
    }
}

fn query(answer: Response) -> Result<Vec<Says>, Error> {
    let script = Script::new([Ok(answer)]);
    let said = run(merchant().query(&script, asked(&order(NATIVE, Currency::CNY, Some(CODE)))));
    assert_eq!(asked_for(&script.done()), [QUERY]);
    said
}

#[test]
fn a_trade_is_asked_about() {
    assert_eq!(query(good(200, &trade("SUCCESS"))), Ok(vec![paid()]));
    assert_eq!(query(good(200, &trade("NOTPAY"))), Ok(vec![Says::NotPaid]));
    // The provider's word that there is none is not signed: not paid, and no more than that.
    assert_eq!(query(bad(404, "ORDER_NOT_EXIST")), Ok(vec![Says::NotPaid]));
    assert_eq!(query(bad(404, "ORDERNOTEXIST")), Ok(vec![Says::NotPaid]));
    assert_eq!(query(bad(404, "")).unwrap_err().verdict(), Verdict::Ask, "nobody said so");
    assert_eq!(query(bad(500, "SYSTEM_ERROR")).unwrap_err().verdict(), Verdict::Ask);
}

#[test]
fn an_answer_about_another_trade_or_merchant_is_not_believed() {
    for (from, to, why) in [
        ("\"ORD20261121100000TESTTEST\"", "\"ORD20261121100000TESTTES2\"", Distrust::OtherSubject("out_trade_no")),
        ("\"ORD20261121100000TESTTEST\"", "\"ORD20261121100000TESTTEST_2\"", Distrust::OtherSubject("out_trade_no")),
        ("\"out_trade_no\":", "\"x\":", Distrust::Malformed("out_trade_no")),
        ("1900007291", "1900007292", Distrust::OtherMerchant("mchid")),
        ("\"mchid\":", "\"x\":", Distrust::Malformed("mchid")),
        ("wxd678efh567hg6787", "wxd678efh567hg6788", Distrust::OtherMerchant("appid")),
        ("\"appid\":", "\"x\":", Distrust::Malformed("appid")),
        ("\"total\":990", "\"total\":9.9", Distrust::Malformed("body")),
    ] {
        for state in ["SUCCESS", "NOTPAY", "CLOSED"] {
            let body = trade(state).replace(from, to);
            assert_eq!(query(good(200, &body)), Err(Error::Distrust(why)), "{state} {to}");
        }
    }
}

fn close(answers: impl IntoIterator<Item = Response>) -> (Result<Vec<Says>, Error>, Vec<String>) {
    let script = Script::new(answers.into_iter().map(Ok));
    let said = run(merchant().close(&script, asked(&order(NATIVE, Currency::CNY, Some(CODE)))));
    let sent = script.done();
    assert_eq!(body_of(&sent[0]), r#"{"mchid":"1900007291"}"#);
    (said, asked_for(&sent))
}

#[test]
fn a_closed_trade_is_closed_for_good() {
    let (said, sent) = close([good(204, "")]);
    assert_eq!(said, Ok(vec![Says::Closed { for_good: true }]));
    assert_eq!(sent, [CLOSE]);
}

#[test]
fn unsigned_close_answer_does_not_close() {
    let unsigned = crate::script::answer(204, &[], "");
    let (said, _) = close([unsigned]);
    assert_eq!(said, Err(Error::Distrust(Distrust::Missing("Wechatpay-Timestamp"))));
    let (said, _) = close([Stamp { key: stranger(), ..Stamp::default() }.answer(204, "")]);
    assert_eq!(said, Err(Error::Distrust(Distrust::BadSignature)));
}

#[test]
fn what_cannot_be_closed_is_asked_about() {
    for (refusal, standing, expected) in [
        ("ORDER_PAID", trade("SUCCESS"), vec![paid()]),
        ("ORDERPAID", trade("USERPAYING"), vec![Says::Processing]),
        ("ORDER_CLOSED", trade("CLOSED"), vec![Says::Closed { for_good: true }]),
        ("ORDER_NOT_EXIST", trade("NOTPAY"), vec![Says::NotPaid]),
        ("ORDER_NOT_EXIST", trade("SUCCESS"), vec![paid()]),
        ("TRADE_ERROR", trade("NEW_WORD"), vec![Says::Unknown]),
    ] {
        let (said, sent) = close([bad(400, refusal), good(200, &standing)]);
        assert_eq!(said, Ok(expected), "{refusal}");
        assert_eq!(sent, [CLOSE, QUERY]);
    }
}

#[test]
fn a_trade_that_is_not_there_is_closed_without_a_promise_once_two_answers_say_so() {
    for code in ["ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "ORDERNOTEXIST"] {
        let (said, sent) = close([bad(404, code), bad(404, code)]);
        assert_eq!(said, Ok(vec![Says::Closed { for_good: false }]));
        assert_eq!(sent, [CLOSE, QUERY]);
    }
    let (said, _) = close([bad(404, "ORDER_NOT_EXIST"), bad(500, "SYSTEM_ERROR")]);
    assert_eq!(said.unwrap_err().verdict(), Verdict::Ask);
    let (said, _) = close([bad(400, "ORDER_PAID"), bad(404, "ORDER_NOT_EXIST")]);
    assert_eq!(said.unwrap_err().verdict(), Verdict::Ask, "two answers that contradict each other");
}

#[test]
fn a_close_that_fails_says_nothing_of_the_trade() {
    for (status, code) in
        [(404, ""), (500, "SYSTEM_ERROR"), (429, "FREQUENCY_LIMITED"), (401, "SIGN_ERROR"), (403, "NEW")]
    {
        let (said, sent) = close([bad(status, code)]);
        assert!(matches!(said, Err(Error::Said { .. })), "{status} {code}");
        assert_eq!(sent, [CLOSE]);
    }
}
