//! Part `peers`: the providers' own SDKs, pinned, judge what goes over the wire (`tests/peers`). Finds Python and Node,
//! installs the packages once, runs the suites, and counts their lines. It judges nothing itself.

mod packages;
mod tools;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::packages::Packages;
use super::Count;
use crate::shell;

/// Runs every suite, also after one has failed.
pub(crate) fn run(root: &Path) -> Count {
    match Packages::ready(root) {
        Ok(packages) => {
            let peers = Peers { folder: root.join("tests/peers"), packages };
            peers.proofs().iter_mut().map(counted).sum()
        }
        Err(whys) => {
            for why in &whys {
                println!("FAILED peers: {why}");
            }
            whys.iter().map(|_| Count::of(false)).sum()
        }
    }
}

/// What is needed to start a suite.
struct Peers {
    folder: PathBuf,
    packages: Packages,
}

impl Peers {
    /// The suites against a far end made of SDKs, once as it should be and once contrary: what proves the suites.
    fn proofs(&self) -> Vec<Command> {
        let node_far = self.node_words("far.mjs");
        let python_far = self.python_words("far.py");
        let node = |words: &[&str], far: &[OsString]| (self.node_words("wire.mjs"), words.join(" "), far.to_vec());
        let runs = [
            (self.python_words("wire.py"), String::new(), node_far.clone()),
            // The Python SDK finds the end of an answer by counting braces, those in strings too.
            node(&["--provider", "wechat,alipay", "--skip", "brace"], &python_far),
            // There is no Python SDK for Stripe here.
            node(&["--provider", "alipay,stripe"], &node_far),
        ];
        let pairs = runs.iter().flat_map(|run| [(run, false), (run, true)]);
        pairs.map(|((suite, words, far), contrary)| self.suite(suite, words, far, contrary)).collect()
    }

    fn suite(&self, suite: &[OsString], words: &str, far: &[OsString], contrary: bool) -> Command {
        let contrary: &[&str] = if contrary { &["--contrary"] } else { &[] };
        let mut command = Command::new(suite.first().map(OsString::as_os_str).unwrap_or_default());
        command.args(suite.iter().skip(1)).args(words.split_whitespace()).args(contrary);
        command.arg("--far").args(far).args(contrary);
        // The suites talk to this machine alone, and leave nothing in the source tree.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PEERS_PACKAGES", &self.packages.node_modules);
        command
    }

    fn node_words(&self, script: &str) -> Vec<OsString> {
        vec![self.packages.node.clone().into(), self.folder.join("node").join(script).into()]
    }

    fn python_words(&self, script: &str) -> Vec<OsString> {
        vec![self.packages.python.clone().into(), self.folder.join("python").join(script).into()]
    }
}

/// Runs a suite and counts what it says: a line for each check.
fn counted(suite: &mut Command) -> Count {
    let mut counts = Vec::new();
    let succeeded = shell::succeeds_seen(suite, |line| counts.extend(result(line)));
    total(&counts, succeeded)
}

/// A suite can fail without a failed check, when it does not get to its checks; and one that checked nothing has failed.
fn total(counts: &[Count], succeeded: bool) -> Count {
    let sum: Count = counts.iter().copied().sum();
    if sum.failed > 0 || (succeeded && sum.passed > 0) { sum } else { Count { failed: 1, ..sum } }
}

/// Reads `ok name` and `FAILED name: why`.
fn result(line: &str) -> Option<Count> {
    match line.split_once(' ')?.0 {
        "ok" => Some(Count::of(true)),
        "FAILED" => Some(Count::of(false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted() {
        assert_eq!(result("ok wechat: native\n"), Some(Count::of(true)));
        assert_eq!(result("FAILED wechat: native: why\n"), Some(Count::of(false)));
        assert_eq!(result("okay then\n"), None);
        assert_eq!(result("    at file.mjs:3\n"), None);
    }

    #[test]
    fn a_suite_that_ends_early_or_checks_nothing_has_failed() {
        let good = Count::of(true);
        assert_eq!(total(&[good, good], true), Count { passed: 2, failed: 0 });
        assert_eq!(total(&[good, good], false), Count { passed: 2, failed: 1 });
        assert_eq!(total(&[], true), Count { passed: 0, failed: 1 });
        assert_eq!(total(&[good, Count::of(false)], false), Count { passed: 1, failed: 1 });
    }

    #[test]
    fn a_contrary_suite_has_a_contrary_far_end() {
        let packages = Packages { python: "python".into(), node: "node".into(), node_modules: "modules".into() };
        let peers = Peers { folder: "peers".into(), packages };
        for (command, contraries) in peers.proofs().iter().zip([0, 2].into_iter().cycle()) {
            assert_eq!(command.get_args().filter(|word| *word == "--contrary").count(), contraries, "{command:?}");
        }
    }
}
