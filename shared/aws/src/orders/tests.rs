//! Orders on a table, and on scripted answers that no emulator gives.

use till_domain::order::Facts;
use till_domain::product::MembershipShare;
use till_domain::time::{Seconds, Time};

use super::*;
use crate::item::{SCHEMA, VERSION, number, text};
use crate::keys::{DUE, DUE_SHARD, TTL};
use crate::order_item::samples::{granted, paid, pending, start};
use crate::test_aws::TestAws;
use crate::test_aws::{Reply, aws_that_answers};
use till_memory::LogCapture;

/// The next version of the order.
fn next(order: &Order) -> Order {
    changed(order, |facts| facts.reminded = !facts.reminded)
}

fn changed(order: &Order, change: impl FnOnce(&mut Facts)) -> Order {
    let mut facts = Facts::clone(order);
    facts.version += 1;
    change(&mut facts);
    Order::from_facts(facts)
}

/// An unpaid order with nothing left to do.
fn abandoned(at: Time) -> Order {
    changed(&pending(1, at), |facts| {
        facts.version = 1;
        facts.schedule.clear();
    })
}

async fn assert_saved(test: &TestAws, order: &Order) {
    assert_eq!(test.aws.save_order(order).await, Ok(Saved::Yes));
}

async fn assert_stored(test: &TestAws, order: &Order) {
    assert_eq!(test.aws.load_order(order.no).await.as_ref(), Ok(&Some(order.clone())));
}

#[tokio::test]
async fn order_reads_back_after_each_write() {
    let test = TestAws::new().await;
    let at = test.now();
    assert_eq!(test.aws.load_order(pending(1, at).no).await, Ok(None));
    for order in [pending(1, at), paid(1, at), granted(1, at)] {
        assert_saved(&test, &order).await;
        assert_stored(&test, &order).await;
    }
}

#[tokio::test]
async fn conflicting_order_write_returns_the_stored_order() {
    let test = TestAws::new().await;
    let first = pending(1, test.now());
    assert_saved(&test, &first).await;
    let conflict = |order: &Order| Ok(Saved::Conflict(Some(Box::new(order.clone()))));
    // The same first version, another first version, and one two versions later: none is written.
    for rival in [first.clone(), changed(&first, |facts| facts.version = 1), changed(&next(&first), |_| ())] {
        assert_eq!(test.aws.save_order(&rival).await, conflict(&first), "{}", rival.version);
    }
    assert_stored(&test, &first).await;
    let second = next(&first);
    assert_saved(&test, &second).await;
    assert_eq!(test.aws.save_order(&next(&first)).await, conflict(&second));
    // There is no order at all.
    let other = next(&pending(2, test.now()));
    assert_eq!(test.aws.save_order(&other).await, Ok(Saved::Conflict(None)));
    assert_eq!(test.aws.load_order(other.no).await, Ok(None));
}

#[tokio::test]
async fn of_two_simultaneous_order_writes_one_wins() {
    let test = TestAws::new().await;
    let mut order = pending(1, test.now());
    for _ in 0..10 {
        let (one, other) = tokio::join!(test.aws.save_order(&order), test.aws.save_order(&order));
        let answers = [one, other];
        assert_eq!(answers.iter().filter(|answer| **answer == Ok(Saved::Yes)).count(), 1, "{answers:?}");
        let told = Ok(Saved::Conflict(Some(Box::new(order.clone()))));
        assert!(answers.contains(&told), "{answers:?}");
        order = next(&order);
    }
}

#[tokio::test]
async fn order_write_whose_answer_is_lost_is_recognised_as_our_own() {
    let test = TestAws::new().await;
    let order = pending(1, test.now());
    for order in [order.clone(), next(&order)] {
        test.lose_next_answer();
        assert_saved(&test, &order).await;
        assert_stored(&test, &order).await;
    }
    // The same facts in another call are another caller's write: only one of the two may act on it.
    assert_eq!(test.aws.save_order(&next(&order)).await, Ok(Saved::Conflict(Some(Box::new(next(&order))))));
}

#[tokio::test]
async fn attribute_of_a_later_release_survives_a_write() {
    let test = TestAws::new().await;
    let order = pending(1, test.now());
    assert_saved(&test, &order).await;
    let key = keys::order(order.no);
    test.set(&key, "zz", text("kept")).await;
    assert_saved(&test, &next(&order)).await;
    let item = test.get(&key).await.unwrap();
    assert_eq!(item.get("zz"), Some(&text("kept")));
    assert_stored(&test, &next(&order)).await;
}

