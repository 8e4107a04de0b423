//! Part `peers`: the providers' own SDKs judge what goes over the wire (`tests/peers`). This part installs the SDKs, builds the
//! programs that they talk to, runs the suites and counts their checks.

mod packages;
mod sandbox;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::packages::Packages;
use self::sandbox::Sandbox;
use super::Count;
use crate::local::build::{self, Programs};

/// The product's side of the wire.
const FAR: &str = "till-peers";
const SANDBOX: &str = "till-sandbox";

pub(crate) fn run(root: &Path) -> Count {
    let packages = match Packages::install(root) {
        Ok(packages) => packages,
        Err(why) => return Count::failure("peers", &why),
    };
    let peers = Peers { folder: root.join("tests/peers"), packages };
    let proofs = all(peers.proofs());
    // The profile of the tests, which have built these programs already.
    let ours = build::programs(root, "dev", [FAR, SANDBOX]).and_then(|programs| {
        let wires = all(peers.wires(&programs));
        Ok([wires, peers.shops(&programs, &root.join("target/peers"))?].into_iter().sum())
    });
    [proofs, ours.unwrap_or_else(|why| Count::failure("peers", &why))].into_iter().sum()
}

struct Peers {
    folder: PathBuf,
    packages: Packages,
}

impl Peers {
    /// Proves the suites themselves, against a far end made of SDKs: all checks pass, and with `--contrary`, where the far end
    /// does the opposite, each is expected to notice.
    fn proofs(&self) -> Vec<Command> {
        let node_far = self.node_words("far.mjs");
        let python_far = self.python_words("far.py");
        let (node, python) = (self.node_words("wire.mjs"), self.python_words("wire.py"));
        let runs = [
            (&python, "", &node_far),
            // The Python SDK finds the end of an answer by counting braces, also those in strings.
            (&node, "--provider wechat,alipay --skip brace", &python_far),
            // The Python suite has no SDK of Stripe.
            (&node, "--provider alipay,stripe", &node_far),
        ];
        let pairs = runs.iter().flat_map(|run| [(run, false), (run, true)]);
        pairs.map(|((suite, words, far), contrary)| self.suite(suite, words, *far, contrary)).collect()
    }

    /// Runs the same suites against the product.
    fn wires(&self, programs: &Programs) -> Vec<Command> {
        let far = [programs[FAR].clone()];
        let suites = [self.node_words("wire.mjs"), self.python_words("wire.py")];
        suites.iter().map(|suite| self.suite(suite, "", &far, false)).collect()
    }

    /// Runs the SDKs as merchants of two sandboxes, of which one signs by public key and the other by certificate. With
    /// `--contrary` each merchant trusts the keys of the other sandbox.
    fn shops(&self, programs: &Programs, made: &Path) -> Result<Count, String> {
        let port = free_port()?;
        let (one, other) = (made.join("merchant.json"), made.join("certified-merchant.json"));
        let webhook_url = format!("http://127.0.0.1:{port}/stripe");
        let by_key = Sandbox::start(&programs[SANDBOX], &["--webhook-url", &webhook_url], one.clone())?;
        let by_certificate = Sandbox::start(&programs[SANDBOX], &["--wechat-certificates"], other.clone())?;
        by_key.wait_until_ready()?;
        by_certificate.wait_until_ready()?;
        Ok(all(self.shoppers(&one, &other, port)))
    }

    fn shoppers(&self, one: &Path, other: &Path, port: u16) -> Vec<Command> {
        let (node, python, port) = (self.node_words("shop.mjs"), self.python_words("shop.py"), port.to_string());
        let shop = |suite: &[PathBuf; 2], at: &Path, trusted: Option<&Path>, words: &[&str]| {
            let mut command = self.started(suite);
            command.arg("--providers").arg(at).args(words);
            command.args(trusted.into_iter().flat_map(|trusted| ["--contrary".as_ref(), trusted.as_os_str()]));
            command
        };
        // The account of Stripe names the address for its events: one suite listens there.
        let listening = ["--port", port.as_str()];
        vec![
            shop(&node, one, None, &listening),
            shop(&python, one, None, &[]),
            shop(&node, other, None, &[]),
            shop(&python, other, None, &[]),
            shop(&node, one, Some(other), &listening),
            shop(&python, one, Some(other), &[]),
            shop(&node, other, Some(one), &[]),
            // wechatpayv3 downloads the certificates that it trusts, so they cannot be exchanged.
            shop(&python, other, Some(one), &["--only", "python-alipay-sdk"]),
        ]
    }

    fn suite(&self, suite: &[PathBuf; 2], words: &str, far: &[PathBuf], contrary: bool) -> Command {
        let contrary: &[&str] = if contrary { &["--contrary"] } else { &[] };
        let mut command = self.started(suite);
        command.args(words.split_whitespace()).args(contrary);
        command.arg("--far").args(far).args(contrary);
        command
    }

    fn started(&self, [program, script]: &[PathBuf; 2]) -> Command {
        let mut command = Command::new(program);
        command.arg(script);
        // The suites talk to this machine only, and write nothing into the source tree.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PEERS_PACKAGES", &self.packages.node_modules);
        command
    }

    fn node_words(&self, script: &str) -> [PathBuf; 2] {
        [self.packages.node.clone(), self.folder.join("node").join(script)]
    }

    fn python_words(&self, script: &str) -> [PathBuf; 2] {
        [self.packages.python.clone(), self.folder.join("python").join(script)]
    }
}

/// A free port, which the system does not give out again soon.
fn free_port() -> Result<u16, String> {
    let address = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no port is free: {error}"))
}

fn all(mut suites: Vec<Command>) -> Count {
    suites.iter_mut().map(Count::of_suite).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrary_suite_has_a_contrary_far_end() {
        let peers = peers();
        for (command, contraries) in peers.proofs().iter().zip([0, 2].into_iter().cycle()) {
            assert_eq!(command.get_args().filter(|word| *word == "--contrary").count(), contraries, "{command:?}");
        }
    }

    #[test]
    fn every_suite_of_shops_also_runs_with_the_trust_of_the_other_merchant() {
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
