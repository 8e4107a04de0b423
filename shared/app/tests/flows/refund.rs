//! A person's refund is saved first, and only then sent to the provider.

use till_app::Failure;
use till_app::refund::{Refunded, refund};
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{Fulfilment, Order, RefundRequest, RefundState, RefundWord, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_memory::{CallKind, Fault};

use crate::run::{done, run, side_by_side};
use crate::world::{World, cny, reason, wanted};

fn give_back(world: &World, no: OrderNo, wish: &RefundRequest) -> Result<Refunded, Failure> {
    done(refund(&world.ports(), no, wish, world.deadline()))
}

fn states(order: &Order) -> Vec<RefundState> {
    order.refunds.iter().map(|refund| refund.state).collect()
}

fn bought() -> (World, OrderNo) {
    let world = World::new();
    let no = world.bought_points().no;
    (world, no)
}

#[test]
fn refund_is_sent_at_once_and_takes_the_providers_state() {
    for (word, state, after) in [
        (RefundWord::Succeeded, RefundState::Succeeded, RefundState::Succeeded),
        (RefundWord::Processing, RefundState::Processing, RefundState::Succeeded),
        (RefundWord::Failed, RefundState::Failed, RefundState::Failed),
    ] {
        let (world, no) = bought();
        world.bank.books(|books| books.refund_word = Some(word));
        let refunded = give_back(&world, no, &wanted("r", None)).unwrap();
        assert_eq!((refunded.n.get(), states(&refunded.order)), (1, vec![state]));
        world.settle_down();
        assert_eq!(states(&world.order(no)), [after]);
        let back = if after == RefundState::Succeeded { 990 } else { 0 };
        assert_eq!(world.bank.money(), (990, back));
        assert_eq!(world.wallet().points(), if back > 0 { 0 } else { 100 }, "wholly back takes the goods back");
    }
}

#[test]
fn refund_with_a_repeated_key_is_the_same_refund() {
    let (world, no) = bought();
    let wish = wanted("r", Some(cny(300)));
    let once = give_back(&world, no, &wish).unwrap();
    let again = give_back(&world, no, &wish).unwrap();
    assert_eq!((once.is_new, again.is_new), (true, false));
    assert_eq!((again.n, again.order), (once.n, once.order));
    assert_eq!(world.bank.money(), (990, 300));
    assert_eq!(world.bank.count(CallKind::Refund), 1);
}

#[test]
fn refund_with_a_repeated_key_and_other_content_conflicts() {
    let (world, no) = bought();
    give_back(&world, no, &wanted("r", Some(cny(300)))).unwrap();
    let other_reason = till_domain::text::Reason::parse("another").unwrap();
    for wish in [
        wanted("r", Some(cny(301))),
        wanted("r", None),
        RefundRequest { revoke: true, ..wanted("r", Some(cny(300))) },
        RefundRequest { reason: other_reason, ..wanted("r", Some(cny(300))) },
    ] {
        let failure = give_back(&world, no, &wish).unwrap_err();
        assert_eq!(failure, Failure::Refused(Refusal::IdempotencyConflict));
    }
    assert_eq!(world.bank.money(), (990, 300));
}

#[test]
fn refunds_never_exceed_the_payment() {
    let (world, no) = bought();
    give_back(&world, no, &wanted("one", Some(cny(600)))).unwrap();
    let refused = give_back(&world, no, &wanted("two", Some(cny(391)))).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::RefundExceedsPaid { left: cny(390) }));
    let rest = give_back(&world, no, &wanted("three", None)).unwrap();
    assert_eq!((rest.n.get(), rest.order.refunds[1].amount), (2, cny(390)));
    let refused = give_back(&world, no, &wanted("four", None)).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::AlreadyRefunded));
    assert_eq!(world.bank.money(), (990, 990));
}

#[test]
fn refund_is_refused_before_the_provider_is_called() {
    let (world, no) = bought();
    let unpaid = world.order_points().no;
    let unknown = OrderNo::mint(world.now(), 99);
    let usd = Money::new(1, till_domain::currency::Currency::USD).unwrap();
    for (no, amount, code) in [
        (unpaid, None, "not_paid"),
        (unknown, None, "order_not_found"),
        (no, Some(cny(0)), "invalid_field"),
        (no, Some(usd), "invalid_field"),
    ] {
        let failure = give_back(&world, no, &wanted("r", amount)).unwrap_err();
        assert!(matches!(failure, Failure::Refused(refusal) if refusal.code() == code), "{failure:?}");
    }
    assert_eq!(world.bank.count(CallKind::Refund), 0);
}

