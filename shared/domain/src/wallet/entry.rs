//! The ledger's entries: everything that ever changes a wallet. An entry is checked when it is made; it is never altered.

use super::source::{Granted, Source};
use super::upgrade::Upgrade;
use crate::money::Money;
use crate::product::{Grant, MOST_GRANTS, membership_of};
use crate::refusal::Refusal;
use crate::text::{Key, QuotaName, Reason};
use crate::time::Time;

/// One change of a wallet, with the wallet version that it makes: so a replay has an order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    change: Change,
    at: Time,
    version: u64,
}

/// What an entry does. It names its own source, so that the two cannot disagree.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// An order gives what was bought.
    Grant {
        /// Which granting of which order.
        granted: Granted,
        /// What it gives.
        grants: Vec<Grant>,
        /// The money kept for the order; the credit of an upgrade comes on top. Where a person accepted another currency
        /// for it, its price.
        kept: Money,
        /// What its membership replaces, and for how much: frozen when the order was priced.
        upgrade: Option<Upgrade>,
    },
    /// An order's gifts are taken back.
    Revoke {
        /// Which granting of which order.
        granted: Granted,
        /// The points that it gave. A wallet remembers spans and lots by their source, but of points only the sum; that
        /// they were given, and not taken back yet, is proved by the ledger: the grant's entry is there, the revoke's is
        /// not.
        points: u64,
    },
    /// The user uses something up.
    Spend {
        /// The caller's name for it.
        key: Key,
        /// So many points.
        points: u64,
        /// So much of one quota.
        quota: Option<(QuotaName, u64)>,
        /// What for.
        reason: Reason,
    },
}

impl Entry {
    /// Any change, checked: what the store reads back, and what the three below make.
    pub fn new(change: Change, at: Time, version: u64) -> Result<Self, Refusal> {
        match &change {
            Change::Grant { granted, grants, kept: _, upgrade } => {
                check_round(*granted)?;
                check_grants(grants, upgrade.is_some())?;
            }
            Change::Revoke { granted, points: _ } => check_round(*granted)?,
            Change::Spend { points, quota, key: _, reason: _ } => check_spend(*points, quota.as_ref())?,
        }
        Ok(Self { change, at, version })
    }

    /// A granting, with the frozen facts of its order.
    pub fn grant(
        granted: Granted,
        grants: Vec<Grant>,
        kept: Money,
        upgrade: Option<Upgrade>,
        at: Time,
        version: u64,
    ) -> Result<Self, Refusal> {
        Self::new(Change::Grant { granted, grants, kept, upgrade }, at, version)
    }

    /// The revoke of a granting; `grants` are those that it gave.
    pub fn revoke(granted: Granted, grants: &[Grant], at: Time, version: u64) -> Result<Self, Refusal> {
        Self::new(Change::Revoke { granted, points: points_of(grants) }, at, version)
    }

    /// A spending.
    pub fn spend(
        key: Key,
        points: u64,
        quota: Option<(QuotaName, u64)>,
        reason: Reason,
        at: Time,
        version: u64,
    ) -> Result<Self, Refusal> {
        Self::new(Change::Spend { key, points, quota, reason }, at, version)
    }

    /// What made it: its key in the ledger.
    pub fn source(&self) -> Source {
        match &self.change {
            Change::Grant { granted, .. } => Source::Grant(*granted),
            Change::Revoke { granted, .. } => Source::Revoke(*granted),
            Change::Spend { key, .. } => Source::Spend(key.clone()),
        }
    }

    /// What it does.
    pub const fn change(&self) -> &Change {
        &self.change
    }

    /// When.
    pub const fn at(&self) -> Time {
        self.at
    }

    /// The wallet version that it makes.
    pub const fn version(&self) -> u64 {
        self.version
    }
}

/// All the points among some grants.
pub fn points_of(grants: &[Grant]) -> u64 {
    grants.iter().fold(0, |sum, grant| match grant {
        Grant::Points(points) => sum.saturating_add(points.amount()),
        Grant::Membership(_) | Grant::Quota(_) => sum,
    })
}

const fn invalid(field: &'static str, rule: &'static str) -> Refusal {
    Refusal::InvalidField { field, rule }
}

const fn check_round(granted: Granted) -> Result<(), Refusal> {
    if granted.round == 0 { Err(invalid("round", "must be 1 to 255")) } else { Ok(()) }
}

/// A product's own checks promise as much; an entry may come from elsewhere.
fn check_grants(grants: &[Grant], upgrade: bool) -> Result<(), Refusal> {
    let memberships = grants.iter().filter(|grant| matches!(grant, Grant::Membership(_))).count();
    if grants.len() > MOST_GRANTS {
        Err(invalid("grants", "must be at most 8"))
    } else if memberships > 1 {
        Err(invalid("grants", "must contain at most one membership"))
    } else if upgrade && membership_of(grants).is_none() {
        Err(invalid("upgrade", "needs a membership to upgrade to"))
    } else {
        Ok(())
    }
}

fn check_spend(points: u64, quota: Option<&(QuotaName, u64)>) -> Result<(), Refusal> {
    match quota {
        None if points == 0 => Err(invalid("points", "must be at least 1 when no quota is spent")),
        Some((_, 0)) => Err(invalid("quota", "must be at least 1")),
        None | Some(_) => Ok(()),
    }
}