#[tokio::test]
async fn cleared_order_fields_are_removed_from_the_item() {
    let test = TestAws::new().await;
    let order = abandoned(test.now());
    assert_saved(&test, &order).await;
    let key = keys::order(order.no);
    let before = test.get(&key).await.unwrap();
    assert!(before.contains_key(TTL) && !before.contains_key(DUE) && !before.contains_key(DUE_SHARD));
    // The write of a payment removes the `ttl`.
    let at = test.now();
    let paid = changed(&paid(1, at), |facts| facts.version = 2);
    assert_saved(&test, &paid).await;
    let item = test.get(&key).await.unwrap();
    assert!(!item.contains_key(TTL) && item.contains_key(DUE) && item.contains_key(DUE_SHARD));
    assert_stored(&test, &paid).await;
    let done = changed(&paid, |facts| {
        facts.schedule.clear();
        facts.timeline.clear();
    });
    assert_saved(&test, &done).await;
    let item = test.get(&key).await.unwrap();
    assert!([DUE, DUE_SHARD, "sl", "tl"].iter().all(|name| !item.contains_key(*name)), "{item:?}");
    assert_stored(&test, &done).await;
}

#[tokio::test]
async fn expired_order_reads_as_missing() {
    let test = TestAws::new().await;
    let order = abandoned(test.now());
    assert_saved(&test, &order).await;
    test.pass(Seconds::days(90));
    assert_stored(&test, &order).await;
    test.pass(Seconds::minutes(30));
    assert_eq!(test.aws.load_order(order.no).await, Ok(None));
    assert!(test.get(&keys::order(order.no)).await.is_some(), "the table has not deleted it yet");
    // The next version may still be written; a version that skips one finds nothing.
    let rival = changed(&next(&order), |_| ());
    assert_eq!(test.aws.save_order(&rival).await, Ok(Saved::Conflict(None)));
    let paid = changed(&paid(1, test.now()), |facts| {
        facts.no = order.no;
        facts.version = 2;
    });
    assert_saved(&test, &paid).await;
    assert_stored(&test, &paid).await;
}

#[tokio::test]
async fn first_version_replaces_an_expired_order() {
    let test = TestAws::new().await;
    let order = abandoned(test.now());
    assert_saved(&test, &order).await;
    let again = changed(&order, |facts| {
        facts.version = 1;
        facts.reminded = true;
    });
    assert_eq!(test.aws.save_order(&again).await, Ok(Saved::Conflict(Some(Box::new(order.clone())))));
    test.pass(Seconds::days(91));
    let again = changed(&again, |facts| {
        facts.version = 1;
        facts.expire_at = test.now();
    });
    assert_saved(&test, &again).await;
    assert_stored(&test, &again).await;
}

#[tokio::test]
async fn order_of_a_later_release_is_read_but_not_overwritten() {
    let test = TestAws::new().await;
    let order = pending(1, test.now());
    assert_saved(&test, &order).await;
    test.set(&keys::order(order.no), SCHEMA, number(ORDER_SCHEMA + 1)).await;
    assert_stored(&test, &order).await;
    let log = LogCapture::new();
    assert_eq!(test.aws.save_order(&next(&order)).await, Err(Unavailable));
    assert_eq!(log.lines().len(), 1, "it is logged once");
    assert_stored(&test, &order).await;
}

#[tokio::test]
async fn unreadable_order_raises_an_alarm_and_is_not_overwritten() {
    let test = TestAws::new().await;
    let order = pending(1, test.now());
    assert_saved(&test, &order).await;
    let key = keys::order(order.no);
    test.set(&key, "pl", text("auction 300 5")).await;
    let before = test.get(&key).await;
    let log = LogCapture::new();
    assert_eq!(test.aws.load_order(order.no).await, Err(Unavailable));
    let said = log.lines();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("the attribute pl") && !said[0].contains("auction"), "{said:?}");
    // The alarm names the order.
    let alarm = format!("alarm=\"stuck_order\" order_no=\"{}\"", order.no);
    assert!(said[0].starts_with("ERROR") && said[0].contains(&alarm), "{said:?}");
    // Neither as a first version nor as a later one.
    for version in [1, 3] {
        let rival = changed(&order, |facts| facts.version = version);
        assert_eq!(test.aws.save_order(&rival).await, Err(Unavailable));
    }
    assert_eq!(test.get(&key).await, before);
}

