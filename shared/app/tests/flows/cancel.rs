//! Cancelling: refused while an attempt may be paid, and with the same answer every time.

use till_app::Failure;
use till_app::cancel::{Canceller, cancel};
use till_domain::id::OrderNo;
use till_domain::order::{AttemptState, Order, Status, What, Why};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::UserId;
use till_memory::{CallKind, Fault};

use crate::provider::TradeState;
use crate::run::{done, run, side_by_side};
use crate::world::{World, buyer, first};

fn by_buyer(world: &World, no: OrderNo) -> Result<Order, Failure> {
    done(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, world.deadline()))
}

fn by_admin(world: &World, no: OrderNo) -> Result<Order, Failure> {
    let admin = Canceller::Admin(UserId::parse("admin").unwrap());
    done(cancel(&world.ports(), &admin, no, world.deadline()))
}

#[test]
fn cancel_closes_the_trade_and_ends_the_order() {
    let (world, no) = World::with_order_no();
    let order = by_buyer(&world, no).unwrap();
    assert_eq!(order.status(), Status::Cancelled);
    assert_eq!(order.cancelled.map(|cancelled| cancelled.why), Some(Why::User));
    assert_eq!(order.attempts[0].state, AttemptState::Closed);
    assert_eq!(world.bank.books(|books| books.trades[&first(&order)].state.clone()), TradeState::Closed);
    assert_eq!(order.due_at(), None, "the close was for good: nothing is left to do");
}

#[test]
fn cancel_repeated_answers_the_same_without_another_close() {
    let (world, no) = World::with_order_no();
    let cancelled = by_buyer(&world, no).unwrap();
    world.pass(3_600);
    assert_eq!(by_buyer(&world, no), Ok(cancelled.clone()));
    assert_eq!(by_admin(&world, no), Ok(cancelled));
    assert_eq!(world.bank.count(CallKind::Close), 1);
}

#[test]
fn cancel_is_refused_to_another_user_and_open_to_an_admin() {
    let (world, no) = World::with_order_no();
    let other = Canceller::Buyer(UserId::parse("u2").unwrap());
    let refused = done(cancel(&world.ports(), &other, no, world.deadline()));
    assert_eq!(refused, Err(Failure::Refused(Refusal::OrderNotFound)));
    assert_eq!(world.order(no).version, 1);
    assert_eq!(by_admin(&world, no).unwrap().cancelled.map(|cancelled| cancelled.why), Some(Why::Admin));
    let unknown = OrderNo::mint(world.now(), 99);
    assert_eq!(by_admin(&world, unknown), Err(Failure::Refused(Refusal::OrderNotFound)));
}

#[test]
fn cancel_of_a_paid_order_is_refused_and_its_goods_are_delivered() {
    let known = World::new();
    let known_no = known.bought_points().no;
    let told_by_the_close = World::new();
    let order = told_by_the_close.order_points();
    told_by_the_close.pay(first(&order));
    for (world, no) in [(known, known_no), (told_by_the_close, order.no)] {
        assert_eq!(by_buyer(&world, no), Err(Failure::Refused(Refusal::AlreadyPaid)));
        world.settle_down();
        assert_eq!((world.order(no).status(), world.wallet().points()), (Status::Paid, 100));
    }
}

#[test]
fn cancel_is_refused_while_a_payment_is_processing() {
    let (world, order) = World::with_order();
    world.bank.books(|books| books.trades.get_mut(&first(&order)).unwrap().state = TradeState::Processing);
    for _ in 0..2 {
        assert_eq!(by_buyer(&world, order.no), Err(Failure::Refused(Refusal::PaymentProcessing)));
        assert_eq!(world.order(order.no).status(), Status::Pending);
    }
}

