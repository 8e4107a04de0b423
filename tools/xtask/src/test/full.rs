//! Part `full`: the automatic mutants of the rules and flows. It takes too long for every change, so it runs only when it is named.

use std::path::Path;

use super::Count;
use crate::mutants::automatic::{self, Judges};

pub(crate) fn run(root: &Path) -> Count {
    automatic::run(root, &[], Judges::All).unwrap_or_else(|why| Count::failure("full", &why))
}
