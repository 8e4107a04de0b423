//! Attempts, payments, refunds, disputes, figures and resolved holds: each a small map in one of the order's lists.
//!
//! | name | attempt | payment | refund | dispute | figure | resolved hold |
//! |---|---|---|---|---|---|---|
//! | `n` | number | attempt | number, if ours | | | |
//! | `o` | | | number, if not ours | number | | |
//! | `t` | | trade number | trade number | trade number | trade number | |
//! | `ac` | account | account | account | | | |
//! | `a` | | amount | amount | amount | total | |
//! | `m` | method | | | | | |
//! | `s` | state | role | state | state | | |
//! | `d` | begun at | paid at | at | | | at |
//! | `by` | | buyer | by | | | by |
//! | `h` | handle | | | | | hold |
//! | `r` | | | reason | | | reason |
//! | `e` | payable until | | | | | |
//! | `q` | unanswered | | unanswered | | | |
//! | flags | `f` final, `ho` heard of | | `es` succeeded once, `rv` revokes, `nb` no balance | | `mx` mixed, `uc` unclear, `st` stated | |
//! | `k`, `ka` | | | request: key and amount | | | |

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::id::{AttemptNo, RefundIndex};
use till_domain::order::{Attempt, Cleared, Dispute, Figure, Payment, Refund, RefundId, Request};
use till_domain::provider::Account;
use till_domain::text::{Buyer, DisputeNo, Handle, Key, OutsideRefundNo, Reason, TradeNo, UserId};

use super::lines::{read_by, read_hold, write_by, write_hold};
use crate::goods::{money, parse_money};
use crate::item::{BadItem, Reader, Writer, flag, instant, number, text};
use crate::pieces::{read_account, write_account};
use crate::words::Word;

pub(super) fn write_attempt(attempt: &Attempt) -> AttributeValue {
    Writer::default()
        .with("n", number(attempt.n.get()))
        .with("m", text(attempt.method.word()))
        .with("ac", text(write_account(&attempt.account)))
        .with("s", text(attempt.state.word()))
        .with("h", attempt.handle.as_ref().map(text))
        .with("e", attempt.payable_until.map(instant))
        .with("f", flag(attempt.is_final))
        .with("q", count(attempt.unanswered))
        .with("d", instant(attempt.begun_at))
        .with("ho", flag(attempt.heard_of))
        .map()
}

pub(super) fn read_attempt(reader: Reader<'_>) -> Result<Attempt, BadItem> {
    Ok(Attempt {
        n: attempt_no(reader)?,
        method: reader.parsed("m", Word::of)?,
        account: account(reader)?,
        state: reader.parsed("s", Word::of)?,
        handle: reader.maybe_parsed("h", Handle::parse)?,
        payable_until: reader.maybe_instant("e")?,
        is_final: reader.flag("f")?,
        unanswered: reader.maybe_number("q")?.unwrap_or(0),
        begun_at: reader.instant("d")?,
        heard_of: reader.flag("ho")?,
    })
}

pub(super) fn write_payment(payment: &Payment) -> AttributeValue {
    Writer::default()
        .with("t", text(&payment.trade_no))
        .with("n", number(payment.attempt.get()))
        .with("ac", text(write_account(&payment.account)))
        .with("a", money(payment.amount))
        .with("d", instant(payment.paid_at))
        .with("by", payment.buyer.as_ref().map(text))
        .with("s", text(payment.role.word()))
        .map()
}

pub(super) fn read_payment(reader: Reader<'_>) -> Result<Payment, BadItem> {
    Ok(Payment {
        trade_no: reader.parsed("t", TradeNo::parse)?,
        attempt: attempt_no(reader)?,
        account: account(reader)?,
        amount: reader.parsed("a", parse_money)?,
        paid_at: reader.instant("d")?,
        buyer: reader.maybe_parsed("by", Buyer::parse)?,
        role: reader.parsed("s", Word::of)?,
    })
}

