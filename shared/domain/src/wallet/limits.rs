//! The most that a wallet may hold, so that it stays one small item, and how a store takes it apart and puts it
//! together.
//!
//! A refused grant leaves a paid order without its goods, so an honest buyer must never reach these limits at the
//! grant. [`Wallet::has_room`] therefore refuses at half of them when an order is created, before money moves: to reach
//! the rest, one user would need hundreds of open orders at once.

use super::{Ended, Lot, PointsByHand, Span, Wallet, lot, span};
use crate::money::Money;
use crate::product::Grant;
use crate::refusal::Refusal;
use crate::time::Time;

/// Spans of one wallet, those inside upgrades included: of about 200 bytes each, 100 KB. No two orders share a span, since
/// each can be given back alone.
pub const MOST_SPANS: usize = 512;
/// Lots of one wallet: of about 120 bytes each, 120 KB. With the spans little more than half of a 400 KB item.
pub const MOST_LOTS: usize = 1_024;
/// Times that points of orders were taken by hand, as long as no order has taken them back and nothing made up for them.
pub const MOST_TAKEN: usize = 64;
/// Spans inside one another: stores nest maps and lists 32 levels deep at most, and each span takes two of them.
pub const MOST_DEPTH: usize = 12;
/// Points either way, uses of one lot, and versions: whole numbers that every reader of JSON sees exactly (2^53 − 1). A
/// million orders of the largest product fit.
pub const MOST_EXACT: u64 = 9_007_199_254_740_991;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Parts {
    /// How many entries made it.
    pub version: u64,
    /// How far its time has run.
    pub at: Time,
    pub points: i64,
    pub points_by_hand: PointsByHand,
    pub spans: Vec<Span>,
    pub lots: Vec<Lot>,
    pub ended: Option<Ended>,
}

/// Parts that do not make a wallet, and the rule that they break.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a wallet {0}")]
pub struct BadWallet(pub &'static str);

impl Wallet {
    pub fn into_parts(self) -> Parts {
        let Self { version, at, points, points_by_hand, spans, lots, ended } = self;
        Parts { version, at, points, points_by_hand, spans, lots, ended }
    }

    /// The order of spans and lots does not matter.
    pub fn from_parts(parts: Parts) -> Result<Self, BadWallet> {
        let Parts { version, at, points, points_by_hand, mut spans, mut lots, ended } = parts;
        span::sort(&mut spans);
        lot::sort(&mut lots);
        let wallet = Self { version, at, points, points_by_hand, spans, lots, ended };
        let rules = [
            (wallet.fits(), "is within its limits"),
            (version <= MOST_EXACT, "has a version that counts exactly"),
            (wallet.spans.iter().all(|span| !span.left.is_zero()), "has no span without time left"),
            (wallet.lots.iter().all(|lot| (1..=MOST_EXACT).contains(&lot.left)), "has no empty lot"),
            (
                wallet.spans.iter().all(is_sound),
                "has in its upgrades lower tiers only that were bought, worth no more than they are",
            ),
        ];
        let broken = rules.into_iter().find(|(holds, _)| !holds);
        broken.map_or(Ok(wallet), |(_, rule)| Err(BadWallet(rule)))
    }

    /// Whether one more order with these grants may be sold to the user. Asked before money moves.
    pub fn has_room(&self, grants: &[Grant]) -> Result<(), Refusal> {
        let spans = grants.iter().filter(|grant| matches!(grant, Grant::Membership(_))).count();
        let lots = grants.iter().filter(|grant| matches!(grant, Grant::Quota(_))).count();
        let room = self.count_spans().saturating_add(spans) <= MOST_SPANS.div_euclid(2)
            && self.lots.len().saturating_add(lots) <= MOST_LOTS.div_euclid(2)
            && self.points.unsigned_abs() <= MOST_EXACT.div_euclid(2);
        if room { Ok(()) } else { Err(Refusal::WalletFull) }
    }

    pub(super) fn fits(&self) -> bool {
        self.count_spans() <= MOST_SPANS
            && self.lots.len() <= MOST_LOTS
            && self.points.unsigned_abs() <= MOST_EXACT
            && self.points_by_hand.balance().unsigned_abs() <= MOST_EXACT.into()
            && self.points_by_hand.taken.len() <= MOST_TAKEN
            && self.spans.iter().all(|span| span.depth() <= MOST_DEPTH)
    }

    fn count_spans(&self) -> usize {
        self.spans.iter().fold(0, |sum, span| sum.saturating_add(span.count()))
    }
}

fn is_sound(span: &Span) -> bool {
    let nothing = Money::zero(span.worth.currency());
    let credits = span.replaced.iter().try_fold(nothing, |sum, inner| sum.plus(inner.credit));
    credits.and_then(|credits| span.worth.minus(credits)).is_ok()
        && span.replaced.iter().all(|inner| is_replaceable(&inner.span, span) && is_sound(&inner.span))
}

fn is_replaceable(inner: &Span, by: &Span) -> bool {
    inner.tier.rank < by.tier.rank && !inner.source.is_by_hand()
}
