//! What is paid for the orders that an upgrade replaces. It is looked up before the upgrade is priced, and again
//! before it is granted.

use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::product::MembershipShare;
use till_domain::wallet::Paid;

use crate::ports::{LoadOrder, Unavailable};

/// What is paid for each order, and the order's version at that time.
pub struct UpgradeBasis {
    orders: Vec<(OrderNo, u64, Paid)>,
    nothing: Paid,
}

impl UpgradeBasis {
    pub async fn load(
        ports: &impl LoadOrder,
        orders: impl Iterator<Item = OrderNo>,
        currency: Currency,
    ) -> Result<Self, Unavailable> {
        let nothing = Paid { kept: Money::zero(currency), share: MembershipShare::NOTHING };
        let mut found = Vec::new();
        for no in orders {
            if let Some(order) = ports.load_order(no).await? {
                // As it was sold, whatever the catalogue says today.
                let share = order.sold.membership_share();
                let kept = order.kept_for_good();
                found.push((no, order.version, kept.map_or(nothing, |kept| Paid { kept, share })));
            }
        }
        Ok(Self { orders: found, nothing })
    }

    /// An order that was not found, or for which nothing is kept, counts for nothing.
    pub fn of(&self, no: OrderNo) -> Paid {
        self.orders.iter().find(|(known, _, _)| *known == no).map_or(self.nothing, |(_, _, paid)| *paid)
    }

    /// The versions at which the orders were read.
    pub fn versions(&self) -> Vec<(OrderNo, u64)> {
        self.orders.iter().map(|(no, version, _)| (*no, *version)).collect()
    }
}
