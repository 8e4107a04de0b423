//! What the team does to a deployment: accounts, products, tokens, and what a local stack begins with. It is told where the
//! deployment is as a function is, by its environment, and shows what it is about to do before it does it. It prints no key.

mod accounts;
mod catalogue;
mod files;
mod local;
mod token;
mod words;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use till_aws::Aws;
use tracing_subscriber::filter::LevelFilter;

use crate::words::Misused;

/// What a command ends with when it was called wrongly.
const MISUSED: u8 = 2;

const HELP: &str = "till-cli <command>

  token --user U [--admin | --service]
  accounts
  accounts init --provider P --id ID --settings FILE [--mode live | test] [--default] [--off] [--base-url URL] [--yes]
  catalogue
  catalogue FILE [--yes]
  local --keys FOLDER --api-url URL --sandbox-url URL --catalogue FILE
";

/// What goes wrong: said once, by `main`.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // Adapters say in the log why a call has no result.
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(LevelFilter::WARN).without_time().init();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Err(failure) = run(&words) else { return ExitCode::SUCCESS };
    eprintln!("till-cli: {failure}");
    if failure.is::<Misused>() {
        eprint!("\n{HELP}");
        return ExitCode::from(MISUSED);
    }
    ExitCode::FAILURE
}

fn run(words: &[String]) -> Result<(), Failure> {
    let Some((command, rest)) = words.split_first() else { return Err(Misused::boxed("it wants a command")) };
    if command == "token" {
        return token::run(rest);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match command.as_str() {
            "accounts" => accounts::run(&Aws::from_environment()?, rest).await,
            "catalogue" => catalogue::run(&Aws::from_environment()?, rest).await,
            "local" => local::run(&Aws::from_environment()?, rest).await,
            _ => Err(Misused::boxed(format!("there is no command `{command}`"))),
        }
    })
}

/// Whether it is to be done, after it was shown: by `--yes`, or by a person's word.
fn is_confirmed(yes: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err("nobody is there to ask: say --yes".into());
    }
    print!("Do this? [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}