/// Also where only the close tells of it: then the attempt is paid, and nothing is open any more.
#[test]
fn cancel_is_refused_while_odd_money_is_held() {
    let known = World::new();
    let known_no = known.pay_short(&known.order_points()).no;
    let told_by_the_close = World::new();
    let order = told_by_the_close.order_points();
    told_by_the_close.bank.pay(first(&order), crate::world::cny(989), told_by_the_close.now());
    for (world, no, closes) in [(&known, known_no, 0), (&told_by_the_close, order.no, 1)] {
        for _ in 0..2 {
            let refused = Err(Failure::Refused(Refusal::PaymentInReview));
            assert_eq!((by_buyer(world, no), by_admin(world, no)), (refused.clone(), refused));
        }
        assert_eq!((world.order(no).status(), world.bank.count(CallKind::Close)), (Status::Pending, closes));
        world.settle_down();
        assert_eq!(world.order(no).cancelled.map(|cancelled| cancelled.why), Some(Why::Expired));
        assert!(world.order(no).is_in_review(), "it ends by time, and a person still decides");
    }
}

#[test]
fn cancel_without_the_providers_answer_leaves_the_order_pending() {
    let (world, no) = World::with_order_no();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    let failure = Failure::Provider { provider: Provider::WeChat, refused: false };
    assert_eq!(by_buyer(&world, no), Err(failure));
    let order = world.order(no);
    assert_eq!((order.status(), order.attempts[0].state), (Status::Pending, AttemptState::Open));
    assert_eq!(world.pushes(), []);
    world.bank.books(|books| books.silent.clear());
    assert_eq!(by_buyer(&world, no).map(|order| order.status()), Ok(Status::Cancelled));
}

/// The attempt was closed but the answer was lost: the next try gets it.
#[test]
fn cancel_repeats_a_close_whose_answer_was_lost() {
    let (world, no) = World::with_order_no();
    world.memory.faults(|faults| faults.plan(CallKind::Close, 1, Fault::After));
    assert!(by_buyer(&world, no).is_err());
    assert_eq!(by_buyer(&world, no).map(|order| order.status()), Ok(Status::Cancelled));
}

#[test]
fn two_cancels_at_once_cancel_and_push_once() {
    for kind in [CallKind::LoadOrder, CallKind::Close, CallKind::SaveOrder] {
        let (world, no) = World::with_order_no();
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
        let (one, other) = (world.clone(), world.clone());
        let who = Canceller::Buyer(buyer());
        let outcomes = side_by_side(vec![
            Box::pin(cancel(&one.ports(), &who, no, one.deadline())),
            Box::pin(cancel(&other.ports(), &who, no, other.deadline())),
        ]);
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_ok_and(|order| order.status() == Status::Cancelled)));
        assert_eq!(world.pushes().len(), 1);
        let timeline = world.order(no).timeline.clone();
        let cancellations = timeline.iter().filter(|moment| matches!(moment.what, What::Cancelled(_)));
        assert_eq!(cancellations.count(), 1);
    }
}

#[test]
fn cancel_closes_an_attempt_that_a_retry_opened_meanwhile() {
    let (world, no) = World::with_order_no();
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 2, Fault::Delay));
    let (canceller, customer) = (world.clone(), world.clone());
    let (who, wish) = (Canceller::Buyer(buyer()), crate::retry::wish(no, None));
    let outcomes = side_by_side(vec![
        Box::pin(async {
            cancel(&canceller.ports(), &who, no, canceller.deadline()).await.map(|order| order.status())
        }),
        Box::pin(async {
            let retried = till_memory::flows::retry(&customer.ports(), &wish, customer.deadline()).await;
            retried.map(|payable| payable.order.status())
        }),
    ]);
    assert_eq!(outcomes, [Ok(Status::Cancelled), Ok(Status::Pending)]);
    let order = world.order(no);
    assert_eq!(order.attempts.iter().map(|attempt| attempt.state).collect::<Vec<_>>(), [AttemptState::Closed; 2]);
    assert_eq!(world.bank.open_attempts(), []);
}

#[test]
fn order_expires_by_the_sweep_when_its_cancel_died() {
    let (world, no) = World::with_order_no();
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 2, Fault::DieBefore));
    assert!(run(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, world.deadline())).is_none());
    assert_eq!(world.order(no).status(), Status::Pending);
    world.settle_down();
    assert_eq!(world.order(no).cancelled.map(|cancelled| cancelled.why), Some(Why::Expired));
}
