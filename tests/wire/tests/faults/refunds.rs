//! Refunds that are refused, delayed, stuck, failed, undone, or made on the provider's platform. Certain outcomes are settled,
//! uncertain ones stay open under their number, and no refund counts twice.

use till_app::ports::{Clock as _, Unanswered};
use till_domain::order::{Refund, RefundId, RefundRequest, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{Key, Reason, UserId};
use till_wire::{PRICE, SystemClock};

use super::*;

const KINDS: [Method; 4] = [Method::WechatNative, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent];
/// Half of the price, as `refund_on_platform` refunds it.
const HALF: u64 = PRICE.div_ceil(2);

fn is_alipay(method: Method) -> bool {
    method.provider() == Provider::Alipay
}

fn wait_for_refund_state(trade: &mut Trade, wanted: RefundWord) {
    trade.wait_for(|says| about_refund(says).filter(|word| *word == wanted));
}

fn wait_for_refund_total(trade: &mut Trade, minor: u64) {
    trade.wait_for(|says| match says {
        Says::BackInAll { amount, .. } if amount.minor() == minor => Some(()),
        _ => None,
    });
}

/// Waits for the callback about a refund that succeeded. Alipay's has only the sum of all refunds.
fn wait_for_refunded_money(trade: &mut Trade, in_all: u64) {
    if is_alipay(trade.method) {
        wait_for_refund_total(trade, in_all);
    } else {
        wait_for_refund_state(trade, RefundWord::Succeeded);
    }
}

fn query(trade: &mut Trade, id: &RefundId) -> RefundWord {
    word(&trade.query_refund(id).unwrap())
}

fn send(trade: &mut Trade, id: &RefundId) -> RefundWord {
    word(&trade.send_refund(id).unwrap())
}

fn refunded(trade: &Trade) -> u64 {
    trade.order.refunded_amount().minor()
}

fn refunds_in_books(trade: &Trade) -> usize {
    list(&trade.books(), "refunds").len()
}

/// A refund that the provider has accepted and not finished.
fn pending_refund(method: Method) -> (Trade, RefundId) {
    let (mut trade, _) = paid(method);
    trade.arm("refund_later");
    let id = trade.decide_refund(None, 300);
    // Alipay answers no state for an unfinished refund, so it stays to be sent again under the same number.
    let (word, state) = if is_alipay(method) {
        (RefundWord::Unclear, RefundState::Requested)
    } else {
        (RefundWord::Processing, RefundState::Processing)
    };
    assert_eq!((send(&mut trade, &id), query(&mut trade, &id)), (word, word));
    assert_eq!((trade.refund(&id).state, refunded(&trade)), (state, 0));
    (trade, id)
}

#[test]
fn refund_without_balance_is_sent_again_under_same_number() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.arm("refuse_refund");
        let id = trade.decide_refund(None, 300);
        assert_eq!(send(&mut trade, &id), RefundWord::NoBalance);
        assert!(trade.refund(&id).no_balance);
        assert_eq!((trade.refund(&id).state, refunds_in_books(&trade)), (RefundState::Requested, 0));

        // WeChat Pay's first answer is always PROCESSING.
        let is_wechat = method.provider() == Provider::WeChat;
        let taken_on = if is_wechat { RefundWord::Processing } else { RefundWord::Succeeded };
        assert_eq!(send(&mut trade, &id), taken_on);
        assert_eq!(query(&mut trade, &id), RefundWord::Succeeded);
        assert!(!trade.refund(&id).no_balance);
        assert_eq!(
            (states(&trade.order), refunds_in_books(&trade), refunded(&trade)),
            (vec![RefundState::Succeeded], 1, 300)
        );
        assert_books_agree(&trade);
    });
}

