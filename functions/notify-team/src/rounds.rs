//! Rounds of sending: each ends what is over, and sends what is due to all channels side by side.
//!
//! A process that sends looks at the alarms once more after it gave the turn back. So a process that keeps an alarm while another one
//! sends need not wait: that look finds its alarm, or the turn is free.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use till_app::ports::{ListedAlarms, Pause, SendingTurn, Unavailable};
use till_domain::time::{Seconds, Time};
use till_lambda::deadline::Deadline;

use crate::channels::{BadChannels, CHANNELS_SECRET, Channel, Kind, UsableChannels, read_usable_channels};
use crate::due::Notice;
use crate::sending::{Sender, Served, serve};
use crate::turn::{give_back, next_pause, take_turn};
use crate::{Answer, Notify, NotifyTeam, failing, keeping};

/// Rounds of one run.
const MOST_ROUNDS: u32 = 5;
/// No message is begun this shortly before the end.
const LAST_BEGIN: Seconds = Seconds(8);

/// The channels of a round, and how each one answered.
struct Round {
    channels: Vec<Channel>,
    pauses: BTreeMap<String, Pause>,
    /// Whether all that was accepted is noted. What is not must not be sent again at once.
    is_noted: bool,
}

impl Round {
    /// The channels that are not left alone.
    fn open(&self, now: Time) -> Vec<&Channel> {
        let is_open = |channel: &&Channel| self.pauses.get(&channel.name).is_none_or(|pause| pause.until <= now);
        self.channels.iter().filter(is_open).collect()
    }
}

pub(crate) struct Run<'a, P> {
    team: &'a NotifyTeam,
    ports: &'a P,
    sender: &'a Sender,
    /// Whether alarms are looked for that are over.
    ends: bool,
    until: Time,
    answer: Answer,
}

impl<'a, P: Notify> Run<'a, P> {
    pub fn new(team: &'a NotifyTeam, ports: &'a P, sender: &'a Sender, ends: bool, deadline: Deadline) -> Self {
        Self { team, ports, sender, ends, until: deadline.time.minus(LAST_BEGIN), answer: Answer::default() }
    }

    /// Sends what is due.
    pub async fn all(mut self) -> Answer {
        if self.rounds().await.is_err() {
            self.answer.failed = true;
        }
        self.answer
    }

    async fn rounds(&mut self) -> Result<(), Unavailable> {
        let mut before = None;
        for _ in 0..MOST_ROUNDS {
            if self.ports.now() > self.until || !self.is_needed(before.as_ref()).await? {
                return Ok(());
            }
            let Some(round) = self.in_turn().await? else {
                self.answer.busy = true;
                return Ok(());
            };
            before = Some(round);
            self.ends = false;
        }
        Ok(())
    }

    /// Usually there is no alarm at all, or nothing more to tell of it, and nothing to take a turn for.
    async fn is_needed(&self, before: Option<&Round>) -> Result<bool, Unavailable> {
        let listed = self.ports.list_kept().await?;
        let now = self.ports.now();
        let is_due = |channel: &Channel| !self.due(&listed, channel, now).is_empty();
        if let Some(round) = before {
            return Ok(round.is_noted && round.open(now).into_iter().any(is_due));
        }
        if self.ends && !listed.all.is_empty() {
            return Ok(true);
        }
        let UsableChannels { channels, faults } = self.channels().await?;
        // Bad channels are told of before an alarm needs them.
        Ok(channels.iter().any(is_due) || (self.ends && !faults.is_empty()))
    }

    /// One round, if no other process is sending.
    async fn in_turn(&mut self) -> Result<Option<Round>, Unavailable> {
        let Some(turn) = take_turn(self.ports).await? else { return Ok(None) };
        let round = self.round(turn.pauses.clone()).await;
        let pauses = round.as_ref().map_or(&turn.pauses, |round| &round.pauses).clone();
        let version = turn.version.saturating_add(1);
        give_back(self.ports, &SendingTurn { version, busy_until: None, pauses, ..turn }).await?;
        round.map(Some)
    }

