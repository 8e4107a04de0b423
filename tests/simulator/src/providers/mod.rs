//! The three providers, scripted, and their own books of what was really taken and given back. A history decides
//! whether they answer, refuse, stay silent, take time or undo a result. Everything that they push is a notice, which a
//! history may deliver never, once or often, in any order.

mod calls;
mod notices;

use std::sync::Arc;

use till_domain::currency::Currency;
use till_domain::id::{PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::order::{DisputeState, RefundId, Says};
use till_domain::provider::Account;
use till_domain::text::{DisputeNo, OutsideRefundNo, TradeNo};
use till_domain::time::{Seconds, Time};

/// Trades from elsewhere have no name.
pub(crate) const NOT_BY_A_WORKER: u16 = u16::MAX;
/// A Checkout Session lives at least so long.
const SESSION_LIVES: Seconds = Seconds::minutes(35);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum TradeState {
    /// A code was printed; there is no trade until it is scanned, so nothing can be closed.
    Printed,
    Open,
    Processing,
    /// It failed and can no longer be paid.
    Failed,
    /// It failed, and the buyer may try again: a PaymentIntent until it is cancelled.
    Again,
    Closed,
    Paid,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Trade {
    pub(crate) by: u16,
    pub(crate) payment_no: PaymentNo,
    pub(crate) account: Account,
    pub(crate) price: Money,
    pub(crate) state: TradeState,
    pub(crate) payable_until: Option<Time>,
    /// Whether a buyer has seen how to pay it.
    pub(crate) shown: bool,
    pub(crate) declined: bool,
    pub(crate) taken: Option<Taken>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Taken {
    pub(crate) trade_no: TradeNo,
    pub(crate) amount: Money,
    pub(crate) paid_at: Time,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Sent {
    Processing,
    Abnormal,
    Succeeded,
    Failed,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct BookedRefund {
    pub(crate) id: RefundId,
    /// Our number of it.
    pub(crate) no: Option<RefundNo>,
    pub(crate) trade: usize,
    pub(crate) amount: u64,
    pub(crate) state: Sent,
    pub(crate) outside: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct BookedDispute {
    pub(crate) no: DisputeNo,
    pub(crate) opened_at: Time,
    pub(crate) trade: usize,
    pub(crate) amount: u64,
    pub(crate) state: DisputeState,
}

/// Something that a provider tells us by itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Notice {
    pub(crate) payment_no: PaymentNo,
    pub(crate) account: Account,
    pub(crate) says: Vec<Says>,
    /// No duty of ours asks about this, so it must arrive eventually.
    pub(crate) only_so: bool,
}

impl Notice {
    fn is_like(&self, other: &Self) -> bool {
        (&self.says, &self.payment_no, &self.account) == (&other.says, &other.payment_no, &other.account)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Mood {
    Willing,
    Refusing,
    /// Does it, and gives an unclear answer.
    Unclear,
    /// Answers with an unknown status.
    Strange,
    Poor,
}

/// A call that a provider must never get.
pub(crate) type Offence = &'static str;

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Providers {
    pub(crate) trades: Vec<Trade>,
    pub(crate) refunds: Vec<BookedRefund>,
    pub(crate) disputes: Vec<BookedDispute>,
    pub(crate) notices: Vec<Arc<Notice>>,
    pub(crate) offences: Vec<Offence>,
}

impl Providers {
    pub(crate) fn given(&self, trade: usize) -> u64 {
        self.back(trade, |state| state == Sent::Succeeded)
    }

    /// What is back of a trade's money or on its way: a refund beyond it is refused.
    pub(crate) fn promised(&self, trade: usize) -> u64 {
        self.back(trade, |state| state != Sent::Failed)
    }

    fn back(&self, trade: usize, counts: impl Fn(Sent) -> bool) -> u64 {
        let refunds = self.refunds.iter().filter(|refund| refund.trade == trade && counts(refund.state));
        let lost = self.disputes.iter().filter(|d| d.trade == trade && d.state == DisputeState::Lost);
        refunds.map(|refund| refund.amount).chain(lost.map(|dispute| dispute.amount)).sum()
    }

    pub(crate) fn trade_of(&self, trade_no: &TradeNo) -> Option<usize> {
        self.trades.iter().position(|trade| trade.taken.as_ref().is_some_and(|taken| taken.trade_no == *trade_no))
    }

    /// Whether a buyer can pay a trade now.
    pub(crate) fn is_payable(&self, trade: usize, now: Time) -> bool {
        self.trades.get(trade).is_some_and(|trade| {
            let open = matches!(trade.state, TradeState::Printed | TradeState::Open | TradeState::Again);
            trade.shown && open && trade.payable_until.is_none_or(|until| now <= until)
        })
    }

    pub(crate) fn pay(&mut self, trade: usize, amount: Money, now: Time) {
        let number = format!("T{}", self.trades.iter().filter(|trade| trade.taken.is_some()).count());
        let (Some(paid), Ok(trade_no)) = (self.trades.get_mut(trade), TradeNo::parse(&number)) else { return };
        paid.state = TradeState::Paid;
        paid.taken = Some(Taken { trade_no, amount, paid_at: now });
        self.notify(trade, false);
    }

    /// A buyer pays by a method that takes its time.
    pub(crate) fn begin_processing(&mut self, trade: usize) {
        let Some(begun) = self.trades.get_mut(trade) else { return };
        begun.state = TradeState::Processing;
        self.tell(trade, vec![Says::Processing], false);
    }

    pub(crate) fn end_processing(&mut self, trade: usize, paid: bool, now: Time) {
        let Some(ended) = self.trades.get_mut(trade).filter(|t| t.state == TradeState::Processing) else { return };
        if paid {
            let price = ended.price;
            self.pay(trade, price, now);
        } else {
            ended.state = if ended.payable_until.is_none() { TradeState::Again } else { TradeState::Failed };
            ended.declined = true;
            self.tell(trade, self.stands(trade), false);
        }
    }

    /// A PaymentIntent then says that it failed; the provider's own page lets the buyer try again and says nothing of the kind.
    pub(crate) fn decline(&mut self, trade: usize) {
        let Some(declined) = self.trades.get_mut(trade) else { return };
        declined.declined = true;
        if declined.payable_until.is_none() {
            declined.state = TradeState::Again;
        }
        self.tell(trade, self.stands(trade), false);
    }

    pub(crate) fn move_refund(&mut self, place: usize, to: Sent) {
        let Some(refund) = self.refunds.get_mut(place) else { return };
        let undone = refund.state == Sent::Succeeded && to == Sent::Failed;
        refund.state = to;
        let (trade, outside) = (refund.trade, refund.outside);
        self.notify_refund(place, trade, undone || outside);
    }

    /// A person of the team gives money back on the provider's own platform.
    pub(crate) fn refund_outside(&mut self, trade: usize, amount: u64) {
        let Ok(no) = OutsideRefundNo::parse(&format!("out{}", self.refunds.len())) else { return };
        let id = RefundId::Theirs(no);
        self.refunds.push(BookedRefund { id, no: None, trade, amount, state: Sent::Succeeded, outside: true });
        self.notify_refund(self.refunds.len() - 1, trade, true);
    }

    pub(crate) fn dispute(&mut self, trade: usize, now: Time) {
        let amount = self.taken(trade).saturating_sub(self.promised(trade));
        let Ok(no) = DisputeNo::parse(&format!("d{}", self.disputes.len())) else { return };
        self.disputes.push(BookedDispute { no, opened_at: now, trade, amount, state: DisputeState::Opened });
        self.notify_dispute(self.disputes.len() - 1);
    }

    /// The bank decides. Money that is back or on its way is not lost again.
    pub(crate) fn end_dispute(&mut self, place: usize, won: bool) {
        let Some(trade) = self.disputes.get(place).map(|dispute| dispute.trade) else { return };
        let left = self.taken(trade).saturating_sub(self.promised(trade));
        if let Some(dispute) = self.disputes.get_mut(place) {
            let lost = !won && dispute.amount <= left;
            dispute.state = if lost { DisputeState::Lost } else { DisputeState::Won };
        }
        self.notify_dispute(place);
    }

    /// Money is taken under a number that we never gave to this provider.
    pub(crate) fn pay_stranger(&mut self, payment_no: PaymentNo, account: Account, price: Money, now: Time) {
        self.trades.push(Trade {
            by: NOT_BY_A_WORKER,
            payment_no,
            account,
            price,
            state: TradeState::Open,
            payable_until: None,
            shown: true,
            declined: false,
            taken: None,
        });
        let trade = self.trades.len() - 1;
        self.pay(trade, price, now);
        // No question of ours is about it.
        self.notify(trade, true);
    }

    /// Everything comes to its end: what was begun is done.
    pub(crate) fn calm_down(&mut self, now: Time) {
        for trade in 0..self.trades.len() {
            self.end_processing(trade, true, now);
        }
        for place in 0..self.refunds.len() {
            if matches!(self.refunds[place].state, Sent::Processing | Sent::Abnormal) {
                self.move_refund(place, Sent::Succeeded);
            }
        }
        for place in 0..self.disputes.len() {
            if self.disputes[place].state == DisputeState::Opened {
                self.end_dispute(place, place % 2 == 0);
            }
        }
    }

    fn taken(&self, trade: usize) -> u64 {
        self.trades.get(trade).and_then(|trade| trade.taken.as_ref()).map_or(0, |taken| taken.amount.minor())
    }

    fn find(&self, payment_no: PaymentNo, account: &Account) -> Option<usize> {
        self.trades.iter().position(|trade| trade.payment_no == payment_no && trade.account == *account)
    }
}

pub(crate) fn wrong(price: Money) -> Money {
    let currency: Currency = price.currency();
    Money::new(price.minor().saturating_sub(1).max(1), currency).unwrap_or(price)
}
