//! For tests: an outside that answers from a script, and sample orders.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use till_app::ports::{Asked, RefundOrder};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::Money;
use till_domain::order::{Attempt, By, NewOrder, Order, Policy, Refund, RefundId, Sold};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method};
use till_domain::text::{AccountId, Handle, ProductId, ProductName, ProductType, TradeNo, UserId};
use till_domain::time::{Seconds, Time};

use crate::error::NoAnswer;
use crate::http::{Headers, Request, Response};
use crate::outside::Outside;

/// Answers what it was told to, in order, and remembers what it was asked. An unscripted call fails the test.
pub struct Script {
    pub now: Cell<Time>,
    pub sent: RefCell<Vec<Request>>,
    answers: RefCell<VecDeque<Result<Response, NoAnswer>>>,
    nonces: Cell<u32>,
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Result<Response, NoAnswer>>) -> Self {
        Self {
            now: Cell::new(now()),
            sent: RefCell::default(),
            answers: RefCell::new(answers.into_iter().collect()),
            nonces: Cell::new(0),
        }
    }

    /// That every answer was asked for; what was sent.
    pub fn done(self) -> Vec<Request> {
        assert!(self.answers.borrow().is_empty(), "an answer was not asked for");
        self.sent.into_inner()
    }
}

impl Outside for Script {
    fn now(&self) -> Time {
        self.now.get()
    }

    fn nonce(&self) -> Result<String, NoAnswer> {
        self.nonces.set(self.nonces.get() + 1);
        Ok(format!("{:032x}", self.nonces.get()))
    }

    async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.sent.borrow_mut().push(request.clone());
        self.answers.borrow_mut().pop_front().expect("a question too many")
    }
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    Response { status, headers: Headers::new(headers.iter().copied()), body: body.as_bytes().to_vec() }
}

/// 2026-11-21 10:00:00 in China.
pub fn now() -> Time {
    Time::from_unix(1_795_226_400).unwrap()
}

pub fn account(method: Method) -> Account {
    Account { provider: method.provider(), id: AccountId::parse("main").unwrap() }
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
    }
}

/// An order of 9.90 with one open attempt, payable for half an hour.
pub fn order(method: Method, currency: Currency, handle: Option<&str>) -> Order {
    let expire_at = now().plus(Seconds::minutes(30));
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

pub fn asked(order: &Order) -> Asked<'_> {
    Asked::about(order, order.attempts.first().unwrap())
}

/// A refund of so much of it, requested.
pub fn refund(order: &Order, trade_no: &str, minor: u64) -> Refund {
    let attempt = order.attempts.first().unwrap();
    let amount = Money::new(minor, order.sold.price.currency()).unwrap();
    let id = RefundId::Ours(RefundIndex::FIRST);
    Refund::new(id, TradeNo::parse(trade_no).unwrap(), attempt.account.clone(), amount, By::Till, now())
}

/// The order to a provider that goes with it.
pub fn refund_order<'a>(order: &Order, refund: &'a Refund) -> RefundOrder<'a> {
    RefundOrder {
        refund_no: Some(order.no.refund(RefundIndex::FIRST)),
        refund,
        trade_no: &refund.trade_no,
        paid: Some((order.no.payment(AttemptNo::FIRST), order.sold.price)),
    }
}
