//! Calls that are answered with an error, or done and answered too late. What is not certain is never "paid", "failed" or
//! "refused", and the same call again does nothing twice.

use till_app::ports::{CreateError, Unanswered};
use till_domain::order::{AttemptState, Policy, RefundId, Status};
use till_domain::time::Seconds;

use super::*;

/// Leaves a call a second and a half: 2 seconds are kept for the caller.
const HURRY: Duration = Duration::from_millis(3500);

/// What can go wrong with a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wrong {
    /// An error 500: nothing was done.
    Answer500,
    /// It was done, and nobody waited for the answer.
    TimeOut,
}

impl Wrong {
    const fn word(self) -> &'static str {
        match self {
            Self::Answer500 => "answer_500",
            Self::TimeOut => "time_out",
        }
    }
}

fn wrong<T>(trade: &mut Trade, wrong: Wrong, call: impl FnOnce(&mut Trade) -> T) -> T {
    trade.arm(wrong.word());
    let patient = std::mem::replace(&mut trade.patience, if wrong == Wrong::TimeOut { HURRY } else { PATIENCE });
    let said = call(trade);
    trade.patience = patient;
    assert_eq!(list(&trade.books(), "armed"), [] as [Value; 0], "the call was not met");
    said
}

fn opened_once(method: Method, wrong: Wrong) {
    let shop = Shop::open(Setup::default());
    let mut trade = Trade::unopened(&shop, method);
    shop.stack.test(&format!("/faults/{}/{}", method.provider(), wrong.word()));
    trade.patience = if wrong == Wrong::TimeOut { HURRY } else { PATIENCE };
    assert_eq!(trade.create(), Err(CreateError::Unanswered), "{method} {wrong:?}");
    assert_eq!(trade.order.newest_attempt().unwrap().state, AttemptState::Opening);
    let number = trade.number();
    let count = || {
        let books = shop.stack.call(till_providers::http::Verb::Get, "/books");
        let books: Value = serde_json::from_slice(&books.body).unwrap();
        assert!(list(&books, "trades").iter().all(|one| one["payment_no"] == *number), "{books}");
        list(&books, "trades").len()
    };
    assert_eq!(count(), usize::from(wrong == Wrong::TimeOut));
    trade.patience = PATIENCE;
    assert_eq!(trade.create(), Ok(()), "{method} {wrong:?}");
    assert_eq!(count(), 1);
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]));
    // What the second call gave is the way to the one trade.
    trade.act("pay");
    trade.wait_for(payment);
    assert_eq!(trade.order.status(), Status::Paid);
    books_agree(&trade);
}

fn asked_again(method: Method, what: Wrong) {
    let mut trade = trade(method);
    let before = trade.order.clone();
    assert_eq!(wrong(&mut trade, what, Trade::query), Err(Unanswered), "{method} {what:?}");
    assert_eq!(trade.order.newest_attempt().unwrap().unanswered, 1);
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]), "{method} {what:?}");
    assert_eq!(trade.order, before, "{method} {what:?}");

    trade.act("pay");
    assert_eq!(wrong(&mut trade, what, Trade::query), Err(Unanswered), "{method} {what:?}");
    assert_eq!(roles(&trade.order), [], "{method} {what:?}");
    assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()), "{method} {what:?}");
    assert_eq!(roles(&trade.order), [Role::Kept]);
    books_agree(&trade);
}

fn closed_again(method: Method, what: Wrong) {
    let mut trade = trade(method);
    let open = trade.books()["state"].clone();
    assert_eq!(wrong(&mut trade, what, Trade::close), Err(Unanswered), "{method} {what:?}");
    let is_done = what == Wrong::TimeOut;
    assert_eq!(trade.books()["state"] == "closed", is_done, "was {open}");
    assert_eq!(trade.order.newest_attempt().unwrap().state, AttemptState::Open);
    assert_eq!(trade.close(), Ok(vec![Says::Closed { for_good: true }]), "{method} {what:?}");
    assert!(trade.order.newest_attempt().unwrap().is_final);
    assert_eq!(trade.books()["state"], "closed");
}

