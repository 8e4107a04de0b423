//! Counts what a warm request of a function takes: instructions and allocations, by running its program under callgrind, and the
//! bytes that it logs. None of these depends on how busy the machine is.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::Failure;
use crate::callgrind::{self, Counted};
use crate::host::Process;
use crate::scene::{FUNCTIONS, Scene};

/// They fill the caches and open the connections, and are not counted.
const WARM_UP: u64 = 5;
const REQUESTS: u64 = 30;

pub struct Count {
    pub name: &'static str,
    /// `None` where valgrind is not installed.
    pub counted: Option<Counted>,
    pub log_bytes: u64,
}

/// The measured ones: the sandbox is no part of the product.
pub fn functions() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.into_iter().filter(|name| *name != "sandbox")
}

pub fn all(scene: &mut Scene, folder: &Path) -> Result<Vec<Count>, Failure> {
    let valgrind = callgrind::valgrind();
    if valgrind.is_none() {
        println!(
            "valgrind is not installed (Debian: apt-get install valgrind libc6-dbg): no instructions, no allocations"
        );
    }
    functions().map(|name| one(scene, name, valgrind.as_deref(), folder)).collect()
}

fn one(scene: &mut Scene, name: &'static str, valgrind: Option<&Path>, folder: &Path) -> Result<Count, Failure> {
    let mut program = scene.program(name)?;
    let file: PathBuf = std::path::absolute(folder.join(format!("{name}.callgrind")))?;
    if let Some(valgrind) = valgrind {
        fs::create_dir_all(folder)?;
        program.arguments = callgrind::arguments(&program.file, &file).to_vec();
        valgrind.clone_into(&mut program.file);
    }
    let mut process = Process::start(&program, &scene.logs())?;
    process.ready()?;
    deliver_many(scene, name, &mut process, WARM_UP)?;
    let is_counted = valgrind.is_some() && {
        let begun = callgrind::count_from_here(process.id());
        if let Err(why) = &begun {
            println!("{name}: no instructions, no allocations: {why}");
        }
        begun.is_ok()
    };
    let before = log_bytes(&process)?;
    deliver_many(scene, name, &mut process, REQUESTS)?;
    let log_bytes = log_bytes(&process)?.saturating_sub(before) / REQUESTS;
    process.end()?;
    let counted = if is_counted { Some(callgrind::read(&fs::read_to_string(&file)?)?.each(REQUESTS)) } else { None };
    Ok(Count { name, counted, log_bytes })
}

fn deliver_many(scene: &mut Scene, name: &str, process: &mut Process, requests: u64) -> Result<(), Failure> {
    for _ in 0..requests {
        let event = scene.event(name)?;
        super::deliver(process, &event).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

/// Counts the function's own lines: an instrument writes others, which are not JSON.
fn log_bytes(process: &Process) -> Result<u64, Failure> {
    let log = process.logged()?;
    let lines = log.lines().filter(|line| line.starts_with('{'));
    Ok(lines.map(|line| line.len().saturating_add(1)).sum::<usize>().try_into()?)
}

pub fn table(counts: &[Count]) -> String {
    let title = "A warm request, counted";
    let mut text = format!("\n{title}\n{:<20}{:>14}{:>13}{:>11}\n", "", "instructions", "allocations", "log bytes");
    for Count { name, counted, log_bytes } in counts {
        let [instructions, allocations] = match counted {
            Some(counted) => [counted.instructions, counted.allocations].map(|count| count.to_string()),
            None => Default::default(),
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "{name:<20}{instructions:>14}{allocations:>13}{log_bytes:>11}");
    }
    text
}

impl Count {
    pub fn json(&self) -> Value {
        json!({
            "name": self.name, "log_bytes": self.log_bytes,
            "instructions": self.counted.map(|counted| counted.instructions),
            "allocations": self.counted.map(|counted| counted.allocations),
        })
    }
}
