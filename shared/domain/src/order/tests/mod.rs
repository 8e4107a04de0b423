//! The order's rules, each on the smallest history that shows it: what those histories are written with.

mod adopted;
mod attempts;
mod commands;
mod declines;
mod duties;
mod heard;
mod holds;
mod lifetime;
mod money;
mod remedies;
mod resolve;
mod schedule;
mod settle;
mod sold;
mod stated;
mod words;

use super::*;
use crate::currency::Currency;
use crate::id::RefundIndex;
use crate::product::{MembershipGrant, PointsGrant, Tier};
use crate::provider::{Account, Method, Provider};
use crate::refusal::Refusal;
use crate::text::{AccountId, DisputeNo, Key, OutsideRefundNo, Reason, TierName, TradeNo};
use crate::time::Seconds;

/// What the order costs, in fen.
const PRICE: u64 = 9_900;
/// The last minute in which it can be paid in time.
const END: u32 = 30;
/// When a denial is the last word.
const LAST: u32 = END + 5;

/// So many minutes after the order was made.
fn minute(n: u32) -> Time {
    Time::from_unix(1_735_689_600).unwrap().plus(Seconds::minutes(n))
}

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn usd(minor: u64) -> Money {
    Money::new(minor, Currency::USD).unwrap()
}

fn n(number: u8) -> AttemptNo {
    AttemptNo::new(number).unwrap()
}

fn r(number: u8) -> RefundIndex {
    RefundIndex::new(number).unwrap()
}

fn ours(number: u8) -> RefundId {
    RefundId::Ours(r(number))
}

fn theirs(no: &str) -> RefundId {
    RefundId::Theirs(OutsideRefundNo::parse(no).unwrap())
}

fn trade(no: &str) -> TradeNo {
    TradeNo::parse(no).unwrap()
}

