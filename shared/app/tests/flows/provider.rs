//! One bank that plays all providers: trades, refunds and the money that it holds, with a few levers for a test to pull.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use till_app::ports::{CallbackSubject, CreateError, DisputePage, ListedDispute, Opened, Show};
use till_domain::id::{PaymentNo, RefundNo};
use till_domain::money::Money;
use till_domain::order::{Decline, DisputeState, RefundWord, Report, Says};
use till_domain::provider::{Account, Provider};
use till_domain::text::{DisputeNo, Handle, TradeNo};
use till_domain::time::{Seconds, Time};
use till_memory::{Answer, Call, ProviderCall, Providers, RefundCall};

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TradeState {
    Open,
    Processing,
    Closed,
    Paid { amount: Money, at: Time },
}

#[derive(Clone, Debug)]
pub struct Trade {
    pub account: Account,
    pub price: Money,
    /// Until when it can be paid; a bank lets the last ones through.
    pub until: Time,
    pub state: TradeState,
}

#[derive(Clone, Debug)]
pub struct BankRefund {
    pub of: TradeNo,
    pub amount: Money,
    pub word: RefundWord,
}

#[derive(Default, Debug)]
pub struct Books {
    pub trades: BTreeMap<PaymentNo, Trade>,
    pub refunds: BTreeMap<RefundNo, BankRefund>,
    pub calls: Vec<ProviderCall>,
    /// Oldest first; the list has two on a page.
    pub disputes: Vec<ListedDispute>,
    /// What it says of trades that it took under other numbers than ours.
    pub elsewhere: Vec<Says>,
    pub silent: BTreeSet<Provider>,
    pub refuses: bool,
    /// Why a payment of each open trade was declined, if one was.
    pub declined: Option<Decline>,
    /// What new refunds are told to be; a processing one has succeeded by the next question.
    pub refund_word: Option<RefundWord>,
    /// How long what it shows is good, if only another call can show it again.
    pub good_for: Option<Seconds>,
}

#[derive(Clone, Default)]
pub struct Bank(pub Rc<RefCell<Books>>);

impl Bank {
    pub fn books<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.0.borrow_mut())
    }

    /// The buyer pays: so much, at this instant. Gives what the provider will then say.
    pub fn pay(&self, no: PaymentNo, amount: Money, at: Time) -> Vec<Report> {
        self.books(|books| {
            let trade = books.trades.get_mut(&no).expect("a trade that was opened");
            assert!(
                matches!(trade.state, TradeState::Open | TradeState::Processing),
                "{no:?} cannot be paid: {trade:?}"
            );
            trade.state = TradeState::Paid { amount, at };
        });
        self.reports(no)
    }

    pub fn reports(&self, no: PaymentNo) -> Vec<Report> {
        self.books(|books| {
            let account = books.trades[&no].account.clone();
            let said = books.says(no).into_iter();
            said.map(|says| Report { attempt: no.attempt, account: account.clone(), asked_at: None, says }).collect()
        })
    }

    /// The buyer contests a payment at this instant, or the bank decides.
    pub fn dispute(&self, name: &str, no: PaymentNo, state: DisputeState, at: Time) {
        self.books(|books| {
            let trade = &books.trades[&no];
            let (account, amount) = (trade.account.clone(), trade.price);
            let says = Says::Dispute { no: DisputeNo::parse(name).unwrap(), trade_no: trade_no(no), amount, state };
            let report = Report { attempt: no.attempt, account, asked_at: None, says };
            let about = CallbackSubject::Payment { payment_no: no, reports: vec![report] };
            let is_open = state == DisputeState::Opened;
            match books.disputes.iter_mut().find(|dispute| number(dispute) == Some(name.to_owned())) {
                Some(known) => *known = ListedDispute { opened_at: known.opened_at, is_open, about },
                None => books.disputes.push(ListedDispute { opened_at: at, is_open, about }),
            }
        });
    }

    /// All money taken and all money given back, in minor units.
    pub fn money(&self) -> (u64, u64) {
        self.books(|books| {
            let taken = books.trades.values().map(|trade| match trade.state {
                TradeState::Paid { amount, .. } => amount.minor(),
                TradeState::Open | TradeState::Processing | TradeState::Closed => 0,
            });
            (taken.sum(), books.refunds.values().filter(|refund| moved(refund)).map(|r| r.amount.minor()).sum())
        })
    }

    /// The numbers of the attempts that can still be paid.
    pub fn open_attempts(&self) -> Vec<u8> {
        self.books(|books| {
            let open = books.trades.iter().filter(|(_, trade)| trade.state == TradeState::Open);
            open.map(|(no, _)| no.attempt.get()).collect()
        })
    }

    /// How many calls of a kind it answered.
    pub fn count(&self, kind: till_memory::CallKind) -> usize {
        self.books(|books| books.calls.iter().filter(|call| Call::Provider((*call).clone()).kind() == kind).count())
    }
}

