//! A world with one buyer and one order, and the poll that shows whether a call came back.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use till_app::ports::{Claim, ClaimState, Frozen, RequestHash};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Attempt, By, May, NewOrder, Order, Policy, Report, Says, Sold, Why};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, UserId};
use till_domain::time::{Seconds, Time};
use till_memory::{Answer, Memory, ProviderCall, Tables};

/// A providers' side that answers every question with "not paid".
pub fn not_paid(_: &ProviderCall, _: Time) -> Answer {
    Answer::Says(Ok(vec![Says::NotPaid]))
}

pub fn memory() -> Memory {
    Memory::new(tables(), not_paid, start())
}

pub fn tables() -> Tables {
    Tables::new(Vec::new(), vec![account()])
}

/// 2026-11-21 00:00:00 UTC.
pub fn start() -> Time {
    Time::from_unix(1_795_219_200).unwrap()
}

pub fn user() -> UserId {
    UserId::parse("u1").unwrap()
}

pub fn account() -> Account {
    Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() }
}

pub fn price() -> Money {
    Money::new(990, Currency::CNY).unwrap()
}

pub fn number(entropy: u64) -> OrderNo {
    OrderNo::mint(start(), entropy)
}

fn sold() -> Arc<Sold> {
    Arc::new(Sold {
        user: user(),
        kind: ProductType::parse("points").unwrap(),
        product: ProductId::parse("hundred").unwrap(),
        name: ProductName::parse("100 points").unwrap(),
        price: price(),
        grants: vec![Grant::Points(PointsGrant::new(100).unwrap())],
        upgrade: None,
        upgrade_worth: None,
    })
}

/// A new order, claimed once: version 1, due a minute after `start` for the first question.
pub fn order(entropy: u64) -> Order {
    let expire_at = start().plus(Seconds::minutes(30));
    let attempt = Attempt::opening(AttemptNo::FIRST, Method::WechatNative, account(), start());
    let new = NewOrder { no: number(entropy), created_at: start(), expire_at, sold: sold(), policy: Policy::default() };
    let mut order = Order::new(new, attempt.opened(None, Some(expire_at)));
    order.claim(start(), May::All);
    order
}

/// The order after its trade was closed for good and its buyer cancelled it: nothing is left to do.
pub fn over(order: &Order) -> Order {
    let says = Says::Closed { for_good: true };
    let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
    let mut over = order.clone();
    assert!(over.settle(&report, start()));
    over.cancel(Why::User, By::Buyer, start()).unwrap();
    over.claim(start(), May::All);
    assert_eq!(over.due_at(), None);
    over
}

pub fn claim() -> Claim {
    let frozen = Frozen {
        no: number(7),
        created_at: start(),
        expire_at: start().plus(Seconds::minutes(30)),
        sold: sold(),
        method: Method::WechatNative,
        account: account(),
        policy: Policy::default(),
        hash: RequestHash([7; 32]),
    };
    Claim {
        user: user(),
        key: Key::parse("k1").unwrap(),
        frozen,
        owner: 1,
        since: start(),
        state: ClaimState::Running,
        shown: None,
    }
}

/// Polls a call once. It is there at once, unless a fault keeps it.
pub fn poll<T>(call: impl Future<Output = T>) -> Poll<T> {
    pin!(call).poll(&mut Context::from_waker(Waker::noop()))
}

/// A call that must come back at once.
pub fn now<T>(call: impl Future<Output = T>) -> T {
    match poll(call) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("the call did not come back"),
    }
}
