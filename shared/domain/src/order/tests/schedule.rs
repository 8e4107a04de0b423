//! The claim: which duties it hands out, how long each then waits, and that the next look always lies ahead.

use super::*;

/// In which minutes a duty is claimed when each claim comes as soon as it is due and nothing is done: the first `count`.
fn claims(mut order: Order, duty: Duty, count: usize) -> Vec<u32> {
    let mut minutes = Vec::new();
    let mut now = minute(0);
    for _ in 0..100 {
        if order.claim(now, May::All).contains(&duty) {
            minutes.push(now.since(minute(0)).0 / 60);
        }
        now = order.due_at().unwrap();
    }
    minutes.truncate(count);
    minutes
}

#[test]
fn each_duty_waits_as_long_as_its_back_off_says() {
    let hourly = [0, 1, 3, 7, 15, 31, 63, 123, 183];
    let refund = |word| bought().given().hears([refund_says(theirs("x"), "A", 1, word)]);
    let beside = |end| order().hears([end, paid("A").of(2)]).given();
    let requested = || bought().gives_back(&wish("k", None));
    let poor = || requested().hears([refund_says(ours(1), "A", PRICE, RefundWord::NoBalance)]);
    let odd = order().hears([paid_so("A", cny(1), 1)]);
    let granted_and_back = bought().given().hears([went_back("x", "A", PRICE)]);
    let slow = order_under(Policy { poll: Seconds::minutes(7), ..Policy::default() });
    let restless = order_under(Policy { poll: Seconds(0), ..Policy::default() });
    for (name, order, duty, expected) in [
        ("grant", bought(), Duty::Grant, hourly.to_vec()),
        ("revoke", granted_and_back, Duty::Revoke, hourly.to_vec()),
        ("alarm", odd, Duty::Alarm, hourly.to_vec()),
        ("send refund", requested(), Duty::SendRefund(0), hourly.to_vec()),
        ("no balance", poor(), Duty::SendRefund(0), vec![0, 60, 120]),
        ("ask refund", refund(RefundWord::Processing), Duty::AskRefund(0), vec![1, 2, 4, 8, 16, 32, 64, 124]),
        ("abnormal", refund(RefundWord::Abnormal), Duty::AskRefund(0), vec![1_440, 2_880, 4_320]),
        ("close", beside(says(Says::Unknown)), Duty::Close(n(1)), hourly.to_vec()),
        ("ask", order(), Duty::Ask(n(1)), vec![1, 6, 11, 16, 21, 26]),
        ("ask, POLL_MINUTES", slow, Duty::Ask(n(1)), vec![1, 8, 15]),
        ("ask, never faster than a minute", restless, Duty::Ask(n(1)), vec![1, 2, 3]),
        ("ask, processing", beside(says(Says::Processing)), Duty::Ask(n(1)), vec![60, 120, 180]),
        ("expire", super::order(), Duty::Expire, vec![30, 31, 33, 37, 45, 60, 75]),
        ("remind", super::order(), Duty::Remind, vec![25]),
        ("last ask", beside(closed(false)), Duty::LastAsk(n(1)), vec![35, 36, 38, 42, 50, 66, 98, 158]),
    ] {
        // The reminder does not come again; of the others more would.
        let count = if duty == Duty::Remind { 2 } else { expected.len() };
        assert_eq!(claims(order, duty, count), expected, "{name}");
    }
}

#[test]
fn returns_are_an_hour_apart_and_at_most_three() {
    let mut order = bought().given().hears([paid("B")]);
    let mut at = Vec::new();
    let mut now = minute(2);
    for _ in 0..9 {
        order.claim(now, May::All);
        let number = u8::try_from(order.refunds.len()).unwrap();
        if order.refunds.last().is_some_and(|refund| refund.state == RefundState::Requested) {
            at.push(now);
            order = order.hears([refund_says(ours(number), "B", PRICE, RefundWord::Failed)]);
        }
        order.claim(now, May::All);
        now = order.due_at().unwrap_or(now).max(now);
    }
    assert_eq!(at, [minute(2), minute(62), minute(122)]);
    assert!(!order.owes(Duty::Return(1)));
    assert_eq!(order.hold_words(), [HoldWord::RefundFailed]);
}