fn number(dispute: &ListedDispute) -> Option<String> {
    let CallbackSubject::Payment { reports, .. } = &dispute.about else { return None };
    reports.iter().find_map(|report| match &report.says {
        Says::Dispute { no, .. } => Some(no.to_string()),
        _ => None,
    })
}

/// Whether this refund has moved money, or will.
fn moved(refund: &BankRefund) -> bool {
    !matches!(refund.word, RefundWord::Failed | RefundWord::Unclear | RefundWord::NoBalance)
}

/// The bank's own number of the payment of a trade.
pub fn trade_no(no: PaymentNo) -> TradeNo {
    TradeNo::parse(&format!("T-{no}")).unwrap()
}

impl Books {
    fn says(&self, no: PaymentNo) -> Vec<Says> {
        let Some(trade) = self.trades.get(&no) else { return vec![Says::NotPaid] };
        match &trade.state {
            TradeState::Open => std::iter::once(Says::NotPaid).chain(self.declined.map(Says::Declined)).collect(),
            TradeState::Processing => vec![Says::Processing],
            TradeState::Closed => vec![Says::Closed { for_good: true }],
            TradeState::Paid { amount, at } => {
                vec![Says::Paid { trade_no: trade_no(no), amount: *amount, paid_at: *at, buyer: None }]
            }
        }
    }

    fn create(&mut self, no: PaymentNo, account: &Account, price: Money, expire_at: Time) -> Answer {
        if self.refuses {
            return Answer::Opened(Err(CreateError::Refused));
        }
        let new = Trade { account: account.clone(), price, until: expire_at, state: TradeState::Open };
        let trade = self.trades.entry(no).or_insert(new);
        if trade.state != TradeState::Open {
            return Answer::Opened(Err(CreateError::Refused));
        }
        let opened = Opened {
            handle: Some(Handle::parse(&format!("qr-{no}")).unwrap()),
            payable_until: Some(expire_at),
            show: qr(no),
        };
        Answer::Opened(Ok(Box::new(opened)))
    }

    /// What it denies after the trade's end, it will not take any more.
    fn query(&mut self, no: PaymentNo, now: Time) -> Answer {
        let says = self.says(no);
        if let Some(trade) =
            self.trades.get_mut(&no).filter(|trade| trade.state == TradeState::Open && now > trade.until)
        {
            trade.state = TradeState::Closed;
        }
        Answer::Says(Ok(says))
    }

    /// A trade that it does not know may still come: its word for that is not for good.
    fn ask_trade(&self, trade_no: &TradeNo) -> Answer {
        let known: Vec<Says> =
            self.elsewhere.iter().filter(|says| says.trade_no() == Some(trade_no)).cloned().collect();
        Answer::Says(Ok(if known.is_empty() { vec![Says::NotPaid] } else { known }))
    }

    fn close(&mut self, no: PaymentNo) -> Answer {
        let Some(trade) = self.trades.get_mut(&no) else {
            return Answer::Says(Ok(vec![Says::Closed { for_good: false }]));
        };
        if trade.state == TradeState::Open {
            trade.state = TradeState::Closed;
        }
        Answer::Says(Ok(self.says(no)))
    }

