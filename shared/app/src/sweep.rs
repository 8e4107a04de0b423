//! The sweep: finds orders with due duties, claims those with one conditional write an order, and does them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;
use till_domain::id::OrderNo;
use till_domain::order::{May, Order};
use till_domain::provider::Provider;
use till_domain::time::{Seconds, Time};

use crate::failure::Failure;
use crate::figures;
use crate::perform::{Perform, perform};
use crate::ports::{Cause, DuePart, FindDue, ShareSweep};
use crate::write::{Change, Writer, load, write};

/// After this many questions in a row without an answer, a provider's orders wait.
const MOST_TIME_OUTS: u8 = 3;
const WAIT: Seconds = Seconds::minutes(2);

/// How often the index is read to get past orders with which nothing can be done now.
const MOST_LOOKS: usize = 16;

/// A number for each provider, in the order of [`Provider::ALL`].
pub type AtOnce = [usize; Provider::ALL.len()];

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Orders handled from one read of the index.
    pub most_orders: usize,
    /// Orders handled at the same time, for each provider: a slow one holds its own orders only.
    pub at_once: AtOnce,
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

/// Which providers did not answer lately, and how late a sweep came to its orders. A process keeps this from sweep to sweep.
#[derive(Debug, Default)]
pub struct Patience {
    latest: Cell<Seconds>,
    time_outs: [Cell<u8>; Provider::ALL.len()],
    waits_until: [Cell<Option<Time>>; Provider::ALL.len()],
}

impl Patience {
    pub fn has_run_out(&self, provider: Provider, now: Time) -> bool {
        self.waits_until[provider as usize].get().is_some_and(|until| now < until)
    }

    /// How long the latest order that was claimed since the last call had been due.
    pub fn take_latest(&self) -> Seconds {
        self.latest.take()
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
/// Orders that owe money or goods come first, then the earliest, and some stay first because their provider does not answer or
/// they cannot be read. If a read of the index found only such orders, the next one reads past them, so that they do not block
/// the others.
pub async fn sweep<P: Perform + FindDue>(
    ports: &P,
    part: DuePart,
    limits: Limits,
    patience: &Patience,
) -> Result<Swept, Failure> {
    sweep_or(ports, part, limits, patience, async || {}).await
}

/// The same for everything that is due; if that is more than one look at the index returns, it also asks others to sweep the
/// shards side by side. Returns whether it did. It sweeps nevertheless: the others may not come.
pub async fn sweep_or_share<P: Perform + FindDue + ShareSweep>(
    ports: &P,
    limits: Limits,
    patience: &Patience,
) -> Result<(Swept, bool), Failure> {
    let shared = Cell::new(false);
    let share = async || shared.set(ports.share_sweep().await.is_ok());
    let swept = sweep_or(ports, DuePart::All, limits, patience, share).await?;
    Ok((swept, shared.get()))
}

/// Sweeps; `too_many` is called before the first order if a look did not return all that is due.
async fn sweep_or<P: Perform + FindDue>(
    ports: &P,
    part: DuePart,
    limits: Limits,
    patience: &Patience,
    too_many: impl AsyncFn(),
) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    let (aside, latest) = (RefCell::new(BTreeSet::new()), Cell::new(Seconds(0)));
    for look in 0..MOST_LOOKS {
        let most = limits.most_orders.saturating_add(aside.borrow().len());
        let mut due = ports.find_due(part, ports.now(), most).await?;
        let there_may_be_more = due.len() >= most;
        if look == 0 && there_may_be_more {
            too_many().await;
        }
        due.retain(|no| !aside.borrow().contains(no));
        swept.found += due.len();
        swept = take_on(ports, due, limits, patience, (&aside, &latest), swept).await;
        if swept.claimed > 0 || !there_may_be_more || ports.now() > limits.begin_until {
            break;
        }
    }
    figures::swept(swept.left, latest.get());
    Ok(swept)
}

/// Does what is due for these orders, those of each provider by themselves. An order of which nothing was claimed is set aside;
/// `latest` becomes how late the latest of them is.
async fn take_on<P: Perform>(
    ports: &P,
    due: Vec<OrderNo>,
    limits: Limits,
    patience: &Patience,
    (aside, latest): (&RefCell<BTreeSet<OrderNo>>, &Cell<Seconds>),
    swept: Swept,
) -> Swept {
    let swept = Cell::new(swept);
    let count = |no: OrderNo, look: Look| {
        let counted = swept.get();
        swept.set(match look {
            Look::Claimed => Swept { claimed: counted.claimed + 1, ..counted },
            Look::Left | Look::Late => Swept { left: counted.left + 1, ..counted },
            Look::NothingDue => counted,
        });
        match look {
            Look::Claimed | Look::Late => {}
            Look::NothingDue | Look::Left => drop(aside.borrow_mut().insert(no)),
        }
    };
    // Only an order itself says which provider it waits for.
    let mut lanes: [Vec<Order>; Provider::ALL.len()] = Default::default();
    let loads = stream::iter(due).map(|no| async move {
        let is_late = ports.now() > limits.begin_until;
        // An order that could not be loaded stays due; it must not stop the others.
        (no, if is_late { Err(Look::Late) } else { load(ports, no).await.map_err(|_| Look::Left) })
    });
    let most_loads = limits.at_once.into_iter().max().unwrap_or(1).max(1);
    let mut loads = loads.buffered(most_loads);
    while let Some((no, loaded)) = loads.next().await {
        match loaded {
            Ok(order) => {
                let late = order.due_at().map_or(Seconds(0), |due_at| ports.now().since(due_at));
                latest.set(latest.get().max(late));
                lanes[lane(&order)].push(order);
            }
            Err(look) => count(no, look),
        }
    }
    let count = &count;
    let lanes = lanes.into_iter().zip(limits.at_once).map(|(orders, at_once)| {
        let looks = stream::iter(orders).map(move |order| async move {
            let no = order.no;
            if ports.now() > limits.begin_until {
                return count(no, Look::Late);
            }
            // An order that could not be handled becomes due again.
            count(no, sweep_one(ports, order, limits.deadline, patience).await.unwrap_or(Look::Left));
        });
        looks.buffer_unordered(at_once.max(1)).collect::<()>()
    });
    join_all(lanes).await;
    swept.into_inner()
}

/// The place of an order's provider among the lanes.
fn lane(order: &Order) -> usize {
    order.newest_attempt().map_or(0, |attempt| attempt.account.provider as usize)
}

#[derive(Clone, Copy)]
enum Look {
    Claimed,
    NothingDue,
    Left,
    /// There was no time left to begin it.
    Late,
}

/// Claims what is due of one order and does it.
async fn sweep_one<P: Perform>(ports: &P, order: Order, deadline: Time, patience: &Patience) -> Result<Look, Failure> {
    let provider = order.newest_attempt().map(|attempt| attempt.account.provider);
    if provider.is_some_and(|provider| patience.has_run_out(provider, ports.now())) {
        return Ok(Look::Left);
    }
    let late = order.due_at().map_or(Seconds(0), |due| ports.now().since(due));
    let (no, writer) = (order.no, Writer::new(Cause::Sweep, May::All));
    let written =
        write(ports, no, Some(order), writer, |order, now| Ok(Change::done_if(order.is_due(now), ()))).await?;
    if !written.changed {
        return Ok(Look::NothingDue);
    }
    patience.latest.set(patience.latest.get().max(late));
    let performed = perform(ports, written.order, written.taken, deadline).await;
    if let (Some(provider), Some(answered)) = (provider, performed.answered) {
        patience.note(provider, answered, ports.now());
    }
    Ok(Look::Claimed)
}
