//! Lists that people read. None of them decides anything.

use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::product::Product;
use till_domain::text::UserId;
use till_domain::wallet::Entry;

use super::Unavailable;

/// Lists a user's orders.
pub trait ListOrders {
    /// At most so many of them, newest first, older than `before`. The list of numbers comes from an index that may lag;
    /// each order is as it stands.
    async fn list_orders(&self, user: &UserId, before: Option<OrderNo>, most: usize)
    -> Result<Vec<Order>, Unavailable>;
}

/// A product as a shop window shows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Displayed {
    /// The product.
    pub product: Product,
    /// Its place: lower ones first, then by type and id.
    pub sort: u32,
    /// What people read about it.
    pub description: Option<String>,
}

/// Lists what is on sale.
pub trait ListProducts {
    /// Every product, on sale or not, in the order of the shop window.
    async fn list_products(&self) -> Result<Vec<Displayed>, Unavailable>;
}

/// Lists the last entries of a ledger.
pub trait ListEntries {
    /// The newest ones, newest first: at least ten, if there are so many.
    async fn list_entries(&self, user: &UserId) -> Result<Vec<Entry>, Unavailable>;
}
