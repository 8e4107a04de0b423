//! A part that needs the processor alone runs beside the other parts, at the lowest priority: they often wait for packages, for
//! a linker, or for pages. It is this program again, and its output is shown when its turn comes.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Count;

pub(super) struct Beside {
    name: &'static str,
    child: Child,
    output: PathBuf,
}

impl Beside {
    pub(super) fn start(root: &Path, name: &'static str) -> io::Result<Self> {
        let output = root.join("target").join(format!("{name}.log"));
        fs::create_dir_all(root.join("target"))?;
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(env::current_exe()?).args(["test", name]);
        let child = command.current_dir(root).stdin(Stdio::null()).stdout(File::create(&output)?).spawn()?;
        Ok(Self { name, child, output })
    }

    /// Waits for its end, and shows what it said.
    pub(super) fn finish(mut self) -> Count {
        let ended = self.child.wait().and_then(|_| fs::read_to_string(&self.output));
        match ended {
            Ok(said) => {
                print!("{said}");
                count(&said).unwrap_or_else(|| Count::failure(self.name, "it ended without a sum"))
            }
            Err(why) => Count::failure(self.name, &why.to_string()),
        }
    }
}

/// It must not outlive this program when that ends early.
impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the sum in the last line, and what failed before it.
fn count(said: &str) -> Option<Count> {
    let (passed, failed) = said.lines().last()?.split_once(", ")?;
    let passed = passed.strip_suffix(" passed")?.parse().ok()?;
    let failed = failed.strip_suffix(" failed")?.parse().ok()?;
    let failure = |line: &str| Some(line.strip_prefix("FAILED in ")?.split_once(": ")?.1.to_owned());
    let failures = said.lines().filter_map(failure).collect();
    Some(Count { passed, failed, failures })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_and_failures_are_read_from_the_output() {
        let said = "refunds  12 states\n\nFAILED in worlds: refunds: breaks the invariant\n36 passed, 1 failed\n";
        let failures = vec!["refunds: breaks the invariant".to_owned()];
        assert_eq!(count(said), Some(Count { passed: 36, failed: 1, failures }));
        for killed in ["", "refunds  12 states\n", "1 passed\n"] {
            assert_eq!(count(killed), None, "{killed:?}");
        }
    }
}
