//! Callbacks that do not come, come late, too often or wrongly signed. None of that may cost a payment or count it twice.

use till_app::ports::CallbackAnswer;
use till_domain::order::{Report, Status};
use till_domain::provider::{Method, Provider};
use till_providers::heard::About;
use till_providers::provide::replies;
use till_providers::{Error, Heard};
use till_wire::Caught;

use super::*;

/// More tries than any notification makes in a test.
const ALWAYS: usize = 1000;

fn heard(trade: &Trade, caught: &Caught) -> Heard {
    trade.hear(caught).unwrap_or_else(|error| panic!("{}: {error:?}", trade.method))
}

fn reports(heard: &Heard) -> &[Report] {
    match &heard.about {
        About::Payment { reports, .. } => reports,
        About::Foreign { .. } | About::Nothing(_) => &[],
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

fn all_taken(trade: &Trade) -> bool {
    notices(trade).iter().all(|notice| tries(notice).iter().any(|one| one["accepted"] == true))
}

/// Asserts that it is paid exactly once, in the sandbox's books too.
fn is_paid_once(trade: &Trade) {
    assert_eq!(roles(&trade.order), [Role::Kept], "{}", trade.method);
    assert_eq!(trade.order.status(), Status::Paid);
    assert_eq!(holds(&trade.order), []);
    books_agree(trade);
}

fn lost_or_late(method: Method) {
    let shop = Shop::open(Ways::default());
    let mut trades = ["lose_callback", "late_callback"].map(|fault| {
        let trade = Trade::begin(&shop, method);
        trade.arm(fault);
        trade.act("pay");
        trade
    });
    shop.stack.catcher.nothing_for(Duration::from_secs(1));
    for trade in &mut trades {
        assert!(notices(trade).iter().all(|notice| tries(notice).is_empty()), "{method}");
        assert_eq!(trade.order.status(), Status::Pending);
        assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()), "{method}");
        is_paid_once(trade);
    }
}

fn three_times(method: Method) {
    let mut trade = trade(method);
    trade.arm("three_callbacks");
    trade.act("pay");
    let copies = 3 * notices(&trade).len();
    let all: Vec<Heard> = (0..copies).map(|_| heard(&trade, &trade.catch())).collect();
    for one in &all {
        let same = all.iter().filter(|other| other.facts == one.facts && other.about == one.about);
        // What Alipay says has the time of the try in it.
        assert!(same.count() >= 3 || method.provider() == Provider::Alipay, "{method}: {one:?}");
        assert_eq!(all.iter().filter(|other| reports(other) == reports(one)).count() % 3, 0, "{method}");
    }
    let mut changes = 0;
    for one in &all {
        let before = trade.order.clone();
        trade.take_in(one);
        changes += usize::from(trade.order != before);
    }
    assert_eq!(changes, 1, "{method}");
    is_paid_once(&trade);
    let before = trade.order.clone();
    trade.act("resend");
    for _ in 0..notices(&trade).len() {
        let again = heard(&trade, &trade.catch());
        trade.take_in(&again);
    }
    assert_eq!(trade.order, before, "{method}: what was sent again changed something");
}

/// The first try has a wrong signature; the next one, a second later, has the right one.
fn badly_signed(method: Method, fault: &str, why: Distrust) {
    let mut trade = trade(method);
    trade.arm(fault);
    trade.shop.stack.catcher.refuse(ALWAYS);
    trade.act("pay");
    let count = notices(&trade).len();
    for _ in 0..count {
        let error = trade.hear(&trade.catch()).unwrap_err();
        assert_eq!(error, Error::Distrust(why), "{method}");
        assert!((400..500).contains(&answer(method.provider(), &error)), "{method}");
    }
    assert_eq!(roles(&trade.order), []);
    trade.shop.stack.catcher.refuse(0);
    trade.hears(payment);
    is_paid_once(&trade);
    wait_until("all are taken", || all_taken(&trade));
}

/// A merchant who cannot take it in now says so, and it comes again by the provider's schedule: the same, signed anew.
fn refused_twice(method: Method) {
    let mut trade = trade(method);
    trade.shop.stack.catcher.refuse(ALWAYS);
    trade.act("pay");
    let count = notices(&trade).len();
    let first: Vec<Heard> = (0..2 * count).map(|_| heard(&trade, &trade.catch())).collect();
    trade.shop.stack.catcher.refuse(0);
    wait_until("all are taken", || all_taken(&trade));
    let last: Vec<Heard> = (0..count).map(|_| heard(&trade, &trade.catch())).collect();
    for one in &last {
        let same = first.iter().filter(|other| reports(other) == reports(one)).count();
        assert!(same >= 2, "{method}: {one:?}");
        trade.take_in(one);
    }
    is_paid_once(&trade);
    for notice in notices(&trade) {
        let statuses: Vec<u64> = tries(&notice).iter().map(|one| one["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [500, 500, 200], "{method}: {}", notice["kind"]);
    }
}

#[test]
fn those_that_are_lost_or_late_cost_nothing() {
    for method in [Method::WechatNative, Method::AlipayPage, Method::StripeCheckout] {
        lost_or_late(method);
    }
}

#[test]
fn those_that_come_three_times_count_once() {
    for method in Method::ALL {
        three_times(method);
    }
}

#[test]
fn a_bad_signature_is_refused_and_its_repetition_believed() {
    for method in [Method::WechatNative, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent] {
        badly_signed(method, "bad_signature", Distrust::BadSignature);
    }
}

#[test]
fn a_probe_is_refused_and_what_follows_believed() {
    badly_signed(Method::WechatNative, "probe", Distrust::Probe);
}

#[test]
fn those_that_wechat_is_refused_come_again() {
    refused_twice(Method::WechatNative);
}

#[test]
fn those_that_alipay_is_refused_come_again() {
    refused_twice(Method::AlipayPage);
}

#[test]
fn those_that_stripe_is_refused_come_again() {
    refused_twice(Method::StripeCheckout);
}
