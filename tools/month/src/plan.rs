//! What will happen to an order, and when: its course until it is paid or ended, and what comes after.

use till_domain::id::{AttemptNo, RefundIndex};
use till_domain::money::Money;
use till_domain::order::{
    By, Decision, DisputeState, HoldWord, Order, RefundId, RefundRequest, RefundWord, Resolution, Says, Why,
};
use till_domain::provider::Method;
use till_domain::text::{Key, Reason, TradeNo, UserId};
use till_domain::time::{Seconds, Time};

use crate::choice::{self, After, Course};
use crate::numbers;
use crate::random::Random;

/// One thing that happens to an order.
#[derive(Clone, Debug)]
pub enum Step {
    /// Its provider says this of an attempt.
    Hear(AttemptNo, Says),
    Retry(Method),
    Cancel(Why, By),
    Refund(RefundRequest),
    /// The provider takes all refunds that are decided, and they succeed.
    RefundsSucceed,
    /// The refund that succeeded fails after all.
    RefundFails,
    Resolve(Resolution),
    Grant,
    Revoke,
}

pub type Steps = Vec<(Time, Step)>;

const FIRST: AttemptNo = AttemptNo::FIRST;
const DISPUTE_LASTS: Seconds = Seconds::days(4);

pub struct Planner<'a> {
    pub random: &'a mut Random,
    pub order: &'a Order,
    pub method: Method,
    /// What happens later than this is not known yet.
    pub until: Time,
}

