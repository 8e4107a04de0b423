//! Orders written and read on a table; and, for what no emulator says, on answers that are made up.

use till_domain::order::Facts;
use till_domain::time::{Seconds, Time};

use super::*;
use crate::item::{SCHEMA, VERSION, number, text};
use crate::keys::{DUE, DUE_SHARD, TTL};
use crate::order_item::samples::{granted, paid, pending, start};
use crate::testing::{Reply, aws_that_hears};
use crate::world::{Ear, World};

/// The same order, written once more.
fn next(order: &Order) -> Order {
    changed(order, |facts| facts.reminded = !facts.reminded)
}

fn changed(order: &Order, change: impl FnOnce(&mut Facts)) -> Order {
    let mut facts = Facts::clone(order);
    facts.version += 1;
    change(&mut facts);
    Order::from_facts(facts)
}

/// An order that nobody paid and nothing is left to do for.
fn abandoned(at: Time) -> Order {
    changed(&pending(1, at), |facts| {
        facts.version = 1;
        facts.schedule.clear();
    })
}

async fn saved(world: &World, order: &Order) {
    assert_eq!(world.aws.save_order(order).await, Ok(Saved::Yes));
}

async fn stands(world: &World, order: &Order) {
    assert_eq!(world.aws.load_order(order.no).await.as_ref(), Ok(&Some(order.clone())));
}

#[tokio::test]
async fn an_order_goes_through_its_life() {
    let world = World::new().await;
    let at = world.now();
    assert_eq!(world.aws.load_order(pending(1, at).no).await, Ok(None));
    for order in [pending(1, at), paid(1, at), granted(1, at)] {
        saved(&world, &order).await;
        stands(&world, &order).await;
    }
}

#[tokio::test]
async fn the_one_who_comes_second_is_told_what_stands_there() {
    let world = World::new().await;
    let first = pending(1, world.now());
    saved(&world, &first).await;
    let conflict = |order: &Order| Ok(Saved::Conflict(Some(Box::new(order.clone()))));
    // Another first version, the same one again, one too early, one too late: none of them is written.
    for rival in [first.clone(), changed(&first, |facts| facts.version = 1), changed(&next(&first), |_| ())] {
        assert_eq!(world.aws.save_order(&rival).await, conflict(&first), "{}", rival.version);
    }
    stands(&world, &first).await;
    let second = next(&first);
    saved(&world, &second).await;
    assert_eq!(world.aws.save_order(&next(&first)).await, conflict(&second));
    // Nothing stands there at all.
    let other = next(&pending(2, world.now()));
    assert_eq!(world.aws.save_order(&other).await, Ok(Saved::Conflict(None)));
    assert_eq!(world.aws.load_order(other.no).await, Ok(None));
}

#[tokio::test]
async fn of_two_at_once_one_writes() {
    let world = World::new().await;
    let mut order = pending(1, world.now());
    for _ in 0..10 {
        let (one, other) = tokio::join!(world.aws.save_order(&order), world.aws.save_order(&order));
        let answers = [one, other];
        assert_eq!(answers.iter().filter(|answer| **answer == Ok(Saved::Yes)).count(), 1, "{answers:?}");
        let told = Ok(Saved::Conflict(Some(Box::new(order.clone()))));
        assert!(answers.contains(&told), "{answers:?}");
        order = next(&order);
    }
}

#[tokio::test]
async fn a_write_whose_answer_got_lost_is_still_our_own() {
    let world = World::new().await;
    let order = pending(1, world.now());
    for order in [order.clone(), next(&order)] {
        world.lose_next_answer();
        saved(&world, &order).await;
        stands(&world, &order).await;
    }
    // The very same facts by another call are another's write: only one of the two may act.
    assert_eq!(world.aws.save_order(&next(&order)).await, Ok(Saved::Conflict(Some(Box::new(next(&order))))));
}

