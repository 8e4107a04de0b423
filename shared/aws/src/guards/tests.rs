//! Counters and strays: windows, and that nobody fills the table from outside.

use till_app::ports::{CountCalls, KeepRejected, RejectedCallback, Scope};
use till_domain::provider::Provider;
use till_domain::time::Seconds;

use crate::item::Reader;
use crate::keys;
use crate::size::item_bytes;
use crate::world::{START, World};

fn stray(world: &World, account: &str, reason: &'static str) -> RejectedCallback {
    RejectedCallback {
        provider: Provider::WeChat,
        account: account.to_owned(),
        reason,
        from: "203.0.113.7".to_owned(),
        length: 1_048_576,
        hash: "ab".repeat(32),
        at: world.now(),
    }
}

#[tokio::test]
async fn calls_are_counted_within_their_window() {
    let world = World::new().await;
    let count = async |scope, value| world.aws.count_call(scope, value, world.now()).await.unwrap();
    for n in 1..=3 {
        assert_eq!(count(Scope::CreationsOfUser, "ann").await, n);
    }
    assert_eq!(count(Scope::CreationsOfUser, "bob").await, 1);
    assert_eq!(count(Scope::CreationsOfAddress, "ann").await, 1);
    assert_eq!(count(Scope::Refreshes, "ORD1").await, 1);
    world.pass(Seconds(9));
    assert_eq!(count(Scope::Refreshes, "ORD1").await, 2);
    world.pass(Seconds(1));
    assert_eq!(count(Scope::Refreshes, "ORD1").await, 1);
    assert_eq!(count(Scope::CreationsOfUser, "ann").await, 4);
    world.pass(Seconds(50));
    assert_eq!(count(Scope::CreationsOfUser, "ann").await, 1);
}

#[tokio::test]
async fn a_counter_is_gone_after_an_hour() {
    let world = World::new().await;
    world.aws.count_call(Scope::Refreshes, "ORD1", world.now()).await.unwrap();
    let counter = world.get(&keys::rate(Scope::Refreshes, "ORD1", world.now())).await.unwrap();
    assert_eq!(Reader::new(&counter).get_as::<i64>("ttl"), Ok(START + 3_600));
}

#[tokio::test]
async fn one_stray_of_each_reason_and_account_is_kept_in_a_minute() {
    let world = World::new().await;
    let today = "STRAY#2026-11-21";
    for (account, reason, kept) in
        [("a", "signature", 1), ("a", "signature", 1), ("a", "stale", 2), ("b", "signature", 3), ("b", "signature", 3)]
    {
        world.aws.keep_rejected(&stray(&world, account, reason)).await;
        assert_eq!(world.count(today).await, kept, "{account} {reason}");
    }
    world.pass(Seconds(60));
    world.aws.keep_rejected(&stray(&world, "a", "signature")).await;
    assert_eq!(world.count(today).await, 4);
}

#[tokio::test]
async fn made_up_accounts_do_not_fill_the_table() {
    let world = World::new().await;
    for n in 0..50 {
        world.aws.keep_rejected(&stray(&world, &format!("made-up-{n}"), "account")).await;
    }
    assert_eq!(world.count("STRAY#2026-11-21").await, super::MOST_STRAYS);
}

#[test]
fn a_stray_has_512_bytes_at_most() {
    let at = till_domain::time::Time::from_unix(START).unwrap();
    let long = "界".repeat(5_000);
    let stray = RejectedCallback {
        provider: Provider::WeChat,
        account: long.clone(),
        reason: "unsupported_media_type",
        from: long.clone(),
        length: usize::MAX,
        hash: long,
        at,
    };
    let mut item = super::write(&stray, at);
    item.extend(keys::stray(at, u64::MAX).attributes());
    let size = item_bytes(&item);
    assert!((300..=512).contains(&size), "{size}");
}
