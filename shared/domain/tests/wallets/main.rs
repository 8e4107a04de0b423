//! Wallets under arbitrary histories: purchases, upgrades, revokes and spendings over time, and upgrade prices in all the
//! states that they lead to. That the properties are strict enough is proved on mutants of the wallet.

mod histories;
mod pricing;
mod shop;

use proptest::prelude::ProptestConfig;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}
