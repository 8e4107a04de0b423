//! The tables of `translate`, row by row.

use super::*;

const CALLS: [Api; 5] = [Api::Precreate, Api::Query, Api::Close, Api::Refund, Api::RefundQuery];

#[test]
fn each_refusal_has_its_meaning() {
    use Meaning::*;
    for (code, sub_code, expected) in [
        ("20000", "isp.unknow-error", Unsure),
        ("20000", "aop.unknow-error", Unsure),
        ("20000", "ACQ.SYSTEM_ERROR", Unsure),
        ("20001", "aop.invalid-auth-token", OurFault),
        ("40001", "isv.missing-signature", OurFault),
        ("40002", "isv.invalid-signature", OurFault),
        ("40003", "isv.insufficient-conditions", OurFault),
        ("40005", "isv.app-call-limited", Later),
        ("40006", "isv.insufficient-isv-permissions", OurFault),
        ("10003", "", Unsure),
        ("99999", "ACQ.TRADE_NOT_EXIST", Unsure),
        ("", "", Unsure),
        ("40004", "ACQ.SYSTEM_ERROR", Unsure),
        ("40004", "AQC.SYSTEM_ERROR", Unsure),
        ("40004", "SYSTEM_ERROR", Unsure),
        ("40004", "isp.unknow-error", Unsure),
        ("40004", "aop.unknow-error", Unsure),
        ("40004", "", Unsure),
        ("40004", "ACQ.SOMETHING_NEW", Unsure),
        ("40004", "ACQ.TRADE_NOT_EXIST", NoTrade),
        ("40004", "AQC.TRADE_NOT_EXIST", NoTrade),
        ("40004", "TRADE_NOT_EXIST", NoTrade),
        ("40004", " acq.trade_not_exist ", NoTrade),
        ("40004", "ACQ.ACQ.TRADE_NOT_EXIST", Unsure),
        ("40004", "ACQ.TRADE_HAS_SUCCESS", OtherTrade),
        ("40004", "TRADE_HAS_SUCCESS", OtherTrade),
        ("40004", "ACQ.TRADE_HAS_CLOSE", OtherTrade),
        ("40004", "ACQ.TRADE_HAS_FINISHED", OtherTrade),
        ("40004", "ACQ.CONTEXT_INCONSISTENT", OtherTrade),
        ("40004", "ACQ.TRADE_STATUS_ERROR", OtherState),
        ("40004", "ACQ.REASON_TRADE_STATUS_INVALID", OtherState),
        ("40004", "REASON_ILLEGAL_STATUS", OtherState),
        ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", NoBalance),
        ("40004", "ACQ.REFUND_CHARGE_ERROR", Later),
        ("40004", "ACQ.INVALID_PARAMETER", Never),
        ("40004", "ACQ.TOTAL_FEE_EXCEED", Never),
        ("40004", "ACQ.EXIST_FORBIDDEN_WORD", Never),
        ("40004", "ACQ.DISCORDANT_REPEAT_REQUEST", OtherRefund),
        ("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", Never),
        ("40004", "ACQ.REASON_TRADE_REFUND_FEE_ERR", Never),
        ("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", Never),
        ("40004", "ACQ.ACCESS_FORBIDDEN", OurFault),
        ("40004", "ACQ.PARTNER_ERROR", OurFault),
    ] {
        assert_eq!(translate::meaning(code, sub_code), expected, "{code} {sub_code:?}");
    }
}

