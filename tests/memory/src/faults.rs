//! Planned faults: a test chooses the n-th call of a kind and what goes wrong with it.

use crate::call::CallKind;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    Before,
    After,
    Delay,
    /// It takes effect twice, and the second answer comes back.
    Twice,
    DieBefore,
    DieAfter,
}

impl Fault {
    pub const ALL: [Self; 6] = [Self::Before, Self::After, Self::Delay, Self::Twice, Self::DieBefore, Self::DieAfter];
}

#[derive(Clone, Debug, Default)]
pub struct Faults {
    planned: Vec<(CallKind, u32, Fault)>,
    seen: Vec<(CallKind, u32)>,
}

impl Faults {
    /// Plans a fault at the n-th call (from 1, counted from now) of a kind.
    pub fn plan(&mut self, kind: CallKind, nth: u32, fault: Fault) {
        self.planned.push((kind, self.seen(kind) + nth, fault));
    }

    /// Counts a call and returns the fault planned for it.
    pub fn strike(&mut self, kind: CallKind) -> Option<Fault> {
        let place = self.seen.iter().position(|(seen, _)| *seen == kind).unwrap_or_else(|| {
            self.seen.push((kind, 0));
            self.seen.len() - 1
        });
        self.seen[place].1 += 1;
        let count = self.seen[place].1;
        let planned = self.planned.iter().position(|(planned, nth, _)| *planned == kind && *nth == count)?;
        Some(self.planned.swap_remove(planned).2)
    }

    /// How many calls of a kind there were.
    pub fn seen(&self, kind: CallKind) -> u32 {
        self.seen.iter().find(|(seen, _)| *seen == kind).map_or(0, |(_, count)| *count)
    }
}
