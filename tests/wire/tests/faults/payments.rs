//! Payments that are late, double, of a wrong amount, processing or failed. They are settled as the provider reports them, and
//! the domain decides their roles.

use till_app::ports::Clock as _;
use till_domain::order::{AttemptState, By, Decline, Duty, LatePolicy, Policy, Status, Why};
use till_domain::refusal::Refusal;
use till_wire::{LIFE, PRICE, SystemClock};

use super::*;

/// One method of each kind.
const KINDS: [Method; 5] =
    [Method::WechatNative, Method::AlipayQr, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent];

fn attempt(trade: &Trade) -> AttemptState {
    trade.order.newest_attempt().unwrap().state
}

/// Refunds a payment, and checks that the provider reports success.
fn refund_payment(trade: &mut Trade, of: &TradeNo, minor: u64) {
    let id = trade.decide_refund(Some(of), minor);
    word(&trade.send_refund(&id).unwrap());
    assert_eq!(word(&trade.query_refund(&id).unwrap()), RefundWord::Succeeded);
}

/// A PaymentIntent does not expire, so its payment cannot be late.
fn can_be_late(method: Method) -> bool {
    method != Method::StripeIntent
}

/// As a payment is asked about that fits no order.
#[test]
fn payment_and_its_refund_are_known_by_the_number_of_the_provider() {
    for_each(KINDS, |method| {
        let (mut trade, trade_no) = paid(method);
        assert_eq!(trade.ask_trade(&trade_no), trade.query());
        trade.act(&format!("refund_on_platform?amount={PRICE}"));
        let says = trade.ask_trade(&trade_no).unwrap();
        assert!(says.iter().any(|says| payment(says).is_some()), "{says:?}");
        let is_back =
            |says: &Says| matches!(says, Says::BackInAll { .. } | Says::BackUnclear { .. } | Says::Refund { .. });
        assert!(says.iter().any(is_back), "{says:?}");
        let unknown = TradeNo::parse("pi_4200009999").unwrap();
        assert_eq!(trade.ask_trade(&unknown), Ok(vec![Says::NotPaid]));
    });
}

#[test]
fn late_payment_is_kept_by_default() {
    for_each(KINDS, |method| {
        let mut trade = trade(method);
        trade.act("pay_late");
        trade.wait_for(payment);
        let is_late = trade.order.payments[0].paid_at > trade.order.expire_at;
        assert_eq!(is_late, can_be_late(method));
        assert_eq!(roles(&trade.order), [Role::Kept]);
        assert_eq!(trade.order.status(), Status::Paid);
        let before = trade.order.clone();
        assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()));
        assert_eq!(trade.order, before, "a query changed the order");
        assert_books_agree(&trade);
    });
}

#[test]
fn late_payment_is_extra_under_refund_policy() {
    for_each(KINDS.into_iter().filter(|method| can_be_late(*method)), |method| {
        let shop = Shop::open(Setup::default());
        let mut trade =
            Trade::unopened_with(&shop, method, Policy { late: LatePolicy::Refund, ..Policy::default() }, LIFE);
        trade.create().unwrap();
        trade.visit();
        trade.act("pay_late");
        let (trade_no, amount) = trade.wait_for(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Extra], Status::Pending));
        assert!(trade.order.owes(Duty::Return(0)));
        refund_payment(&mut trade, &trade_no, amount.minor());
        assert!(!trade.order.owes(Duty::Return(0)));
        assert_eq!(holds(&trade.order), []);
        assert_books_agree(&trade);
    });
}

/// A payment arrives although the provider has reported the trade as closed for good.
#[test]
fn payment_after_close_and_cancel_is_kept() {
    for_each(KINDS, |method| {
        let mut trade = trade(method);
        // An unscanned code cannot be closed for good, because the trade does not exist yet.
        let for_good = method != Method::AlipayQr;
        assert_eq!(trade.close(), Ok(vec![Says::Closed { for_good }]));
        assert_eq!(trade.order.cancel(Why::User, By::Buyer, SystemClock.now()), Ok(()));
        assert_eq!(trade.order.status(), Status::Cancelled);
        trade.act(if for_good { "pay_late" } else { "pay" });
        trade.wait_for(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept], Status::Paid));
        assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()));
        assert_books_agree(&trade);
    });
}

#[test]
fn second_payment_is_extra_and_refunded() {
    for_each(KINDS, |method| {
        let (mut trade, first) = paid(method);
        trade.act("pay_again");
        let (second, amount) = trade.wait_for(|says| payment(says).filter(|(trade_no, _)| *trade_no != first));
        assert_eq!(amount.minor(), PRICE);
        assert_eq!(roles(&trade.order), [Role::Kept, Role::Extra]);
        assert!(trade.order.owes(Duty::Return(1)) && !trade.order.owes(Duty::Return(0)));
        // A query by the merchant's number answers only the first payment; the second comes by callback.
        let said: Vec<TradeNo> = trade.query().unwrap().iter().filter_map(payment).map(|(no, _)| no).collect();
        assert_eq!(said, [first]);
        assert_books_agree(&trade);

        refund_payment(&mut trade, &second, PRICE);
        assert!(!trade.order.owes(Duty::Return(1)));
        assert_eq!((trade.order.status(), trade.order.refunded_amount().minor()), (Status::Paid, 0));
        assert_eq!(holds(&trade.order), []);
        trade.query().unwrap();
        assert_books_agree(&trade);
    });
}

