//! What happens to a trade: it is opened, paid, closed, given back, disputed. Pure: it is applied to the books here, and what
//! is to be told of it comes back as [`Happened`].

use serde_json::{Map, Value};

use crate::books::{Dispute, DisputeState, NEXT_PAYMENT_ID, Payment, Refund, RefundState, Trade, TradeState, key};
use crate::fault::Fault;
use crate::provider::Provider;
use crate::random;

/// What happened to a trade and may be told to its merchant; numbers are places in the trade's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A payment came in.
    Paid(usize),
    /// The buyer has paid, and the money is on its way.
    Processing,
    /// A try to pay failed.
    Failed,
    /// It can no longer be paid.
    Closed,
    /// A refund was made or has moved.
    Refunded(usize),
    /// A dispute was opened or decided.
    Disputed(usize),
}

/// Why something cannot happen to a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is closed.
    Closed,
    /// It was paid already.
    Paid,
    /// Nobody has paid it.
    NotPaid,
    /// Its time is over.
    Expired,
    /// More would go back than was paid.
    TooMuch,
    /// There is no such refund or dispute, or it is decided already.
    NothingToDecide,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Closed => "the trade is closed",
            Self::Paid => "the trade is paid already",
            Self::NotPaid => "nobody has paid the trade",
            Self::Expired => "the trade's time is over",
            Self::TooMuch => "more would go back than was paid",
            Self::NothingToDecide => "there is nothing to decide",
        })
    }
}

/// What a merchant asks for when it opens a trade.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// Where.
    pub provider: Provider,
    /// Whose.
    pub merchant: &'a str,
    /// What the merchant calls it.
    pub payment_no: &'a str,
    /// How it is to be paid, in the provider's words.
    pub method: &'a str,
    /// What is sold.
    pub subject: &'a str,
    /// The price, in the provider's minor units.
    pub amount: u64,
    /// Its currency, in upper case.
    pub currency: &'a str,
    /// When.
    pub at: i64,
    /// Until when a buyer can pay; none: until it is closed.
    pub payable_until: Option<i64>,
    /// What only its own provider's side reads.
    pub details: Map<String, Value>,
}

