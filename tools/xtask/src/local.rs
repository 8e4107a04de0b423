//! Till on this machine: the emulator of AWS, the stacks as they are deployed, the functions as they are built, sandbox
//! accounts with keys of their own, the demo catalogue. Everything stays in one folder; nothing is left running that is not
//! meant to be.
//!
//! [`Stack::start`] is all of it: for `cargo xtask up`, and for tests with a place and a port of their own.

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
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::aws::Aws;
use self::build::Built;
use self::emulator::{Emulator, Running};
use self::options::Options;
use self::outputs::Outputs;
use self::place::{Place, told};
use self::templates::Templates;
use crate::tools::made::{finished, hash};
use crate::tools::{Node, Python, packed};

/// One that is ending saves its state and is gone soon.
const MOST_TO_END: Duration = Duration::from_secs(25);

/// Where `up` keeps its stack when nobody says otherwise.
pub(crate) fn usual_place(root: &Path) -> Place {
    Place::new(root.join("target/local"))
}

/// A stack that runs. When its value ends, it ends with it, unless it ran before or is to stay.
pub(crate) struct Stack {
    /// What it tells the outside.
    pub(crate) outputs: Outputs,
    /// None: it ran before, and belongs to who started it.
    emulator: Option<Emulator>,
}

impl Stack {
    /// Starts a stack, or brings the one that runs up to date.
    pub(crate) fn start(root: &Path, place: &Place, options: &Options) -> Result<Self, String> {
        let mut steps = Steps::begin();
        steps.next("what this machine has");
        let python = needs::check(root)?;
        place.make()?;
        let _alone = alone(place)?;
        let running = running(place, options)?;
        if running.is_none() {
            // Before the long work, and again when it starts.
            options.setup.has_its_ports()?;
        }
        if options.fresh {
            place.forget()?;
            place.make()?;
        }
        steps.next("the emulator's packages");
        let tools = Tools::ready(root, &python)?;
        steps.next("infra's packages");
        install_infra(root, &tools.node)?;
        steps.next("the functions");
        let functions = build::functions(root)?;
        let built = build::all(root, &functions, options.release)?;
        steps.next("the templates");
        let templates = templates::all(root, place, &tools.node, &functions)?;
        steps.next("the emulator");
        let emulator = match running {
            Some(_) => None,
            None => Some(Emulator::start(place, &tools.emulator, &options.setup)?),
        };
        steps.next("the stacks");
        let outputs = deployed(root, place, options, &templates, &built)?;
        emulator::save(place)?;
        steps.end();
        Ok(Self { outputs, emulator })
    }

    pub(crate) const fn ran_before(&self) -> bool {
        self.emulator.is_none()
    }

    pub(crate) fn stay(self) -> Result<(), String> {
        self.emulator.map_or(Ok(()), Emulator::stay)
    }

    pub(crate) fn wait(self) -> Result<(), String> {
        self.emulator.map_or(Ok(()), Emulator::wait)
    }
}

/// The stack that runs at a place already, if it is one as is wanted.
fn running(place: &Place, options: &Options) -> Result<Option<Running>, String> {
    let Some(running) = Running::find(place) else {
        // What an emulator left that was killed: functions that nobody can reach any more.
        emulator::end(place)?;
        return Ok(None);
    };
    if !running.answers() {
        // It is ending, or stuck; either way it is not there any more for anybody.
        running.process.is_gone_within(MOST_TO_END);
        emulator::end(place)?;
        return Ok(None);
    }
    if running.setup != options.setup {
        let port = running.setup.port;
        return Err(format!("it runs already, at port {port} and otherwise set up: `cargo xtask down` stops it"));
    }
    if options.fresh {
        return Err("it runs already: `cargo xtask down` stops it, and then it can begin afresh".to_owned());
    }
    println!("It runs already: what has changed is brought up to date.");
    Ok(Some(running))
}

