//! A process of a function, from its start to its end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::desk::{Desk, News};
use super::program::Program;
use super::share::{Held, Means};
use crate::Failure;

/// Also for programs that are held to a small share of the CPU, or run under an instrument.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked whether the process is still there.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Instruments write what they found when they are asked to end.
const END_PATIENCE: Duration = Duration::from_secs(20);
/// What a failure shows of the log.
const MOST_LOG_BYTES: usize = 4_000;

pub struct Process {
    name: String,
    child: Child,
    pid: Pid,
    desk: Desk,
    news: Receiver<News>,
    started: Instant,
    log: PathBuf,
    held: Option<Held>,
    /// The CPU used when it asked for the event that it has now.
    cpu_before: Duration,
}

/// A process that asked for its first event.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    /// Since it was started.
    pub took: Duration,
    pub cpu: Duration,
}

/// One event and its answer.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub answer: String,
    /// From the delivery of the event to the answer.
    pub took: Duration,
    /// From the delivery until it asked for the next event.
    pub cpu: Duration,
}

impl Process {
    /// Starts the program with nothing but the environment of Lambda and its settings. What it logs goes into the folder.
    pub fn start(program: &Program, logs: &Path) -> Result<Self, Failure> {
        let (tell, news) = channel();
        let desk = Desk::open(&program.name, program.timeout, tell)?;
        fs::create_dir_all(logs)?;
        let log = logs.join(format!("{}.log", program.name));
        let file = File::create(&log)?;
        let mut command = Command::new(&program.file);
        command
            .args(&program.arguments)
            .current_dir(&program.folder)
            .env_clear()
            .envs(program.lambda_variables())
            .env("AWS_LAMBDA_RUNTIME_API", desk.address.to_string())
            .envs(program.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file);
        let started = Instant::now();
        let (child, pid) = desk.spawn(&mut command)?;
        let name = program.name.clone();
        Ok(Self { name, child, pid, desk, news, started, log, held: None, cpu_before: Duration::ZERO })
    }

    /// Holds it to the CPU that a function of so much memory gets, from now to its end.
    pub fn hold(&mut self, means: Means, memory_mb: u32) -> Result<(), Failure> {
        self.held = Some(means.hold(self.pid, memory_mb)?);
        Ok(())
    }

    /// Waits until it asks for its first event. The event may be delivered before, so that it waits for nothing.
    pub fn ready(&mut self) -> Result<Ready, Failure> {
        let (at, cpu) = self.next_request()?;
        Ok(Ready { took: at.saturating_duration_since(self.started), cpu })
    }

    pub fn deliver(&self, event: &str) {
        self.desk.deliver(event.to_owned());
    }

    /// Waits for the answer to the event that was delivered, and until the process asks for the next one.
    pub fn answer(&mut self) -> Result<Invocation, Failure> {
        let delivered = loop {
            if let News::Delivered { at } = self.wait()? {
                break at;
            }
        };
        let (answered, answer) = loop {
            match self.wait()? {
                News::Answered { at, body } => break (at, body),
                // Some runtimes ask for events from several threads.
                News::Next { .. } | News::Delivered { .. } => {}
                News::Failed { what, body } => return Err(self.failure(&format!("{what}: {body}"))),
            }
        };
        let before = self.cpu_before;
        let (_, cpu) = self.next_request()?;
        let took = answered.saturating_duration_since(delivered);
        Ok(Invocation { answer, took, cpu: cpu.saturating_sub(before) })
    }

    pub fn invoke(&mut self, event: &str) -> Result<Invocation, Failure> {
        self.deliver(event);
        self.answer()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it had at once.
    pub fn peak_rss_kib(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    /// What it has logged so far.
    pub fn logged(&self) -> Result<String, Failure> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    /// Asks it to end, as Lambda does, and ends it if it does not.
    pub fn end(mut self) -> Result<(), Failure> {
        kill(self.pid, Signal::SIGTERM)?;
        let until = Instant::now() + END_PATIENCE;
        while Instant::now() < until {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    fn next_request(&mut self) -> Result<(Instant, Duration), Failure> {
        loop {
            match self.wait()? {
                News::Next { at, cpu } => {
                    self.cpu_before = cpu;
                    return Ok((at, cpu));
                }
                News::Delivered { .. } | News::Answered { .. } => {}
                News::Failed { what, body } => return Err(self.failure(&format!("{what}: {body}"))),
            }
        }
    }

    fn wait(&mut self) -> Result<News, Failure> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.news.recv_timeout(LOOK_EVERY) {
                Ok(news) => return Ok(news),
                Err(RecvTimeoutError::Disconnected) => return Err(self.failure("its host has ended")),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = self.child.try_wait()? {
                // What it told before its end is still to be read.
                return self.news.try_recv().map_err(|_| self.failure(&format!("ended by itself ({status})")));
            }
            if Instant::now() > until {
                return Err(self.failure(&format!("did nothing for {} s", PATIENCE.as_secs())));
            }
        }
    }

    fn failure(&self, what: &str) -> Failure {
        let log = self.logged().unwrap_or_default();
        let from = log.len().saturating_sub(MOST_LOG_BYTES);
        let tail = log.get(log.ceil_char_boundary(from)..).unwrap_or_default();
        format!("{} {what}\nits log ({}):\n{tail}", self.name, self.log.display()).into()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already. A stopped process is killed too.
        let _ = self.child.kill();
        let _ = self.child.wait();
        drop(self.held.take());
    }
}
