//! What a worker returns about the duties that it did: the order, and whether the providers answered.

use till_app::cancel::{Canceller, cancel};
use till_app::perform::{Performed, perform};
use till_app::ports::{Cause, DuePart, Message, Task};
use till_app::sweep::{Limits, Patience, Swept, sweep};
use till_domain::order::{AttemptState, Duty, Order, Report, Says, Status};
use till_domain::provider::Provider;
use till_domain::time::Seconds;
use till_memory::{CallKind, Fault, Tables};

use crate::run::{done, side_by_side};
use crate::world::{World, account, buyer, cny, first};

fn perform_all(world: &World, order: &Order, duties: Vec<Duty>) -> Performed {
    done(perform(&world.ports(), order.clone(), duties, world.deadline()))
}

/// An order with an attempt at each of two providers, both open.
fn with_two_attempts() -> (World, Order) {
    let (world, no) = World::with_order_no();
    let order = world.open_second_attempt(no);
    (world, order)
}

/// The provider pushes that an order's first attempt is closed for good: no provider is left to ask.
fn hear_closed(world: &World, order: &Order) {
    let says = Says::Closed { for_good: true };
    let report = Report { attempt: order.attempts[0].n, account: account(Provider::WeChat), asked_at: None, says };
    world.settle(first(order), &[report]).unwrap();
    assert_eq!(world.order(order.no).attempts[0].state, AttemptState::Closed);
}

#[test]
fn performed_is_answered_only_when_each_asked_provider_answered() {
    let (wechat, stripe) = (Provider::WeChat, Provider::Stripe);
    for (silent, answered) in
        [(vec![], true), (vec![wechat], false), (vec![stripe], false), (vec![wechat, stripe], false)]
    {
        let (world, order) = with_two_attempts();
        world.bank.books(|books| books.silent.extend(silent.clone()));
        let asked: Vec<Duty> = order.attempts.iter().map(|attempt| Duty::Ask(attempt.n)).collect();
        for duties in [asked, vec![Duty::Expire]] {
            let performed = perform_all(&world, &order, duties);
            assert_eq!(performed.answered, Some(answered), "{silent:?}");
            assert_eq!(performed.order, world.order(order.no));
        }
    }
}

/// However often it was asked in vain before: the count in the order has an end, the word about this question has not.
#[test]
fn performed_says_of_each_question_whether_it_was_answered() {
    let (world, order) = World::with_order();
    let n = order.attempts[0].n;
    let most = order.policy.most_unanswered;
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    for _ in 0..most + 2 {
        assert_eq!(perform_all(&world, &world.order(order.no), vec![Duty::Ask(n)]).answered, Some(false));
    }
    assert_eq!(world.order(order.no).attempts[0].unanswered, most);
    world.bank.books(|books| books.silent.clear());
    for duty in [Duty::Ask(n), Duty::Close(n)] {
        assert_eq!(perform_all(&world, &world.order(order.no), vec![duty]).answered, Some(true), "{duty:?}");
    }
}

#[test]
fn performed_has_no_answer_when_no_provider_was_asked() {
    let (world, order) = World::with_order();
    for duties in [vec![], vec![Duty::Grant], vec![Duty::Revoke], vec![Duty::Alarm], vec![Duty::Return(0)]] {
        assert_eq!(perform_all(&world, &order, duties.clone()).answered, None, "{duties:?}");
    }
}

#[test]
fn performed_expiry_is_answered_only_when_each_close_was() {
    for silent in [Provider::WeChat, Provider::Stripe] {
        let (world, order) = with_two_attempts();
        world.bank.books(|books| books.silent.extend([silent]));
        world.pass(30 * 60);
        assert_eq!(perform_all(&world, &order, vec![Duty::Expire]).answered, Some(false), "{silent:?}");
    }
}

#[test]
fn cancel_counts_the_silence_of_each_provider() {
    let (world, order) = with_two_attempts();
    let counts = |order: &Order| order.attempts.iter().map(|attempt| attempt.unanswered).collect::<Vec<u8>>();
    world.bank.books(|books| books.silent.extend([Provider::WeChat, Provider::Stripe]));
    let buyer = Canceller::Buyer(buyer());
    assert!(done(cancel(&world.ports(), &buyer, order.no, world.deadline())).is_err());
    let after = counts(&world.order(order.no));
    assert!(after.iter().zip(counts(&order)).all(|(after, before)| *after > before), "{after:?}");
}

#[test]
fn reminder_asks_about_each_open_attempt() {
    let (world, order) = with_two_attempts();
    assert_eq!(perform_all(&world, &order, vec![Duty::Remind]).answered, Some(true));
    assert_eq!(world.bank.count(CallKind::Query), 2);
    hear_closed(&world, &order);
    perform_all(&world, &world.order(order.no), vec![Duty::Remind]);
    assert_eq!(world.bank.count(CallKind::Query), 3, "one of the two is still open");
}

#[test]
fn performed_expiry_says_whether_its_close_was_answered() {
    for (closed_before, silent, answered) in
        [(false, false, Some(true)), (false, true, Some(false)), (true, false, None), (true, true, None)]
    {
        let (world, order) = World::with_order();
        if closed_before {
            hear_closed(&world, &order);
        }
        world.pass(30 * 60);
        world.bank.books(|books| books.silent.extend(Some(Provider::WeChat).filter(|_| silent)));
        let performed = perform_all(&world, &world.order(order.no), vec![Duty::Expire]);
        assert_eq!(performed.answered, answered);
        let ended = closed_before || !silent;
        assert_eq!(performed.order.status() == Status::Cancelled, ended);
    }
}