    async fn round(&mut self, mut pauses: BTreeMap<String, Pause>) -> Result<Round, Unavailable> {
        let UsableChannels { channels, faults } = self.channels().await?;
        pauses.retain(|name, _| channels.iter().any(|channel| channel.name == *name));
        let failing = failing::find(&faults, &pauses, self.ports.now());
        let listed = self.look(&channels, &failing).await?;
        // The alarms that a channel refused may be over by now, and their end too old to be told: then it waits for nothing.
        let misses = |channel: &Channel| !self.due(&listed, channel, self.ports.now()).is_empty();
        pauses.retain(|name, _| channels.iter().any(|channel| channel.name == *name && misses(channel)));
        self.answer.standing = listed.all.iter().filter(|kept| kept.ended.is_none()).count();
        let mut round = Round { channels, pauses, is_noted: true };
        for (name, served) in self.send(&listed, &round).await {
            self.note(&mut round, name, &served);
        }
        Ok(round)
    }

    /// The alarms of which something may have to be told.
    async fn look(
        &self,
        channels: &[Channel],
        failing: &BTreeMap<String, String>,
    ) -> Result<ListedAlarms, Unavailable> {
        let mut listed = self.ports.list_kept().await?;
        if failing::tell(self.ports, &listed.all, failing).await? {
            listed = self.ports.list_kept().await?;
        }
        if !listed.more.is_empty() {
            tracing::warn!(words = ?listed.more, "more alarms stand than are told one by one");
        }
        if !self.ends {
            return Ok(listed);
        }
        let all = keeping::end_what_is_over(self.ports, listed.all, self.until).await?;
        Ok(keeping::put_away_what_is_settled(self.ports, ListedAlarms { all, ..listed }, channels, self.until).await)
    }

    async fn send(&self, listed: &ListedAlarms, round: &Round) -> Vec<(String, Served)> {
        let now = self.ports.now();
        let sends = round.open(now).into_iter().map(|channel| async move {
            let notices = self.due(listed, channel, now);
            (channel.name.clone(), serve(self.ports, self.sender, channel, notices, self.until).await)
        });
        join_all(sends).await
    }

    fn note(&mut self, round: &mut Round, name: String, served: &Served) {
        let Served { sent, refused, is_unnoted } = served;
        self.answer.sent = self.answer.sent.saturating_add(*sent);
        round.is_noted &= !is_unnoted;
        if *sent > 0 {
            round.pauses.remove(&name);
        }
        if let Some(why) = refused {
            self.answer.refused = self.answer.refused.saturating_add(1);
            let pause = next_pause(round.pauses.get(&name), self.ports.now());
            tracing::error!(channel = name, failures = pause.failures, %why, "a channel did not accept a message");
            round.pauses.insert(name, pause);
        }
    }

    fn due(&self, listed: &ListedAlarms, channel: &Channel, now: Time) -> Vec<Notice> {
        Notice::due(&self.team.stage, listed, channel, now)
    }

    /// The channels of the secret. Without any, alarms go by e-mail, if the stage has an address.
    async fn channels(&self) -> Result<UsableChannels, Unavailable> {
        let secret = self.ports.read_secret(CHANNELS_SECRET).await?;
        let read = secret.map(|secret| read_usable_channels(&secret.current, self.team.allows_local));
        let UsableChannels { mut channels, mut faults } = read.unwrap_or_default();
        if !self.team.has_mail {
            let mails = channels.iter().filter(|channel| channel.kind == Kind::Email);
            faults.extend(mails.map(|channel| BadChannels::NoAddress(channel.name.clone())));
            channels.retain(|channel| channel.kind != Kind::Email);
        }
        if channels.is_empty() && self.team.has_mail {
            channels.push(Channel::email());
        }
        Ok(UsableChannels { channels, faults })
    }
}
