//! A history of commands and reports for each situation of an order, for every test of what is said of orders.

use std::sync::Arc;

use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::money::Money;
use till_domain::order::{
    Attempt, By, Decision, Decline, DisputeState, HoldWord, LatePolicy, May, NewOrder, Order, Policy, RefundId,
    RefundRequest, RefundWord, Report, Resolution, Says, SituationWord as Word, Sold, Subject, Why,
};
use till_domain::product::{Grant, PointsGrant};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{
    AccountId, DisputeNo, Key, OutsideRefundNo, ProductId, ProductName, ProductType, Reason, TradeNo, UserId,
};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::Upgrade;

const PRICE: u64 = 9_900;
/// The minute in which the order ends.
const END: u32 = 30;

/// An order that is in a situation at a moment.
pub struct Sample {
    pub word: Word,
    pub order: Order,
    pub now: Time,
}

/// One sample of each situation; other things may be to say of it too.
#[must_use]
pub fn situations() -> Vec<Sample> {
    let groups = [pending(), cancelled(), delivered(), ended(), attempts(), late(), odd(), returned(), refunds()];
    let rows = groups.into_iter().flatten().chain(disputes());
    rows.map(|(word, story)| Sample { word, order: story.order, now: story.now }).collect()
}

type Rows = Vec<(Word, Story)>;

fn pending() -> Rows {
    let closed = || Story::new().hears(closed(true));
    vec![
        (Word::WaitingForBuyer, Story::new().claims()),
        (Word::NotPaidYet, Story::new().claims().at(1).claims().hears_asked(Says::NotPaid).at(2)),
        (Word::Declined, Story::new().hears(Says::Declined(Decline::InsufficientFunds)).claims()),
        (Word::DeclinedAndEnded, Story::new().hears(Says::Failed).claims()),
        (Word::AttemptOpening, closed().at(3).retries().claims()),
        (Word::AttemptAbandoned, closed().at(3).retries().claims().at(5)),
        (Word::AttemptEnded, closed().claims()),
        (Word::NoAttemptLeft, closed().at(END - 1).claims()),
        (Word::PaymentProcessing, Story::new().hears(Says::Processing).claims()),
        (Word::ProcessingPastEnd, Story::new().hears(Says::Processing).at(END + 1).claims()),
        (Word::PaymentInReview, Story::new().at(3).retries().opened(2).hears(paid_so("A", cny(100), 1)).claims()),
        (Word::ExpiredClosing, Story::new().claims().at(END).claims()),
    ]
}

fn cancelled() -> Rows {
    vec![
        (Word::CancelledByBuyer, Story::new().cancelled(Why::User)),
        (Word::CancelledByTeam, Story::new().cancelled(Why::Admin)),
        (Word::Expired, Story::new().at(END).cancelled(Why::Expired)),
    ]
}

fn delivered() -> Rows {
    let opened = || dispute(DisputeState::Opened);
    let in_part = || bought().granted().gives_back(Some(100), true).hears(ours(1, "A", 100, RefundWord::Succeeded));
    vec![
        (Word::GoodsOnTheWay, bought().claims()),
        (Word::GoodsDelayed, bought().claims_until(10)),
        (Word::GoodsFailed, bought().claims_until_held()),
        (Word::HeldByDispute, bought().hears(opened()).claims()),
        (Word::HeldByUnclearRefund, bought().hears(Says::BackUnclear { trade_no: trade("A") }).claims()),
        (Word::HeldByRefund, bought().gives_back(None, false).claims()),
        (
            Word::GoodsForfeit,
            bought().gives_back(Some(100), true).hears(ours(1, "A", 100, RefundWord::Succeeded)).claims(),
        ),
        (Word::Granted, bought().granted().claims()),
        (Word::TakingBack, in_part().claims()),
        (Word::TakingBackFailed, in_part().claims_until_held()),
        (Word::TakenBack, in_part().revoked().claims()),
        (Word::NothingMore, bought().granted().claims()),
    ]
}

