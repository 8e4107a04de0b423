//! Part `local`: all of Till on this machine. It starts a stack of its own, runs the journeys and the contract on it, and checks
//! that orders survive a crash, a stop of the stack and a restore of the table. Then it runs the journeys of the functions with
//! their permissions enforced, checks that each permission was needed, and runs them with one permission at a time removed.

mod logs;
mod permissions;
mod restore;

use std::mem;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::Count;
use crate::local::emulator::{self, Running, Setup};
use crate::local::options::Options;
use crate::local::outputs::Outputs;
use crate::local::place::Place;
use crate::local::{Stack, build, process, seed};
use crate::shell;

/// A developer's own stack usually has another port.
const PORT: u16 = 4890;
/// The proxy takes the next port.
const FAULTS_PORT: u16 = PORT + 1;
const PORT_WITH_AUTH: u16 = 4892;
/// The launcher saves every few seconds, and less often when there is much to save.
const SAVE_TIMEOUT: Duration = Duration::from_mins(1);

pub(crate) fn run(root: &Path) -> Count {
    let mut checks = Checks::default();
    let result = build::program(root, "till-journeys").and_then(|program| {
        let contract = build::program(root, "till-contract-stack")?;
        let journeys = Journeys { program, contract, till: build::program(root, build::TILL)? };
        without_permissions_enforced(root, &journeys, &mut checks)?;
        with_permissions_enforced(root, &journeys, &mut checks)
    });
    if let Err(why) = result {
        checks.note(&why, false);
    }
    checks.count
}

/// Runs all journeys, and stops the stack in every way.
fn without_permissions_enforced(root: &Path, journeys: &Journeys, checks: &mut Checks) -> Result<(), String> {
    let place = Place::new(root.join("target/local-test"));
    let setup = Setup { port: PORT, faults: true, auth: false };
    let fresh = Options::fresh(setup);
    let again = Options { fresh: false, ..fresh.clone() };
    let (bought, there, gone) = ("kept::something_is_bought", "kept::it_is_still_there", "kept::nothing_is_there");

    emulator::end(&place)?;
    let stack = Stack::start(root, &place, &fresh)?;
    checks.add(journeys.all(&place));
    checks.add(journeys.contract(&place));
    checks.add(journeys.alone(&place, "proxy::api_answers_only_through_the_trusted_proxy"));
    journeys.as_deployed(&place, &stack.outputs, checks);
    let secrets = logs::secrets(&place.log(), &stack.outputs.functions)?;
    for line in &secrets {
        println!("  {line}");
    }
    checks.note("no function has logged a token, a link, a ticket or an openid", secrets.is_empty());
    checks.note("a second `up` keeps the running stack", Stack::start(root, &place, &again)?.was_running());
    let other = Options { setup: Setup { auth: true, ..again.setup.clone() }, ..again.clone() };
    checks.note("a second `up` with other options is refused", Stack::start(root, &place, &other).is_err());

    checks.add(journeys.alone(&place, bought));
    let bought_at = SystemTime::now();
    checks.note(
        "a purchase is saved soon",
        process::within(SAVE_TIMEOUT, || emulator::was_written_after(&place.state().join("dynamodb.json"), bought_at)),
    );
    stack.detach()?;
    process::kill_now(Running::find(&place).ok_or("the stack has stopped by itself")?.process.id);
    let stack = Stack::start(root, &place, &again)?;
    checks.note("the stack starts again after a crash", !stack.was_running());
    checks.add(journeys.alone(&place, there));

    stack.detach()?;
    checks.note("`down` stops the stack", emulator::end(&place)?);
    checks.note("`down` leaves no process", Running::find(&place).is_none() && are_free(&[PORT, FAULTS_PORT]));
    let stack = Stack::start(root, &place, &again)?;
    checks.add(journeys.alone(&place, there));
    restore::with_table_from_a_backup(root, &place, &again, checks)?;
    checks.add(journeys.alone(&place, there));

    drop(stack);
    checks.note("the stack stops with the process that started it", are_free(&[PORT, FAULTS_PORT]));
    let stack = Stack::start(root, &place, &fresh)?;
    checks.add(journeys.alone(&place, gone));
    drop(stack);
    Ok(())
}

/// Each role allows enough and no more, and the journeys fail without one of its permissions.
fn with_permissions_enforced(root: &Path, journeys: &Journeys, checks: &mut Checks) -> Result<(), String> {
    let place = Place::new(root.join("target/local-test-auth"));
    let setup = Setup { port: PORT_WITH_AUTH, faults: false, auth: true };
    emulator::end(&place)?;
    let stack = Stack::start(root, &place, &Options::fresh(setup))?;
    checks.add(journeys.some(&place, "functions::"));
    permissions::check_calls(PORT_WITH_AUTH, &stack.outputs.functions, checks)?;
    permissions::check_removed_are_missed(PORT_WITH_AUTH, &stack.outputs.functions, checks, |function| {
        journeys.fails(&place, &format!("functions::{}", function.replace('-', "_")))
    })
}

/// The programs that test a running stack.
struct Journeys {
    program: PathBuf,
    contract: PathBuf,
    till: PathBuf,
}

impl Journeys {
    fn command(&self, place: &Place) -> Command {
        let mut command = Command::new(&self.program);
        command.env("TILL_OUTPUTS", place.outputs()).env("TILL_KEPT", place.folder().join("kept.json"));
        command.env("TILL_PROGRAM", &self.till);
        command
    }

    fn all(&self, place: &Place) -> Count {
        Count::of_tests(&mut self.command(place))
    }

    fn contract(&self, place: &Place) -> Count {
        Count::of_tests(Command::new(&self.contract).env("TILL_OUTPUTS", place.outputs()))
    }

    /// The journeys from outside alone, as against a stage on AWS: `till` finds the stage by its stacks, and what they need of the
    /// emulator is left out.
    fn as_deployed(&self, place: &Place, outputs: &Outputs, checks: &mut Checks) {
        let mut till = Command::new(&self.till);
        till.args(["sandbox", "init", "--stack", build::STAGE, "--keys"]).arg(place.keys());
        till.arg("--catalogue").arg(shell::root().join(seed::CATALOGUE));
        seed::in_stack(&mut till, &outputs.endpoint_url, "not-asked-for");
        checks.note("`till sandbox init` finds a stage by its stacks", shell::succeeds(&mut till));
        let file = place.keys().join("outputs.json");
        checks.add(Count::of_tests(self.command(place).env("TILL_OUTPUTS", file)));
    }

    fn some(&self, place: &Place, filter: &str) -> Count {
        Count::of_tests(self.command(place).arg(filter))
    }

    /// A journey that runs by its name only, such as a step of the one that continues after the stack was stopped.
    fn alone(&self, place: &Place, name: &str) -> Count {
        Count::of_tests(self.command(place).args(["--ignored", "--exact", name]))
    }

    /// Whether a journey fails. Its output is hidden, as a failure is expected, and it waits a short time only.
    fn fails(&self, place: &Place, name: &str) -> bool {
        let output = self.command(place).args(["--exact", name]).env("TILL_PATIENCE_SECONDS", "4").output();
        // A program that does not start has not failed in this sense.
        output.is_ok_and(|output| {
            !output.status.success()
                && String::from_utf8_lossy(&output.stdout).contains(&format!("test {name} ... FAILED"))
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
        self.add(Count::of(holds, what));
    }

    fn add(&mut self, count: Count) {
        self.count = [mem::take(&mut self.count), count].into_iter().sum();
    }
}

fn are_free(ports: &[u16]) -> bool {
    ports.iter().all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}
