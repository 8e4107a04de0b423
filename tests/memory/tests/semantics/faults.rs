//! Each fault at a call: what its caller hears, and what has taken effect.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use till_app::ports::{
    Asked, Enqueue as _, LoadOrder as _, Provide as _, SaveOrder as _, Saved, Task, Unanswered, Unavailable,
};
use till_memory::{CallKind, Fault};

use crate::fixture::{memory, now, number, order, poll};

#[test]
fn each_fault_gives_its_answer_and_effect() {
    use Fault::{After, Before, Delay, DieAfter, DieBefore, Twice};
    let first = order(1);
    let itself = Saved::Conflict(Some(Box::new(first.clone())));
    for (fault, heard, took_effect) in [
        (Before, Poll::Ready(Err(Unavailable)), false),
        (After, Poll::Ready(Err(Unavailable)), true),
        (Delay, Poll::Pending, false),
        (Twice, Poll::Ready(Ok(itself)), true),
        (DieBefore, Poll::Pending, false),
        (DieAfter, Poll::Pending, true),
    ] {
        let memory = memory();
        memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, fault));
        assert_eq!(poll(memory.ports().save_order(&first)), heard, "{fault:?}");
        let stands = now(memory.ports().load_order(first.no)).unwrap().is_some();
        assert_eq!(stands, took_effect, "{fault:?}");
    }
}

#[test]
fn delayed_call_takes_effect_at_the_next_poll() {
    let memory = memory();
    let (ports, others) = (memory.ports(), memory.ports());
    memory.faults(|faults| faults.plan(CallKind::Enqueue, 1, Fault::Delay));
    let mut delayed = pin!(ports.enqueue(Task::Grant(number(1))));
    let mut context = Context::from_waker(Waker::noop());
    assert!(delayed.as_mut().poll(&mut context).is_pending());
    assert_eq!(now(others.enqueue(Task::Grant(number(2)))), Ok(()));
    assert_eq!(delayed.as_mut().poll(&mut context), Poll::Ready(Ok(())));
    let tasks = memory.tables(|tables| tables.queue.waiting().iter().map(|m| m.task.order()).collect::<Vec<_>>());
    assert_eq!(tasks, [number(2), number(1)], "others went first");
}

#[test]
fn call_of_a_dead_process_never_comes_back() {
    let memory = memory();
    let ports = memory.ports();
    memory.faults(|faults| faults.plan(CallKind::Enqueue, 1, Fault::DieAfter));
    let mut dead = pin!(ports.enqueue(Task::Grant(number(1))));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..9 {
        assert!(dead.as_mut().poll(&mut context).is_pending());
    }
    assert_eq!(memory.tables(|tables| tables.queue.waiting().len()), 1, "and takes effect once");
}

#[test]
fn provider_call_with_a_fault_is_unanswered() {
    let memory = memory();
    let order = order(1);
    let asked = Asked::about(&order, &order.attempts[0]);
    for fault in [Fault::Before, Fault::After] {
        memory.faults(|faults| faults.plan(CallKind::Query, 1, fault));
        assert_eq!(now(memory.ports().query(asked)), Err(Unanswered), "{fault:?}");
    }
    assert!(now(memory.ports().query(asked)).is_ok());
}

#[test]
fn fault_strikes_the_nth_call_of_its_kind_after_the_plan() {
    let memory = memory();
    let ports = memory.ports();
    let load = || now(ports.load_order(number(1)));
    assert_eq!(load(), Ok(None));
    memory.faults(|faults| faults.plan(CallKind::LoadOrder, 2, Fault::Before));
    memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Before));
    let heard: Vec<bool> = (0..4).map(|_| load().is_ok()).collect();
    assert_eq!(heard, [true, false, true, true]);
    assert_eq!(memory.faults(|faults| faults.seen(CallKind::LoadOrder)), 5);
}
