//! The one way to change an order: load, apply, claim, and save on condition. After a conflict it starts again, a few
//! times.

use till_domain::id::OrderNo;
use till_domain::order::{Duty, May, Order};
use till_domain::provider::Account;
use till_domain::refusal::Refusal;
use till_domain::time::Time;

use crate::failure::Failure;
use crate::ports::{Cause, Clock, KeepRecord, LoadOrder, Outcome, Record, SaveOrder, Saved};

/// How often a write is tried. Writers of one order are few: five conflicts in a row mean that something else is wrong,
/// and the caller tries again later.
const MOST_TRIES: u32 = 5;

/// What a flow needs to change an order.
pub trait Write: LoadOrder + SaveOrder + KeepRecord + Clock {}

impl<P: LoadOrder + SaveOrder + KeepRecord + Clock> Write for P {}

pub enum Change<T> {
    Nothing(T),
    Done(T),
}

impl<T> Change<T> {
    pub fn done_if(changed: bool, outcome: T) -> Self {
        if changed { Self::Done(outcome) } else { Self::Nothing(outcome) }
    }
}

/// A saved change, and the duties that its writer must now do.
pub struct Written<T> {
    pub order: Order,
    pub taken: Vec<Duty>,
    pub outcome: T,
    pub changed: bool,
}

impl<T> Written<T> {
    pub fn map<U>(self, outcome: impl FnOnce(T) -> U) -> Written<U> {
        Written { order: self.order, taken: self.taken, outcome: outcome(self.outcome), changed: self.changed }
    }
}

/// Who changes an order, and what they may do afterwards.
#[derive(Clone, Copy)]
pub struct Writer {
    pub cause: Cause,
    pub may: May,
}

/// Changes an order. `known` saves the first read; the write is on condition of its version.
pub async fn write<P: Write, T>(
    ports: &P,
    no: OrderNo,
    known: Option<Order>,
    writer: Writer,
    mut apply: impl FnMut(&mut Order, Time) -> Result<Change<T>, Refusal>,
) -> Result<Written<T>, Failure> {
    let mut known = known;
    for nth in 0..MOST_TRIES {
        if nth > 0 {
            ports.pause(nth).await;
        }
        let mut order = match known.take() {
            Some(order) => order,
            None => load(ports, no).await?,
        };
        let now = ports.now();
        let moments = order.timeline.len();
        let outcome = match apply(&mut order, now) {
            Ok(Change::Done(outcome)) => outcome,
            Ok(Change::Nothing(outcome)) => return Ok(Written { order, taken: Vec::new(), outcome, changed: false }),
            Err(refusal) => {
                record(ports, no, writer.cause, Outcome::Refused(refusal)).await;
                return Err(refusal.into());
            }
        };
        let taken = order.claim(now, writer.may);
        match ports.save_order(&order).await? {
            Saved::Yes => {
                // A claim alone is not recorded.
                if order.timeline.len() > moments {
                    record(ports, no, writer.cause, Outcome::Changed(order.status(), order.fulfilment())).await;
                }
                return Ok(Written { order, taken, outcome, changed: true });
            }
            Saved::Conflict(stands) => known = stands.map(|order| *order),
        }
    }
    Err(Failure::Unavailable)
}

pub async fn load(ports: &impl LoadOrder, no: OrderNo) -> Result<Order, Failure> {
    ports.load_order(no).await?.ok_or(Failure::Refused(Refusal::OrderNotFound))
}

/// Whether the process that claimed may still act: after its deadline, another may have claimed the duty.
pub fn in_time(ports: &impl Clock, deadline: Time) -> bool {
    ports.now() <= deadline
}

pub async fn record(ports: &(impl KeepRecord + Clock), order: OrderNo, cause: Cause, outcome: Outcome) {
    ports.keep_record(Record { order, at: ports.now(), cause, account: None, outcome, came: None }).await;
}

/// Records the result of a call to a provider that changed nothing.
pub async fn record_call(ports: &(impl KeepRecord + Clock), order: OrderNo, account: &Account, outcome: Outcome) {
    let (at, account) = (ports.now(), Some(account.clone()));
    let record = Record { order, at, cause: Cause::Asked, account, outcome, came: None };
    ports.keep_record(record).await;
}
