//! One order: the facts that were taken in, and everything that follows from them.
//!
//! Facts come in by [`Order::settle`] (what a provider says; never refused) and by the commands (may be refused). Words
//! ([`Order::status`], [`Order::fulfilment`], [`Order::holds`]) and duties ([`Order::duties`]) are computed from the facts
//! and from nothing else; no caller sets them. [`Order::claim`] ends every write. Nothing outside this module changes an order.

mod adopted;
mod attempt;
mod back;
mod by;
mod commands;
mod duties;
mod holds;
mod lifetime;
mod payment;
mod policy;
mod refund;
mod remedy;
mod report;
mod schedule;
mod settle;
mod situation;
mod stated;
#[cfg(test)]
mod tests;
mod timeline;
mod words;

use std::ops::Deref;
use std::sync::Arc;

pub use attempt::{Attempt, AttemptState, Decline, MOST_ATTEMPTS, OPENING_TIMEOUT};
pub use back::Figure;
pub use by::By;
pub use commands::{Decision, RefundRequest, Resolution};
pub use duties::{Duty, When};
pub use holds::{About, Cleared, Hold, HoldWord};
pub use payment::{OddState, Payment, Role};
pub use policy::{LatePolicy, Policy};
pub use refund::{Dispute, DisputeState, MOST_COMMANDED_REFUNDS, Refund, RefundId, RefundState, Request};
pub use remedy::{Fingerprint, MOST_REMEDIES, Remedied, Remedy, RemedyWord};
pub use report::{RefundWord, Report, Says, Subject};
pub use schedule::{DueKind, May, Slot};
pub use situation::{Situation, SituationWord, Topic};
pub use stated::{Proof, Stated, Statement};
pub use timeline::{Moment, What};
pub use words::{Fulfilment, Status};

use crate::id::{AttemptNo, OrderNo};
use crate::money::Money;
use crate::product::{Grant, MembershipShare};
use crate::text::{ProductId, ProductName, ProductType, TradeNo, UserId};
use crate::time::Time;
use crate::wallet::Upgrade;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Sold {
    pub user: UserId,
    pub kind: ProductType,
    pub product: ProductId,
    pub name: ProductName,
    pub price: Money,
    pub grants: Vec<Grant>,
    /// For an upgrade: the credits that its price was computed from.
    pub upgrade: Option<Upgrade>,
    /// Which part of the list price is for the membership, if not all of it is. Orders sold before products stated this have
    /// none either: they count as they were sold.
    pub upgrade_worth: Option<Money>,
}

impl Sold {
    /// The part of what is paid for it that a later upgrade counts.
    #[must_use]
    pub fn membership_share(&self) -> MembershipShare {
        self.upgrade_worth.map_or(MembershipShare::WHOLE, |worth| MembershipShare::new(worth, self.list_price()))
    }

    /// The price together with the credits of an upgrade, which are in its currency.
    fn list_price(&self) -> Money {
        let credits = self.upgrade.iter().flat_map(|upgrade| &upgrade.replaced).map(|replaced| replaced.credit);
        credits.fold(self.price, |sum, credit| sum.plus(credit).unwrap_or(sum))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Why {
    User,
    Expired,
    Admin,
}

impl Why {
    /// After a person cancelled, every payment that we hear of is late; after an expiry, only one that was made after
    /// it.
    const fn is_a_person(self) -> bool {
        match self {
            Self::User | Self::Admin => true,
            Self::Expired => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cancelled {
    pub at: Time,
    pub why: Why,
}

/// How far the order's goods are delivered. A person may begin another round after a revoke whose refund failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Granting {
    /// 1, or more after another round was begun.
    pub round: u8,
    pub granted: Option<Time>,
    pub revoked: Option<Time>,
}

/// Everything that is known of an order. Read through [`Order`]; a store rebuilds one with [`Order::from_facts`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Facts {
    pub no: OrderNo,
    pub version: u64,
    pub created_at: Time,
    pub expire_at: Time,
    pub sold: Arc<Sold>,
    pub policy: Policy,
    pub attempts: Vec<Attempt>,
    pub payments: Vec<Payment>,
    pub refunds: Vec<Refund>,
    pub disputes: Vec<Dispute>,
    pub figures: Vec<Figure>,
    pub cancelled: Option<Cancelled>,
    /// When the membership that the upgrade replaces was found gone: it is never granted, and its money goes back.
    pub superseded: Option<Time>,
    pub granting: Granting,
    pub cleared: Vec<Cleared>,
    pub told: Vec<Hold>,
    pub reminded: bool,
    pub schedule: Vec<Slot>,
    pub timeline: Vec<Moment>,
    /// The marks of payments that an admin stated.
    pub stated: Vec<Stated>,
    /// The newest of the remedies that people applied.
    pub remedies: Vec<Remedied>,
}

/// An order: its facts, which only this module changes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Order {
    facts: Facts,
}

impl Deref for Order {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.facts
    }
}

#[derive(Clone, Debug)]
pub struct NewOrder {
    pub no: OrderNo,
    pub created_at: Time,
    pub expire_at: Time,
    pub sold: Arc<Sold>,
    pub policy: Policy,
}

impl Order {
    /// A new order with one attempt that the provider has opened already.
    #[must_use]
    pub fn new(new: NewOrder, attempt: Attempt) -> Self {
        let mut order = Self {
            facts: Facts {
                no: new.no,
                version: 0,
                created_at: new.created_at,
                expire_at: new.expire_at,
                sold: new.sold,
                policy: new.policy,
                attempts: vec![attempt],
                payments: Vec::new(),
                refunds: Vec::new(),
                disputes: Vec::new(),
                figures: Vec::new(),
                cancelled: None,
                superseded: None,
                granting: Granting { round: 1, granted: None, revoked: None },
                cleared: Vec::new(),
                told: Vec::new(),
                reminded: false,
                schedule: Vec::new(),
                timeline: Vec::new(),
                stated: Vec::new(),
                remedies: Vec::new(),
            },
        };
        order.note(new.created_at, By::Buyer, What::Created);
        order
    }

    #[must_use]
    pub const fn from_facts(facts: Facts) -> Self {
        Self { facts }
    }

    pub fn attempt(&self, n: AttemptNo) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.n == n)
    }

    pub fn newest_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().max_by_key(|attempt| attempt.n)
    }

    /// The payment that pays for it.
    pub fn kept(&self) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.role == Role::Kept)
    }

    pub fn payment(&self, trade_no: &TradeNo) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.trade_no == *trade_no)
    }

    pub fn is_processing(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.state == AttemptState::Processing)
    }

    /// How many attempts had a payment declined. It never goes down.
    pub fn declined_attempts(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.decline.is_some()).count()
    }

    /// Whether a payment is kept or the order was cancelled.
    pub fn is_decided(&self) -> bool {
        self.kept().is_some() || self.cancelled.is_some()
    }

    /// Whether the buyer may pay by this attempt now.
    pub fn is_payable(&self, n: AttemptNo) -> bool {
        self.attempt(n).is_some_and(Attempt::is_open) && !self.is_decided() && !self.is_in_review()
    }

    fn attempt_mut(&mut self, n: AttemptNo) -> Option<&mut Attempt> {
        self.facts.attempts.iter_mut().find(|attempt| attempt.n == n)
    }
}

/// A place in one of the lists. They stay short: 65,535 entries would not fit into an item anyway.
fn index(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

fn nth<T>(list: &[T], place: u16) -> Option<&T> {
    list.get(usize::from(place))
}
