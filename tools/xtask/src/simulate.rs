//! `cargo xtask simulate`: random histories, and how often each situation occurred in them. `cargo xtask worlds`: every state of
//! the small worlds.

use clap::Args;
use clap::builder::PossibleValuesParser;
use till_simulator::{Searched, Simulated, search_worlds, simulate, world_names};

use crate::mutants;

#[derive(Args)]
pub(crate) struct Arguments {
    /// How many random histories to run
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,
    /// Run them with this mutant: the run must then fail
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
}

#[derive(Args)]
pub(crate) struct WorldsArguments {
    /// Search them with this mutant: the search must then fail
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
    /// The worlds to search; all of them if none is named
    #[arg(value_name = "WORLD", value_parser = PossibleValuesParser::new(world_names()))]
    worlds: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    if let Some(mutant) = &arguments.mutant {
        let words = ["simulate".to_owned(), arguments.from.to_string(), arguments.seeds.to_string()];
        return mutants::run(mutant, &words);
    }
    let simulated = simulate(arguments.from, arguments.seeds);
    print!("{}", simulated.coverage);
    let success = report(&simulated);
    println!("{}", last_line(&simulated));
    if success { Ok(()) } else { Err("the simulation failed: see above".to_owned()) }
}

pub(crate) fn worlds(arguments: &WorldsArguments) -> Result<(), String> {
    if let Some(mutant) = &arguments.mutant {
        let words: Vec<String> = std::iter::once("worlds".to_owned()).chain(arguments.worlds.iter().cloned()).collect();
        return mutants::run(mutant, &words);
    }
    let searched = search_worlds(&arguments.worlds, |searched| println!("{searched}"));
    println!("{}", states_line(&searched));
    if searched.iter().all(Searched::is_proof) { Ok(()) } else { Err("the search failed: see above".to_owned()) }
}

pub(crate) fn states_line(searched: &[Searched]) -> String {
    let states: usize = searched.iter().map(|searched| searched.states).sum();
    let at_rest: usize = searched.iter().map(|searched| searched.at_rest).sum();
    format!("{} small worlds, {states} states, {at_rest} different ones at rest", searched.len())
}

/// Prints what failed; true when nothing did. A situation that never occurred is a failure, as nothing was proved about it.
fn report(simulated: &Simulated) -> bool {
    if let Some(failure) = &simulated.failure {
        println!("\n{failure}");
        return false;
    }
    let empty = simulated.coverage.empty_rows();
    for row in &empty {
        println!("never occurred, though about ten thousand seeds reach every situation: {row}");
    }
    empty.is_empty()
}

pub(crate) fn last_line(simulated: &Simulated) -> String {
    let seconds = simulated.took.as_secs_f64();
    let (acts, calls) = simulated.coverage.steps();
    let each = |n: u64| n.checked_div(simulated.histories).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let a_second = simulated.histories as f64 / seconds.max(f64::EPSILON);
    format!(
        "{} histories ({} acts and {} calls each) in {seconds:.1} s: {a_second:.0} histories a second",
        simulated.histories,
        each(acts),
        each(calls),
    )
}
