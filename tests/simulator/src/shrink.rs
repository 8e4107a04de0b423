//! Shortens a failing history: leaves acts out as long as the same invariant still breaks.

use crate::act::{Act, Job};
use crate::coverage::Coverage;
use crate::history::History;
use crate::world::Broken;

/// Replays at most: a bound on time (some seconds), not on correctness. What is left then is short enough to read.
const MOST_REPLAYS: u32 = 20_000;

/// Acts that were left out may have made notices, messages or refunds, which later acts name by the order of their
/// creation. So later acts are tried with their numbers lowered by this much.
const SHIFTS: [Shift; 8] = [
    Shift { notices: 0, messages: 0, refunds: 0 },
    Shift { notices: 1, messages: 0, refunds: 0 },
    Shift { notices: 2, messages: 0, refunds: 0 },
    Shift { notices: 0, messages: 1, refunds: 0 },
    Shift { notices: 1, messages: 1, refunds: 0 },
    Shift { notices: 0, messages: 0, refunds: 1 },
    Shift { notices: 1, messages: 0, refunds: 1 },
    Shift { notices: 2, messages: 1, refunds: 0 },
];

#[derive(Clone, Copy)]
struct Shift {
    notices: u16,
    messages: u32,
    refunds: u8,
}

impl Shift {
    fn of(self, act: Act) -> Act {
        match act {
            Act::Start(id, Job::Deliver { notice }) => {
                Act::Start(id, Job::Deliver { notice: notice.saturating_sub(self.notices) })
            }
            Act::Start(id, Job::Receive { message }) => {
                Act::Start(id, Job::Receive { message: message.saturating_sub(self.messages) })
            }
            Act::MoveRefund(refund, moved) => Act::MoveRefund(refund.saturating_sub(self.refunds), moved),
            act => act,
        }
    }
}

/// The shortest history found that still breaks the same invariant.
pub(crate) fn shrink(history: &History, broken: &Broken) -> (Vec<Act>, Broken) {
    let mut found = Found { history, acts: history.acts.clone(), broken: broken.clone(), replays: 0 };
    let mut size = found.acts.len().div_ceil(2);
    while size > 0 && found.replays < MOST_REPLAYS {
        let before = found.acts.len();
        let mut from = 0;
        while from < found.acts.len() && found.replays < MOST_REPLAYS {
            if !found.without(from, size) {
                from += size;
            }
        }
        // The finest pass again, as long as it helps.
        let helped = found.acts.len() < before;
        if size > 1 || !helped {
            size /= 2;
        }
    }
    (found.acts, found.broken)
}

struct Found<'a> {
    history: &'a History,
    acts: Vec<Act>,
    broken: Broken,
    replays: u32,
}

impl Found<'_> {
    /// Leaves some acts out, if it breaks without them too.
    fn without(&mut self, from: usize, size: usize) -> bool {
        let until = (from + size).min(self.acts.len());
        SHIFTS.into_iter().any(|shift| {
            let later = self.acts[until..].iter().map(|act| shift.of(*act));
            let acts: Vec<Act> = self.acts[..from].iter().copied().chain(later).collect();
            self.replays += 1;
            match self.history.replay(&acts, &mut Coverage::default()) {
                Err(still) if still.invariant == self.broken.invariant => {
                    (self.acts, self.broken) = (acts, still);
                    true
                }
                _ => false,
            }
        })
    }
}
