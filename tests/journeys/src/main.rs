//! Runs the journeys against the stack that `cargo xtask up` started, or the stage on AWS whose outputs `TILL_OUTPUTS` names, one
//! after the other. It takes the options of cargo's tests: `till-journeys [--list] [--exact] [--ignored] [part of a name]`.

mod journeys;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use till_journeys::stack::Stack;
use till_journeys::{LEFT_OUT, Outcome};

fn main() -> ExitCode {
    // Journeys share one stack, and so run one at a time.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map(Arc::new);
    let runtime = runtime.expect("the operating system gives a runtime what it needs");
    let trials = journeys::all().into_iter().map(|journey| {
        let runtime = Arc::clone(&runtime);
        let run = move || {
            let stack = Stack::running()?;
            let is_deployed = stack.is_deployed();
            completion(runtime.block_on((journey.run)(stack)), is_deployed)
        };
        // These find what the one before did after a restart of the stack, or change the stack: they run by their names only.
        Trial::ignorable_test(journey.name, run).with_ignored_flag(journey.runs_alone)
    });
    let done = libtest_mimic::run(&arguments, trials.collect());
    // A run of no journeys proves nothing.
    if arguments.list || (done.num_passed > 0 && !done.has_failed()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A journey on a stage on AWS that needs what only this machine has is left out, and says why.
fn completion(ended: Outcome, is_deployed: bool) -> Result<Completion, Failed> {
    match ended {
        Ok(()) => Ok(Completion::Completed),
        Err(why) => match why.strip_prefix(LEFT_OUT).filter(|_| is_deployed) {
            Some(reason) => Ok(Completion::ignored_with(reason)),
            None => Err(why.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journey_is_left_out_on_a_deployed_stage_only() {
        let left_out = || Err(format!("{LEFT_OUT}it needs the emulator"));
        let reason = |ended| match completion(ended, true) {
            Ok(Completion::Ignored { reason }) => reason,
            Ok(Completion::Completed) | Err(_) => None,
        };
        assert_eq!(reason(left_out()).as_deref(), Some("it needs the emulator"));
        assert!(completion(left_out(), false).is_err());
        assert!(completion(Err("the order is lost".to_owned()), true).is_err());
        assert!(matches!(completion(Ok(()), true), Ok(Completion::Completed)));
    }
}
