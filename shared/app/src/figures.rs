//! The team's figures: what became of orders, how callbacks were answered, how long providers took. Each is an event of `tracing`
//! at a target of its own, with whole numbers and the words by which they are told apart; the Lambda functions write them as
//! CloudWatch's embedded metrics. A figure names nobody, and no flow depends on one.
//!
//! AWS bills each name, for each of its words: what is as often as another figure has no name of its own. How many orders were paid is
//! how often `seconds_to_pay` is written.

use till_domain::order::{Order, RefundState, Status};
use till_domain::provider::Provider;
use till_domain::time::{Seconds, Time};

pub const TARGET: &str = "figures";

macro_rules! figure {
    ($($field:tt)*) => { tracing::info!(target: TARGET, $($field)*) };
}

pub(crate) fn order_created(order: &Order) {
    figure!(provider = provider_of(order), orders_created = 1_u64);
}

/// What is compared to see what a saved change did to an order.
pub(crate) struct Before {
    status: Status,
    declined: usize,
    refunds: usize,
}

impl Before {
    pub(crate) fn of(order: &Order) -> Self {
        Self { status: order.status(), declined: order.declined_attempts(), refunds: refunds(order) }
    }

    pub(crate) fn compare(&self, order: &Order) {
        let (provider, status) = (provider_of(order), order.status());
        let was_paid = matches!(self.status, Status::Paid | Status::Refunded);
        if let Some(kept) = order.kept().filter(|_| !was_paid) {
            let seconds_to_pay = u64::from(kept.paid_at.since(order.created_at).0);
            figure!(provider, seconds_to_pay);
        }
        if status == Status::Cancelled && self.status != status {
            figure!(provider, orders_cancelled = 1_u64);
        }
        if order.declined_attempts() > self.declined {
            figure!(provider, payments_declined = 1_u64);
        }
        if refunds(order) > self.refunds {
            figure!(provider, refunds = 1_u64);
        }
    }
}

/// Counted once for each granting, from the payment on.
pub(crate) fn order_granted(order: &Order, now: Time) {
    let paid_at = order.kept().map_or(now, |kept| kept.paid_at);
    figure!(provider = provider_of(order), seconds_to_grant = u64::from(now.since(paid_at).0));
}

/// `word` is the stable word of the answer: settled, ignored, or why not.
pub fn callback_answered(provider: Provider, word: &'static str) {
    figure!(provider = provider.as_str(), answer = word, callbacks = 1_u64);
}

pub fn provider_called(provider: Provider, milliseconds: u64, failed: bool) {
    let provider = provider.as_str();
    if failed {
        figure!(provider, provider_ms = milliseconds, provider_failures = 1_u64);
    } else {
        figure!(provider, provider_ms = milliseconds);
    }
}

/// How many orders a sweep had to leave for later, and how late the latest of those that it read was.
pub(crate) fn swept(left: usize, latest: Seconds) {
    figure!(orders_left = left as u64, sweep_late_seconds = u64::from(latest.0));
}

/// A process that is started is one cold start.
pub fn started(milliseconds: u64) {
    figure!(start_ms = milliseconds);
}

fn provider_of(order: &Order) -> &'static str {
    let newest = || order.newest_attempt().map(|attempt| &attempt.account);
    order.kept().map(|kept| &kept.account).or_else(newest).map_or("none", |account| account.provider.as_str())
}

fn refunds(order: &Order) -> usize {
    order.refunds.iter().filter(|refund| refund.state == RefundState::Succeeded).count()
}
