//! Counters: one for each scope, value and window; every call is counted exactly once.

use futures_util::future::join_all;
use till_app::ports::{CountCalls as _, Scope};
use till_domain::time::Seconds;

use crate::fixture::start;
use crate::tested_store::TestedStore;

async fn count(tested: &impl TestedStore, scope: Scope, value: &str, after: u32) -> u32 {
    tested.store().count_call(scope, value, start().plus(Seconds(after))).await.unwrap()
}

pub async fn calls_are_counted_per_window(tested: &impl TestedStore) {
    for (scope, length) in [(Scope::CreationsOfUser, 60), (Scope::CreationsOfAddress, 60), (Scope::Refreshes, 10)] {
        assert_eq!(count(tested, scope, "u1", 0).await, 1);
        assert_eq!(count(tested, scope, "u1", length - 1).await, 2, "the same window");
        assert_eq!(count(tested, scope, "u1", length).await, 1, "the next one");
        assert_eq!(count(tested, scope, "u1", length).await, 2);
        assert_eq!(count(tested, scope, "u1", 0).await, 3, "a call that comes late counts where it belongs");
    }
}

pub async fn scopes_and_values_are_counted_separately(tested: &impl TestedStore) {
    for scope in [
        Scope::CreationsOfUser,
        Scope::CreationsOfAddress,
        Scope::ActionsOfUser,
        Scope::ActionsOfAddress,
        Scope::TicketsOfUser,
        Scope::TicketsOfAddress,
        Scope::Refreshes,
    ] {
        for value in ["u1", "203.0.113.9", "2001:db8::1"] {
            assert_eq!(count(tested, scope, value, 5).await, 1, "{scope:?} {value}");
        }
    }
}

pub async fn simultaneous_calls_count_once_each(tested: &impl TestedStore) {
    let mut counts = join_all((0..32).map(|_| count(tested, Scope::CreationsOfUser, "u1", 0))).await;
    counts.sort_unstable();
    assert_eq!(counts, (1..=32).collect::<Vec<_>>());
}
