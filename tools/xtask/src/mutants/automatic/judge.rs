//! Judges one mutant: the tests of the crates first, then the histories that CI runs, then all small worlds. What does not end, or
//! uses up the memory that it is given, is caught too.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::build::Built;
use crate::mutants::SWITCH;
use crate::test::SEEDS;

/// Kilobytes of address space of one program: a mutant may never stop to fill a list.
const MEMORY_KB: u32 = 6_000_000;
/// Without a mutant a test takes seconds, the histories and the worlds some minutes.
const MAX_TEST: Duration = Duration::from_mins(1);
const MAX_SEARCH: Duration = Duration::from_mins(30);
const POLL: Duration = Duration::from_millis(5);

/// What caught a mutant, if anything did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    DoesNotCompile,
    Caught(String),
    Survives,
}

/// What is tried after the tests.
#[derive(Clone, Copy)]
pub(super) enum Search {
    Nothing,
    Histories,
    HistoriesAndWorlds,
}

enum Ended {
    Well,
    /// With what it printed.
    Badly(String),
    TooLate,
}

/// Whether the tests catch a mutant, and which one does; 0 is no mutant. `worker` tells apart those that judge at the same time.
pub(super) fn by_tests(built: &Built, number: usize, worker: usize) -> Result<Option<String>, String> {
    for test in &built.tests {
        let mut command = limited(&test.program);
        command.args(["--test-threads", "1"]).current_dir(&test.folder);
        // The same values each time, and a failing one is not made short.
        command.env("PROPTEST_RNG_SEED", "1").env("PROPTEST_MAX_SHRINK_ITERS", "0");
        match run(&mut command, built, number, worker, MAX_TEST)? {
            Ended::Well => {}
            Ended::Badly(printed) => {
                let failed = printed.lines().find_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
                return Ok(Some(format!("{}: {}", test.name, failed.unwrap_or("ends badly"))));
            }
            Ended::TooLate => return Ok(Some(format!("{}: does not end", test.name))),
        }
    }
    Ok(None)
}

/// Whether histories or worlds catch a mutant, and which one does.
pub(super) fn by_search(built: &Built, number: usize, search: Search) -> Result<Option<String>, String> {
    let seeds = SEEDS.to_string();
    let runs: [&[&str]; 2] = [&["caught", &seeds], &["worlds"]];
    let wanted = match search {
        Search::Nothing => 0,
        Search::Histories => 1,
        Search::HistoriesAndWorlds => 2,
    };
    for words in runs.into_iter().take(wanted) {
        let mut command = limited(&built.runner);
        match run(command.args(words), built, number, 0, MAX_SEARCH)? {
            Ended::Well => {}
            Ended::Badly(printed) => {
                let said = printed.lines().find_map(|line| line.trim().strip_prefix("breaks the invariant: "));
                let seed = printed.lines().next().map(|line| line.replace('\t', ": "));
                let by = said.map(|said| format!("world: {said}")).or(seed);
                return Ok(Some(by.unwrap_or_else(|| format!("{}: ends badly", words[0]))));
            }
            Ended::TooLate => return Ok(Some(format!("{}: does not end", words[0]))),
        }
    }
    Ok(None)
}

fn limited(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {MEMORY_KB}; exec \"$@\""), "sh"]).arg(program);
    command
}

fn run(command: &mut Command, built: &Built, number: usize, worker: usize, limit: Duration) -> Result<Ended, String> {
    let file = built.folder.join(format!("target/printed-{worker}.txt"));
    let failed = |error: io::Error| format!("{}: {error}", file.display());
    command.env(SWITCH, number.to_string()).stdin(Stdio::null()).stderr(Stdio::null());
    let mut child = command.stdout(File::create(&file).map_err(failed)?).spawn().map_err(failed)?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if start.elapsed() > limit {
            child.kill().map_err(failed)?;
            child.wait().map_err(failed)?;
            return Ok(Ended::TooLate);
        }
        thread::sleep(POLL);
    };
    if status.success() { Ok(Ended::Well) } else { fs::read_to_string(&file).map(Ended::Badly).map_err(failed) }
}
