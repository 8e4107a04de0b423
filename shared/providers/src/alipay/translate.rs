//! Translates Alipay's words into the domain's. A word that is not in these tables is "unknown" or "ask": never paid,
//! never failed.

use till_domain::money::Money;
use till_domain::order::{RefundWord, Says};
use till_domain::text::{Buyer, TradeNo};
use till_domain::time::Time;

use super::wire::Api;
use crate::error::Verdict;

/// The code of a call that succeeded. It never means "paid".
pub const ACCEPTED: &str = "10000";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// There is no such trade. A QR code becomes a trade only when it is scanned.
    NoTrade,
    /// Another trade with this number prevents the call.
    OtherTrade,
    /// The trade is not in a state for this.
    OtherState,
    /// There is a refund with this number and another amount.
    OtherRefund,
    NoBalance,
    Later,
    Never,
    OurFault,
    Unsure,
}

/// Reads a refusal's `code` and `sub_code`. Sub-codes sometimes lack their prefix or have it misspelled.
pub fn meaning(code: &str, sub_code: &str) -> Meaning {
    match code {
        "40004" => business(sub_code),
        "40005" => Meaning::Later,
        "20001" | "40001" | "40002" | "40003" | "40006" => Meaning::OurFault,
        // 10003 is "in progress", 20000 "unknown".
        _ => Meaning::Unsure,
    }
}

fn business(sub_code: &str) -> Meaning {
    let word = sub_code.trim().to_ascii_uppercase();
    let word = ["ACQ.", "AQC."].into_iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(&word);
    match word {
        "TRADE_NOT_EXIST" => Meaning::NoTrade,
        "TRADE_HAS_SUCCESS" | "TRADE_HAS_CLOSE" | "TRADE_HAS_FINISHED" | "CONTEXT_INCONSISTENT" => Meaning::OtherTrade,
        "TRADE_STATUS_ERROR" | "REASON_TRADE_STATUS_INVALID" | "REASON_ILLEGAL_STATUS" => Meaning::OtherState,
        "DISCORDANT_REPEAT_REQUEST" => Meaning::OtherRefund,
        "SELLER_BALANCE_NOT_ENOUGH" => Meaning::NoBalance,
        "REFUND_CHARGE_ERROR" => Meaning::Later,
        "INVALID_PARAMETER"
        | "TOTAL_FEE_EXCEED"
        | "EXIST_FORBIDDEN_WORD"
        | "REFUND_AMT_NOT_EQUAL_TOTAL"
        | "REASON_TRADE_REFUND_FEE_ERR" => Meaning::Never,
        "ACCESS_FORBIDDEN" | "PARTNER_ERROR" => Meaning::OurFault,
        _ => Meaning::Unsure,
    }
}

pub const fn verdict(api: Api, meaning: Meaning) -> Verdict {
    match (meaning, api) {
        // A refund of a trade that is finished, closed or in another state will not happen.
        (Meaning::Never, _) | (Meaning::OtherTrade | Meaning::OtherState, Api::Refund) => Verdict::Final,
        (Meaning::OurFault, _) => Verdict::OurFault,
        (Meaning::Later | Meaning::NoBalance, _) => Verdict::Retry,
        // For other calls the first two say that there is a trade, which may be paid: a query is needed. Callers that expect
        // the next two handle them before they look at the verdict.
        (Meaning::OtherTrade | Meaning::OtherState | Meaning::NoTrade | Meaning::OtherRefund | Meaning::Unsure, _) => {
            Verdict::Ask
        }
    }
}

/// The verdict on an unsigned refusal, which comes from the gateway itself. It never makes anything certain.
pub fn unsigned_verdict(code: &str) -> Verdict {
    if meaning(code, "") == Meaning::Later { Verdict::Retry } else { Verdict::Ask }
}

#[derive(Clone, Debug)]
pub struct Taken {
    pub trade_no: TradeNo,
    pub amount: Money,
    pub paid_at: Time,
    pub buyer: Option<Buyer>,
}

impl Taken {
    /// Reports the payment, and what was refunded of it.
    pub fn and_back(self, back: Back) -> Vec<Says> {
        let Self { trade_no, amount: whole, paid_at, buyer } = self;
        let paid = Says::Paid { trade_no: trade_no.clone(), amount: whole, paid_at, buyer };
        match back {
            Back::Nothing => vec![paid],
            Back::InAll(amount) => vec![paid, Says::BackInAll { trade_no, amount }],
            Back::Whole => vec![paid, Says::BackInAll { trade_no, amount: whole }],
            Back::Unclear => vec![paid, Says::BackUnclear { trade_no }],
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Back {
    /// No amount was stated.
    Nothing,
    InAll(Money),
    Whole,
    Unclear,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// `WAIT_BUYER_PAY`
    Waiting,
    /// `TRADE_SUCCESS` and `TRADE_FINISHED`, which can no longer be refunded.
    Paid,
    /// `TRADE_CLOSED`: never paid, or paid and then wholly refunded. Other fields say which.
    Closed,
    Unknown,
}

pub fn status(word: &str) -> Status {
    match word {
        "WAIT_BUYER_PAY" => Status::Waiting,
        "TRADE_SUCCESS" | "TRADE_FINISHED" => Status::Paid,
        "TRADE_CLOSED" => Status::Closed,
        _ => Status::Unknown,
    }
}

/// Whether a refund call moved money: only `Y` says so. `N` is a call that was made before, or one without effect.
pub fn has_moved(fund_change: Option<&str>) -> bool {
    fund_change == Some("Y")
}

/// Reads a refund's status. Alipay leaves it out for a refund that it did not receive and for one that did not work. Either is
/// to be sent again with the same number and amount, so no refund at Alipay is "processing".
pub fn refund_status(word: Option<&str>) -> RefundWord {
    match word {
        Some("REFUND_SUCCESS") => RefundWord::Succeeded,
        Some(_) | None => RefundWord::Unclear,
    }
}
