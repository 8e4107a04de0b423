//! Refunds that are refused, slow, stuck, failed, undone, or made by somebody else. What is certain is settled, what is not
//! stays open under its number, and nothing counts twice.

use till_app::ports::{Clock as _, Unanswered};
use till_domain::order::{Refund, RefundId, RefundRequest, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{Key, Reason, UserId};
use till_wire::{PRICE, SystemClock};

use super::*;

const KINDS: [Method; 4] = [Method::WechatNative, Method::AlipayPage, Method::StripeCheckout, Method::StripeIntent];
/// Half of the price, as the platform gives it back.
const HALF: u64 = PRICE.div_ceil(2);

fn is_alipay(method: Method) -> bool {
    method.provider() == Provider::Alipay
}

/// A callback tells of a refund's standing; Alipay's tells how much is back in all.
fn hears_of_it(trade: &mut Trade, wanted: RefundWord) {
    trade.wait_for(|says| about_refund(says).filter(|word| *word == wanted));
}

fn hears_of_total(trade: &mut Trade, minor: u64) {
    trade.wait_for(|says| match says {
        Says::BackInAll { amount, .. } if amount.minor() == minor => Some(()),
        _ => None,
    });
}

/// A callback tells that a refund is done; so much is back now in all.
fn hears_of_money(trade: &mut Trade, in_all: u64) {
    if is_alipay(trade.method) {
        hears_of_total(trade, in_all);
    } else {
        hears_of_it(trade, RefundWord::Succeeded);
    }
}

fn asks(trade: &mut Trade, id: &RefundId) -> RefundWord {
    word(&trade.query_refund(id).unwrap())
}

fn sends(trade: &mut Trade, id: &RefundId) -> RefundWord {
    word(&trade.send_refund(id).unwrap())
}

fn back(trade: &Trade) -> u64 {
    trade.order.refunded_amount().minor()
}

fn theirs(trade: &Trade) -> usize {
    list(&trade.books(), "refunds").len()
}

/// A refund that the provider has taken on and not finished.
fn under_way(method: Method) -> (Trade, RefundId) {
    let (mut trade, _) = paid(method);
    trade.arm("refund_later");
    let id = trade.decide_refund(None, 300);
    // Of a refund that is not done Alipay tells no state: it stays to be sent, which is the same refund.
    let (word, state) = if is_alipay(method) {
        (RefundWord::Unclear, RefundState::Requested)
    } else {
        (RefundWord::Processing, RefundState::Processing)
    };
    assert_eq!((sends(&mut trade, &id), asks(&mut trade, &id)), (word, word));
    assert_eq!((trade.refund(&id).state, back(&trade)), (state, 0));
    (trade, id)
}

#[test]
fn refund_without_balance_is_sent_again_under_same_number() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.arm("refuse_refund");
        let id = trade.decide_refund(None, 300);
        assert_eq!(sends(&mut trade, &id), RefundWord::NoBalance);
        assert!(trade.refund(&id).no_balance);
        assert_eq!((trade.refund(&id).state, theirs(&trade)), (RefundState::Requested, 0));

        // "Accepted" is all that WeChat Pay's first answer says.
        let is_wechat = method.provider() == Provider::WeChat;
        let taken_on = if is_wechat { RefundWord::Processing } else { RefundWord::Succeeded };
        assert_eq!(sends(&mut trade, &id), taken_on);
        assert_eq!(asks(&mut trade, &id), RefundWord::Succeeded);
        assert!(!trade.refund(&id).no_balance);
        assert_eq!((states(&trade.order), theirs(&trade), back(&trade)), (vec![RefundState::Succeeded], 1, 300));
        books_agree(&trade);
    });
}

