//! Wallets under arbitrary histories: purchases, upgrades, revokes and spendings over time, and the prices of upgrades in
//! all states that they lead to. Rows of `tests/mutants/wallets.toml` name the property that must fail with them.

mod histories;
mod pricing;
#[path = "../../../../tests/memory/src/samples.rs"]
mod samples;
mod shop;

use proptest::prelude::ProptestConfig;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}
