//! Conversations: what is asked, what follows which answer, and what is made of it.

#![expect(clippy::unnecessary_wraps, reason = "answers stand in tables beside calls that have none")]

mod opening;
mod refunds;
mod standing;

use futures_util::FutureExt as _;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::Order;
use till_domain::provider::Method;
use till_domain::text::TradeNo;

use super::*;
use crate::error::{Code, Error, NoAnswer, Verdict};
use crate::script;

const QR: &str = "https://qr.alipay.com/bax03206ug0kulveltqc80a8";
const PRECREATE: &str = "alipay_trade_precreate";
const QUERY: &str = "alipay_trade_query";
const CLOSE: &str = "alipay_trade_close";
const REFUND: &str = "alipay_trade_refund";
const REFUND_QUERY: &str = "alipay_trade_fastpay_refund_query";

type Answers = Vec<Result<Response, NoAnswer>>;

fn ready<T>(talk: impl Future<Output = T>) -> T {
    talk.now_or_never().expect("a scripted conversation does not wait")
}

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn trade_no() -> TradeNo {
    TradeNo::parse(TRADE_NO).unwrap()
}

fn order(method: Method) -> Order {
    script::order(method, Currency::CNY, (method == Method::AlipayQr).then_some(QR))
}

fn said_no(sub_code: &str, verdict: Verdict) -> Error {
    Error::Said { status: 200, code: Code::new(sub_code), verdict }
}

fn no(api: &str, sub_code: &str) -> Result<Response, NoAnswer> {
    Ok(signed(api, &refusal("40004", sub_code)))
}

fn unsigned_no(api: &str, code: &str, sub_code: &str) -> Result<Response, NoAnswer> {
    Ok(enveloped(api, &refusal(code, sub_code), ""))
}
