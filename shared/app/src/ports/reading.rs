//! Lists for display. No flow depends on them.

use std::cmp::Reverse;
use std::rc::Rc;

use till_domain::id::OrderNo;
use till_domain::language::Localized;
use till_domain::order::Order;
use till_domain::product::Product;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::Entry;

use super::Unavailable;

/// Orders as they stand, newest first, and apart from them the numbers of those that are stored and cannot be read: a later release
/// wrote them, or somebody edited them. One of these must not hide the others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LoadedOrders {
    pub orders: Vec<Order>,
    pub unreadable: Vec<OrderNo>,
}

impl LoadedOrders {
    /// All of them, newest first.
    #[must_use]
    pub fn numbers(&self) -> Vec<OrderNo> {
        let readable = self.orders.iter().map(|order| order.no);
        let mut numbers: Vec<OrderNo> = readable.chain(self.unreadable.iter().copied()).collect();
        numbers.sort_unstable_by_key(|no| Reverse(*no));
        numbers
    }

    /// Leaves out all but the newest ones, and returns whether there were more.
    pub fn keep_newest(&mut self, most: usize) -> bool {
        let Some(left_out) = self.numbers().get(most).copied() else { return false };
        self.orders.retain(|order| order.no > left_out);
        self.unreadable.retain(|no| *no > left_out);
        true
    }
}

port! { (store: S)
    pub trait ListOrders {
        /// At most this many, newest first, older than `before`. The numbers come from an index that may lag; each order is
        /// read consistently. Unreadable ones count, too.
        async fn list_orders(&self, user: &UserId, before: Option<OrderNo>, most: usize)
        -> Result<LoadedOrders, Unavailable>;
    }
}

port! { (store: S)
    pub trait ListRecent {
        /// The numbers of a user's orders made since then, newest first, at most this many. They come from an index that may
        /// lag.
        async fn list_recent(&self, user: &UserId, since: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable>;
    }
}

/// A product as a page shows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ListedProduct {
    pub product: Product,
    /// Its place: lower ones first, then by type and id.
    pub sort: u32,
    pub description: Option<Localized<String>>,
}

port! { (store: S)
    pub trait ListProducts {
        /// Every product, on sale or not, by `sort`, type and id. A process that keeps them shares them with each request.
        async fn list_products(&self) -> Result<Rc<[ListedProduct]>, Unavailable>;
    }
}

port! { (store: S)
    pub trait ListEntries {
        /// The newest ones, newest first: at least ten, if there are so many.
        async fn list_entries(&self, user: &UserId) -> Result<Vec<Entry>, Unavailable>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_ones_are_kept_whether_they_can_be_read_or_not() {
        let no = |second| OrderNo::mint(Time::from_unix(second).unwrap(), 1);
        let mut loaded = LoadedOrders { orders: Vec::new(), unreadable: vec![no(3), no(2), no(1)] };
        assert_eq!(loaded.numbers(), [no(3), no(2), no(1)]);
        assert!(!loaded.keep_newest(3));
        assert!(loaded.keep_newest(2));
        assert_eq!(loaded.unreadable, [no(3), no(2)]);
        assert!(loaded.keep_newest(0));
        assert_eq!(loaded, LoadedOrders::default());
    }
}
