//! `till check-config` and `till import-env`: what is wrong with a team's settings and what to do about it, and accounts made from
//! a file of settings. No message shows a secret.

mod deployed;
mod dotenv;
mod draft;
mod file;
mod import;
mod kinds;
mod names;
mod pem;
mod probe;
mod report;
#[cfg(test)]
mod samples;
mod stage;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use till_app::ports::{AccountMode, Clock as _};
use till_lambda::clock::SystemClock;

use self::file::Reading;
use self::report::Report;
use crate::Failure;
use crate::accounts::{MODES, mode_word, named};
use crate::deployment::{Chosen, Deployment};

/// The exit code if nothing could be checked.
const COULD_NOT_CHECK: u8 = 2;

#[derive(Subcommand)]
pub enum Command {
    /// Say what is wrong with a file of settings or with the accounts of a stage, and what to do about it
    #[command(after_help = "Exit codes: 0 nothing is wrong, 1 there are faults, 2 it could not be checked.\n\
                            docs/check-config.md explains each word.")]
    CheckConfig(Check),
    /// Make accounts from a file of settings such as .env, and say what becomes of each name
    #[command(
        after_help = "Exit codes: 0 every account of the file was made, or with --dry-run could be; 7 not confirmed; 1 otherwise.\n\
                            docs/check-config.md lists the names that are known."
    )]
    ImportEnv(import::Arguments),
}

#[derive(Args)]
pub struct Check {
    /// Check this file instead of the accounts of a stage; needs no deployment
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Whether the accounts of the file take real money, if the keys do not say so
    #[arg(long, requires = "env_file", value_parser = named(&MODES, mode_word))]
    mode: Option<AccountMode>,
    /// Ask each provider one harmless signed question
    #[arg(long)]
    probe: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(chosen: Chosen, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::CheckConfig(arguments) => Ok(match check(chosen, &arguments).await {
            Ok(report) => {
                report.print(arguments.json);
                ExitCode::from(report.exit_code())
            }
            Err(failure) => {
                eprintln!("till: {failure}");
                ExitCode::from(COULD_NOT_CHECK)
            }
        }),
        Command::ImportEnv(arguments) => import::run(chosen, &arguments).await,
    }
}

async fn check(chosen: Chosen, arguments: &Check) -> Result<Report, Failure> {
    let now = SystemClock.now();
    let Some(file) = &arguments.env_file else {
        let deployment = Deployment::open(chosen).await?;
        return Ok(Report(deployed::check(&deployment, arguments.probe, now).await?));
    };
    let reading = Reading::of(file, arguments.mode)?;
    let mut found = reading.check(now);
    if arguments.probe {
        found.extend(reading.probe().await?);
    }
    Ok(Report(found))
}
