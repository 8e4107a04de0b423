//! Translates Alipay's words into the domain's. A word that is not in these tables is "unknown" or "ask": never paid,
//! never failed.

use till_domain::money::Money;
use till_domain::order::{RefundWord, Says};
use till_domain::text::{Buyer, TradeNo};
use till_domain::time::Time;

use super::wire::Api;
use crate::error::Verdict;

/// The call succeeded. What that means depends on the call; it never means "paid".
pub const ACCEPTED: &str = "10000";

/// What a refusal means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// There is no such trade (a QR code that nobody scanned makes none).
    NoTrade,
    /// There is such a trade already, and it stands in the way.
    OtherTrade,
    /// The trade is not in a state for this.
    OtherState,
    /// There is a refund of this number already, of another amount.
    OtherRefund,
    /// The seller's balance is too low.
    NoBalance,
    /// A temporary refusal.
    Later,
    /// A final refusal.
    Never,
    /// The account's settings or contract do not allow it.
    OurFault,
    /// It is not certain whether the call took effect.
    Unsure,
}

/// Reads a refusal's `code` and `sub_code`. Sub-codes come without their prefix, or with it misspelled, at times.
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

/// What to do about a signed refusal of a call.
pub const fn verdict(api: Api, meaning: Meaning) -> Verdict {
    match (meaning, api) {
        // A refund of a trade that is finished, closed or in another state will not happen.
        (Meaning::Never, _) | (Meaning::OtherTrade | Meaning::OtherState, Api::Refund) => Verdict::Final,
        (Meaning::OurFault, _) => Verdict::OurFault,
        (Meaning::Later | Meaning::NoBalance, _) => Verdict::Retry,
        // Of any other call they say that there is a trade, which may be paid: a query tells. That there is none, or that
        // there is a refund, is a puzzle to those who do not look for this meaning.
        (Meaning::OtherTrade | Meaning::OtherState | Meaning::NoTrade | Meaning::OtherRefund | Meaning::Unsure, _) => {
            Verdict::Ask
        }
    }
}

/// The verdict on an unsigned refusal, which comes from the gateway itself. It never makes anything certain.
pub fn unsigned_verdict(code: &str) -> Verdict {
    match meaning(code, "") {
        Meaning::Later => Verdict::Retry,
        Meaning::NoTrade
        | Meaning::OtherTrade
        | Meaning::OtherState
        | Meaning::OtherRefund
        | Meaning::NoBalance
        | Meaning::Never
        | Meaning::OurFault
        | Meaning::Unsure => Verdict::Ask,
    }
}

/// A payment as Alipay states it.
#[derive(Clone, Debug)]
pub struct Taken {
    pub trade_no: TradeNo,
    /// The trade's amount, as Alipay states it.
    pub amount: Money,
    pub paid_at: Time,
    /// Who paid.
    pub buyer: Option<Buyer>,
}

impl Taken {
    fn says(self) -> Says {
        let Self { trade_no, amount, paid_at, buyer } = self;
        Says::Paid { trade_no, amount, paid_at, buyer }
    }

    /// Taken; and of it so much went back, if anything did.
    pub fn and_back(self, back: Back) -> Vec<Says> {
        let (trade_no, whole) = (self.trade_no.clone(), self.amount);
        let paid = self.says();
        match back {
            Back::Nothing => vec![paid],
            Back::InAll(amount) => vec![paid, Says::BackInAll { trade_no, amount }],
            Back::Whole => vec![paid, Says::BackInAll { trade_no, amount: whole }],
            Back::Unclear => vec![paid, Says::BackUnclear { trade_no }],
        }
    }
}

/// How much of a payment went back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Back {
    /// No amount was stated.
    Nothing,
    /// This total.
    InAll(Money),
    Whole,
    /// An unknown part.
    Unclear,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// `WAIT_BUYER_PAY`
    Waiting,
    /// `TRADE_SUCCESS` and `TRADE_FINISHED`, which can no longer be refunded.
    Paid,
    /// `TRADE_CLOSED`: never paid, or paid and then wholly refunded. What else was said must tell which.
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

/// Reads what a refund's order says of its money: only `Y` means that this order moved it. `N` is an order that was given
/// before, or one that came to nothing.
pub fn has_moved(fund_change: Option<&str>) -> bool {
    fund_change == Some("Y")
}

/// Reads a refund's status. Alipay leaves it out for a refund that it did not receive and for one that did not work: either
/// is to be sent again, under the same number and with the same amount, so that no refund of Alipay's is "processing".
pub fn refund_status(word: Option<&str>) -> RefundWord {
    match word {
        Some("REFUND_SUCCESS") => RefundWord::Succeeded,
        Some(_) | None => RefundWord::Unclear,
    }
}