#[test]
fn refund_callbacks_can_be_lost_or_tripled() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        let told = list(&trade.books(), "notices").len();
        trade.arm("three_callbacks");
        let first = trade.decide_refund(None, 300);
        send(&mut trade, &first);
        assert_eq!(query(&mut trade, &first), RefundWord::Succeeded);
        let before = trade.order.clone();
        let copies = 3 * (list(&trade.books(), "notices").len() - told);
        let (mut left, until) = (copies, Instant::now() + PATIENCE);
        while left > 0 {
            assert!(Instant::now() < until, "{left} of {copies} did not come");
            let heard = trade.read_callback(&trade.next_callback()).unwrap();
            let says = trade.settle(&heard);
            // Callbacks about the payment may still come.
            let is_of_refund = |says: &Says| matches!(says, Says::Refund { .. } | Says::BackInAll { .. });
            left -= usize::from(says.iter().any(is_of_refund));
        }
        // Alipay's sum repeats what the query answered.
        assert_eq!((&trade.order.refunds, &trade.order.payments), (&before.refunds, &before.payments));
        assert_eq!(refunded(&trade), 300);

        trade.arm("lose_callback");
        let second = trade.decide_refund(None, PRICE - 300);
        send(&mut trade, &second);
        assert_eq!(query(&mut trade, &second), RefundWord::Succeeded);
        assert_eq!((trade.order.status(), refunded(&trade)), (Status::Refunded, PRICE));
        assert_books_agree(&trade);
    });
}

/// Stripe repeats an answer under its idempotency key for a day. Till's key therefore changes each hour: within an hour Stripe
/// repeats the refusal, and in the next hour the refund is tried again.
#[test]
fn stripe_repeats_a_refusal_under_its_key() {
    let (mut trade, _) = paid(Method::StripeIntent);
    let id = trade.decide_refund(None, 300);
    for _ in 0..2 {
        trade.arm("refuse_refund");
        assert_eq!(send(&mut trade, &id), RefundWord::NoBalance);
    }
    assert_eq!(list(&trade.books(), "armed").len(), 0, "the second key was not refused");
    assert_eq!(send(&mut trade, &id), RefundWord::NoBalance, "the answer of this hour was not repeated");
    assert_eq!((refunds_in_books(&trade), trade.refund(&id).state), (0, RefundState::Requested));
}

/// A query in between answers that the refund does not exist, which resets the refusal. The next call therefore has the first
/// key and repeats the first refusal; the call after that has another key.
#[test]
fn stripe_refund_without_balance_succeeds_under_second_key_after_query() {
    let (mut trade, _) = paid(Method::StripeIntent);
    trade.arm("refuse_refund");
    let id = trade.decide_refund(None, 300);
    assert_eq!(send(&mut trade, &id), RefundWord::NoBalance);
    assert_eq!(query(&mut trade, &id), RefundWord::Unclear);
    assert_eq!((trade.refund(&id).state, trade.refund(&id).no_balance), (RefundState::Requested, false));
    assert_eq!(send(&mut trade, &id), RefundWord::NoBalance, "the first answer was not repeated");
    assert_eq!(send(&mut trade, &id), RefundWord::Succeeded);
    assert_eq!((refunds_in_books(&trade), refunded(&trade)), (1, 300));
    assert_books_agree(&trade);
}

#[test]
fn delayed_refund_is_processing_until_finished() {
    for_each(KINDS, |method| {
        let (mut trade, id) = pending_refund(method);
        trade.act("finish_refund");
        wait_for_refunded_money(&mut trade, 300);
        assert_eq!(refunded(&trade), 300, "the callback was not settled");
        assert_eq!(query(&mut trade, &id), RefundWord::Succeeded);
        assert_eq!(
            (states(&trade.order), refunds_in_books(&trade), refunded(&trade)),
            (vec![RefundState::Succeeded], 1, 300)
        );
        assert_books_agree(&trade);
    });
}

#[test]
fn stuck_refund_is_held_until_a_person_resolves_it() {
    for_each([Method::WechatNative, Method::StripeCheckout, Method::StripeIntent], |method| {
        let (mut trade, _) = paid(method);
        trade.arm("refund_abnormal");
        let id = trade.decide_refund(None, 300);
        // WeChat Pay reports ABNORMAL later: its first answer is always PROCESSING.
        let is_wechat = method.provider() == Provider::WeChat;
        let first = if is_wechat { RefundWord::Processing } else { RefundWord::Abnormal };
        assert_eq!(send(&mut trade, &id), first);
        wait_for_refund_state(&mut trade, RefundWord::Abnormal);
        assert_eq!(query(&mut trade, &id), RefundWord::Abnormal);
        assert_eq!(holds(&trade.order), [HoldWord::RefundAbnormal]);
        assert_eq!(trade.order.rest(trade.order.kept().unwrap()).minor(), PRICE - 300, "the amount is not reserved");
        assert_books_agree(&trade);

        trade.act("finish_refund");
        wait_for_refund_state(&mut trade, RefundWord::Succeeded);
        assert_eq!((query(&mut trade, &id), holds(&trade.order)), (RefundWord::Succeeded, vec![]));
        assert_books_agree(&trade);
    });
}

