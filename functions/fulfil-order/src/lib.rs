//! fulfil-order: grants what is paid for and takes back what is refunded, by tasks from the queue `fulfilment`.
//!
//! | message | what happens | |
//! |---|---|---|
//! | `{"v":1,"task":"grant","order_no":"…"}` | if the order still owes the goods, order, wallet and ledger are changed in one transaction; then the buyer's pages are told | done |
//! | `{"v":1,"task":"revoke","order_no":"…"}` | the same, taking the goods back | done |
//! | a grant for a payment above `ALARM_PAYMENT_ABOVE_<CURRENCY>` (1000 yuan by default) | the team is told, and the goods are granted | done |
//! | a grant more than two minutes after its payment was heard of | the team is told, and the goods are granted | done |
//! | a task that is done already, or not due | nothing | done |
//! | a store that does not answer | the task is tried again, while there is time | done, or delivered again |
//! | another task or version; an unknown order | nothing | delivered again, in the end as a dead letter |
//!
//! The messages of a batch are handled side by side, those about orders of one user in their order: their transactions would
//! only meet in that user's wallet. Each fails or succeeds by itself: one that fails, panics or is not reached in time does
//! not affect the others. A message only names an order to look at, so a stale, repeated or forged one does no harm. The
//! function must never grant what the order does not owe, and never acknowledge a message that it does not know.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::stream;
use futures_util::{FutureExt as _, StreamExt as _};
use till_app::Failure;
use till_app::fulfil::{Fulfil, fulfil};
use till_app::ports::{Alarm, AlarmWord, Clock, LoadOrder, Measured, RaiseAlarm, Task};
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{Duty, Order};
use till_domain::refusal::Refusal;
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};
use till_lambda::deadline::Deadline;
use till_lambda::queue::{Batch, BatchAnswer, NotDone, Record, each};
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::task;

pub const TIME_BUDGET: Duration = Duration::from_secs(30);
pub const QUEUE: &str = "fulfilment";

/// As many as a batch has.
const AT_ONCE: usize = 10;
/// How often a task is tried whose store does not answer. The store's client waits between its own tries, so that these last
/// for some ten seconds: longer than AWS is usually silent, and short enough to leave time for the user's next task. A message
/// that failed nevertheless comes again after minutes; the sweep looks at its order a minute after it was paid.
const MOST_TRIES: u32 = 8;

const ALARM_ABOVE: &str = "ALARM_PAYMENT_ABOVE_";
/// 1000 yuan, unless the stage sets another amount for CNY.
const DEFAULT_ALARM_ABOVE: (u64, Currency) = (100_000, Currency::CNY);

/// Goods that could be granted for longer are late: the task of a payment usually comes within a second, and the sweep repeats it
/// after a minute.
const SLOW: Seconds = Seconds::minutes(2);
/// Where all goods are late, each process tells of the first ones, and then at this pace.
const SLOW_IS_TOLD_EVERY: Seconds = Seconds::minutes(10);

#[derive(Debug)]
pub struct FulfilOrder {
    /// A payment above one of these is told to the team. At most one for each currency.
    alarm_above: Vec<Money>,
    /// When the team was told last that goods are late.
    slow_told: Cell<Option<Time>>,
}

impl FulfilOrder {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let mut alarm_above = environment.amounts(ALARM_ABOVE)?;
        let (minor, currency) = DEFAULT_ALARM_ABOVE;
        if !alarm_above.iter().any(|limit| limit.currency() == currency) {
            alarm_above.extend(Money::new(minor, currency));
        }
        Ok(Self { alarm_above, slow_told: Cell::new(None) })
    }

    /// Returns the messages that are to be delivered again.
    pub async fn handle(&self, ports: &impl Fulfil, batch: Batch, deadline: Deadline) -> BatchAnswer {
        let groups = by_user(ports, batch, deadline).await;
        let handle = async |record: &Record, known: Option<Order>| {
            if let Some(order) = known.as_ref().filter(|order| order.owes(Duty::Grant)) {
                self.tell_of_large_payment(ports, order).await;
                self.tell_of_slow_grant(ports, order).await;
            }
            one(ports, record, known, deadline).await
        };
        each(groups, AT_ONCE, handle).await
    }

    /// Before the goods are granted, so that an invocation that is cut off tells of it when its message comes again. Goods do not
    /// wait for the alarm.
    async fn tell_of_large_payment(&self, ports: &impl RaiseAlarm, order: &Order) {
        let Some(payment) = order.kept() else { return };
        let limit = self.alarm_above.iter().find(|limit| limit.currency() == payment.amount.currency());
        let Some(limit) = limit.filter(|limit| payment.amount.minor() > limit.minor()) else { return };
        let alarm = Alarm {
            trade_no: Some(payment.trade_no.clone()),
            account: Some(payment.account.clone()),
            amount: Some(payment.amount),
            measured: Some(Measured::new(format_args!("{:?}", payment.amount), format_args!("{limit:?}"))),
            ..Alarm::about_order(AlarmWord::LargePayment, order.no)
        };
        let _ = ports.raise(&alarm).await;
    }

    /// A later round begins by a person's decision, long after the payment.
    async fn tell_of_slow_grant(&self, ports: &(impl RaiseAlarm + Clock), order: &Order) {
        let now = ports.now();
        let Some(since) = order.grantable_since().filter(|_| order.granting.round == 1) else { return };
        let waited = now.since(since);
        let was_told = |told: Time| told <= now && now.since(told) < SLOW_IS_TOLD_EVERY;
        if waited <= SLOW || self.slow_told.get().is_some_and(was_told) {
            return;
        }
        let seconds = |length: Seconds| format!("{} s", length.0);
        let alarm = Alarm {
            order_no: Some(order.no),
            measured: Some(Measured::new(seconds(waited), seconds(SLOW))),
            // The queue is the subject: goods are late for a reason that delays all orders.
            ..Alarm::about(AlarmWord::SlowGrant, QUEUE)
        };
        // If this is lost, the next late order raises it.
        if ports.raise(&alarm).await.is_ok() {
            self.slow_told.set(Some(now));
        }
    }
}