#[test]
fn each_meaning_has_its_verdict() {
    // In the order of CALLS.
    for (meaning, verdicts) in [
        (Meaning::NoTrade, [Ask, Ask, Ask, Ask, Ask]),
        (Meaning::OtherTrade, [Ask, Ask, Ask, Final, Ask]),
        (Meaning::OtherState, [Ask, Ask, Ask, Final, Ask]),
        (Meaning::OtherRefund, [Ask, Ask, Ask, Ask, Ask]),
        (Meaning::NoBalance, [Retry, Retry, Retry, Retry, Retry]),
        (Meaning::Later, [Retry, Retry, Retry, Retry, Retry]),
        (Meaning::Never, [Final, Final, Final, Final, Final]),
        (Meaning::OurFault, [OurFault, OurFault, OurFault, OurFault, OurFault]),
        (Meaning::Unsure, [Ask, Ask, Ask, Ask, Ask]),
    ] {
        assert_eq!(CALLS.map(|api| translate::verdict(api, meaning)), verdicts, "{meaning:?}");
    }
    for (code, verdict) in [
        ("40005", Retry),
        ("10003", Ask),
        ("20000", Ask),
        ("20001", Ask),
        ("40001", Ask),
        ("40002", Ask),
        ("40003", Ask),
        ("40004", Ask),
        ("40006", Ask),
        ("", Ask),
    ] {
        assert_eq!(translate::unsigned_verdict(code), verdict, "{code}");
    }
}

#[test]
fn each_trade_and_refund_state_has_its_meaning() {
    for (word, status) in [
        ("WAIT_BUYER_PAY", Status::Waiting),
        ("TRADE_SUCCESS", Status::Paid),
        ("TRADE_FINISHED", Status::Paid),
        ("TRADE_CLOSED", Status::Closed),
        ("trade_success", Status::Unknown),
        ("TRADE_SUCCESS ", Status::Unknown),
        ("TRADE_PENDING", Status::Unknown),
        ("", Status::Unknown),
    ] {
        assert_eq!(translate::status(word), status, "{word:?}");
    }
    for (word, expected) in
        [(Some("Y"), true), (Some("N"), false), (Some("y"), false), (Some(""), false), (None, false)]
    {
        assert_eq!(translate::has_moved(word), expected, "{word:?}");
    }
    for (word, expected) in [
        (Some("REFUND_SUCCESS"), RefundWord::Succeeded),
        (Some("REFUND_PROCESSING"), RefundWord::Unclear),
        (Some("REFUND_FAIL"), RefundWord::Unclear),
        (Some(""), RefundWord::Unclear),
        (None, RefundWord::Unclear),
    ] {
        assert_eq!(translate::refund_status(word), expected, "{word:?}");
    }
}

#[test]
fn amount_is_an_exact_decimal_text() {
    for (text, fen) in
        [("0.01", 1), ("9.90", 990), ("9.9", 990), ("9", 900), ("0.00", 0), ("100000000.00", 10_000_000_000)]
    {
        assert_eq!(wire::money(text, "x").map(Money::minor), Ok(fen), "{text}");
    }
    for text in
        ["", "-0.01", "+1", "1e2", "0.001", "100000000.01", "1,000.00", "９.90", " 9.90", "9.90 ", "09.90", "NaN", "."]
    {
        assert_eq!(wire::money(text, "x"), Err(Malformed("x")), "{text:?}");
    }
}

#[test]
fn duplicate_or_mistyped_field_is_refused() {
    assert!(serde_json::from_str::<wire::Trade>(r#"{"trade_no":"1","new":{"trade_no":2}}"#).is_ok());
    for text in [
        r#"{"trade_no":"1","trade_no":"2"}"#,
        r#"{"total_amount":"1.00","total_amount":"1.00"}"#,
        r#"{"total_amount":88.88}"#,
        r#"{"total_amount":88}"#,
        r#"{"trade_status":["TRADE_SUCCESS"]}"#,
        r#"{"trade_no":"1",}"#,
        r#"[{"trade_no":"1"}]{}"#,
    ] {
        assert!(serde_json::from_str::<wire::Trade>(text).is_err(), "{text}");
    }
    assert!(serde_json::from_str::<wire::Head>(r#"{"code":"10000","code":"40004"}"#).is_err());
    assert!(serde_json::from_str::<wire::Head>(r#"{"code":10000}"#).is_err());
    assert!(serde_json::from_str::<wire::Head>(r#"{"sub_code":"x"}"#).is_err());
}
