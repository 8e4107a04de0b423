//! Credits of upgrades, checked against books of the simulator's own: what each order's product stated when it was sold.
//! The rules' own shares are not asked.

use std::collections::BTreeMap;

use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::product::Grant;
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{ByHand, Change, Credit, Entry, Span};

use crate::cast;
use crate::coverage::{Coverage, Happening};
use crate::goods::{Finding, proportion};
use crate::world::World;

/// No request lives longer: what it read of the catalogue is at most this old when its order is frozen.
const REQUEST_LIVES: Seconds = Seconds::minutes(2);

const MEMBERSHIPS_ONLY: &str = "an upgrade counts what was paid for memberships only";

/// What the catalogue states now, and what it stated for each order.
#[derive(Clone, Hash, Debug, Default)]
pub(crate) struct Stated {
    /// Whether bundles state their whole price: the catalogue has two forms.
    whole: bool,
    since: Option<Time>,
    sold: BTreeMap<OrderNo, Part>,
}

/// How much of an order's list price was for its membership.
#[derive(Clone, Copy, Hash, Debug)]
struct Part {
    worth: u64,
    list: u64,
}

impl Part {
    fn of(self, paid: u64) -> u64 {
        proportion(paid, self.worth, self.list)
    }
}

impl World {
    /// The team loads the other form of the catalogue.
    pub(crate) fn restate(&mut self) {
        self.stated.whole = !self.stated.whole;
        self.stated.since = Some(self.now);
        self.tables.products = cast::tables(self.stated.whole).products;
    }

    /// Books a new order. One that was frozen by a request from before the last change may have been sold from either form.
    pub(crate) fn book_order(&mut self, order: &Order) {
        let Ok(product) = order.sold.product.as_str().parse() else { return };
        let in_form = |whole| cast::membership_part(product, order.sold.price.currency(), whole);
        let (mut worth, list) = in_form(self.stated.whole);
        if self.stated.since.is_some_and(|since| order.created_at <= since.plus(REQUEST_LIVES)) {
            worth = worth.max(in_form(!self.stated.whole).0);
        }
        self.stated.sold.insert(order.no, Part { worth, list });
    }

    /// The credit of an upgrade is never more than the unused share of what was paid for a membership. It is computed here
    /// from the present wallet, if that has not changed since the pricing.
    pub(crate) fn upgrade_breaks(&self, order: &Order) -> Option<Finding> {
        let credits = order.sold.upgrade.iter().flat_map(|upgrade| &upgrade.replaced);
        let full = order.sold.price.minor() + credits.map(|replaced| replaced.credit.minor()).sum::<u64>();
        let list = self.stated.sold.get(&order.no)?.list;
        if full != list {
            return Some(("price and credits are the list price", format!("{full} of {list} minor units")));
        }
        let upgrade = order.sold.upgrade.as_ref()?;
        let wallet = self.tables.wallets.get(&order.sold.user)?.at(self.now);
        // A later writer of the wallet can have decided up to a minute earlier: that much time may have run in another
        // span.
        let since = self.now.since(order.created_at).plus(Seconds::minutes(1));
        for credit in &upgrade.replaced {
            let Some(span) = wallet.spans().iter().find(|span| span.source.granted() == Some(credit.source)) else {
                continue;
            };
            if span.worth != credit.worth {
                continue;
            }
            let inner: u64 = span.replaced.iter().map(|inner| inner.credit.minor()).sum();
            let counted = self.stated.sold.get(&credit.source.order)?.of(credit.kept.minor() + inner);
            if credit.credit.minor() > counted {
                return Some((MEMBERSHIPS_ONLY, format!("{:?} of {counted} minor units", credit.credit)));
            }
            // Days that were taken by hand since were there when it was priced.
            if self.is_taken_by_hand_since(order) {
                continue;
            }
            let all = span.left.plus(span.used);
            let left = span.left.plus(since).min(all);
            let most = u128::from(counted) * u128::from(left.0) / u128::from(all.0.max(1));
            if u128::from(credit.credit.minor()) > most {
                let detail = format!("{:?} for {} of {} seconds", credit.credit, left.0, all.0);
                return Some(("an upgrade counts the unused part only", detail));
            }
        }
        None
    }