#[test]
fn failed_refund_frees_its_amount() {
    for_each([Method::WechatNative, Method::StripeCheckout, Method::StripeIntent], |method| {
        let (mut trade, id) = pending_refund(method);
        trade.act("fail_refund");
        wait_for_refund_state(&mut trade, RefundWord::Failed);
        assert_eq!(query(&mut trade, &id), RefundWord::Failed);
        assert_eq!((states(&trade.order), refunded(&trade)), (vec![RefundState::Failed], 0));
        assert_eq!(holds(&trade.order), [], "a refund that never succeeded is held");

        let next = trade.decide_refund(None, PRICE);
        assert_ne!(next, id, "the number of a failed refund was used again");
        send(&mut trade, &next);
        assert_eq!(query(&mut trade, &next), RefundWord::Succeeded);
        assert_eq!((trade.order.status(), refunded(&trade)), (Status::Refunded, PRICE));
        assert_books_agree(&trade);
    });
}

/// Alipay does not report a failed refund; a query no longer finds its number. That is not a certain failure, so the amount
/// stays reserved, and the refund is sent again under the same number.
#[test]
fn failed_alipay_refund_stays_requested() {
    let (mut trade, id) = pending_refund(Method::AlipayPage);
    let told = list(&trade.books(), "notices").len();
    trade.act("fail_refund");
    assert_eq!(list(&trade.books(), "notices").len(), told);
    assert_eq!(query(&mut trade, &id), RefundWord::Unclear);
    assert_eq!(trade.refund(&id).state, RefundState::Requested);
    assert_eq!(trade.order.rest(trade.order.kept().unwrap()).minor(), PRICE - 300);
    assert_eq!(send(&mut trade, &id), RefundWord::Succeeded);
    assert_eq!(query(&mut trade, &id), RefundWord::Succeeded);
    assert_eq!((trade.order.refunds.len(), refunded(&trade)), (1, 300));
    assert_books_agree(&trade);
}

#[test]
fn refund_that_fails_after_success_is_held() {
    for_each([Method::WechatNative, Method::StripeCheckout, Method::StripeIntent], |method| {
        let (mut trade, _) = paid(method);
        let id = trade.decide_refund(None, PRICE);
        send(&mut trade, &id);
        assert_eq!(query(&mut trade, &id), RefundWord::Succeeded);
        assert_eq!(trade.order.status(), Status::Refunded);
        trade.act("fail_refund");
        wait_for_refund_state(&mut trade, RefundWord::Failed);
        assert_eq!(query(&mut trade, &id), RefundWord::Failed);
        assert_eq!((states(&trade.order), trade.order.status()), (vec![RefundState::Failed], Status::Paid));
        assert!(trade.refund(&id).ever_succeeded);
        assert_eq!((holds(&trade.order), refunded(&trade)), (vec![HoldWord::RefundFailed], 0));
        trade.query().unwrap();
        assert_eq!(refunded(&trade), 0, "a query counted the failed refund");
        assert_books_agree(&trade);
    });
}

/// Alipay does not report this failure, and a query no longer finds the number. The refund stays succeeded.
#[test]
fn alipay_refund_that_fails_after_success_stays_succeeded() {
    let (mut trade, _) = paid(Method::AlipayPage);
    let id = trade.decide_refund(None, 300);
    send(&mut trade, &id);
    assert_eq!(query(&mut trade, &id), RefundWord::Succeeded);
    let told = list(&trade.books(), "notices").len();
    trade.act("fail_refund");
    assert_eq!(list(&trade.books(), "notices").len(), told);
    assert_eq!(query(&mut trade, &id), RefundWord::Unclear);
    assert_eq!(trade.query().unwrap().len(), 1);
    assert_eq!((states(&trade.order), refunded(&trade)), (vec![RefundState::Succeeded], 300));
}