#[test]
fn wrong_amount_is_reported_and_held() {
    for (method, asked, expected) in KINDS
        .into_iter()
        .flat_map(|method| [(method, "", PRICE - 1), (method, "?amount=1234", 1234), (method, "?amount=1", 1)])
    {
        let mut trade = trade(method);
        trade.act(&format!("pay_wrong_amount{asked}"));
        let (trade_no, amount) = trade.wait_for(payment);
        assert_eq!((amount.minor(), amount.currency()), (expected, trade.order.sold.price.currency()));
        assert_eq!((roles(&trade.order), holds(&trade.order)), (vec![Role::Odd], vec![HoldWord::OddPayment]));
        assert_eq!(trade.order.status(), Status::Pending);
        let said: Vec<(TradeNo, Money)> = trade.query().unwrap().iter().filter_map(payment).collect();
        assert_eq!(said, [(trade_no.clone(), amount)]);
        assert_books_agree(&trade);

        refund_payment(&mut trade, &trade_no, expected);
        assert_eq!(holds(&trade.order), []);
        assert_books_agree(&trade);
    }
}

/// What the sandbox's bank says of a payment that fails.
const DECLINED: Says = Says::Declined(Decline::Declined);

/// WeChat Pay and Alipay do not report a failed attempt, and on Stripe's page the buyer can try again. Only a merchant's own
/// form is reported as failed. In each case a payment can still follow.
#[test]
fn trade_can_be_paid_after_failed_attempt() {
    for_each(KINDS, |method| {
        let mut trade = trade(method);
        trade.act("fail");
        let (told, expected, state) = match method {
            Method::StripeIntent => (true, vec![Says::Failed, DECLINED], AttemptState::Failed),
            Method::StripeCheckout => (true, vec![Says::NotPaid, DECLINED], AttemptState::Open),
            _ => (false, vec![Says::NotPaid], AttemptState::Open),
        };
        if told {
            trade.wait_for(|says| (*says == DECLINED).then_some(()));
        } else {
            assert_eq!(list(&trade.books(), "notices").len(), 0);
        }
        assert_eq!(trade.query(), Ok(expected));
        assert_eq!(trade.order.declined_attempts(), usize::from(told));
        assert_eq!((attempt(&trade), trade.order.status()), (state, Status::Pending));
        trade.act("pay");
        trade.wait_for(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept], Status::Paid));
        assert_books_agree(&trade);
    });
}

/// A processing payment is neither paid nor failed, and cannot be closed or cancelled.
fn processing(method: Method) -> Trade {
    let mut trade = trade(method);
    trade.act("process");
    trade.wait_for(|says| (*says == Says::Processing).then_some(()));
    assert_eq!(trade.query(), Ok(vec![Says::Processing]));
    assert_eq!(trade.close(), Ok(vec![Says::Processing]));
    assert_eq!((attempt(&trade), trade.order.status()), (AttemptState::Processing, Status::Pending));
    assert_eq!(trade.order.cancel(Why::User, By::Buyer, SystemClock.now()), Err(Refusal::PaymentProcessing));
    trade
}

#[test]
fn processing_payment_succeeds() {
    for_each([Method::StripeCheckout, Method::StripeIntent], |method| {
        let mut trade = processing(method);
        trade.act("pay");
        trade.wait_for(payment);
        assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept], Status::Paid));
        let before = trade.order.clone();
        trade.query().unwrap();
        assert_eq!(trade.order, before);
        assert_books_agree(&trade);
    });
}

#[test]
fn processing_payment_fails() {
    for_each([Method::StripeCheckout, Method::StripeIntent], |method| {
        let mut trade = processing(method);
        trade.act("fail");
        trade.wait_for(|says| (*says == Says::Failed).then_some(()));
        assert_eq!(trade.query(), Ok(vec![Says::Failed, DECLINED]));
        assert_eq!((attempt(&trade), trade.order.status()), (AttemptState::Failed, Status::Pending));
        assert_books_agree(&trade);
    });
}

/// The buyer cannot pay a closed trade.
#[test]
fn closed_trade_cannot_be_paid() {
    for_each(KINDS.into_iter().filter(|method| *method != Method::AlipayQr), |method| {
        let mut trade = trade(method);
        assert_eq!(trade.close(), Ok(vec![Says::Closed { for_good: true }]));
        let pay = format!("/trades/{}/pay", trade.number());
        assert_eq!(trade.shop.stack.call(till_providers::http::Verb::Post, &pay).status, 409);
        assert_eq!(trade.query(), Ok(vec![Says::Closed { for_good: true }]));
        if method.provider() == till_domain::provider::Provider::Stripe {
            trade.wait_for(|says| (*says == Says::Closed { for_good: true }).then_some(()));
        }
        assert_eq!(attempt(&trade), AttemptState::Closed);
        assert_books_agree(&trade);
    });
}
