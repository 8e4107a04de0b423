//! The schedule always leads on: no look is due at once again, and no duty is handed out twice within a minute.

use std::collections::BTreeMap;

use proptest::prelude::*;
use till_domain::order::{Duty, May, Order, Policy};
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

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn every_look_lies_ahead((mut order, mut now) in lived(), mays in prop::collection::vec(any::<bool>(), 200)) {
        for all in mays {
            order.claim(now, if all { May::All } else { May::Enqueue });
            prop_assert_eq!(order.due_at().is_some(), !order.duties().is_empty(), "it leaves the index when it rests");
            let Some(due) = order.due_at() else { break };
            prop_assert!(due > now, "{:?} is not after {:?}", due, now);
            now = due;
        }
    }

    #[test]
    fn no_duty_is_handed_out_twice_within_a_minute((mut order, mut now) in lived()) {
        let mut last: BTreeMap<Duty, Time> = BTreeMap::new();
        for _ in 0..200 {
            for duty in order.claim(now, May::All) {
                if let Some(before) = last.insert(duty, now) {
                    prop_assert!(now.since(before) >= Seconds(60), "{:?} at {:?} and {:?}", duty, before, now);
                }
            }
            prop_assert!(order.schedule.iter().all(|slot| slot.next > now), "whatever was due was handed out");
            let Some(due) = order.due_at() else { break };
            now = due;
        }
    }
}
