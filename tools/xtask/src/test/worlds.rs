//! Part `worlds`: the search of every small world.

use std::path::Path;

use till_simulator::search_worlds;

use super::Count;
use crate::simulate::states_line;

/// One check for each world: all of its states were visited, and none breaks an invariant.
pub(crate) fn run(_root: &Path) -> Count {
    let searched = search_worlds(&[], |searched| println!("{searched}"));
    println!("{}", states_line(&searched));
    searched.iter().map(|searched| Count::of(searched.is_proof(), &searched.to_string())).sum()
}
