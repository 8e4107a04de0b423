//! `cargo xtask bench`: runs the benchmarks behind the figures in the documents, built as Till is deployed.

mod cold;
mod peers;
mod request;

use std::path::Path;
use std::process::Command;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::local::build;
use crate::{figures, shell};

/// `push` measures the stack that `cargo xtask up` started.
const PARTS: [&str; 6] = ["cold", "crypto", "load", "order", "push", "request"];
const BENCH: &str = "till-bench";

/// Records the figures of `cargo xtask test figures`.
const RECORD: &str = "record";

#[derive(Args)]
pub(crate) struct Arguments {
    /// The benchmarks to run; all of them if none is named. `push` needs a running stack (`cargo xtask up`). `record` is none of
    /// them: it records the figures that `cargo xtask test figures` compares
    #[arg(value_name = "PART", value_parser = PossibleValuesParser::new(PARTS.into_iter().chain([RECORD])))]
    parts: Vec<String>,
    /// How the functions are built. Figures of another profile than `release` are written into no document
    #[arg(long, default_value = "release")]
    profile: String,
    /// Only these functions, by their names
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// How often `cold` starts each function
    #[arg(long, value_name = "N", default_value_t = 15)]
    runs: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let root = shell::root();
    if arguments.parts.iter().any(|part| part == RECORD) {
        return figures::record(&root);
    }
    let is_wanted = |part: &&str| arguments.parts.is_empty() || arguments.parts.iter().any(|wanted| wanted == part);
    for part in PARTS.iter().copied().filter(is_wanted) {
        let file = format!("target/bench/{part}.json");
        let mut bench = match part {
            "cold" => cold::command(&root, arguments, &file)?,
            "order" => order(&root, arguments, &file)?,
            "request" => request::command(&root, arguments, &file)?,
            _ => alone(&root, arguments, part, &file)?,
        };
        if !shell::succeeds(&mut bench) {
            return Err(format!("the benchmark `{part}` failed"));
        }
        println!("\nThe same as JSON: {file}");
    }
    Ok(())
}

/// The functions, each in a process of its own, and who drives them.
fn order(root: &Path, arguments: &Arguments, file: &str) -> Result<Command, String> {
    let functions = build::functions(root)?;
    let built = build::programs(root, &arguments.profile, functions.iter().map(String::as_str))?;
    let folder = built.values().next().and_then(|program| program.parent()).ok_or("a program is in no folder")?;
    let bench = build::programs(root, build::QUICK, [BENCH, build::TILL])?;
    let mut command = Command::new(&bench[BENCH]);
    command.current_dir(root).args(["--json", file, "order", "--programs"]).arg(folder);
    if arguments.profile == "release" {
        command.args(["--docs", "docs"]);
    }
    Ok(command)
}

/// A benchmark of the code that is linked into it: built as Till is deployed, unless another profile is named.
fn alone(root: &Path, arguments: &Arguments, part: &str, file: &str) -> Result<Command, String> {
    let programs = build::programs(root, &arguments.profile, [BENCH])?;
    let mut bench = Command::new(&programs[BENCH]);
    bench.current_dir(root).args(["--json", file, part]);
    if part == "load" && arguments.profile == cold::RELEASE {
        bench.args(["--docs", "docs"]);
    }
    Ok(bench)
}
