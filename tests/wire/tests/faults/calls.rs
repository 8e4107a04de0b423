//! Calls that are answered with an error, or done and answered too late. An uncertain outcome is never settled as paid, failed
//! or refused, and a repeated call is not done twice.

use till_app::ports::{CreateError, Unanswered};
use till_domain::order::{AttemptState, Policy, RefundId, Status};
use till_domain::time::Seconds;

use super::*;

/// Leaves a call a second and a half: 2 seconds are kept for the caller.
const SHORT_PATIENCE: Duration = Duration::from_millis(3500);

/// The faults of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum CallFault {
    /// The answer is an error 500, and nothing was done.
    Answer500,
    /// The call was done, and its answer came too late.
    TimeOut,
}

impl CallFault {
    const fn word(self) -> &'static str {
        match self {
            Self::Answer500 => "answer_500",
            Self::TimeOut => "time_out",
        }
    }
}

fn with_fault<T>(trade: &mut Trade, fault: CallFault, call: impl FnOnce(&mut Trade) -> T) -> T {
    trade.arm(fault.word());
    let patient =
        std::mem::replace(&mut trade.patience, if fault == CallFault::TimeOut { SHORT_PATIENCE } else { PATIENCE });
    let said = call(trade);
    trade.patience = patient;
    assert_eq!(list(&trade.books(), "armed"), [] as [Value; 0], "the armed fault was not used");
    said
}

fn create_again(method: Method, fault: CallFault) {
    let shop = Shop::open(Setup::default());
    let mut trade = Trade::unopened(&shop, method);
    shop.stack.test(&format!("/faults/{}/{}", method.provider(), fault.word()));
    trade.patience = if fault == CallFault::TimeOut { SHORT_PATIENCE } else { PATIENCE };
    assert_eq!(trade.create(), Err(CreateError::Unanswered), "{method} {fault:?}");
    assert_eq!(trade.order.newest_attempt().unwrap().state, AttemptState::Opening);
    let number = trade.number();
    let count = || {
        let books = shop.stack.call(till_providers::http::Verb::Get, "/books");
        let books: Value = serde_json::from_slice(&books.body).unwrap();
        assert!(list(&books, "trades").iter().all(|one| one["payment_no"] == *number), "{books}");
        list(&books, "trades").len()
    };
    assert_eq!(count(), usize::from(fault == CallFault::TimeOut));
    trade.patience = PATIENCE;
    assert_eq!(trade.create(), Ok(()), "{method} {fault:?}");
    assert_eq!(count(), 1);
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]));
    // The answer to the second call leads to the only trade.
    trade.act("pay");
    trade.wait_for(payment);
    assert_eq!(trade.order.status(), Status::Paid);
    assert_books_agree(&trade);
}

fn query_again(method: Method, fault: CallFault) {
    let mut trade = trade(method);
    let before = trade.order.clone();
    assert_eq!(with_fault(&mut trade, fault, Trade::query), Err(Unanswered), "{method} {fault:?}");
    assert_eq!(trade.order.newest_attempt().unwrap().unanswered, 1);
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]), "{method} {fault:?}");
    assert_eq!(trade.order, before, "{method} {fault:?}");

    trade.act("pay");
    assert_eq!(with_fault(&mut trade, fault, Trade::query), Err(Unanswered), "{method} {fault:?}");
    assert_eq!(roles(&trade.order), [], "{method} {fault:?}");
    assert!(trade.query().unwrap().iter().any(|says| payment(says).is_some()), "{method} {fault:?}");
    assert_eq!(roles(&trade.order), [Role::Kept]);
    assert_books_agree(&trade);
}

fn close_again(method: Method, fault: CallFault) {
    let mut trade = trade(method);
    let open = trade.books()["state"].clone();
    assert_eq!(with_fault(&mut trade, fault, Trade::close), Err(Unanswered), "{method} {fault:?}");
    let is_done = fault == CallFault::TimeOut;
    assert_eq!(trade.books()["state"] == "closed", is_done, "was {open}");
    assert_eq!(trade.order.newest_attempt().unwrap().state, AttemptState::Open);
    assert_eq!(trade.close(), Ok(vec![Says::Closed { for_good: true }]), "{method} {fault:?}");
    assert!(trade.order.newest_attempt().unwrap().is_final);
    assert_eq!(trade.books()["state"], "closed");
}

