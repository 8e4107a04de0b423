//! Translates WeChat Pay's words into the domain's. A word without a row is never "paid" and never "failed"; an error
//! without a row has the verdict "ask".

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{RefundWord, Says};
use till_domain::text::{Buyer, TradeNo};
use till_domain::time::Time;

use super::wire::{Amount, Trade};
use crate::error::{Distrust, Verdict};
use crate::time;

/// What a call was for: the same error can mean different things.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    Create,
    Query,
    Close,
    Refund,
    QueryRefund,
    Certificates,
}

/// An error's word, in either of its spellings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    ParamError,
    InvalidRequest,
    AppidMchidNotMatch,
    MchNotExists,
    SignError,
    NoAuth,
    OpenidMismatch,
    OutTradeNoUsed,
    OrderPaid,
    OrderClosed,
    RuleLimit,
    TradeError,
    AccountError,
    UserAccountAbnormal,
    NotEnough,
    OrderNotExist,
    ResourceNotExists,
    FrequencyLimited,
    SystemError,
    BankError,
    ServiceUnavailable,
}

/// Spellings without underscores: both generations of the interface come to these.
const WORDS: &[(&str, Word)] = &[
    ("PARAMERROR", Word::ParamError),
    ("INVALIDREQUEST", Word::InvalidRequest),
    ("APPIDMCHIDNOTMATCH", Word::AppidMchidNotMatch),
    ("MCHNOTEXISTS", Word::MchNotExists),
    ("SIGNERROR", Word::SignError),
    ("NOAUTH", Word::NoAuth),
    ("OPENIDMISMATCH", Word::OpenidMismatch),
    ("OUTTRADENOUSED", Word::OutTradeNoUsed),
    ("ORDERPAID", Word::OrderPaid),
    ("ORDERCLOSED", Word::OrderClosed),
    ("RULELIMIT", Word::RuleLimit),
    ("TRADEERROR", Word::TradeError),
    ("ACCOUNTERROR", Word::AccountError),
    ("USERACCOUNTABNORMAL", Word::UserAccountAbnormal),
    ("NOTENOUGH", Word::NotEnough),
    ("ORDERNOTEXIST", Word::OrderNotExist),
    ("RESOURCENOTEXISTS", Word::ResourceNotExists),
    ("FREQUENCYLIMITED", Word::FrequencyLimited),
    ("FREQUENCYLIMITEXCEED", Word::FrequencyLimited),
    ("RATELIMITEXCEEDED", Word::FrequencyLimited),
    ("SYSTEMERROR", Word::SystemError),
    ("BANKERROR", Word::BankError),
    ("SERVICEUNAVAILABLE", Word::ServiceUnavailable),
];

impl Word {
    /// Reads a word; none, when it is not in the table.
    pub fn of(code: &str) -> Option<Self> {
        let bare: String = code.chars().filter(|c| *c != '_').collect();
        WORDS.iter().find(|(spelling, _)| *spelling == bare).map(|(_, word)| *word)
    }

    /// WeChat Pay does not know the trade or refund. Such an answer is not signed: alone it proves nothing.
    pub const fn is_unknown_there(self) -> bool {
        matches!(self, Self::OrderNotExist | Self::ResourceNotExists)
    }

    /// Something about this very request was refused, and perhaps only because an earlier try of it got through: it was
    /// sent with another address for notifications then, or there is nothing left to give back now.
    pub const fn is_about_the_request(self) -> bool {
        matches!(
            self,
            Self::ParamError | Self::InvalidRequest | Self::RuleLimit | Self::TradeError | Self::AccountError
        )
    }
}

