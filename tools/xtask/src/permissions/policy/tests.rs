//! Policies of AWS's own examples and of our functions, each with calls that they allow and that they do not.

use serde_json::json;

use super::*;

const TABLE: &str = "arn:aws:dynamodb:us-west-2:123456789012:table/GameScores";

fn check(action: &str, resource: &str, keys: &[&str]) -> Check {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    Check { action: format!("dynamodb:{action}"), resource: resource.to_owned(), keys }
}

fn policy(statements: &Value) -> Policy {
    Policy::read(&[json!({"Version": "2012-10-17", "Statement": statements})]).expect("the sample is a policy")
}

/// Whether the sample allows this call of its table.
fn allows(statements: &Value, action: &str, keys: &[&str]) -> bool {
    policy(statements).allows(&check(action, TABLE, keys)).is_ok()
}

/// "Grant permissions that limit access to items with a specific partition key value", with the user's id filled in.
fn leading_keys() -> Value {
    json!([{
        "Sid": "FullAccessToUserItems",
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem",
            "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"],
        "Resource": [TABLE],
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["user-1"]}},
    }])
}

#[test]
fn example_of_leading_keys_allows_own_items_only() {
    for (action, keys, allowed) in [
        ("GetItem", &["user-1"][..], true),
        ("GetItem", &["user-2"], false),
        ("GetItem", &["user-10"], false),
        ("BatchGetItem", &["user-1"], true),
        ("BatchGetItem", &["user-1", "user-2"], false),
        ("BatchWriteItem", &["user-2", "user-1"], false),
        ("Query", &["user-1"], true),
        // The example does not list it, so that nobody can scan.
        ("Scan", &[], false),
        ("DeleteTable", &[], false),
    ] {
        assert_eq!(allows(&leading_keys(), action, keys), allowed, "{action} {keys:?}");
    }
}

#[test]
fn example_allows_no_other_table_and_no_index() {
    for resource in [
        "arn:aws:dynamodb:us-west-2:123456789012:table/GameScores2",
        "arn:aws:dynamodb:us-west-2:123456789012:table/gamescores",
        "arn:aws:dynamodb:us-east-1:123456789012:table/GameScores",
        "arn:aws:dynamodb:us-west-2:123456789012:table/GameScores/index/TopScoreDateTimeIndex",
    ] {
        assert!(policy(&leading_keys()).allows(&check("Query", resource, &["user-1"])).is_err(), "{resource}");
    }
}

/// "Grant permissions to query an index only", with a wildcard for the index.
#[test]
fn index_is_a_resource_of_its_own() {
    let statements = json!({"Effect": "Allow", "Action": "dynamodb:Query", "Resource": format!("{TABLE}/index/*")});
    let policy = policy(&statements);
    assert!(policy.allows(&check("Query", &format!("{TABLE}/index/by_user"), &["u"])).is_ok());
    assert!(policy.allows(&check("Query", TABLE, &["u"])).is_err());
}

#[test]
fn no_keys_pass_a_condition_on_every_key_unless_null_excludes_them() {
    let scan = |condition: Value| {
        let statement = json!({"Effect": "Allow", "Action": "dynamodb:*", "Resource": TABLE, "Condition": condition});
        allows(&statement, "Scan", &[])
    };
    let keys = json!({"dynamodb:LeadingKeys": ["ORDER#*"]});
    assert!(scan(json!({"ForAllValues:StringLike": keys})), "this is why Null is needed");
    assert!(!scan(json!({"ForAllValues:StringLike": keys, "Null": {"dynamodb:LeadingKeys": "false"}})));
    assert!(!scan(json!({"ForAllValues:StringLike": keys, "Null": {"dynamodb:LeadingKeys": false}})));
    assert!(scan(json!({"Null": {"dynamodb:LeadingKeys": "true"}})));
    assert!(!scan(json!({"ForAnyValue:StringLike": keys})));
}

