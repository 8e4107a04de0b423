//! Mutants: rules broken on purpose, as data in `tests/mutants`. The sources never hold them; a copy of the sources does.

mod copy;
mod rows;
mod splice;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rows::Mutant;

use crate::shell;

/// All mutants, and the program that runs the simulator with one of them on.
pub(crate) struct Mutants {
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
        Ok(Self { rows, program })
    }

    /// The program with the mutant at this place on.
    fn program(&self, place: usize) -> Command {
        let mut command = Command::new(&self.program);
        command.env("TILL_MUTANT", (place + 1).to_string());
        command
    }

    /// For each mutant whether it is caught by so many seeds, or its world, with the invariant that it names.
    pub(crate) fn caught(&self, seeds: u64) -> impl Iterator<Item = bool> {
        self.rows.iter().enumerate().map(move |(place, mutant)| {
            let mut program = self.program(place);
            match &mutant.world {
                Some(world) => program.args(["caught-in", world]),
                None => program.args(["caught", &seeds.to_string()]),
            };
            let output = program.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
            let line = output.unwrap_or_else(|error| error.to_string());
            verdict(mutant, line.trim_end())
        })
    }
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
        let mutant =
            Mutant { name: "A".into(), breaks: "a".into(), world: None, invariant: "one".into(), edits: Vec::new() };
        assert!(verdict(&mutant, "seed 3\tone"));
        assert!(!verdict(&mutant, "seed 3\tother"));
        assert!(!verdict(&mutant, ""));
    }
}