fn refund_again(method: Method, fault: CallFault) {
    let (mut trade, _) = paid(method);
    let id = trade.decide_refund(None, 300);
    let send = |trade: &mut Trade| trade.send_refund(&id);
    assert_eq!(with_fault(&mut trade, fault, send), Err(Unanswered), "{method} {fault:?}");
    assert_eq!(states(&trade.order), [RefundState::Requested], "{method} {fault:?}");
    let is_done = fault == CallFault::TimeOut;
    assert_eq!(list(&trade.books(), "refunds").len(), usize::from(is_done), "{method} {fault:?}");

    // The refund is sent again under the same number, whether or not the first call was done.
    let said = word(&trade.send_refund(&id).unwrap());
    assert!(matches!(said, RefundWord::Processing | RefundWord::Succeeded), "{method} {fault:?}: {said:?}");
    let ask = |trade: &mut Trade| trade.query_refund(&id);
    assert_eq!(with_fault(&mut trade, fault, ask), Err(Unanswered), "{method} {fault:?}");
    assert_eq!(word(&trade.query_refund(&id).unwrap()), RefundWord::Succeeded, "{method} {fault:?}");
    assert_refunded_once(&trade, &id);
}

fn assert_refunded_once(trade: &Trade, id: &RefundId) {
    let refunds = trade.books()["refunds"].clone();
    assert_eq!(refunds.as_array().map(Vec::len), Some(1), "{refunds}");
    assert_eq!(trade.refund(id).state, RefundState::Succeeded);
    assert_eq!(trade.order.refunds.len(), 1);
    assert_eq!(trade.order.refunded_amount().minor(), 300);
    assert_books_agree(trade);
}

fn all_calls(method: Method, fault: CallFault) {
    query_again(method, fault);
    close_again(method, fault);
    refund_again(method, fault);
}

#[test]
fn error_500_changes_nothing() {
    for_each([Method::WechatNative, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent], |method| {
        all_calls(method, CallFault::Answer500);
    });
}

#[test]
fn trade_is_created_once_after_unanswered_call() {
    for fault in [CallFault::Answer500, CallFault::TimeOut] {
        for method in [
            Method::WechatNative,
            Method::WechatJsapi,
            Method::WechatH5,
            Method::AlipayQr,
            Method::StripeCheckout,
            Method::StripeIntent,
        ] {
            create_again(method, fault);
        }
    }
}

/// A session lasts at least half an hour. For a shorter order its end therefore depends on the clock, so a repeated call
/// creates another session. The buyer never sees the first one; if it is paid all the same, that is a second payment.
#[test]
fn session_of_short_order_is_created_again_after_time_out() {
    let shop = Shop::open(Setup::default());
    let mut trade = Trade::unopened_with(&shop, Method::StripeCheckout, Policy::default(), Seconds::minutes(10));
    shop.stack.test("/faults/stripe/time_out");
    trade.patience = SHORT_PATIENCE;
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

/// The buyer's browser opens the trade, so the buyer has to visit the page again.
#[test]
fn alipay_page_after_error_opens_trade_at_next_visit() {
    let shop = Shop::open(Setup::default());
    let mut trade = Trade::unopened(&shop, Method::AlipayPage);
    trade.create().unwrap();
    shop.stack.test("/faults/alipay/answer_500");
    assert_eq!(trade.visit(), Some(200), "a page that shows the error");
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]));
    assert_eq!(trade.visit(), Some(303));
    assert_eq!(trade.query(), Ok(vec![Says::NotPaid]));
    trade.act("pay");
    trade.wait_for(payment);
    assert_books_agree(&trade);
}

#[test]
fn wechat_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::WechatNative, CallFault::TimeOut);
}

#[test]
fn alipay_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::AlipayPage, CallFault::TimeOut);
}

#[test]
fn stripe_session_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::StripeCheckout, CallFault::TimeOut);
}

#[test]
fn stripe_intent_late_answers_are_unanswered_and_repeatable() {
    all_calls(Method::StripeIntent, CallFault::TimeOut);
}
