//! Sends what is due to each channel, one process at a time, and notes after each message what was accepted.

use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use till_app::ports::{KeptAlarm, Pause, SendMail, SendingTurn, Unavailable};
use till_domain::time::{Seconds, Time};
use till_http::{BadBundle, Client, Limits, NoAnswer, Roots};
use till_lambda::deadline::Deadline;

use crate::channels::{CHANNELS_SECRET, Channel, Kind, read_channels};
use crate::due::Notice;
use crate::requests::{Refused, judge, request};
use crate::{Answer, Notify, NotifyTeam, keeping, texts};

/// From sending a message to its whole answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const MOST_ANSWER_BYTES: usize = 16 * 1_024;
const LIMITS: Limits = Limits { connect: Duration::from_secs(3), idle: Duration::from_mins(1) };
/// A process that was stopped holds the turn for so long: longer than the function may run.
const TURN: Seconds = Seconds(60);
/// How often the turn is asked for while another process has it. The pauses between grow.
const MOST_TRIES: u32 = 6;
/// A channel that refuses is left alone for a minute, then twice as long each time, up to an hour.
const FIRST_PAUSE: Seconds = Seconds::minutes(1);
const LONGEST_PAUSE: Seconds = Seconds::hours(1);
/// Messages to one channel in one run. Bots take twenty a minute.
const MOST_MESSAGES: usize = 10;
/// No message is begun this shortly before the end.
const LAST_BEGIN: Seconds = Seconds(8);
/// Alarms that are noted side by side.
const AT_ONCE: usize = 16;

#[derive(Debug)]
pub struct Sender(Client);

/// Why a channel did not accept a message. It names neither the URL nor the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAccepted {
    #[error("no answer came in time")]
    TooLate,
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("{0}")]
    Refused(Refused),
    #[error("the channel's answer is too large")]
    LargeAnswer,
    #[error("no request can be made for this channel")]
    NoRequest,
    #[error("the mail was not accepted")]
    Mail,
}

impl Sender {
    /// Trusts whom browsers trust, or the roots of a file instead.
    pub fn new(roots: Option<&Path>) -> Result<Self, BadBundle> {
        Ok(Self(Client::new(Roots::in_bundle_or(roots, Roots::of_the_web)?, LIMITS)))
    }

    async fn send(&self, channel: &Channel, notice: &Notice, now: Time) -> Result<(), NotAccepted> {
        let request = request(channel, notice, now).ok_or(NotAccepted::NoRequest)?;
        let exchange = async {
            let answer = self.0.send(request).await?;
            let status = answer.status();
            let whole = answer.whole(MOST_ANSWER_BYTES).await?.ok_or(NotAccepted::LargeAnswer)?;
            judge(channel.kind, status, whole.body()).map_err(NotAccepted::Refused)
        };
        tokio::time::timeout(ANSWER_WITHIN, exchange).await.unwrap_or(Err(NotAccepted::TooLate))
    }
}

/// Sends one message of a notice to a channel, whatever was sent before.
pub async fn send_test(
    ports: &impl SendMail,
    sender: &Sender,
    channel: &Channel,
    notice: &Notice,
    now: Time,
) -> Result<(), NotAccepted> {
    if channel.kind != Kind::Email {
        return sender.send(channel, notice, now).await;
    }
    let text = texts::message(notice, channel.language, channel.kind.most_text_bytes());
    ports.send_mail(&texts::mail_subject(notice), &text).await.map_err(|Unavailable| NotAccepted::Mail)
}

impl NotifyTeam {
    /// Sends what is due. `ends` also looks for alarms that are over.
    pub(crate) async fn notify(&self, ports: &impl Notify, sender: &Sender, ends: bool, deadline: Deadline) -> Answer {
        let failed = Answer { failed: true, ..Answer::default() };
        let until = deadline.time.minus(LAST_BEGIN);
        // Usually there is no alarm at all, and nothing to take a turn for.
        match ports.list_kept().await {
            Ok(all) if all.is_empty() => return Answer::default(),
            Ok(_) => {}
            Err(Unavailable) => return failed,
        }
        let Ok(Some(mut turn)) = take_turn(ports).await else { return failed };
        let answer = match self.all(ports, ends, until).await {
            Ok(all) => self.send_all(ports, sender, all, &mut turn, until).await,
            Err(Unavailable) => failed,
        };
        turn = SendingTurn { version: turn.version.saturating_add(1), busy_until: None, ..turn };
        // If this is lost, the turn ends by its time.
        if !matches!(ports.save_turn(&turn).await, Ok(true)) {
            tracing::warn!("the turn to send alarms could not be given back: it ends in a minute");
        }
        answer
    }

    async fn all(&self, ports: &impl Notify, ends: bool, until: Time) -> Result<Vec<KeptAlarm>, Unavailable> {
        let all = ports.list_kept().await?;
        if ends { keeping::end_what_is_over(ports, all, until).await } else { Ok(all) }
    }

