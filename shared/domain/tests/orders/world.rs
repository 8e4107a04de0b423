//! What the properties draw from: orders, and everything that can be said of them or done to them.

use std::sync::Arc;

use proptest::prelude::*;
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::{MOST_MINOR, Money};
use till_domain::order::{
    Attempt, By, Decision, DisputeState, Duty, HoldWord, LatePolicy, May, NewOrder, Order, Policy, RefundId,
    RefundRequest, RefundWord, Report, Resolution, Says, Sold, Subject, Why,
};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method, Provider};
use till_domain::refusal::Refusal;
use till_domain::text::{
    AccountId, DisputeNo, Key, OutsideRefundNo, ProductId, ProductName, ProductType, Reason, TradeNo, UserId,
};
use till_domain::time::{Seconds, Time};

pub const PRICE: u64 = 1_000;
pub const START: i64 = 1_735_689_600;
pub const END: i64 = START + 1_800;
/// The last second of the year 9999.
const LAST: i64 = 253_402_300_799;

pub fn at(unix: i64) -> Time {
    Time::from_unix(unix).unwrap()
}

pub fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

pub fn attempt_no(n: u8) -> AttemptNo {
    AttemptNo::new(n).unwrap()
}

pub fn trade(n: u8) -> TradeNo {
    TradeNo::parse(&format!("T{n}")).unwrap()
}

pub fn account(name: &str) -> Account {
    Account { provider: Provider::Stripe, id: AccountId::parse(name).unwrap() }
}

/// Refunds by number: the even ones are ours, the odd ones the provider's.
pub fn refund_id(n: u8) -> RefundId {
    match n % 2 {
        0 => RefundId::Ours(RefundIndex::new(n / 2 + 1).unwrap()),
        _ => RefundId::Theirs(OutsideRefundNo::parse(&format!("re_{n}")).unwrap()),
    }
}

pub fn dispute_no(n: u8) -> DisputeNo {
    DisputeNo::parse(&format!("dp_{n}")).unwrap()
}

fn user() -> UserId {
    UserId::parse("someone").unwrap()
}

fn reason() -> Reason {
    Reason::parse("because").unwrap()
}

/// A person's wish to give the kept payment back, wholly or in part.
pub fn wish(key: u8, amount: Option<Money>) -> RefundRequest {
    let key = Key::parse(&key.to_string()).unwrap();
    RefundRequest { key, trade_no: None, amount, revoke: false, reason: reason(), by: user() }
}

/// A pending order with two open attempts through `main`; the second has an end of its own or none.
pub fn order(policy: Policy, second_ends: bool) -> Order {
    let sold = Sold {
        user: user(),
        kind: ProductType::parse("points").unwrap(),
        product: ProductId::parse("p").unwrap(),
        name: ProductName::parse("Points").unwrap(),
        price: cny(PRICE),
        grants: vec![Grant::Points(PointsGrant::new(10).unwrap())],
        upgrade: None,
        upgrade_worth: None,
    };
    let begun = Attempt::opening(attempt_no(1), Method::StripeCheckout, account("main"), at(START));
    let new = NewOrder {
        no: OrderNo::mint(at(START), 1),
        created_at: at(START),
        expire_at: at(END),
        sold: Arc::new(sold),
        policy,
    };
    let mut order = Order::new(new, begun.opened(None, Some(at(END))));
    let second = order.retry(Method::StripeIntent, account("main"), at(START)).unwrap();
    order.opened(second, None, second_ends.then(|| at(END + 600)), at(START));
    order
}

pub fn policies() -> impl Strategy<Value = Policy> {
    (any::<bool>(), 0..600_u32, 1..6_u8).prop_map(|(fulfil, poll, most_unanswered)| Policy {
        late: if fulfil { LatePolicy::Fulfil } else { LatePolicy::Refund },
        poll: Seconds(poll),
        most_unanswered,
    })
}

/// Around the order's life, and the ends of time.
pub fn times() -> impl Strategy<Value = Time> {
    prop_oneof![8 => START..END + 90_000, 1 => Just(0), 1 => Just(LAST)].prop_map(at)
}

pub fn amounts() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![6 => 0..PRICE + 2, 2 => Just(PRICE), 1 => Just(MOST_MINOR)];
    let currency = prop_oneof![8 => Just(Currency::CNY), 1 => Just(Currency::USD)];
    (minor, currency).prop_map(|(minor, currency)| Money::new(minor, currency).unwrap())
}

pub fn refund_words() -> impl Strategy<Value = RefundWord> {
    prop::sample::select(vec![
        RefundWord::Unclear,
        RefundWord::NoBalance,
        RefundWord::Processing,
        RefundWord::Abnormal,
        RefundWord::Succeeded,
        RefundWord::Failed,
    ])
}

pub fn dispute_states() -> impl Strategy<Value = DisputeState> {
    prop::sample::select(vec![DisputeState::Opened, DisputeState::Won, DisputeState::Lost])
}

/// What an attempt can be said to be, short of paid.
pub fn attempt_words() -> impl Strategy<Value = Says> {
    let words = [Says::NotPaid, Says::Processing, Says::Failed, Says::Unknown];
    let closed = [true, false].map(|for_good| Says::Closed { for_good });
    prop::sample::select(words.into_iter().chain(closed).collect::<Vec<_>>())
}

