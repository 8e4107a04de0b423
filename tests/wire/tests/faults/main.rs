//! Every action and fault of the sandbox's menu, through the product's own code: reports are settled into an order, and the
//! order's money is compared with the sandbox's books.

mod callbacks;
mod calls;
mod disputes;
mod payments;
mod probe;
mod refunds;
mod strangers;

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use till_domain::money::Money;
use till_domain::order::{HoldWord, Order, RefundState, RefundWord, Role, Says};
use till_domain::provider::Method;
use till_domain::text::TradeNo;
use till_providers::error::Distrust;
use till_wire::{Setup, Shop, Trade, for_each, refund_word as word};

/// Time limit for a condition.
const PATIENCE: Duration = Duration::from_secs(10);

/// A trade in a shop of its own.
fn trade(method: Method) -> Trade {
    Trade::open(&Shop::open(Setup::default()), method)
}

/// A paid trade in a shop of its own, with its callback settled.
fn paid(method: Method) -> (Trade, TradeNo) {
    let mut trade = trade(method);
    trade.act("pay");
    let (trade_no, amount) = trade.wait_for(payment);
    assert_eq!(amount, trade.order.sold.price);
    assert_eq!(roles(&trade.order), [Role::Kept]);
    (trade, trade_no)
}

/// The payment and amount, if this reports a payment.
fn payment(says: &Says) -> Option<(TradeNo, Money)> {
    match says {
        Says::Paid { trade_no, amount, .. } => Some((trade_no.clone(), *amount)),
        _ => None,
    }
}

/// The state of the refund, if this reports a refund.
fn about_refund(says: &Says) -> Option<RefundWord> {
    match says {
        Says::Refund { word, .. } => Some(*word),
        _ => None,
    }
}

fn roles(order: &Order) -> Vec<Role> {
    order.payments.iter().map(|payment| payment.role).collect()
}

fn states(order: &Order) -> Vec<RefundState> {
    order.refunds.iter().map(|refund| refund.state).collect()
}

fn holds(order: &Order) -> Vec<HoldWord> {
    order.holds().into_iter().map(|hold| hold.word).collect()
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < until, "timed out before {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn list<'a>(books: &'a Value, name: &str) -> &'a [Value] {
    books[name].as_array().expect("a list")
}

/// The order has every payment of the sandbox's books, and of each the same amount refunded.
fn assert_books_agree(trade: &Trade) {
    let (books, order) = (trade.books(), &trade.order);
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value["amount"].as_u64().unwrap();
    let mut theirs: Vec<(String, u64, u64)> = Vec::new();
    for payment in list(&books, "payments") {
        let id = text(payment, "id");
        let of = |list_name: &str, state: &str| -> u64 {
            let all = list(&books, list_name).iter();
            all.filter(|one| text(one, "payment") == id && text(one, "state") == state).map(number).sum()
        };
        theirs.push((id.clone(), number(payment), of("refunds", "succeeded") + of("disputes", "lost")));
    }
    let ours = order.payments.iter();
    let mut ours: Vec<(String, u64, u64)> = ours
        .map(|payment| (payment.trade_no.to_string(), payment.amount.minor(), order.back(payment).minor()))
        .collect();
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs);
}
