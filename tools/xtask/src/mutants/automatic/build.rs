//! Builds the crates with automatic mutants in them: all that fit together in one copy, and one by one those that do not, such as a
//! change in a constant, or one that does not compile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::list::{Automatic, Point};
use super::rewrite::{Rewritten, replace, rewrite};
use crate::mutants::copy;

const TOGETHER: &str = "target/mutants-automatic";
const ALONE: &str = "target/mutants-alone";
const TESTED: [&str; 5] = ["test", "--no-run", "--package=till-domain", "--package=till-app", JSON];
const RUNNER: [&str; 3] = ["build", "--package=till-mutants", JSON];
const JSON: &str = "--message-format=json";

/// The programs that judge a mutant.
pub(super) struct Built {
    /// Where they may leave files.
    pub(super) folder: PathBuf,
    /// The tests of the crates.
    pub(super) tests: Vec<Test>,
    /// Runs histories and worlds.
    pub(super) runner: PathBuf,
}

pub(super) struct Test {
    pub(super) name: String,
    pub(super) program: PathBuf,
    /// The folder of its package, where cargo would run it.
    pub(super) folder: PathBuf,
}

/// Builds one copy with as many mutants as possible. Also returns the numbers of those that are in it: a mutant's number is its
/// place in the list, counted from 1.
pub(super) fn together(root: &Path, mutants: &[Automatic]) -> Result<(Built, BTreeSet<usize>), String> {
    let folder = root.join(TOGETHER);
    let mut left_out = BTreeSet::new();
    loop {
        let mut rewritten: BTreeMap<String, Rewritten> = BTreeMap::new();
        let files = copy::changed(root, |name, text| {
            let theirs = |(number, mutant): &(usize, &Automatic)| mutant.file == name && !left_out.contains(number);
            let mutants: Vec<_> = (1..).zip(mutants).filter(theirs).collect();
            if mutants.is_empty() {
                return text;
            }
            let new = rewrite(&text, &mutants, &format!("{}::on", copy::switch_for(name)));
            let text = new.text.clone();
            rewritten.insert(name.to_owned(), new);
            text
        });
        write(&folder, &files.map_err(|faults| faults.join("\n"))?)?;
        let errors = match build(&folder) {
            Ok(built) => return Ok((built, rewritten.values().flat_map(Rewritten::numbers).collect())),
            Err(errors) => errors,
        };
        let before = left_out.len();
        for error in &errors {
            let found = error.places().filter_map(|(file, point)| Some(rewritten.get(file)?.at(point)));
            left_out.extend(found.flatten());
        }
        if left_out.len() == before {
            return Err(shown(&errors));
        }
        println!("{} of {} mutants do not compile beside the others", left_out.len(), mutants.len());
    }
}

/// Builds a copy with one mutant in place of the original; nothing if that does not compile.
pub(super) fn alone(root: &Path, mutant: &Automatic) -> Result<Option<Built>, String> {
    let folder = root.join(ALONE);
    let files = copy::changed(root, |name, text| if name == mutant.file { replace(&text, mutant) } else { text });
    write(&folder, &files.map_err(|faults| faults.join("\n"))?)?;
    let mut check = copy::cargo_in(&folder, &["check", "--package=till-mutants"]);
    let compiles = check.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if compiles { build(&folder).map(Some).map_err(|errors| shown(&errors)) } else { Ok(None) }
}

fn shown(errors: &[Diagnostic]) -> String {
    errors.iter().map(|error| error.rendered.as_deref().unwrap_or(&error.message)).collect()
}

fn write(folder: &Path, files: &[(String, String)]) -> Result<(), String> {
    copy::write(folder, files).map_err(|error| format!("{}: {error}", folder.display()))
}

fn build(folder: &Path) -> Result<Built, Vec<Diagnostic>> {
    let mut runner = programs(folder, &RUNNER)?.into_iter().filter(|artifact| artifact.target.name == "till-mutants");
    let tests = programs(folder, &TESTED)?.into_iter().filter(|artifact| artifact.profile.test);
    let test = |artifact: Artifact| {
        let package = Path::new(&artifact.manifest_path).parent().unwrap_or(folder).to_owned();
        let name = format!("{} {}", package.file_name().unwrap_or_default().display(), artifact.target.name);
        Some(Test { name, program: artifact.executable?, folder: package })
    };
    let missing =
        || vec![Diagnostic { message: "cargo did not say what it built".to_owned(), ..Diagnostic::default() }];
    let runner = runner.next().and_then(|artifact| artifact.executable).ok_or_else(missing)?;
    Ok(Built { folder: folder.to_owned(), tests: tests.filter_map(test).collect(), runner })
}

/// Builds, and returns what was built, or the errors of the compiler.
fn programs(folder: &Path, words: &[&str]) -> Result<Vec<Artifact>, Vec<Diagnostic>> {
    let mut cargo = copy::cargo_in(folder, words);
    let output = match output(&mut cargo) {
        Ok(output) => output,
        Err(message) => return Err(vec![Diagnostic { message, ..Diagnostic::default() }]),
    };
    let mut artifacts = Vec::new();
    let mut errors = Vec::new();
    for line in output.lines() {
        match serde_json::from_str(line) {
            Ok(Message::Artifact(artifact)) => artifacts.push(artifact),
            Ok(Message::Diagnostic { message }) if message.level == "error" => errors.push(message),
            Ok(Message::Diagnostic { .. } | Message::Other) | Err(_) => {}
        }
    }
    if errors.is_empty() { Ok(artifacts) } else { Err(errors) }
}

fn output(cargo: &mut Command) -> Result<String, String> {
    let done = cargo.stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-artifact")]
    Artifact(Artifact),
    #[serde(rename = "compiler-message")]
    Diagnostic { message: Diagnostic },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Artifact {
    target: Target,
    profile: Profile,
    manifest_path: String,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Default, Deserialize)]
struct Diagnostic {
    message: String,
    #[serde(default)]
    level: String,
    rendered: Option<String>,
    #[serde(default)]
    spans: Vec<Place>,
    /// Notes: for a constant that cannot be computed, through which functions it goes.
    #[serde(default)]
    children: Vec<Diagnostic>,
}

#[derive(Deserialize)]
struct Place {
    file_name: String,
    line_start: usize,
    column_start: usize,
    is_primary: bool,
}

impl Diagnostic {
    /// The places that it speaks of.
    fn places(&self) -> impl Iterator<Item = (&str, Point)> {
        let all = self.spans.iter().chain(self.children.iter().flat_map(|child| &child.spans));
        all.filter(|place| place.is_primary)
            .map(|place| (place.file_name.as_str(), Point { line: place.line_start, column: place.column_start }))
    }
}
