//! Commands: what each changes, and every refusal, which changes nothing.

use super::*;
use crate::text::Handle;
use crate::wallet::Change;

/// A command, and what it must answer.
fn assert_refused<T>(name: &str, order: &Order, refusal: Refusal, command: impl Fn(&mut Order) -> Result<T, Refusal>) {
    let mut changed = order.clone();
    assert_eq!(command(&mut changed).err(), Some(refusal), "{name}");
    assert_eq!(changed, *order, "{name}: refused, it changes nothing");
}

#[test]
fn cancel_needs_a_pending_order_whose_attempts_are_closed() {
    let cancel = |why, at| move |order: &mut Order| order.cancel(why, By::Buyer, minute(at));
    let back = bought().hears([went_back("x", "A", PRICE)]);
    let closed_one = || order().hears([closed(false)]);
    let opening = closed_one().and(|order| order.retry(Method::AlipayQr, account("main"), minute(1)).unwrap());
    for (name, order, why, refusal) in [
        ("paid", bought(), Why::User, Refusal::AlreadyPaid),
        ("refunded", back, Why::Admin, Refusal::AlreadyPaid),
        ("processing", order().hears([says(Says::Processing)]), Why::User, Refusal::PaymentProcessing),
        ("open", order(), Why::User, Refusal::StillOpen),
        ("opening", opening, Why::Admin, Refusal::StillOpen),
        ("not over yet", closed_one(), Why::Expired, Refusal::NotDue),
    ] {
        assert_refused(name, &order, refusal, cancel(why, END - 1));
    }
    for why in [Why::User, Why::Admin, Why::Expired] {
        let order = closed_one().and(|order| order.cancel(why, By::Buyer, minute(END)).unwrap());
        assert_eq!(order.cancelled, Some(Cancelled { at: minute(END), why }));
        let again = order.clone().and(|order| order.cancel(Why::User, By::Buyer, minute(END + 9)).unwrap());
        assert_eq!(again, order, "the same answer as the first time");
    }
}

#[test]
fn retry_needs_a_pending_order_with_time_and_numbers_left() {
    let retry = |at: Time| move |order: &mut Order| order.retry(Method::AlipayPage, account("main"), at);
    let in_time = minute(END - 2);
    let used_up = order().and(|order| {
        for _ in 1..MOST_ATTEMPTS {
            let n = order.retry(Method::AlipayQr, account("main"), minute(1)).unwrap();
            order.opened(n, None, Some(minute(END)), minute(1));
        }
    });
    let returned = resolution(HoldWord::OddPayment, Decision::Return);
    let last_number = order().hears([paid_so("A", cny(1), 1).of(99)]).resolved(&returned);
    for (name, order, at, refusal) in [
        ("cancelled", order().ended(Why::User), minute(1), Refusal::Cancelled),
        ("paid", bought(), minute(1), Refusal::AlreadyPaid),
        ("refunded", bought().hears([went_back("x", "A", PRICE)]), minute(1), Refusal::AlreadyPaid),
        ("too late", order(), in_time.plus(Seconds(1)), Refusal::Expired),
        ("processing", order().hears([says(Says::Processing)]), minute(1), Refusal::PaymentProcessing),
        ("all used up", used_up, minute(1), Refusal::TooManyAttempts),
        ("no number left", last_number, minute(1), Refusal::TooManyAttempts),
    ] {
        assert_refused(name, &order, refusal, retry(at));
        assert_eq!(order.may_retry(at), Err(refusal), "{name}");
    }
    let mut order = order();
    assert_eq!(retry(in_time)(&mut order), Ok(n(2)));
    let begun = order.newest_attempt().unwrap();
    assert_eq!((begun.n, begun.state, begun.payable_until), (n(2), AttemptState::Opening, Some(minute(END))));
    assert_eq!(order.attempt(n(1)).unwrap().state, AttemptState::Open, "a second payment is safe");
    let order = order.hears([paid("A").of(2), paid("B")]);
    assert_eq!(order.roles(), [Role::Kept, Role::Extra]);
}

/// Odd money came for the only attempt.
fn in_review() -> Order {
    order().hears([paid_so("A", cny(1), 1)])
}

