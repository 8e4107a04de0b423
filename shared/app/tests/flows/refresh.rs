//! A refresh asks about what can still change, newest first, and about nothing else.

use till_app::cancel::{Canceller, cancel};
use till_app::refresh::{Refreshed, is_open_to_news, refresh};
use till_domain::id::OrderNo;
use till_domain::order::{AttemptState, Facts, Order, RefundWord, Status};
use till_domain::provider::Provider;
use till_memory::flows::retry;
use till_memory::{CallKind, ProviderCall};

use crate::retry::wish;
use crate::run::done;
use crate::world::{World, buyer, first, wanted};

fn ask(world: &World, no: OrderNo, most: usize) -> Refreshed {
    done(refresh(&world.ports(), world.order(no), most, world.deadline()))
}

/// The numbers of the attempts that were asked about.
fn asked(world: &World) -> Vec<u8> {
    let query = |call: &ProviderCall| if let ProviderCall::Query(no, _) = call { Some(no.attempt.get()) } else { None };
    world.bank.books(|books| books.calls.iter().filter_map(query).collect())
}

#[test]
fn open_attempt_is_asked_about_and_a_payment_is_taken_in() {
    let (world, no) = World::with_order_no();
    assert!(is_open_to_news(&world.order(no)));
    assert!(ask(&world, no, 3).answered);
    world.pay(no.payment(till_domain::id::AttemptNo::FIRST));
    let refreshed = ask(&world, no, 3);
    assert_eq!((refreshed.order.status(), refreshed.answered), (Status::Paid, true));
    assert_eq!(asked(&world), [1, 1]);
    assert!(!is_open_to_news(&world.order(no)), "news about a paid attempt are refunds and disputes");
}

#[test]
fn attempt_that_ended_for_good_is_not_asked_about() {
    let (world, no) = World::with_order_no();
    done(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, world.deadline())).unwrap();
    assert!(!is_open_to_news(&world.order(no)));
    assert!(ask(&world, no, 3).answered);
    assert_eq!(asked(&world), []);
}

#[test]
fn ended_attempts_without_a_promise_are_asked_about_newest_first_up_to_the_limit() {
    let (world, no) = World::with_order_no();
    for _ in 0..4 {
        done(retry(&world.ports(), &wish(no, None), world.deadline())).unwrap();
    }
    let mut facts = Facts::clone(&world.order(no));
    for attempt in facts.attempts.iter_mut().filter(|attempt| attempt.state == AttemptState::Closed) {
        // The provider did not know it, and may still open it.
        attempt.is_final = attempt.n.get() == 3;
    }
    world.memory.tables(|tables| tables.orders.insert(no, std::sync::Arc::new(Order::from_facts(facts))));
    assert!(!ask(&world, no, 2).answered, "questions are left");
    assert_eq!(asked(&world), [5, 4]);
    assert!(ask(&world, no, 4).answered);
    assert_eq!(asked(&world), [5, 4, 5, 2, 1], "the fourth has ended for good by its answer");
}

#[test]
fn silent_provider_leaves_the_order_as_it_is() {
    let (world, no) = World::with_order_no();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    let refreshed = ask(&world, no, 3);
    assert_eq!((refreshed.order.status(), refreshed.answered), (Status::Pending, false));
}

#[test]
fn refund_under_way_is_asked_about_and_one_that_is_done_is_not() {
    let world = World::new();
    let order = world.bought_points();
    world.bank.books(|books| books.refund_word = Some(RefundWord::Processing));
    done(till_app::refund::refund(&world.ports(), order.no, &wanted("r", None), world.deadline())).unwrap();
    assert!(is_open_to_news(&world.order(order.no)));
    assert_eq!(ask(&world, order.no, 3).order.status(), Status::Refunded);
    let questions = world.bank.count(CallKind::QueryRefund);
    assert!(!is_open_to_news(&world.order(order.no)));
    ask(&world, order.no, 3);
    assert_eq!((questions, world.bank.count(CallKind::QueryRefund)), (1, 1));
    assert_eq!(first(&order).attempt.get(), 1);
}