#[test]
fn partial_refund_revokes_the_goods_only_on_request() {
    for (revoke, fulfilment, points) in [(false, Fulfilment::Granted, 100), (true, Fulfilment::Revoked, 0)] {
        let (world, no) = bought();
        give_back(&world, no, &RefundRequest { revoke, ..wanted("r", Some(cny(1))) }).unwrap();
        world.settle_down();
        assert_eq!((world.order(no).status(), world.order(no).fulfilment()), (Status::Paid, fulfilment));
        assert_eq!(world.wallet().points(), points);
    }
}

/// It may have arrived or not: the same number is sent again until an answer comes.
#[test]
fn refund_without_an_answer_is_sent_again_under_its_number() {
    for fault in [Fault::Before, Fault::After] {
        let (world, no) = bought();
        world.memory.faults(|faults| faults.plan(CallKind::Refund, 1, fault));
        let refunded = give_back(&world, no, &wanted("r", Some(cny(300)))).unwrap();
        assert_eq!(states(&refunded.order), [RefundState::Requested]);
        assert_eq!(refunded.order.refunds[0].unanswered, 1);
        assert_eq!(refunded.order.due_at(), Some(world.now().plus(till_domain::time::Seconds(60))));
        world.settle_down();
        assert_eq!(states(&world.order(no)), [RefundState::Succeeded]);
        assert_eq!((world.bank.money(), world.order(no).refunds.len()), ((990, 300), 1));
    }
}

#[test]
fn refund_without_balance_is_tried_every_hour() {
    let (world, no) = bought();
    world.bank.books(|books| books.refund_word = Some(RefundWord::NoBalance));
    let refunded = give_back(&world, no, &wanted("r", None)).unwrap();
    assert!(refunded.order.refunds[0].no_balance);
    world.pass(60);
    world.sweep();
    assert_eq!(world.order(no).due_at(), Some(world.now().plus(till_domain::time::Seconds::hours(1))));
    world.bank.books(|books| books.refund_word = None);
    world.settle_down();
    assert_eq!((world.order(no).status(), world.bank.money()), (Status::Refunded, (990, 990)));
}

#[test]
fn refund_at_an_unreachable_provider_raises_an_alarm_and_goes_on() {
    let (world, no) = bought();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    give_back(&world, no, &wanted("r", None)).unwrap();
    for _ in 0..6 {
        world.pass(3_600);
        world.sweep();
    }
    let words =
        world.memory.tables(|tables| tables.alarms.iter().flat_map(|(_, holds)| holds.clone()).collect::<Vec<_>>());
    assert_eq!(words.iter().map(|hold| hold.word.as_str()).collect::<Vec<_>>(), ["unreachable_provider"]);
    world.bank.books(|books| books.silent.clear());
    world.settle_down();
    assert_eq!(world.order(no).status(), Status::Refunded);
}

#[test]
fn two_refunds_at_once_never_exceed_the_payment() {
    for kind in [CallKind::LoadOrder, CallKind::SaveOrder, CallKind::Refund] {
        let (world, no) = bought();
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::Delay));
        let (one, other) = (world.clone(), world.clone());
        let wishes = [wanted("one", Some(cny(600))), wanted("other", Some(cny(600)))];
        let outcomes = side_by_side(vec![
            Box::pin(refund(&one.ports(), no, &wishes[0], one.deadline())),
            Box::pin(refund(&other.ports(), no, &wishes[1], other.deadline())),
        ]);
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        world.settle_down();
        assert_eq!(world.bank.money(), (990, 600));
    }
}

#[test]
fn refund_is_sent_by_the_sweep_when_its_worker_died_after_the_save() {
    let (world, no) = bought();
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::DieAfter));
    assert!(run(refund(&world.ports(), no, &wanted("r", None), world.deadline())).is_none());
    assert_eq!(world.bank.money(), (990, 0));
    world.settle_down();
    assert_eq!((world.order(no).status(), world.bank.money()), (Status::Refunded, (990, 990)));
    assert_eq!(world.order(no).refunds[0].reason, Some(reason()));
}
