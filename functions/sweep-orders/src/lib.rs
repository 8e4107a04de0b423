//! sweep-orders: finds the orders with due duties, once a minute, and does these duties: orders that owe money or goods first,
//! then questions to providers, closing, reminders.
//!
//! | event | what happens | answer |
//! |---|---|---|
//! | the schedule's; its content is not read | a sweep of everything that is due | `{"found":…,"claimed":…,"left":…,"looked":…,"shared":…,"failed":…}`, for the logs |
//! | messages of the queue `sweep`, such as `{"v":1,"shard":3}` | a sweep of these shards of the due orders | done; delivered again if the index did not answer |
//! | a message of another shape or version | nothing | delivered again, in the end as a dead letter |
//!
//! What another function could not finish is finished here. When more is due than one look at the index returns, the sweep of the
//! schedule sends a message for each shard, so that other invocations work side by side with it. A message is a hint: any number
//! of sweeps at the same time are safe, because each order is claimed by one of them. The function must never begin an order that
//! it has no time to finish.
//!
//! Orders of each provider are handled by themselves, at most `SWEEP_AT_ONCE_<PROVIDER>` at once in an invocation: a slow provider
//! holds its own orders only.
//!
//! Before the sweep of the schedule, every `DISPUTES_EVERY_MINUTES`, it asks Stripe for the disputes of each account: the webhook
//! of one may be lost for ever. After the sweep, a process looks at all accounts when it starts and every six hours, and raises
//! `key_ending` for a certificate that ends soon.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use till_app::Failure;
use till_app::disputes::{AskDisputes, Looked, ask_disputes};
use till_app::perform::Perform;
use till_app::ports::{
    Alarm, AlarmWord, Clock as _, DuePart, FindDue, Measured, RaiseAlarm, ReadAccounts, ReadSecret, ShareSweep,
};
use till_app::sweep::{AtOnce, Limits, Patience, Swept, sweep, sweep_or_share};
use till_domain::provider::{Account, Provider};
use till_domain::time::Seconds;
use till_lambda::clock::SystemClock;
use till_lambda::deadline::Deadline;
use till_lambda::queue::{Batch, BatchAnswer, NotDone, Record, each};
use till_lambda::settings::{BadSetting, Environment};
use till_lambda::sweep_hint;
use till_providers::merchants::Merchants;

pub const TIME_BUDGET: Duration = Duration::from_secs(50);
/// No order is begun this shortly before the deadline: a question, its repetition at a second host and the write take less.
const LAST_BEGIN: Seconds = Seconds(15);
pub const QUEUE: &str = "sweep";
/// Orders of one provider handled at the same time, by default and at most.
const AT_ONCE: u32 = 16;
const MOST_AT_ONCE: u32 = 64;
/// Orders from one read of the index.
const MOST_ORDERS: usize = 256;

/// An order that was due for longer before a sweep came to it raises an alarm: the sweep does not keep up.
const LATE: Seconds = Seconds::minutes(15);

