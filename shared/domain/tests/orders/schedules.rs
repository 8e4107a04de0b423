//! The schedule always leads on: no look is due at once again, and no duty is handed out twice within a minute, whatever is
//! heard and done in between.

use std::collections::BTreeMap;

use proptest::prelude::*;
use till_domain::order::{By, Duty, May, Order, Policy};
use till_domain::time::{Seconds, Time};

use crate::cases;
use crate::world::{START, Step, at, order, policies, steps};

/// An order after some history, and when that ended.
fn lived() -> impl Strategy<Value = (Order, Time)> {
    let histories = prop::collection::vec((steps(), 0..3_000_u32), 0..25);
    (policies(), any::<bool>(), histories).prop_map(|(policy, ends, history)| live(policy, ends, &history))
}

fn live(policy: Policy, second_ends: bool, history: &[(Step, u32)]) -> (Order, Time) {
    let mut order = order(policy, second_ends);
    let mut now = at(START);
    for (step, later) in history {
        now = now.plus(Seconds(*later));
        // What is refused is refused.
        drop(step.take(&mut order, now));
    }
    (order, now)
}

/// How long nothing happens.
#[derive(Clone, Copy, Debug)]
enum Pause {
    For(u32),
    UntilDue,
}

/// Looks at the schedule, most of them with something that is heard or done just before.
fn walks() -> impl Strategy<Value = Vec<(Option<Step>, Pause, May)>> {
    let pauses = prop_oneof![
        3 => (0..70_u32).prop_map(Pause::For),
        1 => (0..4_000_u32).prop_map(Pause::For),
        4 => Just(Pause::UntilDue),
    ];
    let mays = prop_oneof![3 => Just(May::All), 1 => Just(May::Enqueue)];
    prop::collection::vec((prop::option::weighted(0.6, steps()), pauses, mays), 0..100)
}

/// The returns that the order made by itself of one payment.
fn assert_returns_are_apart(order: &Order) -> Result<(), TestCaseError> {
    let mut last = BTreeMap::new();
    for refund in order.refunds.iter().filter(|refund| refund.by == By::Till) {
        if let Some(before) = last.insert(&refund.trade_no, refund.at) {
            prop_assert!(refund.at.since(before) >= Seconds::hours(1), "{:?} after {:?}", refund, before);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn next_try_lies_later_than_every_claim((mut order, mut now) in lived(), mays in prop::collection::vec(any::<bool>(), 200)) {
        for all in mays {
            order.claim(now, if all { May::All } else { May::Enqueue });
            prop_assert_eq!(order.due_at().is_some(), !order.duties().is_empty(), "it leaves the index when it rests");
            prop_assert!(order.due_at().is_none() || order.delete_at(Seconds(0)).is_none(), "it is not at rest");
            let Some(due) = order.due_at() else { break };
            prop_assert!(due > now, "{:?} is not after {:?}", due, now);
            now = due;
        }
    }

    #[test]
    fn duty_is_claimed_at_most_once_a_minute(policy in policies(), second_ends: bool, walk in walks()) {
        let mut order = order(policy, second_ends);
        let mut now = at(START);
        let mut last: BTreeMap<Duty, Time> = BTreeMap::new();
        for (step, pause, may) in walk {
            now = match pause {
                Pause::For(seconds) => now.plus(Seconds(seconds)),
                Pause::UntilDue => order.due_at().map_or(now, |due| due.max(now)),
            };
            let mut taken = Vec::new();
            if let Some(step) = step {
                taken.extend(step.take(&mut order, now).unwrap_or_default());
            }
            taken.extend(order.claim(now, may));
            for duty in taken {
                if let Some(before) = last.insert(duty, now) {
                    prop_assert!(now.since(before) >= Seconds(60), "{:?} at {:?} and {:?}", duty, before, now);
                }
            }
            prop_assert!(order.schedule.iter().all(|slot| slot.next > now), "every due duty was handed out");
            prop_assert_eq!(order.due_at().is_some(), !order.duties().is_empty());
            assert_returns_are_apart(&order)?;
        }
    }
}
