//! The claim, which ends every write: it brings the schedule in line with the duties, counts a try of each that is due,
//! and moves it to its next try. After the save, the process that claimed may act until that next try is due.

use crate::text::Reason;
use crate::time::{Seconds, Time};

use super::attempt::AttemptState;
use super::by::By;
use super::duties::{Duty, When};
use super::refund::{Refund, RefundId, RefundState};
use super::timeline::What;
use super::{Order, index, nth};

const MINUTE: Seconds = Seconds::minutes(1);
const HOUR: Seconds = Seconds::hours(1);
const DAY: Seconds = Seconds::days(1);
/// A due duty that the writer may not do itself becomes due for the sweep after this time.
const LEFT_FOR_THE_SWEEP: Seconds = Seconds(1);

/// When a duty is tried next, and how often it was tried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Slot {
    pub duty: Duty,
    pub tries: u8,
    pub next: Time,
    /// Whether it is a duty now; if not, its last try still holds.
    pub owed: bool,
}

impl Slot {
    fn is_due(&self, now: Time) -> bool {
        self.owed && self.next <= now
    }

    /// Whether it is about money or goods, and nobody is doing it at this moment. Delivering, taking back and telling the team
    /// are first tried right after the write that claims them; they count from the second try on.
    fn owes_money_or_goods(&self) -> bool {
        self.owed
            && match self.duty {
                Duty::Return(_) | Duty::SendRefund(_) | Duty::AskRefund(_) => true,
                Duty::Grant | Duty::Revoke | Duty::Alarm => self.tries != 1,
                Duty::Close(_) | Duty::Ask(_) | Duty::Remind | Duty::Expire | Duty::LastAsk(_) => false,
            }
    }
}

/// Kinds of orders with something to do. The sweep handles the first kind first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DueKind {
    /// Money to give back, goods to deliver or to take back, or a hold that nobody was told of.
    MoneyOrGoods,
    /// Questions about attempts, and the end of an unpaid order.
    Look,
}

/// What a writer may do about duties that are due.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum May {
    /// Put tasks into the queue and raise alarms. A callback may do no more: it calls no provider.
    Enqueue,
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
        let mut taken = Vec::new();
        loop {
            self.align(now);
            if let Some(payment) = self.due_return(now) {
                self.make_return(payment, now);
                continue;
            }
            // Counting a try can raise another duty: an alarm after the last try. No duty is claimed twice, not even at
            // the end of the year 9999, where a next try cannot lie later.
            let before = taken.len();
            self.take_due(now, may, &mut taken);
            if taken.len() == before {
                break;
            }
        }
        self.facts.version = self.facts.version.saturating_add(1);
        taken
    }

    fn take_due(&mut self, now: Time, may: May, taken: &mut Vec<Duty>) {
        let mut schedule = std::mem::take(&mut self.facts.schedule);
        // An expired order needs no reminder.
        let over = schedule.iter().any(|slot| slot.duty == Duty::Expire && slot.is_due(now));
        for slot in &mut schedule {
            if !slot.is_due(now) || taken.contains(&slot.duty) {
                continue;
            }
            if slot.duty == Duty::Remind && (over || may == May::All) {
                self.facts.reminded = true;
            }
            if may.does(slot.duty) {
                slot.tries = slot.tries.saturating_add(1);
                slot.next = now.plus(self.pause(slot.duty, slot.tries));
                if slot.duty != Duty::Remind || !over {
                    taken.push(slot.duty);
                }
            } else {
                slot.next = now.plus(LEFT_FOR_THE_SWEEP);
            }
        }
        self.facts.schedule = schedule;
    }

    /// The earliest next try; `None` when no duty is left.
    pub fn due_at(&self) -> Option<Time> {
        self.schedule.iter().filter(|slot| slot.owed).map(|slot| slot.next).min()
    }

    pub fn due_kind(&self) -> DueKind {
        if self.schedule.iter().any(Slot::owes_money_or_goods) { DueKind::MoneyOrGoods } else { DueKind::Look }
    }

    pub fn is_due(&self, now: Time) -> bool {
        self.due_at().is_some_and(|due| due <= now)
    }

    fn align(&mut self, now: Time) {
        self.facts.schedule = self.schedule_at(now);
    }

    /// The schedule in line with the present duties, as a claim at that time would find it. A duty that vanishes keeps its slot
    /// until its next try would be due: if it comes back before that, the process that claimed it may still be acting, and no
    /// other may.
    pub(super) fn schedule_at(&self, now: Time) -> Vec<Slot> {
        let duties = self.duties();
        let owed = duties.iter().map(|(duty, when)| {
            let kept = self.schedule.iter().find(|slot| slot.duty == *duty).copied();
            let fresh = || {
                let next = match when {
                    When::Now => now,
                    When::After(length) => now.plus(*length),
                    When::At(instant) => *instant,
                };
                Slot { duty: *duty, tries: 0, next, owed: true }
            };
            kept.map_or_else(fresh, |slot| Slot { owed: true, ..slot })
        });
        let held = self
            .schedule
            .iter()
            .filter(|slot| slot.tries > 0 && slot.next > now && !duties.iter().any(|(duty, _)| *duty == slot.duty));
        let held = held.map(|slot| Slot { owed: false, ..*slot });
        owed.chain(held).collect()
    }

    fn due_return(&self, now: Time) -> Option<u16> {
        self.schedule
            .iter()
            .filter(|slot| slot.next <= now)
            .find_map(|slot| if let Duty::Return(payment) = slot.duty { Some(payment) } else { None })
    }

    /// A return is done by recording a refund of the rest; sending that refund is the next duty.
    fn make_return(&mut self, place: u16, now: Time) {
        let (Some(n), Some(payment)) = (self.next_refund_index(), nth(&self.payments, place)) else { return };
        let amount = self.rest(payment);
        let (trade_no, account) = (payment.trade_no.clone(), payment.account.clone());
        let new = Refund::new(RefundId::Ours(n), trade_no, account, amount, By::Till, now);
        let refund = Refund { reason: Reason::parse("payment returned").ok(), ..new };
        self.note(now, By::Till, What::Refund(index(self.refunds.len()), refund.state));
        self.facts.refunds.push(refund);
        // If a running total hides part of the rest from this refund, the next return gives that part back.
        self.facts.schedule.retain(|slot| slot.duty != Duty::Return(place));
    }

    /// How long after its n-th claim a duty is tried again. Never less than a minute, which is longer than any worker
    /// lives, so two workers never do one duty at a time.
    fn pause(&self, duty: Duty, tries: u8) -> Seconds {
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