/// What to do about an error. `code` is empty where the answer had none: then only the status speaks.
pub(super) fn verdict(call: Call, status: u16, code: &str) -> Verdict {
    if status >= 500 {
        return Verdict::Ask;
    }
    match Word::of(code) {
        // The request or the settings are wrong: the same would be refused again.
        Some(
            Word::ParamError
            | Word::InvalidRequest
            | Word::AppidMchidNotMatch
            | Word::MchNotExists
            | Word::SignError
            | Word::NoAuth
            | Word::OpenidMismatch,
        ) => Verdict::OurFault,
        // "Business rules" forbid it. A refund must keep its number until a person has looked; of a trade it is the end.
        Some(Word::RuleLimit | Word::TradeError | Word::AccountError) if call == Call::Refund => Verdict::OurFault,
        // The last word: the buyer's account can take no refund; the provider's own table calls such a refund failed.
        Some(Word::RuleLimit | Word::TradeError | Word::AccountError | Word::UserAccountAbnormal) => Verdict::Final,
        // A trade that is to be opened is closed already: never under this number. That the number is used or paid is the
        // contrary of certain: there is a trade.
        Some(Word::OrderClosed) if call == Call::Create => Verdict::Final,
        // Too often. A refund may be under way all the same.
        Some(Word::FrequencyLimited) if call == Call::Refund => Verdict::Ask,
        // Not enough money with the merchant: the same number again after a top-up.
        Some(Word::FrequencyLimited | Word::NotEnough) => Verdict::Retry,
        None if code.is_empty() => by_status(call, status),
        // Nothing that is certain.
        Some(
            Word::OutTradeNoUsed
            | Word::OrderPaid
            | Word::OrderClosed
            | Word::OrderNotExist
            | Word::ResourceNotExists
            | Word::SystemError
            | Word::BankError
            | Word::ServiceUnavailable,
        )
        | None => Verdict::Ask,
    }
}

/// Answers without a word: those of the entrance, before anybody has read the request, are certain.
const fn by_status(call: Call, status: u16) -> Verdict {
    match status {
        400 | 401 | 405 | 406 | 411 | 413 | 414 | 415 => Verdict::OurFault,
        429 if !matches!(call, Call::Refund) => Verdict::Retry,
        _ => Verdict::Ask,
    }
}

/// The state of a trade.
///
/// When the buyer paid is `success_time`; `fallback` stands in for one that is missing or no time.
pub(super) fn trade(trade: &Trade, fallback: Time) -> Result<Vec<Says>, Distrust> {
    Ok(match trade.state.as_deref() {
        Some("SUCCESS") => vec![paid(trade, fallback)?],
        // Said after a partial refund too, and never how much. Our own refunds are asked about by their numbers.
        Some("REFUND") => {
            let trade_no = trade_no(trade.transaction_id.as_deref())?;
            vec![paid(trade, fallback)?, Says::BackUnclear { trade_no }]
        }
        Some("NOTPAY") => vec![Says::NotPaid],
        Some("CLOSED" | "REVOKED") => vec![Says::Closed { for_good: true }],
        Some("USERPAYING") => vec![Says::Processing],
        Some("PAYERROR") => vec![Says::Failed],
        Some(_) | None => vec![Says::Unknown],
    })
}

fn paid(trade: &Trade, fallback: Time) -> Result<Says, Distrust> {
    let amount = trade.amount.as_ref().ok_or(Distrust::Malformed("amount"))?;
    let buyer = trade.payer.as_ref().and_then(|payer| payer.openid.as_deref());
    Ok(Says::Paid {
        trade_no: trade_no(trade.transaction_id.as_deref())?,
        amount: money(amount, amount.total, "amount.total")?,
        paid_at: trade.success_time.as_deref().and_then(time::from_rfc3339).unwrap_or(fallback),
        buyer: buyer.and_then(|openid| Buyer::parse(openid).ok()),
    })
}

/// WeChat Pay's number of a payment, which must be there.
pub(super) fn trade_no(transaction_id: Option<&str>) -> Result<TradeNo, Distrust> {
    let bad = Distrust::Malformed("transaction_id");
    TradeNo::parse(transaction_id.ok_or(bad)?).map_err(|_| bad)
}

/// An amount in fen. Where no currency is said it is CNY: refund notifications never say one.
pub(super) fn money(amount: &Amount, minor: Option<u64>, what: &'static str) -> Result<Money, Distrust> {
    let currency = amount.currency.as_deref().map_or(Ok(Currency::CNY), Currency::parse);
    let currency = currency.map_err(|_| Distrust::Malformed("amount.currency"))?;
    Money::new(minor.ok_or(Distrust::Malformed(what))?, currency).map_err(|_| Distrust::Malformed(what))
}

/// The state of a refund: `status` in an answer, `refund_status` in a notification.
pub(super) fn refund(status: Option<&str>) -> RefundWord {
    match status {
        Some("SUCCESS") => RefundWord::Succeeded,
        Some("CLOSED") => RefundWord::Failed,
        Some("PROCESSING") => RefundWord::Processing,
        Some("ABNORMAL") => RefundWord::Abnormal,
        Some(_) | None => RefundWord::Unclear,
    }
}
