//! Which part of a price is for the membership. An upgrade counts this part only: points and quotas of the same product may be
//! used up already.

use super::{BadProduct, Product};
use crate::currency::Currency;
use crate::money::Money;

/// The part of whatever was paid for an order that was paid for its membership.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MembershipShare {
    worth: u64,
    list: u64,
}

impl MembershipShare {
    pub const WHOLE: Self = Self { worth: 1, list: 1 };
    pub const NOTHING: Self = Self { worth: 0, list: 1 };

    /// `worth` of a list price; both are in one currency.
    #[must_use]
    pub const fn new(worth: Money, list: Money) -> Self {
        Self { worth: worth.minor(), list: list.minor() }
    }

    /// Rounded down. What was paid may be in another currency than the price.
    #[must_use]
    pub fn of(self, paid: Money) -> Money {
        paid.share(self.worth, self.list)
    }
}

impl Product {
    /// States how much of its prices is for the membership: at most one amount a currency.
    pub fn with_upgrade_worths(mut self, worths: Vec<Money>) -> Result<Self, BadProduct> {
        for (i, worth) in worths.iter().enumerate() {
            let currency = worth.currency();
            self.check_upgrade_worth(*worth)?;
            if worths.iter().skip(i.saturating_add(1)).any(|other| other.currency() == currency) {
                return Err(BadProduct::TwoWorths(currency));
            }
        }
        self.upgrade_worths = worths;
        Ok(self)
    }

    /// Whether this may be how much of the price in its currency is for the membership.
    pub fn check_upgrade_worth(&self, worth: Money) -> Result<(), BadProduct> {
        let currency = worth.currency();
        let price = self.price_in(currency).ok_or(BadProduct::WorthWithoutPrice(currency))?;
        if self.membership().is_none() {
            return Err(BadProduct::WorthWithoutMembership);
        }
        if worth.minor() > price.minor() { Err(BadProduct::WorthAbovePrice(price)) } else { Ok(()) }
    }

    /// Only those that were stated.
    pub fn upgrade_worths(&self) -> &[Money] {
        &self.upgrade_worths
    }

    /// How much of the price in this currency an upgrade counts later. Where nothing is stated it is the whole price of a
    /// membership that is sold alone, and nothing of one that is sold with other grants. `None` without a membership or a
    /// price in this currency.
    pub fn upgrade_worth_in(&self, currency: Currency) -> Option<Money> {
        let price = self.price_in(currency).filter(|_| self.membership().is_some())?;
        let stated = self.upgrade_worths.iter().copied().find(|worth| worth.currency() == currency);
        let is_alone = self.grants.len() == 1;
        Some(stated.unwrap_or(if is_alone { price } else { Money::zero(currency) }))
    }
}