#[tokio::test]
async fn what_a_later_release_added_survives() {
    let world = World::new().await;
    let order = pending(1, world.now());
    saved(&world, &order).await;
    let key = keys::order(order.no);
    world.set(&key, "zz", text("kept")).await;
    saved(&world, &next(&order)).await;
    let item = world.get(&key).await.unwrap();
    assert_eq!(item.get("zz"), Some(&text("kept")));
    stands(&world, &next(&order)).await;
}

#[tokio::test]
async fn what_is_gone_from_the_order_is_gone_from_the_item() {
    let world = World::new().await;
    let order = abandoned(world.now());
    saved(&world, &order).await;
    let key = keys::order(order.no);
    let before = world.get(&key).await.unwrap();
    assert!(before.contains_key(TTL) && !before.contains_key(DUE) && !before.contains_key(DUE_SHARD));
    // The write that takes in a payment removes the end of its life.
    let at = world.now();
    let paid = changed(&paid(1, at), |facts| facts.version = 2);
    saved(&world, &paid).await;
    let item = world.get(&key).await.unwrap();
    assert!(!item.contains_key(TTL) && item.contains_key(DUE) && item.contains_key(DUE_SHARD));
    stands(&world, &paid).await;
    let done = changed(&paid, |facts| {
        facts.schedule.clear();
        facts.timeline.clear();
    });
    saved(&world, &done).await;
    let item = world.get(&key).await.unwrap();
    assert!([DUE, DUE_SHARD, "sl", "tl"].iter().all(|name| !item.contains_key(*name)), "{item:?}");
    stands(&world, &done).await;
}

#[tokio::test]
async fn an_order_past_its_time_is_gone() {
    let world = World::new().await;
    let order = abandoned(world.now());
    saved(&world, &order).await;
    world.pass(Seconds::days(90));
    stands(&world, &order).await;
    world.pass(Seconds::minutes(30));
    assert_eq!(world.aws.load_order(order.no).await, Ok(None));
    assert!(world.get(&keys::order(order.no)).await.is_some(), "the table has not deleted it yet");
    // Whoever loaded it in time may still write it; whoever is behind finds nothing.
    let rival = changed(&next(&order), |_| ());
    assert_eq!(world.aws.save_order(&rival).await, Ok(Saved::Conflict(None)));
    let paid = changed(&paid(1, world.now()), |facts| {
        facts.no = order.no;
        facts.version = 2;
    });
    saved(&world, &paid).await;
    stands(&world, &paid).await;
}

#[tokio::test]
async fn a_first_version_may_take_the_place_of_what_is_over() {
    let world = World::new().await;
    let order = abandoned(world.now());
    saved(&world, &order).await;
    let again = changed(&order, |facts| {
        facts.version = 1;
        facts.reminded = true;
    });
    assert_eq!(world.aws.save_order(&again).await, Ok(Saved::Conflict(Some(Box::new(order.clone())))));
    world.pass(Seconds::days(91));
    let again = changed(&again, |facts| {
        facts.version = 1;
        facts.expire_at = world.now();
    });
    saved(&world, &again).await;
    stands(&world, &again).await;
}

#[tokio::test]
async fn a_later_release_is_read_and_not_written_over() {
    let world = World::new().await;
    let order = pending(1, world.now());
    saved(&world, &order).await;
    world.set(&keys::order(order.no), SCHEMA, number(ORDER_SCHEMA + 1)).await;
    stands(&world, &order).await;
    let ear = Ear::new();
    assert_eq!(world.aws.save_order(&next(&order)).await, Err(Unavailable));
    assert_eq!(ear.said().len(), 1, "it is said once");
    stands(&world, &order).await;
}