fn user(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

fn reason() -> Reason {
    Reason::parse("because").unwrap()
}

fn account(name: &str) -> Account {
    Account { provider: Provider::Alipay, id: AccountId::parse(name).unwrap() }
}

fn late_goes_back() -> Policy {
    Policy { late: LatePolicy::Refund, ..Policy::default() }
}

/// A pending order with one open attempt, by account `main`.
fn order() -> Order {
    order_under(Policy::default())
}

fn order_under(policy: Policy) -> Order {
    order_of(policy, None, Some(minute(END)))
}

/// The same, paid and not yet granted.
fn bought() -> Order {
    order().hears([paid("A")])
}

/// A pending order for an upgrade.
fn upgrade() -> Order {
    order_of(Policy::default(), Some(Upgrade { replaced: Vec::new() }), Some(minute(END)))
}

fn order_of(policy: Policy, upgrade: Option<Upgrade>, payable_until: Option<Time>) -> Order {
    let tier = Tier { name: TierName::parse("gold").unwrap(), rank: 2 };
    let sold = Sold {
        user: user("ann"),
        kind: ProductType::parse("membership").unwrap(),
        product: ProductId::parse("gold-30").unwrap(),
        name: ProductName::parse("Gold, 30 days").unwrap(),
        price: cny(PRICE),
        grants: vec![
            Grant::Points(PointsGrant::new(100).unwrap()),
            Grant::Membership(MembershipGrant::new(tier, 30).unwrap()),
        ],
        upgrade,
        upgrade_worth: None,
    };
    let attempt = Attempt::opening(n(1), Method::AlipayQr, account("main"), minute(0)).opened(None, payable_until);
    let no = OrderNo::mint(minute(0), 7);
    let new = NewOrder { no, created_at: minute(0), expire_at: minute(END), sold: Arc::new(sold), policy };
    Order::new(new, attempt)
}

// What providers say: pushed, of the first attempt, through its own account, unless told otherwise.

fn says(says: Says) -> Report {
    Report { attempt: n(1), account: account("main"), asked_at: None, says }
}

/// The price was paid, in the first minute.
fn paid(trade_no: &str) -> Report {
    paid_so(trade_no, cny(PRICE), 1)
}

fn paid_so(trade_no: &str, amount: Money, paid_at: u32) -> Report {
    says(Says::Paid { trade_no: trade(trade_no), amount, paid_at: minute(paid_at), buyer: None })
}

fn closed(for_good: bool) -> Report {
    says(Says::Closed { for_good })
}

fn refund_says(id: RefundId, trade_no: &str, minor: u64, word: RefundWord) -> Report {
    says(Says::Refund { id, trade_no: trade(trade_no), amount: cny(minor), word })
}

/// A refund made elsewhere, done.
fn went_back(no: &str, trade_no: &str, minor: u64) -> Report {
    refund_says(theirs(no), trade_no, minor, RefundWord::Succeeded)
}

fn in_all(trade_no: &str, amount: Money) -> Report {
    says(Says::BackInAll { trade_no: trade(trade_no), amount })
}

fn unclear(trade_no: &str) -> Report {
    says(Says::BackUnclear { trade_no: trade(trade_no) })
}

fn dispute(trade_no: &str, minor: u64, state: DisputeState) -> Report {
    let no = DisputeNo::parse(&format!("D-{trade_no}")).unwrap();
    says(Says::Dispute { no, trade_no: trade(trade_no), amount: cny(minor), state })
}

impl Report {
    fn of(self, attempt: u8) -> Self {
        Self { attempt: n(attempt), ..self }
    }

    fn through(self, name: &str) -> Self {
        Self { account: account(name), ..self }
    }

    fn asked(self, at: u32) -> Self {
        Self { asked_at: Some(minute(at)), ..self }
    }
}

/// A person's wish to give the kept payment back, wholly or in part.
fn wish(key: &str, minor: Option<u64>) -> RefundRequest {
    RefundRequest {
        key: Key::parse(key).unwrap(),
        trade_no: None,
        amount: minor.map(cny),
        revoke: false,
        reason: reason(),
        by: user("boss"),
    }
}

fn resolution(word: HoldWord, decision: Decision) -> Resolution {
    Resolution { word, trade_no: None, decision, amount: None, by: user("boss"), reason: reason() }
}

/// An admin's word that the first attempt was paid.
fn word(trade_no: &str) -> Statement {
    let evidence = Reason::parse("the bank shows it").unwrap();
    Statement { attempt: n(1), trade_no: trade(trade_no), amount: cny(PRICE), evidence, by: user("boss") }
}

/// An order whose provider was asked in vain, and of which an admin stated the payment `S`.
fn stated() -> Order {
    let silent = order().silent(&Subject::Attempt(n(1)), 1);
    silent.and(|order| order.state_payment(&word("S"), Some(cny(PRICE)), minute(2)).unwrap())
}

impl Order {
    /// So many questions get no answer.
    fn silent(mut self, subject: &Subject, times: u8) -> Self {
        for _ in 0..times {
            self.unanswered(subject);
        }
        self
    }

    /// Takes reports in, one after the other, in the second minute.
    fn hears(mut self, reports: impl IntoIterator<Item = Report>) -> Self {
        for report in reports {
            self.settle(&report, minute(2));
        }
        self
    }

    /// Applies a command and ignores its result.
    fn and<T>(mut self, does: impl FnOnce(&mut Self) -> T) -> Self {
        does(&mut self);
        self
    }

    /// Closed at the provider without a promise, then cancelled.
    fn ended(self, why: Why) -> Self {
        let by = if why == Why::User { By::Buyer } else { By::Till };
        self.hears([closed(false)]).and(|order| order.cancel(why, by, minute(END)).unwrap())
    }

    fn given(self) -> Self {
        self.and(|order| order.grant(1, minute(3)).unwrap())
    }

    fn taken_back(self) -> Self {
        self.and(|order| order.revoke(2, minute(4)).unwrap())
    }

    fn gives_back(self, wish: &RefundRequest) -> Self {
        self.and(|order| order.refund(wish, minute(5)).unwrap())
    }

    fn resolved(self, resolution: &Resolution) -> Self {
        self.and(|order| order.resolve(resolution, minute(6)).unwrap())
    }

    /// Every claim when it is due, nothing being done, until `last`.
    fn claimed_until(self, last: u32) -> Self {
        self.and(|order| {
            order.claim(minute(2), May::All);
            while let Some(due) = order.due_at().filter(|due| *due <= minute(last)) {
                order.claim(due, May::All);
            }
        })
    }

    fn owed(&self) -> Vec<Duty> {
        self.duties().into_iter().map(|(duty, _)| duty).collect()
    }

    fn roles(&self) -> Vec<Role> {
        self.payments.iter().map(|payment| payment.role).collect()
    }

    fn hold_words(&self) -> Vec<HoldWord> {
        self.holds().into_iter().map(|hold| hold.word).collect()
    }
}
