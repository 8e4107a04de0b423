//! The program `till`: accounts, products, keys and tokens of a deployment, the sandbox of a stage, what is wrong with a
//! configuration, and what the team does with orders and users over the API. `--stack` names a deployed stage; without it the
//! environment names the deployment, as for a function. It shows every change before it makes it, and prints no key.

mod accounts;
mod author;
mod catalogue;
mod channels;
mod config;
mod deployment;
#[cfg(test)]
mod documents;
mod exit;
mod files;
mod sandbox;
mod secrets;
mod team;
mod token;
mod user;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use till_aws::Aws;
use tracing_subscriber::filter::LevelFilter;

use self::deployment::{Chosen, Deployment};
use self::exit::{Exit, Stopped};

/// What the team of a Till deployment does from a terminal
#[derive(Parser)]
#[command(name = "till", arg_required_else_help = true, after_help = HOW_IT_ENDS)]
struct Till {
    #[command(flatten)]
    chosen: Chosen,
    #[command(subcommand)]
    command: Command,
}

const HOW_IT_ENDS: &str = "\
Exit codes: 0 done, 1 something went wrong, 2 the command line is wrong or names no stage, 3 there is no such thing, 4 refused,
5 the token is not accepted, 6 no answer: repeat it, 7 not confirmed. check-config has its own.
docs/till.md has every command.";

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Deployed(Deployed),
    #[command(flatten)]
    Team(team::Command),
    #[command(flatten)]
    Config(config::Command),
}

/// The commands that work on a deployment.
#[derive(Subcommand)]
enum Deployed {
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
    run(Till::parse()).unwrap_or_else(|failure| {
        eprintln!("till: {failure}");
        Exit::of(&failure).into()
    })
}

fn run(Till { chosen, command }: Till) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let command = match command {
            Command::Team(command) => return team::run(chosen, command).await,
            Command::Config(command) => return config::run(chosen, command).await,
            // The API switches an account, so that the records say who it was.
            Command::Deployed(Deployed::Accounts(accounts::Arguments {
                command: Some(accounts::Command::Switch(switch)),
            })) => {
                return team::run(chosen, team::Command::OverTheApi(Box::new(team::Call::Switch(switch)))).await;
            }
            Command::Deployed(command) => command,
        };
        let deployment = Deployment::open(chosen).await?;
        let aws = &deployment.aws;
        match command {
            Deployed::Token(arguments) => token::run(aws, &arguments).await,
            Deployed::Accounts(arguments) => accounts::run(&deployment, arguments).await,
            Deployed::Catalogue(arguments) => catalogue::run(&deployment, &arguments).await,
            Deployed::Channels(arguments) => channels::run(&deployment, arguments).await,
            Deployed::Secrets(arguments) => secrets::run(aws, arguments).await,
            Deployed::ExportUser(arguments) => user::export(aws, &arguments).await,
            Deployed::EraseUser(arguments) => user::erase(aws, &arguments).await,
            Deployed::Sandbox(arguments) => sandbox::run(&deployment, &arguments).await,
        }?;
        Ok(ExitCode::SUCCESS)
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
        let text = "nothing was changed: there is no terminal to confirm it at; add --yes";
        return Err(Stopped::new(Exit::NotConfirmed, text).into());
    }
    // Not among what is printed for other programs.
    eprint!("Make this change? [y/N] ");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}

/// Ends the command unless the change that was just shown is wanted.
fn confirm(yes: bool) -> Result<(), Failure> {
    if is_confirmed(yes)? { Ok(()) } else { Err(Stopped::new(Exit::NotConfirmed, "nothing was changed").into()) }
}
