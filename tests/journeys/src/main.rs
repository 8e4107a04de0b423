//! Runs the journeys against the stack that `cargo xtask up` started, one after the other. It takes the options of cargo's
//! tests: `till-journeys [--list] [--exact] [--ignored] [part of a name]`.

mod journeys;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use till_journeys::stack::Stack;

fn main() -> ExitCode {
    // Journeys share one stack, and so run one at a time.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map(Arc::new);
    let runtime = runtime.expect("the operating system gives a runtime what it needs");
    let trials = journeys::all().into_iter().map(|journey| {
        let runtime = Arc::clone(&runtime);
        let run = move || runtime.block_on((journey.run)(Stack::running()?)).map_err(Into::into);
        // These find what the one before did after a restart of the stack, or change the stack: they run by their names only.
        Trial::test(journey.name, run).with_ignored_flag(journey.runs_alone)
    });
    let done = libtest_mimic::run(&arguments, trials.collect());
    // A run of no journeys proves nothing.
    if arguments.list || (done.num_passed > 0 && !done.has_failed()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
