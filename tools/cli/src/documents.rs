//! docs/till.md has every command with its options, and none that does not exist; each route of the team has its command.

use std::collections::BTreeSet;

use clap::{Arg, Command, CommandFactory as _};
use serde_json::Value;

use crate::Till;

const DOCUMENT: &str = include_str!("../../../docs/till.md");
const FUNCTIONS: &str = include_str!("../../../functions/functions.json");
/// Each route below `/api/v1/admin`, and the command that does the same.
const ROUTES: [(&str, &str); 29] = [
    ("GET /orders", "orders"),
    ("GET /orders/{order_no}", "order show"),
    ("POST /orders/{order_no}/cancel", "order cancel"),
    ("POST /orders/{order_no}/complete", "order complete"),
    ("POST /orders/{order_no}/refund", "order refund"),
    ("POST /orders/{order_no}/regrant", "order regrant"),
    ("POST /orders/{order_no}/resolve", "order resolve"),
    ("GET /orders/statistics", "statistics"),
    ("GET /holds", "holds"),
    ("GET /orphans", "orphans"),
    ("GET /orphans/{provider}/{trade_no}", "orphans settle"),
    ("POST /orphans/{provider}/{trade_no}/settle", "orphans settle"),
    ("POST /orphans/{provider}/{trade_no}/close", "orphans close"),
    ("GET /rejected-callbacks", "rejected"),
    ("GET /audit", "audit"),
    ("GET /payment-monitor/system-status", "status"),
    ("GET /users/{user_id}", "users show"),
    ("POST /users/{user_id}/grant", "users grant"),
    ("POST /users/{user_id}/extend", "users extend"),
    ("POST /users/{user_id}/revoke", "users revoke"),
    ("GET /accounts", "accounts"),
    ("POST /accounts", "accounts init"),
    ("PATCH /accounts/{provider}/{id}", "accounts off"),
    ("GET /products", "catalogue"),
    ("POST /products", "catalogue"),
    ("PATCH /products/{type}/{id}", "catalogue"),
    ("GET /sales", "sales"),
    ("POST /sales/suspend", "suspend"),
    ("POST /sales/resume", "resume"),
];

/// Said once for all commands that have them.
const SHARED: [&str; 6] = ["cursor", "help", "key", "limit", "reason", "yes"];

/// The words of a command, such as `order refund`, and the lines of the document that begin with it.
type Described = (String, String);

fn described() -> Vec<Described> {
    let rows = DOCUMENT.lines().filter_map(|line| Some((line.strip_prefix("| `till ")?, line)));
    rows.map(|(rest, line)| {
        let usage = rest.split('`').next().unwrap_or_default().split_whitespace();
        let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let words: Vec<&str> = usage.take_while(|word| is_word(word) && !word.starts_with('-')).collect();
        (words.join(" "), line.to_owned())
    })
    .collect()
}

/// Everything that can be called, by its words.
fn callable() -> Vec<(String, Command)> {
    let mut till = Till::command();
    till.build();
    let mut all = Vec::new();
    collect(&till, "", &mut all);
    all
}

fn collect(command: &Command, words: &str, all: &mut Vec<(String, Command)>) {
    let below: Vec<&Command> = command.get_subcommands().filter(|one| one.get_name() != "help").collect();
    if !words.is_empty() && (below.is_empty() || !command.is_subcommand_required_set()) {
        all.push((words.to_owned(), command.clone()));
    }
    for one in below {
        collect(one, format!("{words} {}", one.get_name()).trim(), all);
    }
}

/// The options that a text names: `--trade-no`.
fn options_in(text: &str) -> BTreeSet<&str> {
    let ends = |c: char| !(c.is_ascii_lowercase() || c == '-');
    text.split("--")
        .skip(1)
        .map(|rest| rest.split(ends).next().unwrap_or_default())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn document_has_each_command_and_no_other() {
    let documented: BTreeSet<String> = described().into_iter().map(|(words, _)| words).collect();
    let real: BTreeSet<String> = callable().into_iter().map(|(words, _)| words).collect();
    assert_eq!(documented, real);
}

#[test]
fn each_route_of_the_team_has_its_command() {
    let functions: Value = serde_json::from_str(FUNCTIONS).unwrap();
    let functions = functions["functions"].as_array().into_iter().flatten();
    let triggers = functions.flat_map(|function| function["triggers"].as_array().into_iter().flatten());
    let routes = triggers.flat_map(|trigger| trigger["routes"].as_array().into_iter().flatten());
    let admin = routes.filter_map(Value::as_str).filter_map(|route| {
        let (method, path) = route.split_once(' ')?;
        Some(format!("{method} {}", path.strip_prefix("/api/v1/admin")?))
    });
    let known: BTreeSet<String> = ROUTES.iter().map(|(route, _)| (*route).to_owned()).collect();
    assert_eq!(admin.collect::<BTreeSet<_>>(), known, "a route needs its command, and a row here");
    let real: BTreeSet<String> = callable().into_iter().map(|(words, _)| words).collect();
    for (route, command) in ROUTES {
        assert!(real.contains(command), "{route}: there is no till {command}");
    }
}

#[test]
fn row_of_a_command_names_its_options_and_no_other() {
    for (words, command) in callable() {
        let rows: String = described().into_iter().filter(|(row, _)| *row == words).map(|(_, line)| line).collect();
        let named = options_in(&rows);
        let has = |name: &str| {
            let fits =
                |arg: &Arg| arg.get_long() == Some(name) || arg.get_all_aliases().unwrap_or_default().contains(&name);
            command.get_arguments().any(fits)
        };
        let wrong: Vec<&&str> = named.iter().filter(|name| !has(name)).collect();
        assert!(wrong.is_empty(), "till {words} has no {wrong:?}");
        let own = command.get_arguments().filter(|arg| !arg.is_global_set()).filter_map(Arg::get_long);
        let missing: Vec<&str> = own.filter(|name| !SHARED.contains(name) && !named.contains(name)).collect();
        assert!(missing.is_empty(), "docs/till.md does not say that till {words} has {missing:?}");
    }
}

#[test]
fn options_of_all_commands_are_in_the_document_and_each_says_what_it_is() {
    let named = options_in(DOCUMENT);
    for (words, command) in callable() {
        for arg in command.get_arguments() {
            assert!(arg.get_help().is_some(), "till {words}: {} has no help", arg.get_id());
            let long = arg.get_long().filter(|long| *long != "help");
            assert!(long.is_none_or(|long| named.contains(long)), "till {words}: {long:?} is nowhere in docs/till.md");
        }
        assert!(command.get_about().is_some(), "till {words} has no help");
    }
}
