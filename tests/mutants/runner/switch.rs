//! Which mutant is on: `cargo xtask` puts this file into its copy of the domain.
//!
//! A process has one mutant on from its beginning to its end, so that every thread and every copied worker has the same.

use std::env;
use std::sync::LazyLock;

/// The number of the mutant that is on; none is on when the variable is not set.
static ON: LazyLock<Option<u16>> = LazyLock::new(|| env::var("TILL_MUTANT").ok()?.parse().ok());

pub fn is_on(mutant: u16) -> bool {
    *ON == Some(mutant)
}
