//! A shop with one customer: it does what the flows do around a wallet, and keeps its own plain books beside it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::Union;
use till_domain::currency::Currency;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, MembershipShare, PointsGrant, QuotaGrant, Tier};
use till_domain::refusal::Refusal;
use till_domain::text::{Key, QuotaName, Reason, TierName};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{ByHand, Entry, GrantRound, Paid, Portion, Source, Upgrade, Wallet, points_of, price};

use crate::samples;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wait(i64),
    Buy {
        grants: Vec<Grant>,
        paid: Money,
        stated: Option<u8>,
    },
    /// Priced now; granted at a later [`Step::Pay`].
    OrderUpgrade {
        to: MembershipGrant,
        /// Sold together with it.
        others: Vec<Grant>,
        list: Money,
        stated: Option<u8>,
    },
    Pay,
    /// So many hundredths of what is still kept for an order go back, and its goods stay.
    Refund(Index, u8),
    Revoke(Index),
    Spend {
        points: u64,
        quota: Option<u64>,
    },
    /// By hand.
    Give(Vec<Grant>),
    /// By hand: as much of it as there is.
    Take {
        points: u64,
        quota: Option<u64>,
        days: Option<u32>,
    },
}

/// An order that was granted.
#[derive(Clone, Debug)]
pub(crate) struct Sold {
    pub(crate) granted: GrantRound,
    pub(crate) grants: Vec<Grant>,
    pub(crate) paid: Money,
    /// What is left of it after refunds.
    pub(crate) kept: Money,
    pub(crate) list: Money,
    /// How much of the list price is for the membership.
    pub(crate) worth: Money,
}

/// An upgrade that was ordered.
#[derive(Clone)]
pub(crate) struct Ordered {
    pub(crate) list: Money,
    cost: Money,
    grants: Vec<Grant>,
    pub(crate) upgrade: Upgrade,
    worth: Money,
}

#[derive(Clone, Default)]
pub(crate) struct Shop {
    pub(crate) wallet: Wallet,
    pub(crate) ledger: Vec<Entry>,
    pub(crate) now: i64,
    /// Granted, and not revoked.
    pub(crate) live: Vec<Sold>,
    /// All points given, less all taken back.
    pub(crate) given: i64,
    pub(crate) spent: i64,
    pub(crate) pending: Option<Ordered>,
    orders: u64,
}

pub(crate) fn yuan(fen: u64) -> Money {
    Money::new(fen, Currency::CNY).unwrap()
}

fn paid() -> impl Strategy<Value = Money> {
    prop_oneof![
        8 => (0..20_000_u64).prop_map(yuan),
        1 => (0..20_000_u64).prop_map(|cents| Money::new(cents, Currency::USD).unwrap()),
    ]
}

pub(crate) fn membership() -> impl Strategy<Value = MembershipGrant> {
    (0..5_u8, 1..40_u32).prop_map(|(rank, days)| {
        MembershipGrant::new(Tier { name: TierName::parse("tier").unwrap(), rank }, days).unwrap()
    })
}

/// How much of a list price is for the membership: the hundredths that the product states, else all of it when the
/// membership is sold alone, else nothing.
fn worth_of(list: Money, grants: &[Grant], stated: Option<u8>) -> Money {
    match stated {
        Some(percent) => list.share(percent.into(), 100),
        None if grants.len() == 1 => list,
        None => Money::zero(list.currency()),
    }
}

fn stated() -> impl Strategy<Value = Option<u8>> {
    prop::option::of(prop_oneof![4 => 0..=100_u8, 1 => Just(0), 1 => Just(100)])
}

/// Some grants of every kind but memberships that there is a sample of.
fn others() -> impl Strategy<Value = Vec<Grant>> {
    let other = |sample| match sample {
        Grant::Points(_) => Some((1..100_u64).prop_map(|n| Grant::Points(PointsGrant::new(n).unwrap())).boxed()),
        Grant::Quota(_) => {
            let quota = |(count, days)| QuotaGrant::new(QuotaName::parse("export").unwrap(), count, days).unwrap();
            Some((1..9_u64, 1..40_u32).prop_map(move |drawn| Grant::Quota(quota(drawn))).boxed())
        }
        Grant::Membership(_) => None,
    };
    vec(Union::new(samples::grants().into_iter().filter_map(other)), 0..3)
}

/// At most one membership among them.
fn grants() -> impl Strategy<Value = Vec<Grant>> {
    (prop::option::weighted(0.7, membership().prop_map(Grant::Membership)), others())
        .prop_map(|(membership, others)| membership.into_iter().chain(others).collect())
}

fn step() -> impl Strategy<Value = Step> {
    let day = 86_400_i64;
    prop_oneof![
        3 => prop_oneof![0..10 * day, -day..0, 0..3_i64].prop_map(Step::Wait),
        4 => (grants(), paid(), stated()).prop_map(|(grants, paid, stated)| Step::Buy { grants, paid, stated }),
        4 => (membership(), others(), 1..90_000_u64, stated())
            .prop_map(|(to, others, list, stated)| Step::OrderUpgrade { to, others, list: yuan(list), stated }),
        4 => Just(Step::Pay),
        1 => (any::<Index>(), 1..=100_u8).prop_map(|(which, percent)| Step::Refund(which, percent)),
        3 => any::<Index>().prop_map(Step::Revoke),
        2 => (0..60_u64, prop::option::of(0..6_u64)).prop_map(|(points, quota)| Step::Spend { points, quota }),
        1 => grants().prop_map(Step::Give),
        1 => (0..60_u64, prop::option::of(1..6_u64), prop::option::of(1..20_u32))
            .prop_map(|(points, quota, days)| Step::Take { points, quota, days }),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..40)
}