#[tokio::test]
async fn an_order_that_cannot_be_read_is_said_and_never_written_over() {
    let world = World::new().await;
    let order = pending(1, world.now());
    saved(&world, &order).await;
    let key = keys::order(order.no);
    world.set(&key, "pl", text("auction 300 5")).await;
    let before = world.get(&key).await;
    let ear = Ear::new();
    assert_eq!(world.aws.load_order(order.no).await, Err(Unavailable));
    let said = ear.said();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("the attribute pl") && !said[0].contains("auction"), "{said:?}");
    // Somebody is called, and told which one it is.
    let alarm = format!("alarm=\"stuck_order\" order_no=\"{}\"", order.no);
    assert!(said[0].starts_with("ERROR") && said[0].contains(&alarm), "{said:?}");
    // Neither as a first version nor as one of another.
    for version in [1, 3] {
        let rival = changed(&order, |facts| facts.version = version);
        assert_eq!(world.aws.save_order(&rival).await, Err(Unavailable));
    }
    assert_eq!(world.get(&key).await, before);
}

#[tokio::test]
async fn an_order_that_is_too_large_is_not_written() {
    let world = World::new().await;
    let order = changed(&pending(1, world.now()), |facts| {
        facts.version = 1;
        let attempt = facts.attempts[0].clone();
        facts.attempts = vec![attempt; 5_000];
    });
    assert_eq!(world.aws.save_order(&order).await, Err(Unavailable));
    assert_eq!(world.get(&keys::order(order.no)).await, None);
}

#[tokio::test]
async fn an_entry_of_the_index_that_is_a_little_early_goes_on_standing() {
    let world = World::new().await;
    let order = pending(1, world.now());
    saved(&world, &order).await;
    let key = keys::order(order.no);
    let due = order.due_at().unwrap();
    let later = |order: &Order, by: u32| {
        changed(order, |facts| {
            for slot in &mut facts.schedule {
                slot.next = due.plus(Seconds(by));
            }
        })
    };
    for (by, stands) in [(60, 0), (120, 0), (121, 121), (180, 121), (170, 121), (60, 60)] {
        let before = world.aws.load_order(order.no).await.unwrap().unwrap();
        saved(&world, &later(&before, by)).await;
        let item = world.get(&key).await.unwrap();
        assert_eq!(item.get(DUE), Some(&number(due.plus(Seconds(stands)).unix())), "{by}");
        assert!(item.contains_key(DUE_SHARD));
    }
}

#[tokio::test]
async fn an_item_held_by_a_transaction_is_to_be_loaded_again() {
    let order = pending(1, start());
    let coded = |status, code: &str| Reply::Answer(status, format!(r#"{{"__type":"a#{code}"}}"#));
    for (reply, answer) in [
        (coded(400, "TransactionConflictException"), Ok(Saved::Conflict(None))),
        (coded(400, "ThrottlingException"), Err(Unavailable)),
        (coded(400, "ValidationException"), Err(Unavailable)),
        (coded(500, "InternalServerError"), Err(Unavailable)),
        (Reply::Nothing, Err(Unavailable)),
    ] {
        let ear = Ear::new();
        assert_eq!(aws_that_hears(reply.clone()).save_order(&order).await, answer, "{reply:?}");
        assert_eq!(ear.said().len(), usize::from(answer.is_err()), "{reply:?}");
    }
}

/// What was released is read for ever, and written back without a change.
#[tokio::test]
async fn the_released_shape_of_an_order() {
    let world = World::new().await;
    let item = crate::world::shape(include_str!("../../tests/shapes/order.1.json"));
    let order = read_order(&item).unwrap();
    assert_eq!((order.version, order.payments.len(), order.refunds.len()), (9, 1, 2));
    let written = crate::order_item::write_order(&order, Seconds::days(90), 0x0102_0304_0506_0708).unwrap();
    let mut expected = item.clone();
    for key in [keys::PK, keys::SK, DUE_SHARD] {
        assert!(expected.remove(key).is_some(), "{key}");
    }
    assert_eq!(written, expected);

    // The same of a later release: read, and not written.
    let later = crate::world::shape(include_str!("../../tests/shapes/order.later.json"));
    assert_eq!(read_order(&later), Ok(order.clone()));
    assert!(later.get(VERSION) == item.get(VERSION) && later.contains_key("zz"));
    world.put(&keys::order(order.no), later).await;
    stands(&world, &order).await;
    assert_eq!(world.aws.save_order(&next(&order)).await, Err(Unavailable));
}
