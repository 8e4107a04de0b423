//! `cargo xtask up` and `down`: Till on this machine, started and stopped.

use std::process::ExitCode;

use crate::local::options::Options;
use crate::local::outputs::Outputs;
use crate::local::{Stack, emulator, usual_place};
use crate::shell;

/// Starts the local stack, and runs until it is stopped.
pub(crate) fn run(words: &[String]) -> ExitCode {
    match Options::read(words) {
        Ok(options) => ended(start(&options)),
        Err(why) => crate::misused(&format!("{why}; it takes {WORDS}")),
    }
}

/// What `up` takes.
pub(crate) const WORDS: &str = "[--detach] [--port N] [--fresh] [--release] [--auth] [--faults]";

/// Stops what `up` started, and only that.
pub(crate) fn down(words: &[String]) -> ExitCode {
    if let Some(word) = words.first() {
        return crate::misused(&format!("`down` does not know `{word}`: it takes no words"));
    }
    let stopped = emulator::end(&usual_place(&shell::root()));
    ended(stopped.map(|was_there| println!("{}", if was_there { "stopped" } else { "nothing ran" })))
}

fn start(options: &Options) -> Result<(), String> {
    let root = shell::root();
    let place = usual_place(&root);
    let stack = Stack::start(&root, &place, options)?;
    print!("{}", shown(&stack.outputs));
    if options.detach || stack.ran_before() {
        println!("\nIt runs on; `cargo xtask down` stops it. What it says: {}", place.log().display());
        return stack.stay();
    }
    println!("\nCtrl-C stops it; what is in it is there again next time. What it says: {}", place.log().display());
    stack.wait()?;
    println!("It was stopped from outside.");
    Ok(())
}

fn ended(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("cargo xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn shown(outputs: &Outputs) -> String {
    let token = "cargo xtask token --user demo".to_owned();
    let try_it = format!("curl {}/api/v1/payment/products", outputs.api_url);
    let file = "target/local/outputs.json: all of these, and the keys of both sides".to_owned();
    let rows = [
        ("the interface", outputs.api_url.clone()),
        ("sockets", outputs.websocket_url.clone()),
        ("the sandbox: open it in a browser", outputs.sandbox_url.clone()),
        ("AWS", outputs.endpoint_url.clone()),
        ("faults", outputs.faults_url.clone().unwrap_or_default()),
        ("a token", token),
        ("try", try_it),
        ("for programs", file),
    ];
    let told = rows.iter().filter(|(_, text)| !text.is_empty());
    told.map(|(name, text)| format!("  {name:<34} {text}\n")).collect::<Vec<_>>().concat()
}
