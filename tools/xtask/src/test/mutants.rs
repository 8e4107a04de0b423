//! Part `mutants`: rules broken on purpose, one at a time. One that nothing catches would mean that the simulator proves
//! nothing.

use std::path::Path;

use super::Count;
use super::histories::SEEDS;
use crate::mutants::Mutants;

/// A check for each thing that must catch a mutant, and one that a failing history is made short.
pub(crate) fn run(root: &Path) -> Count {
    match Mutants::read(root) {
        Ok(mutants) => mutants.caught(SEEDS).chain([mutants.shortens()]).map(Count::of).sum(),
        Err(why) => {
            println!("{why}");
            Count::of(false)
        }
    }
}
