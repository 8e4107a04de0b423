//! What `cold` needs: the functions, built as they are deployed, and the same work in other languages.

use std::path::Path;
use std::process::Command;

use super::{Arguments, BENCH, peers};
use crate::local::build::{self, QUICK, TILL};

pub(super) const RELEASE: &str = "release";
/// A function that does nothing.
pub(super) const FLOOR: &str = "bench-floor";

pub(super) fn command(root: &Path, arguments: &Arguments, file: &str) -> Result<Command, String> {
    let Arguments { profile, only, runs, .. } = arguments;
    let functions = build::functions(root)?;
    let wanted = functions.iter().map(String::as_str);
    let built = build::programs(root, profile, wanted.chain([FLOOR]))?;
    let folder = built[FLOOR].parent().ok_or("a program is in no folder")?;
    // They are not measured themselves, and their release builds would take minutes.
    let bench = build::programs(root, QUICK, [BENCH, TILL])?;
    let peers = peers::install(root)?;
    let mut command = Command::new(&bench[BENCH]);
    command.current_dir(root).args(["--json", file, "cold", "--profile", profile, "--runs", &runs.to_string()]);
    command.arg("--programs").arg(folder);
    peers.name_to(&mut command);
    if !only.is_empty() {
        command.arg("--only").arg(only.join(","));
    } else if profile == RELEASE {
        command.arg("--docs").arg("docs");
    }
    Ok(command)
}
