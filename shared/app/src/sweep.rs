//! The sweep: finds orders with due duties, claims those with one conditional write an order, and does them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

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

/// After this many questions in a row without an answer, a provider's orders wait.
const MOST_TIME_OUTS: u8 = 3;
const WAIT: Seconds = Seconds::minutes(2);

/// How often the index is read to get past orders with which nothing can be done now.
const MOST_LOOKS: usize = 16;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Orders handled from one read of the index.
    pub most_orders: usize,
    pub at_once: usize,
    /// No new order is begun after this: fifteen seconds before the function's own end.
    pub begin_until: Time,
    /// Nothing is done after this.
    pub deadline: Time,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Swept {
    pub found: usize,
    pub claimed: usize,
    /// Orders left for a later sweep, because their provider does not answer or time ran out.
    pub left: usize,
}

/// Which providers did not answer lately. A process keeps this from sweep to sweep.
#[derive(Debug, Default)]
pub struct Patience {
    time_outs: [Cell<u8>; Provider::ALL.len()],
    waits_until: [Cell<Option<Time>>; Provider::ALL.len()],
}

impl Patience {
    pub fn has_run_out(&self, provider: Provider, now: Time) -> bool {
        self.waits_until[provider as usize].get().is_some_and(|until| now < until)
    }

    fn note(&self, provider: Provider, answered: bool, now: Time) {
        let place = provider as usize;
        let count = if answered { 0 } else { self.time_outs[place].get().saturating_add(1) };
        self.time_outs[place].set(count % MOST_TIME_OUTS);
        if count >= MOST_TIME_OUTS {
            self.waits_until[place].set(Some(now.plus(WAIT)));
        }
    }
}

/// Finds due orders and does what is due. Two sweeps at once are safe: each order is claimed by one of them.
///
/// The earliest orders come first, and some stay first because their provider does not answer or they cannot be read.
/// If a read of the index found only such orders, the next one reads past them, so that they do not block the others.
pub async fn sweep<P: Perform + FindDue>(ports: &P, limits: Limits, patience: &Patience) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    let aside = RefCell::new(BTreeSet::new());
    for _ in 0..MOST_LOOKS {
        let most = limits.most_orders.saturating_add(aside.borrow().len());
        let mut due = ports.find_due(ports.now(), most).await?;
        let there_may_be_more = due.len() >= most;
        due.retain(|no| !aside.borrow().contains(no));
        swept.found += due.len();
        swept = take_on(ports, due, limits, patience, &aside, swept).await;
        if swept.claimed > 0 || !there_may_be_more || ports.now() > limits.begin_until {
            break;
        }
    }
    Ok(swept)
}

/// Does what is due for these orders. An order of which nothing was claimed is set aside.
async fn take_on<P: Perform>(
    ports: &P,
    due: Vec<OrderNo>,
    limits: Limits,
    patience: &Patience,
    aside: &RefCell<BTreeSet<OrderNo>>,
    swept: Swept,
) -> Swept {
    let looks = stream::iter(due).map(|no| async move {
        if ports.now() > limits.begin_until {
            return Look::Left;
        }
        // An order that could not be handled becomes due again; it must not stop the others.
        let look = sweep_one(ports, no, limits.deadline, patience).await.unwrap_or(Look::Left);
        match look {
            Look::Claimed => {}
            Look::NothingDue | Look::Left => drop(aside.borrow_mut().insert(no)),
        }
        look
    });
    let counted = looks.buffer_unordered(limits.at_once.max(1)).fold(swept, |swept, look| async move {
        match look {
            Look::Claimed => Swept { claimed: swept.claimed + 1, ..swept },
            Look::Left => Swept { left: swept.left + 1, ..swept },
            Look::NothingDue => swept,
        }
    });
    counted.await
}

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
    let writer = Writer::new(Cause::Sweep, May::All);
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
