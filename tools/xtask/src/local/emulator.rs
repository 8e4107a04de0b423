//! The emulator as a process: started in a group of its own with an environment of its own, known again by others than who
//! started it, and ended with everything that it started. It never outlives an `up` that did not get to its end.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, SystemTime};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::aws::REGION;
use super::http;
use super::options::PORT;
use super::place::{self, Place};
use super::process::{self, Process};

/// What is run. It reads its own requirements: see there.
const LAUNCHER: &str = include_str!("launcher.py");
/// Marks our processes in their environment, which functions inherit.
const MARK: &str = "TILL_STACK";
/// Half a second is usual; a state of a hundred thousand items takes longer to read.
const MOST_TO_START: Duration = Duration::from_mins(1);
/// It saves its state and lets requests end.
const MOST_TO_END: Duration = Duration::from_secs(20);
/// Copying every function takes a second or two, and longer on a busy machine.
const MOST_TO_SAVE: Duration = Duration::from_mins(1);
/// What was killed is gone at once.
const MOST_TO_DIE: Duration = Duration::from_secs(10);
/// So much of a log says why something did not start.
const TAIL_LINES: usize = 12;

// The field comments are the help texts of `cargo xtask up`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Args)]
pub(crate) struct Setup {
    /// Port of the stack; the fault proxy takes the next one
    #[arg(long, default_value_t = PORT, value_parser = clap::value_parser!(u16).range(1024..=65534))]
    pub(crate) port: u16,
    /// Put a fault proxy between the functions and AWS
    #[arg(long)]
    pub(crate) faults: bool,
    /// Enforce the permissions of the functions
    #[arg(long)]
    pub(crate) auth: bool,
}

impl Setup {
    pub(crate) fn faults_port(&self) -> Option<u16> {
        // The port is at most 65534.
        self.faults.then(|| self.port.saturating_add(1))
    }

    /// The port at which functions reach AWS.
    pub(crate) fn seen_by_functions(&self) -> u16 {
        self.faults_port().unwrap_or(self.port)
    }

    pub(crate) fn has_its_ports(&self) -> Result<(), String> {
        [Some(self.port), self.faults_port()].into_iter().flatten().try_for_each(must_be_free)
    }
}

/// An emulator that was started: what a later `up` or `down` needs to know of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    /// The first of its group.
    pub(crate) process: Process,
    /// How it was started.
    pub(crate) setup: Setup,
    mark: String,
}

impl Running {
    /// The one that was started for a place, if it still runs.
    pub(crate) fn find(place: &Place) -> Option<Self> {
        Self::known(place).filter(|running| running.process.is_there())
    }

    pub(crate) fn answers(&self) -> bool {
        http::send(self.setup.port, "GET", "/_ministack/health", &[], b"").is_ok_and(|answer| answer.status == 200)
    }

    /// The one that was started last, whether it still runs or not.
    fn known(place: &Place) -> Option<Self> {
        // A file that somebody cut short tells of nothing that runs.
        place::read_json(&place.running()).unwrap_or_default()
    }
}

/// Has everything saved that is there now: what was just deployed is not to be half remembered.
pub(crate) fn save(place: &Place) -> Result<(), String> {
    let running = Running::find(place).ok_or_else(|| did_not_start(place))?;
    let asked_at = SystemTime::now();
    running.process.nudge();
    let is_saved = process::within(MOST_TO_SAVE, || was_written_after(&place.state().join("whole"), asked_at));
    if is_saved { Ok(()) } else { Err(format!("the emulator does not save its state; see {}", place.log().display())) }
}

/// Whether a file was written after this moment.
pub(crate) fn was_written_after(file: &Path, moment: SystemTime) -> bool {
    fs::metadata(file).and_then(|file| file.modified()).is_ok_and(|written| written > moment)
}

/// Ends what was started for a place, with all its processes; tells whether there was anything.
pub(crate) fn end(place: &Place) -> Result<bool, String> {
    let Some(running) = Running::known(place) else { return Ok(false) };
    let was_there = running.process.is_there();
    running.process.ask_to_end();
    running.process.is_gone_within(MOST_TO_END);
    // Functions that are left, and the first one if it did not want to.
    if !process::end_group(running.process.id, MARK, &running.mark, MOST_TO_DIE) {
        return Err(format!("some processes of group {} do not end", running.process.id));
    }
    // An `up` in the foreground that sees its emulator end does the same at this moment.
    place::gone(fs::remove_file(place.running()), &place.running())?;
    Ok(was_there)
}

/// An emulator that this process started.
pub(crate) struct Emulator {
    place: Place,
    running: Running,
    child: Child,
    /// While it is open, the emulator runs.
    leash: Option<ChildStdin>,
}

impl Emulator {
    pub(crate) fn start(place: &Place, python: &Path, setup: &Setup) -> Result<Self, String> {
        setup.has_its_ports()?;
        place::write_own(&place.launcher(), LAUNCHER.as_bytes())?;
        let log = File::create(place.log()).map_err(|error| place::told(&place.log(), &error))?;
        let twin = log.try_clone().map_err(|error| place::told(&place.log(), &error))?;
        let mark = mark();
        let mut command = command(place, python, setup, &mark)?;
        command.process_group(0).stdin(Stdio::piped()).stdout(log).stderr(twin);
        let mut child = command.spawn().map_err(|error| place::told(python, &error))?;
        let leash = child.stdin.take();
        let process = Process::find(child.id()).ok_or_else(|| did_not_start(place))?;
        let running = Running { process, setup: setup.clone(), mark };
        let emulator = Self { place: place.clone(), running, child, leash };
        place::write_json(&place.running(), &emulator.running)?;
        emulator.ready()
    }

