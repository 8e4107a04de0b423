//! While an attempt is being opened, it is not ended and no other is begun: what its provider says can be outdated at
//! once.

use till_app::Failure;
use till_app::cancel::{Canceller, cancel};
use till_domain::id::OrderNo;
use till_domain::order::{AttemptState, Status};
use till_domain::provider::{Method, Provider};
use till_domain::refusal::Refusal;
use till_memory::flows::retry;
use till_memory::{CallKind, Fault};

use crate::retry::wish;
use crate::run::{done, run};
use crate::world::{World, buyer};

type Wish = fn(&World, OrderNo) -> Result<Status, Failure>;

const WISHES: [(&str, Wish); 2] = [
    ("cancel", |world, no| {
        let cancelled = done(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, world.deadline()));
        cancelled.map(|order| order.status())
    }),
    ("retry", |world, no| {
        let retried = done(retry(&world.ports(), &wish(no, None), world.deadline()));
        retried.map(|payable| payable.order.status())
    }),
];

/// A second attempt whose beginner died at the provider, before or after its trade was opened; of the first, whose provider
/// was silent, it is not known that it is closed.
fn opening(fault: Fault) -> (World, OrderNo) {
    let (world, no) = World::with_order_no();
    world.bank.books(|books| books.silent.extend([Provider::WeChat]));
    world.memory.faults(|faults| faults.plan(CallKind::Create, 1, fault));
    let by_stripe = wish(no, Some(Method::StripeCheckout));
    assert!(run(retry(&world.ports(), &by_stripe, world.deadline())).is_none());
    world.bank.books(|books| books.silent.clear());
    let states: Vec<_> = world.order(no).attempts.iter().map(|attempt| attempt.state).collect();
    assert_eq!(states, [AttemptState::Open, AttemptState::Opening]);
    (world, no)
}

#[test]
fn cancel_and_retry_are_refused_for_thirty_seconds_of_an_opening() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for (name, wish) in WISHES {
            for seconds in [0, 1, 29, 30] {
                let (world, no) = opening(fault);
                let creates = world.bank.count(CallKind::Create);
                world.pass(seconds);
                assert_eq!(wish(&world, no), Err(Failure::Refused(Refusal::InProgress)), "{name} after {seconds} s");
                let order = world.order(no);
                assert_eq!((order.status(), order.attempts.len()), (Status::Pending, 2));
                assert_eq!(order.attempts[1].state, AttemptState::Opening, "{name}: it is not even asked about");
                assert_eq!(world.bank.count(CallKind::Create), creates);
            }
        }
    }
}

#[test]
fn cancel_and_retry_close_an_opening_attempt_after_thirty_seconds() {
    for fault in [Fault::DieBefore, Fault::DieAfter] {
        for (name, wish) in WISHES {
            let (world, no) = opening(fault);
            world.pass(31);
            let expected = if name == "cancel" { Status::Cancelled } else { Status::Pending };
            assert_eq!(wish(&world, no), Ok(expected), "{name}");
            let order = world.order(no);
            assert_eq!([order.attempts[0].state, order.attempts[1].state], [AttemptState::Closed; 2], "{name}");
            let newest = if name == "cancel" { vec![] } else { vec![3] };
            assert_eq!(world.bank.open_attempts(), newest, "{name}: {fault:?}");
            world.settle_down();
            assert_eq!(world.order(no).status(), Status::Cancelled);
        }
    }
}
