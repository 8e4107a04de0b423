//! What a repeated request is shown: the same as before without a call of the provider, for as long as that is good.

use till_app::create::Payable;
use till_domain::order::Status;
use till_domain::time::Seconds;
use till_memory::flows::{create, retry};
use till_memory::{CallKind, Fault};

use crate::retry::wish;
use crate::run::{done, run};
use crate::world::{World, first, keyed};

/// A world in which a page is good for five minutes.
fn world() -> World {
    let world = World::new();
    world.bank.books(|books| books.good_for = Some(Seconds(300)));
    world
}

fn again(world: &World) -> Payable {
    world.create(&keyed("k")).unwrap()
}

fn code(payable: &Payable) -> Option<&str> {
    payable.show.as_ref()?.qr_code_url.as_deref()
}

fn calls(world: &World) -> (usize, usize) {
    (world.bank.count(CallKind::Create), world.bank.count(CallKind::Show))
}

#[test]
fn repeated_key_shows_the_same_until_that_is_useless_and_then_asks_once() {
    let world = world();
    let shown = again(&world).show;
    world.pass(299);
    assert_eq!((again(&world).show, calls(&world)), (shown.clone(), (1, 0)));
    world.pass(1);
    let renewed = again(&world).show;
    assert_ne!(renewed, shown);
    world.pass(299);
    assert_eq!((again(&world).show, calls(&world)), (renewed, (1, 1)));
}

#[test]
fn repeated_key_after_a_retry_shows_the_new_attempt() {
    let world = world();
    let no = again(&world).order.no;
    done(retry(&world.ports(), &wish(no, None), world.deadline())).unwrap();
    for _ in 0..3 {
        assert_eq!(code(&again(&world)), Some(format!("qr-{no}_2").as_str()));
        assert_eq!(calls(&world), (2, 1));
    }
}

#[test]
fn paid_order_shows_nothing_that_was_kept() {
    let world = world();
    let order = again(&world).order;
    let reports = world.pay(first(&order));
    world.settle(first(&order), &reports).unwrap();
    let paid = again(&world);
    assert_eq!((paid.order.status(), paid.show, calls(&world)), (Status::Paid, None, (1, 0)));
}

#[test]
fn provider_is_asked_again_where_what_it_showed_could_not_be_kept() {
    let world = world();
    again(&world);
    world.pass(300);
    world.memory.faults(|faults| faults.plan(CallKind::MoveClaim, 1, Fault::Before));
    again(&world);
    assert_eq!(calls(&world), (1, 1));
    again(&world);
    again(&world);
    assert_eq!(calls(&world), (1, 2));
}

/// The first owner dies after the order is written. The next one ends the claim and shows the order.
#[test]
fn owner_that_finds_the_order_keeps_what_it_shows() {
    let world = world();
    world.memory.faults(|faults| faults.plan(CallKind::MoveClaim, 1, Fault::DieBefore));
    assert!(run(create(&world.ports(), &world.settings, &keyed("k"), world.deadline())).is_none());
    world.pass(31);
    for _ in 0..3 {
        assert!(again(&world).show.is_some());
        assert_eq!(calls(&world), (1, 1));
    }
}

#[test]
fn what_can_be_shown_without_a_call_is_not_kept() {
    let world = World::new();
    again(&world);
    again(&world);
    let kept = world.memory.tables(|tables| tables.claims.values().filter(|claim| claim.shown.is_some()).count());
    assert_eq!((kept, calls(&world)), (0, (1, 1)), "the provider's own code makes it from the handle");
}
