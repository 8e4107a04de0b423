//! One sample of each kind, for every generator and codec test: a kind that is added compiles only with a sample of its own.

use std::iter::successors;

use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::text::{Key, ProductId, ProductName, ProductType, QuotaName, Reason, TierName};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{ByHand, Change, Entry, GrantRound, Portion, points_of};

/// One grant of each kind.
///
/// # Panics
/// Never: all samples are within their limits.
#[must_use]
pub fn grants() -> Vec<Grant> {
    let points = || Grant::Points(PointsGrant::new(100).unwrap());
    let membership = || Grant::Membership(MembershipGrant::new(tier(), 30).unwrap());
    let quota = || Grant::Quota(QuotaGrant::new(queries(), 500, 90).unwrap());
    let next = |grant: &Grant| match grant {
        Grant::Points(_) => Some(membership()),
        Grant::Membership(_) => Some(quota()),
        Grant::Quota(_) => None,
    };
    successors(Some(points()), next).collect()
}

/// A product that grants one of each kind.
///
/// # Panics
/// Never: all samples are within their limits.
#[must_use]
pub fn product() -> Product {
    let (kind, id) = (ProductType::parse("package").unwrap(), ProductId::parse("everything").unwrap());
    Product::new(kind, id, ProductName::parse("Everything").unwrap(), vec![price()], grants()).unwrap()
}

/// A ledger with one entry of each kind: the product is granted, some of it is spent, and the rest is revoked; then the team
/// gives the same by hand, extends the membership, and takes all of it but ten points back.
///
/// # Panics
/// Never: all samples are within their limits.
#[must_use]
pub fn entries() -> Vec<Entry> {
    let granted = GrantRound::first(OrderNo::mint(Time::FIRST, 1));
    let grants = product().grants().to_vec();
    let points = points_of(&grants);
    let grant = || Change::Grant { granted, grants: grants.clone(), kept: price(), upgrade: None };
    let (key, reason) = (Key::parse("report-1").unwrap(), Reason::parse("a report").unwrap());
    let spend = || Change::Spend { key: key.clone(), points: 30, quota: Some((queries(), 7)), reason: reason.clone() };
    let revoke = || Change::Revoke { granted, points, granted_in: None };
    let by_hand = |key: &str, done| {
        let (key, reason) = (Key::parse(key).unwrap(), Reason::parse("goodwill").unwrap());
        Change::Admin { key, done, reason }
    };
    let more = || MembershipGrant::new(tier(), 7).unwrap();
    let taken = || portion(points - 40, 500);
    let next = |change: &Change| match change {
        Change::Grant { .. } => Some(spend()),
        Change::Spend { .. } => Some(revoke()),
        Change::Revoke { .. } => Some(by_hand("case-1", ByHand::Grant(grants.clone()))),
        Change::Admin { done, .. } => match done {
            ByHand::Grant(_) => Some(by_hand("case-2", ByHand::Extend(more()))),
            ByHand::Extend(_) => {
                Some(by_hand("case-3", ByHand::Revoke { asked: portion(points, 900), taken: taken() }))
            }
            ByHand::Revoke { .. } => None,
        },
    };
    let changes = (1..).zip(successors(Some(grant()), next));
    changes.map(|(version, change)| Entry::new(change, Time::FIRST, version).unwrap()).collect()
}

fn price() -> Money {
    Money::new(9_900, Currency::CNY).unwrap()
}

fn tier() -> Tier {
    Tier { name: TierName::parse("pro").unwrap(), rank: 3 }
}

/// So many points and queries, and all of the membership.
fn portion(points: u64, count: u64) -> Portion {
    Portion { points, quota: Some((queries(), count)), membership: Some((tier().name, Seconds::days(37))) }
}

fn queries() -> QuotaName {
    QuotaName::parse("queries").unwrap()
}
