//! Wallets under arbitrary histories: purchases, upgrades, revokes and spendings over time, and upgrade prices in all the
//! states that they lead to. Rows of
//! `tests/mutants/wallets.toml` name the property that must fail with them.

mod histories;
mod pricing;
mod shop;

use proptest::prelude::ProptestConfig;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}
