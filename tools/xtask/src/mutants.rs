//! Mutants: rules that are broken on purpose, as data in `tests/mutants`. Only a copy of the sources contains them.

pub(crate) mod automatic;
mod copy;
mod rows;
mod splice;

use std::path::{Path, PathBuf};
use std::process::Command;

use automatic::Judges;
use clap::Args;
use rows::Mutant;

use crate::shell;
use crate::test::Count;

/// `tests/mutants/runner/switch.rs` reads from this variable which mutant is on.
const SWITCH: &str = "TILL_MUTANT";
/// The mutant whose first failing history is shortened, and the length that it must reach.
const SHORTENED: &str = "AmountNotCompared";
const MAX_ACTS: u32 = 12;

/// All mutants, and the program that runs the simulator with one of them.
pub(crate) struct Mutants {
    root: PathBuf,
    rows: Vec<Mutant>,
    program: PathBuf,
}

#[derive(Args)]
pub(crate) struct Arguments {
    /// Judge the automatic mutants whose file and change contain one of these texts, for instance `wallet/lot.rs`
    #[arg(long, value_name = "TEXT", num_args = 1..)]
    automatic: Vec<String>,
    /// Judge automatic mutants by the tests of the two crates alone, which takes seconds for each
    #[arg(long, requires = "automatic")]
    tests_only: bool,
}

/// `cargo xtask mutants`: the names of the mutants, and what each breaks; or the verdict on automatic ones.
pub(crate) fn list(arguments: &Arguments) -> Result<(), String> {
    if !arguments.automatic.is_empty() {
        let judges = if arguments.tests_only { Judges::Tests } else { Judges::All };
        let count = automatic::run(&shell::root(), &arguments.automatic, judges)?;
        return if count.is_success() {
            Ok(())
        } else {
            Err("some mutants are not as the list says: see above".to_owned())
        };
    }
    for Mutant { name, breaks, .. } in rows::read(&shell::root())? {
        println!("{name:<30} {breaks}");
    }
    Ok(())
}

/// `cargo xtask simulate --mutant NAME`, or `worlds`; `words` are the arguments of the program in the copy.
pub(crate) fn run(name: &str, words: &[String]) -> Result<(), String> {
    let rows = rows::read(&shell::root())?;
    let Some(place) = rows.iter().position(|mutant| mutant.name == name) else {
        let names: Vec<&str> = rows.iter().map(|mutant| mutant.name.as_str()).collect();
        return Err(format!("there is no mutant `{name}`; there are {}", names.join(", ")));
    };
    println!("{name}: {}", rows[place].breaks);
    let mutants = Mutants::build(&shell::root(), rows)?;
    let found_nothing = shell::succeeds(mutants.program(place).args(words));
    if found_nothing { Ok(()) } else { Err(format!("the run with --mutant {name} failed, as it should")) }
}

impl Mutants {
    /// Reads the mutants and builds the copy that contains them.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        Self::build(root, rows::read(root)?)
    }

    fn build(root: &Path, rows: Vec<Mutant>) -> Result<Self, String> {
        let program = copy::build(root, &rows).map_err(|faults| faults.join("\n"))?;
        Ok(Self { root: root.to_owned(), rows, program })
    }

    /// The program with the mutant at this place.
    fn program(&self, place: usize) -> Command {
        let mut command = Command::new(&self.program);
        command.env(SWITCH, number(place));
        command
    }

    /// Whether each mutant is caught by everything that its row names: by its world or so many seeds, with its invariant; by the
    /// other world; by the property.
    pub(crate) fn caught(&self, seeds: u64) -> impl Iterator<Item = Count> {
        let places = self.rows.iter().enumerate();
        places.flat_map(move |(place, mutant)| {
            let line = match &mutant.world {
                Some(world) => self.output(place, &["caught-in", world]),
                None => self.output(place, &["caught", &seeds.to_string()]),
            };
            let also = mutant.also_in.as_deref().map(|world| self.is_found_in(place, world));
            let property = mutant.property.as_deref().map(|name| self.fails(place, name));
            [Some(report(mutant, line.trim_end())), also, property].into_iter().flatten()
        })
    }

    fn output(&self, place: usize, words: &[&str]) -> String {
        stdout(self.program(place).args(words))
    }

    fn is_found_in(&self, place: usize, world: &str) -> Count {
        let line = self.output(place, &["caught-in", world]);
        report_second(&self.rows[place], line.contains('\t'), line.trim_end())
    }

    fn fails(&self, place: usize, property: &str) -> Count {
        let printed = stdout(copy::property(&self.root, property).env(SWITCH, number(place)));
        let failed = printed.contains("test result: FAILED. 0 passed; 1 failed");
        report_second(&self.rows[place], failed, &format!("property {property}"))
    }

    /// Whether the first failing history of a mutant is shortened, and its seed does no harm without the mutant.
    pub(crate) fn shortens(&self) -> Count {
        let Some(place) = self.rows.iter().position(|mutant| mutant.name == SHORTENED) else {
            return Count::failure(SHORTENED, "there is no such mutant");
        };
        let text = self.output(place, &["simulate", "0", "200"]);
        let seed = between(&text, "seed ", " breaks the invariant: ");
        let acts = between(&text, "(", " acts, then").and_then(|acts| acts.parse::<u32>().ok());
        let mut sound = Command::new(&self.program);
        sound.env_remove(SWITCH).args(["simulate", seed.unwrap_or_default(), "1"]);
        let is_short = acts.is_some_and(|acts| acts <= MAX_ACTS) && text.contains(&self.rows[place].invariant);
        let is_harmless = sound.output().is_ok_and(|output| output.status.success());
        report_second(
            &self.rows[place],
            is_short && is_harmless,
            &format!("a history shortened to {} acts", acts.unwrap_or_default()),
        )
    }
}

/// The standard output of a program, or why it did not start.
fn stdout(command: &mut Command) -> String {
    let output = command.output();
    output.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn number(place: usize) -> String {
    (place + 1).to_string()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// Prints whether something else than the first catcher has caught a mutant.
fn report_second(mutant: &Mutant, is_caught: bool, by: &str) -> Count {
    let but = if is_caught { "" } else { ": NOT CAUGHT" };
    reported(is_caught, &format!("{:<30} also by {by}{but}", mutant.name))
}

/// Prints whether a mutant was caught by its invariant; the line has a tab between what caught it and the invariant.
fn report(mutant: &Mutant, line: &str) -> Count {
    let Mutant { name, invariant: expected, .. } = mutant;
    match line.split_once('\t') {
        Some((by, found)) if found == expected => reported(true, &format!("{name:<30} {by:<20} {found}")),
        Some((by, found)) => {
            reported(false, &format!("{name:<30} {by:<20} {found}: NOT CAUGHT by the invariant of its row, {expected}"))
        }
        None => reported(false, &format!("{name:<30} NOT CAUGHT {line}")),
    }
}

fn reported(is_caught: bool, line: &str) -> Count {
    println!("{line}");
    Count::of(is_caught, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutant_is_caught_only_by_the_invariant_of_its_row() {
        let mutant = Mutant {
            name: "A".into(),
            breaks: "a".into(),
            world: None,
            invariant: "one".into(),
            also_in: None,
            property: None,
            edits: Vec::new(),
        };
        assert!(report(&mutant, "seed 3\tone").is_success());
        assert!(!report(&mutant, "seed 3\tother").is_success());
        assert!(!report(&mutant, "").is_success());
    }
}