fn ended() -> Rows {
    let refunded = || bought().granted().hears(went_back("x", "A", PRICE)).revoked();
    let undone = || refunded().hears(theirs("x", "A", PRICE, RefundWord::Failed));
    let superseded = || Story::of(Policy::default(), true).hears(paid("A")).superseded().claims();
    vec![
        (Word::Refunded, refunded().claims()),
        (Word::RefundedUndelivered, bought().hears(went_back("x", "A", PRICE)).claims()),
        (Word::GrantedAgain, undone().resolved(HoldWord::RefundFailed, Decision::Accept).granted().claims()),
        (Word::Superseded, superseded()),
        (Word::SupersededReturned, superseded().hears(ours(1, "A", PRICE, RefundWord::Succeeded)).claims()),
    ]
}

fn attempts() -> Rows {
    let two = || Story::new().at(3).retries().opened(2);
    vec![
        (Word::AnotherCodeOpen, two().claims()),
        (Word::AnotherProcessing, two().hears(Says::Processing).hears_of(2, paid("A")).claims()),
        (Word::ClosingAttempt, two().hears_of(2, paid("A")).claims()),
        (Word::LastQuestion, two().hears(closed(false)).hears_of(2, paid("A")).claims()),
        (Word::ProviderSilent, Story::new().claims().at(1).claims().silent(&Subject::Attempt(n(1)), 2)),
        (Word::ProviderUnreachable, Story::new().claims().silent(&Subject::Attempt(n(1)), 5).claims()),
    ]
}

fn late() -> Rows {
    let late = || paid_so("A", cny(PRICE), END + 1);
    let goes_back = || Policy { late: LatePolicy::Refund, ..Policy::default() };
    let returning = || Story::of(goes_back(), false).at(END + 2).hears(late()).claims();
    vec![
        (Word::PaidLate, Story::new().at(END + 2).hears(late()).claims()),
        (Word::HeardLate, Story::new().at(END).cancelled(Why::Expired).at(END + 3).hears(paid("A")).claims()),
        (Word::LateReturning, returning()),
        (Word::LateReturned, returning().hears(ours(1, "A", PRICE, RefundWord::Succeeded)).claims()),
    ]
}

fn odd() -> Rows {
    let too_little = || Story::new().hears(paid_so("A", cny(100), 1));
    let returning = || too_little().resolved(HoldWord::OddPayment, Decision::Return).claims();
    let dollars = Money::new(PRICE, Currency::USD).unwrap();
    vec![
        (Word::OddAmount, too_little().claims()),
        (Word::OddCurrency, Story::new().hears(paid_so("A", dollars, 1)).claims()),
        (Word::OddAccount, Story::new().hears_through("other", paid("A")).claims()),
        (Word::OddAccepted, too_little().resolved(HoldWord::OddPayment, Decision::Accept).claims()),
        (Word::OddReturning, returning()),
        (Word::OddReturned, returning().hears(ours(1, "A", 100, RefundWord::Succeeded)).claims()),
        (Word::TeamNotTold, too_little().claims()),
    ]
}

fn returned() -> Rows {
    let twice = || bought().granted().hears(paid("B"));
    let failed = |times: u8| {
        (1..=times).fold(twice(), |story, no| {
            story.at(60 * u32::from(no)).claims().hears(ours(no, "B", PRICE, RefundWord::Failed))
        })
    };
    let disputed = DisputeNo::parse("D-B").unwrap();
    let disputed = Says::Dispute { no: disputed, trade_no: trade("B"), amount: cny(5), state: DisputeState::Opened };
    vec![
        (Word::TwiceReturning, twice().claims()),
        (Word::TwiceReturned, twice().claims().hears(ours(1, "B", PRICE, RefundWord::Succeeded)).claims()),
        (Word::ReturnRefused, failed(1).claims()),
        (Word::ReturnHeld, twice().hears(disputed).claims()),
        (Word::ReturnsFailed, failed(3).claims()),
        (Word::ReturnsGivenUp, failed(3).resolved(HoldWord::RefundFailed, Decision::Clear).claims()),
        (Word::PartlyRefunded, bought().granted().hears(went_back("x", "A", 100)).claims()),
        (Word::RefundUnclear, bought().granted().hears(Says::BackUnclear { trade_no: trade("A") }).claims()),
    ]
}

