//! The process of the emulator: started in its own process group, found again by later commands, and ended with all that it
//! started. It ends by itself when the `up` that started it ends before it was ready.

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
use super::place::{self, Place, file_error};
use super::process::{self, Process};

const LAUNCHER: &str = include_str!("launcher.py");
/// Each stack has its own value of this variable, which the emulator and the functions inherit.
pub(crate) const MARK: &str = "TILL_STACK";
/// It usually takes half a second; reading a state of a hundred thousand items takes longer.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// It finishes its requests and saves its state.
const END_TIMEOUT: Duration = Duration::from_secs(20);
/// Copying all functions takes a second or two, and longer on a busy machine.
const SAVE_TIMEOUT: Duration = Duration::from_mins(1);
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// So many lines at the end of the log are shown when the emulator does not start.
const TAIL_LINES: usize = 12;

// The field comments are the help texts of `cargo xtask up`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, Args)]
pub(crate) struct Setup {
    /// Port of the stack; the proxy of --faults and --auth takes the next one
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
    /// The port of the proxy before AWS, which causes faults, or judges calls by the permissions of the functions.
    pub(crate) fn proxy_port(&self) -> Option<u16> {
        // The port is at most 65534.
        (self.faults || self.auth).then(|| self.port.saturating_add(1))
    }

    /// The port at which functions reach AWS.
    pub(crate) fn seen_by_functions(&self) -> u16 {
        self.proxy_port().unwrap_or(self.port)
    }

    /// An error names a port that is in use.
    pub(crate) fn check_ports(&self) -> Result<(), String> {
        [Some(self.port), self.proxy_port()].into_iter().flatten().try_for_each(check_port)
    }
}

/// What a later `up` or `down` needs to know about a started emulator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    /// The leader of its process group.
    pub(crate) process: Process,
    pub(crate) setup: Setup,
    mark: String,
}

impl Running {
    /// The running emulator of this folder.
    pub(crate) fn find(place: &Place) -> Option<Self> {
        Self::last(place).filter(|running| running.process.is_running())
    }

    pub(crate) fn answers(&self) -> bool {
        http::send(self.setup.port, "GET", "/_ministack/health", &[], b"").is_ok_and(|answer| answer.status == 200)
    }

    /// The emulator that was started last in this folder; it may have ended.
    fn last(place: &Place) -> Option<Self> {
        // A file that cannot be read is treated like a missing one.
        place::read_json(&place.running()).unwrap_or_default()
    }
}

/// Makes the emulator save everything, so that it restarts with all of the stacks that were just deployed.
pub(crate) fn save(place: &Place) -> Result<(), String> {
    let running = Running::find(place).ok_or_else(|| did_not_start(place))?;
    let asked_at = SystemTime::now();
    running.process.send_usr1();
    let is_saved = process::within(SAVE_TIMEOUT, || was_written_after(&place.state().join("whole"), asked_at));
    let late = || format!("the emulator has not saved its state in time; see {}", place.log().display());
    is_saved.then_some(()).ok_or_else(late)
}

pub(crate) fn was_written_after(file: &Path, moment: SystemTime) -> bool {
    fs::metadata(file).and_then(|file| file.modified()).is_ok_and(|written| written > moment)
}

/// Ends the emulator of this folder with all its processes; false when it was not running.
pub(crate) fn end(place: &Place) -> Result<bool, String> {
    let Some(running) = Running::last(place) else { return Ok(false) };
    let was_running = running.process.is_running();
    running.process.terminate();
    running.process.ends_within(END_TIMEOUT);
    // Kills the functions that are left, and an emulator that did not end in time.
    if !process::kill_group(running.process.id, MARK, &running.mark, KILL_TIMEOUT) {
        return Err(format!("some processes of the emulator (process group {}) cannot be killed", running.process.id));
    }
    // An `up` in the foreground removes the file too when its emulator ends.
    place::removed(fs::remove_file(place.running()), &place.running())?;
    Ok(was_running)
}

/// An emulator that this process started; dropping it ends it.
pub(crate) struct Emulator {
    place: Place,
    running: Running,
    child: Child,
    /// The launcher ends the emulator when this is closed without the line `stay`.
    input: Option<ChildStdin>,
}

impl Emulator {
    pub(crate) fn start(place: &Place, python: &Path, setup: &Setup) -> Result<Self, String> {
        setup.check_ports()?;
        place::write_own(&place.launcher(), LAUNCHER.as_bytes())?;
        let log = File::create(place.log()).map_err(|error| file_error(&place.log(), &error))?;
        let errors = log.try_clone().map_err(|error| file_error(&place.log(), &error))?;
        let mark = new_mark();
        let mut command = command(place, python, setup, &mark)?;
        command.process_group(0).stdin(Stdio::piped()).stdout(log).stderr(errors);
        let mut child = command.spawn().map_err(|error| file_error(python, &error))?;
        let input = child.stdin.take();
        let process = Process::find(child.id()).ok_or_else(|| did_not_start(place))?;
        let running = Running { process, setup: setup.clone(), mark };
        let emulator = Self { place: place.clone(), running, child, input };
        place::write_json(&place.running(), &emulator.running)?;
        emulator.wait_until_ready()
    }

