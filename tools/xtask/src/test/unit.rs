//! Part `unit`: every test that cargo finds, those in documentation included.

use std::path::Path;

use super::Count;
use crate::shell;

pub(crate) fn run(root: &Path) -> Count {
    Count::of_tests(&mut shell::cargo(root, &["test", "--workspace", "--no-fail-fast", "--locked"]))
}