/// Three silences in a row are three, even if duties without a question were done in between.
#[test]
fn patience_counts_only_orders_whose_provider_was_asked() {
    type Unasked = (&'static str, fn(&mut World));
    let unasked: [Unasked; 2] = [
        ("a task that was lost", |world| {
            world.memory.faults(|faults| faults.plan(CallKind::Enqueue, 1, Fault::Before));
            world.buy(&world.order_points());
        }),
        ("an end without an open attempt", |world| {
            let settings = world.settings.clone();
            world.settings.expire_after = Seconds(60);
            let order = world.order_points();
            world.settings = settings;
            hear_closed(world, &order);
        }),
    ];
    for (what, make) in unasked {
        let mut world = World::new();
        let patience = Patience::default();
        let swept = |world: &World| done(sweep(&world.ports(), DuePart::All, world.limits(), &patience)).unwrap();
        world.order_points();
        world.order_points();
        world.pass(1);
        make(&mut world);
        world.pass(1);
        world.order_points();
        world.bank.books(|books| books.silent.extend([Provider::WeChat]));
        world.pass(58);
        assert_eq!(swept(&world).claimed, 2);
        world.pass(1);
        assert_eq!(swept(&world), Swept { found: 1, claimed: 1, left: 0 }, "{what}");
        assert!(!patience.has_run_out(Provider::WeChat, world.now()), "{what} is no silence");
        world.pass(1);
        assert_eq!(swept(&world).claimed, 1);
        assert!(patience.has_run_out(Provider::WeChat, world.now()), "{what} is no answer");
    }
}

#[test]
fn patience_counts_no_order_whose_time_ran_out() {
    let world = World::new();
    for _ in 0..5 {
        world.order_points();
    }
    world.pass(60);
    let patience = Patience::default();
    let over = Limits { deadline: world.now().minus(Seconds(1)), ..world.limits() };
    assert_eq!(
        done(sweep(&world.ports(), DuePart::All, over, &patience)).unwrap(),
        Swept { found: 5, claimed: 5, left: 0 }
    );
    assert!(!patience.has_run_out(Provider::WeChat, world.now()));
}

#[test]
fn sweep_counts_as_left_only_orders_that_still_need_one() {
    let world = World::new();
    let orders = [world.order_points(), world.order_points(), world.order_points()];
    world.memory.tables(|tables| tables.index_lags = true);
    world.pass(60);
    assert_eq!(world.sweep(), Swept { found: 3, claimed: 3, left: 0 });
    assert_eq!(world.sweep(), Swept { found: 3, claimed: 0, left: 0 }, "the index names what is done");
    world.memory.faults(|faults| faults.plan(CallKind::LoadOrder, 2, Fault::Before));
    assert_eq!(world.sweep(), Swept { found: 3, claimed: 0, left: 1 }, "of one the answer is unknown");
    world.memory.tables(Tables::propagate);
    assert!(orders.iter().all(|order| world.order(order.no).version == 2));
}

/// The alarm is slow, and in the meantime something else falls due: the write that marks the alarm as sent claims it too.
#[test]
fn callback_does_the_duties_that_its_alarm_write_claimed() {
    let (world, order) = World::with_order();
    let second = world.open_second_attempt(order.no).newest_attempt().unwrap().n;
    world.memory.faults(|faults| faults.plan(CallKind::Enqueue, 1, Fault::Before));
    world.buy(&order);
    world.pass(30);
    let reports = world.bank.pay(order.no.payment(second), cny(1), world.now());
    world.memory.faults(|faults| faults.plan(CallKind::RaiseAlarm, 1, Fault::Delay));
    let (provider, clock) = (world.clone(), world.clone());
    side_by_side(vec![
        Box::pin(async {
            let no = order.no.payment(second);
            till_memory::flows::settle(&provider.ports(), no, &reports).await.unwrap();
        }),
        Box::pin(async { clock.pass(30) }),
    ]);
    assert_eq!(world.tasks(), [Task::Grant(order.no)]);
    assert!(world.order(order.no).untold().is_empty());
}

#[test]
fn sweep_does_the_duties_that_its_alarm_write_claimed() {
    let mut world = World::new();
    // The reminder is due 75 seconds after the order was made; the alarm that did not go out, after 65.
    world.settings.expire_after = Seconds(375);
    let order = world.order_points();
    world.pass(5);
    world.memory.faults(|faults| faults.plan(CallKind::RaiseAlarm, 1, Fault::Before));
    world.pay_short(&order);
    world.pass(60);
    world.memory.faults(|faults| faults.plan(CallKind::RaiseAlarm, 1, Fault::Delay));
    let (sweeper, clock, patience) = (world.clone(), world.clone(), Patience::default());
    side_by_side(vec![
        Box::pin(async {
            let swept = sweep(&sweeper.ports(), DuePart::All, sweeper.limits(), &patience).await.unwrap();
            assert_eq!(swept.claimed, 1);
        }),
        Box::pin(async { clock.pass(10) }),
    ]);
    assert_eq!(world.memory.tables(|tables| tables.alarms.len()), 1);
    assert_eq!(world.pushes(), [Message::OrderExpiring]);
    let swept = |record: &till_app::ports::Record| record.cause == Cause::Sweep;
    assert!(!world.memory.tables(|tables| tables.records.iter().any(swept)), "neither write is news");
}
