//! Part `mutants`: one rule at a time is broken on purpose, and the simulator must notice.

use std::path::Path;

use super::Count;
use super::histories::SEEDS;
use crate::mutants::Mutants;

/// One check for each thing that must catch a mutant, and one that a failing history is shortened.
pub(crate) fn run(root: &Path) -> Count {
    match Mutants::read(root) {
        Ok(mutants) => mutants.caught(SEEDS).chain([mutants.shortens()]).sum(),
        Err(why) => Count::failure("mutants", &why),
    }
}