impl Trade {
    /// A trade that can be paid, and has no history.
    pub fn open(opening: Opening<'_>) -> Self {
        Self {
            provider: opening.provider,
            merchant: opening.merchant.to_owned(),
            payment_no: opening.payment_no.to_owned(),
            method: opening.method.to_owned(),
            subject: opening.subject.to_owned(),
            amount: opening.amount,
            currency: opening.currency.to_owned(),
            created_at: opening.at,
            payable_until: opening.payable_until,
            state: TradeState::Open,
            payments: Vec::new(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            armed: Vec::new(),
            notices: Vec::new(),
            details: opening.details,
        }
    }

    /// How far the merchant's next refund comes at once, as it was armed.
    pub fn next_refund(&mut self) -> RefundState {
        if self.spend(Fault::RefundLater) {
            RefundState::Processing
        } else if self.spend(Fault::RefundAbnormal) {
            RefundState::Abnormal
        } else {
            RefundState::Succeeded
        }
    }

    /// The name of its document.
    pub fn key(&self) -> String {
        key(self.provider, &self.merchant, &self.payment_no)
    }

    /// The buyer pays, so much (none: the price).
    pub fn pay(&mut self, now: i64, amount: Option<u64>) -> Result<Happened, Refusal> {
        // What is on its way arrives.
        if self.state != TradeState::Processing {
            self.is_payable(now)?;
        }
        Ok(self.take(now, amount.unwrap_or(self.amount)))
    }

    /// Money comes in whatever the trade's state: what a provider must not do, and what happens all the same.
    pub fn take(&mut self, at: i64, amount: u64) -> Happened {
        let given = self.details.remove(NEXT_PAYMENT_ID).and_then(|id| id.as_str().map(str::to_owned));
        let id = given.or_else(|| self.numbered("pi", self.payments.len()));
        let id = id.unwrap_or_else(|| random::payment_id(self.provider, at));
        self.payments.push(Payment { id, amount, at, buyer: random::buyer(self.provider) });
        self.state = TradeState::Paid;
        Happened::Paid(self.payments.len().saturating_sub(1))
    }

    /// The buyer has paid by a way that takes its time.
    pub fn process(&mut self, now: i64) -> Result<Happened, Refusal> {
        self.is_payable(now)?;
        self.state = TradeState::Processing;
        Ok(Happened::Processing)
    }

    /// The buyer's try fails, or what was on its way does not arrive.
    pub fn fail(&mut self, now: i64) -> Result<Happened, Refusal> {
        if self.state != TradeState::Processing {
            self.is_payable(now)?;
        }
        self.state = TradeState::Failed;
        Ok(Happened::Failed)
    }

    /// It can no longer be paid. Closing what is closed changes nothing.
    pub fn close(&mut self) -> Result<Option<Happened>, Refusal> {
        match self.state {
            TradeState::Paid | TradeState::Processing => Err(Refusal::Paid),
            TradeState::Closed => Ok(None),
            TradeState::Unseen | TradeState::Open | TradeState::Failed => {
                self.state = TradeState::Closed;
                Ok(Some(Happened::Closed))
            }
        }
    }

    /// Money goes back: of a payment (none: the first), under a number of the merchant's or of nobody's.
    pub fn refund(
        &mut self,
        now: i64,
        payment: Option<&str>,
        number: Option<&str>,
        amount: u64,
        state: RefundState,
    ) -> Result<Happened, Refusal> {
        let payment = self.payments.iter().find(|one| payment.is_none_or(|id| one.id == id)).ok_or(Refusal::NotPaid)?;
        let (payment, paid) = (payment.id.clone(), payment.amount);
        if amount == 0 || self.going_back(&payment).saturating_add(amount) > paid {
            return Err(Refusal::TooMuch);
        }
        let id = self.numbered("re", self.refunds.len()).unwrap_or_else(|| random::refund_id(self.provider, now));
        self.refunds.push(Refund {
            number: number.map(str::to_owned),
            id,
            payment,
            amount,
            state,
            at: now,
            changed_at: now,
            details: Map::new(),
        });
        Ok(Happened::Refunded(self.refunds.len().saturating_sub(1)))
    }

    /// The last refund that is not decided (or, for a failure after success, the last one that succeeded) moves.
    pub fn decide_refund(&mut self, now: i64, state: RefundState) -> Result<Happened, Refusal> {
        let may_move = |refund: &Refund| match refund.state {
            RefundState::Processing | RefundState::Abnormal => refund.state != state,
            RefundState::Succeeded => state == RefundState::Failed,
            RefundState::Failed => false,
        };
        let at = self.refunds.iter().rposition(may_move).ok_or(Refusal::NothingToDecide)?;
        if let Some(refund) = self.refunds.get_mut(at) {
            refund.state = state;
            refund.changed_at = now;
        }
        Ok(Happened::Refunded(at))
    }

    /// The buyer disputes the first payment.
    pub fn dispute(&mut self, now: i64) -> Result<Happened, Refusal> {
        let payment = self.payments.first().ok_or(Refusal::NotPaid)?;
        let (payment, amount) = (payment.id.clone(), payment.amount);
        let id = self.numbered("dp", self.disputes.len()).unwrap_or_else(|| random::dispute_id(self.provider));
        self.disputes.push(Dispute { id, payment, amount, state: DisputeState::Opened, at: now });
        Ok(Happened::Disputed(self.disputes.len().saturating_sub(1)))
    }

    /// The last open dispute is decided.
    pub fn decide_dispute(&mut self, state: DisputeState) -> Result<Happened, Refusal> {
        let is_open = |dispute: &Dispute| dispute.state == DisputeState::Opened;
        let at = self.disputes.iter().rposition(is_open).ok_or(Refusal::NothingToDecide)?;
        if let Some(dispute) = self.disputes.get_mut(at) {
            dispute.state = state;
        }
        Ok(Happened::Disputed(at))
    }

    /// What the numbers of all that belongs to the trade have in common, where its provider's side gives it one: then
    /// whoever knows any of them finds the trade, whatever made the thing.
    pub fn family(&self) -> Option<&str> {
        self.details.get("family").and_then(Value::as_str)
    }

    /// What is back or on its way back of a payment.
    pub fn going_back(&self, payment: &str) -> u64 {
        let refunds =
            self.refunds.iter().filter(|refund| refund.payment == payment && refund.state != RefundState::Failed);
        refunds.map(|refund| refund.amount).fold(0, u64::saturating_add)
    }

    /// What is back of a payment.
    pub fn back(&self, payment: &str) -> u64 {
        let refunds = self.refunds.iter().filter(|one| one.payment == payment && one.state == RefundState::Succeeded);
        refunds.map(|refund| refund.amount).fold(0, u64::saturating_add)
    }

    /// Uses up an armed fault.
    pub fn spend(&mut self, fault: Fault) -> bool {
        let at = self.armed.iter().position(|armed| *armed == fault);
        at.map(|at| self.armed.remove(at)).is_some()
    }

    /// The family's number of the n-th thing of a kind.
    fn numbered(&self, kind: &str, nth: usize) -> Option<String> {
        self.family().map(|family| format!("{kind}_{family}{nth:03}"))
    }

    fn is_payable(&self, now: i64) -> Result<(), Refusal> {
        match self.state {
            TradeState::Paid | TradeState::Processing => Err(Refusal::Paid),
            TradeState::Closed => Err(Refusal::Closed),
            TradeState::Unseen | TradeState::Open | TradeState::Failed
                if self.payable_until.is_some_and(|until| now > until) =>
            {
                Err(Refusal::Expired)
            }
            TradeState::Unseen | TradeState::Open | TradeState::Failed => Ok(()),
        }
    }
}
