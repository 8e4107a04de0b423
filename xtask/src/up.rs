//! `cargo xtask up`: until there is something to start, it says so.

use std::process::ExitCode;

/// Says when it will work.
pub(crate) fn run(_words: &[String]) -> ExitCode {
    crate::misused("`up` arrives with the functions: there is nothing to start yet")
}
