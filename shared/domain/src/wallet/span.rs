//! Spans: membership time by its source. The highest rank runs and the others wait; an upgrade keeps inside it the spans
//! that it replaced.
//!
//! After a refund, a user must never hold time that is worth more than what is still paid for. So every division here
//! rounds against the user, by less than a second or a minor unit.

use std::mem;

use super::source::Giver;
use crate::money::{Money, share};
use crate::product::Tier;
use crate::refusal::Refusal;
use crate::text::TierName;
use crate::time::Seconds;

/// Time in a tier that one granting gave. Its time in all is `used` + `left`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Span {
    pub source: Giver,
    pub tier: Tier,
    pub left: Seconds,
    pub used: Seconds,
    /// What was paid for its order: what was kept for it, and the credits that it received. For a bundle this pays for the
    /// other grants too, so that an upgrade counts a share of it only.
    pub worth: Money,
    /// The spans that it replaced, as they were then.
    pub replaced: Vec<Replaced>,
}

/// A span inside the upgrade that replaced it: its time stands still.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Replaced {
    /// As it was when it was replaced.
    pub span: Span,
    /// What it counted for in the upgrade's price, and so in the upgrade's worth.
    pub credit: Money,
}

/// The order in which spans run: the highest rank, then the order that came first (order numbers sort by time). It does
/// not depend on when spans were put in, so one that was replaced and comes back finds its old place. What the team gave by
/// hand runs after what was bought in the same rank.
pub(super) fn sort(spans: &mut [Span]) {
    spans.sort_by(|a, b| b.tier.rank.cmp(&a.tier.rank).then_with(|| a.source.cmp(&b.source)));
}

/// Lets so many seconds run, and drops the spans that end by it, with what they replaced.
pub(super) fn run_on(spans: &mut Vec<Span>, elapsed_seconds: u64) {
    let mut rest = elapsed_seconds;
    for span in spans.iter_mut() {
        let ran = Seconds(u32::try_from(rest).unwrap_or(u32::MAX)).min(span.left);
        span.use_up(ran);
        rest = rest.saturating_sub(ran.0.into());
    }
    spans.retain(|span| !span.left.is_zero());
}

/// Removes what is left of a source's span, at any depth. The spans that it replaced come back, less the time used
/// since; a span that replaced it loses the credit that it gave. An unknown source changes nothing.
pub(super) fn revoke(spans: &mut Vec<Span>, source: &Giver) {
    let mut back = Vec::new();
    for mut span in mem::take(spans) {
        if span.source == *source {
            span.hand_back(Seconds(0), &mut back);
        } else {
            span.revoke_inside(source, Seconds(0), &mut back);
            back.push(span);
        }
    }
    back.retain(|span| !span.left.is_zero());
    sort(&mut back);
    *spans = back;
}

/// How much time there is in a tier, without what stands still inside upgrades.
pub(super) fn left_in(spans: &[Span], tier: &TierName) -> Seconds {
    spans.iter().filter(|span| span.tier.name == *tier).fold(Seconds(0), |sum, span| sum.plus(span.left))
}

/// Takes this much time of a tier back by hand, or changes nothing: first what the team gave, then what was bought, each in
/// the order in which it runs. It counts as used, so that an upgrade does not credit it and it does not come back with what an
/// upgrade replaced.
pub(super) fn take_by_hand(spans: &mut Vec<Span>, tier: &TierName, time: Seconds) -> Result<(), Refusal> {
    if left_in(spans, tier) < time {
        return Err(Refusal::Insufficient);
    }
    let in_tier = spans.iter_mut().filter(|span| span.tier.name == *tier);
    let (given, bought): (Vec<_>, Vec<_>) = in_tier.partition(|span| span.source.is_by_hand());
    let mut rest = time;
    for span in given.into_iter().chain(bought) {
        let taken = rest.min(span.left);
        span.use_up(taken);
        rest = rest.less(taken);
    }
    spans.retain(|span| !span.left.is_zero());
    Ok(())
}

impl Span {
    pub(super) fn count(&self) -> usize {
        self.replaced.iter().fold(1, |sum, inner| sum.saturating_add(inner.span.count()))
    }

    pub(super) fn depth(&self) -> usize {
        self.replaced.iter().map(|inner| inner.span.depth()).max().unwrap_or(0).saturating_add(1)
    }

    fn use_up(&mut self, ran: Seconds) {
        self.used = self.used.plus(ran.min(self.left));
        self.left = self.left.less(ran);
    }

    /// Gives back the spans that it replaced. `ran_outside` is the time that ran in the spans around it since it was
    /// replaced.
    fn hand_back(self, ran_outside: Seconds, back: &mut Vec<Self>) {
        let mut ran = ran_outside.plus(self.used);
        let mut replaced: Vec<Self> = self.replaced.into_iter().map(|inner| inner.span).collect();
        // They would have run one after the other, had they not been replaced.
        sort(&mut replaced);
        for mut span in replaced {
            let charged = ran.min(span.left);
            span.use_up(charged);
            ran = ran.less(charged);
            back.push(span);
        }
    }

    /// Takes a source out from inside, at any depth. On the way out each span is cut by what it lost, and so gives less
    /// credit to the one around it.
    fn revoke_inside(&mut self, source: &Giver, ran_outside: Seconds, back: &mut Vec<Self>) {
        let ran = ran_outside.plus(self.used);
        let mut rest = self.worth;
        for Replaced { mut span, credit } in mem::take(&mut self.replaced) {
            if span.source == *source {
                rest = without(rest, credit);
                span.hand_back(ran, back);
            } else {
                let before = span.worth;
                span.revoke_inside(source, ran, back);
                let kept = part_of(credit, span.worth, before);
                rest = without(rest, without(credit, kept));
                self.replaced.push(Replaced { span, credit: kept });
            }
        }
        self.left = cut(self.left, rest, self.worth);
        self.worth = rest;
    }
}

/// What is left of a credit when the worth that gave it shrinks; rounded down, so that the loss is rounded up.
fn part_of(credit: Money, worth: Money, before: Money) -> Money {
    // Also when both are zero: nothing was lost then.
    if worth == before { credit } else { credit.share(worth.minor(), before.minor()) }
}

/// What is left of time when its worth shrinks, rounded down.
fn cut(left: Seconds, worth: Money, before: Money) -> Seconds {
    if worth == before {
        return left;
    }
    let seconds = share(left.0.into(), worth.minor(), before.minor());
    // A share is never more than the whole.
    Seconds(u32::try_from(seconds).unwrap_or(left.0))
}

/// The credits of a span are in its currency and never exceed its worth, so this never goes below zero.
fn without(worth: Money, lost: Money) -> Money {
    worth.minus(lost).unwrap_or(Money::zero(worth.currency()))
}
