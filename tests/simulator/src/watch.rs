//! The invariants of every write, checked as it happens and independently of the rules that made it.

use till_domain::order::{
    About, Cancelled, Cleared, DisputeState, Hold, HoldWord, Order, Payment, RefundState, Role, Why,
};
use till_domain::text::UserId;
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Change, Entry, Span, Wallet};

use crate::coverage::Coverage;
use crate::goods::Book;
use crate::providers::TradeState;
use crate::statements::is_unproven;
use crate::world::World;

impl World {
    pub(crate) fn watch_order(
        &mut self,
        before: Option<&Order>,
        after: &Order,
        decided_at: Time,
        with_goods: bool,
        cover: &mut Coverage,
    ) {
        count(before, after, cover);
        let found = if after.due_at().is_some_and(|due| due <= decided_at) {
            Some(("after a write the next try lies later than it", format!("{:?}", after.schedule)))
        } else {
            self.write_breaks(before, after, with_goods)
        };
        if let Some((invariant, detail)) = found {
            self.breaks(invariant, format!("{}: {detail}", after.no));
        }
    }

    fn write_breaks(&self, before: Option<&Order>, after: &Order, with_goods: bool) -> Option<(&'static str, String)> {
        let kept = after.payments.iter().filter(|payment| payment.role == Role::Kept).count();
        if kept > 1 {
            return Some(("at most one payment is kept", format!("{:?}", after.payments)));
        }
        for (i, payment) in after.payments.iter().enumerate() {
            if after.payments.iter().take(i).any(|other| other.trade_no == payment.trade_no) {
                return Some(("a payment counts once", payment.trade_no.to_string()));
            }
        }
        let money = !after.payments.is_empty() || !after.refunds.is_empty() || !after.disputes.is_empty();
        if money && after.delete_at(self.tables.abandoned).is_some() {
            return Some(("an order with money is never deleted", String::new()));
        }
        let Some(before) = before else { return self.upgrade_breaks(after) };
        moves_down(before, after)
            .or_else(|| self.cancel_breaks(before, after))
            .or_else(|| self.supersede_breaks(before, after))
            .or_else(|| asks_for_more(before, after))
            .or_else(|| goods_break(before, after, with_goods))
    }

    /// Nothing is cancelled while its provider would still take money for an attempt that a buyer was shown.
    fn cancel_breaks(&self, before: &Order, after: &Order) -> Option<(&'static str, String)> {
        if before.cancelled.is_some() || after.cancelled.is_none() {
            return None;
        }
        let open = self.providers.trades.iter().enumerate().find(|(place, trade)| {
            let known = after.attempt(trade.payment_no.attempt).is_some_and(|a| a.account == trade.account);
            let mine = trade.payment_no.order == after.no && known;
            // A printed code cannot be closed: only time ends it.
            let closable = trade.state != TradeState::Printed && self.providers.is_payable(*place, self.now);
            mine && (closable || trade.state == TradeState::Processing)
        });
        open.map(|(_, trade)| ("nothing is cancelled blindly", format!("{} is {:?}", trade.payment_no, trade.state)))
    }

    pub(crate) fn watch_wallet(&mut self, user: &UserId, before: &Wallet, after: &Wallet, entry: &Entry) {
        let found = match entry.change() {
            Change::Grant { upgrade: Some(upgrade), granted, .. } => upgrade.replaced.iter().find_map(|credit| {
                let there =
                    before.at(entry.at()).spans().iter().any(|span| span.source.granted() == Some(credit.source));
                let wrong = !there || *granted == credit.source;
                wrong.then(|| ("a credit is used once", format!("{} for {granted}", credit.source)))
            }),
            Change::Revoke { granted, .. } => {
                let before = before.at(entry.at());
                let gone = before.spans().iter().find(|span| span.source.granted() == Some(*granted));
                gone.and_then(|gone| comes_back_whole(gone, after))
            }
            Change::Grant { upgrade: None, .. } | Change::Spend { .. } | Change::Admin { .. } => None,
        };
        let by_book = || Book::read(&self.tables, user).map_or_else(Some, |book| book.differs(after));
        if let Some((invariant, detail)) = found.or_else(by_book) {
            self.breaks(invariant, detail);
        }
    }
}

