//! Properties of orders, for all behaviour of providers, people and clocks.

mod histories;
mod permutations;
#[path = "../../../../tests/memory/src/situations.rs"]
mod samples;
mod schedules;
mod situations;
mod world;

use proptest::test_runner::Config;

/// So many cases of each property; a failure is shown whole, and nothing is written beside the sources.
fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}
