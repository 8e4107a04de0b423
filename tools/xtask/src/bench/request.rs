//! What `request` needs: the functions, built as they are deployed, and the same work in Python.

use std::path::Path;
use std::process::Command;

use super::cold::{FLOOR, RELEASE};
use super::{Arguments, BENCH, peers};
use crate::local::build::{self, TILL};

pub(super) fn command(root: &Path, arguments: &Arguments, file: &str) -> Result<Command, String> {
    let functions = build::functions(root)?;
    let wanted = functions.iter().map(String::as_str);
    // The benchmark measures clients and cryptography by themselves, so that it is built as the functions are.
    let built = build::programs(root, &arguments.profile, wanted.chain([TILL, FLOOR, BENCH]))?;
    let folder = built[FLOOR].parent().ok_or("a program is in no folder")?;
    let peers = peers::install(root)?;
    let mut command = Command::new(&built[BENCH]);
    command.current_dir(root).args(["--json", file, "request", "--programs"]).arg(folder);
    peers.name_to(&mut command);
    if arguments.profile == RELEASE {
        command.args(["--docs", "docs"]);
    }
    Ok(command)
}
