//! Orders, and parts of them, that tests write and read.

use std::sync::Arc;

use till_app::ports::{Alarm, AlarmWord, hold_subject};
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{
    About, Attempt, By, Facts, Hold, HoldWord, May, Moment, NewOrder, Order, Policy, Report, Says, Sold, What,
};
use till_domain::product::{Grant, MembershipGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Buyer, Handle, ProductId, ProductName, ProductType, TierName, TradeNo, UserId};
use till_domain::time::{Seconds, Time};

/// 2026-11-21 15:00:00 in China.
pub(crate) const START: i64 = 1_795_244_400;

pub(crate) fn start() -> Time {
    Time::from_unix(START).unwrap()
}

pub(crate) fn yuan(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

pub(crate) fn tier(name: &str, rank: u8) -> Tier {
    Tier { name: TierName::parse(name).unwrap(), rank }
}

pub(crate) fn account() -> Account {
    Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() }
}

pub(crate) fn price() -> Money {
    yuan(9_900)
}

/// An ordinary purchase: a user id of 36 characters, a name of 20 Chinese ones.
pub(crate) fn sold() -> Sold {
    Sold {
        user: UserId::parse("0f8fad5b-d9cb-469f-a165-70867728950e").unwrap(),
        kind: ProductType::parse("membership").unwrap(),
        product: ProductId::parse("2").unwrap(),
        name: ProductName::parse(&"会".repeat(20)).unwrap(),
        price: price(),
        grants: vec![Grant::Membership(MembershipGrant::new(tier("premium", 2), 90).unwrap())],
        upgrade: None,
        upgrade_worth: None,
    }
}

/// A pending order as it is first written. `n` distinguishes its number.
pub(crate) fn pending(n: u64, at: Time) -> Order {
    let handle = Handle::parse(&format!("weixin://wxpay/bizpayurl?pr={}", "x".repeat(33))).unwrap();
    let expire_at = at.plus(Seconds::minutes(30));
    let attempt = Attempt::opening(AttemptNo::FIRST, Method::WechatNative, account(), at);
    let new = NewOrder {
        no: OrderNo::mint(at, n),
        created_at: at,
        expire_at,
        sold: Arc::new(sold()),
        policy: Policy::default(),
    };
    let mut order = Order::new(new, attempt.opened(Some(handle), Some(expire_at)));
    order.claim(at, May::All);
    order
}

/// The same, paid two minutes later.
pub(crate) fn paid(n: u64, at: Time) -> Order {
    let mut order = pending(n, at);
    let now = at.plus(Seconds::minutes(2));
    let says = Says::Paid {
        trade_no: TradeNo::parse("4200002458202611210123456789").unwrap(),
        amount: price(),
        paid_at: now,
        buyer: Some(Buyer::parse("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").unwrap()),
    };
    let report = Report { attempt: AttemptNo::FIRST, account: account(), asked_at: None, says };
    assert!(order.settle(&report, now));
    order.claim(now, May::Enqueue);
    order
}

/// The same, granted a second later.
pub(crate) fn granted(n: u64, at: Time) -> Order {
    let mut order = paid(n, at);
    let now = at.plus(Seconds(121));
    order.grant(1, now).unwrap();
    order.claim(now, May::Enqueue);
    order
}

/// The order with additional moments.
pub(crate) fn with_moments(order: &Order, more: usize) -> Order {
    let mut facts = Facts::clone(order);
    let moment = |n: usize| Moment {
        at: facts.created_at.plus(Seconds(u32::try_from(n).unwrap())),
        by: By::Till,
        what: What::Figure,
    };
    let moments: Vec<Moment> = (0..more).map(moment).collect();
    facts.timeline.extend(moments);
    Order::from_facts(facts)
}

/// The alarm of a hold, with all that one can have of an order.
pub(crate) fn alarm() -> Alarm {
    let no = OrderNo::parse("ORD20261121150000ABCDEF12").unwrap();
    let hold = Hold { word: HoldWord::OddPayment, about: About::Payment(0) };
    Alarm {
        subject: hold_subject(no, hold),
        trade_no: Some(TradeNo::parse("4200002458202611210123456789").unwrap()),
        account: Some(account()),
        amount: Some(price()),
        ..Alarm::about_order(AlarmWord::Hold(hold.word), no)
    }
}
