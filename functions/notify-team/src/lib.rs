//! notify-team: sends alarms to the team's channels: e-mail, bots of Feishu, WeCom and DingTalk, Slack, any URL.
//!
//! | event | what happens | answer |
//! |---|---|---|
//! | messages of the queue `alarms`: `{"v":1,"word":"…","subject":"…","at":…}`, or of CloudWatch's alarms | they are kept; what a channel was not told of is sent | done |
//! | the schedule's, every 15 minutes; its content is not read | alarms that are over end; what is due is sent | `{"standing":…,"sent":…,"refused":…,"busy":…,"failed":…}`, for the logs |
//! | a message of another shape, version or word; a table that does not answer | nothing | delivered again, in the end as a dead letter |
//!
//! One word about one subject is one alarm. A channel is told of it at once, then daily until it is over, and then that it is over,
//! with the next message or a day later. What ends an alarm depends on its word (`EndsBy`). An alarm that is over and was told to
//! all is put away: it is not looked at again. What is due at the same time is one message.
//!
//! A message that a channel does not accept stays unsent, and is tried again with pauses. Of a channel that gets no alarms all others
//! are told. One process sends at a time, to all channels side by side. It notes what was accepted after each message: if it is stopped
//! in between, that one message comes twice, with the same `webhook-id`. The function must never note what was not accepted.

mod channels;
mod due;
mod ending;
mod failing;
mod keeping;
mod requests;
mod rounds;
mod sending;
mod signature;
mod texts;
mod turn;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use till_app::ports::{CheckOrder, Clock, Draw, KeepAlarms, LoadOrder, LoadOrphan, ReadSecret, SendMail};
use till_lambda::alarm;
use till_lambda::deadline::Deadline;
use till_lambda::queue::{Batch, BatchAnswer, Failed, NotDone, Record, each};
use till_lambda::settings::{BadSetting, Environment};

pub use channels::{BadChannels, CHANNELS_SECRET, Channel, Kind, read_channels};
pub use due::{Line, Notice};
pub use sending::{NotAccepted, Sender, send_test};

use rounds::Run;

pub const TIME_BUDGET: Duration = Duration::from_secs(50);
pub const QUEUE: &str = "alarms";
/// Messages that are written down side by side.
const AT_ONCE: usize = 8;

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    Messages(Batch),
    Schedule(serde::de::IgnoredAny),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub enum Reply {
    Messages(BatchAnswer),
    Schedule(Answer),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Answer {
    /// Alarms that are not over.
    pub standing: usize,
    /// Messages that channels accepted.
    pub sent: usize,
    /// Messages that channels did not accept.
    pub refused: usize,
    /// Whether another process was sending. It looks once more when it is done.
    pub busy: bool,
    /// Whether the table did not answer.
    pub failed: bool,
}

#[derive(Clone, Debug)]
pub struct NotifyTeam {
    pub(crate) stage: String,
    /// Whether there is a topic for mails.
    pub(crate) has_mail: bool,
    /// Whether channels may be on this machine, without TLS.
    pub(crate) allows_local: bool,
}

/// The ports that the function needs.
pub trait Notify: KeepAlarms + LoadOrder + CheckOrder + LoadOrphan + ReadSecret + SendMail + Clock + Draw {}

impl<P: KeepAlarms + LoadOrder + CheckOrder + LoadOrphan + ReadSecret + SendMail + Clock + Draw> Notify for P {}

impl NotifyTeam {
    pub fn read(environment: &Environment) -> Result<Self, BadSetting> {
        Ok(Self {
            stage: environment.must("STAGE", "the name of this deployment's stage")?,
            has_mail: environment.get("ALARM_TOPIC_ARN").is_some(),
            // The stage has a sandbox, and receivers beside it.
            allows_local: !environment.is_production() && environment.get("SANDBOX_API_ID").is_some(),
        })
    }

    pub async fn handle(&self, ports: &impl Notify, sender: &Sender, event: Event, deadline: Deadline) -> Reply {
        match event {
            Event::Messages(batch) => Reply::Messages(self.on_messages(ports, sender, batch, deadline).await),
            Event::Schedule(_) => {
                let answer = Run::new(self, ports, sender, true, deadline).all().await;
                let Answer { standing, sent, refused, busy, failed } = answer;
                tracing::info!(standing, sent, refused, busy, failed, "looked at all alarms");
                Reply::Schedule(answer)
            }
        }
    }

    async fn on_messages(&self, ports: &impl Notify, sender: &Sender, batch: Batch, deadline: Deadline) -> BatchAnswer {
        let ids: Vec<String> = batch.records.iter().map(|record| record.message_id.clone()).collect();
        let groups = batch.records.into_iter().map(|record| vec![(record, ())]).collect();
        let mut answer = each(groups, AT_ONCE, async |record: &Record, ()| {
            let raised = alarm::read(&record.body).map_err(|bad| {
                tracing::error!(message_id = record.message_id, %bad, "a message is no alarm of this release");
                NotDone
            })?;
            keeping::take_in(ports, &raised).await.map_err(|_| NotDone)
        })
        .await;
        if Run::new(self, ports, sender, false, deadline).all().await.failed {
            // They are kept, but nobody was told: they come again before the schedule does.
            answer.batch_item_failures = ids.into_iter().map(|item_identifier| Failed { item_identifier }).collect();
        }
        answer
    }
}

#[cfg(test)]
mod tests;
