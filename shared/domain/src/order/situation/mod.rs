//! Why an order is as it is, and what happens next: computed from its facts, its duties, its holds and its schedule, and never
//! stored. How it stands as a whole comes first; what else is to say of its attempts, payments, refunds and disputes follows.

mod attempts;
mod goods;
mod payments;
mod refunds;
mod standing;
mod word;

use super::duties::Duty;
use super::holds::{About, Hold, HoldWord};
use super::schedule::Slot;
use super::{Decision, Order};
use crate::id::AttemptNo;
use crate::time::Time;

pub use word::SituationWord;

/// What a situation is about; a `u16` is a place in the order's list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    Order,
    Attempt(AttemptNo),
    Payment(u16),
    Refund(u16),
    Dispute(u16),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Situation {
    pub word: SituationWord,
    pub about: Topic,
    /// What happens next by itself in this matter: when, and how often it was tried.
    pub next: Option<Slot>,
    /// What a person must look at in this matter.
    pub hold: Option<Hold>,
    /// Those that fit the hold now.
    pub decisions: Vec<Decision>,
}

impl Order {
    /// Everything that is to say of it at a moment. The first tells how it stands as a whole; no two of the others have the same
    /// word and topic.
    pub fn situations(&self, now: Time) -> Vec<Situation> {
        let view = View { order: self, schedule: self.schedule_at(now), holds: self.holds(), now };
        let mut all = vec![view.standing()];
        view.attempts(&mut all);
        view.payments(&mut all);
        view.refunds(&mut all);
        view.disputes(&mut all);
        if view.slot(Duty::Alarm).is_some() {
            all.push(view.waiting(SituationWord::TeamNotTold, Topic::Order, &[Duty::Alarm]));
        }
        let is_over = all.iter().all(|one| one.next.is_none() && one.hold.is_none() && !one.word.asks_for_a_person());
        if is_over {
            all.push(plain(SituationWord::NothingMore, Topic::Order));
        }
        all
    }

    /// The earliest thing that happens by itself.
    pub fn next_by_itself(&self, now: Time) -> Option<Slot> {
        self.schedule_at(now).into_iter().filter(|slot| slot.owed).min_by_key(|slot| slot.next)
    }
}

/// The order at a moment, with what is asked of it more than once.
struct View<'a> {
    order: &'a Order,
    schedule: Vec<Slot>,
    holds: Vec<Hold>,
    now: Time,
}

impl View<'_> {
    fn slot(&self, duty: Duty) -> Option<Slot> {
        self.schedule.iter().find(|slot| slot.owed && slot.duty == duty).copied()
    }

    fn tries(&self, duty: Duty) -> u8 {
        self.slot(duty).map_or(0, |slot| slot.tries)
    }

    fn hold(&self, word: HoldWord, about: About) -> Option<Hold> {
        self.holds.iter().find(|hold| hold.word == word && hold.about == about).copied()
    }

    /// A situation in which the earliest of these duties comes next, if any is owed.
    fn waiting(&self, word: SituationWord, about: Topic, duties: &[Duty]) -> Situation {
        let slots = duties.iter().filter_map(|duty| self.slot(*duty));
        Situation { next: slots.min_by_key(|slot| slot.next), ..plain(word, about) }
    }

    fn held(&self, mut situation: Situation, hold: Hold) -> Situation {
        situation.hold = Some(hold);
        situation.decisions = self.order.decisions(hold);
        situation
    }
}

/// A situation in which nothing happens by itself.
const fn plain(word: SituationWord, about: Topic) -> Situation {
    Situation { word, about, next: None, hold: None, decisions: Vec::new() }
}
