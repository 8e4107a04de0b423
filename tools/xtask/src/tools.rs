//! The Python and the Node of this machine, if they are new enough.

pub(crate) mod made;
pub(crate) mod packed;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Stripe's SDK and the CDK need this version.
const MIN_NODE: u32 = 20;
/// On some machines `python3` is too old and a newer one has its version in its name.
const PYTHONS: &[&str] = &["python3", "python3.12", "python3.11", "python3.10"];
/// Prints prefix and version of a Python that is new enough and can create virtual environments, a package apart in Debian.
const PROBE: &str =
    "import ensurepip, sys, venv; assert sys.version_info >= (3, 10); print(sys.base_prefix, sys.version)";

#[derive(Clone, Debug)]
pub(crate) struct Python {
    pub(crate) program: PathBuf,
    pub(crate) version: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) program: PathBuf,
    /// The program and the first arguments that start npm.
    pub(crate) npm: Vec<OsString>,
}

impl Node {
    pub(crate) fn npm(&self) -> Command {
        let mut npm = Command::new(self.npm.first().map(OsString::as_os_str).unwrap_or_default());
        npm.args(self.npm.iter().skip(1));
        npm
    }
}

pub(crate) fn python() -> Result<Python, String> {
    let found = PYTHONS.iter().find_map(|name| Some((name, output_of(Command::new(name).args(["-c", PROBE]))?)));
    found
        .map(|(name, version)| Python { program: name.into(), version })
        .ok_or_else(|| "Python 3.10 or later with venv is missing (Debian: apt install python3-venv)".to_owned())
}

/// The Node of this machine, if it is new enough and npm is there too.
pub(crate) fn node() -> Option<Node> {
    let version = output_of(Command::new("node").arg("--version"))?;
    output_of(Command::new("npm").arg("--version"))?;
    (major(&version)? >= MIN_NODE).then(|| Node { program: "node".into(), npm: vec!["npm".into()] })
}

/// The 20 of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// The standard output of a program that succeeds; it is not shown.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn missing_or_failing_program_has_no_output() {
        assert_eq!(output_of(&mut Command::new("no-such-program")), None);
        assert_eq!(output_of(Command::new("rustc").arg("--no-such-option")), None);
        assert!(output_of(Command::new("rustc").arg("--version")).is_some_and(|text| text.starts_with("rustc ")));
    }
}
