//! Fills a new stack with the program `till`: sandbox accounts with new keys, the keys of tokens, the demo catalogue.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::aws::{KEY, REGION};
use super::build::STAGE;
use super::emulator::Setup;
use super::outputs::Outputs;
use super::place::{self, Place};
use crate::tools::made::must;

pub(crate) const CATALOGUE: &str = "examples/catalogue.json";

/// Makes what is missing, and returns what a client needs to play either side of the providers.
pub(crate) fn accounts_and_products(
    root: &Path,
    place: &Place,
    setup: &Setup,
    outputs: &Outputs,
    till: &Path,
) -> Result<Value, String> {
    let mut tool = Command::new(till);
    tool.args(["sandbox", "init", "--keys"]).arg(place.keys()).arg("--catalogue").arg(root.join(CATALOGUE));
    // The sandbox and the functions call each other through the fault proxy, when there is one.
    for (word, url) in [("--api-url", &outputs.api_url), ("--sandbox-url", &outputs.sandbox_url)] {
        tool.arg(word).arg(outputs.seen_by_functions(url, setup));
    }
    must(in_stack(&mut tool, &outputs.endpoint_url, &outputs.table_name))
        .map_err(|_| "`till sandbox init` could not make the accounts and products: see above".to_owned())?;
    let providers = place.keys().join("providers.json");
    place::read_json(&providers)?.ok_or_else(|| format!("{} is missing", providers.display()))
}

/// Sets the environment in which a function of the local stack runs.
pub(crate) fn in_stack<'a>(command: &'a mut Command, endpoint: &str, table: &str) -> &'a mut Command {
    command.envs([
        ("AWS_REGION", REGION),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", KEY),
        ("STAGE", STAGE),
        ("TABLE_NAME", table),
    ]);
    // This token of the user's own account does not belong to the key above.
    command.env_remove("AWS_SESSION_TOKEN")
}
