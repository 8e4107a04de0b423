//! `cargo xtask fuzz`: coverage-guided fuzzing of what reads bytes from outside. What it finds goes into the corpus, which
//! `cargo xtask test unit` replays; so whatever was found once is an ordinary test from then on.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use crate::shell;

/// What is fuzzed; each is a file in `tests/fuzz/fuzz_targets` and a function in `shared/providers/tests/replay/targets.rs`.
const TARGETS: &[&str] = &["wechat_callback", "alipay_callback", "stripe_webhook", "alipay_response"];
const DEFAULT_SECONDS: u32 = 60;
/// Longer inputs find nothing that shorter ones do not: the size limit has a test of its own.
const MOST_INPUT_BYTES: u32 = 16 * 1024;
/// An input that takes longer is a finding: they take milliseconds.
const MOST_SECONDS_AN_INPUT: u32 = 10;

/// Fuzzes the targets that are named, or all of them one after the other.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let wanted = match Wanted::parse(words) {
        Ok(wanted) => wanted,
        Err(why) => return crate::misused(&why),
    };
    let root = shell::root();
    if let Err(why) = has_tools(&root) {
        eprintln!("cargo xtask: {why}");
        return ExitCode::FAILURE;
    }
    for target in &wanted.targets {
        println!("\n=== {target}: {} s", wanted.seconds);
        if let Err(error) = std::fs::create_dir_all(root.join(found(target))) {
            eprintln!("cargo xtask: {}: {error}", found(target));
            return ExitCode::FAILURE;
        }
        if !shell::succeeds(&mut wanted.command(&root, target)) {
            eprintln!("cargo xtask: {target} found something: see above, and tests/fuzz/artifacts/{target}");
            eprintln!("cargo xtask: copy the file into tests/fuzz/corpus/{target}: from then on it is a test");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    targets: Vec<&'static str>,
    seconds: u32,
}

impl Wanted {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut wanted = Self { targets: Vec::new(), seconds: DEFAULT_SECONDS };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--seconds" {
                let seconds = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                wanted.seconds = seconds.ok_or("--seconds wants a number above 0")?;
            } else {
                let target = TARGETS.iter().find(|target| *target == word);
                let target =
                    target.ok_or_else(|| format!("there is no target `{word}`; there are {}", TARGETS.join(", ")))?;
                wanted.targets.push(target);
            }
        }
        if wanted.targets.is_empty() {
            wanted.targets = TARGETS.to_vec();
        }
        Ok(wanted)
    }

    fn command(&self, root: &Path, target: &str) -> Command {
        let mut command = nightly(root);
        // What it comes by goes into the first folder: the corpus stays as small as people keep it.
        command.args(["cargo", "fuzz", "run", target, &found(target), &format!("tests/fuzz/corpus/{target}"), "--"]);
        command.arg(format!("-max_total_time={}", self.seconds));
        command.arg(format!("-max_len={MOST_INPUT_BYTES}"));
        command.arg(format!("-timeout={MOST_SECONDS_AN_INPUT}"));
        command
    }
}

/// Where a target's inputs are kept from run to run, beside the corpus.
fn found(target: &str) -> String {
    format!("tests/fuzz/target/found/{target}")
}

/// Coverage needs a compiler flag that only nightly takes.
fn nightly(root: &Path) -> Command {
    let mut command = Command::new("rustup");
    command.current_dir(root).args(["run", "nightly"]);
    // Ours are the stable one's.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    command
}

fn has_tools(root: &Path) -> Result<(), String> {
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
    use super::*;

    fn parse(text: &str) -> Result<Wanted, String> {
        Wanted::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn targets_and_seconds_are_read() {
        assert_eq!(parse(""), Ok(Wanted { targets: TARGETS.to_vec(), seconds: DEFAULT_SECONDS }));
        let both = Wanted { targets: vec!["stripe_webhook"], seconds: 5 };
        assert_eq!(parse("stripe_webhook --seconds 5"), Ok(both));
        for wrong in ["nothing", "--seconds", "--seconds 0", "--seconds x"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_target_is_there() {
        for target in TARGETS {
            assert!(shell::root().join(format!("tests/fuzz/fuzz_targets/{target}.rs")).is_file(), "{target}");
            assert!(shell::root().join(format!("tests/fuzz/corpus/{target}")).is_dir(), "{target}");
        }
    }
}