#[test]
fn patterns_of_keys_have_stars_and_question_marks() {
    for (pattern, key, fits) in [
        ("ORDER#*", "ORDER#1", true),
        ("ORDER#*", "ORDER#", true),
        ("ORDER#*", "ORDERS#1", false),
        ("ORDER#*", "order#1", false),
        ("PRODUCT", "PRODUCT", true),
        ("PRODUCT", "PRODUCT#1", false),
        ("*", "", true),
        ("A*B*C", "AxxBC", true),
        ("A*B*C", "AxxBCx", false),
        ("D#?", "D#7", true),
        ("D#?", "D#12", false),
        ("D#?", "D#", false),
        ("**", "ü", true),
        ("?", "ü", true),
    ] {
        let like = json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE,
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": pattern}}});
        assert_eq!(allows(&like, "GetItem", &[key]), fits, "{pattern} {key}");
        let equal = json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE,
            "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": pattern}}});
        assert_eq!(allows(&equal, "GetItem", &[key]), pattern == key, "{pattern} {key}");
    }
}

#[test]
fn keys_of_one_call_have_to_fit_one_statement() {
    let on = |keys: &[&str]| {
        json!({"Effect": "Allow", "Action": "dynamodb:BatchGetItem", "Resource": TABLE,
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}})
    };
    let both = ["ORDER#1", "USER#1"];
    assert!(!allows(&json!([on(&["ORDER#*"]), on(&["USER#*"])]), "BatchGetItem", &both));
    assert!(allows(&json!([on(&["ORDER#*", "USER#*"])]), "BatchGetItem", &both));
}

#[test]
fn deny_counts_before_every_allow() {
    let statements = json!([
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "dynamodb:getitem", "Resource": TABLE,
            "Condition": {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": "USER#*"}}},
    ]);
    assert!(allows(&statements, "GetItem", &["ORDER#1"]));
    assert!(!allows(&statements, "GetItem", &["ORDER#1", "USER#1"]));
    assert!(allows(&statements, "PutItem", &["USER#1"]));
}

#[test]
fn statement_that_cannot_be_read_allows_nothing_and_denies() {
    let plain = json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE});
    assert!(allows(&plain, "GetItem", &["P"]));
    let keys = |values: Value| json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": values}});
    for (name, value) in [
        ("NotResource", json!("x")),
        ("NotAction", json!("x")),
        ("Principal", json!("*")),
        ("Condition", json!("x")),
        ("Condition", json!({"StringEquals": {"aws:PrincipalTag/team": "till"}})),
        ("Condition", json!({"StringLike": {"dynamodb:LeadingKeys": "P"}})),
        ("Condition", json!({"ForAllValues:StringLikeIfExists": {"dynamodb:LeadingKeys": "P"}})),
        ("Condition", json!({"Null": {"dynamodb:LeadingKeys": "no"}})),
        ("Condition", keys(json!([]))),
        ("Condition", keys(json!([1]))),
        ("Condition", keys(json!("${www.amazon.com:user_id}"))),
    ] {
        let mut unclear = plain.clone();
        unclear[name] = value;
        assert!(!allows(&unclear, "GetItem", &["P"]), "{unclear}");
        // It concerns no other call.
        let why = policy(&unclear).allows(&check("PutItem", TABLE, &["P"]));
        assert!(why.is_err_and(|why| why.contains("no identity-based policy")), "{unclear}");
        unclear["Effect"] = json!("Deny");
        assert!(!allows(&json!([plain, unclear]), "GetItem", &["P"]), "{unclear}");
    }
    for wrong in
        [json!({}), json!({"Statement": "x"}), json!({"Statement": [1]}), json!({"Statement": {"Effect": "May"}})]
    {
        assert!(Policy::read(std::slice::from_ref(&wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn each_permission_can_be_taken_away_alone() {
    let statements = json!([
        {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": TABLE,
            "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ORDER#*", "USER#*"]}}},
        {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": format!("{TABLE}/index/due")},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
        {"Effect": "Deny", "Action": "dynamodb:Scan", "Resource": "*"},
    ]);
    let policy = policy(&statements);
    let calls = [
        check("GetItem", TABLE, &["ORDER#1"]),
        check("GetItem", TABLE, &["USER#1"]),
        check("PutItem", TABLE, &["ORDER#1"]),
        check("PutItem", TABLE, &["USER#1"]),
        check("Query", &format!("{TABLE}/index/due"), &["D#1"]),
    ];
    let permissions = policy.permissions();
    assert_eq!(permissions.len(), calls.len(), "{permissions:?}");
    for (permission, needs_it) in permissions.iter().zip(&calls) {
        let rest = policy.without(permission);
        let refused: Vec<&Check> = calls.iter().filter(|call| rest.allows(call).is_err()).collect();
        assert_eq!(refused, [needs_it], "{permission:?}");
    }
}
