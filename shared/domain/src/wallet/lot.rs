//! Lots of quota: a number of uses until an instant. The lot that ends soonest is used first, so that as little as
//! possible expires unused. No lot goes below zero.

use super::source::Giver;
use crate::product::QuotaGrant;
use crate::refusal::Refusal;
use crate::text::QuotaName;
use crate::time::Time;

/// What is left of one quota that one granting gave.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Lot {
    pub source: Giver,
    pub name: QuotaName,
    pub left: u64,
    /// The first instant at which it can no longer be used.
    pub ends_at: Time,
}

/// Adds what is given at an instant. Two equal grants of one giver make one lot.
pub(super) fn add(lots: &mut Vec<Lot>, source: &Giver, grant: &QuotaGrant, at: Time) {
    let (source, name) = (source.clone(), grant.name().clone());
    let new = Lot { source, name, left: grant.count(), ends_at: at.plus(grant.length()) };
    let same = |lot: &&mut Lot| lot.source == new.source && lot.name == new.name && lot.ends_at == new.ends_at;
    match lots.iter_mut().find(same) {
        // Eight grants of a billion at most: no sum comes near 64 bits.
        Some(lot) => lot.left = lot.left.saturating_add(new.left),
        None => lots.push(new),
    }
    sort(lots);
}

/// The order in which lots are used: soonest end, then the order that came first, then what the team gave by hand.
pub(super) fn sort(lots: &mut [Lot]) {
    lots.sort_by(|a, b| (a.ends_at, &a.source, &a.name).cmp(&(b.ends_at, &b.source, &b.name)));
}

pub(super) fn run_on(lots: &mut Vec<Lot>, now: Time) {
    lots.retain(|lot| lot.ends_at > now);
}

/// How much of one quota there is in all.
pub(super) fn left_of(lots: &[Lot], name: &QuotaName) -> u64 {
    lots.iter().filter(|lot| lot.name == *name).fold(0, |sum, lot| sum.saturating_add(lot.left))
}

/// Uses up this much of one quota, or changes nothing.
pub(super) fn take(lots: &mut Vec<Lot>, name: &QuotaName, count: u64) -> Result<(), Refusal> {
    if left_of(lots, name) < count {
        return Err(Refusal::Insufficient);
    }
    take_from(lots.iter_mut().filter(|lot| lot.name == *name), count);
    lots.retain(|lot| lot.left > 0);
    Ok(())
}

/// Takes this much of one quota back by hand, or changes nothing: first what the team gave, then what was bought, each in the
/// order in which it ends. So what was bought is left for its order to take back.
pub(super) fn take_by_hand(lots: &mut Vec<Lot>, name: &QuotaName, count: u64) -> Result<(), Refusal> {
    if left_of(lots, name) < count {
        return Err(Refusal::Insufficient);
    }
    let of_quota = lots.iter_mut().filter(|lot| lot.name == *name);
    let (given, bought): (Vec<_>, Vec<_>) = of_quota.partition(|lot| lot.source.is_by_hand());
    take_from(given.into_iter().chain(bought), count);
    lots.retain(|lot| lot.left > 0);
    Ok(())
}

fn take_from<'a>(lots: impl Iterator<Item = &'a mut Lot>, count: u64) {
    let mut rest = count;
    for lot in lots {
        let taken = lot.left.min(rest);
        lot.left = lot.left.saturating_sub(taken);
        rest = rest.saturating_sub(taken);
    }
}