/// The spans that an upgrade replaced come back less the time that the upgrade used.
fn comes_back_whole(gone: &Span, after: &Wallet) -> Option<(&'static str, String)> {
    let back = |span: &Span| after.spans().iter().find(|back| back.source == span.source).cloned();
    let mut used = Seconds(0);
    let mut left = Seconds(0);
    for inner in &gone.replaced {
        let now = back(&inner.span);
        let ran = now.as_ref().map_or(inner.span.left, |now| now.used.less(inner.span.used));
        used = used.plus(ran);
        left = left.plus(now.map_or(Seconds(0), |now| now.left));
    }
    let short = used < gone.used && !left.is_zero();
    short.then(|| ("time that an upgrade used is not given again", format!("{} of {} seconds", used.0, gone.used.0)))
}

/// States, facts, status and fulfilment move in one direction only.
fn moves_down(before: &Order, after: &Order) -> Option<(&'static str, String)> {
    if !before.status().may_become(after.status()) {
        return Some(("words move as the rules say", format!("{} to {}", before.status(), after.status())));
    }
    for old in &before.attempts {
        let up = after.attempt(old.n).is_some_and(|new| new.state >= old.state && new.is_final >= old.is_final);
        if !up {
            return Some(("states only move up", format!("attempt {} was {:?}", old.n, old.state)));
        }
    }
    for (i, old) in before.payments.iter().enumerate() {
        let same = after.payments.get(i).is_some_and(|new| {
            let role = new.role == old.role || (old.role == Role::Odd && is_cleared(after, HoldWord::OddPayment, i));
            let place = new.account == old.account || is_put_right(before, old, new);
            let same = new.trade_no == old.trade_no && new.amount == old.amount;
            let proven = is_unproven(before, i) && !is_unproven(after, i) && new.role == old.role;
            let replaced = is_unproven(before, i) && new.role == Role::Extra && after.kept().is_some() && same;
            proven || replaced || ((role || is_mended(before, old, new)) && place && same)
        });
        if !same {
            return Some(("a payment is never forgotten or changed", old.trade_no.to_string()));
        }
    }
    for (i, old) in before.refunds.iter().enumerate() {
        let up = after.refunds.get(i).is_some_and(|new| new.id == old.id && new.state >= old.state);
        if !up {
            return Some(("states only move up", format!("refund {:?} was {:?}", old.id, old.state)));
        }
    }
    for (i, old) in before.disputes.iter().enumerate() {
        if after.disputes.get(i).is_none_or(|new| new.no != old.no || new.state < old.state) {
            return Some(("states only move up", format!("dispute {} was {:?}", old.no, old.state)));
        }
    }
    if before.cancelled.is_some() && after.cancelled != before.cancelled {
        return Some(("an order is cancelled once", format!("{:?}", after.cancelled)));
    }
    None
}

/// Whether a payment that another account reported was found to be at its attempt's own.
fn is_put_right(before: &Order, old: &Payment, new: &Payment) -> bool {
    let own = before.attempts.iter().find(|attempt| attempt.n == old.attempt).map(|attempt| &attempt.account);
    own == Some(&new.account) && own != Some(&old.account)
}

/// While odd money is held, its buyer is led to no other payment, and no person cancels.
fn asks_for_more(before: &Order, after: &Order) -> Option<(&'static str, String)> {
    let held = before.holds().into_iter().find(|hold| hold.word == HoldWord::OddPayment)?;
    let by_a_person = |cancelled: Cancelled| cancelled.why != Why::Expired;
    let cancelled = before.cancelled.is_none() && after.cancelled.is_some_and(by_a_person);
    let begun = after.attempts.iter().any(|new| !new.heard_of && before.attempt(new.n).is_none());
    let detail = || format!("{:?}", before.trade_of(held));
    (cancelled || begun).then(|| ("nobody is asked to pay beside odd money", detail()))
}

