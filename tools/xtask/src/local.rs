//! Till on this machine: the emulator of AWS, the stacks as they are deployed, the functions as they are built, sandbox
//! accounts with keys of their own, and the demo catalogue. Everything is kept in one folder.
//!
//! [`Stack::start`] does all of it, for `cargo xtask up` and for the tests, which choose another folder and port.

pub(crate) mod aws;
pub(crate) mod build;
pub(crate) mod emulator;
pub(crate) mod http;
pub(crate) mod options;
pub(crate) mod outputs;
pub(crate) mod place;
pub(crate) mod process;
pub(crate) mod seed;

mod deploy;
mod needs;
mod templates;
mod zip;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use self::aws::Aws;
use self::build::Programs;
use self::emulator::{Emulator, Running};
use self::options::Options;
use self::outputs::Outputs;
use self::place::{Place, file_error};
use self::templates::Templates;
use crate::tools::packed;

/// An emulator that is ending saves its state first.
const END_TIMEOUT: Duration = Duration::from_secs(25);

/// The folder of the stack that `cargo xtask up` starts.
pub(crate) fn usual_place(root: &Path) -> Place {
    Place::new(root.join("target/local"))
}

/// A running stack. Dropping it stops the emulator that it started.
pub(crate) struct Stack {
    pub(crate) outputs: Outputs,
    /// None when the emulator was running before.
    emulator: Option<Emulator>,
}

impl Stack {
    /// Starts a stack, or brings a running one up to date.
    pub(crate) fn start(root: &Path, place: &Place, options: &Options) -> Result<Self, String> {
        let began = Instant::now();
        let step = |what: &str| println!("== {what} (after {:.1} s)", began.elapsed().as_secs_f64());
        step("checking this machine");
        let python = needs::check(root)?;
        place.make()?;
        let _lock = lock(place)?;
        let running = running(place, options)?;
        if running.is_none() {
            // Checked before the long build, and again when the emulator starts.
            options.setup.check_ports()?;
        }
        if options.fresh {
            place.forget()?;
            place.make()?;
        }
        step("installing the emulator");
        let tools = root.join("target/tools");
        let emulator_python =
            packed::environment(&python, &tools, &[root.join("tools/xtask/src/local/requirements.txt")])?;
        step("installing the packages of infra");
        let node = packed::node(&python, root, &tools)?;
        packed::in_folder(&root.join("infra"), &node)?;
        step("building the functions");
        let functions = build::functions(root)?;
        let profile = if options.release { "release" } else { build::QUICK };
        let names = functions.iter().map(String::as_str).chain([build::TILL]);
        let programs = build::programs(root, profile, names)?;
        step("making the templates");
        let templates = templates::all(root, place, &node, &functions, options)?;
        step("starting the emulator");
        let emulator = match running {
            Some(_) => None,
            None => Some(Emulator::start(place, &emulator_python, &options.setup)?),
        };
        step("deploying the stacks");
        let outputs = deploy(root, place, options, &templates, &programs, &functions)?;
        emulator::save(place)?;
        step("ready");
        Ok(Self { outputs, emulator })
    }

    pub(crate) const fn was_running(&self) -> bool {
        self.emulator.is_none()
    }

    /// Lets the emulator run on after this process.
    pub(crate) fn detach(self) -> Result<(), String> {
        self.emulator.map_or(Ok(()), Emulator::detach)
    }

    pub(crate) fn wait(self) -> Result<(), String> {
        self.emulator.map_or(Ok(()), Emulator::wait)
    }
}

/// The emulator that runs for this folder already; an error when it was started with other options.
fn running(place: &Place, options: &Options) -> Result<Option<Running>, String> {
    let Some(running) = Running::find(place) else {
        // The functions of an emulator that was killed may still run.
        emulator::end(place)?;
        return Ok(None);
    };
    if !running.answers() {
        // It is ending, or it hangs.
        running.process.ends_within(END_TIMEOUT);
        emulator::end(place)?;
        return Ok(None);
    }
    if running.setup != options.setup {
        let port = running.setup.port;
        return Err(format!("a stack with other options runs at port {port}: stop it first with `cargo xtask down`"));
    }
    if options.fresh {
        return Err("--fresh needs a stopped stack: stop it first with `cargo xtask down`".to_owned());
    }
    println!("The stack is running already: what has changed is deployed again.");
    Ok(Some(running))
}

fn deploy(
    root: &Path,
    place: &Place,
    options: &Options,
    templates: &Templates,
    programs: &Programs,
    functions: &[String],
) -> Result<Outputs, String> {
    let Options { setup, .. } = options;
    let stacks = deploy::all(Aws { port: setup.port }, templates, programs)?;
    let mut outputs = Outputs::new(setup, &stacks, functions)?;
    outputs.providers = seed::accounts_and_products(root, place, setup, &outputs, &programs[build::TILL])?;
    place::write_json(&place.outputs(), &outputs)?;
    Ok(outputs)
}

/// Keeps a second `up` from working in the same folder until the file is dropped.
fn lock(place: &Place) -> Result<File, String> {
    let path = place.folder().join("lock");
    let file = File::create(&path).map_err(|error| file_error(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err("another `cargo xtask up` is starting: wait until it is ready".to_owned()),
        Err(TryLockError::Error(error)) => Err(file_error(&path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_lock_of_a_folder_is_refused() {
        let place = Place::new(std::env::temp_dir().join(format!("till-lock-{}", std::process::id())));
        place.make().expect("the folder can be made");
        let first = lock(&place).expect("the folder is not locked");
        assert!(lock(&place).is_err_and(|why| why.starts_with("another")));
        drop(first);
        assert!(lock(&place).is_ok());
        std::fs::remove_dir_all(place.folder()).expect("the folder can be removed");
    }

    #[test]
    fn emulator_is_pinned_by_hash_and_to_the_version_of_the_launcher() {
        let folder = crate::shell::root().join("tools/xtask/src/local");
        packed::tests::python_packages_are_pinned(&folder.join("requirements.txt"));
        let text = std::fs::read_to_string(folder.join("requirements.txt")).expect("the lock file is there");
        let launcher = std::fs::read_to_string(folder.join("launcher.py")).expect("the launcher is there");
        let version =
            launcher.split("VERSION = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("it has a version");
        assert!(text.lines().any(|line| line == format!("ministack=={version} \\")), "{version}");
    }
}
