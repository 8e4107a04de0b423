//! The ledger's entries: everything that ever changes a wallet. An entry is checked when it is made; it is never altered.

use super::by_hand::ByHand;
use super::source::{GrantRound, Source};
use super::upgrade::Upgrade;
use crate::money::Money;
use crate::product::{Grant, MOST_GRANTS, membership_of};
use crate::refusal::Refusal;
use crate::text::{Key, QuotaName, Reason};
use crate::time::Time;

/// One change of a wallet, with the wallet version that it makes, by which a replay is ordered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    change: Change,
    at: Time,
    version: u64,
}

/// What an entry does. It names its own source, so that the two cannot disagree.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    Grant {
        granted: GrantRound,
        grants: Vec<Grant>,
        /// The money kept for the order, without an upgrade's credits. If a person accepted another currency: the
        /// order's price.
        kept: Money,
        /// What the membership replaces, and for how much: frozen when the order was priced.
        upgrade: Option<Upgrade>,
    },
    Revoke {
        granted: GrantRound,
        /// The points that the grant gave. A wallet keeps spans and lots by source, but only the sum of points: the
        /// ledger proves that these were given and not yet taken back.
        points: u64,
        /// The wallet's version that the granting made: stated if points were taken by hand, of which some may be these.
        granted_in: Option<u64>,
    },
    Spend {
        key: Key,
        points: u64,
        quota: Option<(QuotaName, u64)>,
        reason: Reason,
    },
    /// By a person of the team.
    Admin {
        key: Key,
        done: ByHand,
        reason: Reason,
    },
}

impl Entry {
    /// Checks any change. The store reads entries back through this.
    pub fn new(change: Change, at: Time, version: u64) -> Result<Self, Refusal> {
        match &change {
            Change::Grant { granted, grants, kept: _, upgrade } => {
                check_round(*granted)?;
                check_grants(grants, upgrade.is_some())?;
            }
            Change::Revoke { granted, points: _, granted_in: _ } => check_round(*granted)?,
            Change::Spend { points, quota, key: _, reason: _ } => check_spend(*points, quota.as_ref())?,
            Change::Admin { key, done, reason: _ } => done.check(key)?,
        }
        Ok(Self { change, at, version })
    }

    /// A granting, with the frozen facts of its order.
    pub fn grant(
        granted: GrantRound,
        grants: Vec<Grant>,
        kept: Money,
        upgrade: Option<Upgrade>,
        at: Time,
        version: u64,
    ) -> Result<Self, Refusal> {
        Self::new(Change::Grant { granted, grants, kept, upgrade }, at, version)
    }

    /// The revoke of a granting; `grants` are those that it gave.
    pub fn revoke(granted: GrantRound, grants: &[Grant], at: Time, version: u64) -> Result<Self, Refusal> {
        Self::new(Change::Revoke { granted, points: points_of(grants), granted_in: None }, at, version)
    }

    /// The same revoke, which spares the points that were taken by hand since the granting.
    #[must_use]
    pub fn sparing(mut self, granting: Option<&Self>) -> Self {
        if let Change::Revoke { granted_in, .. } = &mut self.change {
            *granted_in = granting.map(Self::version);
        }
        self
    }

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
            Change::Admin { key, .. } => Source::Admin(key.clone()),
        }
    }

    pub const fn change(&self) -> &Change {
        &self.change
    }

    pub const fn at(&self) -> Time {
        self.at
    }

    pub const fn version(&self) -> u64 {
        self.version
    }
}

pub fn points_of(grants: &[Grant]) -> u64 {
    grants.iter().fold(0, |sum, grant| match grant {
        Grant::Points(points) => sum.saturating_add(points.amount()),
        Grant::Membership(_) | Grant::Quota(_) => sum,
    })
}

pub(super) const fn invalid(field: &'static str, rule: &'static str) -> Refusal {
    Refusal::InvalidField { field, rule }
}

const fn check_round(granted: GrantRound) -> Result<(), Refusal> {
    if granted.round == 0 { Err(invalid("round", "must be 1 to 255")) } else { Ok(()) }
}

/// Products are checked too, but an entry may come from elsewhere.
pub(super) fn check_grants(grants: &[Grant], upgrade: bool) -> Result<(), Refusal> {
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
