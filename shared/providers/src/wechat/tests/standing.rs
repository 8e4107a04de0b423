//! Conversations about the state of a trade: querying and closing.

use super::*;

const CLOSE: &str = "POST /v3/pay/transactions/out-trade-no/ORD20261121100000TESTTEST/close";

fn paid() -> Says {
    Says::Paid {
        trade_no: trade_no(TRANSACTION),
        amount: cny(990),
        paid_at: now().minus(Seconds(3)),
        buyer: Some(Buyer::parse(OPENID).unwrap()),
    }
}

fn query(answer: Response) -> SaysResult {
    let (said, sent) = talk([Ok(answer)], async |script| merchant().query(script, asked(&native_order())).await);
    assert_eq!(asked_for(&sent), [QUERY]);
    said
}

#[test]
fn queried_trade_is_paid_unpaid_or_uncertain() {
    assert_eq!(query(good(200, &trade("SUCCESS"))), Ok(vec![paid()]));
    assert_eq!(query(good(200, &trade("NOTPAY"))), Ok(vec![Says::NotPaid]));
    // The answer that there is no trade is not signed: it counts as "not paid" and nothing more.
    assert_eq!(query(bad(404, "ORDER_NOT_EXIST")), Ok(vec![Says::NotPaid]));
    assert_eq!(query(bad(404, "ORDERNOTEXIST")), Ok(vec![Says::NotPaid]));
    assert_eq!(query(bad(404, "")).unwrap_err().verdict(), Ask, "the answer has no code");
    assert_eq!(query(bad(500, "SYSTEM_ERROR")).unwrap_err().verdict(), Ask);
}

fn by_number(number: &str, answer: Response) -> (SaysResult, Vec<String>) {
    let trade_no = trade_no(number);
    let (said, sent) = talk([Ok(answer)], async |script| merchant().ask_trade(script, &trade_no).await);
    (said, asked_for(&sent))
}

#[test]
fn trade_is_asked_about_by_the_number_of_wechat_pay() {
    let asked = requests(&["GET /v3/pay/transactions/id/4200001234202611211234567890?mchid=1900007291"]);
    let unclear = Says::BackUnclear { trade_no: trade_no(TRANSACTION) };
    for (answer, expected) in [
        (good(200, &trade("SUCCESS")), vec![paid()]),
        (good(200, &trade("REFUND")), vec![paid(), unclear]),
        // The order's number may be anybody's.
        (good(200, &trade("SUCCESS").replace("ORD20261121100000TESTTEST", "shop-7")), vec![paid()]),
        (bad(404, "ORDER_NOT_EXIST"), vec![Says::NotPaid]),
    ] {
        assert_eq!(by_number(TRANSACTION, answer), (Ok(expected), asked.clone()));
    }
    for (from, to, why) in [
        (TRANSACTION, "4200001234202611211234567891", OtherSubject("transaction_id")),
        ("\"transaction_id\":", "\"x\":", Malformed("transaction_id")),
        ("1900007291", "1900007292", OtherMerchant("mchid")),
    ] {
        let (said, _) = by_number(TRANSACTION, good(200, &trade("SUCCESS").replace(from, to)));
        assert_eq!(said, Err(Error::Distrust(why)), "{to}");
    }
    let (_, sent) = by_number("a/b?c", bad(404, "ORDER_NOT_EXIST"));
    assert_eq!(sent, requests(&["GET /v3/pay/transactions/id/a%2Fb%3Fc?mchid=1900007291"]));
}

#[test]
fn answer_about_another_trade_or_merchant_is_rejected() {
    for (from, to, why) in [
        ("\"ORD20261121100000TESTTEST\"", "\"ORD20261121100000TESTTES2\"", OtherSubject("out_trade_no")),
        ("\"ORD20261121100000TESTTEST\"", "\"ORD20261121100000TESTTEST_2\"", OtherSubject("out_trade_no")),
        ("\"out_trade_no\":", "\"x\":", Malformed("out_trade_no")),
        ("1900007291", "1900007292", OtherMerchant("mchid")),
        ("\"mchid\":", "\"x\":", Malformed("mchid")),
        ("wxd678efh567hg6787", "wxd678efh567hg6788", OtherMerchant("appid")),
        ("\"appid\":", "\"x\":", Malformed("appid")),
        ("\"total\":990", "\"total\":9.9", Malformed("body")),
    ] {
        for state in ["SUCCESS", "NOTPAY", "CLOSED"] {
            let body = trade(state).replace(from, to);
            assert_eq!(query(good(200, &body)), Err(Error::Distrust(why)), "{state} {to}");
        }
    }
}

fn close(answers: impl IntoIterator<Item = Response>) -> (SaysResult, Vec<String>) {
    let answers = answers.into_iter().map(Ok);
    let (said, sent) = talk(answers, async |script| merchant().close(script, asked(&native_order())).await);
    assert_eq!(body_of(&sent[0]), r#"{"mchid":"1900007291"}"#);
    (said, asked_for(&sent))
}

#[test]
fn signed_close_answer_closes_for_good() {
    assert_eq!(close([good(204, "")]), (Ok(vec![Says::Closed { for_good: true }]), requests(&[CLOSE])));
}

#[test]
fn unsigned_close_answer_does_not_close() {
    let (said, _) = close([answer(204, &[], "")]);
    assert_eq!(said, Err(Error::Distrust(Missing("Wechatpay-Timestamp"))));
    let (said, _) = close([Stamp { key: stranger(), ..Stamp::default() }.answer(204, "")]);
    assert_eq!(said, Err(Error::Distrust(BadSignature)));
}

#[test]
fn trade_that_cannot_be_closed_is_queried() {
    for (code, standing, expected) in [
        ("ORDER_PAID", trade("SUCCESS"), vec![paid()]),
        ("ORDERPAID", trade("USERPAYING"), vec![Says::Processing]),
        ("ORDER_CLOSED", trade("CLOSED"), vec![Says::Closed { for_good: true }]),
        ("ORDER_NOT_EXIST", trade("NOTPAY"), vec![Says::NotPaid]),
        ("ORDER_NOT_EXIST", trade("SUCCESS"), vec![paid()]),
        ("TRADE_ERROR", trade("NEW_WORD"), vec![Says::Unknown]),
    ] {
        assert_eq!(close([bad(400, code), good(200, &standing)]), (Ok(expected), requests(&[CLOSE, QUERY])), "{code}");
    }
}

#[test]
fn trade_that_two_answers_do_not_know_is_closed_but_not_for_good() {
    for code in ["ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "ORDERNOTEXIST"] {
        assert_eq!(
            close([bad(404, code), bad(404, code)]),
            (Ok(vec![Says::Closed { for_good: false }]), requests(&[CLOSE, QUERY]))
        );
    }
    let (said, _) = close([bad(404, "ORDER_NOT_EXIST"), bad(500, "SYSTEM_ERROR")]);
    assert_eq!(said.unwrap_err().verdict(), Ask);
    let (said, _) = close([bad(400, "ORDER_PAID"), bad(404, "ORDER_NOT_EXIST")]);
    assert_eq!(said.unwrap_err().verdict(), Ask, "two answers that contradict each other");
}

#[test]
fn failed_close_is_an_error_without_a_query() {
    for (status, code) in
        [(404, ""), (500, "SYSTEM_ERROR"), (429, "FREQUENCY_LIMITED"), (401, "SIGN_ERROR"), (403, "NEW")]
    {
        let (said, sent) = close([bad(status, code)]);
        assert!(matches!(said, Err(Error::Said { .. })), "{status} {code}");
        assert_eq!(sent, [CLOSE]);
    }
}
