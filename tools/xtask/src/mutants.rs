//! Mutants: rules broken on purpose, as data in `tests/mutants`. The sources never hold them; a copy of the sources does.

mod copy;
mod rows;
mod splice;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rows::Mutant;

use crate::shell;

/// The variable that says which mutant is on, as `tests/mutants/runner/switch.rs` reads it.
const SWITCH: &str = "TILL_MUTANT";
/// The mutant whose first failing history is made short, and how short it must become.
const SHORTENED: &str = "AmountNotCompared";
const MOST_ACTS: u32 = 12;

/// All mutants, and the program that runs the simulator with one of them on.
pub(crate) struct Mutants {
    root: PathBuf,
    rows: Vec<Mutant>,
    program: PathBuf,
}

/// `cargo xtask mutants`: their names, and what each breaks.
pub(crate) fn list() -> Result<(), String> {
    for Mutant { name, breaks, .. } in rows::read(&shell::root())? {
        println!("{name:<30} {breaks}");
    }
    Ok(())
}

/// `cargo xtask simulate --mutant NAME`, or `worlds`: the words are the program's.
pub(crate) fn run(name: &str, words: &[String]) -> ExitCode {
    match run_program(name, words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            println!("with --mutant {name}: this is what is meant to happen");
            ExitCode::FAILURE
        }
        Err(why) => {
            eprintln!("cargo xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was found to be broken.
fn run_program(name: &str, words: &[String]) -> Result<bool, String> {
    let rows = rows::read(&shell::root())?;
    let Some(place) = rows.iter().position(|mutant| mutant.name == name) else {
        let names: Vec<&str> = rows.iter().map(|mutant| mutant.name.as_str()).collect();
        return Err(format!("there is no mutant `{name}`; there are {}", names.join(", ")));
    };
    println!("{name}: {}", rows[place].breaks);
    let mutants = Mutants::build(&shell::root(), rows)?;
    Ok(shell::succeeds(mutants.program(place).args(words)))
}

impl Mutants {
    /// Reads them, and builds the copy that holds them.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        Self::build(root, rows::read(root)?)
    }

    fn build(root: &Path, rows: Vec<Mutant>) -> Result<Self, String> {
        let program = copy::build(root, &rows).map_err(|faults| faults.join("\n"))?;
        Ok(Self { root: root.to_owned(), rows, program })
    }

    /// The program with the mutant at this place on.
    fn program(&self, place: usize) -> Command {
        let mut command = Command::new(&self.program);
        command.env(SWITCH, number(place));
        command
    }

    /// Whether each mutant is caught by everything that its row names: so many seeds or its world, with its invariant; the
    /// other world; the property.
    pub(crate) fn caught(&self, seeds: u64) -> impl Iterator<Item = bool> {
        let places = self.rows.iter().enumerate();
        places.flat_map(move |(place, mutant)| {
            let line = match &mutant.world {
                Some(world) => self.said(place, &["caught-in", world]),
                None => self.said(place, &["caught", &seeds.to_string()]),
            };
            let also = mutant.also_in.as_deref().map(|world| self.is_found_in(place, world));
            let property = mutant.property.as_deref().map(|name| self.fails(place, name));
            [Some(verdict(mutant, line.trim_end())), also, property].into_iter().flatten()
        })
    }

    fn said(&self, place: usize, words: &[&str]) -> String {
        let output = self.program(place).args(words).output();
        output.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn is_found_in(&self, place: usize, world: &str) -> bool {
        let line = self.said(place, &["caught-in", world]);
        say(&self.rows[place], line.contains('\t'), line.trim_end())
    }

    fn fails(&self, place: usize, property: &str) -> bool {
        let mut test = copy::property(&self.root, property);
        let output = test.env(SWITCH, number(place)).output();
        let printed =
            output.map_or_else(|error| error.to_string(), |one| String::from_utf8_lossy(&one.stdout).into_owned());
        let failed = printed.contains("test result: FAILED. 0 passed; 1 failed");
        say(&self.rows[place], failed, &format!("property {property}"))
    }

    /// Whether the first failing history of a mutant is made short, and the whole of it is harmless without the mutant.
    pub(crate) fn shortens(&self) -> bool {
        let Some(place) = self.rows.iter().position(|mutant| mutant.name == SHORTENED) else { return false };
        let text = self.said(place, &["simulate", "0", "200"]);
        let seed = between(&text, "seed ", " breaks the invariant: ");
        let acts = between(&text, "(", " acts, then").and_then(|acts| acts.parse::<u32>().ok());
        let mut sound = Command::new(&self.program);
        sound.env_remove(SWITCH).args(["simulate", seed.unwrap_or_default(), "1"]);
        let is_short = acts.is_some_and(|acts| acts <= MOST_ACTS) && text.contains(&self.rows[place].invariant);
        let is_harmless = sound.output().is_ok_and(|output| output.status.success());
        say(
            &self.rows[place],
            is_short && is_harmless,
            &format!("a history made short, to {} acts", acts.unwrap_or_default()),
        )
    }
}

fn number(place: usize) -> String {
    (place + 1).to_string()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn say(mutant: &Mutant, is_caught: bool, by: &str) -> bool {
    let but = if is_caught { "" } else { ": NOT CAUGHT" };
    println!("{:<30} also by {by}{but}", mutant.name);
    is_caught
}

/// Prints how a mutant was caught: `by` and invariant, with a tab between them.
fn verdict(mutant: &Mutant, line: &str) -> bool {
    let name = &mutant.name;
    match line.split_once('\t') {
        Some((by, invariant)) if invariant == mutant.invariant => {
            println!("{name:<30} {by:<20} {invariant}");
            true
        }
        Some((by, invariant)) => {
            println!("{name:<30} {by:<20} {invariant}: NOT the invariant that its row names, {}", mutant.invariant);
            false
        }
        None => {
            println!("{name:<30} NOT CAUGHT {line}");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_is_caught_by_the_invariant_that_its_row_names() {
        let mutant = Mutant {
            name: "A".into(),
            breaks: "a".into(),
            world: None,
            invariant: "one".into(),
            also_in: None,
            property: None,
            edits: Vec::new(),
        };
        assert!(verdict(&mutant, "seed 3\tone"));
        assert!(!verdict(&mutant, "seed 3\tother"));
        assert!(!verdict(&mutant, ""));
    }
}