#[test]
fn refund_callbacks_can_be_lost_or_tripled() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        let told = list(&trade.books(), "notices").len();
        trade.arm("three_callbacks");
        let first = trade.decide_refund(None, 300);
        sends(&mut trade, &first);
        assert_eq!(asks(&mut trade, &first), RefundWord::Succeeded);
        let before = trade.order.clone();
        let copies = 3 * (list(&trade.books(), "notices").len() - told);
        let (mut left, until) = (copies, Instant::now() + PATIENCE);
        while left > 0 {
            assert!(Instant::now() < until, "{left} of {copies} did not come");
            let heard = trade.hear(&trade.next_callback()).unwrap();
            let says = trade.settle(&heard);
            // Those of the payment may still be on their way.
            let is_of_refund = |says: &Says| matches!(says, Says::Refund { .. } | Says::BackInAll { .. });
            left -= usize::from(says.iter().any(is_of_refund));
        }
        // Alipay's total says once more what its number said.
        assert_eq!((&trade.order.refunds, &trade.order.payments), (&before.refunds, &before.payments));
        assert_eq!(back(&trade), 300);

        trade.arm("lose_callback");
        let second = trade.decide_refund(None, PRICE - 300);
        sends(&mut trade, &second);
        assert_eq!(asks(&mut trade, &second), RefundWord::Succeeded);
        assert_eq!((trade.order.status(), back(&trade)), (Status::Refunded, PRICE));
        books_agree(&trade);
    });
}

/// Stripe repeats an answer under its key for a day: the first refusal, if the key did not follow the hour. Within an hour
/// it repeats that hour's refusal, and a refund is tried once an hour.
#[test]
fn stripe_repeats_a_refusal_under_its_key() {
    let (mut trade, _) = paid(Method::StripeIntent);
    let id = trade.decide_refund(None, 300);
    for _ in 0..2 {
        trade.arm("refuse_refund");
        assert_eq!(sends(&mut trade, &id), RefundWord::NoBalance);
    }
    assert_eq!(list(&trade.books(), "armed").len(), 0, "two keys, two refusals");
    assert_eq!(sends(&mut trade, &id), RefundWord::NoBalance, "the hour's answer");
    assert_eq!((theirs(&trade), trade.refund(&id).state), (0, RefundState::Requested));
}

/// Whoever asks about it in between hears that there is none, and what was said last counts: under its first key it is
/// refused as at first, and sent under another one after that.
#[test]
fn stripe_refund_without_balance_succeeds_under_second_key_after_query() {
    let (mut trade, _) = paid(Method::StripeIntent);
    trade.arm("refuse_refund");
    let id = trade.decide_refund(None, 300);
    assert_eq!(sends(&mut trade, &id), RefundWord::NoBalance);
    assert_eq!(asks(&mut trade, &id), RefundWord::Unclear);
    assert_eq!((trade.refund(&id).state, trade.refund(&id).no_balance), (RefundState::Requested, false));
    assert_eq!(sends(&mut trade, &id), RefundWord::NoBalance, "the first answer once more");
    assert_eq!(sends(&mut trade, &id), RefundWord::Succeeded);
    assert_eq!((theirs(&trade), back(&trade)), (1, 300));
    books_agree(&trade);
}

#[test]
fn delayed_refund_is_processing_until_finished() {
    for_each(KINDS, |method| {
        let (mut trade, id) = under_way(method);
        trade.act("finish_refund");
        hears_of_money(&mut trade, 300);
        assert_eq!(back(&trade), 300, "a callback tells it");
        assert_eq!(asks(&mut trade, &id), RefundWord::Succeeded);
        assert_eq!((states(&trade.order), theirs(&trade), back(&trade)), (vec![RefundState::Succeeded], 1, 300));
        books_agree(&trade);
    });
}

