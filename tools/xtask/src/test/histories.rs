//! Part `simulate`: random histories, and a check that every situation occurs in them.

use std::path::Path;

use till_simulator::simulate;

use super::Count;
use crate::simulate::last_line;

/// Every run of the tests tries the seeds from 0 to this one, and each mutant must be caught by one of them.
pub(crate) const SEEDS: u64 = 60_000;

/// One check that no history breaks an invariant, and one for each row of the coverage table.
pub(crate) fn run(_root: &Path) -> Count {
    let simulated = simulate(0, SEEDS);
    let failure = simulated.failure.as_ref().map(ToString::to_string);
    if let Some(failure) = &failure {
        println!("{failure}");
    }
    let rows = simulated.coverage.rows();
    let sound = Count::of(failure.is_none(), failure.as_deref().unwrap_or_default());
    let covered = rows.iter().map(|(row, count)| {
        let never = format!("this situation never occurred: {row}");
        if *count == 0 {
            println!("{never}");
        }
        Count::of(*count > 0, &never)
    });
    let sum = covered.chain([sound]).sum();
    println!("{}; {} rows of the coverage table", last_line(&simulated), rows.len());
    sum
}
