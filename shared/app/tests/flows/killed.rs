//! Every flow goes wrong at every one of its calls, in every way, and is run twice: it ends as if nothing had happened.

use till_app::Failure;
use till_app::ports::DuePart;
use till_app::sweep::{Patience, sweep};
use till_domain::refusal::Refusal;
use till_memory::{CallKind, Fault};

use crate::digest::Digest;
use crate::run::{run, side_by_side};
use crate::scenarios::{ALL, Scenario};
use crate::world::World;

const MOST_TIMES: usize = 12;

#[test]
fn fault_at_any_call_leads_to_the_undisturbed_end() {
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
fn worker_held_up_for_a_minute_at_any_call_leads_to_the_undisturbed_end() {
    for scenario in ALL {
        let expected = undisturbed(scenario);
        for (kind, nth) in calls(scenario) {
            let world = (scenario.set_up)();
            world.memory.faults(|faults| faults.plan(kind, nth, Fault::Delay));
            let sweeper = world.clone();
            let meanwhile = Box::pin(async move {
                sweeper.pass(61);
                sweep(&sweeper.ports(), DuePart::All, sweeper.limits(), &Patience::default()).await?;
                sweeper.work_beside().await
            });
            let outcome = side_by_side(vec![(scenario.act)(world.clone()), meanwhile]).swap_remove(0);
            let what = format!("{}: held up at {} {nth}", scenario.name, kind.as_str());
            ends_well(scenario, &world, outcome, &expected, &what);
        }
    }
}

/// One call goes wrong, and when people come again, so does another.
#[test]
fn two_faults_lead_to_the_undisturbed_end() {
    use Fault::{After, Before, DieAfter, DieBefore, Twice};
    const FAULTS: [Fault; 5] = [Before, After, Twice, DieBefore, DieAfter];
    for scenario in ALL {
        let (expected, calls) = (undisturbed(scenario), calls(scenario));
        let every = || calls.iter().flat_map(|(kind, nth)| FAULTS.map(|fault| (*kind, *nth, fault)));
        for (one, other) in every().flat_map(|one| every().map(move |other| (one, other))) {
            let world = (scenario.set_up)();
            world.memory.faults(|faults| faults.plan(one.0, one.1, one.2));
            let _ = run((scenario.act)(world.clone()));
            world.pass(31);
            world.memory.faults(|faults| faults.plan(other.0, other.1, other.2));
            let outcome = run((scenario.act)(world.clone())).unwrap_or(Err(Failure::Unavailable));
            ends_well(scenario, &world, outcome, &expected, &format!("{}: {one:?}, then {other:?}", scenario.name));
        }
    }
}

/// The flow itself goes well; what goes wrong is a sweep or a task that comes after it.
#[test]
fn fault_in_a_later_sweep_or_task_leads_to_the_undisturbed_end() {
    for scenario in ALL {
        let expected = undisturbed(scenario);
        for (kind, nth) in calls_of(scenario, |world| {
            let _ = run((scenario.act)(world.clone()));
            (scenario.then)(world);
            world.settle_down();
        }) {
            for fault in Fault::ALL {
                let world = (scenario.set_up)();
                let seen = world.memory.faults(|faults| faults.seen(kind));
                let outcome = run((scenario.act)(world.clone()));
                assert!(matches!(outcome, Some(Ok(()) | Err(Failure::Orphan))));
                (scenario.then)(&world);
                let by_now = world.memory.faults(|faults| faults.seen(kind)) - seen;
                if nth > by_now {
                    world.memory.faults(|faults| faults.plan(kind, nth - by_now, fault));
                    world.settle_down();
                    let what = format!("{}: afterwards, {fault:?} at {} {nth}", scenario.name, kind.as_str());
                    assert_eq!(Digest::of(&world), expected, "{what}");
                }
            }
        }
    }
}

#[test]
fn flow_run_twice_leads_to_the_undisturbed_end() {
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
    let outcome = run((scenario.act)(world.clone())).expect("nothing is killed here");
    assert!(matches!(outcome, Ok(()) | Err(Failure::Orphan)), "{}: {outcome:?}", scenario.name);
    (scenario.then)(&world);
    world.settle_down();
    let digest = Digest::of(&world);
    digest.check();
    digest
}

/// Every call that the flow itself makes, by kind and place.
fn calls(scenario: &Scenario) -> Vec<(CallKind, u32)> {
    let calls = calls_of(scenario, |world| {
        let _ = run((scenario.act)(world.clone()));
    });
    assert!(calls.len() > 1, "{}: {calls:?}", scenario.name);
    calls
}

fn calls_of(scenario: &Scenario, happens: impl Fn(&World)) -> Vec<(CallKind, u32)> {
    let world = (scenario.set_up)();
    let seen = || CallKind::ALL.iter().map(|kind| world.memory.faults(|faults| faults.seen(*kind)));
    let before: Vec<u32> = seen().collect();
    happens(&world);
    let made = seen().zip(before).map(|(after, before)| after - before);
    CallKind::ALL.iter().zip(made).flat_map(|(kind, made)| (1..=made).map(|nth| (*kind, nth))).collect()
}

/// Repeats the flow until it is answered; then the world runs on until nothing is due.
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
