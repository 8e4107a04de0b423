//! `cargo xtask fuzz`: coverage-guided fuzzing of the code that reads bytes from outside. A failing input that is copied into
//! the corpus becomes an ordinary test, as `cargo xtask test unit` replays the corpus.

use std::path::Path;
use std::process::{Command, Stdio};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::shell;

/// Each target is a file in `tests/fuzz/fuzz_targets` and a function in `shared/providers/tests/replay/targets.rs`.
const TARGETS: [&str; 4] = ["wechat_callback", "alipay_callback", "stripe_webhook", "alipay_response"];
/// The limit of the size has a test of its own.
const MAX_INPUT_BYTES: u32 = 16 * 1024;
/// A usual input takes milliseconds; one that takes longer than this is a finding.
const MAX_SECONDS_PER_INPUT: u32 = 10;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Seconds for each target
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// The targets to fuzz, one after the other; all of them if none is named
    #[arg(value_name = "TARGET", value_parser = PossibleValuesParser::new(TARGETS))]
    targets: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let root = shell::root();
    require_tools(&root)?;
    let is_wanted = |target: &&str| arguments.targets.is_empty() || arguments.targets.iter().any(|name| name == target);
    for target in TARGETS.iter().copied().filter(is_wanted) {
        println!("\n=== {target}: {} s", arguments.seconds);
        let found = found_folder(target);
        std::fs::create_dir_all(root.join(&found)).map_err(|error| format!("{found}: {error}"))?;
        if !shell::succeeds(&mut command(&root, target, arguments.seconds)) {
            return Err(format!(
                "{target} found a failing input: see above, and tests/fuzz/artifacts/{target}. \
                 Copy the file into tests/fuzz/corpus/{target} to make it a test"
            ));
        }
    }
    Ok(())
}

fn command(root: &Path, target: &str, seconds: u32) -> Command {
    let mut command = nightly(root);
    // New inputs go into the first folder, so that the corpus keeps only what was chosen by hand.
    command.args(["cargo", "fuzz", "run", target, &found_folder(target), &format!("tests/fuzz/corpus/{target}"), "--"]);
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-max_len={MAX_INPUT_BYTES}"));
    command.arg(format!("-timeout={MAX_SECONDS_PER_INPUT}"));
    command
}

/// The inputs that earlier runs have found.
fn found_folder(target: &str) -> String {
    format!("tests/fuzz/target/found/{target}")
}

/// Coverage needs a compiler flag that only the nightly toolchain accepts.
fn nightly(root: &Path) -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(root).args(["run", "nightly"]);
    // These variables name the stable toolchain.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn require_tools(root: &Path) -> Result<(), String> {
    let answers = |words: &[&str]| {
        let mut command = nightly(root);
        command.args(words).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if !answers(&["cargo", "--version"]) {
        return Err("fuzzing needs a nightly toolchain: rustup toolchain install nightly".to_owned());
    }
    if !answers(&["cargo", "fuzz", "--version"]) {
        return Err("fuzzing needs cargo-fuzz: cargo install cargo-fuzz --locked".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Fuzz {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn parse(text: &str) -> Result<Arguments, clap::Error> {
        Fuzz::try_parse_from(["fuzz"].into_iter().chain(text.split_whitespace())).map(|fuzz| fuzz.arguments)
    }

    #[test]
    fn unknown_targets_and_zero_seconds_are_rejected() {
        let plain = parse("").expect("no arguments are valid");
        assert!(plain.targets.is_empty() && plain.seconds == 60);
        let both = parse("stripe_webhook --seconds 5").expect("these arguments are valid");
        assert_eq!((both.targets, both.seconds), (vec!["stripe_webhook".to_owned()], 5));
        for wrong in ["nothing", "--seconds", "--seconds 0", "--seconds x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_target_has_a_program_and_a_corpus() {
        for target in TARGETS {
            assert!(shell::root().join(format!("tests/fuzz/fuzz_targets/{target}.rs")).is_file(), "{target}");
            assert!(shell::root().join(format!("tests/fuzz/corpus/{target}")).is_dir(), "{target}");
        }
    }
}
