//! What `up` needs of the machine, and what is said when something is missing: one line each, with what to do about it.

use std::path::Path;
use std::process::Command;

use crate::tools::{self, said};

/// All of Till built once takes about 3 GB, the emulator and infra's packages half a gigabyte.
const LEAST_FREE_GB: u64 = 4;
const KIB_PER_GB: u64 = 1_000_000_000 / 1024;

/// Checks the machine, and tells everything that is missing.
pub(crate) fn check(root: &Path) -> Result<tools::Python, String> {
    let python = tools::python();
    let linker = said(Command::new("cc").arg("--version")).map_or_else(
        || Err("a C compiler with its linker is missing (Debian: apt install gcc libc6-dev)".to_owned()),
        |_| Ok(()),
    );
    let missing: Vec<String> =
        [python.as_ref().err().cloned(), linker.err(), room(root).err()].into_iter().flatten().collect();
    match python {
        Ok(python) if missing.is_empty() => Ok(python),
        _ => Err(missing.join("\n")),
    }
}

fn room(root: &Path) -> Result<(), String> {
    let free = said(Command::new("df").arg("-Pk").arg(root)).as_deref().and_then(free_kib);
    // Who cannot say how much is free does not stop anybody.
    let free_gb = free.map_or(u64::MAX, |kib| kib.div_euclid(KIB_PER_GB));
    if free_gb >= LEAST_FREE_GB {
        return Ok(());
    }
    Err(format!("{free_gb} GB are free at {}; {LEAST_FREE_GB} GB are needed: make room", root.display()))
}

/// The fourth column of the second line, as POSIX has it.
fn free_kib(text: &str) -> Option<u64> {
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_read() {
        let said =
            "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 263174212 30000000 65011712 32% /\n";
        assert_eq!(free_kib(said), Some(65_011_712));
        assert_eq!(free_kib("df: no such file"), None);
    }

    #[test]
    fn this_machine_will_do() {
        assert!(check(&crate::shell::root()).is_ok());
    }
}
