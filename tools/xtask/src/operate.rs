//! `cargo xtask token | accounts | catalogue`: the team's tool, built and started with what it needs to know of the stack that
//! it works on. Without `--stack` that is the one on this machine.

use std::process::{Command, ExitCode};

use crate::local::outputs::Outputs;
use crate::local::{build, place, seed, usual_place};
use crate::shell;

/// A bearer token for the local stack, alone on the last line.
pub(crate) fn token(words: &[String]) -> ExitCode {
    run("token", words)
}

/// The accounts of a stack.
pub(crate) fn accounts(words: &[String]) -> ExitCode {
    run("accounts", words)
}

/// What a stack sells.
pub(crate) fn catalogue(words: &[String]) -> ExitCode {
    run("catalogue", words)
}

fn run(command: &str, words: &[String]) -> ExitCode {
    match prepared(command, words).and_then(|mut tool| tool.status().map_err(|error| error.to_string())) {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) if status.code() == Some(crate::MISUSED.into()) => ExitCode::from(crate::MISUSED),
        // It has said why.
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("cargo xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn prepared(command: &str, words: &[String]) -> Result<Command, String> {
    let root = shell::root();
    let (stack, words) = split_stack(words)?;
    let place = usual_place(&root);
    let local = if stack.is_none() { place::read_json::<Outputs>(&place.outputs())? } else { None };
    if stack.is_none() && local.is_none() {
        return Err("there is no local stack: `cargo xtask up` makes one, --stack S names a deployed one".to_owned());
    }
    let mut tool = Command::new(build::operate(&root)?);
    tool.arg(command).args(words);
    if let Some(outputs) = local {
        seed::in_stack(&mut tool, &outputs.endpoint_url, &outputs.table_name);
        tool.env("TILL_API_URL", &outputs.api_url).env("TILL_KEYS", place.keys());
    }
    if let Some(stage) = stack {
        // Region and credentials are whose the caller's are; the rest follows from the stage's name.
        tool.env("TABLE_NAME", format!("till-{stage}")).env("STAGE", stage);
    }
    Ok(tool)
}

/// Takes `--stack S` out of the words.
fn split_stack(words: &[String]) -> Result<(Option<String>, Vec<String>), String> {
    let Some(at) = words.iter().position(|word| word == "--stack") else { return Ok((None, words.to_vec())) };
    let mut rest = words.to_vec();
    let stage = rest.drain(at..).nth(1).filter(|stage| !stage.starts_with('-'));
    let stage = stage.ok_or("--stack wants the name of a stage")?;
    rest.extend(words.iter().skip(at.saturating_add(2)).cloned());
    Ok((Some(stage), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_is_taken_out_of_the_words() {
        let split = |words: &str| split_stack(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let well = |stage: Option<&str>, words: &[&str]| {
            Ok((stage.map(str::to_owned), words.iter().map(|&word| word.to_owned()).collect()))
        };
        assert_eq!(split("f.json"), well(None, &["f.json"]));
        assert_eq!(split("--stack dev f.json --yes"), well(Some("dev"), &["f.json", "--yes"]));
        assert_eq!(split("f.json --stack dev"), well(Some("dev"), &["f.json"]));
        assert!(split("f.json --stack").is_err());
        assert!(split("--stack --yes").is_err());
    }
}
