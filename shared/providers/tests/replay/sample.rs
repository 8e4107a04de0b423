//! Sample orders, refunds and calls, for the replay and for the unit tests of the providers.

use std::sync::Arc;

use till_app::ports::{Asked, NewTrade, Payer, RefundOrder};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::Money;
use till_domain::order::{Attempt, By, NewOrder, Order, Policy, Refund, RefundId, Sold};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method};
use till_domain::text::{AccountId, Handle, ProductId, ProductName, ProductType, TradeNo, UserId};
use till_domain::time::{Seconds, Time};

/// 2026-11-21 10:00:00 in China.
pub fn now() -> Time {
    Time::from_unix(1_795_226_400).unwrap()
}

pub fn main_id() -> AccountId {
    AccountId::parse("main").unwrap()
}

pub fn account(method: Method) -> Account {
    Account { provider: method.provider(), id: main_id() }
}

pub fn trade_no(text: &str) -> TradeNo {
    TradeNo::parse(text).unwrap()
}

pub fn sold(minor: u64, currency: Currency) -> Sold {
    Sold {
        user: UserId::parse("u1").unwrap(),
        kind: ProductType::parse("points").unwrap(),
        product: ProductId::parse("1").unwrap(),
        name: ProductName::parse("100 点数").unwrap(),
        price: Money::new(minor, currency).unwrap(),
        grants: vec![Grant::Points(PointsGrant::new(100).unwrap())],
        upgrade: None,
        upgrade_worth: None,
    }
}

/// An order of 9.90 with one open attempt, payable for half an hour.
pub fn order(method: Method, currency: Currency, handle: Option<&str>) -> Order {
    order_until(now().plus(Seconds::minutes(30)), method, currency, handle)
}

pub fn order_until(expire_at: Time, method: Method, currency: Currency, handle: Option<&str>) -> Order {
    let attempt = Attempt::opening(AttemptNo::FIRST, method, account(method), now())
        .opened(handle.map(|text| Handle::parse(text).unwrap()), Some(expire_at));
    let new = NewOrder {
        no: OrderNo::parse("ORD20261121100000TESTTEST").unwrap(),
        created_at: now(),
        expire_at,
        sold: Arc::new(sold(990, currency)),
        policy: Policy::default(),
    };
    Order::new(new, attempt)
}

/// What the provider is given to open the trade of an order's first attempt.
pub fn new_trade<'a>(order: &'a Order, payer: &'a Payer) -> NewTrade<'a> {
    let Attempt { n, method, account, .. } = order.attempts.first().unwrap();
    let payment_no = order.no.payment(*n);
    NewTrade { payment_no, method: *method, account, sold: &order.sold, expire_at: order.expire_at, payer }
}

pub fn asked(order: &Order) -> Asked<'_> {
    Asked::about(order, order.attempts.first().unwrap())
}

/// A requested refund of a part of an order's price.
pub fn refund(order: &Order, number: &str, minor: u64) -> Refund {
    let attempt = order.attempts.first().unwrap();
    let amount = Money::new(minor, order.sold.price.currency()).unwrap();
    let id = RefundId::Ours(RefundIndex::FIRST);
    Refund::new(id, trade_no(number), attempt.account.clone(), amount, By::Till, now())
}

/// What the provider is given to make that refund.
pub fn refund_order<'a>(order: &Order, refund: &'a Refund) -> RefundOrder<'a> {
    RefundOrder {
        refund_no: Some(order.no.refund(RefundIndex::FIRST)),
        refund,
        trade_no: &refund.trade_no,
        paid: Some((Some(order.no.payment(AttemptNo::FIRST)), order.sold.price)),
    }
}
