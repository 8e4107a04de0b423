//! Calls as the SDK sends them, with what they ask for.

use serde_json::json;

use super::*;

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/till";

fn table(name: &str) -> Result<Arc<Table>, String> {
    let described = json!({"Table": {
        "TableArn": ARN,
        "KeySchema": [{"AttributeName": "sk", "KeyType": "RANGE"}, {"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {"IndexName": "by_user", "KeySchema": [{"AttributeName": "u", "KeyType": "HASH"}]},
            {"IndexName": "due", "KeySchema": [{"AttributeName": "ds", "KeyType": "HASH"}]},
        ],
    }});
    if name != "till" && name != ARN {
        return Err(format!("there is no table {name}"));
    }
    Table::read(&described).map(Arc::new).ok_or_else(|| "the sample is no table".to_owned())
}

/// Each check as one line: action, resource behind the table, keys.
fn lines(operation: &str, body: &Value) -> Result<Vec<String>, String> {
    let checks = checks(&format!("DynamoDB_20120810.{operation}"), body.to_string().as_bytes(), &table)?;
    let line = |check: &Check| {
        let keys: Vec<&str> = check.keys.iter().map(String::as_str).collect();
        format!("{}{} {}", check.action, check.resource.strip_prefix(ARN).unwrap_or("?"), keys.join(" "))
    };
    Ok(checks.iter().map(line).collect())
}

fn key(pk: &str) -> Value {
    json!({"pk": {"S": pk}, "sk": {"S": "x"}})
}

#[test]
fn calls_of_one_item_name_its_key() {
    for (operation, member) in [("GetItem", "Key"), ("UpdateItem", "Key"), ("DeleteItem", "Key"), ("PutItem", "Item")] {
        let expected = Ok(vec![format!("dynamodb:{operation} ORDER#1")]);
        assert_eq!(lines(operation, &json!({"TableName": "till", member: key("ORDER#1")})), expected);
        assert_eq!(lines(operation, &json!({"TableName": ARN, member: key("ORDER#1")})), expected);
    }
    let number = json!({"TableName": "till", "Key": {"pk": {"N": "7"}}});
    assert_eq!(lines("GetItem", &number), Ok(vec!["dynamodb:GetItem 7".to_owned()]));
}

#[test]
fn query_names_the_partition_of_the_table_or_of_the_index() {
    let query = |index: Option<&str>, condition: &str| {
        let mut query = json!({"TableName": "till", "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {":v": {"S": "P"}}});
        if let Some(index) = index {
            query["IndexName"] = json!(index);
        }
        lines("Query", &query)
    };
    assert_eq!(query(None, "pk = :v"), Ok(vec!["dynamodb:Query P".to_owned()]));
    assert_eq!(query(Some("by_user"), "u = :v"), Ok(vec!["dynamodb:Query/index/by_user P".to_owned()]));
    assert!(query(Some("by_user"), "pk = :v").is_err());
    assert!(query(Some("other"), "u = :v").is_err());
    assert!(query(None, "u = :v").is_err());
}

#[test]
fn scan_names_no_keys() {
    assert_eq!(lines("Scan", &json!({"TableName": "till"})), Ok(vec!["dynamodb:Scan ".to_owned()]));
    let of_index = lines("Scan", &json!({"TableName": "till", "IndexName": "due"}));
    assert_eq!(of_index, Ok(vec!["dynamodb:Scan/index/due ".to_owned()]));
}

#[test]
fn batch_names_all_its_keys_at_once() {
    let get = json!({"RequestItems": {"till": {"Keys": [key("B"), key("A"), key("B")]}}});
    assert_eq!(lines("BatchGetItem", &get), Ok(vec!["dynamodb:BatchGetItem A B".to_owned()]));
    let write =
        json!({"RequestItems": {"till": [{"PutRequest": {"Item": key("A")}}, {"DeleteRequest": {"Key": key("B")}}]}});
    assert_eq!(lines("BatchWriteItem", &write), Ok(vec!["dynamodb:BatchWriteItem A B".to_owned()]));
}

#[test]
fn transaction_is_judged_by_its_parts_with_their_own_keys_and_with_all() {
    let part = |kind: &str, member: &str, pk: &str| json!({kind: {"TableName": "till", member: key(pk)}});
    let write = json!({"TransactItems": [
        part("Update", "Key", "USER#1"), part("Update", "Key", "ORDER#1"), part("Put", "Item", "USER#1"),
        part("ConditionCheck", "Key", "ORDER#2"), part("Delete", "Key", "ORDER#3"),
    ]});
    let all = "ORDER#1 ORDER#2 ORDER#3 USER#1";
    let mut expected: Vec<String> = ["ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"]
        .map(|action| format!("dynamodb:{action} {all}"))
        .into();
    let own = [
        "ConditionCheckItem ORDER#2",
        "DeleteItem ORDER#3",
        "PutItem USER#1",
        "UpdateItem ORDER#1",
        "UpdateItem USER#1",
    ];
    expected.extend(own.map(|line| format!("dynamodb:{line}")));
    let mut found = lines("TransactWriteItems", &write).expect("the sample is a transaction");
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let get = json!({"TransactItems": [part("Get", "Key", "A")]});
    assert_eq!(lines("TransactGetItems", &get), Ok(vec!["dynamodb:GetItem A".to_owned()]));
}

#[test]
fn call_that_is_not_understood_is_refused() {
    let whole = json!({"TableName": "till", "Key": key("A"), "Item": key("A"), "Statement": "SELECT * FROM till",
        "RequestItems": {"till": {"Keys": [key("A")]}}});
    for operation in [
        "ExecuteStatement",
        "BatchExecuteStatement",
        "ExecuteTransaction",
        "DescribeTable",
        "DeleteTable",
        "getItem",
        "",
    ] {
        assert!(lines(operation, &whole).is_err(), "{operation}");
    }
    let streams = checks("DynamoDBStreams_20120810.GetRecords", b"{}", &table);
    assert!(streams.is_err(), "{streams:?}");
    assert!(checks("DynamoDB_20120810.GetItem", b"no JSON", &table).is_err());
    for (operation, body) in [
        ("GetItem", json!({"TableName": "till"})),
        ("GetItem", json!({"TableName": "other", "Key": key("A")})),
        ("GetItem", json!({"TableName": "till", "Key": {"sk": {"S": "A"}}})),
        ("GetItem", json!({"TableName": "till", "Key": {"pk": {"B": "QQ=="}}})),
        ("GetItem", json!({"TableName": "till", "Key": {"pk": {"S": "A", "N": "1"}}})),
        ("GetItem", json!({"Key": key("A")})),
        ("Query", json!({"TableName": "till"})),
        ("BatchGetItem", json!({"RequestItems": {}})),
        ("BatchGetItem", json!({"RequestItems": {"till": {"Keys": []}}})),
        ("BatchGetItem", json!({"RequestItems": {"till": {"Keys": [key("A")]}, "other": {"Keys": [key("A")]}}})),
        ("BatchWriteItem", json!({"RequestItems": {"till": [{"Other": {}}]}})),
        ("TransactWriteItems", json!({"TransactItems": []})),
        ("TransactWriteItems", json!({"TransactItems": [{}]})),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": {"TableName": "till", "Item": key("A")},
            "Delete": {"TableName": "till", "Key": key("B")}}]}),
        ),
        ("TransactWriteItems", json!({"TransactItems": [{"Statement": "x"}]})),
    ] {
        assert!(lines(operation, &body).is_err(), "{operation} {body}");
    }
}
