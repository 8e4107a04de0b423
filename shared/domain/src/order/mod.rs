//! One order: the facts that were taken in, and everything that follows from them.
//!
//! Facts come in by [`Order::settle`] (what a provider says; never refused) and by the commands (may be refused). Words
//! ([`Order::status`], [`Order::fulfilment`], [`Order::holds`]) and duties ([`Order::duties`]) are computed from the facts
//! and from nothing else; nobody sets them. [`Order::claim`] ends every write. Nothing outside this module changes an order.

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
mod report;
mod schedule;
mod settle;
#[cfg(test)]
mod tests;
mod timeline;
mod words;

use std::ops::Deref;
use std::sync::Arc;

pub use attempt::{Attempt, AttemptState, MOST_ATTEMPTS, SILENCE_OF_THE_DEAD};
pub use back::Figure;
pub use by::By;
pub use commands::{Decision, RefundRequest, Resolution};
pub use duties::{Duty, When};
pub use holds::{About, Cleared, Hold, HoldWord};
pub use payment::{Payment, Role};
pub use policy::{LatePolicy, Policy};
pub use refund::{Dispute, DisputeState, MOST_COMMANDED_REFUNDS, Refund, RefundId, RefundState, Request};
pub use report::{RefundWord, Report, Says, Subject};
pub use schedule::{May, Slot};
pub use timeline::{Moment, What};
pub use words::{Fulfilment, Status};

use crate::id::{AttemptNo, OrderNo};
use crate::money::Money;
use crate::planted::{Bug, Planted};
use crate::product::Grant;
use crate::text::{ProductId, ProductName, ProductType, TradeNo, UserId};
use crate::time::Time;
use crate::wallet::Upgrade;

/// What was sold, frozen when the order was made.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Sold {
    /// Who buys.
    pub user: UserId,
    /// The product's type.
    pub kind: ProductType,
    /// The product within its type.
    pub product: ProductId,
    /// Its name, as the buyer read it.
    pub name: ProductName,
    /// The price.
    pub price: Money,
    /// What the buyer gets.
    pub grants: Vec<Grant>,
    /// For an upgrade: what its price was reckoned on.
    pub upgrade: Option<Upgrade>,
}

/// Why an order is cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Why {
    /// Its buyer said so.
    User,
    /// Nobody paid in time.
    Expired,
    /// A person of the team said so.
    Admin,
}

impl Why {
    /// A person's word makes every later payment late; the end of its time does so only for payments made after it.
    const fn is_a_person(self) -> bool {
        match self {
            Self::User | Self::Admin => true,
            Self::Expired => false,
        }
    }
}

/// That it was cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cancelled {
    /// When.
    pub at: Time,
    /// Why.
    pub why: Why,
}

/// How far the order's goods are delivered. A person may begin another round after a revoke whose refund failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Granting {
    /// 1, or more after another round was begun.
    pub round: u8,
    /// When they were granted.
    pub granted: Option<Time>,
    /// When they were taken back.
    pub revoked: Option<Time>,
}

/// Everything that is known of an order. Read through [`Order`]; a store rebuilds one with [`Order::from_facts`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Facts {
    /// Its number.
    pub no: OrderNo,
    /// Which write made this state: 1 for the first.
    pub version: u64,
    /// When it was made.
    pub created_at: Time,
    /// Until when it can be paid in time.
    pub expire_at: Time,
    /// What was sold.
    pub sold: Arc<Sold>,
    /// The settings that held when it was made.
    pub policy: Policy,
    /// Tries to pay, in the order they were begun or heard of.
    pub attempts: Vec<Attempt>,
    /// Money that providers took.
    pub payments: Vec<Payment>,
    /// Money on its way back.
    pub refunds: Vec<Refund>,
    /// Payments that buyers contest at their bank.
    pub disputes: Vec<Dispute>,
    /// What providers said of the money that went back in all.
    pub figures: Vec<Figure>,
    /// Whether it was cancelled.
    pub cancelled: Option<Cancelled>,
    /// When the upgrade was found to rest on something that is gone: it is never granted, and its money goes back.
    pub superseded: Option<Time>,
    /// How far its goods are delivered.
    pub granting: Granting,
    /// Holds that a person resolved.
    pub cleared: Vec<Cleared>,
    /// Holds that the team was told of.
    pub told: Vec<Hold>,
    /// Whether the buyer was reminded.
    pub reminded: bool,
    /// The next try of each duty.
    pub schedule: Vec<Slot>,
    /// What happened, when, by whom.
    pub timeline: Vec<Moment>,
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

/// What a new order starts with.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Its number.
    pub no: OrderNo,
    /// When it is made.
    pub created_at: Time,
    /// Until when it can be paid in time.
    pub expire_at: Time,
    /// What is sold.
    pub sold: Arc<Sold>,
    /// The settings that hold.
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
            },
        };
        order.note(new.created_at, By::Buyer, What::Created);
        order
    }

    /// An order as a store kept it.
    #[must_use]
    pub const fn from_facts(facts: Facts) -> Self {
        Self { facts }
    }

    /// One of its attempts.
    pub fn attempt(&self, n: AttemptNo) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.n == n)
    }

    /// Its newest attempt.
    pub fn newest_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().max_by_key(|attempt| attempt.n)
    }

    /// The payment that pays for it.
    pub fn kept(&self) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.role == Role::Kept)
    }

    /// The payment that a provider's number names.
    pub fn payment(&self, trade_no: &TradeNo) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.trade_no == *trade_no)
    }

    /// Whether an attempt is processing.
    pub(crate) fn is_processing(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.state == AttemptState::Processing)
    }

    /// Whether it is over with paying: something was kept, or the order was cancelled.
    pub fn is_decided(&self) -> bool {
        self.kept().is_some() || self.cancelled.is_some()
    }

    /// The bugs that a test planted; none in the product.
    #[must_use]
    pub fn planted(&self) -> Planted {
        self.policy.planted
    }

    fn has(&self, bug: Bug) -> bool {
        self.policy.planted.has(bug)
    }

    fn attempt_mut(&mut self, n: AttemptNo) -> Option<&mut Attempt> {
        self.facts.attempts.iter_mut().find(|attempt| attempt.n == n)
    }
}

/// A place in one of the lists. They grow by a handful; the last place stands for all that no item could hold anyway.
fn index(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

fn nth<T>(list: &[T], place: u16) -> Option<&T> {
    list.get(usize::from(place))
}