    /// Lets it run on after this process.
    pub(crate) fn detach(mut self) -> Result<(), String> {
        let written = self.input.take().map_or(Ok(()), |mut input| input.write_all(b"stay\n"));
        written.map_err(|error| format!("the emulator has ended: {error}; see {}", self.place.log().display()))?;
        std::mem::forget(self);
        Ok(())
    }

    pub(crate) fn wait(mut self) -> Result<(), String> {
        self.child.wait().map(drop).map_err(|error| format!("waiting for the emulator failed: {error}"))
    }

    fn wait_until_ready(mut self) -> Result<Self, String> {
        let mut ended = false;
        let answers = process::within(START_TIMEOUT, || {
            ended = !matches!(self.child.try_wait(), Ok(None));
            ended || self.running.answers()
        });
        if answers && !ended { Ok(self) } else { Err(did_not_start(&self.place)) }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.input.take());
        if let Err(why) = end(&self.place) {
            eprintln!("cargo xtask: {why}");
        }
        // The process has ended: this only collects its status.
        let _ = self.child.wait();
    }
}

fn command(place: &Place, python: &Path, setup: &Setup, mark: &str) -> Result<Command, String> {
    let mut command = Command::new(python);
    // Functions would inherit the environment of this shell.
    command.env_clear().arg("-I").arg(place.launcher());
    if let Some(proxy_port) = setup.proxy_port() {
        let program =
            std::env::current_exe().map_err(|error| format!("the path of this program is unknown: {error}"))?;
        let ports = [proxy_port.to_string(), setup.port.to_string()];
        command.arg("--proxy").arg(program).arg("faults").args(ports);
        if setup.auth {
            command.arg("--auth");
        }
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

fn check_port(port: u16) -> Result<(), String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|error| {
        format!("port {port} is in use ({error}): stop the program that uses it, or choose another port with --port")
    })
}

/// A value that no other stack has. It is no secret.
fn new_mark() -> String {
    let words = [RandomState::new(), RandomState::new()].map(|state| state.build_hasher().finish());
    words.map(|word| format!("{word:016x}")).concat()
}

fn did_not_start(place: &Place) -> String {
    let log = fs::read(place.log()).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default().join("\n    ");
    format!("the emulator did not start. The end of its log, {}:\n    {tail}", place.log().display())
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    fn place(name: &str) -> Place {
        let place = Place::new(env::temp_dir().join(format!("till-emulator-{name}-{}", std::process::id())));
        place.make().expect("the folder can be made");
        place
    }

    fn setup() -> Setup {
        let free = TcpListener::bind(("127.0.0.1", 0)).and_then(|free| free.local_addr()).expect("a port is free");
        Setup { port: free.port(), faults: false, auth: false }
    }

    #[test]
    fn port_in_use_is_reported_before_anything_starts() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = taken.local_addr().expect("the listener has an address").port();
        let place = place("port");
        let why = Emulator::start(&place, Path::new("python3"), &Setup { port, ..setup() })
            .err()
            .expect("the port is in use");
        assert!(why.starts_with(&format!("port {port} is in use")), "{why}");
        assert!(!place.running().exists());
        fs::remove_dir_all(place.folder()).expect("the folder can be removed");
    }

    #[test]
    fn missing_emulator_is_reported_and_leaves_no_process() {
        let place = place("missing");
        // The emulator is not installed in this Python, which the launcher reports.
        let why = Emulator::start(&place, Path::new("python3"), &setup()).err().expect("the emulator cannot start");
        assert!(why.contains("this is not ministack"), "{why}");
        assert!(!place.running().exists());
        assert_eq!(end(&place), Ok(false));
        fs::remove_dir_all(place.folder()).expect("the folder can be removed");
    }

    #[test]
    fn file_of_an_ended_process_or_a_broken_file_is_no_running_stack() {
        let place = place("stale");
        let mut child = Command::new("true").spawn().expect("`true` is installed");
        let process = Process { id: child.id(), began: "long ago".to_owned() };
        child.wait().expect("the child can be waited for");
        let running = Running { process, setup: setup(), mark: new_mark() };
        place::write_json(&place.running(), &running).expect("the file can be written");
        assert_eq!(Running::find(&place), None);
        assert_eq!(end(&place), Ok(false), "there is nothing to end");
        place::write_own(&place.running(), b"{\"process\":").expect("the file can be written");
        assert_eq!(Running::find(&place), None);
        fs::remove_dir_all(place.folder()).expect("the folder can be removed");
    }

    #[test]
    fn environment_names_the_proxy_and_nothing_of_this_shell() {
        let place = Place::new("/p");
        let setup = Setup { port: 1, faults: true, auth: true };
        let command = command(&place, Path::new("python"), &setup, "m").expect("the path of this program is known");
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
        assert_ne!(new_mark(), new_mark());
    }
}
