//! Takes in reports of providers. This cannot fail, and taking in a report twice changes nothing.

use crate::money::Money;
use crate::provider::Account;
use crate::text::{DisputeNo, TradeNo};
use crate::time::Time;

use super::attempt::{Attempt, AttemptState, Decline};
use super::back::Figure;
use super::by::By;
use super::duties::LAST_ASK_AFTER;
use super::payment::{Payment, Role};
use super::policy::LatePolicy;
use super::refund::{Dispute, DisputeState, Refund, RefundId, RefundState};
use super::report::{RefundWord, Report, Says, Subject};
use super::stated::Reported;
use super::timeline::What;
use super::{Order, index};

impl Order {
    /// Takes a report in, and returns whether anything changed.
    pub fn settle(&mut self, report: &Report, now: Time) -> bool {
        let answered = report.asked_at.is_some() && self.answered(report);
        let changed = match &report.says {
            Says::Paid { trade_no, amount, paid_at, buyer } => {
                let reported = Reported { trade_no, amount: *amount, paid_at: *paid_at, buyer: buyer.as_ref() };
                self.paid(report, reported, now)
            }
            Says::Unknown => false,
            Says::NotPaid => self.denied(report, now),
            Says::Processing => self.attempt_is(report, AttemptState::Processing, now),
            Says::Failed => self.failed(report, now) | self.denied(report, now),
            Says::Declined(why) => self.declined(report, *why, now),
            Says::Closed { for_good } => {
                let moved = self.attempt_is(report, AttemptState::Closed, now) | self.denied(report, now);
                moved | (*for_good && self.make_final(report))
            }
            Says::Refund { id, trade_no, amount, word } => self.refund_is(report, id, trade_no, *amount, *word, now),
            Says::BackInAll { trade_no, amount } => self.back_in_all(trade_no, *amount, now),
            Says::BackUnclear { trade_no } => self.back_unclear(trade_no, now),
            Says::Dispute { no, trade_no, amount, state } => self.dispute_is(no, trade_no, *amount, *state, now),
        };
        answered | changed | self.doubt(report, now)
    }

