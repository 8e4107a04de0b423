//! A person's decision about a hold, and what follows from it at once.

use till_app::Failure;
use till_app::resolve::resolve;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{Decision, HoldWord, Order, Resolution, Status};
use till_domain::refusal::Refusal;
use till_domain::text::UserId;

use crate::run::done;
use crate::world::{World, cny, reason};

pub fn resolution(word: HoldWord, decision: Decision) -> Resolution {
    let by = UserId::parse("admin").unwrap();
    Resolution { word, trade_no: None, decision, amount: None, by, reason: reason() }
}

fn decide(world: &World, no: OrderNo, resolution: &Resolution) -> Result<Order, Failure> {
    done(resolve(&world.ports(), no, resolution, world.deadline())).map(|resolved| resolved.order)
}

/// What a decision gives back, of an order with an odd payment.
fn given_back(world: &World, no: OrderNo, decision: Decision) -> Vec<Money> {
    let resolution = resolution(HoldWord::OddPayment, decision);
    done(resolve(&world.ports(), no, &resolution, world.deadline())).unwrap().given_back
}

/// An order that was paid one cent short.
fn odd() -> (World, Order) {
    let (world, order) = World::with_order();
    world.pay_short(&order);
    (world, order)
}

#[test]
fn accepted_odd_payment_pays_for_the_order() {
    let (world, order) = odd();
    let resolved = decide(&world, order.no, &resolution(HoldWord::OddPayment, Decision::Accept)).unwrap();
    assert_eq!((resolved.status(), resolved.holds()), (Status::Paid, Vec::new()));
    world.work();
    assert_eq!((world.wallet().points(), world.bank.money()), (100, (989, 0)), "the task was enqueued at once");
}

#[test]
fn returned_odd_payment_goes_back() {
    let (world, order) = odd();
    decide(&world, order.no, &resolution(HoldWord::OddPayment, Decision::Return)).unwrap();
    assert_eq!(world.bank.money(), (989, 989), "sent at once");
    world.settle_down();
    assert_eq!((world.order(order.no).status(), world.wallet().points()), (Status::Cancelled, 0));
    assert_eq!(world.order(order.no).refunds.len(), 1);
}

#[test]
fn second_decision_about_a_hold_is_refused() {
    let (world, order) = odd();
    decide(&world, order.no, &resolution(HoldWord::OddPayment, Decision::Return)).unwrap();
    let refused = decide(&world, order.no, &resolution(HoldWord::OddPayment, Decision::Accept)).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::NoSuchHold));
}

#[test]
fn odd_payment_is_not_accepted_beside_a_kept_one() {
    let (world, order) = World::with_order();
    let order = world.pay_short(&world.open_second_attempt(order.no));
    let two = order.no.payment(till_domain::id::AttemptNo::new(2).unwrap());
    let reports = world.pay(two);
    world.settle(two, &reports).unwrap();
    let refused = decide(&world, order.no, &resolution(HoldWord::OddPayment, Decision::Accept)).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::AlreadyPaid));
    assert_eq!(given_back(&world, order.no, Decision::Return), [cny(989)], "and not the kept one");
}

#[test]
fn only_a_returned_payment_is_given_back() {
    for (decision, expected) in [(Decision::Return, vec![cny(989)]), (Decision::Accept, Vec::new())] {
        let (world, order) = odd();
        assert_eq!(given_back(&world, order.no, decision), expected, "{decision:?}");
    }
}

#[test]
fn resolution_without_such_a_hold_is_refused_and_changes_nothing() {
    let (world, order) = odd();
    let before = world.order(order.no);
    for (word, decision, code) in [
        (HoldWord::Dispute, Decision::Clear, "no_such_hold"),
        (HoldWord::RefundFailed, Decision::Accept, "no_such_hold"),
    ] {
        let failure = decide(&world, order.no, &resolution(word, decision)).unwrap_err();
        assert!(matches!(failure, Failure::Refused(refusal) if refusal.code() == code), "{failure:?}");
    }
    assert_eq!(world.order(order.no), before);
    let unknown = OrderNo::mint(world.now(), 99);
    let failure = decide(&world, unknown, &resolution(HoldWord::OddPayment, Decision::Clear)).unwrap_err();
    assert_eq!(failure, Failure::Refused(Refusal::OrderNotFound));
}
