//! `cargo xtask bench`: runs the benchmarks behind the figures in the documents, built as Till is deployed.

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::shell;

/// `push` measures the stack that `cargo xtask up` started.
const PARTS: [&str; 2] = ["crypto", "push"];

#[derive(Args)]
pub(crate) struct Arguments {
    /// The benchmarks to run; all of them if none is named. `push` needs a running stack (`cargo xtask up`)
    #[arg(value_name = "PART", value_parser = PossibleValuesParser::new(PARTS))]
    parts: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let root = shell::root();
    let is_wanted = |part: &&str| arguments.parts.is_empty() || arguments.parts.iter().any(|wanted| wanted == part);
    for part in PARTS.iter().copied().filter(is_wanted) {
        let file = format!("target/bench/{part}.json");
        let build = ["run", "--release", "--locked", "--quiet", "--bin", "till-bench", "--", part, &file];
        if !shell::succeeds(&mut shell::cargo(&root, &build)) {
            return Err(format!("the benchmark `{part}` failed"));
        }
        println!("\nThe same as JSON: {file}");
    }
    Ok(())
}
