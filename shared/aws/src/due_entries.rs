//! The entries of recently read or written orders in the index of due orders. An entry counts only together with the version
//! of the order at which it was seen, since a write is conditional on that version.
//!
//! Moving an order's due time costs two writes of the index. If it moves only a little later, the old entry is left in place:
//! a sweep then reads the order once or twice too early, finds nothing to do and writes nothing.

use std::cell::RefCell;
use std::collections::VecDeque;

use till_domain::id::OrderNo;
use till_domain::order::DueKind;
use till_domain::time::{Seconds, Time};

/// How much too early an entry may be. A sweep runs once a minute, so this is at most two vain reads, and a write unit costs as
/// much as five read units. It is measured from the entry itself, so that it never adds up. With a longer time, sweeps would
/// read, and count against their limit, orders that have nothing to do.
const EARLY: Seconds = Seconds(120);

/// More orders than a process works on at once.
const MOST_REMEMBERED: usize = 256;

#[derive(Clone, Copy, Debug)]
struct Seen {
    no: OrderNo,
    version: u64,
    due: Option<DueEntry>,
}

/// An order's entry: in which kind of shard it is, and at which time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct DueEntry {
    pub kind: DueKind,
    pub at: Time,
}

#[derive(Debug, Default)]
pub(crate) struct DueEntries(RefCell<VecDeque<Seen>>);

impl DueEntries {
    pub fn remember(&self, no: OrderNo, version: u64, due: Option<DueEntry>) {
        let mut seen = self.0.borrow_mut();
        seen.retain(|seen| seen.no != no);
        seen.push_back(Seen { no, version, due });
        if seen.len() > MOST_REMEMBERED {
            seen.pop_front();
        }
    }

    /// The entry that can stay when this version of an order, due at `due`, is written over the version before it.
    pub fn reusable(&self, no: OrderNo, version: u64, due: DueEntry) -> Option<DueEntry> {
        let seen = self.0.borrow().iter().find(|seen| seen.no == no).copied()?;
        let entry = seen.due.filter(|_| seen.version.checked_add(1) == Some(version))?;
        Some(entry).filter(|entry| entry.kind == due.kind && entry.at <= due.at && due.at <= entry.at.plus(EARLY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_unix(second).unwrap()
    }

    fn look(second: i64) -> DueEntry {
        DueEntry { kind: DueKind::Look, at: at(second) }
    }

    #[test]
    fn due_entry_is_reusable_up_to_two_minutes_early() {
        let no = OrderNo::mint(at(0), 1);
        let entries = DueEntries::default();
        assert_eq!(entries.reusable(no, 1, look(100)), None, "no entry was remembered");
        entries.remember(no, 1, Some(look(100)));
        for (version, due, kept) in [
            (2, 100, Some(100)),
            (2, 220, Some(100)),
            // At most two minutes early, and never late.
            (2, 221, None),
            (2, 99, None),
            // Seen at another version.
            (3, 100, None),
            (1, 100, None),
        ] {
            assert_eq!(entries.reusable(no, version, look(due)), kept.map(look), "{version} {due}");
        }
        let money = DueEntry { kind: DueKind::MoneyOrGoods, ..look(100) };
        assert_eq!(entries.reusable(no, 2, money), None, "the entry is in another shard");
        entries.remember(no, 1, Some(money));
        assert_eq!((entries.reusable(no, 2, money), entries.reusable(no, 2, look(100))), (Some(money), None));
        assert_eq!(entries.reusable(OrderNo::mint(at(0), 2), 2, look(100)), None, "the entry of another order");
        entries.remember(no, 2, None);
        assert_eq!(entries.reusable(no, 3, look(100)), None, "the order has no entry");
    }

    #[test]
    fn due_entries_forget_the_oldest_order() {
        let entries = DueEntries::default();
        let many = u64::try_from(MOST_REMEMBERED).unwrap() + 1;
        for n in 0..many {
            entries.remember(OrderNo::mint(at(0), n), 1, Some(look(100)));
        }
        assert_eq!(entries.reusable(OrderNo::mint(at(0), 0), 2, look(100)), None);
        assert_eq!(entries.reusable(OrderNo::mint(at(0), 1), 2, look(100)), Some(look(100)));
        assert_eq!(entries.0.borrow().len(), MOST_REMEMBERED);
    }
}
