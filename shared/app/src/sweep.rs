//! The sweep: finds orders with something due, claims it with one conditional write each, and does it.

use std::cell::Cell;

use futures_util::StreamExt as _;
use futures_util::stream;
use till_domain::id::OrderNo;
use till_domain::order::May;
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
    let looks = stream::iter(due).map(|no| async move {
        if ports.now() > limits.begin_until {
            return Look::Left;
        }
        // An order that could not be handled is due again; it must not stop the others.
        sweep_one(ports, no, limits.deadline, patience).await.unwrap_or(Look::Left)
    });
    let swept = Swept { found, ..Swept::default() };
    let swept = looks.buffer_unordered(limits.at_once.max(1)).fold(swept, |swept, look| async move {
        match look {
            Look::Claimed => Swept { claimed: swept.claimed + 1, ..swept },
            Look::Left => Swept { left: swept.left + 1, ..swept },
            Look::NothingDue => swept,
        }
    });
    Ok(swept.await)
}

/// What came of looking at one order.
enum Look {
    Claimed,
    NothingDue,
    Left,
}

/// Claims what is due of one order and does it.
async fn sweep_one<P: Perform>(ports: &P, no: OrderNo, deadline: Time, patience: &Patience) -> Result<Look, Failure> {
    let order = load(ports, no).await?;
    let provider = order.newest_attempt().map(|attempt| attempt.account.provider);
    if provider.is_some_and(|provider| patience.has_run_out(provider, ports.now())) {
        return Ok(Look::Left);
    }
    let writer = Writer { cause: Cause::Sweep, may: May::All };
    let written =
        write(ports, no, Some(order), writer, |order, now| Ok(Change::done_if(order.is_due(now), ()))).await?;
    if !written.changed {
        return Ok(Look::NothingDue);
    }
    let performed = perform(ports, written.order, written.taken, deadline).await;
    if let (Some(provider), Some(answered)) = (provider, performed.answered) {
        patience.note(provider, answered, ports.now());
    }
    Ok(Look::Claimed)
}