/// How long a run looks through disputes, so that orders with something due do not wait for long lists.
const LONGEST_LOOK: Seconds = Seconds(10);
/// So long an account may go without a whole list of its disputes before a person is called.
const LONGEST_SILENCE: Seconds = Seconds::days(1);

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    Hints(Batch),
    Schedule(serde::de::IgnoredAny),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Reply {
    Hints(BatchAnswer),
    Schedule(Answer),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Answer {
    /// Orders that the index returned.
    pub found: usize,
    /// Orders of which something was claimed.
    pub claimed: usize,
    /// Orders left for a later sweep.
    pub left: usize,
    /// Accounts whose disputes were looked through.
    pub looked: usize,
    /// Whether other invocations were asked to sweep, too.
    pub shared: bool,
    /// Whether it ended early, because the index did not answer or the sweep panicked.
    pub failed: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct SweepOrders {
    disputes_every: Seconds,
    at_once: AtOnce,
}

impl SweepOrders {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        let mut at_once = AtOnce::default();
        for (place, provider) in at_once.iter_mut().zip(Provider::ALL) {
            let name = format!("SWEEP_AT_ONCE_{}", provider.as_str().to_uppercase());
            *place = usize::try_from(environment.number(&name, AT_ONCE, MOST_AT_ONCE)?).unwrap_or(1);
        }
        Ok(Self { disputes_every: environment.minutes("DISPUTES_EVERY_MINUTES", 60, 1_440)?, at_once })
    }

    /// The process keeps `patience` from sweep to sweep.
    pub async fn handle<P>(&self, ports: &P, patience: &Patience, event: Event, deadline: Deadline) -> Reply
    where
        P: Perform + FindDue + ShareSweep + AskDisputes + ReadAccounts,
    {
        match event {
            Event::Schedule(_) => Reply::Schedule(self.on_schedule(ports, patience, deadline).await),
            Event::Hints(batch) => Reply::Hints(self.on_hints(ports, patience, batch, deadline).await),
        }
    }

    /// Asks for disputes, then sweeps until nothing is due or no time is left.
    async fn on_schedule<P>(&self, ports: &P, patience: &Patience, deadline: Deadline) -> Answer
    where
        P: Perform + FindDue + ShareSweep + AskDisputes + ReadAccounts,
    {
        let looked = self.ask_disputes(ports, deadline).await;
        let shared = Cell::new(false);
        let all = self.sweep_all(ports, deadline, async |limits, is_first| {
            if !is_first {
                return sweep(ports, DuePart::All, limits, patience).await;
            }
            let (swept, is_shared) = sweep_or_share(ports, limits, patience).await?;
            shared.set(is_shared);
            Ok(swept)
        });
        let all = Answer { looked, ..all.await };
        let latest = patience.take_latest();
        if latest > LATE {
            raise_lateness(ports, latest).await;
        }
        for provider in Provider::ALL.into_iter().filter(|provider| patience.has_run_out(*provider, ports.now())) {
            let _ = ports.raise(&Alarm::about(AlarmWord::ProviderSilent, provider.as_str())).await;
        }
        let all = Answer { shared: shared.get(), ..all };
        let Answer { found, claimed, left, looked, shared, failed } = all;
        tracing::info!(found, claimed, left, looked, shared, failed, "swept");
        all
    }

    async fn on_hints<P>(&self, ports: &P, patience: &Patience, batch: Batch, deadline: Deadline) -> BatchAnswer
    where
        P: Perform + FindDue,
    {
        let groups = vec![batch.records.into_iter().map(|record| (record, ())).collect()];
        each(groups, 1, async |record: &Record, ()| {
            let shard = sweep_hint::read(&record.body).map_err(|bad| {
                tracing::error!(message_id = record.message_id, %bad, "a message is no hint of this release");
                NotDone
            })?;
            let part = DuePart::Shard(shard);
            let all = self.sweep_all(ports, deadline, async |limits, _| sweep(ports, part, limits, patience).await);
            let Answer { found, claimed, left, failed, .. } = all.await;
            tracing::info!(shard, found, claimed, left, failed, "swept a shard");
            if failed { Err(NotDone) } else { Ok(()) }
        })
        .await
    }

    /// Returns how many accounts' disputes were looked through.
    async fn ask_disputes(&self, ports: &(impl AskDisputes + ReadAccounts + RaiseAlarm), deadline: Deadline) -> usize {
        let mut looked = 0_usize;
        let until = ports.now().plus(LONGEST_LOOK).min(deadline.time.minus(LAST_BEGIN));
        for provider in Provider::ALL.into_iter().filter(|provider| provider.lists_disputes()) {
            // An account that is switched off has orders too.
            let Ok(accounts) = ports.read_accounts(provider).await else { continue };
            for settings in accounts {
                let asked = ask_disputes(ports, &settings.account, self.disputes_every, until);
                let account = settings.account.id.as_str();
                match AssertUnwindSafe(asked).catch_unwind().await {
                    Ok(Ok(Looked::Through)) => looked = looked.saturating_add(1),
                    Ok(Ok(Looked::NotDue)) => {}
                    Ok(Ok(Looked::InPart)) => {
                        tracing::info!(account, "this account's disputes were looked through in part");
                    }
                    Ok(Ok(Looked::Unanswered { silent })) if silent >= LONGEST_SILENCE => {
                        let why = "Stripe listed no disputes of this account for a day";
                        raise_disputes(ports, &settings.account, why).await;
                    }
                    Ok(Ok(Looked::Unanswered { .. })) => {
                        tracing::warn!(account, "Stripe did not list this account's disputes");
                    }
                    Ok(Err(failure)) => {
                        tracing::warn!(account, %failure, "this account's disputes were not looked through");
                    }
                    Err(_) => {
                        let why = "looking through an account's disputes panicked";
                        raise_disputes(ports, &settings.account, why).await;
                    }
                }
            }
        }
        looked
    }

    /// Repeats a sweep until it finds no more, or none of its orders can be handled now.
    async fn sweep_all(
        &self,
        ports: &impl Perform,
        deadline: Deadline,
        mut once: impl AsyncFnMut(Limits, bool) -> Result<Swept, Failure>,
    ) -> Answer {
        let limits = Limits {
            most_orders: MOST_ORDERS,
            at_once: self.at_once,
            begin_until: deadline.time.minus(LAST_BEGIN),
            deadline: deadline.time,
        };
        let mut all = Answer::default();
        let mut is_first = true;
        while ports.now() <= limits.begin_until {
            let swept = AssertUnwindSafe(once(limits, is_first)).catch_unwind().await;
            is_first = false;
            match &swept {
                Ok(Ok(_)) => {}
                Ok(Err(failure)) => {
                    raise_failure(ports, format!("the sweep could not find what is due: {failure}")).await;
                }
                Err(_) => raise_failure(ports, "the sweep panicked".to_owned()).await,
            }
            let Ok(Ok(Swept { found, claimed, left })) = swept else {
                all.failed = true;
                break;
            };
            all.found = all.found.saturating_add(found);
            all.claimed = all.claimed.saturating_add(claimed);
            all.left = all.left.saturating_add(left);
            if found < MOST_ORDERS || claimed == 0 {
                break;
            }
        }
        all
    }
}

/// Tells the team of accounts that cannot be used and of certificates that end soon. No order waits for it: it is done after a sweep,
/// in the time that is left.
pub async fn look_at_accounts<S>(merchants: &Merchants<'_, S>, deadline: Deadline)
where
    S: ReadAccounts + ReadSecret + RaiseAlarm,
{
    let look = merchants.look_at_all(SystemClock.now());
    if tokio::time::timeout(deadline.left(Instant::now()), look).await.is_err() {
        tracing::warn!("there was no time left to look at all accounts: the next run goes on");
    }
}

// Each of these alarms is raised again by a later sweep while its reason lasts, so one that is lost needs no second try.

/// While sweeps fail, unfinished work of other functions stays undone, and the invocation itself does not fail, so Lambda's
/// metrics do not show it.
async fn raise_failure(ports: &impl RaiseAlarm, why: String) {
    let _ = ports.raise(&Alarm { note: Some(why), ..Alarm::about(AlarmWord::SweepFailed, "sweep") }).await;
}

async fn raise_lateness(ports: &impl RaiseAlarm, latest: Seconds) {
    let minutes = |length: Seconds| format!("{} min", length.0 / 60);
    let measured = Some(Measured::new(minutes(latest), minutes(LATE)));
    let _ = ports.raise(&Alarm { measured, ..Alarm::about(AlarmWord::SweepLate, "sweep") }).await;
}

/// While disputes are not listed, one whose webhook is lost stays unknown.
async fn raise_disputes(ports: &impl RaiseAlarm, account: &Account, why: &str) {
    let alarm = Alarm::about_account(AlarmWord::DisputesFailed, account);
    let _ = ports.raise(&Alarm { note: Some(why.to_owned()), ..alarm }).await;
}

#[cfg(test)]
mod tests;
