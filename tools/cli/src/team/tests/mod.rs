//! The team's commands against a small HTTP server that plays the API: what they send, what they show, how they end.

mod reading;
mod redriving;
mod remedies;
mod sales;
mod server;
mod switch;
mod system;
mod users;

use clap::{CommandFactory as _, Parser as _};

use super::{Call, Command as TeamCommand, take};
use crate::exit::Exit;
use crate::{Command, Deployed, Failure, Till, accounts};

use self::server::Server;

const NO: &str = "ORD20250101080000ABCDEFGH";

/// How a command ended, and what it printed.
struct Ended {
    exit: Option<Exit>,
    why: String,
    out: String,
    notes: String,
}

#[expect(clippy::unnecessary_wraps, reason = "a person at a terminal can fail")]
fn yes_if_given(given: bool) -> Result<bool, Failure> {
    Ok(given)
}

/// Runs a command as from the shell. Without `--yes` the person says no.
async fn till(server: &Server, words: &str) -> Ended {
    let access = ["--api-url", &server.url, "--token", "secret-token", "--language", "en"];
    run(["till"].into_iter().chain(words.split_whitespace()).chain(access)).await
}

async fn run<'a>(words: impl Iterator<Item = &'a str>) -> Ended {
    let Till { chosen, command } = Till::try_parse_from(words).unwrap();
    let command = match command {
        Command::Team(command) => command,
        Command::Deployed(Deployed::Accounts(accounts::Arguments {
            command: Some(accounts::Command::Switch(switch)),
        })) => TeamCommand::OverTheApi(Box::new(Call::Switch(switch))),
        Command::Deployed(_) | Command::Config(_) => panic!("it is a command of the team"),
    };
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    let result = take(chosen, command, &mut out, &mut notes, yes_if_given).await;
    let why = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let exit = result.err().map(|failure| Exit::of(&failure));
    Ended { exit, why, out: String::from_utf8(out).unwrap(), notes: String::from_utf8(notes).unwrap() }
}

#[test]
fn command_line_is_consistent() {
    Till::command().debug_assert();
}

#[tokio::test]
async fn command_without_a_stage_says_how_to_name_one() {
    let ended = run("till orders --token t".split(' ')).await;
    assert_eq!(ended.exit, Some(Exit::Usage));
    assert!(ended.why.contains("--stack") && ended.why.contains("--api-url"), "{}", ended.why);
}

#[tokio::test]
async fn refused_answers_end_with_the_exit_of_their_kind() {
    for (status, exit) in [(401, Exit::NotAllowed), (404, Exit::NotFound), (422, Exit::Refused), (503, Exit::Again)] {
        let problem = r#"{"code":1,"error":"some_word","msg":"It is so","request_id":"r1","data":null}"#;
        let server = Server::start(&[("GET /api/v1/admin/holds", status, problem)]);
        let ended = till(&server, "holds").await;
        assert_eq!((ended.exit, ended.why.as_str()), (Some(exit), "some_word: It is so (request r1)"), "{status}");
        assert!(ended.out.is_empty());
    }
    let ended = run("till holds --api-url http://127.0.0.1:9 --token t".split(' ')).await;
    assert_eq!(ended.exit, Some(Exit::Again), "{}", ended.why);
}
