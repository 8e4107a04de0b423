//! One contract for queue, sockets, secrets and documents: the same cases in memory and on the stack that `cargo xtask up`
//! started, printed as cargo prints tests: `till-contract-stack [--list] [part of a name…]`.
//!
//! The store's contract is the test `store` of this crate: it needs no stack. Where an implementation is not as AWS documents
//! its services, its `DEPARTS` says so by the case's name; the case must then fail there, so that the list stays true.

mod case;
mod documents;
mod emulator;
mod memory;
mod queue;
mod secrets;
mod sockets;
mod wire;

use std::process::ExitCode;
use std::time::Instant;

use case::{Case, World};
use memory::InMemory;
use till_journeys::stack::Stack;

fn in_memory() -> Vec<Case> {
    let areas = [
        queue::all::<InMemory>(),
        sockets::all::<InMemory>(),
        secrets::all::<InMemory>(),
        documents::all::<InMemory>(),
    ];
    areas.into_iter().flatten().collect()
}

fn on_the_emulator() -> Vec<Case> {
    let areas = [
        queue::all::<queue::emulator::OnEmulator>(),
        queue::emulator::own(),
        sockets::all::<sockets::emulator::OnEmulator>(),
        sockets::emulator::own(),
        secrets::all::<secrets::emulator::OnEmulator>(),
        secrets::emulator::own(),
        documents::all::<documents::emulator::OnEmulator>(),
        documents::emulator::own(),
    ];
    areas.into_iter().flatten().collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (options, wanted): (Vec<String>, Vec<String>) = words.into_iter().partition(|word| word.starts_with("--"));
    let is_wanted = |case: &Case| wanted.is_empty() || wanted.iter().any(|word| case.title().contains(word));
    let chosen: Vec<Case> = in_memory().into_iter().chain(on_the_emulator()).filter(is_wanted).collect();
    if options.iter().any(|option| option == "--list") {
        for case in &chosen {
            println!("{}: test{}", case.title(), note(case));
        }
        return ExitCode::SUCCESS;
    }
    if chosen.iter().any(|case| case.on != InMemory::NAME)
        && let Err(error) = Stack::running()
    {
        eprintln!("till-contract-stack: {error}");
        return ExitCode::FAILURE;
    }
    run(&chosen).await
}

async fn run(chosen: &[Case]) -> ExitCode {
    println!("running {} tests", chosen.len());
    let (begun, mut failures) = (Instant::now(), Vec::new());
    for case in chosen {
        match case.run().await {
            Ok(()) => println!("test {} ... ok{}", case.title(), note(case)),
            Err(why) => {
                println!("test {} ... FAILED", case.title());
                failures.push(format!("---- {}\n{why}\n", case.title()));
            }
        }
    }
    for failure in &failures {
        println!("\n{failure}");
    }
    let (word, passed) =
        (if failures.is_empty() { "ok" } else { "FAILED" }, chosen.len().saturating_sub(failures.len()));
    println!(
        "\ntest result: {word}. {passed} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        failures.len(),
        begun.elapsed().as_secs_f64()
    );
    if failures.is_empty() && !chosen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// In which way the implementation departs, if it does.
fn note(case: &Case) -> String {
    case.departs.map_or_else(String::new, |departs| format!(" (departs: {})", departs.why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_departure_names_a_case() {
        let cases: Vec<Case> = in_memory().into_iter().chain(on_the_emulator()).collect();
        for (on, departs) in [(InMemory::NAME, InMemory::DEPARTS), (emulator::NAME, emulator::DEPARTS)] {
            for departs in departs {
                let named = cases.iter().filter(|case| case.on == on && case.name == departs.case).count();
                assert_eq!(named, 1, "{on}: {}", departs.case);
            }
        }
    }

    #[tokio::test]
    async fn the_ports_in_memory_keep_the_contract() {
        for case in in_memory() {
            assert_eq!(case.run().await, Ok(()), "{}", case.title());
        }
    }
}
