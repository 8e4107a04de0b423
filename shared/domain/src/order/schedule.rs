//! The claim, which ends every write: it brings the schedule in line with the duties, counts a try of each that is due, and
//! moves it on. The claim is the back-off: whoever made the write may act, until the next try is due.

use crate::planted::Bug;
use crate::text::Reason;
use crate::time::{Seconds, Time};

use super::attempt::AttemptState;
use super::duties::{Duty, When};
use super::refund::{Refund, RefundId, RefundState};
use super::timeline::{By, What};
use super::{Order, index, nth};

const MINUTE: Seconds = Seconds::minutes(1);
const HOUR: Seconds = Seconds::hours(1);
const DAY: Seconds = Seconds::days(1);
/// What a writer may not do itself is left for the next sweep.
const LEFT_FOR_THE_SWEEP: Seconds = Seconds(1);

/// When a duty is tried next, and how often it was tried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    /// Which.
    pub duty: Duty,
    /// How often it was claimed.
    pub tries: u8,
    /// When it is due.
    pub next: Time,
}

/// What a writer may do about duties that are due.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum May {
    /// Put tasks into the queue and raise alarms: a callback calls no provider.
    Enqueue,
    /// Everything.
    All,
}

impl May {
    const fn does(self, duty: Duty) -> bool {
        match (self, duty) {
            (Self::All, _) | (Self::Enqueue, Duty::Grant | Duty::Revoke | Duty::Alarm) => true,
            (
                Self::Enqueue,
                Duty::Return(_)
                | Duty::SendRefund(_)
                | Duty::Close(_)
                | Duty::Ask(_)
                | Duty::AskRefund(_)
                | Duty::Remind
                | Duty::Expire
                | Duty::LastAsk(_),
            ) => false,
        }
    }
}

impl Order {
    /// Ends a write at `now`: every duty that is due is moved to its next try; those that the writer may do are counted and
    /// returned, and the writer does them after the save. The earliest next try lies later than `now`.
    pub fn claim(&mut self, now: Time, may: May) -> Vec<Duty> {
        self.align(now);
        while let Some(payment) = self.due_return(now) {
            self.make_return(payment, now);
            self.align(now);
        }
        let mut taken = Vec::new();
        let mut schedule = std::mem::take(&mut self.facts.schedule);
        for slot in schedule.iter_mut().filter(|slot| slot.next <= now) {
            if may.does(slot.duty) {
                slot.tries = slot.tries.saturating_add(1);
                slot.next = now.plus(self.pause(slot.duty, slot.tries));
                taken.push(slot.duty);
            } else {
                slot.next = now.plus(LEFT_FOR_THE_SWEEP);
            }
        }
        if taken.contains(&Duty::Remind) {
            self.facts.reminded = true;
            schedule.retain(|slot| slot.duty != Duty::Remind);
        }
        self.facts.schedule = schedule;
        self.facts.version = self.facts.version.saturating_add(1);
        taken
    }

    /// The earliest next try; none when nothing has to happen any more.
    pub fn due_at(&self) -> Option<Time> {
        self.schedule.iter().map(|slot| slot.next).min()
    }

    /// Whether a look at `now` would find something to do.
    pub fn is_due(&self, now: Time) -> bool {
        self.due_at().is_some_and(|due| due <= now)
    }

    fn align(&mut self, now: Time) {
        let aligned = self.duties().into_iter().map(|(duty, when)| {
            let kept = self.schedule.iter().find(|slot| slot.duty == duty).copied();
            kept.unwrap_or_else(|| {
                let next = match when {
                    When::Now => now,
                    When::After(length) => now.plus(length),
                    When::At(instant) => instant,
                };
                Slot { duty, tries: 0, next }
            })
        });
        self.facts.schedule = aligned.collect();
    }

    fn due_return(&self, now: Time) -> Option<u16> {
        self.schedule
            .iter()
            .filter(|slot| slot.next <= now)
            .find_map(|slot| if let Duty::Return(payment) = slot.duty { Some(payment) } else { None })
    }

    /// Doing a return is deciding on a refund of the rest; sending it is the next duty.
    fn make_return(&mut self, payment: u16, now: Time) {
        let (Some(n), Some(payment)) = (self.next_refund_index(), nth(&self.payments, payment)) else { return };
        let whole = self.has(Bug::ReturnsTheWhole);
        let refund = Refund {
            id: RefundId::Ours(n),
            trade_no: payment.trade_no.clone(),
            account: payment.account.clone(),
            amount: if whole { payment.amount } else { self.rest(payment) },
            state: RefundState::Requested,
            ever_succeeded: false,
            revoke: false,
            reason: Reason::parse("payment returned").ok(),
            by: By::Till,
            request: None,
            at: now,
            no_balance: false,
            unanswered: 0,
        };
        self.note(now, By::Till, What::Refund(index(self.refunds.len()), refund.state));
        self.facts.refunds.push(refund);
    }

    /// How long after its n-th claim a duty is tried again. Never less than a minute, which is longer than any worker lives:
    /// two workers never do one duty at a time.
    fn pause(&self, duty: Duty, tries: u8) -> Seconds {
        if self.has(Bug::DueAtInThePast) {
            return Seconds(0);
        }
        match duty {
            Duty::Return(_) => HOUR,
            Duty::SendRefund(i) if nth(&self.refunds, i).is_some_and(|refund| refund.no_balance) => HOUR,
            Duty::AskRefund(i) if nth(&self.refunds, i).is_some_and(|r| r.state == RefundState::Abnormal) => DAY,
            Duty::Ask(n) => match self.attempt(n).map(|attempt| attempt.state) {
                Some(AttemptState::Processing) => HOUR,
                _ => self.policy.poll.max(MINUTE),
            },
            Duty::Expire => doubling(tries, Seconds::minutes(15)),
            Duty::SendRefund(_)
            | Duty::AskRefund(_)
            | Duty::Grant
            | Duty::Revoke
            | Duty::Alarm
            | Duty::Close(_)
            | Duty::Remind
            | Duty::LastAsk(_) => doubling(tries, HOUR),
        }
    }
}

/// 1, 2, 4 … minutes, up to a limit.
fn doubling(tries: u8, most: Seconds) -> Seconds {
    let doubled = 1_u32.checked_shl(u32::from(tries.saturating_sub(1))).unwrap_or(u32::MAX);
    Seconds::minutes(doubled).min(most)
}
