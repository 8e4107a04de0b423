//! Every flow goes wrong at every one of its calls, in every way, and is run twice: it ends as if nothing had happened.

use till_app::Failure;
use till_app::sweep::{Patience, sweep};
use till_domain::refusal::Refusal;
use till_memory::{CallKind, Fault};

use crate::digest::Digest;
use crate::run::{run, side_by_side};
use crate::scenarios::{ALL, Scenario};
use crate::world::World;

/// So often people come again with what was not answered.
const MOST_TIMES: usize = 12;

#[test]
fn every_fault_at_every_call_ends_as_none() {
    for scenario in ALL {
        let expected = undisturbed(scenario);
        for (kind, nth) in calls(scenario) {
            for fault in Fault::ALL {
                let world = (scenario.set_up)();
                world.memory.faults(|faults| faults.plan(kind, nth, fault));
                let outcome = if fault == Fault::Delay {
                    // Another one goes first.
                    side_by_side(vec![(scenario.act)(world.clone()), (scenario.act)(world.clone())]).swap_remove(0)
                } else {
                    run((scenario.act)(world.clone())).unwrap_or(Err(Failure::Unavailable))
                };
                let what = format!("{}: {fault:?} at {} {nth}", scenario.name, kind.as_str());
                ends_well(scenario, &world, outcome, &expected, &what);
            }
        }
    }
}

/// The worker is held up at each of its calls for longer than its deadline, and a sweep goes by in the meantime.
#[test]
fn held_up_at_every_call_for_a_minute_ends_as_never() {
    for scenario in ALL {
        let expected = undisturbed(scenario);
        for (kind, nth) in calls(scenario) {
            let world = (scenario.set_up)();
            world.memory.faults(|faults| faults.plan(kind, nth, Fault::Delay));
            let sweeper = world.clone();
            let meanwhile = Box::pin(async move {
                sweeper.pass(61);
                sweep(&sweeper.ports(), sweeper.limits(), &Patience::default()).await?;
                sweeper.work_beside().await
            });
            let outcome = side_by_side(vec![(scenario.act)(world.clone()), meanwhile]).swap_remove(0);
            let what = format!("{}: held up at {} {nth}", scenario.name, kind.as_str());
            ends_well(scenario, &world, outcome, &expected, &what);
        }
    }
}

/// Its process dies at one call, and the one that comes again dies at another.
#[test]
fn two_deaths_end_as_none() {
    for scenario in ALL {
        let expected = undisturbed(scenario);
        for (first, at_first) in calls(scenario) {
            for (second, at_second) in calls(scenario) {
                let world = (scenario.set_up)();
                world.memory.faults(|faults| faults.plan(first, at_first, Fault::DieAfter));
                let _ = run((scenario.act)(world.clone()));
                world.pass(31);
                world.memory.faults(|faults| faults.plan(second, at_second, Fault::DieAfter));
                let outcome = run((scenario.act)(world.clone())).unwrap_or(Err(Failure::Unavailable));
                let (first, second) = (first.as_str(), second.as_str());
                let what = format!("{}: dies at {first} {at_first}, then at {second} {at_second}", scenario.name);
                ends_well(scenario, &world, outcome, &expected, &what);
            }
        }
    }
}

#[test]
fn run_twice_it_ends_as_once() {
    for scenario in ALL {
        let expected = undisturbed(scenario);
        for pause in [0, 31, 3_600] {
            let world = (scenario.set_up)();
            let _ = run((scenario.act)(world.clone()));
            world.pass(pause);
            let outcome = run((scenario.act)(world.clone())).unwrap_or(Err(Failure::Unavailable));
            ends_well(scenario, &world, outcome, &expected, &format!("{}: again after {pause} s", scenario.name));
        }
    }
}

/// How the scenario ends when nothing goes wrong.
fn undisturbed(scenario: &Scenario) -> Digest {
    let world = (scenario.set_up)();
    let outcome = run((scenario.act)(world.clone())).expect("nobody dies");
    assert!(matches!(outcome, Ok(()) | Err(Failure::Orphan)), "{}: {outcome:?}", scenario.name);
    (scenario.then)(&world);
    world.settle_down();
    let digest = Digest::of(&world);
    digest.check();
    digest
}

/// Every call that the flow itself makes, by kind and place.
fn calls(scenario: &Scenario) -> Vec<(CallKind, u32)> {
    let world = (scenario.set_up)();
    let seen = || CallKind::ALL.iter().map(|kind| world.memory.faults(|faults| faults.seen(*kind)));
    let before: Vec<u32> = seen().collect();
    let _ = run((scenario.act)(world.clone()));
    let made = seen().zip(before).map(|(after, before)| after - before);
    let calls: Vec<_> = CallKind::ALL.iter().zip(made).flat_map(|(kind, n)| (1..=n).map(|nth| (*kind, nth))).collect();
    assert!(calls.len() > 1, "{}: {calls:?}", scenario.name);
    calls
}

/// Whoever had no answer comes again; then the world runs on until nothing is due.
fn ends_well(scenario: &Scenario, world: &World, outcome: Result<(), Failure>, expected: &Digest, what: &str) {
    let mut outcome = outcome;
    // A second fault may not have met its call.
    world.memory.faults(std::mem::take);
    for _ in 0..MOST_TIMES {
        let again = match outcome {
            Ok(()) | Err(Failure::Orphan) => false,
            // Refused since it is done already, or else the end will show it.
            Err(Failure::Refused(refusal)) => refusal == Refusal::InProgress,
            Err(Failure::Provider { .. } | Failure::Unavailable) => true,
        };
        if !again {
            break;
        }
        world.pass(31);
        outcome = run((scenario.act)(world.clone())).unwrap_or(Err(Failure::Unavailable));
    }
    (scenario.then)(world);
    world.settle_down();
    let digest = Digest::of(world);
    assert_eq!(digest, *expected, "{what}");
    digest.check();
}
