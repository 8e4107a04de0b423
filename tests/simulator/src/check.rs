//! The invariants of a world at rest, checked against the providers' own books: for each trade, what was taken is kept
//! by exactly one granted order, given back, or held with a reason that a person can act on.

use till_app::ports::Orphan;
use till_domain::order::{DisputeState, Fulfilment, HoldWord, LatePolicy, Order, Payment, RefundState, Role, Why};
use till_domain::provider::Provider;
use till_domain::text::UserId;
use till_domain::time::Seconds;
use till_domain::wallet::{Change, Entry, Giver, GrantRound, Source, Span, Wallet};

use crate::goods::{Book, Finding};
use crate::providers::{Taken, Trade};
use crate::statements::is_unproven;
use crate::watch::is_cleared;
use crate::world::{Broken, World};

/// Days after which a wallet at rest is compared with the book of goods.
const LATER: [u32; 4] = [0, 7, 40, 400];

impl World {
    /// Looks at a world that has come to rest.
    pub(crate) fn check(&self) -> Result<(), Broken> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone());
        }
        let orphans = || self.tables.orphans.iter().find_map(|orphan| self.orphan_breaks(orphan));
        let trades = (0..self.providers.trades.len()).find_map(|trade| self.trade_breaks(trade));
        let orders = || self.tables.orders.values().find_map(|order| self.order_breaks(order));
        let wallets = || self.tables.wallets.iter().find_map(|(user, wallet)| self.wallet_breaks(user, wallet));
        match trades.or_else(orphans).or_else(orders).or_else(wallets) {
            Some((invariant, detail)) => Err(Broken { invariant, detail }),
            None => Ok(()),
        }
    }

    fn orphan_breaks(&self, orphan: &Orphan) -> Option<Finding> {
        let told = self.tables.orphan_alarms.iter().any(|told| told.trade_no == orphan.trade_no);
        let is_open =
            self.tables.orphan(orphan.report.account.provider, &orphan.trade_no).is_some_and(|one| one.is_open());
        (!told && is_open).then(|| ("the team is told of every orphan", orphan.number.clone()))
    }

    fn trade_breaks(&self, place: usize) -> Option<Finding> {
        let trade = &self.providers.trades[place];
        let taken = trade.taken.as_ref()?;
        let name = format!("{} ({})", trade.payment_no, taken.trade_no);
        let given = self.providers.given(place);
        if given > taken.amount.minor() {
            return Some(("no more goes back than was paid", name));
        }
        let Some(order) = self.order_with(trade, &taken.trade_no) else {
            let kept = self.tables.orphans.iter().any(|orphan| orphan.number == trade.payment_no.to_string());
            return (!kept).then_some(("money that fits no order is kept as an orphan", name));
        };
        if order.delete_at(self.tables.abandoned).is_some() {
            return Some(("an order with money is never deleted", name));
        }
        let Some(i) = order.payments.iter().position(|payment| payment.trade_no == taken.trade_no) else {
            return Some(("money that was taken is known to its order", name));
        };
        let payment = &order.payments[i];
        if !self.is_blind(place, trade, order, payment) && order.back(payment).minor() != given {
            let ours = order.back(payment);
            return Some(("our books and the provider's agree", format!("{name}: {ours} and {given} minor units")));
        }
        let is_adopted = order.no != trade.payment_no.order;
        let by_no_other = || order.attempts.iter().filter(|a| !a.is_adopted()).all(|a| a.account != trade.account);
        let of_another = if is_adopted {
            by_no_other()
        } else {
            order.attempt(payment.attempt).is_some_and(|a| !a.heard_of && a.account != trade.account)
        };
        payment_breaks(order, i, payment, of_another)
            .map(|invariant| (invariant, format!("{name}: {}", describe(order))))
    }

    /// WeChat does not report how much its own platform gave back, so the amount is unknown until a person states it.
    fn is_blind(&self, place: usize, trade: &Trade, order: &Order, payment: &Payment) -> bool {
        let outside = self.providers.refunds.iter().any(|refund| refund.trade == place && refund.outside);
        let undone = order.refunds.iter().any(|refund| {
            refund.trade_no == payment.trade_no && refund.ever_succeeded && refund.state == RefundState::Failed
        });
        trade.account.provider == Provider::WeChat && (outside || undone)
    }

    fn order_breaks(&self, order: &Order) -> Option<Finding> {
        for (place, payment) in order.payments.iter().enumerate() {
            if is_unproven(order, place) {
                continue;
            }
            let booked = self.providers.trade_of(&payment.trade_no).and_then(|trade| {
                let trade = &self.providers.trades[trade];
                let its_order = trade.taken.as_ref().and_then(|taken| self.order_with(trade, &taken.trade_no));
                trade.taken.as_ref().filter(|_| its_order.is_some_and(|its_order| its_order.no == order.no))
            });
            let true_to_it = booked
                .is_some_and(|Taken { amount, paid_at, .. }| *amount == payment.amount && *paid_at == payment.paid_at);
            if !true_to_it {
                return Some(("every payment is in the provider's books", format!("{}", payment.trade_no)));
            }
        }
        let untold = order
            .holds()
            .into_iter()
            .find(|hold| !self.tables.alarms.iter().any(|(no, holds)| *no == order.no && holds.contains(hold)));
        if let Some(hold) = untold {
            return Some(("the team is told of every hold", format!("{}: {}", order.no, hold.word)));
        }
        self.statements_break(order).or_else(|| self.goods_break(order))
    }

    /// The ledger has one entry for each granting and each taking back, and no other.
    fn goods_break(&self, order: &Order) -> Option<Finding> {
        let user = &order.sold.user;
        let has = |source: Source| self.tables.ledger.contains_key(&(user.clone(), source));
        for round in 1..=order.granting.round {
            let granted = GrantRound { order: order.no, round };
            let past = round < order.granting.round;
            let given = past || order.granting.granted.is_some();
            let taken_back = past || order.granting.revoked.is_some();
            if has(Source::Grant(granted)) != given || has(Source::Revoke(granted)) != taken_back {
                return Some(("the ledger says what the order says", describe(order)));
            }
        }
        None
    }

    fn wallet_breaks(&self, user: &UserId, wallet: &Wallet) -> Option<Finding> {
        let ledger = self.tables.ledger.iter().filter(|((owner, _), _)| owner == user);
        let entries: Vec<Entry> = ledger.map(|(_, entry)| entry.clone()).collect();
        let replayed = Wallet::replay(&entries);
        if replayed.as_ref() != Ok(wallet) {
            return Some(("a wallet is the replay of its ledger", format!("{user}: {wallet:?} and {replayed:?}")));
        }
        if let Some((invariant, detail)) = self.goods_differ(user, wallet) {
            return Some((invariant, format!("{user}: {detail}")));
        }
        let mut seen = Vec::new();
        wallet.spans().iter().find_map(|span| self.span_breaks(user, span, &mut seen))
    }

    /// A wallet against the book of goods, now and when more of what it holds has run out.
    fn goods_differ(&self, user: &UserId, wallet: &Wallet) -> Option<Finding> {
        let mut book = match Book::read(&self.tables, user) {
            Ok(book) => book,
            Err(found) => return Some(found),
        };
        LATER.iter().find_map(|days| {
            let then = self.now.plus(Seconds::days(*days));
            book.run_to(then);
            book.differs(&wallet.at(then))
        })
    }

    /// Every span is paid for: its order is granted and not taken back, it is in one place, and its worth is what was
    /// kept for it and the credits of the spans still inside it.
    fn span_breaks(&self, user: &UserId, span: &Span, seen: &mut Vec<Giver>) -> Option<Finding> {
        if seen.contains(&span.source) {
            return Some(("time is granted once", format!("{user}: {}", span.source)));
        }
        seen.push(span.source.clone());
        let Some(entry) = self.tables.ledger.get(&(user.clone(), Source::from(span.source.clone()))) else {
            return Some(("time comes from the ledger", format!("{user}: {}", span.source)));
        };
        let kept = match entry.change() {
            Change::Grant { kept, .. } => kept.minor(),
            Change::Revoke { .. } | Change::Spend { .. } | Change::Admin { .. } => 0,
        };
        let credits: u64 = span.replaced.iter().map(|inner| inner.credit.minor()).sum();
        if span.worth.minor() > kept + credits {
            let detail = format!("{user}: {} is worth {:?} of {}", span.source, span.worth, kept + credits);
            return Some(("time is worth what is paid for it", detail));
        }
        let inside = span.replaced.iter().find_map(|inner| self.span_breaks(user, &inner.span, seen));
        inside.or_else(|| self.credit_breaks(span))
    }
}