    async fn send_all(
        &self,
        ports: &impl Notify,
        sender: &Sender,
        mut all: Vec<KeptAlarm>,
        turn: &mut SendingTurn,
        until: Time,
    ) -> Answer {
        let mut answer =
            Answer { standing: all.iter().filter(|kept| kept.ended.is_none()).count(), ..Answer::default() };
        let Ok(channels) = self.channels(ports).await else { return Answer { failed: true, ..answer } };
        turn.pauses.retain(|name, _| channels.iter().any(|channel| channel.name == *name));
        for channel in &channels {
            if turn.pauses.get(&channel.name).is_some_and(|pause| ports.now() < pause.until) {
                continue;
            }
            for _ in 0..MOST_MESSAGES {
                if ports.now() > until {
                    break;
                }
                let Some(notice) = Notice::due(&self.stage, &all, channel, ports.now()) else { break };
                match send_test(ports, sender, channel, &notice, ports.now()).await {
                    Ok(()) => {
                        answer.sent = answer.sent.saturating_add(1);
                        turn.pauses.remove(&channel.name);
                        note(ports, &mut all, channel, &notice).await;
                    }
                    Err(why) => {
                        answer.refused = answer.refused.saturating_add(1);
                        let pause = next_pause(turn.pauses.get(&channel.name), ports.now());
                        let (channel_name, failures) = (channel.name.as_str(), pause.failures);
                        tracing::error!(channel = channel_name, failures, %why, "a channel did not accept a message");
                        turn.pauses.insert(channel.name.clone(), pause);
                        break;
                    }
                }
            }
        }
        answer
    }

    /// The channels of the secret. Without any, alarms go by e-mail, if the stage has an address.
    async fn channels(&self, ports: &impl Notify) -> Result<Vec<Channel>, Unavailable> {
        let secret = ports.read_secret(CHANNELS_SECRET).await?;
        let named = secret.map_or(Ok(Vec::new()), |secret| read_channels(&secret.current, self.allows_local));
        let mut channels = named.unwrap_or_else(|bad| {
            tracing::error!(%bad, "the secret of the channels is not used: alarms go by e-mail, if there is an address");
            Vec::new()
        });
        channels.retain(|channel| channel.kind != Kind::Email || self.has_mail);
        if channels.is_empty() && self.has_mail {
            channels.push(Channel::email());
        }
        Ok(channels)
    }
}

/// Notes what a channel accepted. Where that fails, the alarm is told once more: better twice than never.
async fn note(ports: &impl Notify, all: &mut [KeptAlarm], channel: &Channel, notice: &Notice) {
    let now = ports.now();
    let writes = notice.lines.iter().map(|(line, kept)| async move {
        keeping::note_told(ports, kept, &channel.name, line.told(now)).await.unwrap_or_default()
    });
    let noted: Vec<Option<KeptAlarm>> = stream::iter(writes).buffered(AT_ONCE).collect().await;
    for ((line, told), noted) in notice.lines.iter().zip(noted) {
        if noted.is_none() {
            tracing::warn!(
                word = told.alarm.word.as_str(),
                "it could not be noted that a channel was told of an alarm"
            );
        }
        let same =
            |kept: &&mut KeptAlarm| kept.alarm.word == told.alarm.word && kept.alarm.subject == told.alarm.subject;
        if let Some(kept) = all.iter_mut().find(same) {
            // Within this run it is not sent again, noted or not.
            kept.told.insert(channel.name.clone(), line.told(now));
        }
    }
}

/// The turn to send; `None` while another process has it.
async fn take_turn(ports: &impl Notify) -> Result<Option<SendingTurn>, Unavailable> {
    for nth in 1..=MOST_TRIES {
        let turn = ports.load_turn().await?;
        let now = ports.now();
        // A time beyond the longest turn means that a clock went wrong.
        let is_busy = turn.busy_until.is_some_and(|until| now < until && until <= now.plus(TURN));
        if !is_busy {
            let version = turn.version.saturating_add(1);
            let taken = SendingTurn { version, busy_until: Some(now.plus(TURN)), holder: ports.entropy(), ..turn };
            if ports.save_turn(&taken).await? {
                return Ok(Some(taken));
            }
        }
        ports.pause(nth).await;
    }
    Ok(None)
}

fn next_pause(before: Option<&Pause>, now: Time) -> Pause {
    let failures = before.map_or(0, |pause| pause.failures).saturating_add(1);
    let doublings = failures.saturating_sub(1).min(16);
    let pause = FIRST_PAUSE.0.saturating_mul(1 << doublings).min(LONGEST_PAUSE.0);
    Pause { failures, until: now.plus(Seconds(pause)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let (mut pause, mut minutes) = (None, Vec::new());
        for _ in 0..9 {
            let next = next_pause(pause.as_ref(), Time::FIRST);
            minutes.push(next.until.unix() / 60);
            pause = Some(next);
        }
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
