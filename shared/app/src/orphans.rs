//! Verified payments that fit no order: what is reported of each is kept, and a person can settle it to an order, or close it. What
//! the provider reports of a settled one afterwards goes to its order.

use till_domain::id::{OrderNo, RefundNo};
use till_domain::order::{Duty, Order, RefundId, Report, Role, Says};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{OutsideRefundNo, TradeNo};
use till_domain::time::Time;

use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::ports::{
    AskTrade, CallbackAudit, Closing, DecideOrphan, KeepOrphan, LoadOrder, LoadOrphan, Orphan, OrphanStatus,
    Settlement, StoredOrphan, Unanswered, Unavailable,
};
use crate::remedy::{RemedyRequest, write_remedy};
use crate::settle::Settle;
use crate::tell::tell;
use crate::write::{Change, Writer, in_time, load, write};

/// What settling an orphan needs.
pub trait SettleOrphan: Perform + KeepOrphan + LoadOrphan + DecideOrphan + AskTrade {}

impl<P: Perform + KeepOrphan + LoadOrphan + DecideOrphan + AskTrade> SettleOrphan for P {}

/// Keeps the reports about money and tells the team, unless a person has settled this payment to an order: then that order
/// takes them in. Without such an order it ends in [`Failure::Orphan`], since the provider must send them again.
pub(crate) async fn take_in_orphans<P: Settle>(
    ports: &P,
    number: &str,
    reports: &[Report],
    callback: Option<&CallbackAudit>,
) -> Result<Order, Failure> {
    let (mut settled, mut is_lost) = (None, false);
    for orphan in keep_all(ports, number, reports).await? {
        if let Some(settlement) = &orphan.settlement {
            settled = Some(take_in_settled(ports, settlement.order, &orphan, reports, callback).await?);
        } else {
            is_lost = true;
            if orphan.is_open() {
                ports.raise_orphan(&orphan.orphan).await?;
            }
        }
    }
    settled.filter(|_| !is_lost).ok_or(Failure::Orphan)
}

/// Keeps all reports, and returns each payment that they are about as it stands then.
async fn keep_all<P: Settle>(ports: &P, number: &str, reports: &[Report]) -> Result<Vec<StoredOrphan>, Unavailable> {
    let mut kept: Vec<StoredOrphan> = Vec::new();
    for report in reports {
        let Some(trade_no) = report.says.trade_no().cloned() else { continue };
        let orphan = Orphan { number: number.to_owned(), trade_no, report: report.clone(), at: ports.now() };
        let stored = ports.keep_orphan(&orphan).await?;
        match kept.iter_mut().find(|known| known.orphan.trade_no == orphan.trade_no) {
            Some(known) => *known = stored,
            None => kept.push(stored),
        }
    }
    Ok(kept)
}

/// The order takes in what was kept too: the request that settled the payment may have been cut off.
async fn take_in_settled<P: Settle>(
    ports: &P,
    no: OrderNo,
    orphan: &StoredOrphan,
    reports: &[Report],
    callback: Option<&CallbackAudit>,
) -> Result<Order, Failure> {
    let writer = Writer { callback, ..Writer::PUSHED };
    let written =
        write(ports, no, None, writer, |order, now| Ok(Change::done_if(take_in(order, orphan, reports, now), ())));
    let written = written.await?;
    Ok(tell(ports, written.order, written.taken, writer).await)
}

/// Takes all that was reported of an orphan into an order, the payment first. Returns whether anything changed.
fn take_in(order: &mut Order, orphan: &StoredOrphan, later: &[Report], now: Time) -> bool {
    let is_of_it = |report: &&Report| report.says.trade_no() == Some(&orphan.orphan.trade_no);
    let is_payment = |report: &&Report| matches!(report.says, Says::Paid { .. });
    let all: Vec<&Report> = orphan.reports().chain(later).filter(is_of_it).collect();
    let (payments, others): (Vec<&Report>, Vec<&Report>) = all.into_iter().partition(is_payment);
    let named = orphan.named();
    let mut has_changed = false;
    for report in payments.into_iter().chain(others) {
        // An order can be written after the callback of its payment came.
        has_changed |= if named == Some(order.no) {
            order.settle(report, now)
        } else {
            order.adopt(&of_order(report, named, order.no), now)
        };
    }
    has_changed
}

/// The report with its refund's number as this order has it: reports number our refunds within the order that the payment names.
fn of_order(report: &Report, named: Option<OrderNo>, no: OrderNo) -> Report {
    let mut report = report.clone();
    if let Says::Refund { id, .. } = &mut report.says {
        let other = match &*id {
            RefundId::Ours(n) => {
                let theirs = named.and_then(|named| OutsideRefundNo::parse(&named.refund(*n).to_string()).ok());
                theirs.map(RefundId::Theirs)
            }
            RefundId::Theirs(text) => {
                let ours = RefundNo::parse(text.as_str()).ok().filter(|refund| refund.order == no);
                ours.map(|ours| RefundId::Ours(ours.n))
            }
        };
        if let Some(other) = other {
            *id = other;
        }
    }
    report
}

