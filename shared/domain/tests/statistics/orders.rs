//! Each kind of order, and what it counts for.

use till_domain::currency::Currency;
use till_domain::order::{By, Decision, Decline, DisputeState, HoldWord, Resolution, Role, Says, Why};
use till_domain::provider::Method;
use till_domain::statistics::{Rate, Taken, Tally};
use till_domain::text::{Reason, UserId};
use till_domain::time::Seconds;

use crate::world::*;

#[test]
fn pending_order_counts_as_created_and_pending() {
    let tally = alone(pending());
    let expected = Tally { created: 1, pending: 1, attempts: 1, ordered_minor: PRICE, ..Tally::default() };
    assert_eq!(tally, expected);
    assert_eq!((tally.success_rate(), tally.refund_rate()), (None, None));
}

#[test]
fn each_way_of_ending_unpaid_is_counted_by_itself() {
    let ways = |tally: Tally| [tally.cancelled_by_buyer, tally.cancelled_by_team, tally.expired, tally.paid];
    for (why, expected) in [(Why::User, [1, 0, 0, 0]), (Why::Admin, [0, 1, 0, 0]), (Why::Expired, [0, 0, 1, 0])] {
        let tally = alone(cancelled(why));
        assert_eq!(tally.success_rate().map(Rate::ten_thousandths), Some(0));
        assert_eq!(ways(tally), expected, "{why:?}");
    }
}

#[test]
fn paid_order_counts_its_payment_and_both_times() {
    let mut order = bought();
    let waiting = alone(order.clone());
    assert_eq!((waiting.paid, waiting.not_granted, waiting.granted), (1, 1, 0));
    order.grant(1, minute(2).plus(Seconds(7))).unwrap();
    let tally = alone(order);
    assert_eq!((tally.paid, tally.not_granted, tally.granted, tally.revoked), (1, 0, 1, 0));
    assert_eq!(tally.kept, Taken { payments: 1, minor: PRICE, back_minor: 0 });
    assert_eq!(tally.to_pay.iter().collect::<Vec<_>>(), [(Seconds(120), 1)]);
    assert_eq!(tally.to_grant.iter().collect::<Vec<_>>(), [(Seconds(7), 1)]);
}

#[test]
fn order_paid_by_its_second_attempt_counts_under_that_method() {
    let mut order = pending();
    hear(&mut order, 1, declined(Decline::InsufficientFunds), minute(1));
    hear(&mut order, 1, Says::Closed { for_good: true }, minute(4));
    retried(&mut order, Method::AlipayQr);
    hear(&mut order, 2, paid("B", cny(PRICE), minute(6)), minute(6));
    let tally = counted(&[order]);
    let (first, second) =
        (group(&tally, Method::WechatNative, Currency::CNY), group(&tally, Method::AlipayQr, Currency::CNY));
    assert_eq!((first.created, first.attempts, second.created, second.attempts), (0, 1, 1, 1));
    assert_eq!(first.failures.of(Decline::InsufficientFunds), 1);
    assert_eq!(
        (second.paid, second.paid_by_retry, second.failed, second.failures.of(Decline::InsufficientFunds)),
        (1, 1, 0, 0)
    );
}

#[test]
fn unpaid_order_counts_as_failed_if_an_attempt_failed() {
    let mut order = pending();
    hear(&mut order, 1, Says::Failed, minute(1));
    let unstated = alone(order.clone());
    assert_eq!((unstated.failed, unstated.failures.of(Decline::Other)), (1, 1));
    hear(&mut order, 1, declined(Decline::ExpiredCard), minute(2));
    let stated = alone(order);
    assert_eq!((stated.failed, stated.failures.of(Decline::Other)), (1, 0));
    assert_eq!(stated.failures.of(Decline::ExpiredCard), 1);
}

#[test]
fn second_payment_is_extra_and_stays_out_of_what_is_kept() {
    let mut order = bought();
    retried_after_payment(&mut order);
    let tally = alone(order);
    assert_eq!((tally.paid, tally.paid_twice), (1, 1));
    assert_eq!(tally.kept, Taken { payments: 1, minor: PRICE, back_minor: 0 });
    assert_eq!(tally.extra, Taken { payments: 1, minor: PRICE, back_minor: PRICE });
    assert_eq!((tally.refunded, tally.refunded_in_part), (0, 0), "the order itself stays paid");
}

fn retried_after_payment(order: &mut till_domain::order::Order) {
    hear(order, 1, paid("A2", cny(PRICE), minute(3)), minute(3));
    hear(order, 1, went_back("r", "A2", PRICE), minute(4));
}

#[test]
fn odd_payment_counts_under_its_own_currency_until_it_is_decided() {
    let mut order = pending();
    hear(&mut order, 1, paid("A", usd(1_500), minute(2)), minute(2));
    assert_eq!(order.payments[0].role, Role::Odd);
    let tally = counted(&[order.clone()]);
    let (yuan, dollars) =
        (group(&tally, Method::WechatNative, Currency::CNY), group(&tally, Method::WechatNative, Currency::USD));
    assert_eq!((yuan.created, yuan.pending, yuan.paid), (1, 1, 0));
    assert_eq!((dollars.created, dollars.odd), (0, Taken { payments: 1, minor: 1_500, back_minor: 0 }));
    order
        .resolve(
            &Resolution {
                word: HoldWord::OddPayment,
                trade_no: None,
                decision: Decision::Accept,
                amount: None,
                by: UserId::parse("boss").unwrap(),
                reason: Reason::parse("because").unwrap(),
            },
            minute(9),
        )
        .unwrap();
    let tally = counted(&[order]);
    let (yuan, dollars) =
        (group(&tally, Method::WechatNative, Currency::CNY), group(&tally, Method::WechatNative, Currency::USD));
    assert_eq!((yuan.paid, yuan.pending, yuan.kept.payments), (1, 0, 0));
    assert_eq!((dollars.kept.minor, dollars.odd.payments, dollars.paid), (1_500, 0, 0));
}

