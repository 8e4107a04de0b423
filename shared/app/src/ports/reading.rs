//! Lists for display. No flow depends on them.

use till_domain::id::OrderNo;
use till_domain::language::Localized;
use till_domain::order::Order;
use till_domain::product::Product;
use till_domain::text::UserId;
use till_domain::time::Time;
use till_domain::wallet::Entry;

use super::Unavailable;

port! { (store: S)
    pub trait ListOrders {
        /// At most this many, newest first, older than `before`. The numbers come from an index that may lag; each order is
        /// read consistently.
        async fn list_orders(&self, user: &UserId, before: Option<OrderNo>, most: usize)
        -> Result<Vec<Order>, Unavailable>;
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
        /// Every product, on sale or not, by `sort`, type and id.
        async fn list_products(&self) -> Result<Vec<ListedProduct>, Unavailable>;
    }
}

port! { (store: S)
    pub trait ListEntries {
        /// The newest ones, newest first: at least ten, if there are so many.
        async fn list_entries(&self, user: &UserId) -> Result<Vec<Entry>, Unavailable>;
    }
}