    /// Whether something was taken from an order's user by hand after the order was priced, or about then.
    fn is_taken_by_hand_since(&self, order: &Order) -> bool {
        let begun = order.created_at.minus(Seconds::minutes(1));
        let mut entries = self.tables.ledger.iter().filter(|((owner, _), _)| *owner == order.sold.user);
        entries.any(|(_, entry)| {
            let is_taken = matches!(entry.change(), Change::Admin { done: ByHand::Revoke { .. }, .. });
            is_taken && entry.at() >= begun
        })
    }

    /// An upgrade is given up only if what it was priced on has changed. Where something was taken back, refunded or given
    /// up, it may have been so when that was decided.
    pub(crate) fn supersede_breaks(&self, before: &Order, after: &Order) -> Option<Finding> {
        if before.superseded.is_some() || after.superseded.is_none() {
            return None;
        }
        let upgrade = after.sold.upgrade.as_ref()?;
        let user = &after.sold.user;
        let mut entries = self.tables.ledger.iter().filter(|((owner, _), _)| owner == user).map(|(_, entry)| entry);
        let went_back = |order: &Order| {
            let given_up = order.stated.iter().any(|stated| stated.given_up);
            given_up || !(order.refunds.is_empty() && order.figures.is_empty() && order.disputes.is_empty())
        };
        let is_refunded = |no: OrderNo| self.tables.orders.get(&no).is_none_or(|order| went_back(order));
        let may_have_changed = entries.any(|entry| matches!(entry.change(), Change::Revoke { .. }))
            || upgrade.replaced.iter().any(|credit| is_refunded(credit.source.order));
        let wallet = self.tables.wallets.get(user)?.at(self.now);
        let is_there = |credit: &Credit| {
            let mut spans = wallet.spans().iter();
            spans.any(|span| span.source.granted() == Some(credit.source) && span.worth == credit.worth)
        };
        let rank = after.sold.grants.iter().find_map(|grant| match grant {
            Grant::Membership(membership) => Some(membership.tier().rank),
            Grant::Points(_) | Grant::Quota(_) => None,
        })?;
        let bought = wallet.spans().iter().filter(|span| span.tier.rank < rank && !span.source.is_by_hand()).count();
        let is_as_priced = upgrade.replaced.iter().all(is_there) && bought == upgrade.replaced.len();
        (is_as_priced && !may_have_changed)
            .then(|| ("an upgrade is superseded for a reason", format!("{}: {:?}", after.no, upgrade.replaced)))
    }

    /// The credits inside a span, at any depth, are for memberships only: each order's part of what was paid for it, which
    /// is its payment and the credits that paid the rest of its list price.
    pub(crate) fn credit_breaks(&self, span: &Span) -> Option<Finding> {
        span.replaced.iter().find_map(|inner| {
            let no = inner.span.source.granted()?.order;
            let (order, part) = (self.tables.orders.get(&no)?, self.stated.sold.get(&no)?);
            let paid = order.kept().map_or(0, |kept| kept.amount.minor());
            let most = part.of(paid + part.list.saturating_sub(order.sold.price.minor()));
            let too_much = inner.credit.minor() > most && inner.credit.currency() == order.sold.price.currency();
            too_much
                .then(|| (MEMBERSHIPS_ONLY, format!("{:?} of {most} minor units for {no}", inner.credit)))
                .or_else(|| self.credit_breaks(&inner.span))
        })
    }

    /// Counts the upgrades that are granted from bundles.
    pub(crate) fn count_upgrade(&self, entry: &Entry, cover: &mut Coverage) {
        let Change::Grant { upgrade: Some(upgrade), .. } = entry.change() else { return };
        for credit in &upgrade.replaced {
            let no = credit.source.order;
            let (Some(order), Some(part)) = (self.tables.orders.get(&no), self.stated.sold.get(&no)) else { continue };
            if order.sold.grants.len() == 1 {
                continue;
            }
            cover.happens(if part.worth == 0 { Happening::FromSilentBundle } else { Happening::FromBundle });
            if order.sold.upgrade.is_some() {
                cover.happens(Happening::FromUpgradedBundle);
            }
        }
    }
}
