//! Callbacks that are lost, late, tripled or badly signed. A payment must not be lost or counted twice because of them.

use till_app::ports::CallbackAnswer;
use till_domain::order::{Report, Status};
use till_domain::provider::{Method, Provider};
use till_providers::callback_content::CallbackSubject;
use till_providers::provide::replies;
use till_providers::{CallbackContent, Error};
use till_wire::Callback;

use super::*;

/// More attempts than any callback makes in a test.
const ALWAYS: usize = 1000;

fn heard(trade: &Trade, callback: &Callback) -> CallbackContent {
    trade.read_callback(callback).unwrap_or_else(|error| panic!("{error:?}"))
}

fn reports(heard: &CallbackContent) -> &[Report] {
    match &heard.about {
        CallbackSubject::Payment { reports, .. } => reports,
        CallbackSubject::Foreign { .. } | CallbackSubject::Nothing(_) => &[],
    }
}

/// The product's answer to a callback that it rejects.
fn answer(provider: Provider, error: &Error) -> u16 {
    match till_providers::callbacks::answer(provider, error) {
        CallbackAnswer::Rejected { status, .. } => status,
        CallbackAnswer::SendAgain(_) => replies(provider).send_again.status,
        CallbackAnswer::Settled | CallbackAnswer::Ignored(_) => replies(provider).taken.status,
    }
}

fn notices(trade: &Trade) -> Vec<Value> {
    list(&trade.books(), "notices").to_vec()
}

fn tries(notice: &Value) -> &[Value] {
    list(notice, "tries")
}

fn all_accepted(trade: &Trade) -> bool {
    notices(trade).iter().all(|notice| tries(notice).iter().any(|one| one["accepted"] == true))
}

/// The order and the sandbox's books have exactly one payment.
fn assert_paid_once(trade: &Trade) {
    assert_eq!(roles(&trade.order), [Role::Kept]);
    assert_eq!(trade.order.status(), Status::Paid);
    assert_eq!(holds(&trade.order), []);
    assert_books_agree(trade);
}

fn lost_or_late(method: Method) {
    let shop = Shop::open(Setup::default());
    let mut trades = ["lose_callback", "late_callback"].map(|fault| {
        let trade = Trade::open(&shop, method);
        trade.arm(fault);
        trade.act("pay");
        trade
    });
    shop.stack.receiver.expect_none_for(Duration::from_secs(1));
    for trade in &mut trades {
        assert!(notices(trade).iter().all(|notice| tries(notice).is_empty()));
        assert_eq!(trade.order.status(), Status::Pending);
        assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()));
        assert_paid_once(trade);
    }
}

fn three_times(method: Method) {
    let mut trade = trade(method);
    trade.arm("three_callbacks");
    trade.act("pay");
    let copies = 3 * notices(&trade).len();
    let all: Vec<CallbackContent> = (0..copies).map(|_| heard(&trade, &trade.next_callback())).collect();
    for one in &all {
        let same = all.iter().filter(|other| other.facts == one.facts && other.about == one.about);
        // Alipay's content has the time of the attempt in it.
        assert!(same.count() >= 3 || method.provider() == Provider::Alipay, "{one:?}");
        assert_eq!(all.iter().filter(|other| reports(other) == reports(one)).count() % 3, 0);
    }
    let mut changes = 0;
    for one in &all {
        let before = trade.order.clone();
        trade.settle(one);
        changes += usize::from(trade.order != before);
    }
    assert_eq!(changes, 1);
    assert_paid_once(&trade);
    let before = trade.order.clone();
    trade.act("resend");
    for _ in 0..notices(&trade).len() {
        let again = heard(&trade, &trade.next_callback());
        trade.settle(&again);
    }
    assert_eq!(trade.order, before, "a callback that was sent again changed the order");
}

/// The first attempt has an invalid signature, and the next one, a second later, a valid one.
fn badly_signed(method: Method, fault: &str, why: Distrust) {
    let mut trade = trade(method);
    trade.arm(fault);
    trade.shop.stack.receiver.refuse(ALWAYS);
    trade.act("pay");
    let count = notices(&trade).len();
    for _ in 0..count {
        let error = trade.read_callback(&trade.next_callback()).unwrap_err();
        assert_eq!(error, Error::Distrust(why));
        assert!((400..500).contains(&answer(method.provider(), &error)));
    }
    assert_eq!(roles(&trade.order), []);
    trade.shop.stack.receiver.refuse(0);
    trade.wait_for(payment);
    assert_paid_once(&trade);
    wait_until("all callbacks are accepted", || all_accepted(&trade));
}

/// After a refusal the provider sends the same callback again by its schedule, with a new signature.
fn refused_twice(method: Method) {
    let mut trade = trade(method);
    trade.shop.stack.receiver.refuse(ALWAYS);
    trade.act("pay");
    let count = notices(&trade).len();
    let first: Vec<CallbackContent> = (0..2 * count).map(|_| heard(&trade, &trade.next_callback())).collect();
    trade.shop.stack.receiver.refuse(0);
    wait_until("all callbacks are accepted", || all_accepted(&trade));
    let last: Vec<CallbackContent> = (0..count).map(|_| heard(&trade, &trade.next_callback())).collect();
    for one in &last {
        let same = first.iter().filter(|other| reports(other) == reports(one)).count();
        assert!(same >= 2, "{one:?}");
        trade.settle(one);
    }
    assert_paid_once(&trade);
    for notice in notices(&trade) {
        let statuses: Vec<u64> = tries(&notice).iter().map(|one| one["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [500, 500, 200], "{}", notice["kind"]);
    }
}

#[test]
fn lost_or_late_callback_is_replaced_by_query() {
    for_each([Method::WechatNative, Method::AlipayPage, Method::StripeCheckout], |method| {
        lost_or_late(method);
    });
}

#[test]
fn tripled_callback_counts_once() {
    for_each(Method::ALL, |method| {
        three_times(method);
    });
}

#[test]
fn badly_signed_callback_is_refused_and_valid_retry_is_accepted() {
    for_each([Method::WechatNative, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent], |method| {
        badly_signed(method, "bad_signature", Distrust::BadSignature);
    });
}

#[test]
fn probe_is_refused_and_valid_retry_is_accepted() {
    badly_signed(Method::WechatNative, "probe", Distrust::Probe);
}

#[test]
fn refused_wechat_callback_is_sent_again() {
    refused_twice(Method::WechatNative);
}

#[test]
fn refused_alipay_callback_is_sent_again() {
    refused_twice(Method::AlipayPage);
}

#[test]
fn refused_stripe_callback_is_sent_again() {
    refused_twice(Method::StripeCheckout);
}
