//! Money that comes late, twice, in the wrong amount, slowly or not at all. It is taken in as the provider states it, and
//! what it is to its order is the domain's to say.

use till_app::ports::Clock as _;
use till_domain::order::{AttemptState, By, Duty, LatePolicy, Policy, Status, Why};
use till_domain::refusal::Refusal;
use till_wire::{LIFE, PRICE, SystemClock};

use super::*;

/// One way to pay of each kind that the providers keep apart.
const KINDS: [Method; 5] =
    [Method::WechatNative, Method::AlipayQr, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent];

fn attempt(trade: &Trade) -> AttemptState {
    trade.order.newest_attempt().unwrap().state
}

/// All of a payment goes back, and the provider says so.
fn goes_back(trade: &mut Trade, of: &TradeNo, minor: u64) {
    let id = trade.decide_refund(Some(of), minor);
    word(&trade.send_refund(&id).unwrap());
    assert_eq!(word(&trade.query_refund(&id).unwrap()), RefundWord::Succeeded, "{}", trade.method);
}

/// A PaymentIntent has no end of its own: nothing can come after it.
fn can_be_late(method: Method) -> bool {
    method != Method::StripeIntent
}

#[test]
fn money_that_comes_late_is_kept() {
    for method in KINDS {
        let mut trade = trade(method);
        trade.act("pay_late");
        trade.hears(payment);
        let is_late = trade.order.payments[0].paid_at > trade.order.expire_at;
        assert_eq!(is_late, can_be_late(method), "{method}");
        assert_eq!(roles(&trade.order), [Role::Kept]);
        assert_eq!(trade.order.status(), Status::Paid);
        let before = trade.order.clone();
        assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()), "{method}");
        assert_eq!(trade.order, before, "{method}: asked, it says something else");
        books_agree(&trade);
    }
}

#[test]
fn money_that_comes_late_goes_back_where_that_is_the_rule() {
    for method in KINDS.into_iter().filter(|method| can_be_late(*method)) {
        let shop = Shop::open(Ways::default());
        let mut trade = Trade::draft_by(&shop, method, Policy { late: LatePolicy::Refund, ..Policy::default() }, LIFE);
        trade.create().unwrap();
        trade.visit();
        trade.act("pay_late");
        let (trade_no, amount) = trade.hears(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Extra], Status::Pending), "{method}");
        assert!(trade.order.owes(Duty::Return(0)), "{method}");
        goes_back(&mut trade, &trade_no, amount.minor());
        assert!(!trade.order.owes(Duty::Return(0)), "{method}");
        assert_eq!(holds(&trade.order), []);
        books_agree(&trade);
    }
}

/// Money arrives although the provider said that the trade is closed for good.
#[test]
fn money_for_what_was_closed_and_cancelled_is_taken_in() {
    for method in KINDS {
        let mut trade = trade(method);
        // Nobody has scanned the code: there is nothing yet that could be closed.
        let for_good = method != Method::AlipayQr;
        assert_eq!(trade.close(), Ok(vec![Says::Closed { for_good }]), "{method}");
        assert_eq!(trade.order.cancel(Why::User, By::Buyer, SystemClock.now()), Ok(()), "{method}");
        assert_eq!(trade.order.status(), Status::Cancelled);
        trade.act(if for_good { "pay_late" } else { "pay" });
        trade.hears(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept], Status::Paid), "{method}");
        assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()), "{method}");
        books_agree(&trade);
    }
}

#[test]
fn money_that_comes_twice_is_two_payments_and_the_second_goes_back() {
    for method in KINDS {
        let (mut trade, first) = paid(method);
        trade.act("pay_again");
        let (second, amount) = trade.hears(|says| payment(says).filter(|(trade_no, _)| *trade_no != first));
        assert_eq!(amount.minor(), PRICE);
        assert_eq!(roles(&trade.order), [Role::Kept, Role::Extra], "{method}");
        assert!(trade.order.owes(Duty::Return(1)) && !trade.order.owes(Duty::Return(0)), "{method}");
        // By the merchant's number the provider tells of the first alone: only a callback brings the second.
        let said: Vec<TradeNo> = trade.query().unwrap().iter().filter_map(payment).map(|(no, _)| no).collect();
        assert_eq!(said, [first], "{method}");
        books_agree(&trade);

        goes_back(&mut trade, &second, PRICE);
        assert!(!trade.order.owes(Duty::Return(1)), "{method}");
        assert_eq!((trade.order.status(), trade.order.refunded_amount().minor()), (Status::Paid, 0), "{method}");
        assert_eq!(holds(&trade.order), [], "{method}");
        trade.query().unwrap();
        books_agree(&trade);
    }
}