#[tokio::test]
async fn order_is_usable_if_it_can_be_read_and_written_again() {
    let test = TestAws::new().await;
    let order = pending(1, test.now());
    assert_eq!(test.aws.is_usable(order.no).await, Ok(true), "there is none");
    assert_saved(&test, &order).await;
    let key = keys::order(order.no);
    for (name, value, usable) in [
        ("later", text("x".repeat(300 * 1024)), true),
        ("later", text("x".repeat(380 * 1024)), false),
        ("later", text("x"), true),
        (SCHEMA, number(ORDER_SCHEMA + 1), false),
        (SCHEMA, number(ORDER_SCHEMA), true),
        ("pl", text("auction 300 5"), false),
    ] {
        test.set(&key, name, value).await;
        assert_eq!(test.aws.is_usable(order.no).await, Ok(usable), "{name}");
    }
    assert_eq!(test.take_calls(), [], "to look is no reason for an alarm");
}

#[tokio::test]
async fn order_over_the_size_limit_is_not_saved() {
    let test = TestAws::new().await;
    let order = changed(&pending(1, test.now()), |facts| {
        facts.version = 1;
        let attempt = facts.attempts[0].clone();
        facts.attempts = vec![attempt; 5_000];
    });
    assert_eq!(test.aws.save_order(&order).await, Err(Unavailable));
    assert_eq!(test.get(&keys::order(order.no)).await, None);
}

#[tokio::test]
async fn order_write_keeps_a_due_entry_that_is_a_little_early() {
    let test = TestAws::new().await;
    let order = pending(1, test.now());
    assert_saved(&test, &order).await;
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
        let before = test.aws.load_order(order.no).await.unwrap().unwrap();
        assert_saved(&test, &later(&before, by)).await;
        let item = test.get(&key).await.unwrap();
        assert_eq!(item.get(DUE), Some(&number(due.plus(Seconds(stands)).unix())), "{by}");
        assert!(item.contains_key(DUE_SHARD));
    }
}

#[tokio::test]
async fn order_held_by_a_transaction_is_a_conflict() {
    let order = pending(1, start());
    let coded = |status, code: &str| Reply::Answer(status, format!(r#"{{"__type":"a#{code}"}}"#));
    for (reply, answer) in [
        (coded(400, "TransactionConflictException"), Ok(Saved::Conflict(None))),
        (coded(400, "ThrottlingException"), Err(Unavailable)),
        (coded(400, "ValidationException"), Err(Unavailable)),
        (coded(500, "InternalServerError"), Err(Unavailable)),
        (Reply::BrokenConnection, Err(Unavailable)),
    ] {
        let log = LogCapture::new();
        assert_eq!(aws_that_answers(reply.clone()).save_order(&order).await, answer, "{reply:?}");
        assert_eq!(log.lines().len(), usize::from(answer.is_err()), "{reply:?}");
    }
}

#[tokio::test]
async fn released_order_reads_and_writes_back() {
    let test = TestAws::new().await;
    let item = crate::test_aws::released_item(include_str!("../../tests/shapes/order.1.json"));
    let order = read_order(&item).unwrap();
    assert_eq!((order.version, order.payments.len(), order.refunds.len()), (9, 1, 2));
    let written = crate::order_item::write_order(&order, Seconds::days(90), 0x0102_0304_0506_0708).unwrap();
    let mut expected = item.clone();
    for key in [keys::PK, keys::SK, DUE_SHARD] {
        assert!(expected.remove(key).is_some(), "{key}");
    }
    // It was written before payments were in an index.
    expected.insert(keys::TRADE.to_owned(), crate::item::text("wechat#4200002458202611210123456789"));
    assert_eq!(written, expected);

    // It was sold before products stated what their membership is worth: it counts as it was sold.
    assert_eq!((order.sold.upgrade_worth, order.sold.membership_share()), (None, MembershipShare::WHOLE));
    let mut stating = item.clone();
    stating.insert("uw".to_owned(), crate::item::text("4000 CNY"));
    let worth = read_order(&stating).unwrap().sold.upgrade_worth;
    assert_eq!(worth.map(|worth| format!("{worth:?}")).as_deref(), Some("40.00 CNY"));

    // An order of a later release is read but not written.
    let later = crate::test_aws::released_item(include_str!("../../tests/shapes/order.later.json"));
    assert_eq!(read_order(&later), Ok(order.clone()));
    assert!(later.get(VERSION) == item.get(VERSION) && later.contains_key("zz"));
    test.put(&keys::order(order.no), later).await;
    assert_stored(&test, &order).await;
    assert_eq!(test.aws.save_order(&next(&order)).await, Err(Unavailable));
}