/// Whether it was odd because of its account, and nobody had touched it: then it becomes what it would have been.
fn is_mended(before: &Order, old: &Payment, new: &Payment) -> bool {
    let touched = before.refunds.iter().any(|refund| refund.trade_no == old.trade_no)
        || before.figures.iter().any(|figure| figure.trade_no == old.trade_no);
    let was_undecided = old.role == Role::Odd && !touched;
    was_undecided && is_put_right(before, old, new) && (new.amount == before.sold.price || new.role == Role::Odd)
}

/// Goods move only in the one transaction, and only for money that is there and not reserved for a refund.
fn goods_break(before: &Order, after: &Order, with_goods: bool) -> Option<(&'static str, String)> {
    let another_round = after.granting.round > before.granting.round;
    if another_round {
        return None;
    }
    let granted = before.granting.granted.is_none() && after.granting.granted.is_some();
    let revoked = before.granting.revoked.is_none() && after.granting.revoked.is_some();
    if (granted || revoked) && !with_goods {
        return Some(("goods move with the ledger", String::new()));
    }
    if !granted {
        return None;
    }
    let Some(kept) = after.kept() else { return Some(("nothing is granted without money", String::new())) };
    let place = after.payments.iter().position(|payment| payment.trade_no == kept.trade_no).unwrap_or(0);
    let accepted = is_cleared(after, HoldWord::OddPayment, place) || is_cleared(after, HoldWord::StatedDenied, place);
    if kept.amount != after.sold.price && !accepted {
        return Some(("what is kept is the price", format!("{:?} of {:?}", kept.amount, after.sold.price)));
    }
    let open = after.holds().into_iter().find(|hold| stops(after, *hold, kept));
    if let Some(hold) = open {
        return Some(("nothing is granted while a person must look", format!("{}", hold.word)));
    }
    let reserved: u64 = after
        .refunds
        .iter()
        .filter(|refund| refund.trade_no == kept.trade_no && refund.state != RefundState::Failed)
        .map(|refund| refund.amount.minor())
        .sum();
    if reserved >= kept.amount.minor() {
        return Some(("nothing is granted for money that is going back", format!("{reserved} minor units")));
    }
    if after.stated.iter().any(|stated| stated.given_up && usize::from(stated.payment) == place) {
        return Some(("nothing is granted for what a person gave up", String::new()));
    }
    let lost = after.disputes.iter().any(|d| d.trade_no == kept.trade_no && d.state == DisputeState::Lost);
    lost.then(|| ("nothing is granted for money that is going back", "a lost dispute".to_owned()))
}

fn stops(order: &Order, hold: Hold, kept: &Payment) -> bool {
    matches!(hold.word, HoldWord::Dispute | HoldWord::RefundUnclear | HoldWord::StatedDenied)
        && order.trade_of(hold) == Some(&kept.trade_no)
}

/// Whether a person resolved a hold of this kind about a payment.
pub(crate) fn is_cleared(order: &Order, word: HoldWord, payment: usize) -> bool {
    let about = u16::try_from(payment).map(About::Payment);
    order.cleared.iter().any(|Cleared { hold, .. }| hold.word == word && Ok(hold.about) == about)
}

fn count(before: Option<&Order>, after: &Order, cover: &mut Coverage) {
    let old_slots = before.map(|before| before.schedule.as_slice()).unwrap_or_default();
    for slot in &after.schedule {
        let tries = old_slots.iter().find(|old| old.duty == slot.duty).map_or(0, |old| old.tries);
        if slot.tries > tries {
            cover.duty(slot.duty);
        }
    }
    if after.reminded && before.is_some_and(|before| !before.reminded) {
        cover.duty(till_domain::order::Duty::Remind);
    }
    let old_refunds = before.map_or(0, |before| before.refunds.len());
    for refund in after.refunds.iter().skip(old_refunds) {
        if refund.by == till_domain::order::By::Till {
            cover.duty(till_domain::order::Duty::Return(0));
        }
    }
    let holds = after.holds();
    if !holds.is_empty() {
        let old = before.map(Order::holds).unwrap_or_default();
        for hold in holds.iter().filter(|hold| !old.contains(hold)) {
            cover.hold(hold.word);
        }
    }
    let old_cleared = before.map_or(0, |before| before.cleared.len());
    for cleared in after.cleared.iter().skip(old_cleared) {
        cover.resolved(cleared.hold.word);
    }
}