/// Settles an orphan to an order. The provider is asked first, and the orphan is marked before the order is written: whatever happens
/// then, the same request or the provider's next report finishes it.
pub async fn settle_orphan<P: SettleOrphan>(
    ports: &P,
    provider: Provider,
    trade_no: &TradeNo,
    no: OrderNo,
    asked: &RemedyRequest,
    deadline: Time,
) -> Result<Order, Failure> {
    let order = load(ports, no).await?;
    if order.is_remedied(asked.remedy)? {
        return Ok(order);
    }
    let stored = ports.load_orphan(provider, trade_no).await?.ok_or(Refusal::OrphanNotFound)?;
    let orphan = if stored.settlement.is_some() {
        stored
    } else {
        check_order(ports, &stored, no).await?;
        let confirmed = ask(ports, &stored, deadline).await?;
        check_open(&confirmed)?;
        let (by, reason, at) = (asked.by.clone(), asked.reason.clone(), ports.now());
        ports.settle_orphan(provider, trade_no, &Settlement { order: no, by, reason, at }).await?
    };
    match &orphan.settlement {
        Some(settlement) if settlement.order == no => {}
        Some(_) => return Err(Refusal::OrphanSettled.into()),
        None => return Err(Refusal::OrphanClosed.into()),
    }
    let written = write_remedy(ports, no, Some(order), asked, |order, now| {
        take_in(order, &orphan, &[], now);
        Ok(())
    });
    let written = written.await?;
    Ok(perform(ports, written.order, written.taken, deadline).await.order)
}

/// A payment whose own order is there is taken in by that order.
async fn check_order(ports: &impl LoadOrder, orphan: &StoredOrphan, no: OrderNo) -> Result<(), Failure> {
    let Some(named) = orphan.named().filter(|named| *named != no) else { return Ok(()) };
    if ports.load_order(named).await?.is_some() {
        let rule = "is not the order that the payment names";
        return Err(Refusal::InvalidField { field: "order_no", rule }.into());
    }
    Ok(())
}

fn check_open(orphan: &StoredOrphan) -> Result<(), Refusal> {
    match orphan.status() {
        OrphanStatus::Open | OrphanStatus::Settled => Ok(()),
        OrphanStatus::Closed | OrphanStatus::Returned => Err(Refusal::OrphanClosed),
    }
}

/// Asks the provider how the trade stands, and keeps what it says about its money beside the reports: notifications of refunds may
/// have been lost. Without its word that the trade was paid nothing is settled.
async fn ask<P: SettleOrphan>(ports: &P, orphan: &StoredOrphan, deadline: Time) -> Result<StoredOrphan, Failure> {
    check_open(orphan)?;
    let Orphan { number, trade_no, report, .. } = &orphan.orphan;
    let account = &orphan.payment().unwrap_or(report).account;
    let silent = Failure::Provider { provider: account.provider, refused: false };
    if !in_time(ports, deadline) {
        return Err(silent);
    }
    let asked_at = Some(ports.now());
    let says = ports.ask_trade(account, trade_no).await.map_err(|Unanswered| silent)?;
    let said: Vec<Says> = says.into_iter().filter(|says| says.trade_no() == Some(trade_no)).collect();
    if !said.iter().any(|says| matches!(says, Says::Paid { .. })) {
        return Err(Refusal::ProviderDenies.into());
    }
    let mut confirmed = orphan.clone();
    for says in said {
        let report = Report { attempt: report.attempt, account: account.clone(), asked_at, says };
        let (number, trade_no) = (number.clone(), trade_no.clone());
        confirmed = ports.keep_orphan(&Orphan { number, trade_no, report, at: ports.now() }).await?;
    }
    Ok(confirmed)
}

/// What an orphan would be to an order, as far as it is known before the provider is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AsPayment {
    pub role: Role,
    /// All that is left of it goes straight back.
    pub goes_back: bool,
    /// The order's goods are delivered for it.
    pub delivers: bool,
}

/// `None` if only refunds or disputes of it were reported.
pub fn as_payment(order: &Order, orphan: &StoredOrphan, now: Time) -> Option<AsPayment> {
    let mut order = order.clone();
    let was_owed = order.owes(Duty::Grant);
    take_in(&mut order, orphan, &[], now);
    let place = order.payments.iter().position(|payment| payment.trade_no == orphan.orphan.trade_no)?;
    Some(AsPayment {
        role: order.payments.get(place)?.role,
        goes_back: order.owes(Duty::Return(u16::try_from(place).ok()?)),
        delivers: !was_owed && order.owes(Duty::Grant),
    })
}

/// Notes that an orphan was dealt with elsewhere. Closing it again changes nothing, and the first to close it stays noted.
pub async fn close_orphan(
    ports: &(impl LoadOrphan + DecideOrphan),
    provider: Provider,
    trade_no: &TradeNo,
    closing: &Closing,
) -> Result<StoredOrphan, Failure> {
    let stored = ports.load_orphan(provider, trade_no).await?.ok_or(Refusal::OrphanNotFound)?;
    let is_decided = stored.settlement.is_some() || stored.closing.is_some();
    let orphan = if is_decided { stored } else { ports.close_orphan(provider, trade_no, closing).await? };
    match (&orphan.settlement, &orphan.closing) {
        (Some(_), _) => Err(Refusal::OrphanSettled.into()),
        (None, Some(first)) if first.key == closing.key && first.request != closing.request => {
            Err(Refusal::IdempotencyConflict.into())
        }
        (None, _) => Ok(orphan),
    }
}
