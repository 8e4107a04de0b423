//! Conversations: the requests, what follows which answer, and the result.

#![expect(clippy::unnecessary_wraps, reason = "answers stand in tables beside calls that have none")]

mod opening;
mod refunds;
mod standing;

use super::*;

const QR: &str = "https://qr.alipay.com/bax03206ug0kulveltqc80a8";
const PRECREATE: &str = "alipay_trade_precreate";
const QUERY: &str = "alipay_trade_query";
const CLOSE: &str = "alipay_trade_close";
const REFUND: &str = "alipay_trade_refund";
const REFUND_QUERY: &str = "alipay_trade_fastpay_refund_query";

type Answers = Vec<Answer>;
type Talk = (SaysResult, Vec<Request>);

fn order(method: Method) -> Order {
    testing::order(method, Currency::CNY, (method == Method::AlipayQr).then_some(QR))
}

fn said_no(sub_code: &str, verdict: Verdict) -> Error {
    Error::Said { status: 200, code: Code::new(sub_code), verdict }
}

/// A signed acceptance with these fields.
fn yes(api: &str, fields: &str) -> Answer {
    Ok(signed(api, &format!(r#"{{"code":"10000","msg":"Success"{fields}}}"#)))
}

fn precreated(number: &str, code: &str) -> Answer {
    yes(PRECREATE, &format!(r#","out_trade_no":"{number}","qr_code":"{code}""#))
}

fn no(api: &str, sub_code: &str) -> Answer {
    Ok(signed(api, &refusal("40004", sub_code)))
}

fn unsigned_no(api: &str, code: &str, sub_code: &str) -> Answer {
    Ok(enveloped(api, &refusal(code, sub_code), ""))
}