    /// Lets it run on when this process has ended.
    pub(crate) fn stay(mut self) -> Result<(), String> {
        let leash = self.leash.take();
        let told = leash.map_or(Ok(()), |mut leash| leash.write_all(b"stay\n"));
        told.map_err(|error| format!("the emulator has ended: {error}; see {}", self.place.log().display()))?;
        std::mem::forget(self);
        Ok(())
    }

    pub(crate) fn wait(mut self) -> Result<(), String> {
        self.child.wait().map(drop).map_err(|error| format!("the emulator cannot be waited for: {error}"))
    }

    fn ready(mut self) -> Result<Self, String> {
        let mut ended = false;
        let answers = process::within(MOST_TO_START, || {
            ended = !matches!(self.child.try_wait(), Ok(None));
            ended || self.running.answers()
        });
        if answers && !ended { Ok(self) } else { Err(did_not_start(&self.place)) }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Without its leash it ends by itself; this waits for it, and for what it started.
        drop(self.leash.take());
        if let Err(why) = end(&self.place) {
            eprintln!("cargo xtask: {why}");
        }
        // It is gone: this only takes note of it.
        let _ = self.child.wait();
    }
}

fn command(place: &Place, python: &Path, setup: &Setup, mark: &str) -> Result<Command, String> {
    let mut command = Command::new(python);
    // Nothing of this shell's environment: functions would inherit it.
    command.env_clear().arg("-I").arg(place.launcher());
    if let Some(faults_port) = setup.faults_port() {
        let program = std::env::current_exe().map_err(|error| format!("where is this program? {error}"))?;
        let ports = [faults_port.to_string(), setup.port.to_string()];
        command.arg("--faults").arg(program).arg("faults").args(ports);
    }
    let port = setup.port.to_string();
    let endpoint = format!("http://127.0.0.1:{}", setup.seen_by_functions());
    command.envs([
        (MARK, mark),
        ("BIND_HOST", "127.0.0.1"),
        ("GATEWAY_PORT", port.as_str()),
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("MINISTACK_HOST", "127.0.0.1"),
        ("MINISTACK_REGION", REGION),
        ("PERSIST_STATE", "1"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
    ]);
    command.env("STATE_DIR", place.state()).env("TMPDIR", place.temporary());
    if setup.auth {
        command.env("AUTH", "true");
    }
    Ok(command)
}

fn must_be_free(port: u16) -> Result<(), String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| {
        format!("port {port} of this machine cannot be had ({error}): stop what uses it, or choose another with --port")
    })
}

/// A word that no other stack has. It keeps no secret.
fn mark() -> String {
    let words = [RandomState::new(), RandomState::new()].map(|state| state.build_hasher().finish());
    words.map(|word| format!("{word:016x}")).concat()
}

fn did_not_start(place: &Place) -> String {
    let log = fs::read(place.log()).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n    ");
    format!("the emulator did not start; its log, {}, ends so:\n    {tail}", place.log().display())
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    fn place(name: &str) -> Place {
        let place = Place::new(env::temp_dir().join(format!("till-emulator-{name}-{}", std::process::id())));
        place.make().expect("it can be made");
        place
    }

    fn setup() -> Setup {
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).expect("a port is free");
        Setup { port: free.port(), faults: false, auth: false }
    }

    #[test]
    fn a_port_in_use_is_told_before_anything_starts() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = taken.local_addr().expect("it listens").port();
        let place = place("port");
        let why = Emulator::start(&place, Path::new("python3"), &Setup { port, ..setup() }).err().expect("it is taken");
        assert!(why.starts_with(&format!("port {port} of this machine cannot be had")), "{why}");
        assert!(!place.running().exists());
        fs::remove_dir_all(place.folder()).expect("it is ours");
    }

    #[test]
    fn an_emulator_that_is_not_installed_says_so_and_leaves_nothing() {
        let place = place("missing");
        // This Python has no emulator: the launcher says what it misses.
        let why = Emulator::start(&place, Path::new("python3"), &setup()).err().expect("it cannot start");
        assert!(why.contains("this is not ministack"), "{why}");
        assert!(!place.running().exists());
        assert_eq!(end(&place), Ok(false));
        fs::remove_dir_all(place.folder()).expect("it is ours");
    }

    #[test]
    fn a_record_of_what_is_gone_or_cut_short_is_no_running_stack() {
        let place = place("stale");
        let mut child = Command::new("true").spawn().expect("true is there");
        let process = Process { id: child.id(), began: "long ago".to_owned() };
        child.wait().expect("it is ours");
        let running = Running { process, setup: setup(), mark: mark() };
        place::write_json(&place.running(), &running).expect("it can be written");
        assert_eq!(Running::find(&place), None);
        assert_eq!(end(&place), Ok(false), "and ending it says so");
        place::write_own(&place.running(), b"{\"process\":").expect("it can be written");
        assert_eq!(Running::find(&place), None);
        fs::remove_dir_all(place.folder()).expect("it is ours");
    }

    #[test]
    fn functions_see_the_proxy_and_nothing_of_this_shell() {
        let place = Place::new("/p");
        let setup = Setup { port: 1, faults: true, auth: true };
        let command = command(&place, Path::new("python"), &setup, "m").expect("we know where we are");
        let variable = |name: &str| {
            let mut all = command.get_envs().filter(|(found, _)| *found == name);
            all.next().and_then(|(_, value)| value?.to_str())
        };
        assert_eq!(variable("AWS_ENDPOINT_URL"), Some("http://127.0.0.1:2"));
        assert_eq!(
            (variable("GATEWAY_PORT"), variable("AUTH"), variable("TILL_STACK")),
            (Some("1"), Some("true"), Some("m"))
        );
        assert_eq!(variable("HOME"), None);
        assert_ne!(mark(), mark());
    }
}
