//! The events of a trade: opened, paid, closed, refunded, disputed. These functions change the books and do no I/O;
//! [`TradeEvent`] says which callbacks may follow.

use serde_json::{Map, Value};

use crate::books::{Dispute, DisputeState, NEXT_PAYMENT_ID, Payment, Refund, RefundState, Trade, TradeState, key};
use crate::fault::Fault;
use crate::provider::Provider;
use crate::random;

/// What happened to a trade. Numbers are places in its lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeEvent {
    Paid(usize),
    Processing,
    Failed,
    Closed,
    Refunded(usize),
    Disputed(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Closed,
    Paid,
    NotPaid,
    Expired,
    /// The refunds would exceed the payment.
    TooMuch,
    /// The refund or dispute does not exist, or is decided already.
    NothingToDecide,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Closed => "the trade is closed",
            Self::Paid => "the trade is paid already",
            Self::NotPaid => "the trade is not paid",
            Self::Expired => "the trade has expired",
            Self::TooMuch => "the refunds would exceed the payment",
            Self::NothingToDecide => "there is no undecided refund or dispute",
        })
    }
}

impl Trade {
    /// An open trade without a price or a history, for a caller to complete.
    pub fn new(provider: Provider, merchant: &str, payment_no: &str, now: i64) -> Self {
        Self {
            provider,
            merchant: merchant.to_owned(),
            payment_no: payment_no.to_owned(),
            method: String::new(),
            subject: String::new(),
            amount: 0,
            currency: String::new(),
            created_at: now,
            payable_until: None,
            state: TradeState::Open,
            payments: Vec::new(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            armed: Vec::new(),
            callbacks: Vec::new(),
            details: Map::new(),
        }
    }

    /// The state that the merchant's next refund reaches at once, as a tester armed it.
    pub fn next_refund(&mut self) -> RefundState {
        if self.use_fault(Fault::RefundLater) {
            RefundState::Processing
        } else if self.use_fault(Fault::RefundAbnormal) {
            RefundState::Abnormal
        } else {
            RefundState::Succeeded
        }
    }

    pub fn key(&self) -> String {
        key(self.provider, &self.merchant, &self.payment_no)
    }

    /// `amount` defaults to the price.
    pub fn pay(&mut self, now: i64, amount: Option<u64>) -> Result<TradeEvent, Refusal> {
        // A payment in progress arrives even after the trade's end.
        if self.state != TradeState::Processing {
            self.is_payable(now)?;
        }
        Ok(self.record_payment(now, amount.unwrap_or(self.amount)))
    }

    /// Records a payment in any state of the trade. A provider should never do this, but it happens.
    pub fn record_payment(&mut self, at: i64, amount: u64) -> TradeEvent {
        let given = self.details.remove(NEXT_PAYMENT_ID).and_then(|id| id.as_str().map(str::to_owned));
        let id = given.or_else(|| self.family_id("pi", self.payments.len()));
        let id = id.unwrap_or_else(|| random::payment_id(self.provider, at));
        self.payments.push(Payment { id, amount, at, buyer: random::buyer(self.provider) });
        self.state = TradeState::Paid;
        TradeEvent::Paid(self.payments.len().saturating_sub(1))
    }

    /// The buyer pays by a method that takes time.
    pub fn process(&mut self, now: i64) -> Result<TradeEvent, Refusal> {
        self.is_payable(now)?;
        self.state = TradeState::Processing;
        Ok(TradeEvent::Processing)
    }

    /// The buyer's attempt fails, or the expected money does not arrive.
    pub fn fail(&mut self, now: i64) -> Result<TradeEvent, Refusal> {
        if self.state != TradeState::Processing {
            self.is_payable(now)?;
        }
        self.state = TradeState::Failed;
        Ok(TradeEvent::Failed)
    }

    /// Closing a closed trade changes nothing.
    pub fn close(&mut self) -> Result<Option<TradeEvent>, Refusal> {
        match self.state {
            TradeState::Paid | TradeState::Processing => Err(Refusal::Paid),
            TradeState::Closed => Ok(None),
            TradeState::Unseen | TradeState::Open | TradeState::Failed => {
                self.state = TradeState::Closed;
                Ok(Some(TradeEvent::Closed))
            }
        }
    }

    /// `payment` defaults to the first one; `number` is the merchant's, if the merchant asked for the refund.
    pub fn refund(
        &mut self,
        now: i64,
        payment: Option<&str>,
        number: Option<&str>,
        amount: u64,
        state: RefundState,
    ) -> Result<TradeEvent, Refusal> {
        let payment = self.payment(payment).ok_or(Refusal::NotPaid)?;
        let (payment, paid) = (payment.id.clone(), payment.amount);
        if amount == 0 || self.refunded_or_pending(&payment).saturating_add(amount) > paid {
            return Err(Refusal::TooMuch);
        }
        let id = self.family_id("re", self.refunds.len()).unwrap_or_else(|| random::refund_id(self.provider, now));
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
        Ok(TradeEvent::Refunded(self.refunds.len().saturating_sub(1)))
    }

    /// Moves the last refund that is undecided (or, for a failure after success, the last one that succeeded).
    pub fn decide_refund(&mut self, now: i64, state: RefundState) -> Result<TradeEvent, Refusal> {
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
        Ok(TradeEvent::Refunded(at))
    }

    /// The buyer disputes the first payment.
    pub fn dispute(&mut self, now: i64) -> Result<TradeEvent, Refusal> {
        let payment = self.payments.first().ok_or(Refusal::NotPaid)?;
        let (payment, amount) = (payment.id.clone(), payment.amount);
        let id = self.family_id("dp", self.disputes.len()).unwrap_or_else(|| random::dispute_id(self.provider));
        self.disputes.push(Dispute { id, payment, amount, state: DisputeState::Opened, at: now });
        Ok(TradeEvent::Disputed(self.disputes.len().saturating_sub(1)))
    }

    /// Decides the last open dispute.
    pub fn decide_dispute(&mut self, state: DisputeState) -> Result<TradeEvent, Refusal> {
        let is_open = |dispute: &Dispute| dispute.state == DisputeState::Opened;
        let at = self.disputes.iter().rposition(is_open).ok_or(Refusal::NothingToDecide)?;
        if let Some(dispute) = self.disputes.get_mut(at) {
            dispute.state = state;
        }
        Ok(TradeEvent::Disputed(at))
    }

    /// A text that the provider's own side has stored with the trade.
    pub fn detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).and_then(Value::as_str)
    }

    /// The part that all of the trade's ids share, at a provider that has one. Any of these ids then leads to the
    /// trade, also if a tester made the object.
    pub fn family(&self) -> Option<&str> {
        self.detail("family")
    }

    /// The payment of that id; the first one if no id is given.
    pub fn payment(&self, id: Option<&str>) -> Option<&Payment> {
        self.payments.iter().find(|payment| id.is_none_or(|id| payment.id == id))
    }

    /// The sum of a payment's refunds that have succeeded or may still succeed.
    pub fn refunded_or_pending(&self, payment: &str) -> u64 {
        self.sum_of_refunds(payment, |state| state != RefundState::Failed)
    }

    /// The sum of a payment's refunds that have succeeded.
    pub fn refunded(&self, payment: &str) -> u64 {
        self.sum_of_refunds(payment, |state| state == RefundState::Succeeded)
    }

    fn sum_of_refunds(&self, payment: &str, counts: impl Fn(RefundState) -> bool) -> u64 {
        let refunds = self.refunds.iter().filter(|refund| refund.payment == payment && counts(refund.state));
        refunds.map(|refund| refund.amount).fold(0, u64::saturating_add)
    }

    /// Uses up a fault; false if it was not armed.
    pub fn use_fault(&mut self, fault: Fault) -> bool {
        let at = self.armed.iter().position(|armed| *armed == fault);
        at.map(|at| self.armed.remove(at)).is_some()
    }

    /// The id of the n-th object of a kind, in the trade's family.
    fn family_id(&self, kind: &str, nth: usize) -> Option<String> {
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
