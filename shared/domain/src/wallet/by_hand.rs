//! What people of the team change in a wallet by hand: they give, they extend a membership, they take back.
//!
//! Taking back leaves each order what it is to take back itself later: uses and time have their giver, and points that were
//! taken are remembered in [`Wallet::points_by_hand`].

use super::entry::{Change, Entry, check_grants, invalid, points_of};
use super::source::Giver;
use super::{Wallet, lot, moved, span};
use crate::currency::Currency;
use crate::money::Money;
use crate::product::{BadProduct, Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use crate::refusal::Refusal;
use crate::text::{Key, QuotaName, Reason, TierName};
use crate::time::{Seconds, Time};

/// A membership that ended longer ago is not extended: it is given anew.
pub const EXTENDABLE_AFTER_END: Seconds = Seconds::days(30);

/// Characters of a key: it stands in each span and lot that its change gave, and a wallet stays one small item.
const MOST_KEY: usize = 64;

/// A change by hand.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ByHand {
    /// Anything that a product could grant.
    Grant(Vec<Grant>),
    /// More time in the tier that runs, or in the one that ended last.
    Extend(MembershipGrant),
    Revoke {
        asked: Portion,
        /// What there was of it: the ledger says exactly what was taken.
        taken: Portion,
    },
}

/// A part of what a wallet holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Portion {
    pub points: u64,
    pub quota: Option<(QuotaName, u64)>,
    pub membership: Option<(TierName, Seconds)>,
}

/// Which membership's time ran out last, and when.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Ended {
    pub tier: Tier,
    pub at: Time,
}

impl Portion {
    /// A part to ask for: something, and of each kind at most what one product could grant.
    pub fn new(points: u64, quota: Option<(QuotaName, u64)>, days: Option<(TierName, u32)>) -> Result<Self, Refusal> {
        if points == 0 && quota.is_none() && days.is_none() {
            return Err(invalid("points", "must be at least 1 when neither quota nor membership is taken back"));
        }
        let membership = days.map(|(tier, days)| (tier, Seconds::days(days)));
        let portion = Self { points, quota, membership };
        portion.check_limits()?;
        Ok(portion)
    }

    fn check_limits(&self) -> Result<(), Refusal> {
        let too_much = |field| move |_: BadProduct| invalid(field, "must be within what one product could grant");
        if self.points > 0 {
            PointsGrant::new(self.points).map_err(too_much("points"))?;
        }
        if let Some((name, count)) = &self.quota {
            QuotaGrant::new(name.clone(), *count, 1).map_err(too_much("quota"))?;
        }
        if let Some((name, time)) = &self.membership {
            let tier = Tier { name: name.clone(), rank: 0 };
            let days = time.0.div_ceil(Seconds::days(1).0);
            MembershipGrant::new(tier, days).map_err(too_much("membership"))?;
        }
        Ok(())
    }

    /// Whether `taken` is a part of it, of the same kinds.
    fn covers(&self, taken: &Self) -> bool {
        let quota = match (&self.quota, &taken.quota) {
            (Some((name, most)), Some((taken, count))) => name == taken && count <= most,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let membership = match (&self.membership, &taken.membership) {
            (Some((tier, most)), Some((taken, time))) => tier == taken && time <= most,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        taken.points <= self.points && quota && membership
    }
}

impl ByHand {
    pub(super) fn check(&self, key: &Key) -> Result<(), Refusal> {
        if key.as_str().len() > MOST_KEY {
            return Err(invalid("Idempotency-Key", "must be at most 64 characters"));
        }
        match self {
            Self::Grant(grants) if grants.is_empty() => Err(invalid("grants", "must contain at least one")),
            Self::Grant(grants) => check_grants(grants, false),
            // A value of its type is within its limits.
            Self::Extend(_) => Ok(()),
            Self::Revoke { asked, taken } => {
                asked.check_limits()?;
                if asked.covers(taken) { Ok(()) } else { Err(invalid("taken", "must be a part of what was asked for")) }
            }
        }
    }
}

impl Entry {
    pub fn by_hand(key: Key, done: ByHand, reason: Reason, at: Time, version: u64) -> Result<Self, Refusal> {
        Self::new(Change::Admin { key, done, reason }, at, version)
    }
}

impl Wallet {
    /// Of this portion, as much as the wallet holds at its instant: spent points and used up quotas cannot be taken.
    #[must_use]
    pub fn takeable(&self, asked: &Portion) -> Portion {
        let points = u64::try_from(self.points).unwrap_or(0);
        let quota = asked.quota.as_ref().map(|(name, most)| (name.clone(), self.quota(name).min(*most)));
        let membership = asked.membership.as_ref();
        let membership = membership.map(|(tier, most)| (tier.clone(), span::left_in(&self.spans, tier).min(*most)));
        Portion { points: asked.points.min(points), quota, membership }
    }

    /// The tier of which more time is given: the one that runs at the wallet's instant, or the one that ended last.
    pub fn extendable(&self) -> Result<&Tier, Refusal> {
        let ended = || self.ended.as_ref().filter(|ended| self.at <= ended.at.plus(EXTENDABLE_AFTER_END));
        self.tier().or_else(|| ended().map(|ended| &ended.tier)).ok_or(Refusal::NothingToExtend)
    }

    pub(super) fn change_by_hand(&mut self, key: &Key, done: &ByHand, version: u64) -> Result<(), Refusal> {
        match done {
            ByHand::Grant(grants) => self.give(key, grants),
            ByHand::Extend(membership) => self.give(key, &[Grant::Membership(membership.clone())]),
            ByHand::Revoke { asked: _, taken } => self.take_by_hand(taken, version),
        }
    }

    fn give(&mut self, key: &Key, grants: &[Grant]) -> Result<(), Refusal> {
        self.points_by_hand.give(points_of(grants));
        // Nothing was paid for it; the currency says nothing.
        self.grant(&Giver::Admin(key.clone()), grants, Money::zero(Currency::CNY), None)
    }

    fn take_by_hand(&mut self, taken: &Portion, version: u64) -> Result<(), Refusal> {
        if taken.points > 0 {
            let rest = moved(self.points, taken.points, i64::checked_sub).ok().filter(|rest| *rest >= 0);
            self.points = rest.ok_or(Refusal::Insufficient)?;
            self.points_by_hand.take(taken.points, version);
        }
        if let Some((name, count)) = &taken.quota {
            lot::take_by_hand(&mut self.lots, name, *count)?;
        }
        if let Some((tier, time)) = &taken.membership {
            span::take_by_hand(&mut self.spans, tier, *time)?;
        }
        if self.fits() { Ok(()) } else { Err(Refusal::WalletFull) }
    }
}
