//! Completing an order by hand: its providers are asked first, and only silence lets an admin state a payment.

use till_app::Failure;
use till_app::complete::{Completion, complete};
use till_app::remedy::RemedyRequest;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Fulfilment, HoldWord, Order, Proof, Statement, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{TradeNo, UserId};
use till_memory::{CallKind, Fault, ProviderCall};

use crate::remedies::asked;
use crate::run::done;
use crate::world::{World, cny, first, reason};

fn word(amount: Money) -> Statement {
    let (trade_no, by) = (TradeNo::parse("stated").unwrap(), UserId::parse("admin").unwrap());
    Statement { attempt: AttemptNo::FIRST, trade_no, amount, evidence: reason(), by }
}

fn completed(world: &World, no: OrderNo, key: u128, statement: Option<&Statement>) -> Result<Order, Failure> {
    let request: RemedyRequest = asked(key, statement.is_some().into());
    let completion = Completion { statement, most: Some(cny(990)) };
    done(complete(&world.ports(), no, &request, completion, world.deadline()))
}

fn silence(world: &World) {
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
}

fn queries(world: &World) -> Vec<u8> {
    let query = |call: &ProviderCall| if let ProviderCall::Query(no, _) = call { Some(no.attempt.get()) } else { None };
    world.bank.books(|books| books.calls.iter().filter_map(query).collect())
}

#[test]
fn payment_that_the_provider_confirms_is_an_ordinary_one_and_the_key_is_remembered() {
    let (world, order) = World::with_order();
    world.pay(first(&order));
    for _ in 0..2 {
        let order = completed(&world, order.no, 1, Some(&word(cny(990)))).unwrap();
        assert_eq!((order.status(), order.stated.len(), order.remedies.len()), (Status::Paid, 0, 1));
    }
    assert_eq!(queries(&world), [1]);
    world.work();
    assert_eq!(world.order(order.no).fulfilment(), Fulfilment::Granted);
    assert_eq!(completed(&world, order.no, 2, None).unwrap_err(), Refusal::AlreadyPaid.into());
}

#[test]
fn provider_that_answers_is_believed() {
    let (world, no) = World::with_order_no();
    for statement in [None, Some(&word(cny(990)))] {
        assert_eq!(completed(&world, no, 1, statement).unwrap_err(), Refusal::ProviderDenies.into());
    }
    assert_eq!((world.order(no).status(), world.order(no).remedies.len()), (Status::Pending, 0));
}

#[test]
fn silent_provider_lets_a_payment_be_stated_which_its_later_answer_proves() {
    let (world, no) = World::with_order_no();
    silence(&world);
    let failure = Failure::Provider { provider: Provider::WeChat, refused: false };
    assert_eq!(completed(&world, no, 1, None).unwrap_err(), failure);
    let order = completed(&world, no, 1, Some(&word(cny(990)))).unwrap();
    assert_eq!((order.status(), order.stated[0].proof), (Status::Paid, Proof::Awaited));
    let told = world.memory.tables(|tables| tables.alarms.clone());
    assert!(told.iter().any(|(_, holds)| holds.iter().any(|hold| hold.word == HoldWord::StatedPayment)));
    world.work();
    assert_eq!(world.order(no).fulfilment(), Fulfilment::Granted);
    world.bank.books(|books| books.silent.clear());
    world.pay(first(&order));
    world.settle_down();
    let order = world.order(no);
    assert_eq!((order.payments.len(), order.stated[0].proof), (1, Proof::Confirmed));
    assert!(order.kept().unwrap().trade_no.as_str() != "stated" && order.holds().is_empty());
}

#[test]
fn denial_that_comes_later_is_a_hold() {
    let (world, no) = World::with_order_no();
    silence(&world);
    completed(&world, no, 1, Some(&word(cny(990)))).unwrap();
    world.bank.books(|books| books.silent.clear());
    world.settle_down();
    let order = world.order(no);
    assert_eq!(order.stated[0].proof, Proof::Denied);
    assert_eq!(order.holds().iter().map(|hold| hold.word).collect::<Vec<_>>(), [HoldWord::StatedDenied]);
}

#[test]
fn stated_attempt_is_asked_about_first_and_all_others_too() {
    let (world, no) = World::with_order_no();
    world.open_second_attempt(no);
    assert_eq!(completed(&world, no, 1, Some(&word(cny(990)))).unwrap_err(), Refusal::ProviderDenies.into());
    assert_eq!(queries(&world), [1, 2]);
    // The provider of the other attempt is silent: that excuses nothing about this one.
    world.bank.books(|books| books.silent.extend([Provider::Stripe]));
    assert_eq!(completed(&world, no, 1, Some(&word(cny(990)))).unwrap_err(), Refusal::ProviderDenies.into());
    let failure = Failure::Provider { provider: Provider::Stripe, refused: false };
    assert_eq!(completed(&world, no, 2, None).unwrap_err(), failure);
}

#[test]
fn store_that_does_not_answer_is_no_silence_of_the_provider() {
    let (world, no) = World::with_order_no();
    silence(&world);
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Before));
    assert_eq!(completed(&world, no, 1, Some(&word(cny(990)))).unwrap_err(), Failure::Unavailable);
    assert!(world.order(no).stated.is_empty());
}

#[test]
fn order_that_is_not_there_is_not_found() {
    let world = World::new();
    let no = OrderNo::mint(world.now(), 5);
    assert_eq!(completed(&world, no, 1, None).unwrap_err(), Refusal::OrderNotFound.into());
}