impl Planner<'_> {
    pub fn plan(&mut self, course: Course) -> Steps {
        let mut steps = Steps::new();
        let quick = self.pays_within(Seconds::minutes(20));
        match course {
            Course::Paid => self.pay_and_live(&mut steps, FIRST, quick),
            Course::PaidAfterDecline => {
                self.decline(&mut steps, quick);
                let again = quick.plus(Seconds(self.random.between(20, 240)));
                self.pay_and_live(&mut steps, FIRST, again);
            }
            Course::PaidByRetry => self.pay_by_retry(&mut steps, quick),
            Course::PaidLate => {
                self.abandon(&mut steps);
                let late = self.order.expire_at.plus(Seconds(self.random.between(5, 600)));
                self.pay_and_live(&mut steps, FIRST, late);
            }
            Course::ReturnedLate => {
                self.abandon(&mut steps);
                let late = self.order.expire_at.plus(Seconds(self.random.between(5, 600)));
                self.pay(&mut steps, FIRST, late, self.order.sold.price);
                steps.push((self.soon(late), Step::RefundsSucceed));
            }
            Course::PaidTwice => {
                let trade = self.pay(&mut steps, FIRST, quick, self.order.sold.price);
                let again = quick.plus(Seconds(self.random.between(3, 60)));
                self.pay(&mut steps, FIRST, again, self.order.sold.price);
                let granted = quick.plus(Seconds::minutes(2));
                steps.push((granted, Step::Grant));
                steps.push((self.soon(granted), Step::RefundsSucceed));
                self.later(&mut steps, FIRST, trade, granted);
            }
            Course::OddInReview => {
                self.pay_oddly(&mut steps, quick);
                self.abandon(&mut steps);
            }
            Course::OddAccepted => self.odd_is_accepted(&mut steps, quick),
            Course::OddReturned => self.odd_is_returned(&mut steps, quick),
            Course::Abandoned => self.abandon(&mut steps),
            Course::Declined => {
                self.decline(&mut steps, quick);
                self.abandon(&mut steps);
            }
            Course::Failed => {
                steps.push((quick, Step::Hear(FIRST, Says::Failed)));
                self.abandon(&mut steps);
            }
            Course::CancelledByBuyer => cancel(&mut steps, quick, Why::User, By::Buyer),
            Course::CancelledByTeam => cancel(&mut steps, quick, Why::Admin, By::Admin(team())),
        }
        steps
    }

    fn pays_within(&mut self, most: Seconds) -> Time {
        self.order.created_at.plus(choice::time_to_pay(self.random, self.method, most))
    }

    fn soon(&mut self, at: Time) -> Time {
        at.plus(Seconds(self.random.between(1, 40)))
    }

    fn decline(&mut self, steps: &mut Steps, at: Time) {
        let why = choice::decline(self.random);
        steps.push((at, Step::Hear(FIRST, Says::Declined(why))));
    }

    /// Nobody pays: at its end it is closed at the provider and expires.
    fn abandon(&mut self, steps: &mut Steps) {
        let end = self.order.expire_at.plus(Seconds(self.random.between(0, 60)));
        cancel(steps, end, Why::Expired, By::Till);
    }

    fn pay(&mut self, steps: &mut Steps, attempt: AttemptNo, at: Time, amount: Money) -> Option<TradeNo> {
        let trade_no = numbers::trade_no(self.random, self.provider_of(attempt), at)?;
        let paid = Says::Paid { trade_no: trade_no.clone(), amount, paid_at: at, buyer: None };
        // The notification comes a little later than the money.
        steps.push((at.plus(Seconds(self.random.between(0, 2))), Step::Hear(attempt, paid)));
        Some(trade_no)
    }

    /// A later attempt is by another method of the same currency.
    fn provider_of(&self, attempt: AttemptNo) -> till_domain::provider::Provider {
        if attempt == FIRST { self.method.provider() } else { other(self.method).provider() }
    }

    fn pay_and_live(&mut self, steps: &mut Steps, attempt: AttemptNo, at: Time) {
        let trade = self.pay(steps, attempt, at, self.order.sold.price);
        let granted = at.plus(Seconds(2)).plus(choice::time_to_grant(self.random));
        steps.push((granted, Step::Grant));
        self.later(steps, attempt, trade, granted);
    }

    fn pay_by_retry(&mut self, steps: &mut Steps, at: Time) {
        if self.random.is_one_of_thousand(400) {
            self.decline(steps, at);
        }
        let at = at.plus(Seconds(self.random.between(5, 120)));
        steps.push((at, Step::Hear(FIRST, Says::Closed { for_good: true })));
        steps.push((at, Step::Retry(other(self.method))));
        let Some(second) = FIRST.next() else { return };
        let paid = at.plus(Seconds(self.random.between(15, 200)));
        self.pay_and_live(steps, second, paid);
    }

    /// Another amount than the price: by a mistake at the provider, or by somebody who tries. Returns when it is decided about.
    fn pay_oddly(&mut self, steps: &mut Steps, at: Time) -> (Option<TradeNo>, Time) {
        let price = self.order.sold.price;
        let other = Money::new(price.minor() + 100, price.currency()).unwrap_or(price);
        let trade = self.pay(steps, FIRST, at, other);
        (trade, at.plus(Seconds::minutes(self.random.between(20, 25))))
    }

    fn odd_is_accepted(&mut self, steps: &mut Steps, at: Time) {
        let (trade, decided) = self.pay_oddly(steps, at);
        steps.push((decided, Step::Resolve(resolution(HoldWord::OddPayment, Decision::Accept))));
        steps.push((self.soon(decided), Step::Grant));
        self.later(steps, FIRST, trade, decided.plus(Seconds::minutes(1)));
    }

    fn odd_is_returned(&mut self, steps: &mut Steps, at: Time) {
        let (_, decided) = self.pay_oddly(steps, at);
        steps.push((decided, Step::Resolve(resolution(HoldWord::OddPayment, Decision::Return))));
        steps.push((self.soon(decided), Step::RefundsSucceed));
        self.abandon(steps);
    }

    /// What comes after the goods, if all of it is known by now.
    fn later(&mut self, steps: &mut Steps, attempt: AttemptNo, trade: Option<TradeNo>, granted: Time) {
        let after = self.random.weighted(&After::SHARES).unwrap_or(After::Nothing);
        let Some(trade) = trade.filter(|_| after != After::Nothing) else { return };
        let mut more = Steps::new();
        let at = granted.plus(Seconds(self.random.between(600, 8 * 86_400)));
        self.after(&mut more, after, attempt, trade, at);
        if more.iter().all(|(at, _)| *at <= self.until) {
            steps.extend(more);
        }
    }

    fn after(&mut self, steps: &mut Steps, after: After, attempt: AttemptNo, trade_no: TradeNo, at: Time) {
        let (price, soon) = (self.order.sold.price, self.soon(at));
        let part = Money::new((price.minor() / 10 * u64::from(self.random.between(1, 6))).max(1), price.currency());
        let part = part.unwrap_or(price);
        let mut say = |at: Time, says: Says| steps.push((at, Step::Hear(attempt, says)));
        match after {
            After::Nothing => {}
            After::Refund => {
                steps.extend([(at, refund(None, false)), (soon, Step::RefundsSucceed), (soon, Step::Revoke)]);
            }
            After::RefundInPart => steps.extend([(at, refund(Some(part), false)), (soon, Step::RefundsSucceed)]),
            After::RefundWithRevoke => {
                steps.extend([(at, refund(Some(part), true)), (soon, Step::RefundsSucceed), (soon, Step::Revoke)]);
            }
            After::RefundElsewhere => {
                let Some(no) = numbers::outside_refund_no(self.random) else { return };
                let (id, word) = (RefundId::Theirs(no), RefundWord::Succeeded);
                say(at, Says::Refund { id, trade_no, amount: part, word });
            }
            After::RefundFails => {
                let failed = soon.plus(Seconds::days(2));
                steps.extend([
                    (at, refund(Some(part), false)),
                    (soon, Step::RefundsSucceed),
                    (failed, Step::RefundFails),
                ]);
            }
            After::Unclear => say(at, Says::BackUnclear { trade_no }),
            After::DisputeOpen => self.dispute(steps, attempt, &trade_no, at, None),
            After::DisputeWon => self.dispute(steps, attempt, &trade_no, at, Some(DisputeState::Won)),
            After::DisputeLost => {
                self.dispute(steps, attempt, &trade_no, at, Some(DisputeState::Lost));
                steps.push((at.plus(DISPUTE_LASTS).plus(Seconds(3)), Step::Revoke));
            }
        }
    }

    fn dispute(
        &mut self,
        steps: &mut Steps,
        attempt: AttemptNo,
        trade_no: &TradeNo,
        at: Time,
        ends: Option<DisputeState>,
    ) {
        let Some(no) = numbers::dispute_no(self.random) else { return };
        let amount = self.order.sold.price;
        let states = [(at, Some(DisputeState::Opened)), (at.plus(DISPUTE_LASTS), ends)];
        for (at, state) in states {
            let Some(state) = state else { continue };
            let says = Says::Dispute { no: no.clone(), trade_no: trade_no.clone(), amount, state };
            steps.push((at, Step::Hear(attempt, says)));
        }
    }
}