#[test]
fn cancel_and_retry_are_refused_while_odd_money_is_held() {
    let cancel = |why| move |order: &mut Order| order.cancel(why, By::Buyer, minute(END));
    let retry = |order: &mut Order| order.retry(Method::AlipayQr, account("main"), minute(3));
    let through_another = order().hears([paid("A").through("other")]);
    let half_back = in_review().hears([paid_so("B", cny(2), 1), went_back("x", "A", 1)]);
    for (name, order) in [("its amount", in_review()), ("its account", through_another), ("one of two", half_back)] {
        assert!(order.is_in_review(), "{name}");
        assert_refused(name, &order, Refusal::PaymentInReview, cancel(Why::User));
        assert_refused(name, &order, Refusal::PaymentInReview, cancel(Why::Admin));
        assert_refused(name, &order, Refusal::PaymentInReview, retry);
        assert_eq!(order.may_cancel(minute(3)), Err(Refusal::PaymentInReview), "{name}");
        assert_eq!(order.attempts.iter().filter(|attempt| order.is_payable(attempt.n)).count(), 0, "{name}");
    }
    let given_back = in_review().hears([went_back("x", "A", 1)]);
    let returned = in_review().resolved(&resolution(HoldWord::OddPayment, Decision::Return));
    for (name, order) in [("it is back", given_back), ("it goes back", returned)] {
        assert!(!order.is_in_review(), "{name}");
        assert_eq!(order.may_cancel(minute(3)), Ok(()), "{name}");
        assert_eq!(retry(&mut order.clone()), Ok(n(2)), "{name}");
        assert_eq!(cancel(Why::User)(&mut order.clone()), Ok(()), "{name}");
    }
    let accepted = in_review().resolved(&resolution(HoldWord::OddPayment, Decision::Accept));
    assert_refused("accepted", &accepted, Refusal::AlreadyPaid, cancel(Why::User));
    assert_refused("accepted", &accepted, Refusal::AlreadyPaid, retry);
}

#[test]
fn order_whose_payment_is_in_review_expires_and_can_be_accepted_afterwards() {
    let order = in_review().and(|order| order.cancel(Why::Expired, By::Till, minute(END)).unwrap());
    assert_eq!((order.status(), order.is_in_review()), (Status::Cancelled, true));
    assert_eq!(order.may_retry(minute(3)), Err(Refusal::Cancelled), "it is over first");
    let accepted = order.resolved(&resolution(HoldWord::OddPayment, Decision::Accept));
    assert_eq!((accepted.status(), accepted.is_in_review()), (Status::Paid, false));
}

#[test]
fn attempts_left_are_counted_down_while_the_order_is_pending() {
    assert_eq!(order().attempts_left(), MOST_ATTEMPTS - 1);
    let used_up = order().and(|order| {
        for n in 2..=MOST_ATTEMPTS {
            order.retry(Method::AlipayQr, account("main"), minute(u32::try_from(n).unwrap())).unwrap();
        }
    });
    assert_eq!(used_up.attempts_left(), 0);
    assert_eq!(order().hears([paid("A")]).attempts_left(), 0);
    assert_eq!(order().ended(Why::User).attempts_left(), 0);
}

#[test]
fn cancel_and_retry_wait_while_an_attempt_is_being_opened() {
    let begun = order().hears([closed(true)]).and(|order| order.retry(Method::AlipayQr, account("main"), minute(1)));
    let cancel = |at| move |order: &mut Order| order.cancel(Why::User, By::Buyer, at);
    let retry = |at| move |order: &mut Order| order.retry(Method::AlipayQr, account("main"), at);
    for seconds in [0, 1, 30] {
        let at = minute(1).plus(Seconds(seconds));
        assert!(begun.attempt(n(2)).unwrap().is_being_opened(at), "{seconds}");
        assert_refused("cancel", &begun, Refusal::InProgress, cancel(at));
        assert_refused("retry", &begun, Refusal::InProgress, retry(at));
        let opened = begun.clone().and(|order| order.opened(n(2), None, Some(minute(END)), at));
        assert!(!opened.attempt(n(2)).unwrap().is_being_opened(at), "{seconds}: its opener has timed out");
        assert_refused("opened", &opened, Refusal::StillOpen, cancel(at));
        assert_eq!(retry(at)(&mut opened.clone()), Ok(n(3)));
    }
    let at = minute(1).plus(Seconds(31));
    assert!(!begun.attempt(n(2)).unwrap().is_being_opened(at));
    assert_refused("silent since", &begun, Refusal::StillOpen, cancel(at));
    assert_eq!(retry(at)(&mut begun.clone()), Ok(n(3)));
}

#[test]
fn cancel_needs_an_attempt_without_its_own_end_to_be_closed_for_good() {
    let cancel = |order: &mut Order| order.cancel(Why::Expired, By::Till, minute(END));
    let endless = || order_of(Policy::default(), None, None);
    for (name, reports, result) in [
        ("failed", vec![says(Says::Failed)], Err(Refusal::StillOpen)),
        ("failed, asked late", vec![says(Says::Failed).asked(END)], Err(Refusal::StillOpen)),
        ("closed without a promise", vec![closed(false)], Err(Refusal::StillOpen)),
        ("closed", vec![closed(true)], Ok(())),
        ("failed, then closed", vec![says(Says::Failed), closed(true)], Ok(())),
    ] {
        assert_eq!(cancel(&mut endless().hears(reports)), result, "{name}");
    }
    assert_eq!(cancel(&mut order().hears([says(Says::Failed)])), Ok(()), "this one ends by itself");
}

