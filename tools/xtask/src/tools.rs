//! Which Python and which Node: what this machine has, if it is new enough. Says in one line what is missing.

pub(crate) mod made;
pub(crate) mod packed;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Stripe's SDK and the CDK want it.
const LEAST_NODE: u32 = 20;
/// Several names, for a machine whose `python3` is too old.
const PYTHONS: &[&str] = &["python3", "python3.12", "python3.11", "python3.10"];
/// Prints where and which it is, only where an environment of its own can be made: Debian packs that apart.
const PROBE: &str =
    "import ensurepip, sys, venv; assert sys.version_info >= (3, 10); print(sys.base_prefix, sys.version)";

/// Python, of at least 3.10.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
}

/// Node, and the words that start npm.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) program: PathBuf,
    pub(crate) npm: Vec<OsString>,
}

impl Node {
    /// npm, to be given its words.
    pub(crate) fn npm(&self) -> Command {
        let mut npm = Command::new(self.npm.first().map(OsString::as_os_str).unwrap_or_default());
        npm.args(self.npm.iter().skip(1));
        npm
    }
}

/// The first Python that will do.
pub(crate) fn python() -> Result<Python, String> {
    let found = PYTHONS.iter().find_map(|name| Some((name, said(Command::new(name).args(["-c", PROBE]))?)));
    found
        .map(|(name, version)| Python { program: name.into(), version })
        .ok_or_else(|| "Python 3.10 or later with venv is missing (Debian: apt install python3-venv)".to_owned())
}

/// This machine's Node with its npm, if both are there and Node is new enough.
pub(crate) fn node() -> Option<Node> {
    let version = said(Command::new("node").arg("--version"))?;
    said(Command::new("npm").arg("--version"))?;
    (major(&version)? >= LEAST_NODE).then(|| Node { program: "node".into(), npm: vec!["npm".into()] })
}

/// Reads `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// What a program printed, if it is there and succeeded.
pub(crate) fn said(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn a_program_that_is_missing_or_fails_has_said_nothing() {
        assert_eq!(said(&mut Command::new("no-such-program")), None);
        assert_eq!(said(Command::new("rustc").arg("--no-such-option")), None);
        assert!(said(Command::new("rustc").arg("--version")).is_some_and(|text| text.starts_with("rustc ")));
    }
}
