//! The project's own commands: `cargo xtask <command>`. A command is one line in the table here and one file.

mod bench;
mod faults;
mod fuzz;
mod house;
mod local;
mod mutants;
mod operate;
mod policy;
mod shell;
mod simulate;
mod test;
mod tools;
mod up;
mod verdict;

use std::env;
use std::process::ExitCode;

/// What a command ends with when it was called wrongly.
const MISUSED: u8 = 2;

struct Command {
    name: &'static str,
    words: &'static str,
    about: &'static str,
    run: fn(&[String]) -> ExitCode,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "test",
        words: "[part…]",
        about: "run everything that CI runs, or some parts of it",
        run: test::run,
    },
    Command {
        name: "simulate",
        words: "[--seeds N] [--from S] [--mutant NAME]",
        about: "run random histories and show what they came by",
        run: simulate::run,
    },
    Command {
        name: "worlds",
        words: "[--mutant NAME] [world…]",
        about: "search every small world to the end",
        run: simulate::worlds,
    },
    Command { name: "mutants", words: "", about: "list the rules that can be broken on purpose", run: mutants::list },
    Command {
        name: "bench",
        words: "[part…]",
        about: "run the benchmarks: tables, and JSON in target/bench",
        run: bench::run,
    },
    Command {
        name: "fuzz",
        words: "[--seconds N] [target…]",
        about: "fuzz what reads bytes from outside (needs nightly and cargo-fuzz)",
        run: fuzz::run,
    },
    Command { name: "up", words: up::WORDS, about: "start Till on this machine", run: up::run },
    Command { name: "down", words: "", about: "stop what `up` started, and only that", run: up::down },
    Command {
        name: "token",
        words: "--user U [--admin|--service]",
        about: "a bearer token for the local stack, alone on the last line",
        run: operate::token,
    },
    Command {
        name: "accounts",
        words: "[init …] [--stack S]",
        about: "list accounts, or make one and its secret",
        run: operate::accounts,
    },
    Command {
        name: "catalogue",
        words: "[FILE] [--yes] [--stack S]",
        about: "list products, or load them from a file, with a plan shown first",
        run: operate::catalogue,
    },
    Command {
        name: "faults",
        words: "PORT TO",
        about: "pass calls on from one port to another, with faults on request (`up --faults` starts it)",
        run: faults::run,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else {
        print!("{}", help());
        return ExitCode::SUCCESS;
    };
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => misused(&format!("there is no command `{name}`\n\n{}", help())),
    }
}

fn help() -> String {
    let commands =
        listed(COMMANDS.iter().map(|command| (format!("{} {}", command.name, command.words), command.about)));
    format!("cargo xtask <command>\n\nCommands:\n{commands}\nParts of `test`:\n{}", test::parts())
}

/// Two columns: what to type, and what it is about.
fn listed<'a>(rows: impl Iterator<Item = (String, &'a str)>) -> String {
    let rows: Vec<(String, &str)> = rows.collect();
    let width = rows.iter().map(|(word, _)| word.chars().count()).max().unwrap_or(0);
    rows.iter().map(|(word, about)| format!("  {word:<width$}  {about}\n")).collect::<Vec<_>>().concat()
}

/// Says why a call makes no sense.
fn misused(why: &str) -> ExitCode {
    eprintln!("cargo xtask: {}", why.trim_end());
    ExitCode::from(MISUSED)
}