/// A message, and the order that it is about.
type Loaded = (Record, Option<Order>);

/// The messages of each user, in their order, with the orders that they are about. A message whose order cannot be read now is
/// a group of its own.
async fn by_user(ports: &impl LoadOrder, batch: Batch, deadline: Deadline) -> Vec<Vec<Loaded>> {
    let loads = batch.records.into_iter().map(|record| async {
        let order = load(ports, &record, deadline).await;
        (record, order)
    });
    let mut loads = stream::iter(loads).buffered(AT_ONCE);
    let mut groups: Vec<(Option<UserId>, Vec<Loaded>)> = Vec::new();
    while let Some((record, order)) = loads.next().await {
        let user = order.as_ref().map(|order| order.sold.user.clone());
        match groups.iter_mut().find(|(known, _)| user.is_some() && *known == user) {
            Some((_, group)) => {
                // The task before it changes the order.
                let is_first =
                    |order: &Order| !group.iter().flat_map(|(_, known)| known).any(|known| known.no == order.no);
                let order = order.filter(is_first);
                group.push((record, order));
            }
            None => groups.push((user, vec![(record, order)])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

async fn load(ports: &impl LoadOrder, record: &Record, deadline: Deadline) -> Option<Order> {
    let no = task::read(&record.body).ok()?.order();
    let load = AssertUnwindSafe(ports.load_order(no)).catch_unwind();
    let loaded = tokio::time::timeout(deadline.left(Instant::now()), load).await;
    loaded.ok()?.ok()?.ok()?
}

async fn one(ports: &impl Fulfil, record: &Record, known: Option<Order>, deadline: Deadline) -> Result<(), NotDone> {
    let message_id = record.message_id.as_str();
    let task = task::read(&record.body).map_err(|bad| {
        tracing::error!(message_id, %bad, "a message is no task of this release");
        NotDone
    })?;
    let order_no = task.order();
    // A task that was not begun can be delivered again without harm.
    if deadline.left(Instant::now()).is_zero() {
        tracing::warn!(message_id, %order_no, "there was no time left to begin a task");
        return Err(NotDone);
    }
    match tokio::time::timeout(deadline.left(Instant::now()), until_answered(ports, task, known)).await {
        // It is done already, or was never due: the message can be acknowledged.
        Ok(Ok(()) | Err(Failure::Refused(Refusal::NotDue))) => {
            tracing::info!(message_id, %order_no, "a task was done");
            Ok(())
        }
        Ok(Err(failure)) => {
            tracing::error!(message_id, %order_no, %failure, "a task was not done");
            Err(NotDone)
        }
        Err(_) => {
            tracing::warn!(message_id, %order_no, "there was no time left to finish a task");
            Err(NotDone)
        }
    }
}

/// Does a task, and tries it again when no answer came.
async fn until_answered(ports: &impl Fulfil, task: Task, known: Option<Order>) -> Result<(), Failure> {
    let mut known = known;
    let mut nth = 1;
    loop {
        match fulfil(ports, task, known.take()).await {
            Err(Failure::Unavailable) if nth < MOST_TRIES => {
                tracing::info!(order_no = %task.order(), nth, "a task is tried again, because a store did not answer");
                ports.pause(nth).await;
                nth = nth.saturating_add(1);
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests;
