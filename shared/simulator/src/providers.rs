//! The three providers, scripted, and their own books: what was really taken and given back. They do what a history says:
//! answer, refuse, stay silent, take their time, change their mind. Whatever they tell us is a notice that a history may
//! deliver never, once or often, in any order.

use std::sync::Arc;

use till_app::ports::{CreateError, Opened, Show};
use till_domain::currency::Currency;
use till_domain::id::PaymentNo;
use till_domain::money::Money;
use till_domain::order::{DisputeState, RefundId, RefundWord, Says};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{Buyer, DisputeNo, Handle, OutsideRefundNo, TradeNo};
use till_domain::time::{Seconds, Time};
use till_memory::{Answer, ProviderCall, RefundCall};

/// Trades from elsewhere have no name.
const NOT_BY_A_WORKER: u16 = u16::MAX;
/// A Checkout Session lives at least so long.
const SESSION_LIVES: Seconds = Seconds::minutes(35);

/// How a trade stands at its provider.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum TradeState {
    /// A code was printed; there is no trade until it is scanned, so nothing can be closed.
    Printed,
    /// It can be paid.
    Open,
    /// The provider is at it.
    Processing,
    /// It did not work; nobody can pay it any more.
    Failed,
    /// It did not work, and the buyer may try again: a PaymentIntent until it is cancelled.
    Again,
    /// Nobody can pay it any more.
    Closed,
    /// Money was taken.
    Paid,
}

/// One trade in the books.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Trade {
    /// The worker that opened it.
    pub(crate) by: u16,
    pub(crate) payment_no: PaymentNo,
    pub(crate) account: Account,
    pub(crate) price: Money,
    pub(crate) state: TradeState,
    pub(crate) payable_until: Option<Time>,
    /// Whether a buyer has seen how to pay it.
    pub(crate) shown: bool,
    pub(crate) taken: Option<Taken>,
}

/// Money that was taken.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Taken {
    pub(crate) trade_no: TradeNo,
    pub(crate) amount: Money,
    pub(crate) paid_at: Time,
}

/// How a refund stands in the books.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Sent {
    Processing,
    Abnormal,
    Succeeded,
    Failed,
}

/// A refund in the books.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct BookedRefund {
    pub(crate) id: RefundId,
    pub(crate) trade: usize,
    pub(crate) amount: u64,
    pub(crate) state: Sent,
    pub(crate) outside: bool,
}

/// A dispute in the books.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct BookedDispute {
    pub(crate) no: DisputeNo,
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
    /// No duty of ours would ever find out: it must arrive some day.
    pub(crate) only_so: bool,
}

/// How a provider takes a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Mood {
    /// As documented.
    Willing,
    /// Refuses for certain.
    Refusing,
    /// Does it and says something that is not certain.
    Unclear,
    /// Says a word that we do not know.
    Strange,
    /// Has no balance for a refund.
    Poor,
}

/// What must never happen at a provider, whatever it answers.
pub(crate) type Offence = &'static str;

/// The providers and their books.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Providers {
    pub(crate) trades: Vec<Trade>,
    pub(crate) refunds: Vec<BookedRefund>,
    pub(crate) disputes: Vec<BookedDispute>,
    pub(crate) notices: Vec<Arc<Notice>>,
    pub(crate) offences: Vec<Offence>,
}

impl Providers {
    /// Takes a call.
    pub(crate) fn perform(&mut self, call: &ProviderCall, mood: Mood, now: Time) -> Answer {
        match call {
            ProviderCall::Create { payment_no, method, account, price, expire_at } => {
                let opened = self.create(*payment_no, *method, account, *price, *expire_at, mood, now);
                Answer::Opened(opened.map(Box::new))
            }
            ProviderCall::Show(payment_no, _) => Answer::Show(Ok(Box::new(show(*payment_no)))),
            ProviderCall::Query(..) | ProviderCall::Close(..) if mood == Mood::Strange => {
                Answer::Says(Ok(vec![Says::Unknown]))
            }
            ProviderCall::Query(payment_no, account) => Answer::Says(Ok(self.query(*payment_no, account))),
            ProviderCall::Close(payment_no, account) => Answer::Says(Ok(self.close(*payment_no, account))),
            ProviderCall::Refund(refund) => Answer::Says(Ok(self.refund(refund, mood))),
            ProviderCall::QueryRefund(refund) => Answer::Says(Ok(self.query_refund(refund, mood))),
        }
    }