    fn refund(&mut self, call: &RefundCall) -> Answer {
        let no = call.refund_no.expect("only our own refunds are sent");
        let word = self.refund_word.unwrap_or(RefundWord::Succeeded);
        let fits = self.given(&call.trade_no) + call.amount.minor() <= self.taken(&call.trade_no);
        let known = self.refunds.contains_key(&no);
        assert!(known || fits, "more would go back than was taken: {call:?}");
        let again = self.refunds.get(&no).is_none_or(|refund| !moved(refund) && refund.word != RefundWord::Failed);
        if again {
            self.refunds.insert(no, BankRefund { of: call.trade_no.clone(), amount: call.amount, word });
        }
        self.tell_refund(call)
    }

    fn query_refund(&mut self, call: &RefundCall) -> Answer {
        let refund = call.refund_no.and_then(|no| self.refunds.get_mut(&no));
        if let Some(refund) = refund.filter(|refund| refund.word == RefundWord::Processing) {
            refund.word = RefundWord::Succeeded;
        }
        self.tell_refund(call)
    }

    fn tell_refund(&self, call: &RefundCall) -> Answer {
        let word =
            call.refund_no.and_then(|no| self.refunds.get(&no)).map_or(RefundWord::Unclear, |refund| refund.word);
        let (id, trade_no) = (call.id.clone(), call.trade_no.clone());
        Answer::Says(Ok(vec![Says::Refund { id, trade_no, amount: call.amount, word }]))
    }

    fn list_disputes(&self, since: Time, after: Option<&DisputeNo>) -> Answer {
        let mut listed = self.disputes.iter().rev().filter(|dispute| dispute.opened_at >= since);
        if let Some(after) = after {
            listed.by_ref().find(|dispute| number(dispute).as_deref() == Some(after.as_str()));
        }
        let disputes: Vec<ListedDispute> = listed.by_ref().take(2).cloned().collect();
        let last = disputes.last().and_then(number).and_then(|no| DisputeNo::parse(&no).ok());
        Answer::Disputes(Ok(Box::new(DisputePage { next: last.filter(|_| listed.next().is_some()), disputes })))
    }

    fn given(&self, of: &TradeNo) -> u64 {
        self.refunds.values().filter(|refund| refund.of == *of && moved(refund)).map(|r| r.amount.minor()).sum()
    }

    fn taken(&self, of: &TradeNo) -> u64 {
        let paid = self.trades.iter().find(|(no, _)| trade_no(**no) == *of).map(|(_, trade)| &trade.state);
        if let Some(TradeState::Paid { amount, .. }) = paid { amount.minor() } else { 0 }
    }
}

impl Providers for Bank {
    fn perform(&mut self, call: &ProviderCall, now: Time) -> Answer {
        let mut books = self.0.borrow_mut();
        let (ProviderCall::Create { account, .. }
        | ProviderCall::Show(_, account)
        | ProviderCall::Query(_, account)
        | ProviderCall::AskTrade(_, account)
        | ProviderCall::Close(_, account)
        | ProviderCall::Refund(RefundCall { account, .. })
        | ProviderCall::QueryRefund(RefundCall { account, .. })
        | ProviderCall::ListDisputes(account, ..)) = call;
        if books.silent.contains(&account.provider) {
            return Call::Provider(call.clone()).unheard();
        }
        books.calls.push(call.clone());
        let good_until = books.good_for.map(|good_for| now.plus(good_for));
        let mut answer = match call {
            ProviderCall::Create { payment_no, account, price, expire_at, .. } => {
                books.create(*payment_no, account, *price, *expire_at)
            }
            ProviderCall::Show(no, _) => Answer::Show(Ok(Box::new(qr(*no)))),
            ProviderCall::Query(no, _) => books.query(*no, now),
            ProviderCall::AskTrade(trade_no, _) => books.ask_trade(trade_no),
            ProviderCall::Close(no, _) => books.close(*no),
            ProviderCall::Refund(refund) => books.refund(refund),
            ProviderCall::QueryRefund(refund) => books.query_refund(refund),
            ProviderCall::ListDisputes(_, since, after) => books.list_disputes(*since, after.as_ref()),
        };
        match &mut answer {
            Answer::Opened(Ok(opened)) => opened.show.good_until = good_until,
            Answer::Show(Ok(show)) => show.good_until = good_until,
            _ => {}
        }
        answer
    }
}

fn qr(no: PaymentNo) -> Show {
    Show { qr_code_url: Some(format!("qr-{no}")), ..Show::default() }
}