#[test]
fn callback_claims_only_tasks_and_alarms() {
    let mut order = order().hears([paid("A").of(2), paid("B")]);
    let taken = order.claim(minute(2), May::Enqueue);
    assert_eq!(taken, [Duty::Grant]);
    assert_eq!(order.refunds.len(), 1, "the return is decided on; sending it is left");
    assert_eq!(order.due_at(), Some(minute(2).plus(Seconds(1))), "what is left is due for the sweep at once");
    let taken = order.claim(minute(2).plus(Seconds(1)), May::All);
    assert_eq!(taken, [Duty::SendRefund(0)]);
}

#[test]
fn duty_that_a_callback_leaves_is_not_counted_as_tried() {
    let mut order = order().hears([paid("A").of(2)]);
    order.claim(minute(2), May::Enqueue);
    let tries = |order: &Order| order.schedule.iter().map(|slot| (slot.duty, slot.tries)).collect::<Vec<_>>();
    assert_eq!(tries(&order), [(Duty::Grant, 1), (Duty::Close(n(1)), 0)]);
}

#[test]
fn claim_keeps_slots_of_owed_duties_and_drops_the_others() {
    let mut order = order();
    order.claim(minute(0), May::All);
    let next = |order: &Order, duty| order.schedule.iter().find(|slot| slot.duty == duty).map(|slot| slot.next);
    assert_eq!(next(&order, Duty::Ask(n(1))), Some(minute(1)));
    assert!(!order.is_due(minute(0)) && order.is_due(minute(1)));
    order.claim(minute(1), May::All);
    order.claim(minute(2), May::All);
    assert_eq!(next(&order, Duty::Ask(n(1))), Some(minute(6)), "another write moves nothing that is not due");
    let mut order = order.hears([paid("A")]);
    assert_eq!(order.claim(minute(3), May::All), [Duty::Grant]);
    let slot = *order.schedule.iter().find(|slot| slot.duty == Duty::Ask(n(1))).unwrap();
    assert_eq!(
        slot,
        Slot { duty: Duty::Ask(n(1)), tries: 1, next: minute(6), owed: false },
        "its last try still holds"
    );
    assert_eq!(next(&order, Duty::Expire), None, "it was never tried");
    assert_eq!(order.due_at(), Some(minute(4)), "what is not owed is not due");
    let mut order = order.given();
    assert_eq!((order.claim(minute(4), May::All), order.due_at()), (vec![], None), "it leaves the index");
    assert_eq!(order.version, 5, "every claim is a write");
    assert_eq!((order.claim(minute(6), May::All), order.schedule.len()), (vec![], 0), "its last try holds no more");
}

#[test]
fn duty_that_comes_back_waits_for_its_scheduled_try() {
    let opened = || dispute("A", 5, DisputeState::Opened);
    let won = || dispute("A", 5, DisputeState::Won);
    let grant = |order: &Order| order.schedule.iter().find(|slot| slot.duty == Duty::Grant).copied();
    let stopped = bought().and(|order| assert_eq!(order.claim(minute(2), May::All), [Duty::Grant]));
    let stopped = stopped.hears([opened()]).and(|order| assert_eq!(order.claim(minute(2), May::All), [Duty::Alarm]));
    let held = Slot { duty: Duty::Grant, tries: 1, next: minute(3), owed: false };
    assert_eq!(grant(&stopped), Some(held));

    let mut soon = stopped.clone().hears([won()]);
    assert_eq!(soon.claim(minute(3).minus(Seconds(1)), May::All), [], "its claim still holds");
    assert_eq!((grant(&soon), soon.due_at()), (Some(Slot { owed: true, ..held }), Some(minute(3))));
    assert_eq!(soon.claim(minute(3), May::All), [Duty::Grant]);
    assert_eq!(grant(&soon), Some(Slot { tries: 2, next: minute(5), owed: true, ..held }), "it goes on where it was");

    let mut late = stopped.and(|order| order.claim(minute(3), May::All));
    assert_eq!(grant(&late), None, "its claim has run out");
    late = late.hears([won()]);
    assert_eq!(late.claim(minute(3), May::All), [Duty::Grant]);
    assert_eq!(grant(&late), Some(Slot { next: minute(4), owed: true, ..held }), "it begins anew");

    let mut left = order().hears([paid("A").of(2)]).and(|order| order.claim(minute(2), May::Enqueue));
    left = left.hears([closed(true)]).and(|order| order.claim(minute(2), May::Enqueue));
    assert!(
        left.schedule.iter().all(|slot| slot.duty != Duty::Close(n(1))),
        "a duty that was not claimed keeps no slot"
    );
}

