//! What is sold: products with prices in several currencies and the grants that a buyer gets.
//!
//! A new kind of grant is a file here and a variant of [`Grant`]. The compiler does not show every other place:
//! `docs/contributing.md` names the rest.

mod membership;
mod points;
mod quota;
mod upgrade_worth;

pub use membership::{MembershipGrant, Tier};
pub use points::PointsGrant;
pub use quota::QuotaGrant;
pub use upgrade_worth::MembershipShare;

use crate::currency::Currency;
use crate::language::Localized;
use crate::money::Money;
use crate::text::{ProductId, ProductName, ProductType};

/// Grants of one product: an order item must stay small.
pub const MOST_GRANTS: usize = 8;
/// Prices of one product: one a currency.
pub const MOST_PRICES: usize = 32;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Grant {
    Points(PointsGrant),
    Membership(MembershipGrant),
    /// A number of uses of something, for some days.
    Quota(QuotaGrant),
}

/// What can be bought, as the catalogue has it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Product {
    kind: ProductType,
    id: ProductId,
    name: Localized<ProductName>,
    prices: Vec<Money>,
    /// As stated, in the currencies of some prices.
    upgrade_worths: Vec<Money>,
    grants: Vec<Grant>,
    pub active: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadProduct {
    #[error("a product has at least one price")]
    NoPrice,
    #[error("a price is more than zero")]
    FreePrice,
    #[error("there are two prices in {0}")]
    TwoPrices(Currency),
    #[error("a product has at most {MOST_PRICES} prices")]
    TooManyPrices,
    #[error("a product grants at least one thing")]
    NoGrant,
    #[error("a product grants at most {MOST_GRANTS} things")]
    TooManyGrants,
    /// An upgrade would not know which of two memberships it raises.
    #[error("a product grants at most one membership")]
    TwoMemberships,
    #[error("an upgrade worth is for a membership, and this product grants none")]
    WorthWithoutMembership,
    #[error("there is an upgrade worth in {0}, but no price in it")]
    WorthWithoutPrice(Currency),
    #[error("an upgrade worth is part of its price: at most {0:?}")]
    WorthAbovePrice(Money),
    #[error("there are two upgrade worths in {0}")]
    TwoWorths(Currency),
    #[error("{what} must be 1 to {most}")]
    OutsideLimits { what: &'static str, most: u64 },
}

impl Product {
    pub fn new(
        kind: ProductType,
        id: ProductId,
        name: impl Into<Localized<ProductName>>,
        prices: Vec<Money>,
        grants: Vec<Grant>,
    ) -> Result<Self, BadProduct> {
        check_prices(&prices)?;
        check_grants(&grants)?;
        Ok(Self { kind, id, name: name.into(), prices, upgrade_worths: Vec::new(), grants, active: true })
    }

    pub const fn kind(&self) -> &ProductType {
        &self.kind
    }

    pub const fn id(&self) -> &ProductId {
        &self.id
    }

    pub const fn name(&self) -> &Localized<ProductName> {
        &self.name
    }

    /// Its prices, the preferred one first.
    pub fn prices(&self) -> &[Money] {
        &self.prices
    }

    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    pub fn price_in(&self, currency: Currency) -> Option<Money> {
        self.prices.iter().copied().find(|price| price.currency() == currency)
    }

    pub fn membership(&self) -> Option<&MembershipGrant> {
        membership_of(&self.grants)
    }
}

pub fn membership_of(grants: &[Grant]) -> Option<&MembershipGrant> {
    grants.iter().find_map(|grant| match grant {
        Grant::Membership(membership) => Some(membership),
        Grant::Points(_) | Grant::Quota(_) => None,
    })
}

fn check_prices(prices: &[Money]) -> Result<(), BadProduct> {
    if prices.is_empty() {
        return Err(BadProduct::NoPrice);
    }
    if prices.len() > MOST_PRICES {
        return Err(BadProduct::TooManyPrices);
    }
    for (i, price) in prices.iter().enumerate() {
        if price.is_zero() {
            return Err(BadProduct::FreePrice);
        }
        if prices.iter().skip(i.saturating_add(1)).any(|other| other.currency() == price.currency()) {
            return Err(BadProduct::TwoPrices(price.currency()));
        }
    }
    Ok(())
}

fn check_grants(grants: &[Grant]) -> Result<(), BadProduct> {
    if grants.is_empty() {
        return Err(BadProduct::NoGrant);
    }
    if grants.len() > MOST_GRANTS {
        return Err(BadProduct::TooManyGrants);
    }
    let memberships = grants.iter().filter(|grant| matches!(grant, Grant::Membership(_))).count();
    if memberships > 1 { Err(BadProduct::TwoMemberships) } else { Ok(()) }
}

const fn within(what: &'static str, n: u64, most: u64) -> Result<(), BadProduct> {
    if n >= 1 && n <= most { Ok(()) } else { Err(BadProduct::OutsideLimits { what, most }) }
}

#[cfg(test)]
mod tests;
