//! The tables of `translate`, row by row.

use till_domain::order::Decline;

use super::*;

fn says(text: &str) -> Result<Vec<Says>, Distrust> {
    translate::trade(&serde_json::from_str(text).unwrap(), now())
}

fn paid(amount: Money, paid_at: Time, buyer: Option<&str>) -> Says {
    let buyer = buyer.map(|openid| Buyer::parse(openid).unwrap());
    Says::Paid { trade_no: trade_no(TRANSACTION), amount, paid_at, buyer }
}

#[test]
fn each_trade_state_has_its_meaning() {
    let paid_at = from_rfc3339("2026-11-21T09:59:57+08:00").unwrap();
    let paid = paid(cny(990), paid_at, Some(OPENID));
    let unclear = Says::BackUnclear { trade_no: trade_no(TRANSACTION) };
    for (state, expected) in [
        ("SUCCESS", vec![paid.clone()]),
        ("REFUND", vec![paid, unclear]),
        ("NOTPAY", vec![Says::NotPaid]),
        ("CLOSED", vec![Says::Closed { for_good: true }]),
        ("REVOKED", vec![Says::Closed { for_good: true }]),
        ("USERPAYING", vec![Says::Processing]),
        ("PAYERROR", vec![Says::Failed, Says::Declined(Decline::Declined)]),
        ("ACCEPT", vec![Says::Unknown]),
        ("success", vec![Says::Unknown]),
        ("", vec![Says::Unknown]),
    ] {
        assert_eq!(says(&trade(state)), Ok(expected), "{state}");
    }
    assert_eq!(says("{}"), Ok(vec![Says::Unknown]), "no state at all");
}

#[test]
fn payment_has_the_providers_amount_time_and_buyer() {
    let success = trade("SUCCESS");
    let time = "\"success_time\":\"2026-11-21T09:59:57+08:00\",";
    let openid = OPENID;
    let paid_at = from_rfc3339("2026-11-21T09:59:57+08:00").unwrap();
    let usd = Money::new(990, Currency::USD).unwrap();
    for (from, to, expected) in [
        ("\"total\":990", "\"total\":1", paid(cny(1), paid_at, Some(openid))),
        ("\"total\":990", "\"total\":0", paid(cny(0), paid_at, Some(openid))),
        ("\"payer_total\":890", "\"payer_total\":0", paid(cny(990), paid_at, Some(openid))),
        (",\"currency\":\"CNY\"", "", paid(cny(990), paid_at, Some(openid))),
        ("\"currency\":\"CNY\"", "\"currency\":null", paid(cny(990), paid_at, Some(openid))),
        ("\"currency\":\"CNY\"", "\"currency\":\"USD\"", paid(usd, paid_at, Some(openid))),
        // Without a readable time it was paid when the answer came.
        (time, "", paid(cny(990), now(), Some(openid))),
        (time, "\"success_time\":\"yesterday\",", paid(cny(990), now(), Some(openid))),
        ("{\"openid\":\"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o\"}", "{}", paid(cny(990), paid_at, None)),
        ("{\"openid\":\"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o\"}", "null", paid(cny(990), paid_at, None)),
    ] {
        let changed = success.replace(from, to);
        assert_ne!(changed, success, "{from}");
        assert_eq!(says(&changed), Ok(vec![expected]), "{to}");
    }
}

#[test]
fn payment_without_number_or_amount_is_malformed() {
    let too_much = format!("\"total\":{}", MOST_MINOR + 1);
    for (from, to, why) in [
        ("\"transaction_id\":\"4200001234202611211234567890\",", "", "transaction_id"),
        ("4200001234202611211234567890", "", "transaction_id"),
        ("4200001234202611211234567890", "4200 1234", "transaction_id"),
        ("\"total\":990,", "", "amount.total"),
        ("\"total\":990", too_much.as_str(), "amount.total"),
        ("\"currency\":\"CNY\"", "\"currency\":\"ZZZ\"", "amount.currency"),
        ("\"amount\":{\"total\":990", "\"other\":{\"total\":990", "amount"),
    ] {
        for state in ["SUCCESS", "REFUND"] {
            assert_eq!(says(&trade(state).replace(from, to)), Err(Malformed(why)), "{state} {to}");
        }
    }
}

#[test]
fn amount_that_is_no_whole_number_is_refused() {
    for bad in ["9.9", "990.0", "9.9e2", "-990", "\"990\"", "[990]", "true", "18446744073709551616"] {
        let text = trade("SUCCESS").replace("\"total\":990", &format!("\"total\":{bad}"));
        assert!(serde_json::from_str::<wire::Trade>(&text).is_err(), "{bad}");
    }
}

#[test]
fn duplicate_field_is_refused_if_it_is_read() {
    let twice = [
        ("\"trade_state\":\"SUCCESS\"", "\"trade_state\":\"NOTPAY\",\"trade_state\":\"SUCCESS\""),
        ("\"total\":990", "\"total\":1,\"total\":990"),
        ("\"mchid\":", "\"mchid\":\"1\",\"mchid\":"),
        ("\"openid\":", "\"openid\":\"1\",\"openid\":"),
    ];
    for (from, to) in twice {
        assert!(serde_json::from_str::<wire::Trade>(&trade("SUCCESS").replace(from, to)).is_err(), "{to}");
    }
    let twice = trade("SUCCESS").replace("\"bank_type\":", "\"bank_type\":\"X\",\"bank_type\":");
    assert!(serde_json::from_str::<wire::Trade>(&twice).is_ok(), "it is not read");
}

