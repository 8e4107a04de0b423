//! A payment by an admin's word, for when its provider could not be asked. It stays marked as such for ever; what the provider
//! says later proves it, or puts it before a person.

use crate::id::AttemptNo;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::text::{Buyer, Reason, TradeNo, UserId};
use crate::time::Time;

use super::attempt::Attempt;
use super::holds::{About, Hold, HoldWord};
use super::payment::{Payment, Role};
use super::report::{Report, Says};
use super::timeline::What;
use super::{By, Order, index};

/// What the provider said of a stated payment. It only moves up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Proof {
    /// Nothing yet.
    Awaited,
    /// There is no such payment, as far as it knows.
    Denied,
    /// There is a payment, of another amount or at another account of ours.
    Differs,
    Confirmed,
}

impl Proof {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Denied => "denied",
            Self::Differs => "differs",
            Self::Confirmed => "confirmed",
        }
    }
}

/// The mark of a payment that an admin stated.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Stated {
    /// Its place in the list of payments.
    pub payment: u16,
    /// As the admin stated it. The payment itself has the provider's own number once the provider has reported it.
    pub trade_no: TradeNo,
    pub evidence: Reason,
    pub by: UserId,
    pub at: Time,
    pub proof: Proof,
    /// It does not count, and its money goes back, should there be any: a person decided so, and the goods go back too; or a
    /// payment that was known already turned out to be the true one.
    pub given_up: bool,
}

/// What an admin states about a payment whose provider does not answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Statement {
    pub attempt: AttemptNo,
    pub trade_no: TradeNo,
    pub amount: Money,
    pub evidence: Reason,
    pub by: UserId,
}

/// A payment as a provider reports it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported<'a> {
    pub trade_no: &'a TradeNo,
    pub amount: Money,
    pub paid_at: Time,
    pub buyer: Option<&'a Buyer>,
}

impl Order {
    /// The mark of a payment, if an admin stated it.
    pub fn stated(&self, payment: &Payment) -> Option<&Stated> {
        self.facts.stated.iter().find(|stated| self.payment_of(stated) == Some(payment))
    }

    /// Whether an admin stated it, and its provider has reported no payment yet.
    pub fn is_unproven(&self, payment: &Payment) -> bool {
        self.stated(payment).is_some_and(|stated| stated.proof < Proof::Differs)
    }

    pub(super) fn is_given_up(&self, payment: &Payment) -> bool {
        self.stated(payment).is_some_and(|stated| stated.given_up)
    }

    /// Whether its provider denies what an admin stated, and no person has decided about that.
    pub(super) fn is_contradicted(&self, payment: &Payment) -> bool {
        self.holds_of_statements().any(|(hold, of)| hold.word == HoldWord::StatedDenied && of == payment)
    }

    pub(super) fn hold_statements(&self, holds: &mut Vec<Hold>) {
        holds.extend(self.holds_of_statements().map(|(hold, _)| hold));
    }

    /// Takes an admin's word for a payment that pays for the order. `most` is how much may be stated; without it nothing may be.
    /// The attempt's provider must have given no answer when it was asked last.
    pub fn state_payment(&mut self, statement: &Statement, most: Option<Money>, now: Time) -> Result<(), Refusal> {
        self.may_complete()?;
        let is_silent = |attempt: &&Attempt| attempt.can_bring_money() && attempt.unanswered > 0;
        let attempt = self.attempt(statement.attempt).filter(is_silent);
        let account = attempt.map(|attempt| attempt.account.clone()).ok_or(Refusal::ProviderDenies)?;
        if statement.amount != self.sold.price {
            return Err(Refusal::InvalidField { field: "amount", rule: "is the order's price" });
        }
        let most = most.filter(|most| most.currency() == statement.amount.currency());
        let most = most.ok_or(Refusal::StatementsOff)?;
        if statement.amount.minor() > most.minor() {
            return Err(Refusal::AmountTooLarge { most });
        }
        if self.payment(&statement.trade_no).is_some() {
            return Err(Refusal::InvalidField { field: "trade_no", rule: "is of another payment of this order" });
        }
        let payment = index(self.payments.len());
        self.facts.payments.push(Payment {
            trade_no: statement.trade_no.clone(),
            attempt: statement.attempt,
            account,
            amount: statement.amount,
            paid_at: now,
            buyer: None,
            role: Role::Kept,
        });
        self.facts.stated.push(Stated {
            payment,
            trade_no: statement.trade_no.clone(),
            evidence: statement.evidence.clone(),
            by: statement.by.clone(),
            at: now,
            proof: Proof::Awaited,
            given_up: false,
        });
        self.note(now, By::Admin(statement.by.clone()), What::Stated(statement.attempt));
        Ok(())
    }

    /// Whether the order lacks a payment, and none is under way. Callers check this before they ask its providers.
    pub fn may_complete(&self) -> Result<(), Refusal> {
        if self.kept().is_some() {
            Err(Refusal::AlreadyPaid)
        } else if self.is_in_review() {
            Err(Refusal::PaymentInReview)
        } else if self.is_processing() {
            Err(Refusal::PaymentProcessing)
        } else {
            Ok(())
        }
    }