/// A refund on the platform, known by its callback, and a refund of Till's after it.
#[test]
fn platform_refund_and_own_refund_count_once_each() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.act("refund_on_platform");
        if is_alipay(method) {
            wait_for_refund_total(&mut trade, HALF);
            assert_eq!(trade.order.refunds, [], "a refund was made from a sum");
        } else {
            wait_for_refund_state(&mut trade, RefundWord::Succeeded);
            let [Refund { id: RefundId::Theirs(_), amount, .. }] = &trade.order.refunds[..] else {
                panic!("{:?}", trade.order.refunds)
            };
            assert_eq!(amount.minor(), HALF);
        }
        let said = trade.query().unwrap();
        let is_unclear = said.iter().any(|says| matches!(says, Says::BackUnclear { .. }));
        assert_eq!(is_unclear, method.provider() == Provider::WeChat, "{said:?}");
        assert_eq!(
            (refunded(&trade), holds(&trade.order)),
            (HALF, vec![]),
            "a known refund does not explain the state"
        );
        assert_books_agree(&trade);

        let id = trade.decide_refund(None, 300);
        send(&mut trade, &id);
        assert_eq!(query(&mut trade, &id), RefundWord::Succeeded);
        trade.query().unwrap();
        assert_eq!((refunded(&trade), trade.order.status()), (HALF + 300, Status::Paid));
        assert_books_agree(&trade);

        let before = trade.order.clone();
        trade.act("resend");
        wait_for_refunded_money(&mut trade, HALF + 300);
        assert_eq!(trade.order, before, "the same callback changed the order");
    });
}

#[test]
fn full_refund_on_platform_refunds_order() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.act(&format!("refund_on_platform?amount={PRICE}"));
        wait_for_refunded_money(&mut trade, PRICE);
        assert_eq!((trade.order.status(), refunded(&trade)), (Status::Refunded, PRICE));
        trade.query().unwrap();
        assert_eq!((roles(&trade.order), holds(&trade.order)), (vec![Role::Kept], vec![]));
        assert_books_agree(&trade);
    });
}

/// The only callback is lost. A query finds the refund at Stripe. WeChat Pay answers that something was refunded, which is held.
/// Alipay's sum shows it with the next refund of Till's.
#[test]
fn platform_refund_with_lost_callback_is_found_by_provider_rules() {
    for_each(KINDS, |method| {
        let (mut trade, trade_no) = paid(method);
        trade.arm("lose_callback");
        trade.act("refund_on_platform");
        let said = trade.query().unwrap();
        match method.provider() {
            Provider::WeChat => {
                assert!(said.contains(&Says::BackUnclear { trade_no }), "{said:?}");
                assert_eq!((holds(&trade.order), refunded(&trade)), (vec![HoldWord::RefundUnclear], 0));
                assert_eq!(refusal_of_refund(&mut trade), Refusal::OnHold);
                return;
            }
            Provider::Alipay => assert_eq!((said.len(), refunded(&trade)), (1, 0)),
            Provider::Stripe => assert_eq!((said.len(), refunded(&trade)), (2, HALF)),
        }
        let id = trade.decide_refund(None, 300);
        assert_eq!(send(&mut trade, &id), RefundWord::Succeeded);
        assert_eq!((refunded(&trade), holds(&trade.order)), (HALF + 300, vec![]));
        assert_books_agree(&trade);
    });
}

/// Half is already refunded, which Till does not know, and Till asks for a full refund: no money moves.
#[test]
fn refund_above_remaining_amount_is_refused() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.arm("lose_callback");
        trade.act("refund_on_platform");
        let id = trade.decide_refund(None, PRICE);
        let said = trade.send_refund(&id);
        assert_eq!(refunds_in_books(&trade), 1);
        match method.provider() {
            // WeChat Pay has one code for all wrong requests, so the outcome is not certain.
            Provider::WeChat => {
                assert_eq!(said, Err(Unanswered));
                assert_eq!(trade.refund(&id).state, RefundState::Requested);
            }
            Provider::Alipay | Provider::Stripe => {
                assert_eq!(said.map(|says| word(&says)), Ok(RefundWord::Failed));
                assert_eq!(trade.refund(&id).state, RefundState::Failed);
            }
        }
    });
}

fn refusal_of_refund(trade: &mut Trade) -> Refusal {
    let wanted = RefundRequest {
        key: Key::parse("once").unwrap(),
        trade_no: None,
        amount: None,
        revoke: false,
        reason: Reason::parse("a test").unwrap(),
        by: UserId::parse("tester").unwrap(),
    };
    trade.order.refund(&wanted, SystemClock.now()).unwrap_err()
}