#[test]
fn claim_at_the_end_of_time_takes_each_duty_once() {
    let last = Time::from_unix(253_402_300_799).unwrap();
    let mut order = bought().hears([paid("B"), closed(false).of(2), dispute("B", 5, DisputeState::Opened)]);
    assert_eq!(order.claim(last, May::All), [Duty::Grant, Duty::Alarm]);
    assert_eq!(super::order().claim(last, May::All), [Duty::Ask(n(1)), Duty::Expire]);
    assert_eq!(super::order().claim(last, May::Enqueue), []);
}

#[test]
fn return_waits_an_hour_for_a_rest_that_a_running_total_hides() {
    let returned = |order: &Order| order.refunds.iter().map(|refund| refund.amount.minor()).collect::<Vec<_>>();
    let mut order = bought().given().hears([paid("B"), in_all("B", cny(PRICE - 900))]);
    order.claim(minute(2), May::All);
    assert_eq!(returned(&order), [900]);
    order.claim(minute(61), May::All);
    assert_eq!(returned(&order), [900], "our own may be in the next total");
    order = order.hears([refund_says(ours(1), "B", 900, RefundWord::Succeeded), in_all("B", cny(PRICE))]);
    order.claim(minute(62), May::All);
    assert_eq!((returned(&order), order.due_at()), (vec![900], None));
}

#[test]
fn reminder_is_claimed_once_and_never_after_the_end() {
    let mut order = order();
    order.claim(minute(0), May::All);
    assert!(order.claim(minute(END - 5), May::All).contains(&Duty::Remind));
    assert!(order.reminded && !order.owes(Duty::Remind));
    let mut left = super::order();
    assert!(!left.claim(minute(END - 5), May::Enqueue).contains(&Duty::Remind));
    assert!(left.owes(Duty::Remind), "a callback leaves it to the sweep");
    for (may, expected) in [(May::All, vec![Duty::Ask(n(1)), Duty::Expire]), (May::Enqueue, vec![])] {
        let mut slept = super::order();
        slept.claim(minute(0), may);
        assert_eq!(slept.claim(minute(END), may), expected, "no reminder of an order that is over");
        assert!(slept.reminded && !slept.owes(Duty::Remind));
        slept.claim(minute(END + 1), may);
        assert!(slept.schedule.iter().all(|slot| slot.duty != Duty::Remind || !slot.owed));
    }
}

#[test]
fn claim_moves_the_next_try_into_the_future() {
    let mut order = order().hears([paid("A")]);
    order.claim(minute(2), May::All);
    assert_eq!(order.due_at(), Some(minute(3)));
}

#[test]
fn return_says_why_and_stands_in_the_timeline() {
    let mut order = bought().hears([paid("B")]);
    order.claim(minute(3), May::All);
    let refund = order.refunds.first().unwrap();
    assert_eq!(refund.reason.as_ref().map(Reason::as_str), Some("payment returned"));
    let last = order.timeline.last().unwrap();
    assert_eq!((last.at, last.what), (minute(3), What::Refund(0, RefundState::Requested)));
}

#[test]
fn order_is_due_for_money_or_goods_while_it_owes_any() {
    let claimed = |mut order: Order, may, times| {
        for _ in 0..times {
            let now = order.due_at().unwrap_or(minute(2)).max(minute(2));
            order.claim(now, may);
        }
        order
    };
    let second = || order().hears([paid("A").of(2), paid("B")]);
    let processing = || bought().given().hears([refund_says(theirs("x"), "A", 1, RefundWord::Processing)]);
    let money = DueKind::MoneyOrGoods;
    for (name, order, may, times, expected) in [
        ("an open attempt", order(), May::All, 1, DueKind::Look),
        ("paid, the task has just been sent", bought(), May::Enqueue, 1, DueKind::Look),
        ("paid, the task was lost", bought(), May::Enqueue, 2, money),
        ("a second payment, heard of by a callback", second(), May::Enqueue, 1, money),
        ("a second payment, sent back once", second(), May::All, 1, money),
        ("a refund under way", processing(), May::All, 1, money),
        ("an alarm was just raised", order().hears([paid_so("A", cny(1), 1)]), May::Enqueue, 1, DueKind::Look),
        ("an alarm was not raised", order().hears([paid_so("A", cny(1), 1)]), May::Enqueue, 2, money),
        ("goods to take back", bought().given().hears([went_back("x", "A", PRICE)]), May::Enqueue, 2, money),
        (
            "granted, an attempt is to be closed",
            order().hears([paid("A").of(2)]).given(),
            May::Enqueue,
            1,
            DueKind::Look,
        ),
    ] {
        assert_eq!(claimed(order, may, times).due_kind(), expected, "{name}");
    }
}
