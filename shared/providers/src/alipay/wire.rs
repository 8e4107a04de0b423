//! The shapes of requests and answers. Unknown fields are ignored; known ones must have their type and be there once at most.
//! Amounts are decimal texts in yuan, never floats.

use serde::{Deserialize, Serialize};
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::time::Time;

use crate::error::Distrust;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Api {
    Precreate,
    PagePay,
    /// A page on a phone.
    WapPay,
    Query,
    Close,
    Refund,
    RefundQuery,
}

impl Api {
    /// The method's name, and the key of its answer.
    pub(super) const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Precreate => ("alipay.trade.precreate", "alipay_trade_precreate_response"),
            Self::PagePay => ("alipay.trade.page.pay", "alipay_trade_page_pay_response"),
            Self::WapPay => ("alipay.trade.wap.pay", "alipay_trade_wap_pay_response"),
            Self::Query => ("alipay.trade.query", "alipay_trade_query_response"),
            Self::Close => ("alipay.trade.close", "alipay_trade_close_response"),
            Self::Refund => ("alipay.trade.refund", "alipay_trade_refund_response"),
            Self::RefundQuery => ("alipay.trade.fastpay.refund.query", "alipay_trade_fastpay_refund_query_response"),
        }
    }

    /// Whether it opens a trade, which needs the address for notifications.
    pub(super) const fn opens(self) -> bool {
        matches!(self, Self::Precreate | Self::PagePay | Self::WapPay)
    }
}

/// Alipay's limit for one payment: 100,000,000.00 yuan, in fen.
pub const MOST_FEN: u64 = 10_000_000_000;
pub const LEAST_FEN: u64 = 1;

#[derive(Serialize)]
pub struct NewTrade<'a> {
    pub out_trade_no: &'a str,
    pub total_amount: String,
    pub subject: String,
    pub product_code: &'a str,
    pub time_expire: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_code_timeout_express: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quit_url: Option<&'a str>,
}

#[derive(Serialize)]
pub struct OutTradeNo<'a> {
    pub out_trade_no: &'a str,
}

/// Alipay's own number.
#[derive(Serialize)]
pub struct TradeNumber<'a> {
    pub trade_no: &'a str,
}

/// A refund to make, or without an amount to query.
#[derive(Serialize)]
pub struct RefundContent<'a> {
    pub trade_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_amount: Option<String>,
    pub out_request_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_reason: Option<&'a str>,
}

#[derive(Deserialize)]
pub struct Head {
    pub code: String,
    pub sub_code: Option<String>,
}

#[derive(Deserialize)]
pub struct Precreated {
    pub out_trade_no: Option<String>,
    pub qr_code: Option<String>,
}

#[derive(Deserialize)]
pub struct Trade {
    pub out_trade_no: Option<String>,
    #[serde(rename = "trade_no")]
    pub number: Option<String>,
    #[serde(rename = "trade_status")]
    pub status: Option<String>,
    pub total_amount: Option<String>,
    /// When it was paid; an unpaid trade has none.
    pub send_pay_date: Option<String>,
    pub buyer_user_id: Option<String>,
    pub buyer_open_id: Option<String>,
}

#[derive(Deserialize)]
pub struct Closed {
    pub out_trade_no: Option<String>,
}

#[derive(Deserialize)]
pub struct Refunded {
    pub out_trade_no: Option<String>,
    pub trade_no: Option<String>,
    /// `Y`: this call moved money.
    pub fund_change: Option<String>,
    /// The total of all refunds so far.
    pub refund_fee: Option<String>,
}

#[derive(Deserialize)]
pub struct RefundStanding {
    pub out_trade_no: Option<String>,
    pub trade_no: Option<String>,
    pub out_request_no: Option<String>,
    pub refund_amount: Option<String>,
    pub refund_status: Option<String>,
}

pub fn money(text: &str, what: &'static str) -> Result<Money, Distrust> {
    Money::parse(text, Currency::CNY, MOST_FEN).map_err(|_| Distrust::Malformed(what))
}

pub fn time(text: &str, what: &'static str) -> Result<Time, Distrust> {
    crate::time::from_china(text).ok_or(Distrust::Malformed(what))
}

pub fn needed<'a>(field: Option<&'a str>, what: &'static str) -> Result<&'a str, Distrust> {
    optional(field).ok_or(Distrust::Missing(what))
}

pub fn optional(field: Option<&str>) -> Option<&str> {
    field.filter(|text| !text.is_empty())
}
