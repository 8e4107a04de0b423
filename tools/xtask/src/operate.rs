//! `cargo xtask token | accounts | catalogue | secrets | sandbox` and others, and `cargo xtask till` for all its commands: builds the
//! program `till` and runs it for the local stack, or for the stage that `--stack` names.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::local::outputs::Outputs;
use crate::local::{build, place, seed, usual_place};
use crate::shell;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Everything that `till` understands, such as `--stack STAGE`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Who commands on the local stack, unless TILL_USER names somebody.
const LOCAL_USER: &str = "developer";

pub(crate) fn run(command: &str, arguments: &Arguments) -> ExitCode {
    let mut words = vec![command.to_owned()];
    words.extend_from_slice(&arguments.words);
    run_words(&words)
}

/// Any command of `till`.
pub(crate) fn run_any(arguments: &Arguments) -> ExitCode {
    run_words(&arguments.words)
}

fn run_words(words: &[String]) -> ExitCode {
    match prepared(words).and_then(|mut till| till.status().map_err(|error| error.to_string())) {
        // `till` has printed why it failed.
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(why) => crate::exit_code(Err(why)),
    }
}

fn prepared(words: &[String]) -> Result<Command, String> {
    let root = shell::root();
    let stage = stage(words)?;
    let asks_for_help = words.is_empty() || words.iter().any(|word| word == "--help" || word == "-h");
    let place = usual_place(&root);
    let local = if stage.is_none() { place::read_json::<Outputs>(&place.outputs())? } else { None };
    if stage.is_none() && local.is_none() && !asks_for_help && !works_on_a_file(words) {
        return Err("there is no local stack: start one with `cargo xtask up`, or name a deployed stage with --stack"
            .to_owned());
    }
    let mut till = Command::new(build::program(&root, build::TILL)?);
    till.args(words);
    if let Some(outputs) = local {
        seed::in_stack(&mut till, &outputs.endpoint_url, &outputs.table_name);
        till.env("TILL_API_URL", &outputs.api_url).env("SANDBOX_API_ID", sandbox_api(&outputs));
        if std::env::var_os("TILL_USER").is_none() {
            till.env("TILL_USER", LOCAL_USER);
        }
    }
    let mut first = words.iter().map(String::as_str);
    if let (Some(stage), Some("sandbox"), Some("init")) = (stage, first.next(), first.next()) {
        let usual = [("--keys", root.join("target/stacks").join(stage)), ("--catalogue", root.join(seed::CATALOGUE))];
        for (word, path) in usual {
            if !words.iter().any(|given| given == word || given.starts_with(&format!("{word}="))) {
                till.arg(word).arg(path);
            }
        }
    }
    Ok(till)
}

/// By it `till` knows that the stage has a sandbox, and so may have receivers of alarms on this machine.
fn sandbox_api(outputs: &Outputs) -> &str {
    outputs.sandbox_url.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Whether a command reads a file of settings alone, and needs no stack.
fn works_on_a_file(words: &[String]) -> bool {
    let has = |option: &str| words.iter().any(|word| word == option || word.starts_with(&format!("{option}=")));
    match words.first().map_or("", String::as_str) {
        "check-config" => has("--env-file"),
        "import-env" => has("--dry-run"),
        _ => false,
    }
}

/// The stage that `--stack` names.
fn stage(words: &[String]) -> Result<Option<&str>, String> {
    let mut words = words.iter().map(String::as_str);
    let found = words.find_map(|word| match word.strip_prefix("--stack")? {
        "" => Some(None),
        rest => rest.strip_prefix('=').map(Some),
    });
    let Some(found) = found else { return Ok(None) };
    let stage = found.or_else(|| words.next()).filter(|stage| !stage.is_empty() && !stage.starts_with('-'));
    stage.map(Some).ok_or_else(|| "--stack needs the name of a stage".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_are_read_without_a_stack() {
        for (words, expected) in [
            ("check-config --env-file .env --probe", true),
            ("check-config --env-file=.env", true),
            ("check-config --probe", false),
            ("import-env .env --dry-run", true),
            ("import-env .env --yes", false),
            ("accounts --dry-run", false),
            ("", false),
        ] {
            let all: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            assert_eq!(works_on_a_file(&all), expected, "{words}");
        }
    }

    #[test]
    fn stage_is_that_of_the_option() {
        let stage = |words: &str| {
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            stage(&words).map(|stage| stage.map(str::to_owned))
        };
        assert_eq!(stage("f.json"), Ok(None));
        assert_eq!(stage("--stack dev f.json --yes"), Ok(Some("dev".to_owned())));
        assert_eq!(stage("f.json --stack=dev"), Ok(Some("dev".to_owned())));
        assert_eq!(stage("--stacks dev"), Ok(None));
        for wrong in ["f.json --stack", "--stack --yes", "--stack="] {
            assert!(stage(wrong).is_err(), "{wrong}");
        }
    }
}