    /// What is back of a trade's money.
    pub(crate) fn given(&self, trade: usize) -> u64 {
        let refunds = self.refunds.iter().filter(|refund| refund.trade == trade && refund.state == Sent::Succeeded);
        let lost = self.disputes.iter().filter(|d| d.trade == trade && d.state == DisputeState::Lost);
        refunds.map(|refund| refund.amount).chain(lost.map(|dispute| dispute.amount)).sum()
    }

    /// What is back of a trade's money or on its way: a refund beyond it is refused.
    pub(crate) fn promised(&self, trade: usize) -> u64 {
        let refunds = self.refunds.iter().filter(|refund| refund.trade == trade && refund.state != Sent::Failed);
        let lost = self.disputes.iter().filter(|d| d.trade == trade && d.state == DisputeState::Lost);
        refunds.map(|refund| refund.amount).chain(lost.map(|dispute| dispute.amount)).sum()
    }

    /// The trade of a payment.
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

    /// A buyer pays.
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
        let (payment_no, account) = (begun.payment_no, begun.account.clone());
        self.tell(payment_no, account, vec![Says::Processing], false);
    }

    /// What came of it.
    pub(crate) fn end_processing(&mut self, trade: usize, paid: bool, now: Time) {
        let Some(ended) = self.trades.get_mut(trade).filter(|t| t.state == TradeState::Processing) else { return };
        if paid {
            let price = ended.price;
            self.pay(trade, price, now);
        } else {
            ended.state = if ended.payable_until.is_none() { TradeState::Again } else { TradeState::Failed };
            let (payment_no, account) = (ended.payment_no, ended.account.clone());
            self.tell(payment_no, account, vec![Says::Failed], false);
        }
    }

    /// A refund moves on.
    pub(crate) fn move_refund(&mut self, place: usize, to: Sent) {
        let Some(refund) = self.refunds.get_mut(place) else { return };
        let undone = refund.state == Sent::Succeeded && to == Sent::Failed;
        refund.state = to;
        let (trade, outside) = (refund.trade, refund.outside);
        self.notify_refund(place, trade, undone || outside);
    }

    /// Somebody of the team gives money back on the provider's own platform.
    pub(crate) fn refund_outside(&mut self, trade: usize, amount: u64) {
        let Ok(no) = OutsideRefundNo::parse(&format!("out{}", self.refunds.len())) else { return };
        let id = RefundId::Theirs(no);
        self.refunds.push(BookedRefund { id, trade, amount, state: Sent::Succeeded, outside: true });
        self.notify_refund(self.refunds.len() - 1, trade, true);
    }

    /// The buyer contests a payment.
    pub(crate) fn dispute(&mut self, trade: usize) {
        let amount = self.taken(trade).saturating_sub(self.promised(trade));
        let Ok(no) = DisputeNo::parse(&format!("d{}", self.disputes.len())) else { return };
        self.disputes.push(BookedDispute { no, trade, amount, state: DisputeState::Opened });
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
            taken: None,
        });
        let trade = self.trades.len() - 1;
        self.pay(trade, price, now);
        // Nobody would ask about it.
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
            _ => Some(expire_at),
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
                taken: None,
            });
        }
        Ok(Opened { handle: Handle::parse(&payment_no.to_string()).ok(), payable_until, show: show(payment_no) })
    }

    fn query(&self, payment_no: PaymentNo, account: &Account) -> Vec<Says> {
        match self.find(payment_no, account) {
            None => vec![Says::NotPaid],
            Some(place) => self.stands(place),
        }
    }

    fn stands(&self, place: usize) -> Vec<Says> {
        let trade = &self.trades[place];
        match trade.state {
            TradeState::Printed | TradeState::Open => vec![Says::NotPaid],
            TradeState::Processing => vec![Says::Processing],
            TradeState::Failed | TradeState::Again => vec![Says::Failed],
            TradeState::Closed => vec![Says::Closed { for_good: true }],
            TradeState::Paid => self.says_paid(place),
        }
    }

    fn says_paid(&self, place: usize) -> Vec<Says> {
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
            // "REFUND" says that something went back, not how much.
            Provider::WeChat if self.refunds.iter().any(|r| r.trade == place && r.state != Sent::Failed) => {
                says.push(Says::BackUnclear { trade_no: taken.trade_no.clone() });
            }
            // "TRADE_CLOSED" with the sum: all of it.
            Provider::Alipay if given > 0 && given == taken.amount.minor() => {
                says.push(Says::BackInAll { trade_no: taken.trade_no.clone(), amount: taken.amount });
            }
            Provider::WeChat | Provider::Alipay | Provider::Stripe => {}
        }
        says
    }

    fn close(&mut self, payment_no: PaymentNo, account: &Account) -> Vec<Says> {
        // "Not exist" is no promise: a code that nobody has scanned can be scanned later.
        let Some(place) = self.find(payment_no, account) else { return vec![Says::Closed { for_good: false }] };
        match self.trades[place].state {
            TradeState::Printed => vec![Says::Closed { for_good: false }],
            TradeState::Open | TradeState::Again => {
                self.trades[place].state = TradeState::Closed;
                let (payment_no, account) = (self.trades[place].payment_no, self.trades[place].account.clone());
                if account.provider == Provider::Stripe {
                    self.tell(payment_no, account, vec![Says::Closed { for_good: true }], false);
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
            // Alipay takes a number that failed for a new try; the others give the old answer again.
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
        self.refunds.push(BookedRefund { id: call.id.clone(), trade, amount, state, outside: false });
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

    /// How a refund stands; with the running total, where the provider says it.
    fn answer(&self, call: &RefundCall, place: usize) -> Vec<Says> {
        let refund = &self.refunds[place];
        let mut says = said(call, word(refund.state));
        if self.trades[refund.trade].account.provider == Provider::Alipay {
            says.extend(self.running_total(refund.trade));
        }
        says
    }

    fn running_total(&self, trade: usize) -> Option<Says> {
        let taken = self.trades[trade].taken.as_ref()?;
        let amount = Money::new(self.given(trade), taken.amount.currency()).ok()?;
        Some(Says::BackInAll { trade_no: taken.trade_no.clone(), amount })
    }

    fn notify(&mut self, trade: usize, only_so: bool) {
        let (payment_no, account) = (self.trades[trade].payment_no, self.trades[trade].account.clone());
        let mut says = self.says_paid(trade);
        // A notice of success says no more than that.
        says.truncate(1);
        self.tell(payment_no, account, says, only_so);
    }

    fn notify_refund(&mut self, place: usize, trade: usize, only_so: bool) {
        let refund = self.refunds[place].clone();
        let of = &self.trades[trade];
        let Some(taken) = of.taken.clone() else { return };
        let Ok(amount) = Money::new(refund.amount, taken.amount.currency()) else { return };
        let (payment_no, account) = (of.payment_no, of.account.clone());
        let by_number = Says::Refund { id: refund.id, trade_no: taken.trade_no, amount, word: word(refund.state) };
        match account.provider {
            // What is done on the merchant platform is told in the old language, which we do not speak.
            Provider::WeChat if refund.outside => {}
            Provider::WeChat | Provider::Stripe => self.tell(payment_no, account, vec![by_number], only_so),
            Provider::Alipay => {
                let mut says = self.says_paid(trade);
                says.truncate(1);
                says.extend(self.running_total(trade));
                self.tell(payment_no, account, says, only_so);
            }
        }
    }

    fn notify_dispute(&mut self, place: usize) {
        let BookedDispute { no, trade, amount, state } = self.disputes[place].clone();
        let of = &self.trades[trade];
        let Some(taken) = of.taken.clone() else { return };
        let Ok(amount) = Money::new(amount, taken.amount.currency()) else { return };
        let (payment_no, account) = (of.payment_no, of.account.clone());
        let says = Says::Dispute { no, trade_no: taken.trade_no, amount, state };
        self.tell(payment_no, account, vec![says], true);
    }

    fn tell(&mut self, payment_no: PaymentNo, account: Account, says: Vec<Says>, only_so: bool) {
        let notice = Arc::new(Notice { payment_no, account, says, only_so });
        match self.notices.iter().position(|told| told.says == notice.says && told.payment_no == notice.payment_no) {
            Some(place) if only_so => self.notices[place] = notice,
            Some(_) => {}
            None => self.notices.push(notice),
        }
    }
}

fn show(payment_no: PaymentNo) -> Show {
    Show { qr_code_url: Some(payment_no.to_string()), ..Show::default() }
}

fn said(call: &RefundCall, word: RefundWord) -> Vec<Says> {
    vec![Says::Refund { id: call.id.clone(), trade_no: call.trade_no.clone(), amount: call.amount, word }]
}

const fn word(state: Sent) -> RefundWord {
    match state {
        Sent::Processing => RefundWord::Processing,
        Sent::Abnormal => RefundWord::Abnormal,
        Sent::Succeeded => RefundWord::Succeeded,
        Sent::Failed => RefundWord::Failed,
    }
}

/// An amount that is not the price.
pub(crate) fn wrong(price: Money) -> Money {
    let currency: Currency = price.currency();
    Money::new(price.minor().saturating_sub(1).max(1), currency).unwrap_or(price)
}
