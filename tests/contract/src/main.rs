//! One contract for queue, sockets, secrets and documents: the same cases in memory and on the stack that `cargo xtask up`
//! started. It takes the options of cargo's tests: `till-contract-stack [--list] [--exact] [part of a name]`.
//!
//! The store's contract is the test `store` of this crate: it needs no stack. Where an implementation is not as AWS documents
//! its services, its `DEPARTURES` name the case, which must then fail there, so that the list stays true.

mod case;
mod documents;
mod emulator;
mod memory;
mod queue;
mod secrets;
mod sockets;

use std::process::ExitCode;
use std::sync::Arc;

use case::Case;
use libtest_mimic::{Arguments, Trial};
use memory::InMemory;

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

fn main() -> ExitCode {
    // Cases on the emulator share one stack, and so run one at a time.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map(Arc::new);
    let runtime = runtime.expect("the operating system gives a runtime what it needs");
    let trials = in_memory().into_iter().chain(on_the_emulator()).map(|case| {
        let runtime = Arc::clone(&runtime);
        let kind = if case.departure.is_some() { "departs" } else { "" };
        Trial::test(case.title(), move || runtime.block_on(case.run()).map_err(Into::into)).with_kind(kind)
    });
    let done = libtest_mimic::run(&arguments, trials.collect());
    // A run of no cases proves nothing.
    if arguments.list || (done.num_passed > 0 && !done.has_failed()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::case::Implementation as _;
    use super::*;

    #[test]
    fn departures_name_existing_cases() {
        let cases: Vec<Case> = in_memory().into_iter().chain(on_the_emulator()).collect();
        for (on, departure) in [(InMemory::NAME, InMemory::DEPARTURES), (emulator::NAME, emulator::DEPARTURES)] {
            for departure in departure {
                let named = cases.iter().filter(|case| case.on == on && case.name == departure.case).count();
                assert_eq!(named, 1, "{on}: {}", departure.case);
            }
        }
    }

    #[tokio::test]
    async fn ports_in_memory_keep_the_contract() {
        for case in in_memory() {
            assert_eq!(case.run().await, Ok(()), "{}", case.title());
        }
    }
}
