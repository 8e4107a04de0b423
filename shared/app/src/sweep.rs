//! The sweep: finds orders with something due, claims it with one conditional write each, and does it.

use std::cell::Cell;

use futures_util::StreamExt as _;
use futures_util::stream;
use till_domain::id::OrderNo;
use till_domain::order::{AttemptState, May, Order, RefundState};
use till_domain::provider::Provider;
use till_domain::time::{Seconds, Time};

use crate::failure::Failure;
use crate::perform::{Perform, perform};
use crate::ports::{Cause, FindDue};
use crate::write::{Change, Writer, load, write};

/// So many questions in a row without an answer, and a provider's orders wait.
const MOST_TIME_OUTS: u8 = 3;
/// How long they wait.
const WAIT: Seconds = Seconds::minutes(2);

/// How much one sweep takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Orders looked at in one sweep.
    pub most_orders: usize,
    /// Orders in hand at once.
    pub at_once: usize,
    /// No new order is begun after this: fifteen seconds before the function's own end.
    pub begin_until: Time,
    /// Nothing is done after this.
    pub deadline: Time,
}

/// What a sweep did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Swept {
    /// Orders that the index named.
    pub found: usize,
    /// Orders of which something was claimed.
    pub claimed: usize,
    /// Orders left for a later sweep, because their provider does not answer or time ran out.
    pub left: usize,
}

/// Which providers did not answer lately. A process keeps it from sweep to sweep.
#[derive(Debug, Default)]
pub struct Patience {
    time_outs: [Cell<u8>; 3],
    waits_until: [Cell<Option<Time>>; 3],
}

impl Patience {
    fn place(provider: Provider) -> usize {
        match provider {
            Provider::WeChat => 0,
            Provider::Alipay => 1,
            Provider::Stripe => 2,
        }
    }

    /// Whether this provider's orders wait.
    pub fn has_run_out(&self, provider: Provider, now: Time) -> bool {
        self.waits_until[Self::place(provider)].get().is_some_and(|until| now < until)
    }

    /// Counts what an order's handling showed of its provider.
    fn note(&self, provider: Provider, answered: bool, now: Time) {
        let place = Self::place(provider);
        let count = if answered { 0 } else { self.time_outs[place].get().saturating_add(1) };
        self.time_outs[place].set(count % MOST_TIME_OUTS);
        if count >= MOST_TIME_OUTS {
            self.waits_until[place].set(Some(now.plus(WAIT)));
        }
    }
}

/// Looks for due orders and does what is due. Two sweeps side by side are safe: each order is claimed by one of them.
pub async fn sweep<P: Perform + FindDue>(ports: &P, limits: Limits, patience: &Patience) -> Result<Swept, Failure> {
    let due = ports.find_due(ports.now(), limits.most_orders).await?;
    let found = due.len();
    let claimed = stream::iter(due)
        .map(|no| async move {
            if ports.now() > limits.begin_until {
                return false;
            }
            // An order that could not be handled is due again; it must not stop the others.
            sweep_one(ports, no, limits.deadline, patience).await.unwrap_or(false)
        })
        .buffer_unordered(limits.at_once.max(1))
        .fold(0_usize, |sum, claimed| async move { sum + usize::from(claimed) })
        .await;
    Ok(Swept { found, claimed, left: found - claimed })
}

/// Claims what is due of one order and does it. Tells whether there was anything.
async fn sweep_one<P: Perform>(ports: &P, no: OrderNo, deadline: Time, patience: &Patience) -> Result<bool, Failure> {
    let order = load(ports, no).await?;
    let provider = order.newest_attempt().map(|attempt| attempt.account.provider);
    if provider.is_some_and(|provider| patience.has_run_out(provider, ports.now())) {
        return Ok(false);
    }
    let silent_before = silence(&order);
    let writer = Writer { cause: Cause::Sweep, may: May::All };
    let written =
        write(ports, no, Some(order), writer, |order, now| Ok(Change::done_if(order.is_due(now), ()))).await?;
    let claimed = written.changed;
    let order = perform(ports, written.order, written.taken, deadline).await;
    if let Some(provider) = provider.filter(|_| claimed) {
        patience.note(provider, !stayed_silent(silent_before, &order), ports.now());
    }
    Ok(claimed)
}

/// Whether a question went without an answer. A count stops at the order's limit, and says nothing new from there on.
fn stayed_silent(before: u32, order: &Order) -> bool {
    let most = order.policy.most_unanswered;
    let attempts = order.attempts.iter().filter(|attempt| !attempt.is_final && attempt.state != AttemptState::Paid);
    let refunds = order.refunds.iter().filter(|refund| refund.state < RefundState::Succeeded);
    let counts = attempts.map(|attempt| attempt.unanswered).chain(refunds.map(|refund| refund.unanswered));
    let after = silence(order);
    after > before || (after == before && counts.max().is_some_and(|count| count >= most))
}

/// How many questions about an order went without an answer.
fn silence(order: &Order) -> u32 {
    let attempts = order.attempts.iter().map(|attempt| u32::from(attempt.unanswered));
    let refunds = order.refunds.iter().map(|refund| u32::from(refund.unanswered));
    attempts.chain(refunds).sum()
}
