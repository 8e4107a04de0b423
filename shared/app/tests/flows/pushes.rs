//! What a buyer's page hears: hints to look again, once each, and only about the buyer's own orders.

use till_app::cancel::{Canceller, cancel};
use till_app::ports::Message;
use till_app::push::{message_for, push_status};
use till_app::refund::refund;
use till_domain::order::{Decline, Order, RefundWord, Report, Says, Status};
use till_memory::{CallKind, Fault};

use crate::run::done;
use crate::upgrade::{to_gold, with_silver};
use crate::world::{World, buyer, cny, first, wanted};

#[test]
fn success_is_pushed_when_the_goods_are_granted() {
    let world = World::new();
    let order = world.buy(&world.order_points());
    assert_eq!(world.pushes(), []);
    world.work();
    assert_eq!(world.pushes(), [Message::PaymentSuccess]);
    world.work();
    world.settle_down();
    assert_eq!(world.pushes(), [Message::PaymentSuccess]);
    let told = world.memory.tables(|tables| tables.pushes.clone());
    assert_eq!((&told[0].0, told[0].1), (&buyer(), order.no));
}

#[test]
fn cancellation_is_pushed_after_a_cancel_and_after_an_expiry() {
    let cancelled = World::new();
    let no = cancelled.order_points().no;
    done(cancel(&cancelled.ports(), &Canceller::Buyer(buyer()), no, cancelled.deadline())).unwrap();
    assert_eq!(cancelled.pushes(), [Message::OrderCancelled]);
    let expired = World::new();
    expired.order_points();
    expired.settle_down();
    assert_eq!(expired.pushes(), [Message::OrderExpiring, Message::OrderCancelled]);
}

/// The report of a decline, as a callback brings it.
fn declined(order: &Order, why: Decline) -> Report {
    let attempt = &order.attempts[0];
    Report { attempt: attempt.n, account: attempt.account.clone(), asked_at: None, says: Says::Declined(why) }
}

#[test]
fn decline_is_pushed_once_for_an_attempt_while_the_order_can_be_paid() {
    let (world, order) = World::with_order();
    for why in [Decline::InsufficientFunds, Decline::InsufficientFunds, Decline::ExpiredCard] {
        world.settle(first(&order), &[declined(&order, why)]).unwrap();
        assert_eq!(world.pushes(), [Message::PaymentFailed]);
    }
    assert_eq!(world.order(order.no).attempts[0].decline, Some(Decline::ExpiredCard));
    world.settle_down();
    let cancelled = world.order(order.no);
    assert_eq!(cancelled.status(), Status::Cancelled);

    let (world, order) = World::with_order();
    let order = world.buy(&order);
    world.settle(first(&order), &[declined(&order, Decline::Other)]).unwrap();
    assert!(!world.pushes().contains(&Message::PaymentFailed), "it is paid");
}

#[test]
fn decline_that_a_question_finds_out_is_pushed_too() {
    let (world, order) = World::with_order();
    world.bank.books(|books| books.declined = Some(Decline::InsufficientFunds));
    world.pass(61);
    world.sweep();
    assert_eq!(world.order(order.no).attempts[0].decline, Some(Decline::InsufficientFunds));
    assert_eq!(world.pushes(), [Message::PaymentFailed]);
    world.pass(301);
    world.sweep();
    assert_eq!(world.pushes(), [Message::PaymentFailed]);
}

#[test]
fn reminder_is_pushed_once_and_asks_the_provider() {
    let (world, order) = World::with_order();
    world.pass(60);
    world.sweep();
    world.pass(24 * 60);
    let asked = world.bank.count(CallKind::Query);
    world.sweep();
    assert_eq!(world.pushes(), [Message::OrderExpiring]);
    assert!(world.bank.count(CallKind::Query) > asked);
    world.pass(60);
    world.sweep();
    assert_eq!(world.pushes(), [Message::OrderExpiring]);
    assert_eq!(world.order(order.no).status(), Status::Pending);
}

#[test]
fn refund_is_pushed_when_the_goods_are_revoked() {
    let world = World::new();
    let no = world.bought_points().no;
    done(refund(&world.ports(), no, &wanted("r", None), world.deadline())).unwrap();
    world.settle_down();
    assert_eq!(world.pushes(), [Message::PaymentSuccess, Message::OrderRefunded]);
}

#[test]
fn no_push_while_the_order_is_pending_or_queued() {
    let (world, order) = World::with_order();
    assert_eq!(message_for(&order), None);
    done(push_status(&world.ports(), &order));
    let paid = world.buy(&order);
    assert_eq!(message_for(&paid), None, "paid and not delivered yet");
    assert_eq!(world.pushes(), []);
}

#[test]
fn lost_push_does_not_stop_the_delivery() {
    for fault in [Fault::Before, Fault::After] {
        let world = World::new();
        world.memory.faults(|faults| faults.plan(CallKind::Push, 1, fault));
        let order = world.order_points();
        world.pay(first(&order));
        world.settle_down();
        assert_eq!(world.wallet().points(), 100);
    }
}

/// Goods that were never granted are not revoked, so the flow that finds the money back tells the buyer.
#[test]
fn refund_before_the_grant_is_pushed_once_the_money_is_back() {
    for (word, at_once) in [(RefundWord::Succeeded, true), (RefundWord::Processing, false)] {
        let world = World::new();
        let no = world.buy(&world.order_points()).no;
        world.bank.books(|books| books.refund_word = Some(word));
        done(refund(&world.ports(), no, &wanted("r", None), world.deadline())).unwrap();
        let told = [Message::OrderRefunded];
        assert_eq!(world.pushes(), told[..usize::from(at_once)]);
        world.settle_down();
        assert_eq!((world.order(no).status(), world.order(no).granting.granted), (Status::Refunded, None));
        assert_eq!(world.pushes(), told, "once");
    }
}

#[test]
fn partial_refund_before_the_grant_is_not_pushed() {
    let world = World::new();
    let no = world.buy(&world.order_points()).no;
    done(refund(&world.ports(), no, &wanted("r", Some(cny(989))), world.deadline())).unwrap();
    assert_eq!(world.pushes(), []);
    world.settle_down();
    assert_eq!(world.pushes(), [Message::PaymentSuccess]);
}

#[test]
fn superseded_upgrade_is_pushed_when_its_money_is_back() {
    let (world, silver) = with_silver();
    let gold = world.create(&to_gold()).unwrap().order;
    world.buy(&gold);
    done(refund(&world.ports(), silver.no, &wanted("r", None), world.deadline())).unwrap();
    world.settle_down();
    assert_eq!(world.order(gold.no).status(), Status::Refunded);
    let told = world.memory.tables(|tables| tables.pushes.clone());
    let told: Vec<_> = told.into_iter().filter(|push| push.1 == gold.no).map(|push| push.2).collect();
    assert_eq!(told, [Message::OrderRefunded]);
}
