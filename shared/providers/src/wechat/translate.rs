//! Translates WeChat Pay's words into the domain's. A word without a row is never "paid" and never "failed"; an error
//! without a row has the verdict "ask".

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{Decline, RefundWord, Says};
use till_domain::text::{Buyer, TradeNo};
use till_domain::time::Time;

use super::wire::{Amount, Trade};
use crate::error::{Distrust, Verdict};
use crate::time;

/// The call that an error answers, on which its verdict depends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    Create,
    Query,
    Close,
    Refund,
    QueryRefund,
    Certificates,
}

/// A code without its underscores: the two generations of the interface spell the same codes with and without them.
pub(super) fn bare(code: &str) -> String {
    code.chars().filter(|c| *c != '_').collect()
}

/// Whether a bare code says that WeChat Pay does not know the trade or refund. Such an answer is not signed, so that alone
/// it proves nothing.
pub(super) fn is_unknown_there(bare: &str) -> bool {
    matches!(bare, "ORDERNOTEXIST" | "RESOURCENOTEXISTS")
}

/// Whether a bare code refuses this very request. An earlier try of it may have succeeded and be the reason: it was sent with
/// another address for notifications, or it left nothing to refund.
pub(super) fn is_about_the_request(bare: &str) -> bool {
    matches!(bare, "PARAMERROR" | "INVALIDREQUEST" | "RULELIMIT" | "TRADEERROR" | "ACCOUNTERROR")
}

/// What to do about an error. `code` is empty where the answer had none: then only the status counts.
pub(super) fn verdict(call: Call, status: u16, code: &str) -> Verdict {
    let is_refund = call == Call::Refund;
    match bare(code).as_str() {
        _ if status >= 500 => Verdict::Ask,
        // The request or the settings are wrong: the same request would be refused again.
        "PARAMERROR" | "INVALIDREQUEST" | "APPIDMCHIDNOTMATCH" | "MCHNOTEXISTS" | "SIGNERROR" | "NOAUTH"
        | "OPENIDMISMATCH" => Verdict::OurFault,
        // A business rule forbids it. A refund keeps its number until a person has looked; a trade is refused for good.
        "RULELIMIT" | "TRADEERROR" | "ACCOUNTERROR" if is_refund => Verdict::OurFault,
        // USER_ACCOUNT_ABNORMAL: the buyer's account can take no refund. WeChat Pay's own table calls such a refund failed.
        "RULELIMIT" | "TRADEERROR" | "ACCOUNTERROR" | "USERACCOUNTABNORMAL" => Verdict::Final,
        // The trade that is to be opened is closed already: it will never open under this number. OUT_TRADE_NO_USED and
        // ORDER_PAID are no such proof, because they say that there is a trade.
        "ORDERCLOSED" if call == Call::Create => Verdict::Final,
        // Too many calls. A refund may be under way all the same.
        "FREQUENCYLIMITED" | "FREQUENCYLIMITEXCEED" | "RATELIMITEXCEEDED" if is_refund => Verdict::Ask,
        // NOT_ENOUGH: the merchant's balance is too low, and the same number may be sent again after a top-up.
        "FREQUENCYLIMITED" | "FREQUENCYLIMITEXCEED" | "RATELIMITEXCEEDED" | "NOTENOUGH" => Verdict::Retry,
        _ if code.is_empty() => by_status(call, status),
        _ => Verdict::Ask,
    }
}

/// The verdict on an answer without a code. The gateway gives some of these before the request is processed: they are certain.
const fn by_status(call: Call, status: u16) -> Verdict {
    match status {
        400 | 401 | 405 | 406 | 411 | 413 | 414 | 415 => Verdict::OurFault,
        429 if !matches!(call, Call::Refund) => Verdict::Retry,
        _ => Verdict::Ask,
    }
}

/// The state of a trade. `fallback` replaces a payment time that is missing or unreadable.
pub(super) fn trade(trade: &Trade, fallback: Time) -> Result<Vec<Says>, Distrust> {
    Ok(match trade.state.as_deref() {
        Some("SUCCESS") => vec![paid(trade, fallback)?],
        // A partial refund has this state too, and its amount is never stated. Our own refunds are queried by their numbers.
        Some("REFUND") => {
            let trade_no = trade_no(trade.transaction_id.as_deref())?;
            vec![paid(trade, fallback)?, Says::BackUnclear { trade_no }]
        }
        Some("NOTPAY") => vec![Says::NotPaid],
        Some("CLOSED" | "REVOKED") => vec![Says::Closed { for_good: true }],
        Some("USERPAYING") => vec![Says::Processing],
        // The bank's reason stands in `trade_state_desc` at most, which is a text for people.
        Some("PAYERROR") => vec![Says::Failed, Says::Declined(Decline::Declined)],
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

/// WeChat Pay's number of a payment, which is required.
pub(super) fn trade_no(transaction_id: Option<&str>) -> Result<TradeNo, Distrust> {
    let bad = Distrust::Malformed("transaction_id");
    TradeNo::parse(transaction_id.ok_or(bad)?).map_err(|_| bad)
}

/// An amount in fen. Without a currency it is CNY: refund notifications never state one.
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
