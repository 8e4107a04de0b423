//! The one way to change an order: load, apply, claim, and save on condition.

use till_domain::id::OrderNo;
use till_domain::order::{Duty, May, Order};
use till_domain::provider::Account;
use till_domain::refusal::Refusal;
use till_domain::time::Time;

use crate::caller::Caller;
use crate::conflicts::{Try, until_no_conflict};
use crate::failure::Failure;
use crate::figures::Before;
use crate::ports::{CallbackAudit, Cause, Clock, KeepRecord, LoadOrder, Outcome, Record, RemedyNote, SaveOrder, Saved};

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
pub struct Writer<'a> {
    pub cause: Cause,
    pub may: May,
    /// The callback that causes the change; it stands in the change's record.
    pub callback: Option<&'a CallbackAudit>,
    /// Who commanded the change, if a request did; they stand in its record, also when it is refused.
    pub by: Option<&'a Caller>,
    /// Which remedy the change is part of; it stands in the record too.
    pub remedy: Option<&'a RemedyNote>,
}

impl<'a> Writer<'a> {
    /// A provider's notification.
    pub const PUSHED: Self = Self::new(Cause::Pushed, May::Enqueue);

    pub const fn new(cause: Cause, may: May) -> Self {
        Self { cause, may, callback: None, by: None, remedy: None }
    }

    /// A change that a request commands.
    pub const fn commanded(by: &'a Caller) -> Self {
        Self { by: Some(by), ..Self::new(Cause::Command, May::All) }
    }

    async fn record(self, ports: &(impl KeepRecord + Clock), order: OrderNo, outcome: Outcome) {
        let Self { cause, callback, by, remedy, may: _ } = self;
        let (callback, by, remedy) = (callback.cloned(), by.cloned(), remedy.cloned());
        let record = Record { order, at: ports.now(), cause, account: None, outcome, callback, by, remedy };
        ports.keep_record(record).await;
    }
}

/// Changes an order. `known` saves the first read; the write is on condition of its version.
pub async fn write<P: Write, T>(
    ports: &P,
    no: OrderNo,
    known: Option<Order>,
    writer: Writer<'_>,
    mut apply: impl FnMut(&mut Order, Time) -> Result<Change<T>, Refusal>,
) -> Result<Written<T>, Failure> {
    let mut known = known;
    until_no_conflict(ports, async || {
        let mut order = match known.take() {
            Some(order) => order,
            None => load(ports, no).await?,
        };
        let now = ports.now();
        let moments = order.timeline.len();
        let before = Before::of(&order);
        let outcome = match apply(&mut order, now) {
            Ok(Change::Done(outcome)) => outcome,
            Ok(Change::Nothing(outcome)) => {
                return Ok(Try::Done(Written { order, taken: Vec::new(), outcome, changed: false }));
            }
            Err(refusal) => {
                writer.record(ports, no, Outcome::Refused(refusal)).await;
                return Err(refusal.into());
            }
        };
        let taken = order.claim(now, writer.may);
        match ports.save_order(&order).await? {
            Saved::Yes => {
                before.compare(&order);
                // A claim alone is not recorded.
                if order.timeline.len() > moments || writer.remedy.is_some() {
                    writer.record(ports, no, Outcome::Changed(order.status(), order.fulfilment())).await;
                }
                Ok(Try::Done(Written { order, taken, outcome, changed: true }))
            }
            Saved::Conflict(stored) => {
                known = stored.map(|order| *order);
                Ok(Try::Conflict)
            }
        }
    })
    .await
}

pub async fn load(ports: &impl LoadOrder, no: OrderNo) -> Result<Order, Failure> {
    ports.load_order(no).await?.ok_or(Failure::Refused(Refusal::OrderNotFound))
}

/// Whether the process that claimed may still act: after its deadline, another may have claimed the duty.
pub fn in_time(ports: &impl Clock, deadline: Time) -> bool {
    ports.now() <= deadline
}

/// Records who made an order for its user.
pub async fn record_creation(ports: &(impl KeepRecord + Clock), order: &Order, by: &Caller) {
    Writer::commanded(by).record(ports, order.no, Outcome::Changed(order.status(), order.fulfilment())).await;
}

/// Records the result of a call to a provider that changed nothing, and for whom it was made.
pub async fn record_call(
    ports: &(impl KeepRecord + Clock),
    order: OrderNo,
    account: &Account,
    outcome: Outcome,
    by: Option<&Caller>,
) {
    let (at, account, by) = (ports.now(), Some(account.clone()), by.cloned());
    let record = Record { order, at, cause: Cause::Asked, account, outcome, callback: None, by, remedy: None };
    ports.keep_record(record).await;
}
