//! The commands for developers: `cargo xtask <command>`. Each command is a variant of [`Command`] and a file beside this one.

mod bench;
mod faults;
mod figures;
mod files;
mod fuzz;
mod house;
mod local;
mod mutants;
mod operate;
mod permissions;
mod policy;
mod shell;
mod simulate;
mod test;
mod tools;
mod up;
mod verdict;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Build, test, start and measure Till.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the tests: everything that CI runs, or the named parts of it
    Test(test::Arguments),
    /// Run random histories and show how often each situation occurred
    Simulate(simulate::Arguments),
    /// Search every state of the small worlds
    Worlds(simulate::WorldsArguments),
    /// List the mutants: the rules that can be broken on purpose, and how; or judge automatic ones
    Mutants(mutants::Arguments),
    /// Run the benchmarks: tables on the screen, JSON in target/bench
    Bench(bench::Arguments),
    /// Fuzz the code that reads bytes from outside (needs a nightly toolchain and cargo-fuzz)
    Fuzz(fuzz::Arguments),
    /// Start all of Till on this machine
    Up(local::options::Options),
    /// Stop the stack that `up` started
    Down,
    /// Print a bearer token for the local stack; `cargo xtask token --help` lists the options
    #[command(disable_help_flag = true)]
    Token(operate::Arguments),
    /// List the accounts of a stack, or create one; `cargo xtask accounts --help` lists the options
    #[command(disable_help_flag = true)]
    Accounts(operate::Arguments),
    /// List the products of a stack, or load them from a file; `cargo xtask catalogue --help` lists the options
    #[command(disable_help_flag = true)]
    Catalogue(operate::Arguments),
    /// Show where alarms go, change it, or try it; `cargo xtask channels --help` lists the options
    #[command(disable_help_flag = true)]
    Channels(operate::Arguments),
    /// Replace the keys of tokens and tickets, or end the value before them; `cargo xtask secrets --help` lists the options
    #[command(disable_help_flag = true)]
    Secrets(operate::Arguments),
    /// Print what is kept about a user; `cargo xtask export-user --help` lists the options
    #[command(disable_help_flag = true)]
    ExportUser(operate::Arguments),
    /// Erase what is kept about a user; `cargo xtask erase-user --help` lists the options
    #[command(disable_help_flag = true)]
    EraseUser(operate::Arguments),
    /// Create what a deployed stage needs to take payments of the sandbox; `cargo xtask sandbox --help` lists the options
    #[command(disable_help_flag = true)]
    Sandbox(operate::Arguments),
    /// Run any command of the program `till` on the local stack, such as `cargo xtask till orders`
    #[command(disable_help_flag = true)]
    Till(operate::Arguments),
    /// Say what is wrong with a file of settings or a stage's accounts; `cargo xtask check-config --help` lists the options
    #[command(disable_help_flag = true)]
    CheckConfig(operate::Arguments),
    /// Make accounts from a file of settings such as .env; `cargo xtask import-env --help` lists the options
    #[command(disable_help_flag = true)]
    ImportEnv(operate::Arguments),
    /// Forward calls from one port to another, with faults on request or judged (`up --faults` and `--auth` start this)
    Faults(faults::Arguments),
}

fn main() -> ExitCode {
    let result = match Xtask::parse().command {
        Command::Test(arguments) => return test::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Worlds(arguments) => simulate::worlds(&arguments),
        Command::Mutants(arguments) => mutants::list(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Up(options) => up::run(&options),
        Command::Down => up::down(),
        Command::Token(arguments) => return operate::run("token", &arguments),
        Command::Accounts(arguments) => return operate::run("accounts", &arguments),
        Command::Catalogue(arguments) => return operate::run("catalogue", &arguments),
        Command::Channels(arguments) => return operate::run("channels", &arguments),
        Command::Secrets(arguments) => return operate::run("secrets", &arguments),
        Command::ExportUser(arguments) => return operate::run("export-user", &arguments),
        Command::EraseUser(arguments) => return operate::run("erase-user", &arguments),
        Command::Sandbox(arguments) => return operate::run("sandbox", &arguments),
        Command::Till(arguments) => return operate::run_any(&arguments),
        Command::CheckConfig(arguments) => return operate::run("check-config", &arguments),
        Command::ImportEnv(arguments) => return operate::run("import-env", &arguments),
        Command::Faults(arguments) => faults::run(&arguments),
    };
    exit_code(result)
}

fn exit_code(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("cargo xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Xtask::command().debug_assert();
    }
}