/// `of_another`: whether the provider's books have the payment at another account of ours than the attempt's.
fn payment_breaks(order: &Order, i: usize, payment: &Payment, of_another: bool) -> Option<&'static str> {
    let back = order.is_wholly_back(payment);
    let held = order.holds().into_iter().any(|hold| order.trade_of(hold) == Some(&payment.trade_no));
    let seen_to = order.cleared.iter().any(|cleared| order.trade_of(cleared.hold) == Some(&payment.trade_no));
    match payment.role {
        Role::Odd if !back && !held && !seen_to => Some("an odd payment is held or back"),
        Role::Odd => odd_breaks(order, payment, of_another),
        Role::Extra if !back && !held && !seen_to => Some("an extra payment is back or held"),
        Role::Extra => extra_breaks(order, i, payment),
        Role::Kept => kept_breaks(order, payment, back, held || seen_to),
    }
}

/// A payment is odd only if there is a reason. One that was odd for the account that reported it first does not stay odd,
/// unless money of it went back meanwhile.
fn odd_breaks(order: &Order, payment: &Payment, of_another: bool) -> Option<&'static str> {
    let touched = order.refunds.iter().any(|refund| refund.trade_no == payment.trade_no)
        || order.figures.iter().any(|figure| figure.trade_no == payment.trade_no);
    let reason = payment.amount != order.sold.price || of_another || touched;
    (!reason).then_some("an odd payment has a reason")
}