fn cancel(steps: &mut Steps, at: Time, why: Why, by: By) {
    steps.push((at, Step::Hear(FIRST, Says::Closed { for_good: true })));
    steps.push((at, Step::Cancel(why, by)));
}

/// The method of a second attempt.
pub const fn other(method: Method) -> Method {
    match method {
        Method::WechatNative | Method::WechatJsapi | Method::WechatH5 => Method::AlipayQr,
        Method::AlipayQr | Method::AlipayPage | Method::AlipayWap => Method::WechatNative,
        Method::StripeCheckout => Method::StripeIntent,
        Method::StripeIntent => Method::StripeCheckout,
    }
}

fn refund(amount: Option<Money>, revoke: bool) -> Step {
    let (key, reason) = (text(Key::parse("month-refund")), text(Reason::parse("the buyer asked for it")));
    Step::Refund(RefundRequest { key, trade_no: None, amount, revoke, reason, by: team() })
}

pub fn resolution(word: HoldWord, decision: Decision) -> Resolution {
    let reason = text(Reason::parse("settled with the buyer"));
    Resolution { word, trade_no: None, decision, amount: None, by: team(), reason }
}

fn team() -> UserId {
    text(UserId::parse("support-1"))
}

/// Texts of this file are within their limits.
fn text<T>(parsed: Result<T, till_domain::text::BadText>) -> T {
    parsed.unwrap_or_else(|bad| panic!("a text of this program is illegal: {bad}"))
}

/// Every number of a refund of ours that an order has.
pub fn ours(order: &Order) -> impl Iterator<Item = (RefundIndex, usize)> {
    order.refunds.iter().enumerate().filter_map(|(place, refund)| match refund.id {
        RefundId::Ours(n) => Some((n, place)),
        RefundId::Theirs(_) => None,
    })
}