fn given_back_once(method: Method, what: Wrong) {
    let (mut trade, _) = paid(method);
    let id = trade.decide_refund(None, 300);
    let send = |trade: &mut Trade| trade.send_refund(&id);
    assert_eq!(wrong(&mut trade, what, send), Err(Unanswered), "{method} {what:?}");
    assert_eq!(states(&trade.order), [RefundState::Requested], "{method} {what:?}");
    let is_done = what == Wrong::TimeOut;
    assert_eq!(list(&trade.books(), "refunds").len(), usize::from(is_done), "{method} {what:?}");

    // Not told, or told and not heard: it is sent again, under the same number.
    let said = word(&trade.send_refund(&id).unwrap());
    assert!(matches!(said, RefundWord::Processing | RefundWord::Succeeded), "{method} {what:?}: {said:?}");
    let ask = |trade: &mut Trade| trade.query_refund(&id);
    assert_eq!(wrong(&mut trade, what, ask), Err(Unanswered), "{method} {what:?}");
    assert_eq!(word(&trade.query_refund(&id).unwrap()), RefundWord::Succeeded, "{method} {what:?}");
    is_back_once(&trade, &id);
}

fn is_back_once(trade: &Trade, id: &RefundId) {
    let refunds = trade.books()["refunds"].clone();
    assert_eq!(refunds.as_array().map(Vec::len), Some(1), "{refunds}");
    assert_eq!(trade.refund(id).state, RefundState::Succeeded);
    assert_eq!(trade.order.refunds.len(), 1);
    assert_eq!(trade.order.refunded_amount().minor(), 300);
    books_agree(trade);
}

fn all_calls(method: Method, wrong: Wrong) {
    asked_again(method, wrong);
    closed_again(method, wrong);
    given_back_once(method, wrong);
}

#[test]
fn error_500_changes_nothing() {
    for_each([Method::WechatNative, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent], |method| {
        all_calls(method, Wrong::Answer500);
    });
}

#[test]
fn trade_is_created_once_after_unanswered_call() {
    for wrong in [Wrong::Answer500, Wrong::TimeOut] {
        for method in [
            Method::WechatNative,
            Method::WechatJsapi,
            Method::WechatH5,
            Method::AlipayQr,
            Method::StripeCheckout,
            Method::StripeIntent,
        ] {
            opened_once(method, wrong);
        }
    }
}

/// A session lasts half an hour at least, so that the end of one for a shorter order follows the clock: asked for again, it
/// is another session. Nobody was shown the first one; and should it be paid as well, that is a second payment.
#[test]
fn session_of_short_order_is_created_again_after_time_out() {
    let shop = Shop::open(Setup::default());
    let mut trade = Trade::unopened_with(&shop, Method::StripeCheckout, Policy::default(), Seconds::minutes(10));
    shop.stack.test("/faults/stripe/time_out");
    trade.patience = HURRY;
    assert_eq!(trade.create(), Err(CreateError::Unanswered));
    trade.patience = PATIENCE;
    assert_eq!(trade.create(), Ok(()));
    let session = trade.opened.as_ref().unwrap().handle.as_ref().unwrap().to_string();
    assert_eq!(list(&trade.books(), "payments").len(), 0);
    shop.stack.test(&format!("/trades/{session}/pay"));
    let (shown, _) = trade.wait_for(payment);
    assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept], Status::Paid));
    trade.act("pay");
    trade.wait_for(|says| payment(says).filter(|(trade_no, _)| *trade_no != shown));
    assert_eq!((roles(&trade.order), trade.order.status()), (vec![Role::Kept, Role::Extra], Status::Paid));
}

/// A buyer's browser opens the trade, and he comes again.
#[test]
fn alipay_page_after_error_opens_trade_at_next_visit() {
    let shop = Shop::open(Setup::default());
    let mut trade = Trade::unopened(&shop, Method::AlipayPage);
    trade.create().unwrap();
    shop.stack.test("/faults/alipay/answer_500");
    assert_eq!(trade.visit(), Some(200), "a page that says so");
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]));
    assert_eq!(trade.visit(), Some(303));
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]));
    trade.act("pay");
    trade.wait_for(payment);
    books_agree(&trade);
}

#[test]
fn wechat_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::WechatNative, Wrong::TimeOut);
}

#[test]
fn alipay_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::AlipayPage, Wrong::TimeOut);
}

#[test]
fn stripe_session_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::StripeCheckout, Wrong::TimeOut);
}

#[test]
fn stripe_intent_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::StripeIntent, Wrong::TimeOut);
}
