//! Processes, told apart from others that got the same number later; groups of them; and how they are ended. Never is a
//! process ended by its number or its name alone.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::tools::said;

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A process that was there once: its number, and when it began, in words that no other process of that number has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) began: String,
}

impl Process {
    /// The process of this number, if there is one.
    pub(crate) fn find(id: u32) -> Option<Self> {
        Some(Self { id, began: began(id)? })
    }

    pub(crate) fn is_there(&self) -> bool {
        began(self.id).is_some_and(|began| began == self.began)
    }

    pub(crate) fn ask_to_end(&self) {
        if self.is_there() {
            kill("TERM", &self.id.to_string());
        }
    }

    /// Gives it the signal that is a program's own.
    pub(crate) fn nudge(&self) {
        if self.is_there() {
            kill("USR1", &self.id.to_string());
        }
    }

    /// Waits until it is gone, at most so long.
    pub(crate) fn is_gone_within(&self, most: Duration) -> bool {
        within(most, || !self.is_there())
    }
}

/// Ends every process of a group in which a variable of the environment has a value that only ours have, and waits.
pub(crate) fn end_group(group: u32, variable: &str, value: &str, most: Duration) -> bool {
    let ours = || -> Vec<u32> {
        let mark = format!("{variable}={value}");
        members(group).into_iter().filter(|&id| has_variable(id, &mark)).collect()
    };
    within(most, || {
        let left = ours();
        for id in &left {
            kill_now(*id);
        }
        left.is_empty()
    })
}

/// Ends a process as a crash does.
pub(crate) fn kill_now(id: u32) {
    kill("KILL", &id.to_string());
}

/// The processes of a group that still run.
pub(crate) fn members(group: u32) -> Vec<u32> {
    if !has_proc() {
        let list = said(Command::new("ps").args(["-A", "-o", "pid=,pgid="])).unwrap_or_default();
        return list.lines().filter_map(|line| in_list(line, group)).collect();
    }
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|&id| Stat::read(id).is_some_and(|stat| stat.group == group)).collect()
}

/// Whether a condition comes true within some time.
pub(crate) fn within(most: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if start.elapsed() >= most {
            return false;
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn in_list(line: &str, group: u32) -> Option<u32> {
    let mut words = line.split_whitespace();
    let id = words.next()?.parse().ok()?;
    (words.next()?.parse() == Ok(group)).then_some(id)
}

fn has_variable(id: u32, mark: &str) -> bool {
    if !has_proc() {
        // Elsewhere than on Linux the environment comes with the words.
        let shown = said(Command::new("ps").args(["-E", "-ww", "-o", "command=", "-p", &id.to_string()]));
        return shown.is_some_and(|shown| shown.split_whitespace().any(|word| word == mark));
    }
    let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    environment.split(|&byte| byte == 0).any(|variable| variable == mark.as_bytes())
}

/// The kernel's own tool has no place in the standard library; every shell has it.
fn kill(signal: &str, id: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -s \"$1\" \"$2\"", "kill", signal, id]);
    // It may be gone already: whoever waits sees that.
    let _ = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// When a process began: none, when it is gone.
fn began(id: u32) -> Option<String> {
    if !has_proc() {
        return said(Command::new("ps").args(["-o", "lstart=", "-p", &id.to_string()])).filter(|text| !text.is_empty());
    }
    // Counted from the machine's start: which start, says the second word.
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Stat::read(id).map(|stat| format!("{} {}", stat.began_ticks, boot.trim()))
}

fn has_proc() -> bool {
    Path::new("/proc/self/stat").is_file()
}

/// What Linux says of a process.
struct Stat {
    group: u32,
    began_ticks: u64,
}

impl Stat {
    fn read(id: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// proc(5): number, (name), state, parent, group, …; the 22nd is when it began. A name may hold anything. One that ended
    /// and was not waited for yet (`Z`) is gone.
    fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.rsplit_once(')')?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        if matches!(*words.first()?, "Z" | "X") {
            return None;
        }
        Some(Self { group: words.get(2)?.parse().ok()?, began_ticks: words.get(19)?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::Child;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn sleeper(mark: &str) -> Child {
        let mut command = Command::new("sh");
        // A second process in the same group, which does not end with the first.
        command.args(["-c", "sleep 600 & sleep 601; true"]).env("TILL_TEST", mark).process_group(0);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell is there")
    }

    #[test]
    fn a_process_is_known_by_when_it_began() {
        let me = Process::find(std::process::id()).expect("we run");
        assert!(me.is_there());
        assert!(!Process { began: "another time".to_owned(), ..me }.is_there());
        assert_eq!(Process::find(u32::MAX), None);
    }

    #[test]
    fn a_process_that_ended_is_gone_before_anybody_waited_for_it() {
        let mut child = Command::new("true").spawn().expect("true is there");
        let id = child.id();
        assert!(within(SOON, || Process::find(id).is_none()));
        child.wait().expect("it is ours");
    }

    #[test]
    fn a_group_ends_with_all_that_are_ours_and_no_other() {
        let (mut ours, mut other) = (sleeper("ours"), sleeper("other"));
        let (group, other_group) = (ours.id(), other.id());
        assert!(within(SOON, || members(group).len() == 3), "{:?}", members(group));
        assert!(end_group(group, "TILL_TEST", "another", SOON), "none is of that mark");
        assert_eq!(members(group).len(), 3);
        Process::find(group).expect("it runs").ask_to_end();
        assert!(end_group(group, "TILL_TEST", "ours", SOON));
        assert!(members(group).is_empty());
        assert!(!members(other_group).is_empty());
        assert!(end_group(other_group, "TILL_TEST", "other", SOON));
        ours.wait().and(other.wait()).expect("they are ours");
    }

    #[test]
    fn a_name_may_hold_anything() {
        let line = "7 (a) Z (b) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 12345 0";
        let stat = Stat::parse(line).expect("it is whole");
        assert_eq!((stat.group, stat.began_ticks), (42, 12345));
        assert!(Stat::parse(&line.replace(" S ", " Z ")).is_none());
        assert!(Stat::parse("").is_none());
    }

    #[test]
    fn a_list_of_processes_is_read() {
        assert_eq!(in_list("  12   7", 7), Some(12));
        assert_eq!(in_list("  12   8", 7), None);
        assert_eq!(in_list("", 7), None);
    }
}