    /// Counts a question that got no answer, and returns whether anything changed.
    pub fn unanswered(&mut self, subject: &Subject) -> bool {
        let most = self.policy.most_unanswered;
        let count = match subject {
            Subject::Attempt(n) => self.attempt_mut(*n).map(|attempt| &mut attempt.unanswered),
            Subject::Refund(id) => self.refund_mut(id).map(|refund| &mut refund.unanswered),
        };
        match count {
            Some(count) if *count < most => {
                *count = count.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    fn answered(&mut self, report: &Report) -> bool {
        let count = match &report.says {
            Says::Refund { id, .. } => self.refund_mut(id).map(|refund| &mut refund.unanswered),
            Says::Paid { .. }
            | Says::NotPaid
            | Says::Processing
            | Says::Failed
            | Says::Declined(_)
            | Says::Closed { .. }
            | Says::Unknown => self.attempt_mut(report.attempt).map(|attempt| &mut attempt.unanswered),
            Says::BackInAll { .. } | Says::BackUnclear { .. } | Says::Dispute { .. } => None,
        };
        count.is_some_and(|count| std::mem::take(count) > 0)
    }

    fn refund_mut(&mut self, id: &RefundId) -> Option<&mut Refund> {
        self.facts.refunds.iter_mut().find(|refund| refund.id == *id)
    }

    fn paid(&mut self, report: &Report, reported: Reported<'_>, now: Time) -> bool {
        let place = self.payments.iter().position(|payment| payment.trade_no == *reported.trade_no);
        if let Some(place) = place.filter(|_| self.place_to_prove(report, reported) != place) {
            return self.mend(place, report, reported, now);
        }
        if self.attempt(report.attempt).is_none() {
            self.facts.attempts.push(Attempt::heard_of(report.attempt, report.account.clone(), now));
        }
        if let Some(place) = self.place_to_prove(report, reported) {
            return self.prove(place, report, reported, now);
        }
        let own = self.is_own_account(report);
        self.add_payment(report, reported, own, now)
    }

    /// `own`: whether the account that reports it is the right one.
    pub(super) fn add_payment(&mut self, report: &Report, reported: Reported<'_>, own: bool, now: Time) -> bool {
        let Reported { trade_no, amount, paid_at, buyer } = reported;
        let role = self.role_of(own, amount, paid_at);
        self.facts.payments.push(Payment {
            trade_no: trade_no.clone(),
            attempt: report.attempt,
            account: report.account.clone(),
            amount,
            paid_at,
            buyer: buyer.cloned(),
            role,
        });
        self.note_paid(report, role, now);
        true
    }

    /// A payment that we know already. Two accounts of ours can stand behind one account at the provider: then the wrong
    /// one's report may come first, and the payment is odd for its account alone. The report of the attempt's own account
    /// says where the payment is; it also makes it what it would have been, unless something was done about it already.
    fn mend(&mut self, place: usize, report: &Report, reported: Reported<'_>, now: Time) -> bool {
        let Reported { trade_no: _, amount, paid_at, buyer } = reported;
        let (Some(payment), Some(attempt)) = (self.payments.get(place), self.attempt(report.attempt)) else {
            return false;
        };
        let is_the_same = payment.attempt == report.attempt && payment.amount == amount;
        let through_the_wrong_one = !attempt.listens_to(&payment.account) && attempt.listens_to(&report.account);
        if !is_the_same || !through_the_wrong_one {
            return false;
        }
        let is_undecided = payment.role == Role::Odd && !self.is_touched(payment);
        let mended = Payment { account: report.account.clone(), ..payment.clone() };
        let replaces = is_undecided && amount == self.sold.price && self.replace_stated();
        let mended = if is_undecided {
            let own = self.is_own_account(report);
            let role = if replaces { Role::Kept } else { self.role_of(own, amount, paid_at) };
            Payment { paid_at, buyer: buyer.cloned(), role, ..mended }
        } else {
            mended
        };
        let role = mended.role;
        if let Some(payment) = self.facts.payments.get_mut(place) {
            *payment = mended;
        }
        self.prove_account(place);
        self.note_paid(report, role, now);
        true
    }

    /// Whether money of this payment went back, or was to go back, by anybody's hand.
    pub(super) fn is_touched(&self, payment: &Payment) -> bool {
        self.refunds_of(payment).next().is_some() || self.figure(&payment.trade_no).is_some()
    }

    /// Money through another account than the attempt's says nothing about the attempt's own trade.
    pub(super) fn note_paid(&mut self, report: &Report, role: Role, now: Time) {
        if let Some(attempt) = self.attempt_mut(report.attempt).filter(|attempt| attempt.listens_to(&report.account)) {
            attempt.state = AttemptState::Paid;
        }
        // Payments that only questions find mean that notifications do not arrive.
        let by = if report.asked_at.is_some() { By::Till } else { By::Provider };
        self.note(now, by, What::Paid(report.attempt, role));
    }

    pub(super) fn is_own_account(&self, report: &Report) -> bool {
        self.attempt(report.attempt).is_some_and(|attempt| attempt.listens_to(&report.account))
    }

    /// What counts is when the buyer paid.
    pub(super) fn is_late(&self, paid_at: Time) -> bool {
        paid_at > self.expire_at || self.cancelled.is_some_and(|cancelled| cancelled.why.is_a_person())
    }

    fn role_of(&self, own_account: bool, amount: Money, paid_at: Time) -> Role {
        let late = self.is_late(paid_at);
        if !own_account || amount != self.sold.price {
            Role::Odd
        } else if self.kept().is_some() {
            Role::Extra
        } else {
            match self.policy.late {
                LatePolicy::Refund if late => Role::Extra,
                LatePolicy::Refund | LatePolicy::Fulfil => Role::Kept,
            }
        }
    }

    fn attempt_is(&mut self, report: &Report, state: AttemptState, now: Time) -> bool {
        let heard = self.attempt_mut(report.attempt).filter(|attempt| attempt.listens_to(&report.account));
        let Some(attempt) = heard else { return false };
        if attempt.state >= state {
            return false;
        }
        attempt.state = state;
        let what = match state {
            AttemptState::Processing => What::Processing(report.attempt),
            AttemptState::Failed => What::Failed(report.attempt),
            AttemptState::Closed => What::Closed(report.attempt),
            AttemptState::Opening | AttemptState::Open | AttemptState::Paid => What::Opened(report.attempt),
        };
        self.note(now, By::Provider, what);
        true
    }

    fn failed(&mut self, report: &Report, now: Time) -> bool {
        let failed = self.attempt_is(report, AttemptState::Failed, now);
        if failed && let Some(attempt) = self.attempt_mut(report.attempt) {
            attempt.decline.get_or_insert(Decline::Other);
        }
        failed
    }

    /// Records why a payment was declined, the last reason in place of those before, and leaves the attempt as payable as it
    /// was.
    fn declined(&mut self, report: &Report, why: Decline, now: Time) -> bool {
        let heard = self.attempt_mut(report.attempt).filter(|attempt| attempt.listens_to(&report.account));
        let Some(attempt) = heard else { return false };
        let before = attempt.decline.replace(why);
        if before.is_none() {
            self.note(now, By::Provider, What::Failed(report.attempt));
        }
        before != Some(why)
    }

    /// A provider's denial is final once some time has passed since the last moment to pay. Clocks differ, and a
    /// payment that was begun in time may end a little later.
    fn denied(&mut self, report: &Report, now: Time) -> bool {
        let over = self
            .attempt(report.attempt)
            .and_then(|attempt| attempt.payable_until)
            .zip(report.asked_at)
            .is_some_and(|(until, asked)| asked >= until.plus(LAST_ASK_AFTER));
        over && (self.attempt_is(report, AttemptState::Closed, now) | self.make_final(report))
    }

    fn make_final(&mut self, report: &Report) -> bool {
        match self.attempt_mut(report.attempt) {
            Some(attempt) if !attempt.is_final && attempt.listens_to(&report.account) => {
                attempt.is_final = true;
                true
            }
            _ => false,
        }
    }

    fn refund_is(
        &mut self,
        report: &Report,
        id: &RefundId,
        trade_no: &TradeNo,
        amount: Money,
        word: RefundWord,
        now: Time,
    ) -> bool {
        let state = match word {
            RefundWord::Unclear | RefundWord::NoBalance => None,
            RefundWord::Processing => Some(RefundState::Processing),
            RefundWord::Abnormal => Some(RefundState::Abnormal),
            RefundWord::Succeeded => Some(RefundState::Succeeded),
            RefundWord::Failed => Some(RefundState::Failed),
        };
        let Some(place) = self.refunds.iter().position(|refund| refund.id == *id) else {
            let Some(state) = state else { return false };
            self.hear_of_refund(report.account.clone(), id.clone(), trade_no.clone(), amount, state, now);
            return true;
        };
        let Some(refund) = self.facts.refunds.get_mut(place) else { return false };
        let waits = word == RefundWord::NoBalance && refund.state == RefundState::Requested;
        let noted = waits != std::mem::replace(&mut refund.no_balance, waits);
        let Some(state) = state else { return noted };
        let first_success = state == RefundState::Succeeded && !std::mem::replace(&mut refund.ever_succeeded, true);
        let moves = refund.state < state;
        if moves {
            refund.state = state;
            self.note(now, By::Provider, What::Refund(index(place), state));
        }
        noted | first_success | moves
    }

    pub(super) fn hear_of_refund(
        &mut self,
        account: Account,
        id: RefundId,
        trade_no: TradeNo,
        amount: Money,
        state: RefundState,
        now: Time,
    ) {
        self.note(now, By::Provider, What::Refund(index(self.refunds.len()), state));
        let refund = Refund::new(id, trade_no, account, amount, By::Provider, now);
        self.facts.refunds.push(Refund { state, ever_succeeded: state == RefundState::Succeeded, ..refund });
    }

    fn dispute_is(
        &mut self,
        no: &DisputeNo,
        trade_no: &TradeNo,
        amount: Money,
        state: DisputeState,
        now: Time,
    ) -> bool {
        match self.facts.disputes.iter_mut().find(|dispute| dispute.no == *no) {
            Some(dispute) if dispute.state < state => dispute.state = state,
            Some(_) => return false,
            None => self.facts.disputes.push(Dispute { no: no.clone(), trade_no: trade_no.clone(), amount, state }),
        }
        self.note(now, By::Provider, What::Dispute(state));
        true
    }

    fn back_in_all(&mut self, trade_no: &TradeNo, amount: Money, now: Time) -> bool {
        let known = self.figure(trade_no).and_then(|figure| figure.total);
        let other = known.is_some_and(|known| known.currency() != amount.currency());
        let new = if other {
            !amount.is_zero() && !self.figure(trade_no).is_some_and(|figure| figure.mixed)
        } else {
            amount.minor() > known.map_or(0, Money::minor)
        };
        if new {
            self.with_figure(trade_no, |figure| {
                if other {
                    figure.mixed = true;
                } else {
                    figure.total = Some(amount);
                }
            });
            self.note(now, By::Provider, What::Figure);
        }
        new
    }

    fn back_unclear(&mut self, trade_no: &TradeNo, now: Time) -> bool {
        let new = !self.figure(trade_no).is_some_and(|figure| figure.unclear);
        if new {
            self.with_figure(trade_no, |figure| figure.unclear = true);
            self.note(now, By::Provider, What::Figure);
        }
        new
    }

    pub(super) fn with_figure(&mut self, trade_no: &TradeNo, change: impl FnOnce(&mut Figure)) {
        if let Some(figure) = self.facts.figures.iter_mut().find(|figure| figure.trade_no == *trade_no) {
            return change(figure);
        }
        let mut figure =
            Figure { trade_no: trade_no.clone(), total: None, mixed: false, unclear: false, stated: false };
        change(&mut figure);
        self.facts.figures.push(figure);
    }
}
