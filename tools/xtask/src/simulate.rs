//! `cargo xtask simulate`: random histories by the thousand, and what they came by.

use std::process::ExitCode;

use till_domain::planted::Bug;
use till_simulator::{Searched, Simulated, search_worlds, simulate, world_names};

const DEFAULT_SEEDS: u64 = 10_000;

/// Runs the seeds that the words name.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let wanted = match Wanted::parse(words) {
        Ok(wanted) => wanted,
        Err(why) => return crate::misused(&why),
    };
    let simulated = simulate(wanted.from, wanted.seeds, wanted.bug);
    print!("{}", simulated.coverage);
    let well = report(&simulated);
    println!("{}", last_line(&simulated));
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// `cargo xtask worlds`: every small world, searched to the end.
pub(crate) fn worlds(words: &[String]) -> ExitCode {
    let (bug, names): (Option<Bug>, Vec<String>) = match words {
        [flag, name, rest @ ..] if flag == "--bug" => match bug(name) {
            Ok(bug) => (Some(bug), rest.to_vec()),
            Err(why) => return crate::misused(&why),
        },
        names => (None, names.to_vec()),
    };
    let known = world_names();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return crate::misused(&format!("there is no small world `{unknown}`; there are {}", known.join(", ")));
    }
    let searched = search_worlds(&names, bug, |searched| println!("{searched}"));
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
    bug: Option<Bug>,
}

impl Wanted {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut wanted = Self { seeds: DEFAULT_SEEDS, from: 0, bug: None };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{word}` needs a value"))?;
            let number = || value.parse().map_err(|_| format!("`{word}` takes a whole number, not `{value}`"));
            match word.as_str() {
                "--seeds" => wanted.seeds = number()?,
                "--from" => wanted.from = number()?,
                "--bug" => wanted.bug = Some(bug(value)?),
                _ => return Err(format!("`simulate` takes --seeds N, --from S and --bug NAME, not `{word}`")),
            }
        }
        Ok(wanted)
    }
}

fn bug(name: &str) -> Result<Bug, String> {
    let known = Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name);
    known.ok_or_else(|| {
        let names: Vec<String> = Bug::ALL.iter().map(|bug| format!("{bug:?}")).collect();
        format!("there is no bug `{name}` to plant; there are {}", names.join(", "))
    })
}