pub(super) fn write_refund(refund: &Refund) -> AttributeValue {
    let (ours, theirs) = match &refund.id {
        RefundId::Ours(n) => (Some(number(n.get())), None),
        RefundId::Theirs(no) => (None, Some(text(no))),
    };
    let request = refund.request.as_ref();
    Writer::default()
        .with("n", ours)
        .with("o", theirs)
        .with("t", text(&refund.trade_no))
        .with("ac", text(write_account(&refund.account)))
        .with("a", money(refund.amount))
        .with("s", text(refund.state.word()))
        .with("es", flag(refund.ever_succeeded))
        .with("rv", flag(refund.revoke))
        .with("r", refund.reason.as_ref().map(text))
        .with("by", text(write_by(&refund.by)))
        .with("k", request.map(|request| text(&request.key)))
        .with("ka", request.and_then(|request| request.amount).map(money))
        .with("d", instant(refund.at))
        .with("nb", flag(refund.no_balance))
        .with("q", count(refund.unanswered))
        .map()
}

pub(super) fn read_refund(reader: Reader<'_>) -> Result<Refund, BadItem> {
    let theirs = reader.maybe_parsed("o", OutsideRefundNo::parse)?;
    let id = match theirs {
        Some(no) => RefundId::Theirs(no),
        None => RefundId::Ours(RefundIndex::new(reader.number("n")?).ok_or(BadItem::BadValue("n"))?),
    };
    let asked = reader.maybe_parsed("ka", parse_money)?;
    let request = reader.maybe_parsed("k", Key::parse)?.map(|key| Request { key, amount: asked });
    Ok(Refund {
        id,
        trade_no: reader.parsed("t", TradeNo::parse)?,
        account: account(reader)?,
        amount: reader.parsed("a", parse_money)?,
        state: reader.parsed("s", Word::of)?,
        ever_succeeded: reader.flag("es")?,
        revoke: reader.flag("rv")?,
        reason: reader.maybe_parsed("r", Reason::parse)?,
        by: reader.parsed("by", read_by)?,
        request,
        at: reader.instant("d")?,
        no_balance: reader.flag("nb")?,
        unanswered: reader.maybe_number("q")?.unwrap_or(0),
    })
}

pub(super) fn write_dispute(dispute: &Dispute) -> AttributeValue {
    Writer::default()
        .with("o", text(&dispute.no))
        .with("t", text(&dispute.trade_no))
        .with("a", money(dispute.amount))
        .with("s", text(dispute.state.word()))
        .map()
}

pub(super) fn read_dispute(reader: Reader<'_>) -> Result<Dispute, BadItem> {
    Ok(Dispute {
        no: reader.parsed("o", DisputeNo::parse)?,
        trade_no: reader.parsed("t", TradeNo::parse)?,
        amount: reader.parsed("a", parse_money)?,
        state: reader.parsed("s", Word::of)?,
    })
}

pub(super) fn write_figure(figure: &Figure) -> AttributeValue {
    Writer::default()
        .with("t", text(&figure.trade_no))
        .with("a", figure.total.map(money))
        .with("mx", flag(figure.mixed))
        .with("uc", flag(figure.unclear))
        .with("st", flag(figure.stated))
        .map()
}

pub(super) fn read_figure(reader: Reader<'_>) -> Result<Figure, BadItem> {
    Ok(Figure {
        trade_no: reader.parsed("t", TradeNo::parse)?,
        total: reader.maybe_parsed("a", parse_money)?,
        mixed: reader.flag("mx")?,
        unclear: reader.flag("uc")?,
        stated: reader.flag("st")?,
    })
}

pub(super) fn write_cleared(cleared: &Cleared) -> AttributeValue {
    Writer::default()
        .with("h", text(write_hold(cleared.hold)))
        .with("by", text(&cleared.by))
        .with("r", text(&cleared.reason))
        .with("d", instant(cleared.at))
        .map()
}

pub(super) fn read_cleared(reader: Reader<'_>) -> Result<Cleared, BadItem> {
    Ok(Cleared {
        hold: reader.parsed("h", read_hold)?,
        by: reader.parsed("by", UserId::parse)?,
        reason: reader.parsed("r", Reason::parse)?,
        at: reader.instant("d")?,
    })
}

/// A count that is mostly nothing, and then not written.
fn count(n: u8) -> Option<AttributeValue> {
    Some(number(n)).filter(|_| n > 0)
}

fn attempt_no(reader: Reader<'_>) -> Result<AttemptNo, BadItem> {
    AttemptNo::new(reader.number("n")?).ok_or(BadItem::BadValue("n"))
}

fn account(reader: Reader<'_>) -> Result<Account, BadItem> {
    reader.parsed("ac", read_account)
}
