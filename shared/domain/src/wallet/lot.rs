//! Lots of quota: so many uses of something until an instant. What ends soonest is used first, so that nobody loses what
//! another order would have covered; no lot ever goes below zero.

use super::source::Granted;
use crate::product::QuotaGrant;
use crate::refusal::Refusal;
use crate::text::QuotaName;
use crate::time::Time;

/// What one granting gave of one quota, and is still there.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Lot {
    /// Who gave it.
    pub source: Granted,
    /// Of what.
    pub name: QuotaName,
    /// So many uses are left.
    pub left: u64,
    /// From this instant on it is gone.
    pub ends_at: Time,
}

/// Adds what an order gives at an instant. Two equal grants of one order make one lot.
pub(super) fn add(lots: &mut Vec<Lot>, source: Granted, grant: &QuotaGrant, at: Time) {
    let new = Lot { source, name: grant.name().clone(), left: grant.count(), ends_at: at.plus(grant.length()) };
    let same = |lot: &&mut Lot| lot.source == source && lot.name == new.name && lot.ends_at == new.ends_at;
    match lots.iter_mut().find(same) {
        // Eight grants of a billion at most: no sum comes near 64 bits.
        Some(lot) => lot.left = lot.left.saturating_add(new.left),
        None => lots.push(new),
    }
    sort(lots);
}

/// The order in which lots are used: soonest end, then the order that came first.
pub(super) fn sort(lots: &mut [Lot]) {
    lots.sort_by(|a, b| (a.ends_at, a.source, &a.name).cmp(&(b.ends_at, b.source, &b.name)));
}

/// Drops what is over.
pub(super) fn run_on(lots: &mut Vec<Lot>, now: Time) {
    lots.retain(|lot| lot.ends_at > now);
}

/// How much of one quota there is in all.
pub(super) fn left_of(lots: &[Lot], name: &QuotaName) -> u64 {
    lots.iter().filter(|lot| lot.name == *name).fold(0, |sum, lot| sum.saturating_add(lot.left))
}

/// Uses up so much of one quota: all of it or nothing.
pub(super) fn take(lots: &mut Vec<Lot>, name: &QuotaName, count: u64) -> Result<(), Refusal> {
    if left_of(lots, name) < count {
        return Err(Refusal::Insufficient);
    }
    let mut rest = count;
    for lot in lots.iter_mut().filter(|lot| lot.name == *name) {
        let taken = lot.left.min(rest);
        lot.left = lot.left.saturating_sub(taken);
        rest = rest.saturating_sub(taken);
    }
    lots.retain(|lot| lot.left > 0);
    Ok(())
}
