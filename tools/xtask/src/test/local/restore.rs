//! A restore of the table to a point in time, by the steps of docs/deploying.md: it makes another table, which has data and
//! indexes but not all settings, and which the stage then uses instead of its own.

use std::path::Path;

use serde_json::{Value, json};

use super::{Checks, PORT};
use crate::local::Stack;
use crate::local::aws::Aws;
use crate::local::build::STAGE;
use crate::local::options::Options;
use crate::local::place::Place;

/// Leaves a stack that runs on the restored table.
pub(super) fn with_table_from_a_backup(
    root: &Path,
    place: &Place,
    options: &Options,
    checks: &mut Checks,
) -> Result<(), String> {
    let (own, restored) = (format!("till-{STAGE}"), format!("till-{STAGE}-restored"));
    table(
        "RestoreTableToPointInTime",
        &json!({
            "SourceTableName": own, "TargetTableName": restored, "UseLatestRestorableTime": true,
        }),
    )?;
    checks.note("a restored table has the indexes of its source", indexes(&own)? == indexes(&restored)?);
    table(
        "UpdateTimeToLive",
        &json!({
            "TableName": restored, "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": true},
        }),
    )?;
    table(
        "UpdateContinuousBackups",
        &json!({
            "TableName": restored, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true},
        }),
    )?;

    let stack = Stack::start(root, place, &Options { table: Some(restored.clone()), ..options.clone() })?;
    checks.note("the stage uses the restored table", stack.outputs.table_name == restored);
    checks.note("the stack gives up its own table", indexes(&own).is_err());
    stack.detach()
}

/// The names and keys of the indexes of a table, in the order of their names.
fn indexes(name: &str) -> Result<Vec<String>, String> {
    let answer = table("DescribeTable", &json!({"TableName": name}))?;
    let all = answer["Table"]["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    let mut all: Vec<String> = all.map(|index| format!("{} {}", index["IndexName"], index["KeySchema"])).collect();
    all.sort_unstable();
    Ok(all)
}

fn table(call: &str, body: &Value) -> Result<Value, String> {
    Aws { port: PORT }.json("dynamodb", &format!("DynamoDB_20120810.{call}"), body)
}
