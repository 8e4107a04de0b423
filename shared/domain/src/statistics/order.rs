//! What one order contributes. Orders are counted under the method by which they were paid, or else that of the newest attempt,
//! and under the currency of their price; money under the method by which it came, and under its own currency.

use super::{DayTally, Taken, Tally};
use crate::money::Money;
use crate::order::{
    Attempt, AttemptState, Decline, Dispute, DisputeState, Fulfilment, Order, Payment, Role, Status, Why,
};
use crate::provider::Method;

pub(super) fn count(tally: &mut DayTally, order: &Order) {
    let main = tally.group(method_of(order), order.sold.price.currency());
    count_status(main, order);
    count_goods(main, order);
    count_unknown_disputes(main, order);
    for attempt in &order.attempts {
        count_attempt(tally.group(attempt.method, order.sold.price.currency()), attempt);
    }
    for payment in &order.payments {
        count_payment(tally, order, payment);
    }
    if order.kept().is_some() {
        tally.buyers.add(&order.sold.user);
    }
}

/// The method of the payment that pays for it; else of the newest attempt that its buyer began.
fn method_of(order: &Order) -> Method {
    let paid_by = order.kept().and_then(|kept| order.attempt(kept.attempt));
    let newest = order.attempts.iter().filter(|attempt| !attempt.heard_of).max_by_key(|attempt| attempt.n);
    paid_by.or(newest).or_else(|| order.newest_attempt()).map_or(Method::WechatNative, |attempt| attempt.method)
}

fn count_status(main: &mut Tally, order: &Order) {
    up(&mut main.created);
    add(&mut main.ordered_minor, order.sold.price.minor());
    if order.payments.len() > 1 {
        up(&mut main.paid_twice);
    }
    match (order.status(), order.cancelled.map(|cancelled| cancelled.why)) {
        (Status::Paid | Status::Refunded, _) => count_paid(main, order),
        (Status::Pending, _) => up(&mut main.pending),
        (Status::Cancelled, Some(Why::User)) => up(&mut main.cancelled_by_buyer),
        (Status::Cancelled, Some(Why::Admin)) => up(&mut main.cancelled_by_team),
        (Status::Cancelled, Some(Why::Expired) | None) => up(&mut main.expired),
    }
    if order.kept().is_none() && order.attempts.iter().any(|attempt| failure(attempt).is_some()) {
        up(&mut main.failed);
    }
}

fn count_paid(main: &mut Tally, order: &Order) {
    let Some(kept) = order.kept() else { return };
    up(&mut main.paid);
    if order.status() == Status::Refunded {
        up(&mut main.refunded);
    } else if !order.back(kept).is_zero() {
        up(&mut main.refunded_in_part);
    }
    let first = order.attempts.iter().map(|attempt| attempt.n).min();
    if first.is_some_and(|first| kept.attempt > first) {
        up(&mut main.paid_by_retry);
    }
    if kept.paid_at > order.expire_at || order.cancelled.is_some_and(|c| c.why != Why::Expired) {
        up(&mut main.paid_late);
    }
    if order.superseded.is_some() {
        up(&mut main.superseded);
    }
    main.to_pay.add(kept.paid_at.since(order.created_at));
}

fn count_goods(main: &mut Tally, order: &Order) {
    match order.fulfilment() {
        Fulfilment::None => {}
        Fulfilment::Queued | Fulfilment::Withheld if order.superseded.is_some() => {}
        Fulfilment::Queued | Fulfilment::Withheld => up(&mut main.not_granted),
        Fulfilment::Granted | Fulfilment::Revoking => up(&mut main.granted),
        Fulfilment::Revoked => {
            up(&mut main.granted);
            up(&mut main.revoked);
        }
    }
    // A later round begins long after the payment, by a person's decision: it says nothing of how quickly goods come.
    if let (Some(kept), Some(granted), 1) = (order.kept(), order.granting.granted, order.granting.round) {
        main.to_grant.add(granted.since(kept.paid_at));
    }
}

fn count_attempt(group: &mut Tally, attempt: &Attempt) {
    up(&mut group.attempts);
    if let Some(reason) = failure(attempt) {
        group.failures.add(reason, 1);
    }
}

/// The last reason that its provider gave; also of an attempt that was paid in the end. Attempts of earlier releases can have
/// failed without one.
fn failure(attempt: &Attempt) -> Option<Decline> {
    attempt.decline.or((attempt.state == AttemptState::Failed).then_some(Decline::Other))
}

fn count_payment(tally: &mut DayTally, order: &Order, payment: &Payment) {
    let method = order.attempt(payment.attempt).map_or_else(|| method_of(order), |attempt| attempt.method);
    let group = tally.group(method, payment.amount.currency());
    let taken: &mut Taken = match payment.role {
        Role::Kept => &mut group.kept,
        Role::Extra => &mut group.extra,
        Role::Odd => &mut group.odd,
    };
    up(&mut taken.payments);
    add(&mut taken.minor, payment.amount.minor());
    add(&mut taken.back_minor, order.back(payment).minor());
    for dispute in order.disputes.iter().filter(|dispute| dispute.trade_no == payment.trade_no) {
        count_dispute(group, dispute, payment.amount);
    }
}

/// Disputes of payments that were not heard of yet: their amounts are not those of any payment.
fn count_unknown_disputes(main: &mut Tally, order: &Order) {
    for dispute in order.disputes.iter().filter(|dispute| order.payment(&dispute.trade_no).is_none()) {
        count_dispute(main, dispute, Money::zero(order.sold.price.currency()));
    }
}

/// No more of a payment can be lost than all of it; an amount in another currency counts as all of it, as everywhere.
fn count_dispute(group: &mut Tally, dispute: &Dispute, most: Money) {
    match dispute.state {
        DisputeState::Opened => up(&mut group.disputes_open),
        DisputeState::Won => up(&mut group.disputes_won),
        DisputeState::Lost => {
            up(&mut group.disputes_lost);
            let is_in_its_currency = dispute.amount.currency() == most.currency();
            let lost = if is_in_its_currency { dispute.amount.minor().min(most.minor()) } else { most.minor() };
            add(&mut group.disputes_lost_minor, lost);
        }
    }
}

fn up(count: &mut u64) {
    add(count, 1);
}

fn add(count: &mut u64, more: u64) {
    *count = count.saturating_add(more);
}