#[test]
fn stuck_refund_is_held_until_a_person_resolves_it() {
    for_each([Method::WechatNative, Method::StripeCheckout, Method::StripeIntent], |method| {
        let (mut trade, _) = paid(method);
        trade.arm("refund_abnormal");
        let id = trade.decide_refund(None, 300);
        // That it is stuck WeChat Pay tells later: its first answer is "accepted".
        let is_wechat = method.provider() == Provider::WeChat;
        let first = if is_wechat { RefundWord::Processing } else { RefundWord::Abnormal };
        assert_eq!(sends(&mut trade, &id), first);
        hears_of_it(&mut trade, RefundWord::Abnormal);
        assert_eq!(asks(&mut trade, &id), RefundWord::Abnormal);
        assert_eq!(holds(&trade.order), [HoldWord::RefundAbnormal]);
        assert_eq!(trade.order.rest(trade.order.kept().unwrap()).minor(), PRICE - 300, "still spoken for");
        books_agree(&trade);

        trade.act("finish_refund");
        hears_of_it(&mut trade, RefundWord::Succeeded);
        assert_eq!((asks(&mut trade, &id), holds(&trade.order)), (RefundWord::Succeeded, vec![]));
        books_agree(&trade);
    });
}

#[test]
fn failed_refund_frees_its_amount() {
    for_each([Method::WechatNative, Method::StripeCheckout, Method::StripeIntent], |method| {
        let (mut trade, id) = under_way(method);
        trade.act("fail_refund");
        hears_of_it(&mut trade, RefundWord::Failed);
        assert_eq!(asks(&mut trade, &id), RefundWord::Failed);
        assert_eq!((states(&trade.order), back(&trade)), (vec![RefundState::Failed], 0));
        assert_eq!(holds(&trade.order), [], "it never succeeded");

        let next = trade.decide_refund(None, PRICE);
        assert_ne!(next, id, "a number that failed is not used again");
        sends(&mut trade, &next);
        assert_eq!(asks(&mut trade, &next), RefundWord::Succeeded);
        assert_eq!((trade.order.status(), back(&trade)), (Status::Refunded, PRICE));
        books_agree(&trade);
    });
}

/// Alipay tells nobody that a refund failed: asked, it knows the number no more. That is no certain failure, so it stays
/// spoken for; and the same number, sent again, is the same refund.
#[test]
fn failed_alipay_refund_stays_requested() {
    let (mut trade, id) = under_way(Method::AlipayPage);
    let told = list(&trade.books(), "notices").len();
    trade.act("fail_refund");
    assert_eq!(list(&trade.books(), "notices").len(), told);
    assert_eq!(asks(&mut trade, &id), RefundWord::Unclear);
    assert_eq!(trade.refund(&id).state, RefundState::Requested);
    assert_eq!(trade.order.rest(trade.order.kept().unwrap()).minor(), PRICE - 300);
    assert_eq!(sends(&mut trade, &id), RefundWord::Succeeded);
    assert_eq!(asks(&mut trade, &id), RefundWord::Succeeded);
    assert_eq!((trade.order.refunds.len(), back(&trade)), (1, 300));
    books_agree(&trade);
}

#[test]
fn refund_that_fails_after_success_is_held() {
    for_each([Method::WechatNative, Method::StripeCheckout, Method::StripeIntent], |method| {
        let (mut trade, _) = paid(method);
        let id = trade.decide_refund(None, PRICE);
        sends(&mut trade, &id);
        assert_eq!(asks(&mut trade, &id), RefundWord::Succeeded);
        assert_eq!(trade.order.status(), Status::Refunded);
        trade.act("fail_refund");
        hears_of_it(&mut trade, RefundWord::Failed);
        assert_eq!(asks(&mut trade, &id), RefundWord::Failed);
        assert_eq!((states(&trade.order), trade.order.status()), (vec![RefundState::Failed], Status::Paid));
        assert!(trade.refund(&id).ever_succeeded);
        assert_eq!((holds(&trade.order), back(&trade)), (vec![HoldWord::RefundFailed], 0));
        trade.query().unwrap();
        assert_eq!(back(&trade), 0, "the trade's standing does not bring it back");
        books_agree(&trade);
    });
}

