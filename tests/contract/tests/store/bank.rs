//! A bank that plays all providers: it opens every trade, takes every payment and makes every refund.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use till_app::ports::{DisputePage, Opened, Show};
use till_domain::id::PaymentNo;
use till_domain::money::Money;
use till_domain::order::{RefundWord, Report, Says};
use till_domain::provider::Account;
use till_domain::text::{Buyer, Handle, TradeNo};
use till_domain::time::Time;
use till_memory::{Answer, ProviderCall, Providers, RefundCall};

#[derive(Clone)]
struct Trade {
    account: Account,
    price: Money,
    paid_at: Option<Time>,
    closed: bool,
}

/// Clones share their trades.
#[derive(Clone, Default)]
pub struct Bank {
    trades: Rc<RefCell<BTreeMap<PaymentNo, Trade>>>,
}

impl Bank {
    /// The buyer pays a trade in full: returns what the callback reports.
    pub fn pay(&self, no: PaymentNo, now: Time) -> Vec<Report> {
        let mut trades = self.trades.borrow_mut();
        let trade = trades.get_mut(&no).expect("a trade that was opened");
        trade.paid_at = Some(now);
        let account = trade.account.clone();
        vec![Report { attempt: no.attempt, account, asked_at: None, says: says(no, trade) }]
    }

    fn tell(&self, no: PaymentNo) -> Answer {
        let trades = self.trades.borrow();
        Answer::Says(Ok(vec![trades.get(&no).map_or(Says::NotPaid, |trade| says(no, trade))]))
    }
}

fn says(no: PaymentNo, trade: &Trade) -> Says {
    match trade.paid_at {
        // As long as WeChat's numbers, and different for each trade.
        Some(paid_at) => {
            let no = no.to_string();
            let trade_no = TradeNo::parse(&format!("42000{}", &no[no.len() - 23..])).expect("a number");
            let buyer = Buyer::parse("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").expect("an openid");
            Says::Paid { trade_no, amount: trade.price, paid_at, buyer: Some(buyer) }
        }
        None if trade.closed => Says::Closed { for_good: true },
        None => Says::NotPaid,
    }
}

fn show(no: PaymentNo) -> Show {
    Show { qr_code_url: Some(code(no)), ..Show::default() }
}

/// As long as WeChat's codes.
fn code(no: PaymentNo) -> String {
    format!("weixin://wxpay/bizpayurl?pr={no}")
}

fn given(call: &RefundCall) -> Answer {
    let (id, trade_no, amount) = (call.id.clone(), call.trade_no.clone(), call.amount);
    Answer::Says(Ok(vec![Says::Refund { id, trade_no, amount, word: RefundWord::Succeeded }]))
}

impl Providers for Bank {
    fn perform(&mut self, call: &ProviderCall, _now: Time) -> Answer {
        match call {
            ProviderCall::Create { payment_no, account, price, expire_at, .. } => {
                let trade = Trade { account: account.clone(), price: *price, paid_at: None, closed: false };
                self.trades.borrow_mut().insert(*payment_no, trade);
                let handle = Some(Handle::parse(&code(*payment_no)).expect("a short text"));
                let opened = Opened { handle, payable_until: Some(*expire_at), show: show(*payment_no) };
                Answer::Opened(Ok(Box::new(opened)))
            }
            ProviderCall::Show(no, _) => Answer::Show(Ok(Box::new(show(*no)))),
            ProviderCall::Query(no, _) => self.tell(*no),
            ProviderCall::AskTrade(..) => Answer::Says(Ok(vec![Says::NotPaid])),
            ProviderCall::Close(no, _) => {
                if let Some(trade) = self.trades.borrow_mut().get_mut(no) {
                    trade.closed = true;
                }
                self.tell(*no)
            }
            ProviderCall::Refund(call) | ProviderCall::QueryRefund(call) => given(call),
            ProviderCall::ListDisputes(..) => {
                Answer::Disputes(Ok(Box::new(DisputePage { disputes: Vec::new(), next: None })))
            }
        }
    }
}
