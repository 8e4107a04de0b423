//! What is kept about one user: all of it, to be handed out, and its erasure. Amounts, products and proofs of payments stay, under
//! a pseudonym that nothing leads to.
//!
//! The erasure goes step by step, each on condition that nothing changed meanwhile. Its first step stores the pseudonym and its last
//! one removes it, so an erasure that is cut off goes on with the same pseudonym. The wallet is last but one: until it has moved, a
//! placeholder stands at its new place, which no function can read, so goods of the renamed orders are taken back only after it.

mod erase;
mod find;
mod plain;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use till_app::ports::Unavailable;
use till_domain::id::OrderNo;
use till_domain::text::UserId;

use crate::aws::Aws;
use crate::item::Attributes;

/// What is kept about a user, item by item.
#[derive(Clone, Debug, Default)]
pub struct Personal {
    /// Each order, and the entries of its audit trail.
    pub orders: Vec<(OrderNo, Vec<Attributes>)>,
    /// The wallet, its ledger, and the mark of an erasure that has begun.
    pub wallet: Vec<Attributes>,
    /// Records of what the team changed in the wallet by hand.
    pub records: Vec<Attributes>,
    /// Payments of theirs that fit no order.
    pub orphans: Vec<Attributes>,
    /// Claims of idempotency keys, sockets and counters: they end by themselves within a day.
    pub passing: Vec<Attributes>,
    /// The ids by which providers know the buyer.
    pub buyers: BTreeSet<String>,
    /// Orders in which something is still to happen, and what.
    pub unfinished: Vec<(OrderNo, String)>,
}

impl Personal {
    /// All of it as plain JSON, under the names that the table uses.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        plain::json(self)
    }

    pub fn is_empty(&self) -> bool {
        let Self { orders, wallet, records, orphans, passing, buyers: _, unfinished: _ } = self;
        orders.is_empty() && wallet.is_empty() && records.is_empty() && orphans.is_empty() && passing.is_empty()
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotErased {
    /// Something is owed, or may still come.
    Unfinished(Vec<(OrderNo, String)>),
    /// The user's data changed faster than it could be erased.
    Busy,
    /// Something was erased or not. It is safe to go on.
    Unavailable,
}

impl From<Unavailable> for NotErased {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl fmt::Display for NotErased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished(orders) => {
                f.write_str("something is still to happen, so nothing can be erased yet:")?;
                orders.iter().try_for_each(|(no, what)| write!(f, "\n  {no}: {what}"))
            }
            Self::Busy => f.write_str("the user's data keeps changing: run it again, it goes on where it stopped"),
            Self::Unavailable => f.write_str(
                "AWS gave no usable answer; the log above says why. Run it again: it goes on where it stopped, under the same pseudonym",
            ),
        }
    }
}

impl std::error::Error for NotErased {}

impl Aws {
    /// Everything that is kept about a user, read consistently but for the list of orders, which may lack one of the last second.
    pub async fn personal(&self, user: &UserId) -> Result<Personal, Unavailable> {
        find::personal(self, user).await
    }

    /// Erases what is kept about a user: it stands under `pseudonym` afterwards, or under the one of an erasure that was cut off.
    /// Returns that; `None` if nothing is kept.
    pub async fn erase(&self, user: &UserId, pseudonym: &UserId) -> Result<Option<UserId>, NotErased> {
        erase::erase(self, user, pseudonym).await
    }
}