/// Anything that a provider could say, contradictions and nonsense included.
pub fn reports() -> impl Strategy<Value = Report> {
    let trades = || (0..4_u8).prop_map(trade);
    let paid = (trades(), amounts(), times()).prop_map(|(trade_no, amount, paid_at)| Says::Paid {
        trade_no,
        amount,
        paid_at,
        buyer: None,
    });
    let sold =
        trades().prop_map(|trade_no| Says::Paid { trade_no, amount: cny(PRICE), paid_at: at(START), buyer: None });
    let refund = (0..6_u8, trades(), amounts(), refund_words()).prop_map(|(n, trade_no, amount, word)| Says::Refund {
        id: refund_id(n),
        trade_no,
        amount,
        word,
    });
    let dispute = (0..2_u8, trades(), amounts(), dispute_states())
        .prop_map(|(n, trade_no, amount, state)| Says::Dispute { no: dispute_no(n), trade_no, amount, state });
    let in_all = (trades(), amounts()).prop_map(|(trade_no, amount)| Says::BackInAll { trade_no, amount });
    let unclear = trades().prop_map(|trade_no| Says::BackUnclear { trade_no });
    let says =
        prop_oneof![2 => paid, 2 => sold, 4 => refund, 2 => dispute, 1 => in_all, 1 => unclear, 3 => attempt_words()];
    let attempts = prop::sample::select(vec![1, 1, 2, 2, 7, 99]).prop_map(attempt_no);
    let accounts = prop::sample::select(vec!["main", "main", "main", "other"]).prop_map(account);
    (attempts, accounts, prop::option::of(times()), says).prop_map(|(attempt, account, asked_at, says)| Report {
        attempt,
        account,
        asked_at,
        says,
    })
}

/// One thing that happens to an order.
#[derive(Clone, Debug)]
pub enum Step {
    Hear(Report),
    Silence(Subject),
    Cancel(Why),
    Retry,
    Opened(u8, bool),
    Refund(RefundRequest),
    Resolve(Resolution),
    Grant,
    Revoke,
    Supersede,
    Tell,
    Claim(May),
}

pub fn steps() -> impl Strategy<Value = Step> {
    let trades = || prop::option::of((0..4_u8).prop_map(trade));
    let subjects = prop_oneof![
        (1..3_u8).prop_map(|n| Subject::Attempt(attempt_no(n))),
        (0..6_u8).prop_map(|n| Subject::Refund(refund_id(n)))
    ];
    let whys = prop::sample::select(vec![Why::User, Why::Expired, Why::Admin]);
    let refunds = (0..9_u8, trades(), prop::option::of(amounts()), any::<bool>())
        .prop_map(|(key, trade_no, amount, revoke)| RefundRequest { trade_no, revoke, ..wish(key, amount) });
    let decisions = prop::sample::select(vec![Decision::Accept, Decision::Return, Decision::Clear]);
    let words = prop::sample::select(HoldWord::ALL.to_vec());
    let resolutions =
        (words, trades(), decisions, prop::option::of(amounts())).prop_map(|(word, trade_no, decision, amount)| {
            Resolution { word, trade_no, decision, amount, by: user(), reason: reason() }
        });
    prop_oneof![
        8 => reports().prop_map(Step::Hear),
        2 => subjects.prop_map(Step::Silence),
        1 => whys.prop_map(Step::Cancel),
        1 => Just(Step::Retry),
        1 => (1..4_u8, any::<bool>()).prop_map(|(n, ends)| Step::Opened(n, ends)),
        3 => refunds.prop_map(Step::Refund),
        2 => resolutions.prop_map(Step::Resolve),
        2 => Just(Step::Grant),
        1 => Just(Step::Revoke),
        1 => Just(Step::Supersede),
        1 => Just(Step::Tell),
        3 => any::<bool>().prop_map(|all| Step::Claim(if all { May::All } else { May::Enqueue })),
    ]
}

impl Step {
    /// Does it; a claim hands out duties.
    pub fn take(&self, order: &mut Order, now: Time) -> Result<Vec<Duty>, Refusal> {
        match self {
            Self::Claim(may) => return Ok(order.claim(now, *may)),
            Self::Hear(report) => _ = order.settle(report, now),
            Self::Silence(subject) => _ = order.unanswered(subject),
            Self::Opened(n, ends) => _ = order.opened(attempt_no(*n), None, ends.then(|| at(END)), now),
            Self::Cancel(why) => order.cancel(*why, By::Buyer, now)?,
            Self::Retry => _ = order.retry(Method::StripeIntent, account("main"), now)?,
            Self::Refund(wish) => _ = order.refund(wish, now)?,
            Self::Resolve(resolution) => order.resolve(resolution, now)?,
            Self::Grant => _ = order.grant(1, now)?,
            Self::Revoke => _ = order.revoke(1, now)?,
            Self::Supersede => order.supersede(now)?,
            Self::Tell => order.told(&order.untold())?,
        }
        Ok(Vec::new())
    }
}
