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

fn bought() -> Order {
    order().hears([paid("A")])
}

#[test]
fn how_long_each_waits() {
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
        ("abnormal", refund(RefundWord::Abnormal), Duty::AskRefund(0), vec![1, 1_441, 2_881]),
        ("close", beside(says(Says::Unknown)), Duty::Close(n(1)), hourly.to_vec()),
        ("ask", order_under(Policy::default()), Duty::Ask(n(1)), vec![1, 6, 11, 16, 21, 26]),
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
fn returns_are_an_hour_apart_and_three() {
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
fn a_callback_only_enqueues() {
    let mut order = order().hears([paid("A").of(2), paid("B")]);
    let taken = order.claim(minute(2), May::Enqueue);
    assert_eq!(taken, [Duty::Grant]);
    assert_eq!(order.refunds.len(), 1, "the return is decided on; sending it is left");
    assert_eq!(order.due_at(), Some(minute(2).plus(Seconds(1))), "what is left is due for the sweep at once");
    let taken = order.claim(minute(2).plus(Seconds(1)), May::All);
    assert_eq!(taken, [Duty::SendRefund(0)]);
}

#[test]
fn what_a_callback_leaves_is_not_counted_as_tried() {
    let mut order = order().hears([paid("A").of(2)]);
    order.claim(minute(2), May::Enqueue);
    let tries = |order: &Order| order.schedule.iter().map(|slot| (slot.duty, slot.tries)).collect::<Vec<_>>();
    assert_eq!(tries(&order), [(Duty::Grant, 1), (Duty::Close(n(1)), 0)]);
}

#[test]
fn a_claim_keeps_what_is_scheduled_and_drops_what_is_done() {
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
    assert_eq!(next(&order, Duty::Ask(n(1))), None);
    let mut order = order.given();
    assert_eq!((order.claim(minute(4), May::All), order.due_at()), (vec![], None), "it leaves the index");
    assert_eq!(order.version, 5, "every claim is a write");
}

#[test]
fn the_reminder_is_once() {
    let mut order = order();
    order.claim(minute(0), May::All);
    assert!(order.claim(minute(END - 5), May::All).contains(&Duty::Remind));
    assert!(order.reminded && !order.owes(Duty::Remind));
    let mut left = super::order();
    assert!(!left.claim(minute(END - 5), May::Enqueue).contains(&Duty::Remind));
    assert!(left.owes(Duty::Remind), "a callback leaves it to the sweep");
}

#[test]
fn planted_bugs_show() {
    planting(Bug::DueAtInThePast, Some(minute(3)), Some(minute(2)), |policy| {
        let mut order = order_under(policy).hears([paid("A")]);
        order.claim(minute(2), May::All);
        order.due_at()
    });
}
