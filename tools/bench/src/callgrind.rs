//! Reads what callgrind counted of a program: instructions, and calls that ask for memory. Both hardly depend on what else the
//! machine does.

use std::collections::HashMap;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// The functions of the C library from which Rust's and C's code gets memory.
const ALLOCATING: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counted {
    pub instructions: u64,
    pub allocations: u64,
}

/// Where valgrind is, if it is installed.
pub fn valgrind() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join("valgrind")).find(|file| file.is_file())
}

/// The arguments with which valgrind runs a program and writes its counts into a file.
pub fn arguments(program: &Path, file: &Path) -> [std::ffi::OsString; 3] {
    let mut out = std::ffi::OsString::from("--callgrind-out-file=");
    out.push(file);
    ["--tool=callgrind".into(), out, program.into()]
}

/// Forgets what a running program did until now: its start depends on time-outs, and so on how busy the machine is.
pub fn count_from_here(process: u32) -> Result<(), Failure> {
    // It wakes a process that waits, for which some machines give no permission.
    let words = [format!("--pid={process}"), "--cmd-time-out=30".to_owned(), "zero".to_owned()];
    let done = Command::new("vgdb").args(words).stdout(Stdio::null()).output()?;
    let why = String::from_utf8_lossy(&done.stderr);
    if done.status.success() { Ok(()) } else { Err(format!("`vgdb zero` failed: {why}").into()) }
}

/// Reads the file of one run.
pub fn read(text: &str) -> Result<Counted, Failure> {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut called = "";
    let (mut instructions, mut allocations) = (None, 0_u64);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            named(&mut names, name);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            called = named(&mut names, name);
        } else if let Some(calls) = line.strip_prefix("calls=") {
            if ALLOCATING.contains(&called) {
                let count: u64 = calls.split_whitespace().next().unwrap_or_default().parse()?;
                allocations = allocations.saturating_add(count);
            }
        } else if let Some(total) = line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")) {
            instructions = Some(total.split_whitespace().next().unwrap_or_default().parse()?);
        }
    }
    let instructions = instructions.ok_or("callgrind wrote no total: did the program end by itself?")?;
    Ok(Counted { instructions, allocations })
}

/// A name is written out once, as `(7) malloc`, and is `(7)` from then on.
fn named<'t>(names: &mut HashMap<&'t str, &'t str>, text: &'t str) -> &'t str {
    match text.split_once(' ') {
        Some((number, name)) => {
            names.insert(number, name);
            name
        }
        None => names.get(text).copied().unwrap_or(text),
    }
}

impl Counted {
    /// The share of each of so many requests.
    pub fn each(self, requests: u64) -> Self {
        let each = |all: u64| all.checked_div(requests).unwrap_or_default();
        Self { instructions: each(self.instructions), allocations: each(self.allocations) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
version: 1
creator: callgrind-3.19.0
events: Ir

fl=(1) ./csu/../csu/libc-start.c
fn=(1) main
16 400
cob=(2) /lib/x86_64-linux-gnu/libc.so.6
cfi=(3) ./malloc/malloc.c
cfn=(2) malloc
calls=3 3000
16 90
cfn=(3) free
calls=9 3100
16 30

fn=(2)
3000 60
cfn=(4) _int_malloc
calls=2 3400
3000 30

fn=(5) till_app::create
9 100
cfn=(2)
calls=4 3000
9 120
cfn=(6) calloc
calls=1 3200
9 20

totals: 850
";

    #[test]
    fn instructions_and_calls_for_memory_are_read() {
        assert_eq!(read(FILE).unwrap(), Counted { instructions: 850, allocations: 3 + 4 + 1 });
        assert!(read("version: 1\nfn=(1) main\n16 400\n").is_err(), "the run was cut short");
    }

    #[test]
    fn cost_of_a_request_is_its_share() {
        let all = Counted { instructions: 3_000, allocations: 35 };
        assert_eq!(all.each(10), Counted { instructions: 300, allocations: 3 });
    }
}
