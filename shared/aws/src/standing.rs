//! Where orders that this process has just read or written stand in the index of due orders. It is exact or nothing: an entry
//! counts only together with the version it was seen at, and a write is conditional on that version.
//!
//! An order whose due time moves costs two writes of the index. When it moves a little later, the entry that stands already
//! does as well: a sweep then looks at the order once or twice too early, finds nothing to do and writes nothing.

use std::cell::RefCell;
use std::collections::VecDeque;

use till_domain::id::OrderNo;
use till_domain::time::{Seconds, Time};

/// An entry may stand so much too early. A sweep looks once a minute: two vain reads at most, and a write unit costs as much
/// as five read units. It is measured from the entry itself, so that earliness never adds up; any longer, and each sweep
/// would read, and count against its limit, orders that have nothing to do.
const EARLY: Seconds = Seconds(120);

/// What is remembered: more orders than a process has in hand at once.
const MOST_REMEMBERED: usize = 256;

#[derive(Clone, Copy, Debug)]
struct Seen {
    no: OrderNo,
    version: u64,
    due: Option<Time>,
}

#[derive(Debug, Default)]
pub(crate) struct Standing(RefCell<VecDeque<Seen>>);

impl Standing {
    pub fn saw(&self, no: OrderNo, version: u64, due: Option<Time>) {
        let mut seen = self.0.borrow_mut();
        seen.retain(|seen| seen.no != no);
        seen.push_back(Seen { no, version, due });
        if seen.len() > MOST_REMEMBERED {
            seen.pop_front();
        }
    }

    /// The entry that may go on standing when an order of this version, due at `due`, is written over the one before it.
    pub fn that_will_do(&self, no: OrderNo, version: u64, due: Time) -> Option<Time> {
        let seen = self.0.borrow().iter().find(|seen| seen.no == no).copied()?;
        let stands = seen.due.filter(|_| seen.version.checked_add(1) == Some(version))?;
        Some(stands).filter(|stands| *stands <= due && due <= stands.plus(EARLY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Time {
        Time::from_unix(second).unwrap()
    }

    #[test]
    fn an_entry_that_is_a_little_early_goes_on_standing() {
        let no = OrderNo::mint(at(0), 1);
        let standing = Standing::default();
        assert_eq!(standing.that_will_do(no, 1, at(100)), None, "nothing was seen");
        standing.saw(no, 1, Some(at(100)));
        for (version, due, stands) in [
            (2, 100, Some(100)),
            (2, 220, Some(100)),
            // Two minutes early at most, and never late.
            (2, 221, None),
            (2, 99, None),
            // Seen at another version.
            (3, 100, None),
            (1, 100, None),
        ] {
            assert_eq!(standing.that_will_do(no, version, at(due)), stands.map(at), "{version} {due}");
        }
        assert_eq!(standing.that_will_do(OrderNo::mint(at(0), 2), 2, at(100)), None, "another order's");
        standing.saw(no, 2, None);
        assert_eq!(standing.that_will_do(no, 3, at(100)), None, "it stands nowhere");
    }

    #[test]
    fn it_forgets_the_oldest() {
        let standing = Standing::default();
        let many = u64::try_from(MOST_REMEMBERED).unwrap() + 1;
        for n in 0..many {
            standing.saw(OrderNo::mint(at(0), n), 1, Some(at(100)));
        }
        assert_eq!(standing.that_will_do(OrderNo::mint(at(0), 0), 2, at(100)), None);
        assert_eq!(standing.that_will_do(OrderNo::mint(at(0), 1), 2, at(100)), Some(at(100)));
        assert_eq!(standing.0.borrow().len(), MOST_REMEMBERED);
    }
}
