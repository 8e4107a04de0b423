//! Runs the journeys against the stack that `cargo xtask up` started, one after the other, and prints them as cargo prints
//! tests: `till-journeys [--list] [beginning of a name…]`.

mod journeys;

use std::process::ExitCode;
use std::time::Instant;

use till_journeys::stack::Stack;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (options, wanted): (Vec<String>, Vec<String>) = words.into_iter().partition(|word| word.starts_with("--"));
    let chosen = journeys::chosen(&wanted);
    if options.iter().any(|option| option == "--list") {
        for journey in &chosen {
            println!("{}: test", journey.name);
        }
        return ExitCode::SUCCESS;
    }
    let stack = match Stack::running() {
        Ok(stack) => stack,
        Err(error) => {
            eprintln!("till-journeys: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("running {} tests", chosen.len());
    let (begun, mut failures) = (Instant::now(), Vec::new());
    for journey in &chosen {
        match (journey.run)(stack.clone()).await {
            Ok(()) => println!("test {} ... ok", journey.name),
            Err(why) => {
                println!("test {} ... FAILED", journey.name);
                failures.push(format!("---- {}\n{why}\n", journey.name));
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
