//! How the providers take our calls.

use std::iter;

use till_app::ports::{CallbackSubject, CreateError, DisputePage, ListedDispute, Opened, Show};
use till_domain::id::PaymentNo;
use till_domain::money::Money;
use till_domain::order::{Decline, DisputeState, RefundWord, Report, Says};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{Buyer, DisputeNo, Handle};
use till_domain::time::{Seconds, Time};
use till_memory::{Answer, ProviderCall, RefundCall};

use super::{BookedDispute, BookedRefund, Mood, Providers, SESSION_LIVES, Sent, Trade, TradeState};

const PAGE_LIVES: Seconds = Seconds::minutes(5);

impl Providers {
    pub(crate) fn perform(&mut self, call: &ProviderCall, mood: Mood, now: Time) -> Answer {
        match call {
            ProviderCall::Create { payment_no, method, account, price, expire_at } => {
                let opened = self.create(*payment_no, *method, account, *price, *expire_at, mood, now);
                Answer::Opened(opened.map(Box::new))
            }
            ProviderCall::Show(payment_no, account) => Answer::Show(Ok(Box::new(show(*payment_no, account, now)))),
            ProviderCall::Query(..) | ProviderCall::AskTrade(..) | ProviderCall::Close(..) if mood == Mood::Strange => {
                Answer::Says(Ok(vec![Says::Unknown]))
            }
            ProviderCall::Query(payment_no, account) => Answer::Says(Ok(self.query(*payment_no, account))),
            ProviderCall::AskTrade(trade_no, _) => {
                let place = self.trade_of(trade_no);
                Answer::Says(Ok(place.map_or(vec![Says::NotPaid], |place| self.stands(place))))
            }
            ProviderCall::Close(payment_no, account) => Answer::Says(Ok(self.close(*payment_no, account))),
            ProviderCall::Refund(refund) => Answer::Says(Ok(self.refund(refund, mood))),
            ProviderCall::QueryRefund(refund) => Answer::Says(Ok(self.query_refund(refund, mood))),
            ProviderCall::ListDisputes(account, since, after) => {
                Answer::Disputes(Ok(Box::new(self.list_disputes(account, *since, after.as_ref()))))
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one call")]
    fn create(
        &mut self,
        payment_no: PaymentNo,
        method: Method,
        account: &Account,
        price: Money,
        expire_at: Time,
        mood: Mood,
        now: Time,
    ) -> Result<Opened, CreateError> {
        match mood {
            Mood::Refusing => return Err(CreateError::Refused),
            Mood::Willing => {}
            Mood::Unclear | Mood::Strange | Mood::Poor => return Err(CreateError::Unanswered),
        }
        let payable_until = match method {
            Method::StripeCheckout => Some(expire_at.max(now.plus(SESSION_LIVES))),
            Method::StripeIntent => None,
            Method::WechatNative
            | Method::WechatJsapi
            | Method::WechatH5
            | Method::AlipayQr
            | Method::AlipayPage
            | Method::AlipayWap => Some(expire_at),
        };
        let known = self.find(payment_no, account);
        let same = known.is_none_or(|place| self.trades[place].price == price && self.trades[place].taken.is_none());
        if !same {
            return Err(CreateError::Refused);
        }
        if known.is_none() {
            let printed = matches!(method, Method::AlipayQr);
            self.trades.push(Trade {
                by: 0,
                payment_no,
                account: account.clone(),
                price,
                state: if printed { TradeState::Printed } else { TradeState::Open },
                payable_until,
                shown: false,
                declined: false,
                taken: None,
            });
        }
        let show = show(payment_no, account, now);
        Ok(Opened { handle: Handle::parse(&payment_no.to_string()).ok(), payable_until, show })
    }

    fn query(&self, payment_no: PaymentNo, account: &Account) -> Vec<Says> {
        match self.find(payment_no, account) {
            None => vec![Says::NotPaid],
            Some(place) => self.stands(place),
        }
    }

    pub(super) fn stands(&self, place: usize) -> Vec<Says> {
        let trade = &self.trades[place];
        let declined = trade.declined.then_some(Says::Declined(Decline::InsufficientFunds));
        match trade.state {
            TradeState::Printed | TradeState::Open => iter::once(Says::NotPaid).chain(declined).collect(),
            TradeState::Processing => vec![Says::Processing],
            TradeState::Failed | TradeState::Again => iter::once(Says::Failed).chain(declined).collect(),
            TradeState::Closed => vec![Says::Closed { for_good: true }],
            TradeState::Paid => self.says_paid(place),
        }
    }

    pub(super) fn says_paid(&self, place: usize) -> Vec<Says> {
        let trade = &self.trades[place];
        let Some(taken) = &trade.taken else { return Vec::new() };
        let mut says = vec![Says::Paid {
            trade_no: taken.trade_no.clone(),
            amount: taken.amount,
            paid_at: taken.paid_at,
            buyer: Buyer::parse("buyer").ok(),
        }];
        let given = self.given(place);
        match trade.account.provider {
            // WeChat's "REFUND" does not say how much went back.
            Provider::WeChat if self.refunds.iter().any(|r| r.trade == place && r.state != Sent::Failed) => {
                says.push(Says::BackUnclear { trade_no: taken.trade_no.clone() });
            }
            // "TRADE_CLOSED" with the sum means that all of it went back.
            Provider::Alipay if given > 0 && given == taken.amount.minor() => {
                says.push(Says::BackInAll { trade_no: taken.trade_no.clone(), amount: taken.amount });
            }
            Provider::WeChat | Provider::Alipay | Provider::Stripe => {}
        }
        says
    }

    fn close(&mut self, payment_no: PaymentNo, account: &Account) -> Vec<Says> {
        // "Not exist" is not a promise: a code that was not scanned yet can be scanned later.
        let Some(place) = self.find(payment_no, account) else { return vec![Says::Closed { for_good: false }] };
        match self.trades[place].state {
            TradeState::Printed => vec![Says::Closed { for_good: false }],
            TradeState::Open | TradeState::Again => {
                self.trades[place].state = TradeState::Closed;
                if self.trades[place].account.provider == Provider::Stripe {
                    self.tell(place, vec![Says::Closed { for_good: true }], false);
                }
                vec![Says::Closed { for_good: true }]
            }
            TradeState::Processing | TradeState::Failed | TradeState::Closed | TradeState::Paid => self.stands(place),
        }
    }

    fn refund(&mut self, call: &RefundCall, mood: Mood) -> Vec<Says> {
        let Some(trade) = self.trade_of(&call.trade_no) else { return said(call, RefundWord::Unclear) };
        let known = self.refunds.iter().position(|refund| refund.trade == trade && refund.id == call.id);
        if let Some(place) = known {
            // Alipay takes a failed number as a new try; the others repeat the old answer.
            let again =
                self.refunds[place].state == Sent::Failed && self.trades[trade].account.provider == Provider::Alipay;
            if !again {
                return self.answer(call, place);
            }
            self.refunds.remove(place);
        }
        if mood == Mood::Poor {
            return said(call, RefundWord::NoBalance);
        }
        let amount = call.amount.minor();
        let left = self.taken(trade).saturating_sub(self.promised(trade));
        let refused = amount > left || mood == Mood::Refusing;
        if amount > left && !self.has_surprises(trade) {
            self.offences.push("more was to go back than is left, and nobody else gave any back");
        }
        let at_once = self.trades[trade].account.provider == Provider::Alipay;
        let state = match (refused, at_once) {
            (true, _) => Sent::Failed,
            (false, true) => Sent::Succeeded,
            (false, false) => Sent::Processing,
        };
        self.refunds.push(BookedRefund {
            id: call.id.clone(),
            no: call.refund_no,
            trade,
            amount,
            state,
            outside: false,
        });
        let place = self.refunds.len() - 1;
        if state == Sent::Succeeded {
            self.notify_refund(place, trade, false);
        }
        if mood == Mood::Unclear || mood == Mood::Strange {
            return said(call, RefundWord::Unclear);
        }
        self.answer(call, place)
    }

    /// Whether money may have gone back without us.
    fn has_surprises(&self, trade: usize) -> bool {
        self.refunds.iter().any(|refund| refund.trade == trade && refund.outside)
            || self.disputes.iter().any(|dispute| dispute.trade == trade)
    }

    fn query_refund(&mut self, call: &RefundCall, mood: Mood) -> Vec<Says> {
        let place = self
            .refunds
            .iter()
            .position(|refund| refund.id == call.id && self.trade_of(&call.trade_no) == Some(refund.trade));
        match place {
            Some(place) if mood != Mood::Strange => self.answer(call, place),
            _ => said(call, RefundWord::Unclear),
        }
    }

    /// The disputes of an account, newest first. A page has one, so that histories turn pages.
    fn list_disputes(&self, account: &Account, since: Time, after: Option<&DisputeNo>) -> DisputePage {
        let of_account =
            |dispute: &&BookedDispute| self.trades[dispute.trade].account == *account && dispute.opened_at >= since;
        let mut listed = self.disputes.iter().enumerate().rev().filter(|(_, dispute)| of_account(dispute));
        if let Some(after) = after {
            listed.by_ref().find(|(_, dispute)| dispute.no == *after);
        }
        let Some((place, dispute)) = listed.next() else { return DisputePage { disputes: Vec::new(), next: None } };
        let payment_no = self.trades[dispute.trade].payment_no;
        let report = |says| Report { attempt: payment_no.attempt, account: account.clone(), asked_at: None, says };
        let reports = self.says_dispute(place).map(report).into_iter().collect();
        let listed_dispute = ListedDispute {
            opened_at: dispute.opened_at,
            is_open: dispute.state == DisputeState::Opened,
            about: CallbackSubject::Payment { payment_no, reports },
        };
        let next = listed.next().map(|_| dispute.no.clone());
        DisputePage { disputes: vec![listed_dispute], next }
    }

    /// How a refund stands; with the running total, where the provider says it.
    fn answer(&self, call: &RefundCall, place: usize) -> Vec<Says> {
        let refund = &self.refunds[place];
        let mut says = said(call, word(refund.state));
        if self.trades[refund.trade].account.provider == Provider::Alipay {
            says.extend(self.running_total(refund.trade));
        }
        says
    }

    pub(super) fn running_total(&self, trade: usize) -> Option<Says> {
        let taken = self.trades[trade].taken.as_ref()?;
        let amount = Money::new(self.given(trade), taken.amount.currency()).ok()?;
        Some(Says::BackInAll { trade_no: taken.trade_no.clone(), amount })
    }
}

/// Stripe's page is good for some minutes and then has to be asked for again; what others show is made without a call.
fn show(payment_no: PaymentNo, account: &Account, now: Time) -> Show {
    let good_until = (account.provider == Provider::Stripe).then(|| now.plus(PAGE_LIVES));
    Show { qr_code_url: Some(payment_no.to_string()), good_until, ..Show::default() }
}

fn said(call: &RefundCall, word: RefundWord) -> Vec<Says> {
    vec![Says::Refund { id: call.id.clone(), trade_no: call.trade_no.clone(), amount: call.amount, word }]
}

pub(super) const fn word(state: Sent) -> RefundWord {
    match state {
        Sent::Processing => RefundWord::Processing,
        Sent::Abnormal => RefundWord::Abnormal,
        Sent::Succeeded => RefundWord::Succeeded,
        Sent::Failed => RefundWord::Failed,
    }
}
