//! Programs of this workspace that the suites talk to: built as cargo sees fit, and found by what cargo says of them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shell;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Programs {
    pub(super) far: PathBuf,
    pub(super) sandbox: PathBuf,
}

impl Programs {
    /// Builds them.
    pub(super) fn built(root: &Path) -> Result<Self, String> {
        let words = ["build", "--quiet", "--locked", "--message-format", "json-render-diagnostics"];
        let mut build = shell::cargo(root, &words);
        let said = shell::output(build.args(["--bin", FAR, "--bin", SANDBOX]))?;
        Self::found(&String::from_utf8_lossy(&said))
    }

    /// Reads what cargo says, an object a line.
    fn found(said: &str) -> Result<Self, String> {
        let artifacts: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let program = |name: &str| {
            let mut built = artifacts.iter().filter(|artifact| artifact["target"]["name"] == name);
            let found = built.find_map(|artifact| artifact["executable"].as_str());
            found.map(PathBuf::from).ok_or_else(|| format!("cargo does not say where {name} is"))
        };
        Ok(Self { far: program(FAR)?, sandbox: program(SANDBOX)? })
    }
}

const FAR: &str = "till-peers";
const SANDBOX: &str = "till-sandbox";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_what_cargo_says() {
        let said = r#"{"reason":"compiler-artifact","target":{"name":"till_sandbox"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"till-sandbox"},"executable":"/t/debug/till-sandbox"}
{"reason":"compiler-artifact","target":{"name":"till-peers"},"executable":"/t/debug/till-peers"}
{"reason":"build-finished","success":true}
"#;
        let programs = Programs { far: "/t/debug/till-peers".into(), sandbox: "/t/debug/till-sandbox".into() };
        assert_eq!(Programs::found(said), Ok(programs));
        assert_eq!(Programs::found(""), Err("cargo does not say where till-peers is".to_owned()));
    }
}
