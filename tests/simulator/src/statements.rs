//! What holds for payments that an admin stated, and for orphans that were settled to an order.

use till_domain::order::{Fulfilment, Hold, HoldWord, Order, Payment, Proof, Role};
use till_domain::provider::Provider;
use till_domain::text::TradeNo;
use till_memory::ProviderCall;

use crate::coverage::{Coverage, Happening};
use crate::errand::MOST_STATED;
use crate::goods::Finding;
use crate::providers::Trade;
use crate::watch::is_cleared;
use crate::world::World;

impl World {
    /// A payment is stated only where nothing is kept, for the order's price, and while its provider does not answer.
    pub(crate) fn watch_statement(
        &mut self,
        place: usize,
        before: Option<&Order>,
        after: &Order,
        cover: &mut Coverage,
    ) {
        count(before, after, cover);
        let Some(stated) = after.stated.get(before.map_or(0, |before| before.stated.len())) else { return };
        let payment = &after.payments[usize::from(stated.payment)];
        let payment_no = after.no.payment(payment.attempt);
        if self.workers[place].answered.contains(&payment_no) {
            self.breaks("nothing is stated that its provider was asked about", payment_no.to_string());
        }
        if payment.amount != after.sold.price || payment.amount.minor() > MOST_STATED {
            self.breaks("no more is stated than the price and the limit", format!("{:?}", payment.amount));
        }
    }

    /// Remembers about which payments a worker's questions were answered.
    pub(crate) fn note_answer(&mut self, place: usize, asked: &ProviderCall) {
        let about = match asked {
            ProviderCall::Query(payment_no, _) => Some(*payment_no),
            ProviderCall::AskTrade(trade_no, _) => {
                self.providers.trade_of(trade_no).map(|trade| self.providers.trades[trade].payment_no)
            }
            _ => None,
        };
        self.workers[place].answered.extend(about);
    }

    /// An orphan is settled by a person whose request heard from its provider how the payment stands.
    pub(crate) fn watch_settling(&mut self, place: usize, provider: Provider, trade_no: &TradeNo) {
        let is_open = self.tables.orphan(provider, trade_no).is_some_and(|orphan| orphan.is_open());
        let trade = self.providers.trade_of(trade_no).map(|trade| self.providers.trades[trade].payment_no);
        let is_known = trade.is_some_and(|payment_no| self.workers[place].answered.contains(&payment_no));
        if is_open && !is_known {
            self.breaks("an orphan is settled after its provider was asked", trade_no.to_string());
        }
    }

    /// With a payment without an order, its order takes in all that was reported of it.
    pub(crate) fn watch_adoption(&mut self, before: Option<&Order>, after: &Order) {
        let is_new = |payment: &&Payment| before.is_none_or(|before| before.payment(&payment.trade_no).is_none());
        let forgotten = after.payments.iter().filter(is_new).find(|payment| {
            let Some(orphan) = self.tables.orphan(payment.account.provider, &payment.trade_no) else { return false };
            let is_adopted = orphan.settlement.as_ref().is_some_and(|settlement| settlement.order == after.no);
            is_adopted && orphan.reports().any(|report| after.clone().adopt(report, self.now))
        });
        if let Some(payment) = forgotten {
            let trade_no = payment.trade_no.to_string();
            self.breaks("what was reported of an orphan counts in its order", trade_no);
        }
    }

    /// No refund is sent of a payment that no provider took.
    pub(crate) fn watch_money_back(&mut self, asked: &ProviderCall) {
        let ProviderCall::Refund(call) = asked else { return };
        if self.providers.trade_of(&call.trade_no).is_none() {
            self.breaks("nothing is asked back that no provider took", call.trade_no.to_string());
        }
    }

    /// The order that has this money: the one that the number names, or the one that it was settled to.
    pub(crate) fn order_with(&self, trade: &Trade, trade_no: &TradeNo) -> Option<&Order> {
        let named = self.tables.order(trade.payment_no.order, self.now);
        let settled = || {
            let settlement = self.tables.settlements.get(&(trade.account.provider, trade_no.clone()))?;
            let order = self.tables.order(settlement.order, self.now)?;
            // The mark comes first, and may be all that there is until the request or the report is repeated.
            order.payment(trade_no).is_some().then_some(order)
        };
        named.or_else(settled).map(|order| &**order)
    }

