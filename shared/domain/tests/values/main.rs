//! Properties of the values that orders and wallets are made of, and of the constructors that check them.

mod constructors;
mod limits;
mod money;
mod numbers;
#[path = "../../../../tests/memory/src/samples.rs"]
mod samples;

use proptest::prelude::ProptestConfig;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}
