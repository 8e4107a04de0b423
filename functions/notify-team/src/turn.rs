//! The turn to send, which one process has at a time, and the pauses of channels that refuse.

use till_app::ports::{Pause, SendingTurn, Unavailable};
use till_domain::time::{Seconds, Time};

use crate::Notify;

/// A process that was stopped holds the turn for so long: longer than the function may run.
const TURN: Seconds = Seconds(60);
/// How often the turn is asked for while another process has it, and how often it is given back. The pauses between grow.
const MOST_TRIES: u32 = 6;
/// A channel that refuses is left alone for a minute, then twice as long each time, up to an hour.
const FIRST_PAUSE: Seconds = Seconds::minutes(1);
const LONGEST_PAUSE: Seconds = Seconds::hours(1);

/// The turn to send; `None` while another process has it.
pub(crate) async fn take_turn(ports: &impl Notify) -> Result<Option<SendingTurn>, Unavailable> {
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

/// If it cannot be given back, it ends by its time, and what came meanwhile waits for the next run.
pub(crate) async fn give_back(ports: &impl Notify, turn: &SendingTurn) -> Result<(), Unavailable> {
    for nth in 1..=MOST_TRIES {
        if ports.save_turn(turn).await == Ok(true) {
            return Ok(());
        }
        ports.pause(nth).await;
    }
    tracing::warn!("the turn to send alarms could not be given back: it ends in a minute");
    Err(Unavailable)
}

pub(crate) fn next_pause(before: Option<&Pause>, now: Time) -> Pause {
    let failures = before.map_or(0, |pause| pause.failures).saturating_add(1);
    let doublings = failures.saturating_sub(1).min(16);
    let pause = FIRST_PAUSE.0.saturating_mul(1 << doublings).min(LONGEST_PAUSE.0);
    Pause { since: before.map_or(now, |pause| pause.since), failures, until: now.plus(Seconds(pause)) }
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
        assert_eq!(next_pause(pause.as_ref(), Time::FIRST.plus(Seconds(9))).since, Time::FIRST);
    }
}