/// A payment is extra only if there is a reason.
fn extra_breaks(order: &Order, i: usize, payment: &Payment) -> Option<&'static str> {
    let late = payment.paid_at > order.expire_at;
    let by_a_person = order.cancelled.is_some_and(|cancelled| cancelled.why != Why::Expired);
    let too_late = order.policy.late == LatePolicy::Refund && (late || by_a_person);
    let returned_by_a_person = is_cleared(order, HoldWord::OddPayment, i);
    let reason = order.kept().is_some() || too_late || returned_by_a_person;
    (!reason).then_some("a payment in time is kept")
}

fn kept_breaks(order: &Order, kept: &Payment, back: bool, held: bool) -> Option<&'static str> {
    let forfeit = order
        .refunds
        .iter()
        .any(|refund| refund.trade_no == kept.trade_no && refund.revoke && refund.state == RefundState::Succeeded)
        || order.disputes.iter().any(|d| d.trade_no == kept.trade_no && d.state == DisputeState::Lost);
    match order.fulfilment() {
        Fulfilment::Queued | Fulfilment::Revoking => Some("no duty is overdue"),
        Fulfilment::Granted if back || forfeit => Some("nothing is granted without money"),
        Fulfilment::Granted => None,
        Fulfilment::None | Fulfilment::Withheld | Fulfilment::Revoked => {
            let reason = back || forfeit || held;
            (!reason).then_some("what is kept is granted, given back, or held")
        }
    }
}

pub(crate) fn describe(order: &Order) -> String {
    let payments: Vec<_> = order.payments.iter().map(|payment| (payment.role, payment.amount)).collect();
    let refunds: Vec<_> = order.refunds.iter().map(|refund| (&refund.id, refund.amount, refund.state)).collect();
    let holds: Vec<_> = order.holds().iter().map(|hold| hold.word.as_str()).collect();
    format!(
        "{} {}, payments {payments:?}, refunds {refunds:?}, disputes {:?}, holds {holds:?}",
        order.status(),
        order.fulfilment(),
        order.disputes.iter().map(|dispute| dispute.state).collect::<Vec<_>>(),
    )
}
