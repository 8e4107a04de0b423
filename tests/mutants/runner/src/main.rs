//! Runs the simulator with the mutant on that the environment variable `TILL_MUTANT` numbers. `cargo xtask` builds this
//! program in its copy of the sources and starts it, one process for each mutant.

use std::env;
use std::process::ExitCode;

use till_simulator::{Searched, caught_by_seed, search_worlds, simulate};

const USAGE: &str = "till-mutants caught SEEDS | caught-in WORLD | simulate FROM SEEDS | worlds [WORLD…]";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let broken = match words.as_slice() {
        ["caught", seeds] => caught(number(seeds)),
        ["caught-in", world] => caught_in(world),
        ["simulate", from, seeds] => simulated(number(from), number(seeds)),
        ["worlds", names @ ..] => searched(names),
        _ => panic!("{USAGE}"),
    };
    if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn number(word: &str) -> u64 {
    word.parse().expect(USAGE)
}

/// Prints the first seed whose history breaks an invariant, and that invariant.
fn caught(seeds: u64) -> bool {
    let found = caught_by_seed(seeds);
    if let Some((seed, broken)) = &found {
        println!("seed {seed}\t{}", broken.invariant);
    }
    found.is_some()
}

/// Prints the invariant that breaks in a small world.
fn caught_in(world: &str) -> bool {
    let searched = search_worlds(&[world.to_owned()], |_| {});
    let found = searched.into_iter().find_map(|searched| searched.failure);
    if let Some((broken, _)) = &found {
        println!("world `{world}`\t{}", broken.invariant);
    }
    found.is_some()
}

/// Prints the first failing history, made short.
fn simulated(from: u64, seeds: u64) -> bool {
    let simulated = simulate(from, seeds);
    match &simulated.failure {
        Some(failure) => print!("{failure}"),
        None => println!("none of {} histories breaks an invariant", simulated.histories),
    }
    simulated.failure.is_some()
}

/// Prints what each search shows.
fn searched(names: &[&str]) -> bool {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let searched = search_worlds(&names, |searched| println!("{searched}"));
    !searched.iter().all(Searched::is_proof)
}