/// Alipay tells nobody, and its answers about the number are none: what was done stays done for us.
#[test]
fn alipay_refund_that_fails_after_success_stays_succeeded() {
    let (mut trade, _) = paid(Method::AlipayPage);
    let id = trade.decide_refund(None, 300);
    sends(&mut trade, &id);
    assert_eq!(asks(&mut trade, &id), RefundWord::Succeeded);
    let told = list(&trade.books(), "notices").len();
    trade.act("fail_refund");
    assert_eq!(list(&trade.books(), "notices").len(), told);
    assert_eq!(asks(&mut trade, &id), RefundWord::Unclear);
    assert_eq!(trade.query().unwrap().len(), 1);
    assert_eq!((states(&trade.order), back(&trade)), (vec![RefundState::Succeeded], 300));
}

/// One made on the provider's own platform, told by a callback, and one of ours after it: together and never twice.
#[test]
fn platform_refund_and_own_refund_count_once_each() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.act("refund_on_platform");
        if is_alipay(method) {
            hears_of_total(&mut trade, HALF);
            assert_eq!(trade.order.refunds, [], "a total, and no number");
        } else {
            hears_of_it(&mut trade, RefundWord::Succeeded);
            let [Refund { id: RefundId::Theirs(_), amount, .. }] = &trade.order.refunds[..] else {
                panic!("{:?}", trade.order.refunds)
            };
            assert_eq!(amount.minor(), HALF);
        }
        let said = trade.query().unwrap();
        let is_unclear = said.iter().any(|says| matches!(says, Says::BackUnclear { .. }));
        assert_eq!(is_unclear, method.provider() == Provider::WeChat, "{said:?}");
        assert_eq!((back(&trade), holds(&trade.order)), (HALF, vec![]), "a refund we know explains it");
        books_agree(&trade);

        let id = trade.decide_refund(None, 300);
        sends(&mut trade, &id);
        assert_eq!(asks(&mut trade, &id), RefundWord::Succeeded);
        trade.query().unwrap();
        assert_eq!((back(&trade), trade.order.status()), (HALF + 300, Status::Paid));
        books_agree(&trade);

        let before = trade.order.clone();
        trade.act("resend");
        hears_of_money(&mut trade, HALF + 300);
        assert_eq!(trade.order, before, "told again, it changed something");
    });
}

#[test]
fn full_refund_on_platform_refunds_order() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.act(&format!("refund_on_platform?amount={PRICE}"));
        hears_of_money(&mut trade, PRICE);
        assert_eq!((trade.order.status(), back(&trade)), (Status::Refunded, PRICE));
        trade.query().unwrap();
        assert_eq!((roles(&trade.order), holds(&trade.order)), (vec![Role::Kept], vec![]));
        books_agree(&trade);
    });
}

/// The only notice of it is lost. Stripe names it when it is asked about the trade; WeChat Pay says that something went back,
/// which is held; Alipay's totals bring it with the next refund of ours.
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
                assert_eq!((holds(&trade.order), back(&trade)), (vec![HoldWord::RefundUnclear], 0));
                assert_eq!(refused(&mut trade), Refusal::OnHold);
                return;
            }
            Provider::Alipay => assert_eq!((said.len(), back(&trade)), (1, 0)),
            Provider::Stripe => assert_eq!((said.len(), back(&trade)), (2, HALF)),
        }
        let id = trade.decide_refund(None, 300);
        assert_eq!(sends(&mut trade, &id), RefundWord::Succeeded);
        assert_eq!((back(&trade), holds(&trade.order)), (HALF + 300, vec![]));
        books_agree(&trade);
    });
}

/// We do not know that half is back already, and want to give all of it back: no money moves, whatever we make of it.
#[test]
fn refund_above_remaining_amount_is_refused() {
    for_each(KINDS, |method| {
        let (mut trade, _) = paid(method);
        trade.arm("lose_callback");
        trade.act("refund_on_platform");
        let id = trade.decide_refund(None, PRICE);
        let said = trade.send_refund(&id);
        assert_eq!(theirs(&trade), 1);
        match method.provider() {
            // One word for every request that is wrong: certain only once a person has looked.
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

fn refused(trade: &mut Trade) -> Refusal {
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