    /// The place of the stated payment that this reported one proves. The first true payment of the order stands for the stated
    /// one, whatever number the admin gave: otherwise it would be an extra one and go back, although it is the only money.
    pub(super) fn place_to_prove(&self, report: &Report, reported: Reported<'_>) -> Option<usize> {
        let stated = self.facts.stated.iter().find(|stated| stated.proof < Proof::Differs)?;
        let payment = self.payment_of(stated)?;
        let is_that_trade = payment.trade_no == *reported.trade_no;
        let is_known = self.payment(reported.trade_no).is_some();
        let is_own = self.is_own_account(report);
        let is_its_truth = payment.attempt == report.attempt || reported.amount == self.sold.price;
        let stands_for_it = !is_known && is_own && is_its_truth && !self.is_touched(payment);
        (is_that_trade || stands_for_it).then_some(usize::from(stated.payment))
    }

    /// Puts what the provider reports in the place of what was stated.
    pub(super) fn prove(&mut self, place: usize, report: &Report, reported: Reported<'_>, now: Time) -> bool {
        let Reported { trade_no, amount, paid_at, buyer } = reported;
        let fits = self.is_own_account(report) && amount == self.sold.price;
        let role = self.payments.get(place).map_or(Role::Kept, |payment| payment.role);
        if let Some(payment) = self.facts.payments.get_mut(place) {
            let (trade_no, account, buyer) = (trade_no.clone(), report.account.clone(), buyer.cloned());
            *payment = Payment { trade_no, attempt: report.attempt, account, amount, paid_at, buyer, role };
        }
        self.proved(place, if fits { Proof::Confirmed } else { Proof::Differs });
        self.note_paid(report, role, now);
        true
    }

    /// A payment that the order knows already turns out to be a true one: it takes the part of an unproven stated one, and is
    /// kept as that one was. Returns whether there was one.
    pub(super) fn replace_stated(&mut self) -> bool {
        let is_open = |stated: &&Stated| {
            let payment = self.payment_of(stated);
            let counts = stated.proof < Proof::Differs && !stated.given_up;
            counts && payment.is_some_and(|payment| !self.is_touched(payment))
        };
        let Some(place) = self.facts.stated.iter().find(is_open).map(|stated| stated.payment) else { return false };
        self.give_up_place(place);
        if let Some(payment) = self.facts.payments.get_mut(usize::from(place)) {
            payment.role = Role::Extra;
        }
        true
    }

    /// The right account reports what a wrong one reported before.
    pub(super) fn prove_account(&mut self, place: usize) {
        if self.payments.get(place).is_some_and(|payment| payment.amount == self.sold.price) {
            self.proved(place, Proof::Confirmed);
        }
    }

    /// Notes that the provider denies a stated payment: when it is asked afterwards, or has ended the attempt for good.
    pub(super) fn doubt(&mut self, report: &Report, now: Time) -> bool {
        let denies = match report.says {
            Says::NotPaid | Says::Failed | Says::Closed { .. } => true,
            Says::Paid { .. }
            | Says::Processing
            | Says::Declined(_)
            | Says::Unknown
            | Says::Refund { .. }
            | Says::BackInAll { .. }
            | Says::BackUnclear { .. }
            | Says::Dispute { .. } => false,
        };
        let attempt = self.attempt(report.attempt).filter(|attempt| attempt.listens_to(&report.account));
        let (true, Some(is_final)) = (denies, attempt.map(|attempt| attempt.is_final)) else { return false };
        let awaited = self.facts.stated.iter().find(|stated| {
            let is_afterwards = report.asked_at.is_some_and(|asked| asked >= stated.at);
            let is_about_it = self.payment_of(stated).is_some_and(|payment| payment.attempt == report.attempt);
            stated.proof == Proof::Awaited && is_about_it && (is_afterwards || is_final)
        });
        let Some(place) = awaited.map(|stated| stated.payment) else { return false };
        self.proved(place.into(), Proof::Denied);
        self.note(now, By::Provider, What::Denied(report.attempt));
        true
    }

    pub(super) fn give_up(&mut self, holds: &[Hold]) {
        for hold in holds {
            if let About::Payment(place) = hold.about {
                self.give_up_place(place);
            }
        }
    }

    fn give_up_place(&mut self, place: u16) {
        for stated in &mut self.facts.stated {
            stated.given_up |= stated.payment == place;
        }
    }

    fn proved(&mut self, place: usize, proof: Proof) {
        for stated in &mut self.facts.stated {
            if usize::from(stated.payment) == place {
                stated.proof = stated.proof.max(proof);
            }
        }
    }

    fn payment_of(&self, stated: &Stated) -> Option<&Payment> {
        self.payments.get(usize::from(stated.payment))
    }

    fn holds_of_statements(&self) -> impl Iterator<Item = (Hold, &Payment)> {
        let open = self.facts.stated.iter().filter(|stated| !stated.given_up);
        let held = open.filter_map(|stated| {
            let word = match stated.proof {
                Proof::Awaited => HoldWord::StatedPayment,
                Proof::Denied | Proof::Differs => HoldWord::StatedDenied,
                Proof::Confirmed => return None,
            };
            let hold = Hold { word, about: About::Payment(stated.payment) };
            self.payment_of(stated).map(|payment| (hold, payment))
        });
        held.filter(|(hold, _)| !self.is_cleared(*hold))
    }
}