#[test]
fn opened_records_how_long_an_attempt_can_be_paid() {
    for end in [says(Says::Processing), closed(true), paid("A")] {
        let mut order = order().hears([end]);
        let state = order.attempt(n(1)).unwrap().state;
        assert!(!order.opened(n(1), None, Some(minute(END)), minute(3)), "{state:?}: nothing new");
        for until in [Some(minute(END + 9)), None] {
            assert!(order.opened(n(1), None, until, minute(3)), "{state:?}: {until:?}");
            let attempt = order.attempt(n(1)).unwrap();
            assert_eq!((attempt.state, attempt.payable_until), (state, until));
            assert!(!order.opened(n(1), None, until, minute(4)), "{state:?}: twice changes nothing");
        }
    }
}

#[test]
fn opened_never_lowers_an_attempts_state() {
    let handle = Handle::parse("qr").ok();
    let until = Some(minute(END));
    let retried = order().and(|order| order.retry(Method::AlipayQr, account("main"), minute(1)).unwrap());
    for (end, state) in [
        (None, AttemptState::Open),
        (Some(says(Says::Processing)), AttemptState::Processing),
        (Some(closed(true)), AttemptState::Closed),
        (Some(paid("A")), AttemptState::Paid),
    ] {
        let mut order = retried.clone().hears(end.map(|end| end.of(2)));
        assert!(order.opened(n(2), handle.clone(), until, minute(3)));
        let attempt = order.attempt(n(2)).unwrap();
        assert_eq!((attempt.state, &attempt.handle), (state, &handle));
        assert!(!order.opened(n(2), handle.clone(), until, minute(4)), "twice changes nothing");
    }
    assert!(!order().opened(n(9), handle, until, minute(3)), "no such attempt");
}

#[test]
fn refund_needs_a_payment_with_enough_left_and_no_hold() {
    let refund = |wish: RefundRequest| move |order: &mut Order| order.refund(&wish, minute(5));
    let of = |no: &str| RefundRequest { trade_no: Some(trade(no)), ..wish("k", None) };
    let invalid = |field, rule| Refusal::InvalidField { field, rule };
    let two = || bought().hears([paid("B")]);
    let asked = || bought().gives_back(&wish("first", Some(400)));
    let all_asked = bought().gives_back(&wish("first", None));
    let many = bought().and(|order| {
        for i in 0..MOST_COMMANDED_REFUNDS {
            order.refund(&wish(&i.to_string(), Some(1)), minute(5)).unwrap();
        }
    });
    let last_number = bought().hears([refund_says(ours(99), "A", 1, RefundWord::Failed)]);
    let disputed = bought().hears([dispute("A", 1, DisputeState::Opened)]);
    let dollars = RefundRequest { amount: Some(usd(1)), ..wish("k", None) };
    let left = cny(PRICE - 400);
    for (name, order, wish, refusal) in [
        ("pending", order(), wish("k", None), Refusal::NotPaid),
        ("no such payment", bought(), of("Z"), Refusal::NotPaid),
        ("disputed", disputed, wish("k", None), Refusal::OnHold),
        ("unclear", bought().hears([unclear("A")]), wish("k", None), Refusal::OnHold),
        (
            "goods of a payment on top",
            two(),
            RefundRequest { revoke: true, ..of("B") },
            invalid("revoke", "is for the payment that is kept"),
        ),
        ("back already", bought().hears([went_back("x", "A", PRICE)]), wish("k", None), Refusal::AlreadyRefunded),
        ("on its way", all_asked, wish("k", None), Refusal::RefundInProgress),
        ("too much", asked(), wish("k", Some(PRICE - 399)), Refusal::RefundExceedsPaid { left }),
        ("nothing", bought(), wish("k", Some(0)), invalid("amount", "is more than nothing")),
        ("another currency", bought(), dollars, invalid("currency", "is the payment's")),
        ("fifty commanded", many, wish("k", Some(1)), Refusal::TooManyRefunds),
        ("no number left", last_number, wish("k", Some(1)), Refusal::TooManyRefunds),
        ("the key, another amount", asked(), wish("first", Some(401)), Refusal::IdempotencyConflict),
        ("the key, all", asked(), wish("first", None), Refusal::IdempotencyConflict),
        (
            "the key, with the goods",
            asked(),
            RefundRequest { revoke: true, ..wish("first", Some(400)) },
            Refusal::IdempotencyConflict,
        ),
        (
            "the key, another payment",
            asked(),
            RefundRequest { trade_no: Some(trade("Z")), ..wish("first", Some(400)) },
            Refusal::IdempotencyConflict,
        ),
    ] {
        assert_refused(name, &order, refusal, refund(wish));
    }
    let mut order = asked();
    assert_eq!(order.refund(&wish("first", Some(400)), minute(9)), Ok(r(1)), "the same key is the same refund");
    assert_eq!(order, asked());
    assert_eq!(order.refund(&wish("rest", None), minute(9)), Ok(r(2)));
    assert_eq!(order.refund_of_ours(r(2)).unwrap().amount, left);
    assert_eq!(two().refund(&of("B"), minute(5)), Ok(r(1)), "a payment on top");
}