#[test]
fn a_wrong_amount_is_stated_as_it_is_and_held() {
    for (method, asked, expected) in KINDS
        .into_iter()
        .flat_map(|method| [(method, "", PRICE - 1), (method, "?amount=1234", 1234), (method, "?amount=1", 1)])
    {
        let mut trade = trade(method);
        trade.act(&format!("pay_wrong_amount{asked}"));
        let (trade_no, amount) = trade.hears(payment);
        assert_eq!((amount.minor(), amount.currency()), (expected, trade.order.sold.price.currency()), "{method}");
        assert_eq!((roles(&trade.order), holds(&trade.order)), (vec![Role::Odd], vec![HoldWord::OddPayment]));
        assert_eq!(trade.order.status(), Status::Pending, "{method}");
        let said: Vec<(TradeNo, Money)> = trade.query().unwrap().iter().filter_map(payment).collect();
        assert_eq!(said, [(trade_no.clone(), amount)], "{method}");
        books_agree(&trade);

        goes_back(&mut trade, &trade_no, expected);
        assert_eq!(holds(&trade.order), [], "{method}");
        books_agree(&trade);
    }
}

/// WeChat Pay and Alipay tell nobody of a try that failed; on Stripe's page the buyer tries again there; a form of the
/// merchant's own has failed. Whatever it was, money can still come.
#[test]
fn a_try_that_fails_is_not_the_end() {
    for method in KINDS {
        let mut trade = trade(method);
        trade.act("fail");
        let (told, expected, state) = match method {
            Method::StripeIntent => (Some(Says::Failed), Says::Failed, AttemptState::Failed),
            Method::StripeCheckout => (Some(Says::NotPaid), Says::NotPaid, AttemptState::Open),
            _ => (None, Says::NotPaid, AttemptState::Open),
        };
        match told {
            Some(told) => trade.hears(|says| (*says == told).then_some(())),
            None => assert_eq!(list(&trade.books(), "notices").len(), 0, "{method}"),
        }
        assert_eq!(trade.query(), Ok(vec![expected]), "{method}");
        assert_eq!((attempt(&trade), trade.order.status()), (state, Status::Pending), "{method}");
        trade.act("pay");
        trade.hears(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept], Status::Paid), "{method}");
        books_agree(&trade);
    }
}

/// A processing payment is neither paid nor failed, and cannot be closed or cancelled.
fn on_its_way(method: Method) -> Trade {
    let mut trade = trade(method);
    trade.act("process");
    trade.hears(|says| (*says == Says::Processing).then_some(()));
    assert_eq!(trade.query(), Ok(vec![Says::Processing]), "{method}");
    assert_eq!(trade.close(), Ok(vec![Says::Processing]), "{method}");
    assert_eq!((attempt(&trade), trade.order.status()), (AttemptState::Processing, Status::Pending), "{method}");
    assert_eq!(trade.order.cancel(Why::User, By::Buyer, SystemClock.now()), Err(Refusal::InProgress), "{method}");
    trade
}

#[test]
fn money_on_its_way_arrives() {
    for method in [Method::StripeCheckout, Method::StripeIntent] {
        let mut trade = on_its_way(method);
        trade.act("pay");
        trade.hears(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept], Status::Paid), "{method}");
        let before = trade.order.clone();
        trade.query().unwrap();
        assert_eq!(trade.order, before, "{method}");
        books_agree(&trade);
    }
}

#[test]
fn money_on_its_way_does_not_arrive() {
    for method in [Method::StripeCheckout, Method::StripeIntent] {
        let mut trade = on_its_way(method);
        trade.act("fail");
        trade.hears(|says| (*says == Says::Failed).then_some(()));
        assert_eq!(trade.query(), Ok(vec![Says::Failed]), "{method}");
        assert_eq!((attempt(&trade), trade.order.status()), (AttemptState::Failed, Status::Pending), "{method}");
        books_agree(&trade);
    }
}

/// What is closed is closed: no buyer can pay it, and no act of the provider's own follows from it.
#[test]
fn closed_trade_takes_no_money() {
    for method in KINDS.into_iter().filter(|method| *method != Method::AlipayQr) {
        let mut trade = trade(method);
        assert_eq!(trade.close(), Ok(vec![Says::Closed { for_good: true }]), "{method}");
        let pay = format!("/trades/{}/pay", trade.number());
        assert_eq!(trade.shop.stack.call(till_providers::http::Verb::Post, &pay).status, 409, "{method}");
        assert_eq!(trade.query(), Ok(vec![Says::Closed { for_good: true }]), "{method}");
        if method.provider() == till_domain::provider::Provider::Stripe {
            trade.hears(|says| (*says == Says::Closed { for_good: true }).then_some(()));
        }
        assert_eq!(attempt(&trade), AttemptState::Closed);
        books_agree(&trade);
    }
}
