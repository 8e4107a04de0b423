//! Wallets: what a user has. Points, membership time in tiers, and quotas, each taken back with the order that gave it, or
//! given and taken by hand.
//!
//! A wallet is a value with one mutator, [`Wallet::apply`]; it must never change in any other way, so that the ledger's
//! entries, replayed, make the same wallet again.

mod by_hand;
mod entry;
mod limits;
mod lot;
mod points_by_hand;
mod source;
mod span;
mod upgrade;

pub use by_hand::{ByHand, EXTENDABLE_AFTER_END, Ended, Portion};
pub use entry::{Change, Entry, points_of};
pub use limits::{BadWallet, MOST_DEPTH, MOST_EXACT, MOST_LOTS, MOST_SPANS, MOST_TAKEN, Parts};
pub use lot::Lot;
pub use points_by_hand::{PointsByHand, TakenPoints};
pub use source::{BadSource, Giver, GrantRound, Source};
pub use span::{Replaced, Span};
pub use upgrade::{Credit, Paid, Upgrade, price};

use crate::money::Money;
use crate::product::{Grant, Tier};
use crate::refusal::Refusal;
use crate::text::QuotaName;
use crate::time::{Seconds, Time};

/// What a user has, as it stood at an instant.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Wallet {
    version: u64,
    at: Time,
    points: i64,
    points_by_hand: PointsByHand,
    spans: Vec<Span>,
    lots: Vec<Lot>,
    ended: Option<Ended>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the ledger's entry {version} cannot be applied")]
pub struct BadLedger {
    pub version: u64,
    #[source]
    pub refusal: Refusal,
}

impl Default for Wallet {
    fn default() -> Self {
        Self::new()
    }
}

impl Wallet {
    #[must_use]
    pub const fn new() -> Self {
        Self {
            version: 0,
            at: Time::FIRST,
            points: 0,
            points_by_hand: PointsByHand { given: 0, taken: Vec::new() },
            spans: Vec::new(),
            lots: Vec::new(),
            ended: None,
        }
    }

    /// Runs time on to the entry's instant, then changes what the entry says. Refused, it leaves the wallet as it was.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Refusal> {
        if entry.version() != self.next_version() {
            return Err(Refusal::InvalidField { field: "version", rule: "must be the one after the wallet's" });
        }
        let mut next = self.at(entry.at());
        match entry.change() {
            Change::Grant { granted, grants, kept, upgrade } => {
                next.grant(&Giver::Order(*granted), grants, *kept, upgrade.as_ref())?;
            }
            Change::Revoke { granted, points, granted_in } => next.revoke(*granted, *points, *granted_in)?,
            Change::Spend { points, quota, key: _, reason: _ } => next.spend(*points, quota.as_ref())?,
            Change::Admin { key, done, reason: _ } => next.change_by_hand(key, done, entry.version())?,
        }
        next.version = entry.version();
        *self = next;
        Ok(())
    }

    /// The entries may come in any order: their versions give the true one.
    pub fn replay(entries: &[Entry]) -> Result<Self, BadLedger> {
        let mut entries: Vec<&Entry> = entries.iter().collect();
        entries.sort_by_key(|entry| entry.version());
        let mut wallet = Self::new();
        for entry in entries {
            wallet.apply(entry).map_err(|refusal| BadLedger { version: entry.version(), refusal })?;
        }
        Ok(wallet)
    }

    /// The wallet as it stands at an instant. If the clock went back, no time runs.
    #[must_use]
    pub fn at(&self, now: Time) -> Self {
        let mut later = self.clone();
        // Not as `Seconds`: many spans together can last longer than 32 bits hold.
        let elapsed = u64::try_from(now.unix().saturating_sub(self.at.unix())).unwrap_or(0);
        span::run_on(&mut later.spans, elapsed);
        if let (Some(last), Some(until), true) = (self.spans.last(), self.member_until(), later.spans.is_empty()) {
            later.ended = Some(Ended { tier: last.tier.clone(), at: until });
        }
        later.at = self.at.max(now);
        lot::run_on(&mut later.lots, later.at);
        later
    }

    /// How many entries made it.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    #[must_use]
    pub const fn next_version(&self) -> u64 {
        self.version.saturating_add(1)
    }

    #[must_use]
    pub const fn as_of(&self) -> Time {
        self.at
    }

    /// Below zero only after a revoke of points that were spent.
    #[must_use]
    pub const fn points(&self) -> i64 {
        self.points
    }

    pub const fn points_by_hand(&self) -> &PointsByHand {
        &self.points_by_hand
    }

    /// The membership whose time ran out last, with no other to follow it.
    pub const fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Its membership time: the first one runs, the others wait in this order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Its quotas, in the order in which they are used.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    pub fn quota(&self, name: &QuotaName) -> u64 {
        lot::left_of(&self.lots, name)
    }

    pub fn tier(&self) -> Option<&Tier> {
        self.spans.first().map(|span| &span.tier)
    }

    /// Until when membership of any tier runs on, if there is one.
    pub fn member_until(&self) -> Option<Time> {
        self.spans.iter().fold(None, |until, span| Some(until.unwrap_or(self.at).plus(span.left)))
    }

    fn grant(
        &mut self,
        giver: &Giver,
        grants: &[Grant],
        kept: Money,
        upgrade: Option<&Upgrade>,
    ) -> Result<(), Refusal> {
        for grant in grants {
            match grant {
                Grant::Points(points) => self.points = moved(self.points, points.amount(), i64::checked_add)?,
                Grant::Quota(quota) => lot::add(&mut self.lots, giver, quota, self.at),
                Grant::Membership(membership) => {
                    let mut new = Span {
                        source: giver.clone(),
                        tier: membership.tier().clone(),
                        left: membership.length(),
                        used: Seconds(0),
                        worth: kept,
                        replaced: Vec::new(),
                    };
                    if let Some(upgrade) = upgrade {
                        upgrade.replace(&mut self.spans, &mut new)?;
                    }
                    self.spans.push(new);
                    span::sort(&mut self.spans);
                }
            }
        }
        if self.fits() { Ok(()) } else { Err(Refusal::WalletFull) }
    }

    fn revoke(&mut self, granted: GrantRound, points: u64, granted_in: Option<u64>) -> Result<(), Refusal> {
        let points = self.points_by_hand.still_to_take(points, granted_in);
        self.points = moved(self.points, points, i64::checked_sub)?;
        let giver = Giver::Order(granted);
        self.lots.retain(|lot| lot.source != giver);
        span::revoke(&mut self.spans, &giver);
        if self.fits() { Ok(()) } else { Err(Refusal::WalletFull) }
    }

    fn spend(&mut self, points: u64, quota: Option<&(QuotaName, u64)>) -> Result<(), Refusal> {
        if points > 0 {
            let rest = moved(self.points, points, i64::checked_sub).ok().filter(|rest| *rest >= 0);
            self.points = rest.ok_or(Refusal::Insufficient)?;
        }
        quota.map_or(Ok(()), |(name, count)| lot::take(&mut self.lots, name, *count))
    }
}

fn moved(points: i64, by: u64, way: fn(i64, i64) -> Option<i64>) -> Result<i64, Refusal> {
    i64::try_from(by).ok().and_then(|by| way(points, by)).ok_or(Refusal::WalletFull)
}

#[cfg(test)]
mod tests;