    /// At rest the provider has said what it knows of a stated payment, and the books agree with it.
    pub(crate) fn statements_break(&self, order: &Order) -> Option<Finding> {
        order.stated.iter().find_map(|stated| {
            let payment = &order.payments[usize::from(stated.payment)];
            let name = || format!("{}: {stated:?}", order.no);
            if matches!(order.fulfilment(), Fulfilment::Queued | Fulfilment::Revoking) {
                return Some(("no duty is overdue", name()));
            }
            // A payment that was known already turned out to be the true one.
            if payment.role == Role::Extra && stated.given_up && order.kept().is_some() {
                return None;
            }
            if stated.given_up && order.fulfilment() == Fulfilment::Granted {
                return Some(("nothing is granted for what a person gave up", name()));
            }
            if payment.role != Role::Kept {
                return Some(("a stated payment is kept", name()));
            }
            let held = || order.holds().into_iter().any(|hold| order.trade_of(hold) == Some(&payment.trade_no));
            let is_true = stated.proof >= Proof::Differs;
            let seen_to = || order.cleared.iter().any(|cleared| is_about_its_refund(order, cleared.hold, payment));
            if stated.given_up && is_true && !order.is_wholly_back(payment) && !held() && !seen_to() {
                return Some(("what a person gave up goes back", name()));
            }
            // A wrong account announced the true payment after a person had given the statement up: it stands beside it, and goes back.
            let is_beside = |other: &Payment| other.attempt == payment.attempt && other.role == Role::Extra;
            match stated.proof {
                Proof::Awaited if stated.given_up && order.payments.iter().any(is_beside) => None,
                Proof::Awaited => Some(("a stated payment is confirmed or denied in the end", name())),
                Proof::Denied if self.was_taken(order, payment) => Some(("what was taken is not denied", name())),
                Proof::Denied | Proof::Differs if stated.given_up => None,
                Proof::Denied | Proof::Differs => {
                    let place = usize::from(stated.payment);
                    let held = order.holds().iter().any(|hold| hold.word == HoldWord::StatedDenied);
                    let seen_to = is_cleared(order, HoldWord::StatedDenied, place);
                    (!held && !seen_to).then(|| ("a person hears of what a provider denies", name()))
                }
                Proof::Confirmed => {
                    let is_whole = payment.amount == order.sold.price;
                    (!is_whole).then(|| ("a confirmed payment is the price", name()))
                }
            }
        })
    }

    fn was_taken(&self, order: &Order, payment: &Payment) -> bool {
        let payment_no = order.no.payment(payment.attempt);
        let own = |trade: &&Trade| trade.payment_no == payment_no && trade.account == payment.account;
        self.providers.trades.iter().filter(own).any(|trade| trade.taken.is_some())
    }
}

/// Whether the provider has reported no payment for what an admin stated.
pub(crate) fn is_unproven(order: &Order, place: usize) -> bool {
    order.stated.iter().any(|stated| usize::from(stated.payment) == place && stated.proof < Proof::Differs)
}

fn count(before: Option<&Order>, after: &Order, cover: &mut Coverage) {
    for (i, stated) in after.stated.iter().enumerate() {
        let old = before.and_then(|before| before.stated.get(i));
        let moved = old.is_none_or(|old| old.proof != stated.proof);
        if moved {
            cover.happens(match stated.proof {
                Proof::Awaited => Happening::Stated,
                Proof::Denied => Happening::StatedDenied,
                Proof::Differs => Happening::StatedDiffers,
                Proof::Confirmed => Happening::StatedConfirmed,
            });
        }
        if stated.given_up && old.is_none_or(|old| !old.given_up) {
            cover.happens(Happening::StatedGivenUp);
        }
    }
    let adopted = |order: &Order| order.attempts.iter().filter(|attempt| attempt.is_adopted()).count();
    if adopted(after) > before.map_or(0, adopted) {
        cover.happens(Happening::Adopted);
    }
}

/// Whether a hold is about money of this payment that does not go back by itself.
fn is_about_its_refund(order: &Order, hold: Hold, payment: &Payment) -> bool {
    let is_of_a_refund =
        matches!(hold.word, HoldWord::RefundFailed | HoldWord::RefundAbnormal | HoldWord::RefundUnclear);
    is_of_a_refund && order.trade_of(hold) == Some(&payment.trade_no)
}