#[test]
fn refund_number_that_failed_is_not_used_again() {
    let mut order = bought().gives_back(&wish("k", Some(400)));
    order = order.hears([refund_says(ours(1), "A", 400, RefundWord::Failed)]);
    assert!(!order.owes(Duty::SendRefund(0)));
    assert_eq!(order.refund(&wish("again", Some(400)), minute(9)), Ok(r(2)));
    assert_eq!(order.refund(&wish("k", Some(400)), minute(9)), Ok(r(1)), "the key still names the one that failed");
}

#[test]
fn grant_and_revoke_are_refused_unless_owed() {
    let grant = |order: &mut Order| order.grant(1, minute(3));
    let revoke = |order: &mut Order| order.revoke(2, minute(4));
    assert_refused("nothing kept", &order(), Refusal::NotDue, grant);
    assert_refused("granted", &bought().given(), Refusal::NotDue, grant);
    assert_refused("disputed", &bought().hears([dispute("A", 1, DisputeState::Opened)]), Refusal::NotDue, grant);
    assert_refused("not granted", &bought(), Refusal::NotDue, revoke);
    assert_refused("kept", &bought().given(), Refusal::NotDue, revoke);
    let back = bought().given().hears([went_back("x", "A", PRICE)]);
    assert_refused("revoked", &back.clone().taken_back(), Refusal::NotDue, revoke);

    let mut order = bought().gives_back(&wish("k", Some(400)));
    let entry = grant(&mut order).unwrap();
    let Change::Grant { granted, kept, .. } = entry.change() else { panic!("{entry:?}") };
    assert_eq!((*granted, *kept), (order.source(), cny(PRICE - 400)), "worth what is kept for good");
    assert_eq!(order.granting.granted, Some(minute(3)));
    let mut back = back;
    assert_eq!(
        revoke(&mut back).unwrap().change(),
        &Change::Revoke { granted: back.source(), points: 100, granted_in: None }
    );
    assert_eq!(back.granting.revoked, Some(minute(4)));
}

#[test]
fn supersede_is_refused_unless_an_upgrade_is_owed() {
    let supersede = |order: &mut Order| order.supersede(minute(3));
    assert_refused("no upgrade", &bought(), Refusal::NotDue, supersede);
    assert_refused("not paid", &upgrade(), Refusal::NotDue, supersede);
    assert_refused("granted", &upgrade().hears([paid("A")]).given(), Refusal::NotDue, supersede);
    let mut order = upgrade().hears([paid("A")]);
    assert_eq!(supersede(&mut order), Ok(()));
    assert_refused("twice", &order, Refusal::NotDue, supersede);
    assert_refused("never granted", &order, Refusal::NotDue, |order| order.grant(1, minute(4)));
}

#[test]
fn told_is_refused_without_a_hold() {
    assert_refused("no hold", &order(), Refusal::NotDue, |order| order.told(&[]));
}

#[test]
fn expiry_is_refused_while_an_attempt_is_processing_or_open() {
    let end = |mut order: Order| order.cancel(Why::Expired, By::Till, minute(END));
    assert_eq!(end(order().hears([says(Says::Processing)])), Err(Refusal::PaymentProcessing));
    assert_eq!(end(order()), Err(Refusal::StillOpen));
}

#[test]
fn upgrade_is_in_the_first_granting_only() {
    let has_upgrade = |order: &mut Order, version| match order.grant(version, minute(3)).unwrap().change() {
        Change::Grant { upgrade, .. } => upgrade.is_some(),
        Change::Revoke { .. } | Change::Spend { .. } | Change::Admin { .. } => false,
    };
    let mut order = upgrade().hears([paid("A")]);
    assert!(has_upgrade(&mut order, 1));
    let mut plain = bought();
    assert!(!has_upgrade(&mut plain, 1), "no upgrade was sold");
}
