//! Checks what `up` needs on this machine. Each missing thing is reported in one line that says what to do.

use std::path::Path;
use std::process::Command;

use crate::tools::{self, output_of};

/// Building all of Till takes about 3 GB, the emulator and the packages of infra half a gigabyte.
const MIN_FREE_GB: u64 = 4;
const KIB_PER_GB: u64 = 1_000_000_000 / 1024;

/// An error lists everything that is missing.
pub(crate) fn check(root: &Path) -> Result<tools::Python, String> {
    let python = tools::python();
    let linker = output_of(Command::new("cc").arg("--version"))
        .ok_or_else(|| "a C compiler with its linker is missing (Debian: apt install gcc libc6-dev)".to_owned());
    let missing: Vec<String> =
        [python.as_ref().err().cloned(), linker.err(), check_free_space(root).err()].into_iter().flatten().collect();
    match python {
        Ok(python) if missing.is_empty() => Ok(python),
        _ => Err(missing.join("\n")),
    }
}

fn check_free_space(root: &Path) -> Result<(), String> {
    let free = output_of(Command::new("df").arg("-Pk").arg(root)).as_deref().and_then(free_kib);
    // Where `df` prints something unknown, the check passes.
    let free_gb = free.map_or(u64::MAX, |kib| kib.div_euclid(KIB_PER_GB));
    if free_gb >= MIN_FREE_GB {
        return Ok(());
    }
    Err(format!("only {free_gb} GB are free at {}: {MIN_FREE_GB} GB are needed", root.display()))
}

/// POSIX prescribes this output: the fourth column of the second line.
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
    fn this_machine_has_what_up_needs() {
        assert!(check(&crate::shell::root()).is_ok());
    }
}
