//! What a call of DynamoDB asks for: actions, tables and indexes, and the partition keys of every item that it names.
//!
//! A transaction is no action of its own: each of its parts is. AWS does not say whether the keys of a part are its own or those
//! of the whole transaction, so that both have to be allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::key_condition;
use super::policy::Check;

const API: &str = "DynamoDB_20120810.";

/// What has to be known of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Table {
    pub(super) arn: String,
    /// The name of its partition key.
    pub(super) key: String,
    /// The name of the partition key of each index.
    pub(super) indexes: BTreeMap<String, String>,
}

impl Table {
    /// Reads the answer of DescribeTable.
    pub(super) fn read(described: &Value) -> Option<Self> {
        let table = &described["Table"];
        let key = |schema: &Value| {
            let mut parts = schema["KeySchema"].as_array().into_iter().flatten();
            parts.find(|part| part["KeyType"] == "HASH")?["AttributeName"].as_str().map(str::to_owned)
        };
        let lists = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].map(|name| table[name].as_array());
        let indexes = lists.into_iter().flatten().flatten();
        let indexes = indexes.map(|index| Some((index["IndexName"].as_str()?.to_owned(), key(index)?)));
        Some(Self {
            arn: table["TableArn"].as_str()?.to_owned(),
            key: key(table)?,
            indexes: indexes.collect::<Option<_>>()?,
        })
    }
}

/// All checks of a call; an error says why the call cannot be judged. `table` finds a table by its name or ARN.
pub(super) fn checks(
    target: &str,
    body: &[u8],
    table: &impl Fn(&str) -> Result<Arc<Table>, String>,
) -> Result<Vec<Check>, String> {
    let operation = target.strip_prefix(API).ok_or_else(|| format!("{target} is no call of DynamoDB's items"))?;
    let call: Value = serde_json::from_slice(body).map_err(|error| format!("the body of {operation}: {error}"))?;
    let one = |key: &str| item(operation, &call, key, table).map(|check| vec![check]);
    match operation {
        "GetItem" | "UpdateItem" | "DeleteItem" => one("Key"),
        "PutItem" => one("Item"),
        "Query" => searched(&call, table, true).map(|check| vec![check]),
        "Scan" => searched(&call, table, false).map(|check| vec![check]),
        "BatchGetItem" => batch(operation, &call, table, |requests, key| {
            list(&requests["Keys"])?.iter().map(|item| text(&item[key])).collect()
        }),
        "BatchWriteItem" => batch(operation, &call, table, |requests, key| {
            let item = |request: &Value| match sole(request)? {
                ("PutRequest", put) => text(&put["Item"][key]),
                ("DeleteRequest", delete) => text(&delete["Key"][key]),
                (other, _) => Err(format!("{other} is not known")),
            };
            list(requests)?.iter().map(item).collect()
        }),
        "TransactGetItems" | "TransactWriteItems" => transaction(&call, table),
        _ => Err(format!("{operation} is not known: functions read and write items only")),
    }
}

fn item(
    operation: &str,
    call: &Value,
    key: &str,
    table: &impl Fn(&str) -> Result<Arc<Table>, String>,
) -> Result<Check, String> {
    let table = table(name(call)?)?;
    let keys = BTreeSet::from([text(&call[key][&table.key])?]);
    Ok(Check { action: action(operation), resource: table.arn.clone(), keys })
}

/// A query or a scan, of a table or of an index.
fn searched(
    call: &Value,
    table: &impl Fn(&str) -> Result<Arc<Table>, String>,
    is_query: bool,
) -> Result<Check, String> {
    let table = table(name(call)?)?;
    let (resource, key) = match call.get("IndexName") {
        None => (table.arn.clone(), &table.key),
        Some(index) => {
            let index = index.as_str().ok_or("the name of an index is no text")?;
            let key = table.indexes.get(index).ok_or_else(|| format!("there is no index {index}"))?;
            (format!("{}/index/{index}", table.arn), key)
        }
    };
    // A scan names no keys.
    let keys = if is_query { BTreeSet::from([text(key_condition::partition(call, key)?)?]) } else { BTreeSet::new() };
    Ok(Check { action: action(if is_query { "Query" } else { "Scan" }), resource, keys })
}

fn batch(
    operation: &str,
    call: &Value,
    table: &impl Fn(&str) -> Result<Arc<Table>, String>,
    keys: impl Fn(&Value, &str) -> Result<BTreeSet<String>, String>,
) -> Result<Vec<Check>, String> {
    let tables = call["RequestItems"].as_object().filter(|tables| !tables.is_empty());
    let tables = tables.ok_or_else(|| format!("{operation} names no table"))?;
    let check = |(name, requests): (&String, &Value)| {
        let table = table(name)?;
        Ok(Check { action: action(operation), resource: table.arn.clone(), keys: keys(requests, &table.key)? })
    };
    tables.iter().map(check).collect()
}

fn transaction(call: &Value, table: &impl Fn(&str) -> Result<Arc<Table>, String>) -> Result<Vec<Check>, String> {
    let part = |item: &Value| match sole(item)? {
        ("Get", get) => self::item("GetItem", get, "Key", table),
        ("Put", put) => self::item("PutItem", put, "Item", table),
        ("Update", update) => self::item("UpdateItem", update, "Key", table),
        ("Delete", delete) => self::item("DeleteItem", delete, "Key", table),
        ("ConditionCheck", check) => self::item("ConditionCheckItem", check, "Key", table),
        (other, _) => Err(format!("{other} is not known")),
    };
    let parts: Vec<Check> = list(&call["TransactItems"])?.iter().map(part).collect::<Result<_, String>>()?;
    let of_table = |arn: &str| {
        let same = parts.iter().filter(|part| part.resource == arn);
        same.flat_map(|part| part.keys.iter().cloned()).collect::<BTreeSet<String>>()
    };
    let whole = parts.iter().map(|part| Check { keys: of_table(&part.resource), ..part.clone() });
    // Parts of one kind have the same check for the whole.
    Ok(parts.iter().cloned().chain(whole).collect::<BTreeSet<Check>>().into_iter().collect())
}

fn action(operation: &str) -> String {
    format!("dynamodb:{operation}")
}

fn name(call: &Value) -> Result<&str, String> {
    call["TableName"].as_str().ok_or_else(|| "a call names no table".to_owned())
}

fn list(value: &Value) -> Result<&Vec<Value>, String> {
    value.as_array().filter(|all| !all.is_empty()).ok_or_else(|| "a call names no items".to_owned())
}

/// The one member of an object.
fn sole(value: &Value) -> Result<(&str, &Value), String> {
    let mut members = value.as_object().into_iter().flat_map(Map::iter);
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        (Some(_), Some(_)) | (None, _) => Err("a part of a call does not do exactly one thing".to_owned()),
    }
}

/// The value of a key: a text or a number. DynamoDB gives a condition both as text.
fn text(value: &Value) -> Result<String, String> {
    match sole(value) {
        Ok(("S" | "N", Value::String(text))) => Ok(text.clone()),
        Ok(_) | Err(_) => Err("a partition key is missing, or neither a text nor a number".to_owned()),
    }
}

#[cfg(test)]
mod tests;