#[test]
fn each_refund_status_has_its_meaning() {
    for (status, expected) in [
        (Some("SUCCESS"), RefundWord::Succeeded),
        (Some("CLOSED"), RefundWord::Failed),
        (Some("PROCESSING"), RefundWord::Processing),
        (Some("ABNORMAL"), RefundWord::Abnormal),
        (Some("CHANGE"), RefundWord::Unclear),
        (Some("REFUNDCLOSE"), RefundWord::Unclear),
        (Some("closed"), RefundWord::Unclear),
        (Some(""), RefundWord::Unclear),
        (None, RefundWord::Unclear),
    ] {
        assert_eq!(translate::refund(status), expected, "{status:?}");
    }
}

#[test]
fn each_error_has_its_verdict() {
    // Status, both spellings, and the verdict of: opening a trade, sending a refund, every other call.
    for (status, code, old, create, refund, other) in [
        (400, "PARAM_ERROR", "PARAMERROR", OurFault, OurFault, OurFault),
        (400, "INVALID_REQUEST", "INVALIDREQUEST", OurFault, OurFault, OurFault),
        (400, "APPID_MCHID_NOT_MATCH", "APPIDMCHIDNOTMATCH", OurFault, OurFault, OurFault),
        (400, "MCH_NOT_EXISTS", "MCHNOTEXISTS", OurFault, OurFault, OurFault),
        (400, "ORDER_CLOSED", "ORDERCLOSED", Final, Ask, Ask),
        (400, "ORDER_PAID", "ORDERPAID", Ask, Ask, Ask),
        (400, "OPENID_MISMATCH", "OPENIDMISMATCH", OurFault, OurFault, OurFault),
        (401, "SIGN_ERROR", "SIGNERROR", OurFault, OurFault, OurFault),
        (403, "NO_AUTH", "NOAUTH", OurFault, OurFault, OurFault),
        (403, "OUT_TRADE_NO_USED", "OUTTRADENOUSED", Ask, Ask, Ask),
        (403, "RULE_LIMIT", "RULELIMIT", Final, OurFault, Final),
        (403, "TRADE_ERROR", "TRADEERROR", Final, OurFault, Final),
        (403, "ACCOUNT_ERROR", "ACCOUNTERROR", Final, OurFault, Final),
        (403, "USER_ACCOUNT_ABNORMAL", "USERACCOUNTABNORMAL", Final, Final, Final),
        (403, "NOT_ENOUGH", "NOTENOUGH", Retry, Retry, Retry),
        (404, "ORDER_NOT_EXIST", "ORDERNOTEXIST", Ask, Ask, Ask),
        (404, "RESOURCE_NOT_EXISTS", "RESOURCENOTEXISTS", Ask, Ask, Ask),
        (429, "FREQUENCY_LIMITED", "FREQUENCYLIMITED", Retry, Ask, Retry),
        (429, "RATELIMIT_EXCEEDED", "RATELIMITEXCEEDED", Retry, Ask, Retry),
        (500, "SYSTEM_ERROR", "SYSTEMERROR", Ask, Ask, Ask),
        (500, "BANK_ERROR", "BANKERROR", Ask, Ask, Ask),
        (503, "SERVICE_UNAVAILABLE", "SERVICEUNAVAILABLE", Ask, Ask, Ask),
        // A word that would be certain, if the status did not say that the provider has a fault.
        (500, "PARAM_ERROR", "RULE_LIMIT", Ask, Ask, Ask),
        // Words without a row.
        (403, "SOMETHING_NEW", "param_error", Ask, Ask, Ask),
        (400, "ERROR", "FAIL", Ask, Ask, Ask),
        (429, "SLOW_DOWN", "_", Ask, Ask, Ask),
        // No word at all.
        (202, "", "", Ask, Ask, Ask),
        (302, "", "", Ask, Ask, Ask),
        (400, "", "", OurFault, OurFault, OurFault),
        (401, "", "", OurFault, OurFault, OurFault),
        (403, "", "", Ask, Ask, Ask),
        (404, "", "", Ask, Ask, Ask),
        (405, "", "", OurFault, OurFault, OurFault),
        (429, "", "", Retry, Ask, Retry),
        (500, "", "", Ask, Ask, Ask),
        (502, "", "", Ask, Ask, Ask),
    ] {
        for code in [code, old] {
            assert_eq!(translate::verdict(Call::Create, status, code), create, "create {status} {code}");
            assert_eq!(translate::verdict(Call::Refund, status, code), refund, "refund {status} {code}");
            for call in [Call::Query, Call::Close, Call::QueryRefund, Call::Certificates] {
                assert_eq!(translate::verdict(call, status, code), other, "{call:?} {status} {code}");
            }
        }
    }
}
