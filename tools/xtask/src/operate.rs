//! `cargo xtask token | accounts | catalogue | secrets`: builds the program `till` and runs it for the local stack, or for the stage that
//! `--stack` names.

use std::process::{Command, ExitCode};

use clap::Args;

use crate::local::outputs::Outputs;
use crate::local::{build, place, seed, usual_place};
use crate::shell;

#[derive(Args)]
pub(crate) struct Arguments {
    /// `--stack STAGE`, and everything that `till` understands
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

pub(crate) fn run(command: &str, arguments: &Arguments) -> ExitCode {
    match prepared(command, &arguments.words).and_then(|mut till| till.status().map_err(|error| error.to_string())) {
        // `till` has printed why it failed.
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(why) => crate::exit_code(Err(why)),
    }
}

fn prepared(command: &str, words: &[String]) -> Result<Command, String> {
    let root = shell::root();
    let (stack, words) = split_stack(words)?;
    let asks_for_help = words.iter().any(|word| word == "--help" || word == "-h");
    let place = usual_place(&root);
    let local = if stack.is_none() { place::read_json::<Outputs>(&place.outputs())? } else { None };
    if stack.is_none() && local.is_none() && !asks_for_help {
        return Err("there is no local stack: start one with `cargo xtask up`, or name a deployed stage with --stack"
            .to_owned());
    }
    let mut till = Command::new(build::program(&root, build::TILL)?);
    till.arg(command).args(words);
    if let Some(outputs) = local {
        seed::in_stack(&mut till, &outputs.endpoint_url, &outputs.table_name);
        till.env("TILL_API_URL", &outputs.api_url);
    }
    if let Some(stage) = stack {
        // Region and credentials come from the environment; everything else follows from the name of the stage.
        till.env("TABLE_NAME", format!("till-{stage}")).env("STAGE", stage);
    }
    Ok(till)
}

/// Separates `--stack S` from the other words.
fn split_stack(words: &[String]) -> Result<(Option<String>, Vec<String>), String> {
    let Some(at) = words.iter().position(|word| word == "--stack") else { return Ok((None, words.to_vec())) };
    let mut rest = words.to_vec();
    let stage = rest.drain(at..).nth(1).filter(|stage| !stage.starts_with('-'));
    let stage = stage.ok_or("--stack needs the name of a stage")?;
    rest.extend(words.iter().skip(at.saturating_add(2)).cloned());
    Ok((Some(stage), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stack_is_separated_from_the_other_words() {
        let split = |words: &str| split_stack(&words.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        let expected = |stage: Option<&str>, words: &[&str]| {
            Ok((stage.map(str::to_owned), words.iter().map(|&word| word.to_owned()).collect()))
        };
        assert_eq!(split("f.json"), expected(None, &["f.json"]));
        assert_eq!(split("--stack dev f.json --yes"), expected(Some("dev"), &["f.json", "--yes"]));
        assert_eq!(split("f.json --stack dev"), expected(Some("dev"), &["f.json"]));
        assert!(split("f.json --stack").is_err());
        assert!(split("--stack --yes").is_err());
    }
}
