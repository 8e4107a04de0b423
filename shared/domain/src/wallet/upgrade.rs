//! Upgrades: what a higher tier costs someone who has paid for lower ones, and what it replaces.
//!
//! No money counts twice: a credit is granted only while everything that it was computed from is unchanged.

use super::Wallet;
use super::limits::MOST_DEPTH;
use super::source::{Giver, GrantRound};
use super::span::{Replaced, Span};
use crate::currency::Currency;
use crate::id::OrderNo;
use crate::money::{BadMoney, Money};
use crate::product::{MembershipGrant, MembershipShare};
use crate::refusal::Refusal;
use crate::time::Time;

/// The spans that an upgrade replaces: frozen in its order when that is priced.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Upgrade {
    pub replaced: Vec<Credit>,
}

/// What is paid for the order of a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paid {
    /// The money that is kept for the order and not reserved for refunds.
    pub kept: Money,
    /// Which part of it, and of the credits that the span received, was paid for the membership.
    pub share: MembershipShare,
}

/// What one span counts for in an upgrade's price.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Credit {
    pub source: GrantRound,
    pub credit: Money,
    /// What was kept for its order at the pricing: a refund since then voids the price.
    pub kept: Money,
    /// Its worth at the pricing, which shrinks when something that it replaced itself is given back.
    pub worth: Money,
}

/// What an upgrade costs now: its list price less the unused worth of every lower span that was bought, but never below `least` (unless it
/// is listed for less). Price and credits together are the list price, always. `paid` says what is paid for an order now.
pub fn price(
    wallet: &Wallet,
    to: &MembershipGrant,
    list: Money,
    least: Money,
    now: Time,
    paid: impl Fn(OrderNo) -> Paid,
) -> Result<(Money, Upgrade), Refusal> {
    let wallet = wallet.at(now);
    let lower = wallet.spans.iter().filter(|span| span.tier.rank < to.tier().rank);
    // What the team gave by hand is neither counted nor replaced: it runs on after the upgrade.
    let lower: Vec<(GrantRound, &Span)> = lower.filter_map(|span| Some((span.source.granted()?, span))).collect();
    if lower.is_empty() {
        return Err(Refusal::NothingToUpgrade);
    }
    // Refused here, before money moves, so that the grant need not be refused.
    if lower.iter().any(|(_, span)| span.depth() >= MOST_DEPTH) {
        return Err(Refusal::WalletFull);
    }
    // The most that credits can take off; each span takes its own off until nothing remains.
    let mut room = match list.minus(least) {
        Ok(room) => room,
        Err(BadMoney::CurrencyMismatch) => return Err(TWO_CURRENCIES),
        Err(_) => Money::zero(list.currency()),
    };
    let mut cost = list;
    let mut replaced = Vec::with_capacity(lower.len());
    for (source, span) in lower {
        let paid = paid(source.order);
        let unused = unused_worth(span, paid, list.currency());
        let credit = room.minus(unused).map_or(room, |_| unused);
        room = room.minus(credit).unwrap_or(room);
        cost = cost.minus(credit).unwrap_or(cost);
        replaced.push(Credit { source, credit, kept: paid.kept, worth: span.worth });
    }
    Ok((cost, Upgrade { replaced }))
}

const TWO_CURRENCIES: Refusal =
    Refusal::InvalidField { field: "currency", rule: "must be the same in the price and the provider's minimum" };

/// What was paid for the span's remaining time: the membership's share of the kept money and of the received credits in
/// this currency. Amounts in other currencies count as zero. The share of credits counts too, or an upgrade to a bundle
/// would turn them into points and quotas, and the next upgrade would count them again.
fn unused_worth(span: &Span, paid: Paid, currency: Currency) -> Money {
    let received = span.replaced.iter().map(|inner| inner.credit);
    let all = std::iter::once(paid.kept)
        .chain(received)
        .filter(|part| part.currency() == currency)
        // What does not fit into one amount does not count: less credit, never more.
        .fold(Money::zero(currency), |sum, part| sum.plus(part).unwrap_or(sum));
    let worth = paid.share.of(all);
    let left = u64::from(span.left.0);
    worth.share(left, left.saturating_add(span.used.0.into()))
}

impl Upgrade {
    /// Whether no order that it replaces was refunded since the pricing.
    pub fn still_holds(&self, kept: impl Fn(OrderNo) -> Money) -> bool {
        self.replaced.iter().all(|credit| kept(credit.source.order).minus(credit.kept).is_ok())
    }

    /// Moves what it replaces inside the new span and adds the credits to that one's worth; refused as superseded when the
    /// lower spans are not those that it was priced on.
    pub(super) fn replace(&self, spans: &mut Vec<Span>, new: &mut Span) -> Result<(), Refusal> {
        for priced in &self.replaced {
            let source = Giver::Order(priced.source);
            let lower = |span: &Span| span.source == source && span.tier.rank < new.tier.rank;
            let found = spans.iter().position(lower).map(|place| spans.remove(place));
            match found.filter(|span| span.worth == priced.worth) {
                Some(span) => new.take_in(span, priced.credit)?,
                None => return Err(Refusal::Superseded),
            }
        }
        let mut bought = spans.iter().filter(|span| !span.source.is_by_hand());
        let forgotten = bought.any(|span| span.tier.rank < new.tier.rank);
        if forgotten { Err(Refusal::Superseded) } else { Ok(()) }
    }
}

impl Span {
    fn take_in(&mut self, span: Span, credit: Money) -> Result<(), Refusal> {
        let currency = self.worth.currency();
        // Another currency gives no credit.
        let credit = if credit.currency() == currency { credit } else { Money::zero(currency) };
        self.worth = self.worth.plus(credit).map_err(|_| Refusal::WalletFull)?;
        self.replaced.push(Replaced { span, credit });
        Ok(())
    }
}
