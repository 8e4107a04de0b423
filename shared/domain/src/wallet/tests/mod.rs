//! The wallet's rules, each on the smallest history that shows it: what they are written with.

mod bundles;
mod by_hand;
mod rules;
mod upgrades;

use super::*;
use crate::currency::Currency;
use crate::id::OrderNo;
use crate::product::{MembershipGrant, MembershipShare, PointsGrant, QuotaGrant};
use crate::text::{Key, QuotaName, Reason, TierName};

const DAY: u32 = 86_400;

/// A ledger and its wallet; days are counted from its first, orders from 0.
struct World {
    wallet: Wallet,
    ledger: Vec<Entry>,
    /// Of the orders that sold more than a membership.
    shares: Vec<(OrderNo, MembershipShare)>,
}

fn order(n: u64) -> OrderNo {
    OrderNo::mint(Time::FIRST.plus(Seconds(u32::try_from(n).unwrap())), n)
}

fn by(n: u64) -> GrantRound {
    GrantRound::first(order(n))
}

fn day(n: u32) -> Time {
    Time::FIRST.plus(Seconds::days(n))
}

fn yuan(n: u64) -> Money {
    Money::new(n * 100, Currency::CNY).unwrap()
}

fn tier(rank: u8) -> Tier {
    Tier { name: TierName::parse(&format!("tier{rank}")).unwrap(), rank }
}

fn membership(rank: u8, days: u32) -> MembershipGrant {
    MembershipGrant::new(tier(rank), days).unwrap()
}

fn points(n: u64) -> Grant {
    Grant::Points(PointsGrant::new(n).unwrap())
}

fn name(text: &str) -> QuotaName {
    QuotaName::parse(text).unwrap()
}

fn quota(of: &str, count: u64, days: u32) -> Grant {
    Grant::Quota(QuotaGrant::new(name(of), count, days).unwrap())
}

impl World {
    fn new() -> Self {
        Self { wallet: Wallet::new(), ledger: Vec::new(), shares: Vec::new() }
    }

    /// With 30 days of the first tier, bought on the first day for 30 yuan.
    fn with_member() -> Self {
        let mut world = Self::new();
        world.member(0, 0, 1, 30, 30);
        world
    }

    fn apply(&mut self, entry: Result<Entry, Refusal>) -> Result<(), Refusal> {
        let entry = entry?;
        self.wallet.apply(&entry)?;
        self.ledger.push(entry);
        Ok(())
    }

    fn grant(&mut self, n: u64, on: u32, grants: Vec<Grant>) -> Result<(), Refusal> {
        self.apply(Entry::grant(by(n), grants, yuan(0), None, day(on), self.wallet.next_version()))
    }

    /// A membership for so many yuan.
    fn member(&mut self, n: u64, on: u32, rank: u8, days: u32, cost: u64) {
        let grants = vec![Grant::Membership(membership(rank, days))];
        self.apply(Entry::grant(by(n), grants, yuan(cost), None, day(on), self.wallet.next_version())).unwrap();
    }

    /// What an upgrade is priced at, when every order kept what its span is worth without credits.
    fn price(&self, rank: u8, days: u32, list: u64, on: u32) -> Result<(Money, Upgrade), Refusal> {
        let kept = self.kept();
        price(&self.wallet, &membership(rank, days), yuan(list), yuan(1), day(on), |no| self.paid(no, kept(no)))
    }

    fn paid(&self, no: OrderNo, kept: Money) -> Paid {
        let share = self.shares.iter().find(|(of, _)| *of == no).map_or(MembershipShare::WHOLE, |(_, share)| *share);
        Paid { kept, share }
    }

    fn kept(&self) -> impl Fn(OrderNo) -> Money {
        let costs: Vec<(OrderNo, Money)> = self
            .ledger
            .iter()
            .filter_map(|entry| match entry.change() {
                Change::Grant { granted, kept, .. } => Some((granted.order, *kept)),
                Change::Revoke { .. } | Change::Spend { .. } | Change::Admin { .. } => None,
            })
            .collect();
        move |order| costs.iter().find(|(of, _)| *of == order).map_or(yuan(0), |(_, kept)| *kept)
    }

    fn granted_upgrade(
        &mut self,
        n: u64,
        on: u32,
        to: (u8, u32),
        cost: Money,
        upgrade: Upgrade,
    ) -> Result<(), Refusal> {
        let grants = vec![Grant::Membership(membership(to.0, to.1))];
        self.apply(Entry::grant(by(n), grants, cost, Some(upgrade), day(on), self.wallet.next_version()))
    }

    /// Priced and granted at once.
    fn upgrade(&mut self, n: u64, on: u32, rank: u8, days: u32, list: u64) -> u64 {
        let (cost, upgrade) = self.price(rank, days, list, on).unwrap();
        self.granted_upgrade(n, on, (rank, days), cost, upgrade).unwrap();
        cost.minor() / 100
    }

    fn revoke(&mut self, n: u64, on: u32, grants: &[Grant]) {
        self.apply(Entry::revoke(by(n), grants, day(on), self.wallet.next_version())).unwrap();
    }

    fn spend(&mut self, on: u32, points: u64, quota: Option<(QuotaName, u64)>) -> Result<(), Refusal> {
        let key = Key::parse(&format!("k{}", self.ledger.len())).unwrap();
        let reason = Reason::parse("a report").unwrap();
        self.apply(Entry::spend(key, points, quota, reason, day(on), self.wallet.next_version()))
    }

    /// Rank, days left and days used of each span on a day.
    fn days(&self, on: u32) -> Vec<(u8, u32, u32)> {
        let wallet = self.wallet.at(day(on));
        wallet.spans().iter().map(|s| (s.tier.rank, s.left.0 / DAY, s.used.0 / DAY)).collect()
    }

    fn lots(&self, on: u32) -> Vec<u64> {
        self.wallet.at(day(on)).lots().iter().map(|lot| lot.left).collect()
    }
}