fn deployed(
    root: &Path,
    place: &Place,
    options: &Options,
    templates: &Templates,
    built: &Built,
) -> Result<Outputs, String> {
    let Options { setup, .. } = options;
    let stacks = deploy::all(Aws { port: setup.port }, templates, &built.functions, setup.auth)?;
    let names: Vec<String> = built.functions.keys().cloned().collect();
    let mut outputs = Outputs::new(setup, &stacks, &names)?;
    outputs.providers = seed::accounts_and_products(root, place, setup, &outputs, &built.till)?;
    place::write_json(&place.outputs(), &outputs)?;
    Ok(outputs)
}

/// What has to be installed to run a stack. It is the same for all of them.
struct Tools {
    /// A Python that has the emulator.
    emulator: PathBuf,
    node: Node,
}

impl Tools {
    fn ready(root: &Path, python: &Python) -> Result<Self, String> {
        let made = root.join("target/tools");
        let emulator = packed::environment(python, &made, &[root.join("tools/xtask/src/local/requirements.txt")])?;
        Ok(Self { emulator, node: packed::node(python, root, &made)? })
    }
}

/// Installs infra's packages where its sources look for them.
fn install_infra(root: &Path, node: &Node) -> Result<(), String> {
    let infra = root.join("infra");
    let locks = ["package.json", "package-lock.json"].map(|name| infra.join(name));
    // npm removes what stands in its folder: the mark stands elsewhere, and its name says for which packages it is.
    let mark = root.join("target/tools").join(format!("infra-{}", hash("", &locks)?));
    if !infra.join("node_modules").is_dir() && mark.exists() {
        std::fs::remove_dir_all(&mark).map_err(|error| told(&mark, &error))?;
    }
    finished(&mark, || packed::npm_ci(node, &infra))
}

/// One at a time works at a place. It ends with the value.
fn alone(place: &Place) -> Result<File, String> {
    let path = place.folder().join("lock");
    let file = File::create(&path).map_err(|error| told(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err("another `cargo xtask up` is at work here: wait for it".to_owned()),
        Err(TryLockError::Error(error)) => Err(told(&path, &error)),
    }
}

/// Says what is being done, and how long each step took.
struct Steps {
    began: Instant,
    step: Option<Instant>,
}

impl Steps {
    fn begin() -> Self {
        Self { began: Instant::now(), step: None }
    }

    fn next(&mut self, what: &str) {
        self.tell();
        println!("== {what}");
        self.step = Some(Instant::now());
    }

    fn end(mut self) {
        self.tell();
        println!("== ready ({:.1} s)", self.began.elapsed().as_secs_f64());
    }

    fn tell(&mut self) {
        if let Some(step) = self.step.take() {
            println!("   {:.1} s", step.elapsed().as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_do_not_work_at_one_place() {
        let place = Place::new(std::env::temp_dir().join(format!("till-alone-{}", std::process::id())));
        place.make().expect("it can be made");
        let first = alone(&place).expect("nobody is there");
        assert!(alone(&place).is_err_and(|why| why.starts_with("another")));
        drop(first);
        assert!(alone(&place).is_ok());
        std::fs::remove_dir_all(place.folder()).expect("it is ours");
    }

    #[test]
    fn the_emulator_is_pinned_by_hash_and_as_the_launcher_knows_it() {
        let folder = crate::shell::root().join("tools/xtask/src/local");
        let text = std::fs::read_to_string(folder.join("requirements.txt")).expect("it is there");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for pair in lines.windows(2).filter(|pair| pair[0].contains("==")) {
            assert!(pair[1].starts_with("--hash=sha256:"), "{}", pair[0]);
        }
        let launcher = std::fs::read_to_string(folder.join("launcher.py")).expect("it is there");
        let version =
            launcher.split("VERSION = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("it says so");
        assert!(lines.contains(&format!("ministack=={version} \\").as_str()), "{version}");
    }
}