fn refunds() -> Rows {
    let asked = || bought().granted().gives_back(Some(100), false).claims();
    let says = |word| asked().hears(ours(1, "A", 100, word)).claims();
    let undone = || {
        let back = bought().granted().hears(went_back("x", "A", 100));
        back.hears(theirs("x", "A", 100, RefundWord::Failed)).claims()
    };
    let subject = Subject::Refund(RefundId::Ours(RefundIndex::FIRST));
    vec![
        (Word::RefundRequested, asked()),
        (Word::RefundSentInVain, asked().claims_until(10)),
        (Word::RefundNoBalance, says(RefundWord::NoBalance)),
        (Word::RefundNotAccepted, asked().claims_until_held()),
        (Word::RefundProcessing, says(RefundWord::Processing)),
        (Word::RefundAbnormal, says(RefundWord::Abnormal)),
        (Word::RefundFailed, says(RefundWord::Failed)),
        (Word::RefundUndone, undone()),
        (Word::RefundUndoneSettled, undone().resolved(HoldWord::RefundFailed, Decision::Clear).claims()),
        (Word::RefundWithoutPayment, Story::new().hears(went_back("x", "Z", 100)).claims()),
        (Word::RefundSilent, asked().silent(&subject, 2)),
        (Word::RefundUnreachable, asked().silent(&subject, 5).claims()),
    ]
}

fn disputes() -> Rows {
    let opened = || bought().granted().hears(dispute(DisputeState::Opened));
    vec![
        (Word::DisputeOpen, opened().claims()),
        (Word::DisputeCleared, opened().resolved(HoldWord::Dispute, Decision::Clear).claims()),
        (Word::DisputeWon, opened().hears(dispute(DisputeState::Won)).claims()),
        (Word::DisputeLost, opened().hears(dispute(DisputeState::Lost)).claims()),
    ]
}

/// An order and how late it is in its life.
struct Story {
    order: Order,
    now: Time,
}

/// Paid, and not yet granted.
fn bought() -> Story {
    Story::new().at(2).hears(paid("A"))
}

impl Story {
    fn new() -> Self {
        Self::of(Policy::default(), false)
    }

    fn of(policy: Policy, is_upgrade: bool) -> Self {
        let sold = Sold {
            user: UserId::parse("ann").unwrap(),
            kind: ProductType::parse("points").unwrap(),
            product: ProductId::parse("points-100").unwrap(),
            name: ProductName::parse("100 积分").unwrap(),
            price: cny(PRICE),
            grants: vec![Grant::Points(PointsGrant::new(100).unwrap())],
            upgrade: is_upgrade.then(|| Upgrade { replaced: Vec::new() }),
            upgrade_worth: None,
        };
        let attempt = Attempt::opening(n(1), Method::AlipayQr, account("main"), minute(0));
        let new = NewOrder {
            no: OrderNo::mint(minute(0), 7),
            created_at: minute(0),
            expire_at: minute(END),
            sold: Arc::new(sold),
            policy,
        };
        Self { order: Order::new(new, attempt.opened(None, Some(minute(END)))), now: minute(0) }
    }

    fn at(self, n: u32) -> Self {
        Self { now: minute(n), ..self }
    }

    fn hears(self, says: Says) -> Self {
        self.hears_of(1, says)
    }

    fn hears_of(self, attempt: u8, says: Says) -> Self {
        self.takes_in(&Report { attempt: n(attempt), account: account("main"), asked_at: None, says })
    }

    fn hears_through(self, name: &str, says: Says) -> Self {
        self.takes_in(&Report { attempt: n(1), account: account(name), asked_at: None, says })
    }

    fn hears_asked(self, says: Says) -> Self {
        let asked_at = Some(self.now);
        self.takes_in(&Report { attempt: n(1), account: account("main"), asked_at, says })
    }

    fn takes_in(mut self, report: &Report) -> Self {
        self.order.settle(report, self.now);
        self
    }

    fn silent(mut self, subject: &Subject, times: u8) -> Self {
        for _ in 0..times {
            self.order.unanswered(subject);
        }
        self
    }

