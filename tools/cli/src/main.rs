//! The program `till`: accounts, products, keys and tokens of a deployment, and the sandbox of a stage. `--stack` names a deployed
//! stage; without it the environment names the deployment, as for a function. It shows every change before it makes it, and
//! prints no key.

mod accounts;
mod catalogue;
mod channels;
mod deployment;
mod files;
mod sandbox;
mod secrets;
mod token;
mod user;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use till_aws::Aws;
use tracing_subscriber::filter::LevelFilter;

use self::deployment::{Chosen, Deployment};

/// Accounts, products, tokens and the sandbox of a Till deployment
#[derive(Parser)]
#[command(name = "till", arg_required_else_help = true)]
struct Till {
    #[command(flatten)]
    chosen: Chosen,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print a bearer token for trying a stage, and nothing else on standard output
    Token(token::Arguments),
    /// List the accounts of a stack, or create one
    Accounts(accounts::Arguments),
    /// List the products of a stack, or load them from a file
    Catalogue(catalogue::Arguments),
    /// Show where alarms go, change it, or try it
    Channels(channels::Arguments),
    /// Replace the keys of tokens and tickets, or end the value before the current one
    Secrets(secrets::Arguments),
    /// Print everything that is kept about a user, as JSON
    ExportUser(user::Export),
    /// Erase what is kept about a user; what has to be kept stands under a pseudonym afterwards
    EraseUser(user::Erase),
    /// Create what a stage needs to take payments of the sandbox
    Sandbox(sandbox::Arguments),
}

/// Every error is printed once, by `main`.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    // The log gives the reason for a call without a result.
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(LevelFilter::WARN).without_time().init();
    let Err(failure) = run(Till::parse()) else { return ExitCode::SUCCESS };
    eprintln!("till: {failure}");
    ExitCode::FAILURE
}

fn run(Till { chosen, command }: Till) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let deployment = Deployment::open(chosen).await?;
        let aws = &deployment.aws;
        match command {
            Command::Token(arguments) => token::run(aws, &arguments).await,
            Command::Accounts(arguments) => accounts::run(aws, arguments).await,
            Command::Catalogue(arguments) => catalogue::run(aws, &arguments).await,
            Command::Channels(arguments) => channels::run(&deployment, arguments).await,
            Command::Secrets(arguments) => secrets::run(aws, arguments).await,
            Command::ExportUser(arguments) => user::export(aws, &arguments).await,
            Command::EraseUser(arguments) => user::erase(aws, &arguments).await,
            Command::Sandbox(arguments) => sandbox::run(&deployment, &arguments).await,
        }
    })
}

async fn put_secret(aws: &Aws, name: &str, json: &str) -> Result<(), Failure> {
    aws.put_secret(name, json).await.map_err(|why| format!("the secret {name}: {why}").into())
}

/// Asks whether to make the change that was just shown, unless `--yes` was given.
fn is_confirmed(yes: bool) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err("there is no terminal to confirm the change at: add --yes".into());
    }
    print!("Make this change? [y/N] ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}
