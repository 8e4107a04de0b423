//! Part `bugs`: rules broken on purpose, one at a time. One that nothing catches would mean that the simulator proves nothing.

use std::path::Path;

use till_domain::planted::Bug;
use till_simulator::{caught_by_seed, search_worlds};

use super::Count;
use super::histories::SEEDS;

/// Bugs that hardly any random history shows, and the small world that does.
const FOUND_BY_SEARCH: &[(Bug, &str)] =
    &[(Bug::LoserShowsItsTrade, "two owners"), (Bug::StaleClaimActed, "two sweeps")];

pub(crate) fn run(_root: &Path) -> Count {
    Bug::ALL.into_iter().map(caught).map(Count::of).sum()
}

fn caught(bug: Bug) -> bool {
    let name = format!("{bug:?}");
    let world = FOUND_BY_SEARCH.iter().find(|(searched, _)| *searched == bug).map(|(_, world)| *world);
    let by = match world {
        None => caught_by_seed(bug, SEEDS).map(|(seed, broken)| (format!("seed {seed}"), broken.invariant)),
        Some(world) => {
            let searched = search_worlds(&[world.to_owned()], Some(bug), |_| {});
            let failure = searched.into_iter().find_map(|searched| searched.failure);
            failure.map(|(broken, _)| (format!("world `{world}`"), broken.invariant))
        }
    };
    match &by {
        Some((by, invariant)) => println!("{name:<30} {by:<20} {invariant}"),
        None => println!("{name:<30} NOT CAUGHT by {SEEDS} seeds"),
    }
    by.is_some()
}