#[test]
fn late_payment_counts_as_paid_and_late_whoever_ended_the_order() {
    for (why, paid_at, late) in [
        (Why::Expired, minute(END + 1), 1),
        // Paid in time and reported after the end.
        (Why::Expired, minute(END - 1), 0),
        (Why::User, minute(4), 1),
    ] {
        let mut order = cancelled(why);
        hear(&mut order, 1, paid("A", cny(PRICE), paid_at), minute(END + 2));
        let tally = alone(order);
        assert_eq!((tally.paid, tally.paid_late), (1, late), "{why:?}");
        assert_eq!((tally.expired, tally.cancelled_by_buyer), (0, 0), "it is not cancelled any more");
    }
}

#[test]
fn late_payment_that_goes_back_is_extra() {
    let mut order = strict();
    hear(&mut order, 1, Says::Closed { for_good: true }, minute(3));
    order.cancel(Why::Expired, By::Till, minute(END)).unwrap();
    hear(&mut order, 1, paid("A", cny(PRICE), minute(END + 1)), minute(END + 2));
    let tally = alone(order);
    assert_eq!((tally.paid, tally.expired, tally.extra.payments, tally.extra.back_minor), (0, 1, 1, 0));
    assert_eq!(tally.to_pay.number(), 0);
}

#[test]
fn refunds_count_in_part_until_all_is_back() {
    let mut order = bought();
    order.grant(1, minute(3)).unwrap();
    hear(&mut order, 1, went_back("r1", "A", 900), minute(5));
    let part = alone(order.clone());
    assert_eq!((part.refunded_in_part, part.refunded, part.kept.back_minor, part.paid), (1, 0, 900, 1));
    hear(&mut order, 1, went_back("r2", "A", PRICE - 900), minute(6));
    order.revoke(2, minute(7)).unwrap();
    let whole = alone(order);
    assert_eq!((whole.refunded_in_part, whole.refunded, whole.kept.back_minor, whole.paid), (0, 1, PRICE, 1));
    assert_eq!((whole.granted, whole.revoked), (1, 1));
    assert_eq!(whole.refund_rate().map(Rate::ten_thousandths), Some(10_000));
    assert_eq!(whole.success_rate().map(Rate::ten_thousandths), Some(10_000), "it was paid all the same");
}

#[test]
fn dispute_counts_by_its_state_and_no_more_than_its_payment() {
    let states = |tally: &Tally| [tally.disputes_open, tally.disputes_won, tally.disputes_lost];
    for (state, expected) in
        [(DisputeState::Opened, [1, 0, 0]), (DisputeState::Won, [0, 1, 0]), (DisputeState::Lost, [0, 0, 1])]
    {
        let mut order = bought();
        hear(&mut order, 1, disputed("A", cny(PRICE + 1), state), minute(5));
        let tally = alone(order);
        assert_eq!(states(&tally), expected);
        let lost = if state == DisputeState::Lost { PRICE } else { 0 };
        assert_eq!((tally.disputes_lost_minor, tally.kept.back_minor), (lost, lost));
    }
    let mut order = bought();
    hear(&mut order, 1, disputed("A", usd(1), DisputeState::Lost), minute(5));
    assert_eq!(alone(order).disputes_lost_minor, PRICE, "another currency counts as the whole payment");
    let mut order = pending();
    hear(&mut order, 1, disputed("unknown", cny(5), DisputeState::Lost), minute(5));
    let unknown = alone(order);
    assert_eq!((unknown.disputes_lost, unknown.disputes_lost_minor), (1, 0));
}

#[test]
fn superseded_order_is_paid_and_waits_for_no_goods() {
    let mut order = upgrade();
    hear(&mut order, 1, paid("A", cny(PRICE), minute(2)), minute(2));
    order.supersede(minute(3)).unwrap();
    let tally = alone(order);
    assert_eq!((tally.paid, tally.superseded, tally.not_granted, tally.granted), (1, 1, 0, 0));
}

#[test]
fn money_under_an_unknown_number_counts_under_the_first_method_of_its_provider() {
    let mut order = pending();
    let mut report = says(&order, 1, paid("X", cny(PRICE), minute(2)));
    report.attempt = n(7);
    order.settle(&report, minute(2));
    let tally = alone(order);
    assert_eq!((tally.created, tally.paid, tally.paid_by_retry, tally.kept.payments, tally.attempts), (1, 1, 1, 1, 2));
}

#[test]
fn payment_before_the_order_by_another_clock_took_no_time() {
    let mut order = pending();
    hear(&mut order, 1, paid("A", cny(PRICE), minute(0).minus(Seconds(3))), minute(1));
    assert_eq!(alone(order).to_pay.percentile(95), Some(Seconds(0)));
}
