//! A buyer, orders, and their later versions.

use std::sync::Arc;

use till_app::caller::{Caller, Role};
use till_app::ports::{Claim, ClaimState, Commit, Committed, Frozen, RequestHash, Saved, Unavailable};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Attempt, By, May, NewOrder, Order, Policy, Report, Says, Sold, Why};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, Reason, TierName, TradeNo, UserId};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Entry, GrantRound, Wallet};

use crate::tested_store::{Store, TestedStore};

/// 2026-11-21 00:00:00 UTC.
pub fn start() -> Time {
    Time::from_unix(1_795_219_200).unwrap()
}

pub fn user() -> UserId {
    UserId::parse("3f2504e0-4f89-41d3-9a0c-0305e82c3301").unwrap()
}

pub fn other_user() -> UserId {
    UserId::parse("u2").unwrap()
}

pub fn account() -> Account {
    account_at(Provider::WeChat)
}

pub fn account_at(provider: Provider) -> Account {
    Account { provider, id: AccountId::parse("main").unwrap() }
}

pub fn price() -> Money {
    Money::new(990, Currency::CNY).unwrap()
}

pub fn number(entropy: u64) -> OrderNo {
    OrderNo::mint(start(), entropy)
}

pub fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

pub fn reason() -> Reason {
    Reason::parse("a test").unwrap()
}

/// 100 points for 9.90, under a name of twenty characters.
pub fn points() -> Product {
    let grants = vec![Grant::Points(PointsGrant::new(100).unwrap())];
    let (kind, id) = (ProductType::parse("points").unwrap(), ProductId::parse("hundred").unwrap());
    Product::new(
        kind,
        id,
        ProductName::parse("一百积分礼包春季限时优惠活动特别会员专享").unwrap(),
        vec![price()],
        grants,
    )
    .unwrap()
}

/// A membership of 30 days.
pub fn membership(tier: &str, rank: u8, minor: u64) -> Product {
    let named = Tier { name: TierName::parse(tier).unwrap(), rank };
    let grants = vec![Grant::Membership(MembershipGrant::new(named, 30).unwrap())];
    let (kind, id) = (ProductType::parse("membership").unwrap(), ProductId::parse(tier).unwrap());
    let price = Money::new(minor, Currency::CNY).unwrap();
    Product::new(kind, id, ProductName::parse(tier).unwrap(), vec![price], grants).unwrap()
}

pub fn sold_to(user: UserId) -> Arc<Sold> {
    let product = points();
    Arc::new(Sold {
        user,
        kind: product.kind().clone(),
        product: product.id().clone(),
        name: product.name().original.clone(),
        price: price(),
        grants: product.grants().to_vec(),
        upgrade: None,
        upgrade_worth: None,
    })
}

/// A new order, claimed once: version 1, due a minute after `start` for the first question.
pub fn order(entropy: u64) -> Order {
    order_of(user(), start(), entropy)
}

pub fn order_of(user: UserId, at: Time, entropy: u64) -> Order {
    let expire_at = at.plus(Seconds::minutes(30));
    let attempt = Attempt::opening(AttemptNo::FIRST, Method::WechatNative, account(), at);
    let no = OrderNo::mint(at, entropy);
    let new = NewOrder { no, created_at: at, expire_at, sold: sold_to(user), policy: Policy::default() };
    let mut order = Order::new(new, attempt.opened(None, Some(expire_at)));
    order.claim(at, May::All);
    order
}

/// The order after one more write, at this instant.
pub fn next(order: &Order, now: Time) -> Order {
    let mut next = order.clone();
    next.claim(now, May::All);
    next
}

/// The order after its trade was closed and its buyer cancelled it: nothing is left to do.
pub fn over(order: &Order) -> Order {
    let mut over = order.clone();
    assert!(over.settle(&report(Says::Closed { for_good: true }), start()));
    over.cancel(Why::User, By::Buyer, start()).unwrap();
    over.claim(start(), May::All);
    assert_eq!(over.due_at(), None);
    over
}

pub fn paid(order: &Order) -> Order {
    let trade_no = TradeNo::parse("T1").unwrap();
    let mut paid = order.clone();
    assert!(paid.settle(&report(Says::Paid { trade_no, amount: price(), paid_at: start(), buyer: None }), start()));
    paid.claim(start(), May::All);
    paid
}

pub fn report(says: Says) -> Report {
    Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says }
}

/// An entry that grants 100 points for this order, and the wallet after it.
pub fn granting(order: &Order, wallet: &Wallet) -> (Entry, Wallet) {
    let grants = order.sold.grants.clone();
    let entry =
        Entry::grant(GrantRound::first(order.no), grants, price(), None, start(), wallet.next_version()).unwrap();
    let mut granted = wallet.clone();
    granted.apply(&entry).unwrap();
    (entry, granted)
}

/// An entry that spends points under a key, and the wallet after it.
pub fn spending(name: &str, points: u64, wallet: &Wallet) -> (Entry, Wallet) {
    let entry = Entry::spend(key(name), points, None, reason(), start(), wallet.next_version()).unwrap();
    let mut spent = wallet.clone();
    spent.apply(&entry).unwrap();
    (entry, spent)
}

pub fn claim(owner: u8, state: ClaimState) -> Claim {
    let frozen = Frozen {
        no: number(7),
        created_at: start(),
        expire_at: start().plus(Seconds::minutes(30)),
        sold: sold_to(user()),
        method: Method::WechatNative,
        account: account(),
        policy: Policy::default(),
        hash: RequestHash([7; 32]),
    };
    Claim { user: user(), key: key("k1"), frozen, owner, since: start(), state, shown: None }
}

pub async fn save(store: &impl Store, orders: &[&Order]) {
    for order in orders {
        assert_eq!(store.save_order(order).await, Ok(Saved::Yes));
    }
}

pub async fn commit(
    store: &impl Store,
    order: Option<&Order>,
    wallet: &Wallet,
    entry: &Entry,
    unchanged: &[(OrderNo, u64)],
) -> Result<Committed, Unavailable> {
    store.commit(Commit { order, user: &user(), wallet, entry, unchanged, by: None, record: None }).await
}

/// A stored wallet with 100 points.
pub async fn full_wallet(tested: &impl TestedStore) -> Wallet {
    let bought = paid(&order(99));
    save(tested.store(), &[&order(99), &bought]).await;
    let granted = next(&bought, start());
    let (entry, wallet) = granting(&granted, &Wallet::new());
    let done = commit(tested.store(), Some(&granted), &wallet, &entry, &[]).await;
    assert_eq!(done, Ok(Committed::Yes));
    wallet
}

/// A program of the team.
pub fn service() -> Caller {
    Caller { user: other_user(), role: Role::Service }
}
