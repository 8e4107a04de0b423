//! Tests of the simulator itself: it repeats histories, copies workers, shortens failures, and notices broken
//! invariants.

use std::mem::discriminant;

use till_domain::time::Seconds;

use crate::act::{Act, FINE, Job, Pay};
use crate::cast;
use crate::coverage::Coverage;
use crate::history;
use crate::search::{read_on, search};
use crate::world::World;
use crate::worlds;

/// A small history with everything in it that a payment needs.
fn paid(world: &mut World) {
    let create = Job::Create {
        user: 0,
        product: cast::POINTS,
        method: till_domain::provider::Method::WechatNative,
        key: Some(0),
        upgrade: false,
    };
    let mut cover = Coverage::default();
    for act in [Act::Start(1, create), Act::Run(1, 40), Act::Pay(1, Pay::Right)] {
        assert!(world.act(act, &mut cover), "{act}");
    }
}

fn world() -> World {
    World::new(till_app::Settings::default(), true)
}

#[test]
fn seed_always_makes_the_same_history() {
    for seed in 0..40 {
        let run = || {
            let mut cover = Coverage::default();
            let outcome = history::run(seed, &mut cover);
            (outcome.is_ok(), cover.rows(), cover.steps())
        };
        assert_eq!(run(), run(), "seed {seed}");
    }
}

/// A copy that goes on and the original that goes on come to the same state, at every point of a worker's life.
#[test]
fn copied_worker_continues_like_the_original() {
    let mut world = world();
    paid(&mut world);
    let mut cover = Coverage::default();
    assert!(world.act(Act::Start(2, Job::Deliver { notice: 0 }), &mut cover));
    let mut points = 0;
    while !world.workers.is_empty() {
        let mut copy = world.clone();
        assert_eq!(copy.fingerprint(), world.fingerprint());
        while copy.act(Act::Step(2, 0, FINE), &mut cover) {}
        let mut original = world.clone();
        assert!(world.act(Act::Step(2, 0, FINE), &mut cover));
        while original.act(Act::Step(2, 0, FINE), &mut cover) {}
        assert_eq!(copy.fingerprint(), original.fingerprint());
        points += 1;
    }
    assert!(points >= 3, "a callback loads, saves and enqueues: {points}");
}

#[test]
fn different_states_have_different_fingerprints() {
    let mut world = world();
    let empty = world.fingerprint();
    paid(&mut world);
    let heard = world.fingerprint();
    assert_ne!(empty, heard);
    let mut later = world.clone();
    later.act(Act::Pass(1), &mut Coverage::default());
    assert_ne!(later.fingerprint(), heard);
    let mut dying = world.clone();
    dying.act(Act::Start(2, Job::Sweep { at_once: 1, shard_of: None }), &mut Coverage::default());
    assert_ne!(dying.fingerprint(), heard);
    dying.kill_all();
    assert_eq!(dying.fingerprint_at_rest(), world.fingerprint_at_rest());
}

#[test]
fn check_finds_money_that_its_order_does_not_know() {
    let mut world = world();
    paid(&mut world);
    let broken = world.check().expect_err("the order has no report yet");
    assert_eq!(broken.invariant, "money that was taken is known to its order");
    world.settle_down(&mut Coverage::default());
    world.check().expect("the sweep finds it");
}

#[test]
fn worker_is_killed_after_its_functions_time_limit() {
    let mut world = world();
    paid(&mut world);
    let mut cover = Coverage::default();
    world.act(Act::Start(2, Job::Deliver { notice: 0 }), &mut cover);
    world.act(Act::Pass(4), &mut cover);
    assert_eq!(world.workers.len(), 1);
    world.act(Act::Pass(1), &mut cover);
    assert!(world.workers.is_empty());
}

#[test]
fn small_world_is_searched_to_the_end() {
    let all = worlds::all();
    let small = all.iter().find(|world| world.name == "a stale index").expect("a world of that name");
    assert_eq!(small.settings().expire_after, Seconds::minutes(10));
    let sound = search(small);
    assert!(sound.is_proof(), "{sound}");
    assert!(sound.states > 1_000, "{sound}");
}

#[test]
fn every_world_has_a_unique_name_and_its_first_acts_fit() {
    let all = worlds::all();
    for (i, small) in all.iter().enumerate() {
        assert!(all.iter().skip(i + 1).all(|other| other.name != small.name), "{}", small.name);
        let mut world = World::new(small.settings(), true);
        for act in &small.before {
            assert!(world.act(*act, &mut Coverage::default()), "{}: {act} does not fit", small.name);
            while read_on(&mut world, &mut Coverage::default()) {}
        }
        assert!(world.broken.is_none(), "{}: {:?}", small.name, world.broken);
        assert!(world.workers.is_empty(), "{}: {:?}", small.name, world.workers);
    }
}

#[test]
fn grant_of_every_kind_is_sold_in_histories() {
    let tables = cast::tables(false);
    let sold: Vec<_> = tables.products.values().flat_map(|product| product.grants()).map(discriminant).collect();
    for grant in till_memory::samples::grants() {
        assert!(sold.contains(&discriminant(&grant)), "no product grants {grant:?}");
    }
    assert_eq!(tables.products.len(), usize::from(cast::PRODUCTS));
}
