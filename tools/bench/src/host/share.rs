//! Holds a process to a share of the CPU, as Lambda does: in each period of 20 ms it may use so much, and then it stands still.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::desk::cpu;
use crate::Failure;

const PERIOD: Duration = Duration::from_millis(20);
/// Lambda gives a whole core to a function of so much memory.
const MB_OF_A_CORE: u32 = 1_769;
/// How often used CPU is read where signals hold the process.
const LOOK_EVERY: Duration = Duration::from_micros(500);

/// Makes the names of groups unique.
static GROUPS: AtomicU32 = AtomicU32::new(0);

/// By which means processes are held on this machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Means {
    /// Control groups of version 2.
    Groups2,
    /// Control groups of version 1.
    Groups1,
    /// The process is stopped and continued from outside.
    Signals,
}

impl Means {
    /// The best that this machine lets us use.
    pub fn find() -> Self {
        [Self::Groups2, Self::Groups1].into_iter().find(|means| means.works()).unwrap_or(Self::Signals)
    }

    fn works(self) -> bool {
        self.group(quota(MB_OF_A_CORE)).is_ok()
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Groups2 => "cgroup v2, cpu.max",
            Self::Groups1 => "cgroup v1, cpu.cfs_quota_us",
            Self::Signals => "SIGSTOP and SIGCONT by used CPU time, as no control group can be made here",
        }
    }

    /// Holds a process, from now until the value is dropped, to the share of a function of so much memory.
    pub fn hold(self, process: Pid, memory_mb: u32) -> Result<Held, Failure> {
        let quota = quota(memory_mb);
        Ok(match self {
            Self::Groups1 | Self::Groups2 => {
                let group = self.group(quota)?;
                fs::write(group.0.join("cgroup.procs"), process.to_string())?;
                Held::Group(group)
            }
            Self::Signals => Held::Signals(Signals::start(process, quota)),
        })
    }

    /// A new control group with this time in each period.
    fn group(self, quota: Duration) -> Result<Group, Failure> {
        let name = format!("till-bench-{}-{}", std::process::id(), GROUPS.fetch_add(1, Ordering::Relaxed));
        let (quota, period) = (quota.as_micros(), PERIOD.as_micros());
        let (folder, files) = match self {
            // The greatest weights: other programs of the machine should take nothing from the share.
            Self::Groups2 => {
                ("/sys/fs/cgroup", vec![("cpu.max", format!("{quota} {period}")), ("cpu.weight", "10000".to_owned())])
            }
            Self::Groups1 => (
                "/sys/fs/cgroup/cpu",
                vec![
                    ("cpu.cfs_period_us", period.to_string()),
                    ("cpu.cfs_quota_us", quota.to_string()),
                    ("cpu.shares", "262144".to_owned()),
                ],
            ),
            Self::Signals => return Err("signals need no group".into()),
        };
        let path = Path::new(folder).join(name);
        fs::create_dir(&path)?;
        let group = Group(path);
        for (file, text) in files {
            // A plain folder takes any new file; a control group has its files from the start.
            fs::metadata(group.0.join(file))?;
            fs::write(group.0.join(file), text)?;
        }
        Ok(group)
    }
}

fn quota(memory_mb: u32) -> Duration {
    PERIOD.saturating_mul(memory_mb).checked_div(MB_OF_A_CORE).unwrap_or(PERIOD)
}

/// A process that is held. Drop it when the process has ended.
pub enum Held {
    Group(#[expect(dead_code, reason = "it is kept until the process has ended")] Group),
    Signals(#[expect(dead_code, reason = "it is kept until the process has ended")] Signals),
}

pub struct Group(PathBuf);

impl Drop for Group {
    fn drop(&mut self) {
        // The kernel needs a moment after the last process has ended.
        let until = Instant::now() + Duration::from_secs(1);
        while fs::remove_dir(&self.0).is_err() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

pub struct Signals {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Signals {
    fn start(process: Pid, quota: Duration) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let seen = Arc::clone(&is_over);
        let thread = thread::spawn(move || alternate(process, quota, &seen));
        Self { is_over, thread: Some(thread) }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It does not panic.
            let _ = thread.join();
        }
    }
}

/// Stops the process whenever it has used more than all periods so far gave it. It ends with the process.
fn alternate(process: Pid, quota: Duration, is_over: &AtomicBool) {
    let began = Instant::now();
    let mut is_stopped = false;
    while !is_over.load(Ordering::Relaxed) {
        let Ok(used) = cpu(process) else { return };
        let periods = u32::try_from(began.elapsed().as_millis() / PERIOD.as_millis()).unwrap_or(u32::MAX);
        let given = quota.saturating_mul(periods.saturating_add(1));
        if is_stopped != (used > given) {
            is_stopped = !is_stopped;
            let signal = if is_stopped { Signal::SIGSTOP } else { Signal::SIGCONT };
            if kill(process, signal).is_err() {
                return;
            }
        }
        thread::sleep(LOOK_EVERY);
    }
    if is_stopped {
        // It may have ended.
        let _ = kill(process, Signal::SIGCONT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_is_the_share_of_the_memory() {
        assert_eq!(quota(256).as_micros(), 2_894);
        assert_eq!(quota(1_769), PERIOD);
    }

    #[test]
    fn busy_process_is_stopped_by_signals_and_continues_when_it_is_let_go() {
        let mut child = std::process::Command::new("/bin/bash").args(["-c", "while :; do :; done"]).spawn().unwrap();
        let process = Pid::from_raw(child.id().try_into().unwrap());
        let is_stopped = || fs::read_to_string(format!("/proc/{process}/stat")).unwrap().contains(") T ");
        let comes = |stopped: bool| {
            (0..10_000).any(|_| {
                is_stopped() == stopped || {
                    thread::sleep(LOOK_EVERY);
                    false
                }
            })
        };
        let held = Means::Signals.hold(process, 16).unwrap();
        assert!(comes(true), "it was never stopped");
        drop(held);
        assert!(comes(false), "it stands still for ever");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
