//! Orders in every state, made by the commands of the domain.

use std::sync::Arc;

use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{
    Attempt, By, Decline, DisputeState, LatePolicy, NewOrder, Order, Policy, RefundId, RefundWord, Report, Says, Sold,
    Why,
};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method};
use till_domain::statistics::{DayTally, Group, Tally, count};
use till_domain::text::{AccountId, DisputeNo, OutsideRefundNo, ProductId, ProductName, ProductType, TradeNo, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::Upgrade;

pub const PRICE: u64 = 9_900;
/// The last minute in which orders can be paid in time.
pub const END: u32 = 30;

pub fn minute(n: u32) -> Time {
    Time::from_unix(1_735_689_600).unwrap().plus(Seconds::minutes(n))
}

pub fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

pub fn usd(minor: u64) -> Money {
    Money::new(minor, Currency::USD).unwrap()
}

pub fn n(n: u8) -> AttemptNo {
    AttemptNo::new(n).unwrap()
}

pub fn account(method: Method) -> Account {
    Account { provider: method.provider(), id: AccountId::parse("main").unwrap() }
}

pub fn trade(no: &str) -> TradeNo {
    TradeNo::parse(no).unwrap()
}

pub fn pending() -> Order {
    order("ann", Policy::default(), None)
}

pub fn strict() -> Order {
    order("ann", Policy { late: LatePolicy::Refund, ..Policy::default() }, None)
}

pub fn upgrade() -> Order {
    order("ann", Policy::default(), Some(Upgrade { replaced: Vec::new() }))
}

pub fn of_user(user: &str) -> Order {
    order(user, Policy::default(), None)
}

fn order(user: &str, policy: Policy, upgrade: Option<Upgrade>) -> Order {
    let sold = Sold {
        user: UserId::parse(user).unwrap(),
        kind: ProductType::parse("points").unwrap(),
        product: ProductId::parse("p").unwrap(),
        name: ProductName::parse("Points").unwrap(),
        price: cny(PRICE),
        grants: vec![Grant::Points(PointsGrant::new(10).unwrap())],
        upgrade,
        upgrade_worth: None,
    };
    let method = Method::WechatNative;
    let attempt = Attempt::opening(n(1), method, account(method), minute(0)).opened(None, Some(minute(END)));
    let no = OrderNo::mint(minute(0), 1);
    let new = NewOrder { no, created_at: minute(0), expire_at: minute(END), sold: Arc::new(sold), policy };
    Order::new(new, attempt)
}

pub fn says(order: &Order, attempt: u8, says: Says) -> Report {
    let account = order.attempt(n(attempt)).unwrap().account.clone();
    Report { attempt: n(attempt), account, asked_at: None, says }
}

pub fn paid(no: &str, amount: Money, at: Time) -> Says {
    Says::Paid { trade_no: trade(no), amount, paid_at: at, buyer: None }
}

pub fn went_back(no: &str, of: &str, minor: u64) -> Says {
    let id = RefundId::Theirs(OutsideRefundNo::parse(no).unwrap());
    Says::Refund { id, trade_no: trade(of), amount: cny(minor), word: RefundWord::Succeeded }
}

pub fn disputed(of: &str, amount: Money, state: DisputeState) -> Says {
    Says::Dispute { no: DisputeNo::parse(&format!("D-{of}")).unwrap(), trade_no: trade(of), amount, state }
}

pub fn declined(why: Decline) -> Says {
    Says::Declined(why)
}

/// Takes in what is said of an attempt.
pub fn hear(order: &mut Order, attempt: u8, what: Says, at: Time) {
    let report = says(order, attempt, what);
    order.settle(&report, at);
}

pub fn bought() -> Order {
    let mut order = pending();
    hear(&mut order, 1, paid("A", cny(PRICE), minute(2)), minute(2));
    order
}

pub fn cancelled(why: Why) -> Order {
    let mut order = pending();
    hear(&mut order, 1, Says::Closed { for_good: true }, minute(3));
    order.cancel(why, By::Buyer, minute(END)).unwrap();
    order
}

/// Another attempt by a method, open.
pub fn retried(order: &mut Order, method: Method) {
    let next = order.retry(method, account(method), minute(5)).unwrap();
    order.opened(next, None, Some(minute(END)), minute(5));
}

pub fn counted(orders: &[Order]) -> DayTally {
    let mut tally = DayTally::default();
    for order in orders {
        count(&mut tally, order);
    }
    tally
}

/// What an order of WeChat's codes in yuan counts there.
pub fn alone(order: Order) -> Tally {
    group(&counted(&[order]), Method::WechatNative, Currency::CNY)
}

pub fn group(tally: &DayTally, method: Method, currency: Currency) -> Tally {
    tally.groups.get(&Group { method, currency }).cloned().unwrap_or_default()
}
