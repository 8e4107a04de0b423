//! Part `peers`: the providers' own SDKs, pinned, judge what goes over the wire (`tests/peers`). Finds Python and Node,
//! installs the packages once, builds the product's far end and the sandbox, runs the suites, and counts their lines. It
//! judges nothing itself, and leaves nothing running.

mod packages;
mod programs;
mod sandbox;

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::packages::Packages;
use self::programs::Programs;
use self::sandbox::Sandbox;
use super::Count;
use crate::shell;

pub(crate) fn run(root: &Path) -> Count {
    match Packages::ready(root) {
        Ok(packages) => {
            let peers = Peers { folder: root.join("tests/peers"), packages };
            let proofs = all(peers.proofs());
            let ours = match Programs::built(root) {
                Ok(programs) => {
                    let wires = all(peers.wires(&programs));
                    let shops = peers.shops(&programs, &root.join("target/peers"));
                    [wires, shops.unwrap_or_else(|why| failed("peers", &[why]))].into_iter().sum()
                }
                Err(why) => failed("peers", &[why]),
            };
            [proofs, ours].into_iter().sum()
        }
        Err(whys) => failed("peers", &whys),
    }
}

pub(super) fn failed(part: &str, whys: &[String]) -> Count {
    for why in whys {
        println!("FAILED {part}: {why}");
    }
    whys.iter().map(|_| Count::of(false)).sum()
}

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

    /// The same suites against the product.
    fn wires(&self, programs: &Programs) -> Vec<Command> {
        let far = [programs.far.clone().into()];
        let suites = [self.node_words("wire.mjs"), self.python_words("wire.py")];
        suites.iter().map(|suite| self.suite(suite, "", &far, false)).collect()
    }

    /// The SDKs as merchants at two sandboxes: one signs by public key, the other by certificates. Then contrary, each
    /// merchant trusting the other sandbox. The sandboxes end with this function, whatever comes.
    fn shops(&self, programs: &Programs, made: &Path) -> Result<Count, String> {
        let port = free_port()?;
        let (one, other) = (made.join("merchant.json"), made.join("certified-merchant.json"));
        let webhook_url = format!("http://127.0.0.1:{port}/stripe");
        let by_key = Sandbox::start(&programs.sandbox, &["--webhook-url", &webhook_url], one.clone())?;
        let by_certificate = Sandbox::start(&programs.sandbox, &["--wechat-certificates"], other.clone())?;
        by_key.ready()?;
        by_certificate.ready()?;
        Ok(all(self.shoppers(&one, &other, port)))
    }

    fn shoppers(&self, one: &Path, other: &Path, port: u16) -> Vec<Command> {
        let (node, python, port) = (self.node_words("shop.mjs"), self.python_words("shop.py"), port.to_string());
        let shop = |suite: &[OsString], at: &Path, trusted: Option<&Path>, words: &[&str]| {
            let mut command = self.started(suite);
            command.arg("--providers").arg(at).args(words);
            command.args(trusted.into_iter().flat_map(|trusted| ["--contrary".as_ref(), trusted.as_os_str()]));
            command
        };
        // Stripe's events go to where its account says, so that one suite has to listen there.
        let listening = ["--port", port.as_str()];
        vec![
            shop(&node, one, None, &listening),
            shop(&python, one, None, &[]),
            shop(&node, other, None, &[]),
            shop(&python, other, None, &[]),
            shop(&node, one, Some(other), &listening),
            shop(&python, one, Some(other), &[]),
            shop(&node, other, Some(one), &[]),
            // wechatpayv3 fetches the certificates that it trusts: there is nothing to exchange.
            shop(&python, other, Some(one), &["--only", "python-alipay-sdk"]),
        ]
    }

    fn suite(&self, suite: &[OsString], words: &str, far: &[OsString], contrary: bool) -> Command {
        let contrary: &[&str] = if contrary { &["--contrary"] } else { &[] };
        let mut command = self.started(suite);
        command.args(words.split_whitespace()).args(contrary);
        command.arg("--far").args(far).args(contrary);
        command
    }

    fn started(&self, suite: &[OsString]) -> Command {
        let mut command = Command::new(suite.first().map(OsString::as_os_str).unwrap_or_default());
        command.args(suite.iter().skip(1));
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

/// A port that nobody listens at: the system gives each out once in a while.
fn free_port() -> Result<u16, String> {
    let address = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no port to listen at: {error}"))
}

fn all(mut suites: Vec<Command>) -> Count {
    suites.iter_mut().map(counted).sum()
}

/// Runs a suite and counts what it says: a line for each check.
pub(super) fn counted(suite: &mut Command) -> Count {
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
        let peers = peers();
        for (command, contraries) in peers.proofs().iter().zip([0, 2].into_iter().cycle()) {
            assert_eq!(command.get_args().filter(|word| *word == "--contrary").count(), contraries, "{command:?}");
        }
    }

    #[test]
    fn every_suite_of_shops_also_runs_contrary_with_the_other_merchants_trust() {
        let commands = peers().shoppers(Path::new("one"), Path::new("other"), 1);
        let words = |command: &Command| -> Vec<String> {
            command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
        };
        let after = |command: &Command, name: &str| {
            let words = words(command);
            words.iter().position(|word| word == name).map(|at| words[at + 1].clone())
        };
        let (contrary, plain): (Vec<_>, Vec<_>) =
            commands.iter().partition(|command| after(command, "--contrary").is_some());
        let place = |command: &&Command| (words(command)[0].clone(), after(command, "--providers"));
        assert_eq!(plain.iter().map(place).collect::<Vec<_>>(), contrary.iter().map(place).collect::<Vec<_>>());
        assert!(contrary.iter().all(|command| after(command, "--contrary") != after(command, "--providers")));
    }

    fn peers() -> Peers {
        let packages = Packages { python: "python".into(), node: "node".into(), node_modules: "modules".into() };
        Peers { folder: "peers".into(), packages }
    }
}