    fn claims(mut self) -> Self {
        self.order.claim(self.now, May::All);
        self
    }

    /// Claims whenever something is due, without doing it.
    fn claims_until(self, last: u32) -> Self {
        let mut story = self.claims();
        while let Some(due) = story.order.due_at().filter(|due| *due <= minute(last)) {
            story = Self { now: due, ..story }.claims();
        }
        story
    }

    /// The same, until a person must look.
    fn claims_until_held(self) -> Self {
        let mut story = self.claims();
        while story.order.holds().is_empty() {
            let due = story.order.due_at().expect("something is due");
            story = Self { now: due, ..story }.claims();
        }
        story
    }

    fn retries(mut self) -> Self {
        self.order.retry(Method::AlipayQr, account("main"), self.now).unwrap();
        self
    }

    fn opened(mut self, attempt: u8) -> Self {
        self.order.opened(n(attempt), None, Some(minute(END)), self.now);
        self
    }

    fn cancelled(mut self, why: Why) -> Self {
        self = self.hears(closed(false));
        let by = if why == Why::User { By::Buyer } else { By::Till };
        self.order.cancel(why, by, self.now).unwrap();
        self.claims()
    }

    fn granted(mut self) -> Self {
        self.order.grant(1, self.now).unwrap();
        self
    }

    fn revoked(mut self) -> Self {
        self.order.revoke(2, self.now).unwrap();
        self
    }

    fn superseded(mut self) -> Self {
        self.order.supersede(self.now).unwrap();
        self
    }

    fn gives_back(mut self, minor: Option<u64>, revoke: bool) -> Self {
        let wish = RefundRequest {
            key: Key::parse("k").unwrap(),
            trade_no: None,
            amount: minor.map(cny),
            revoke,
            reason: reason(),
            by: boss(),
        };
        self.order.refund(&wish, self.now).unwrap();
        self
    }

    fn resolved(mut self, word: HoldWord, decision: Decision) -> Self {
        let resolution = Resolution { word, trade_no: None, decision, amount: None, by: boss(), reason: reason() };
        self.order.resolve(&resolution, self.now).unwrap();
        self
    }
}

fn minute(n: u32) -> Time {
    Time::from_unix(1_735_689_600).unwrap().plus(Seconds::minutes(n))
}

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn n(number: u8) -> AttemptNo {
    AttemptNo::new(number).unwrap()
}

fn trade(no: &str) -> TradeNo {
    TradeNo::parse(no).unwrap()
}

fn boss() -> UserId {
    UserId::parse("boss").unwrap()
}

fn reason() -> Reason {
    Reason::parse("because").unwrap()
}

fn account(name: &str) -> Account {
    Account { provider: Provider::Alipay, id: AccountId::parse(name).unwrap() }
}

/// The price was paid, in the first minute.
fn paid(trade_no: &str) -> Says {
    paid_so(trade_no, cny(PRICE), 1)
}

fn paid_so(trade_no: &str, amount: Money, paid_at: u32) -> Says {
    Says::Paid { trade_no: trade(trade_no), amount, paid_at: minute(paid_at), buyer: None }
}

const fn closed(for_good: bool) -> Says {
    Says::Closed { for_good }
}

fn ours(no: u8, trade_no: &str, minor: u64, word: RefundWord) -> Says {
    let id = RefundId::Ours(RefundIndex::new(no).unwrap());
    Says::Refund { id, trade_no: trade(trade_no), amount: cny(minor), word }
}

fn theirs(no: &str, trade_no: &str, minor: u64, word: RefundWord) -> Says {
    let id = RefundId::Theirs(OutsideRefundNo::parse(no).unwrap());
    Says::Refund { id, trade_no: trade(trade_no), amount: cny(minor), word }
}

/// A refund made elsewhere, done.
fn went_back(no: &str, trade_no: &str, minor: u64) -> Says {
    theirs(no, trade_no, minor, RefundWord::Succeeded)
}

fn dispute(state: DisputeState) -> Says {
    Says::Dispute { no: DisputeNo::parse("D-A").unwrap(), trade_no: trade("A"), amount: cny(PRICE), state }
}
