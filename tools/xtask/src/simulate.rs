//! `cargo xtask simulate`: random histories by the thousand, and what they came by.

use std::process::ExitCode;

use till_simulator::{Searched, Simulated, search_worlds, simulate, world_names};

use crate::mutants;

const DEFAULT_SEEDS: u64 = 10_000;

/// Runs the seeds that the words name.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let wanted = match Wanted::parse(words) {
        Ok(wanted) => wanted,
        Err(why) => return crate::misused(&why),
    };
    if let Some(mutant) = &wanted.mutant {
        let words = ["simulate".to_owned(), wanted.from.to_string(), wanted.seeds.to_string()];
        return mutants::run(mutant, &words);
    }
    let simulated = simulate(wanted.from, wanted.seeds);
    print!("{}", simulated.coverage);
    let well = report(&simulated);
    println!("{}", last_line(&simulated));
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `cargo xtask worlds`: every small world, searched to the end.
pub(crate) fn worlds(words: &[String]) -> ExitCode {
    let (mutant, names) = match words {
        [flag, mutant, names @ ..] if flag == "--mutant" => (Some(mutant), names),
        names => (None, names),
    };
    let known = world_names();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return crate::misused(&format!("there is no small world `{unknown}`; there are {}", known.join(", ")));
    }
    if let Some(mutant) = mutant {
        let words: Vec<String> = std::iter::once("worlds".to_owned()).chain(names.iter().cloned()).collect();
        return mutants::run(mutant, &words);
    }
    let searched = search_worlds(names, |searched| println!("{searched}"));
    println!("{}", states_line(&searched));
    if searched.iter().all(Searched::is_proof) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Worlds, states, and those at rest.
pub(crate) fn states_line(searched: &[Searched]) -> String {
    let states: usize = searched.iter().map(|searched| searched.states).sum();
    let at_rest: usize = searched.iter().map(|searched| searched.at_rest).sum();
    format!("{} small worlds, {states} states, {at_rest} different ones at rest", searched.len())
}

/// Says what went wrong, if anything did. A row that nothing came by is a failure too: nothing was proved about it.
fn report(simulated: &Simulated) -> bool {
    if let Some(failure) = &simulated.failure {
        println!("\n{failure}");
        return false;
    }
    let empty = simulated.coverage.empty_rows();
    if !empty.is_empty() {
        println!("\nnothing came by these rows; some ten thousand seeds come by all of them:");
    }
    for row in &empty {
        println!("  {row}");
    }
    empty.is_empty()
}

/// Histories, seconds, histories a second.
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

struct Wanted {
    seeds: u64,
    from: u64,
    mutant: Option<String>,
}

impl Wanted {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut wanted = Self { seeds: DEFAULT_SEEDS, from: 0, mutant: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
            let number = || value.parse().map_err(|_| format!("`{word}` takes a whole number, not `{value}`"));
            match word.as_str() {
                "--seeds" => wanted.seeds = number()?,
                "--from" => wanted.from = number()?,
                "--mutant" => wanted.mutant = Some(value.clone()),
                _ => return Err(format!("`simulate` takes --seeds N, --from S and --mutant NAME, not `{word}`")),
            }
        }
        Ok(wanted)
    }
}
