//! Part `browser`: the client for pages (`web/client`) alone, and the pages in a real browser (`tests/browser`). It installs the
//! packages of both, starts a stack of its own, runs the tests against it, and checks that the browser left neither processes nor
//! profiles behind.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Count;
use super::infra::test_files;
use crate::local::emulator::{self, Setup};
use crate::local::options::Options;
use crate::local::place::{Place, file_error};
use crate::local::{Stack, process};
use crate::shell;
use crate::tools::{self, Node, output_of, packed};

/// Other parts, and a developer's own stack, have other ports.
const PORT: u16 = 4894;
/// Names the browser where it is not found by itself.
const CHROMIUM: &str = "TILL_CHROMIUM";
const USUAL_NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// The processes of a browser end shortly after it.
const END_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn run(root: &Path) -> Count {
    let node = tools::python().and_then(|python| packed::node(&python, root, &root.join("target/tools")));
    let parts = node.map(|node| [client(root, &node), pages(root, &node)]);
    parts.map_or_else(
        |why| Count::failure("browser", &why),
        |parts| parts.into_iter().map(|part| part.unwrap_or_else(|why| Count::failure("browser", &why))).sum(),
    )
}

/// The types and the tests of the client, against a server in memory.
fn client(root: &Path, node: &Node) -> Result<Count, String> {
    let folder = root.join("web/client");
    packed::in_folder(&folder, node)?;
    let mut tsc = Command::new(&node.program);
    tsc.current_dir(&folder).args(["node_modules/typescript/bin/tsc", "--noEmit"]);
    let types = Count::of(shell::succeeds(&mut tsc), "types of the client");
    Ok([types, Count::of_suite(&mut suite(node, &folder, "test")?)].into_iter().sum())
}

/// The pages, against a stack of their own.
fn pages(root: &Path, node: &Node) -> Result<Count, String> {
    // Checked before the long build.
    let chromium = chromium(env::var_os(CHROMIUM).map(PathBuf::from))?;
    let folder = root.join("tests/browser");
    packed::in_folder(&folder, node)?;

    let place = Place::new(root.join("target/browser-test"));
    emulator::end(&place)?;
    let setup = Setup { port: PORT, faults: false, auth: false };
    let stack = Stack::start(root, &place, &Options::fresh(setup))?;
    let files = Files::make(&place)?;
    let mut tests = suite(node, &folder, "")?;
    tests.env("TILL_OUTPUTS", place.outputs()).env(CHROMIUM, chromium);
    tests.env("TILL_SCREENSHOTS", &files.screenshots).env("TMPDIR", &files.temporary);
    let count = Count::of_suite(&mut tests);
    let clean = Count::of(files.are_gone(), "the browser leaves no process and no profile behind");
    drop(stack);
    Ok([count, clean].into_iter().sum())
}

/// The tests of a package, run by Node.
fn suite(node: &Node, package: &Path, under: &str) -> Result<Command, String> {
    let mut command = Command::new(&node.program);
    command.current_dir(package).args(["--test", "--test-reporter", "../../infra/test/reporter.mjs"]);
    command.args(test_files(package, under, ".test.mjs")?);
    Ok(command)
}

/// The browser that `TILL_CHROMIUM` names, or one of this machine.
fn chromium(named: Option<PathBuf>) -> Result<PathBuf, String> {
    let runs = |program: &Path| output_of(Command::new(program).arg("--version")).is_some();
    if let Some(named) = named {
        return if runs(&named) { Ok(named) } else { Err(format!("{CHROMIUM}={} does not start", named.display())) };
    }
    let paths = env::var_os("PATH").unwrap_or_default();
    let mut found = env::split_paths(&paths).flat_map(|folder| USUAL_NAMES.iter().map(move |name| folder.join(name)));
    found.find(|program| program.is_file() && runs(program)).ok_or_else(|| {
        format!(
            "Chromium is missing (Debian: apt install chromium fonts-noto-cjk); if it is elsewhere, say {CHROMIUM}=/path/to/it"
        )
    })
}

/// What the tests write: pictures of failures, which stay, and the profiles of browsers, which must not.
struct Files {
    screenshots: PathBuf,
    temporary: PathBuf,
}

impl Files {
    fn make(place: &Place) -> Result<Self, String> {
        let files = Self {
            screenshots: place.folder().join("screenshots"),
            temporary: place.folder().join("browser-profiles"),
        };
        for folder in [&files.screenshots, &files.temporary] {
            if folder.exists() {
                fs::remove_dir_all(folder).map_err(|error| file_error(folder, &error))?;
            }
            fs::create_dir_all(folder).map_err(|error| file_error(folder, &error))?;
        }
        Ok(files)
    }

    /// Processes of a browser name their profile.
    fn are_gone(&self) -> bool {
        process::within(END_TIMEOUT, || !process::any_names(&self.temporary))
            && fs::read_dir(&self.temporary).is_ok_and(|mut left| left.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_browser_that_does_not_start_is_an_error_that_names_the_variable() {
        let why = chromium(Some("/no/such/browser".into()));
        assert_eq!(why, Err("TILL_CHROMIUM=/no/such/browser does not start".to_owned()));
        assert_eq!(chromium(Some("rustc".into())), Ok("rustc".into()));
    }

    #[test]
    fn profile_or_process_that_stays_is_noticed() {
        let place = Place::new(env::temp_dir().join(format!("till-browser-{}", std::process::id())));
        let files = Files::make(&place).expect("the folders can be made");
        assert!(files.are_gone());
        let mut sleeper =
            Command::new("sh").args(["-c", "sleep 60; true"]).arg(&files.temporary).spawn().expect("sh runs");
        assert!(process::within(END_TIMEOUT, || process::any_names(&files.temporary)));
        sleeper.kill().and_then(|()| sleeper.wait()).expect("it can be ended");
        assert!(files.are_gone());
        fs::write(files.temporary.join("profile"), "").expect("the folder is there");
        assert!(!files.are_gone());
        fs::remove_dir_all(place.folder()).expect("the folder can be removed");
    }

    #[test]
    fn every_package_is_pinned_by_hash_and_comes_from_the_registry() {
        for folder in ["tests/browser", "web/client"] {
            packed::tests::npm_packages_are_pinned(&shell::root().join(folder));
        }
    }
}
