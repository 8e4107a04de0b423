//! Sends messages to a channel, and notes after each one what was accepted.

use std::path::Path;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use till_app::ports::{SendMail, Unavailable};
use till_domain::time::Time;
use till_http::{BadBundle, Client, Limits, NoAnswer, Roots};

use crate::channels::{Channel, Kind};
use crate::due::Notice;
use crate::requests::{Refused, judge, request};
use crate::{Notify, keeping, texts};

/// From sending a message to its whole answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const MOST_ANSWER_BYTES: usize = 16 * 1_024;
const LIMITS: Limits = Limits { connect: Duration::from_secs(3), idle: Duration::from_mins(1) };
/// Messages to one channel in one round. People get all that is due in one message, and bots take twenty a minute.
const MOST_MESSAGES: usize = 10;
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

#[derive(Default)]
pub(crate) struct Served {
    pub sent: usize,
    pub refused: Option<NotAccepted>,
    /// Whether something that was accepted could not be noted.
    pub is_unnoted: bool,
}

/// Sends these messages to a channel, until it refuses one.
pub(crate) async fn serve(
    ports: &impl Notify,
    sender: &Sender,
    channel: &Channel,
    notices: Vec<Notice>,
    until: Time,
) -> Served {
    let mut served = Served::default();
    for notice in notices.into_iter().take(MOST_MESSAGES) {
        if ports.now() > until {
            break;
        }
        if let Err(why) = send_test(ports, sender, channel, &notice, ports.now()).await {
            served.refused = Some(why);
            break;
        }
        served.sent = served.sent.saturating_add(1);
        served.is_unnoted |= !note(ports, channel, &notice).await;
    }
    served
}

/// Notes what a channel accepted, and returns whether all of it was noted. Where that fails, a later run tells the alarm once more:
/// better twice than never.
async fn note(ports: &impl Notify, channel: &Channel, notice: &Notice) -> bool {
    let now = ports.now();
    let writes = notice.lines.iter().map(|(line, kept)| async move {
        let noted = keeping::note_told(ports, kept, &channel.name, line.told(now)).await;
        if noted.is_err() {
            let word = kept.alarm.word.as_str();
            tracing::warn!(word, "it could not be noted that a channel was told of an alarm");
        }
        noted.is_ok()
    });
    let noted: Vec<bool> = stream::iter(writes).buffered(AT_ONCE).collect().await;
    noted.into_iter().all(|noted| noted)
}
