//! Finding and ending processes. A process id may be given to another process later, so an id alone never decides which
//! process is ended: its start time, or a variable of its environment, must fit as well.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::tools::output_of;

const CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// A process: its id, and when it began, by which it differs from a later process with the same id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) began: String,
}

impl Process {
    pub(crate) fn find(id: u32) -> Option<Self> {
        Some(Self { id, began: began(id)? })
    }

    pub(crate) fn is_running(&self) -> bool {
        began(self.id).is_some_and(|began| began == self.began)
    }

    pub(crate) fn terminate(&self) {
        if self.is_running() {
            kill("TERM", &self.id.to_string());
        }
    }

    pub(crate) fn send_usr1(&self) {
        if self.is_running() {
            kill("USR1", &self.id.to_string());
        }
    }

    /// Waits for its end; false when it still runs after this time.
    pub(crate) fn ends_within(&self, timeout: Duration) -> bool {
        within(timeout, || !self.is_running())
    }
}

/// Kills those processes of a group in whose environment `variable` is `value`; false when some still run after this time.
pub(crate) fn kill_group(group: u32, name: &str, value: &str, timeout: Duration) -> bool {
    within(timeout, || {
        let ours = members(group).into_iter().filter(|&id| variable(id, name).is_some_and(|found| found == value));
        ours.map(kill_now).count() == 0
    })
}

pub(crate) fn kill_now(id: u32) {
    kill("KILL", &id.to_string());
}

/// The processes of a group that still run.
pub(crate) fn members(group: u32) -> Vec<u32> {
    if !has_proc() {
        let list = output_of(Command::new("ps").args(["-A", "-o", "pid=,pgid="])).unwrap_or_default();
        return list.lines().filter_map(|line| in_list(line, group)).collect();
    }
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|&id| Stat::read(id).is_some_and(|stat| stat.group == group)).collect()
}

/// Whether a process has this path in its command line.
pub(crate) fn any_names(path: &Path) -> bool {
    let wanted = path.display().to_string();
    if !has_proc() {
        return output_of(Command::new("ps").args(["-A", "-ww", "-o", "args="]))
            .is_some_and(|list| list.contains(&wanted));
    }
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let mut lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(&wanted))
}

/// Whether a condition becomes true within this time.
pub(crate) fn within(timeout: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if start.elapsed() >= timeout {
            return false;
        }
        thread::sleep(CHECK_INTERVAL);
    }
}

fn in_list(line: &str, group: u32) -> Option<u32> {
    let mut words = line.split_whitespace();
    let id = words.next()?.parse().ok()?;
    (words.next()?.parse() == Ok(group)).then_some(id)
}

/// The value of a variable in the environment of a process.
pub(crate) fn variable(id: u32, name: &str) -> Option<String> {
    let pairs: Vec<String> = if has_proc() {
        let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
        environment.split(|&byte| byte == 0).map(|pair| String::from_utf8_lossy(pair).into_owned()).collect()
    } else {
        // On macOS `ps -E` prints the environment after the command line.
        let printed = output_of(Command::new("ps").args(["-E", "-ww", "-o", "command=", "-p", &id.to_string()]))?;
        printed.split_whitespace().map(str::to_owned).collect()
    };
    pairs.iter().find_map(|pair| Some(pair.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
}

/// The standard library can kill children only; every shell has a `kill` for other processes.
fn kill(signal: &str, id: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", "kill -s \"$1\" \"$2\"", "kill", signal, id]);
    // The process may have ended already.
    let _ = shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// The start time of a process in the words of this system; none when it has ended.
fn began(id: u32) -> Option<String> {
    if !has_proc() {
        return output_of(Command::new("ps").args(["-o", "lstart=", "-p", &id.to_string()]))
            .filter(|text| !text.is_empty());
    }
    // The ticks count from the start of the machine; the second word identifies that start.
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Stat::read(id).map(|stat| format!("{} {}", stat.start_ticks, boot.trim()))
}

fn has_proc() -> bool {
    Path::new("/proc/self/stat").is_file()
}

/// A part of `/proc/<id>/stat`.
struct Stat {
    group: u32,
    start_ticks: u64,
}

impl Stat {
    fn read(id: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// proc(5): id, (name), state, parent, group, …; the 22nd word is the start time. The name may contain any character.
    /// A process that has ended and was not waited for yet has state `Z`.
    fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.rsplit_once(')')?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        if matches!(*words.first()?, "Z" | "X") {
            return None;
        }
        Some(Self { group: words.get(2)?.parse().ok()?, start_ticks: words.get(19)?.parse().ok()? })
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
        // The first `sleep` is a second process in the group, which does not end with the shell.
        command.args(["-c", "sleep 600 & sleep 601; true"]).env("TILL_TEST", mark).process_group(0);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell is installed")
    }

    #[test]
    fn process_is_recognised_by_its_start_time() {
        let me = Process::find(std::process::id()).expect("this test runs");
        assert!(me.is_running());
        assert!(!Process { began: "another time".to_owned(), ..me }.is_running());
        assert_eq!(Process::find(u32::MAX), None);
    }

    #[test]
    fn ended_process_is_gone_before_its_parent_has_waited() {
        let mut child = Command::new("true").spawn().expect("`true` is installed");
        let id = child.id();
        assert!(within(SOON, || Process::find(id).is_none()));
        child.wait().expect("the child can be waited for");
    }

    #[test]
    fn all_marked_processes_of_a_group_are_killed_and_no_others() {
        let (mut ours, mut other) = (sleeper("ours"), sleeper("other"));
        let (group, other_group) = (ours.id(), other.id());
        assert!(within(SOON, || members(group).len() == 3), "{:?}", members(group));
        assert!(kill_group(group, "TILL_TEST", "another", SOON), "no process has that mark");
        assert_eq!(members(group).len(), 3);
        Process::find(group).expect("the group runs").terminate();
        assert!(kill_group(group, "TILL_TEST", "ours", SOON));
        assert!(members(group).is_empty());
        assert!(!members(other_group).is_empty());
        assert!(kill_group(other_group, "TILL_TEST", "other", SOON));
        ours.wait().and(other.wait()).expect("the children can be waited for");
    }

    #[test]
    fn process_name_may_contain_any_character() {
        let line = "7 (a) Z (b) S 1 42 42 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 12345 0";
        let stat = Stat::parse(line).expect("the line is complete");
        assert_eq!((stat.group, stat.start_ticks), (42, 12345));
        assert!(Stat::parse(&line.replace(" S ", " Z ")).is_none());
        assert!(Stat::parse("").is_none());
    }

    #[test]
    fn list_of_ps_is_read() {
        assert_eq!(in_list("  12   7", 7), Some(12));
        assert_eq!(in_list("  12   8", 7), None);
        assert_eq!(in_list("", 7), None);
    }

    #[test]
    fn variable_is_found_by_its_whole_name() {
        let mut sleep = Command::new("sleep");
        let mut child = sleep
            .arg("60")
            .env("XTILL_A", "1")
            .env("TILL_A", "2")
            .env("TILL_AB", "3")
            .spawn()
            .expect("`sleep` is installed");
        assert!(within(SOON, || variable(child.id(), "TILL_A").as_deref() == Some("2")));
        child.kill().and_then(|()| child.wait()).expect("the child can be killed");
        assert_eq!(variable(u32::MAX, "TILL_A"), None);
    }
}
