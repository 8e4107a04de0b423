//! The money kept for the orders that an upgrade replaces. It is looked up before the upgrade is priced, and again
//! before it is granted.

use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::money::Money;

use crate::ports::{LoadOrder, Unavailable};

/// The money kept for each order, and the order's version at that time.
pub struct UpgradeBasis {
    orders: Vec<(OrderNo, u64, Option<Money>)>,
    nothing: Money,
}

impl UpgradeBasis {
    pub async fn load(
        ports: &impl LoadOrder,
        orders: impl Iterator<Item = OrderNo>,
        currency: Currency,
    ) -> Result<Self, Unavailable> {
        let mut found = Vec::new();
        for no in orders {
            if let Some(order) = ports.load_order(no).await? {
                found.push((no, order.version, order.kept_for_good()));
            }
        }
        Ok(Self { orders: found, nothing: Money::zero(currency) })
    }

    pub fn of(&self, no: OrderNo) -> Money {
        let kept = self.orders.iter().find(|(known, _, _)| *known == no).and_then(|(_, _, kept)| *kept);
        kept.unwrap_or(self.nothing)
    }

    /// The versions at which the orders were read.
    pub fn versions(&self) -> Vec<(OrderNo, u64)> {
        self.orders.iter().map(|(no, version, _)| (*no, *version)).collect()
    }
}
