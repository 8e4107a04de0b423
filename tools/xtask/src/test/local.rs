//! Part `local`: the whole back end on this machine, the real programs on the deployed stacks. It starts a stack of its own,
//! sends the journeys over it, kills it and finds everything again, ends it and finds nothing left; then once more with the
//! functions' permissions enforced, and with one of them taken away at a time.

mod permissions;

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::Count;
use super::unit::counted;
use crate::local::emulator::{self, Running, Setup};
use crate::local::options::Options;
use crate::local::place::Place;
use crate::local::{Stack, build, process};

/// A stack that a developer has started uses other ports than these.
const PORT: u16 = 4890;
/// The fault proxy takes the next port.
const FAULTS_PORT: u16 = PORT + 1;
const PORT_WITH_AUTH: u16 = 4892;
/// The launcher saves what there is every few seconds, and so much later where there is much of it.
const MOST_TO_SAVE: Duration = Duration::from_mins(1);

pub(crate) fn run(root: &Path) -> Count {
    let mut checks = Checks::default();
    let done = build::one(root, "till-journeys").and_then(|program| {
        let journeys = Journeys { program, contract: build::one(root, "till-contract-stack")? };
        on_the_open_stack(root, &journeys, &mut checks)?;
        with_permissions_enforced(root, &journeys, &mut checks)
    });
    if let Err(why) = done {
        checks.note(&why, false);
    }
    checks.count
}

/// Everything that anybody may do, and every end that a stack can find.
fn on_the_open_stack(root: &Path, journeys: &Journeys, checks: &mut Checks) -> Result<(), String> {
    let place = Place::new(root.join("target/local-test"));
    let setup = Setup { port: PORT, faults: true, auth: false };
    let fresh = Options { detach: true, fresh: true, release: false, setup };
    let again = Options { fresh: false, ..fresh.clone() };
    let bought = Kept::at(&place, "kept::something_is_bought");
    let (there, gone) = (Kept::at(&place, "kept::it_is_still_there"), Kept::at(&place, "kept::nothing_is_there"));

    emulator::end(&place)?;
    let stack = Stack::start(root, &place, &fresh)?;
    checks.add(journeys.all(&place));
    checks.add(journeys.contract(&place));
    checks.note("a second `up` leaves what runs as it is", Stack::start(root, &place, &again)?.ran_before());
    let other = Options { setup: Setup { auth: true, ..again.setup.clone() }, ..again.clone() };
    checks.note("one with other wishes is refused", Stack::start(root, &place, &other).is_err());

    checks.add(journeys.kept(&bought));
    let bought_at = SystemTime::now();
    checks.note(
        "what is there is saved before long",
        process::within(MOST_TO_SAVE, || emulator::was_written_after(&place.state().join("dynamodb.json"), bought_at)),
    );
    stack.stay()?;
    process::kill_now(Running::find(&place).ok_or("the stack has ended by itself")?.process.id);
    let stack = Stack::start(root, &place, &again)?;
    checks.note("after a sudden end it starts again", !stack.ran_before());
    checks.add(journeys.kept(&there));

    stack.stay()?;
    checks.note("`down` stops it", emulator::end(&place)?);
    checks.note("and nothing of it is left", Running::find(&place).is_none() && are_free(&[PORT, FAULTS_PORT]));
    let stack = Stack::start(root, &place, &again)?;
    checks.add(journeys.kept(&there));

    drop(stack);
    checks.note("who started it ends it", are_free(&[PORT, FAULTS_PORT]));
    let stack = Stack::start(root, &place, &fresh)?;
    checks.add(journeys.kept(&gone));
    drop(stack);
    Ok(())
}

/// What each function's role allows is enough, and what is taken from it is missed.
fn with_permissions_enforced(root: &Path, journeys: &Journeys, checks: &mut Checks) -> Result<(), String> {
    let place = Place::new(root.join("target/local-test-auth"));
    let setup = Setup { port: PORT_WITH_AUTH, faults: false, auth: true };
    emulator::end(&place)?;
    let stack = Stack::start(root, &place, &Options { detach: true, fresh: true, release: false, setup })?;
    checks.add(journeys.of_functions(&place));
    permissions::each_is_missed(PORT_WITH_AUTH, &stack.outputs.functions, checks, |function| {
        journeys.fails(&place, &format!("functions::{}", function.replace('-', "_")))
    })
}

/// The program that sends the journeys, and the one that holds queue, sockets and secrets to their contract.
struct Journeys {
    program: PathBuf,
    contract: PathBuf,
}

/// A journey over the end of a stack.
struct Kept<'a> {
    place: &'a Place,
    name: &'static str,
}

impl<'a> Kept<'a> {
    const fn at(place: &'a Place, name: &'static str) -> Self {
        Self { place, name }
    }
}

impl Journeys {
    fn at(&self, place: &Place) -> Command {
        let mut command = Command::new(&self.program);
        command.env("TILL_OUTPUTS", place.outputs()).env("TILL_KEPT", place.folder().join("kept.json"));
        command
    }

    fn all(&self, place: &Place) -> Count {
        counted(&mut self.at(place))
    }

    fn contract(&self, place: &Place) -> Count {
        counted(Command::new(&self.contract).env("TILL_OUTPUTS", place.outputs()))
    }

    fn of_functions(&self, place: &Place) -> Count {
        counted(self.at(place).arg("functions::"))
    }

    fn kept(&self, kept: &Kept<'_>) -> Count {
        counted(self.at(kept.place).args(["--ignored", "--exact", kept.name]))
    }

    /// Whether one of them fails: quietly, as that is what is wanted, and soon.
    fn fails(&self, place: &Place, name: &str) -> bool {
        let done = self.at(place).args(["--exact", name]).env("TILL_PATIENCE_SECONDS", "4").output();
        // It ran, and said that it failed: a program that does not start has shown nothing.
        done.is_ok_and(|done| {
            !done.status.success() && String::from_utf8_lossy(&done.stdout).contains(&format!("test {name} ... FAILED"))
        })
    }
}

#[derive(Default)]
struct Checks {
    count: Count,
}

impl Checks {
    fn note(&mut self, what: &str, holds: bool) {
        println!("test {what} ... {}", if holds { "ok" } else { "FAILED" });
        self.add(Count::of(holds));
    }

    fn add(&mut self, count: Count) {
        self.count = [self.count, count].into_iter().sum();
    }
}

/// Whether nobody listens at these ports.
fn are_free(ports: &[u16]) -> bool {
    ports.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}
