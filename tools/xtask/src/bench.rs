//! `cargo xtask bench`: the benchmarks behind what the documents claim, built as Till is deployed.

use std::process::ExitCode;

use crate::shell;

/// `push` measures the stack that `cargo xtask up` started.
const PARTS: &[&str] = &["crypto", "push"];

/// Runs the parts that are named, or all of them.
pub(crate) fn run(words: &[String]) -> ExitCode {
    if let Some(word) = words.iter().find(|word| !PARTS.contains(&word.as_str())) {
        return crate::misused(&format!("there is no benchmark `{word}`; there is {}", PARTS.join(", ")));
    }
    let root = shell::root();
    let wanted = PARTS.iter().filter(|part| words.is_empty() || words.iter().any(|word| word == *part));
    for part in wanted {
        let file = format!("target/bench/{part}.json");
        let build = ["run", "--release", "--locked", "--quiet", "--bin", "till-bench", "--", part, &file];
        if !shell::succeeds(&mut shell::cargo(&root, &build)) {
            return ExitCode::FAILURE;
        }
        println!("\nthe same as JSON: {file}");
    }
    ExitCode::SUCCESS
}