impl Shop {
    pub(crate) fn after(steps: Vec<Step>) -> Self {
        let mut shop = Self::default();
        for step in steps {
            let _ = shop.take(step);
        }
        shop
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_unix(self.now).unwrap()
    }

    /// An order that was not given back.
    pub(crate) fn sold(&self, order: OrderNo) -> Option<&Sold> {
        self.live.iter().find(|sold| sold.granted.order == order)
    }

    /// What is kept for an order: nothing any more once it was given back.
    pub(crate) fn kept(&self, order: OrderNo) -> Money {
        self.sold(order).map_or(yuan(0), |sold| sold.kept)
    }

    pub(crate) fn paid(&self, order: OrderNo) -> Paid {
        let share = self.sold(order).map(|sold| MembershipShare::new(sold.worth, sold.list));
        Paid { kept: self.kept(order), share: share.unwrap_or(MembershipShare::NOTHING) }
    }

    pub(crate) fn take(&mut self, step: Step) -> Result<(), Refusal> {
        match step {
            Step::Wait(seconds) => {
                self.now = self.now.saturating_add(seconds).clamp(0, 253_402_300_799);
                Ok(())
            }
            Step::Buy { grants, paid, stated } => {
                let worth = worth_of(paid, &grants, stated);
                self.grant(grants, (paid, paid, worth), None)
            }
            Step::OrderUpgrade { to, others, list, stated } => {
                let paid = |order| self.paid(order);
                let (cost, upgrade) = price(&self.wallet, &to, list, yuan(1), self.now(), paid)?;
                let grants: Vec<Grant> = std::iter::once(Grant::Membership(to)).chain(others).collect();
                let worth = worth_of(list, &grants, stated);
                self.pending = Some(Ordered { list, cost, grants, upgrade, worth });
                Ok(())
            }
            Step::Pay => {
                let Ordered { list, cost, grants, upgrade, worth } = self.pending.clone().ok_or(Refusal::NotDue)?;
                if !upgrade.still_holds(|order| self.kept(order)) {
                    return Err(Refusal::Superseded);
                }
                self.grant(grants, (cost, list, worth), Some(upgrade))
            }
            Step::Revoke(_) | Step::Refund(..) if self.live.is_empty() => Err(Refusal::NotPaid),
            Step::Refund(which, percent) => {
                let place = which.index(self.live.len());
                let sold = &mut self.live[place];
                sold.kept = sold.kept.minus(sold.kept.share(percent.into(), 100)).unwrap();
                Ok(())
            }
            Step::Revoke(which) => self.revoke(which.index(self.live.len())),
            Step::Spend { points, quota } => self.spend(points, quota),
            Step::Give(grants) => self.by_hand(ByHand::Grant(grants)),
            Step::Take { points, quota, days } => {
                let quota = quota.map(|count| (QuotaName::parse("export").unwrap(), count));
                let days = days.map(|days| (TierName::parse("tier").unwrap(), days));
                let asked = Portion::new(points, quota, days)?;
                let taken = self.wallet.at(self.now()).takeable(&asked);
                self.by_hand(ByHand::Revoke { asked, taken })
            }
        }
    }

    pub(crate) fn revoke(&mut self, place: usize) -> Result<(), Refusal> {
        let sold = self.live.remove(place);
        self.given -= i64::try_from(points_of(&sold.grants)).unwrap();
        let revoke = Entry::revoke(sold.granted, &sold.grants, self.now(), self.wallet.next_version());
        let granting = self.ledger.iter().find(|entry| entry.source() == Source::Grant(sold.granted)).cloned();
        self.enter(revoke.map(|revoke| revoke.sparing(granting.as_ref())))
    }

    fn by_hand(&mut self, done: ByHand) -> Result<(), Refusal> {
        let key = Key::parse(&format!("h{}", self.ledger.len())).unwrap();
        let reason = Reason::parse("goodwill").unwrap();
        self.enter(Entry::by_hand(key, done, reason, self.now(), self.wallet.next_version()))
    }

    /// The amounts are what is paid, the list price, and how much of this is for the membership.
    fn grant(
        &mut self,
        grants: Vec<Grant>,
        (paid, list, worth): (Money, Money, Money),
        upgrade: Option<Upgrade>,
    ) -> Result<(), Refusal> {
        // Orders are numbered in an order of their own: what came first must not depend on when it was granted.
        let turned = Seconds(u32::try_from(self.orders.wrapping_mul(7).rem_euclid(64)).unwrap());
        let granted = GrantRound::first(OrderNo::mint(Time::FIRST.plus(turned), self.orders));
        self.orders += 1;
        let version = self.wallet.next_version();
        self.enter(Entry::grant(granted, grants.clone(), paid, upgrade, self.now(), version))?;
        self.given += i64::try_from(points_of(&grants)).unwrap();
        self.live.push(Sold { granted, grants, paid, kept: paid, list, worth });
        Ok(())
    }

    fn spend(&mut self, points: u64, quota: Option<u64>) -> Result<(), Refusal> {
        let key = Key::parse(&format!("k{}", self.ledger.len())).unwrap();
        let quota = quota.map(|count| (QuotaName::parse("export").unwrap(), count));
        let reason = Reason::parse("a report").unwrap();
        self.enter(Entry::spend(key, points, quota, reason, self.now(), self.wallet.next_version()))?;
        self.spent += i64::try_from(points).unwrap();
        Ok(())
    }

    fn enter(&mut self, entry: Result<Entry, Refusal>) -> Result<(), Refusal> {
        let entry = entry?;
        self.wallet.apply(&entry)?;
        self.ledger.push(entry);
        Ok(())
    }
}
