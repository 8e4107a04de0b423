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
pub(crate) fn list(_words: &[String]) -> ExitCode {
    match rows::read(&shell::root()) {
        Ok(rows) => {
            print!("{}", crate::listed(rows.iter().map(|mutant| (mutant.name.clone(), mutant.breaks.as_str()))));
            ExitCode::SUCCESS
        }
        Err(why) => crate::misused(&why),
    }
}

/// `cargo xtask simulate --mutant NAME`, or `worlds`: the words are the program's.
pub(crate) fn run(name: &str, words: &[String]) -> ExitCode {
    let rows = match rows::read(&shell::root()) {
        Ok(rows) => rows,
        Err(why) => return crate::misused(&why),
    };
    let Some(place) = rows.iter().position(|mutant| mutant.name == name) else {
        let names: Vec<&str> = rows.iter().map(|mutant| mutant.name.as_str()).collect();
        return crate::misused(&format!("there is no mutant `{name}`; there are {}", names.join(", ")));
    };
    println!("{name}: {}", rows[place].breaks);
    let mutants = match Mutants::build(&shell::root(), rows) {
        Ok(mutants) => mutants,
        Err(why) => return crate::misused(&why),
    };
    let sound = shell::succeeds(mutants.program(place).args(words));
    if !sound {
        println!("with --mutant {name}: this is what is meant to happen");
    }
    if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
