//! Proves that the roles of the functions are enforced, that they allow enough, and that they allow no more:
//!
//! - No call of the journeys was refused, not even one whose failure nobody would see.
//! - Each permission on DynamoDB, an action under a pattern of keys, was needed: without it, the role would not allow some call
//!   that was made.
//! - A permission is really removed from the role: the function's journey must fail.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Checks;
use crate::local::aws::Aws;
use crate::local::http;
use crate::permissions::{Check, JudgedCalls, LEADING_KEYS, Permission, Policy, RolePolicy};

/// What is removed from a role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Action(&'static str),
    /// A pattern of partition keys, from every statement.
    Keys(&'static str),
}

use Part::{Action, Keys};

/// For each function, permissions that its journey needs each time. Accounts and secrets are no examples, as a process keeps them
/// for minutes.
const NEEDED: [(&str, Part); 40] = [
    ("create-order", Keys("IDEM#*")),
    ("create-order", Keys("SALES")),
    ("order-status", Keys("USER#*")),
    ("order-status", Action("dynamodb:BatchGetItem")),
    ("checkout-page", Keys("ORDER#*")),
    ("checkout-page", Keys("RATE#*")),
    ("list-products", Keys("PRODUCT")),
    ("cancel-order", Keys("ORDER#*")),
    ("refund-order", Keys("ORDER#*")),
    ("refund-order", Keys("ORPHAN#*")),
    ("spend-wallet", Keys("USER#*")),
    ("spend-wallet", Keys("TEAM#user#*")),
    ("team-view", Keys("STRAY#*")),
    ("team-view", Keys("TEAM#*")),
    ("team-view", Keys("HELD")),
    ("team-view", Action("dynamodb:BatchGetItem")),
    ("team-setup", Keys("ACCOUNT#*")),
    ("team-setup", Keys("PRODUCT")),
    ("team-setup", Keys("SALES")),
    ("team-setup", Keys("TEAM#account#*")),
    ("team-setup", Keys("TEAM#sales#*")),
    ("team-setup", Action("secretsmanager:CreateSecret")),
    ("wechat-callback", Keys("ORPHAN#*")),
    ("wechat-callback", Action("sqs:SendMessage")),
    ("alipay-callback", Keys("ORDER#*")),
    ("alipay-callback", Action("sqs:SendMessage")),
    ("stripe-webhook", Keys("ORDER#*")),
    ("stripe-webhook", Action("execute-api:ManageConnections")),
    ("fulfil-order", Keys("USER#*")),
    ("fulfil-order", Action("execute-api:ManageConnections")),
    ("sweep-orders", Keys("D#*")),
    ("sales-statistics", Keys("STATS#*")),
    ("sales-statistics", Action("dynamodb:PutItem")),
    ("sales-statistics", Action("sqs:SendMessage")),
    ("notify-team", Keys("ALARM")),
    ("notify-team", Keys("ORPHAN#*")),
    ("push-connection", Keys("TICKET#*")),
    ("push-connection", Action("dynamodb:PutItem")),
    ("sandbox", Keys("SANDBOX#*")),
    ("sandbox", Action("sqs:SendMessage")),
];

/// Permissions that no journey of a function needs: function, action, pattern of keys, and why it has them.
const NOT_IN_JOURNEYS: [(&str, &str, &str, &str); 1] = [(
    "wechat-callback",
    "dynamodb:UpdateItem",
    "ORPHAN#*",
    "WeChat Pay tells only of refunds that were made by the API",
)];

/// Checks the calls that the journeys have made so far.
pub(super) fn check_calls(port: u16, functions: &BTreeMap<String, String>, checks: &mut Checks) -> Result<(), String> {
    let judged = judgements(port.saturating_add(1))?;
    let refused: Vec<&_> = judged.judgements.iter().filter(|judgement| judgement.refused.is_some()).collect();
    for judgement in &refused {
        println!("  refused: {judgement:?}");
    }
    for what in &judged.unclear {
        println!("  refused, as it could not be judged: {what}");
    }
    checks.note("no call of a journey was refused", refused.is_empty() && judged.unclear.is_empty());
    checks.note("all calls of the journeys were kept", judged.forgotten == 0 && !judged.judgements.is_empty());
    for (name, arn) in functions {
        let document = RolePolicy::of_function(Aws { port }, arn)?.document;
        let policy = Policy::read([&document])?;
        let of_function =
            judged.judgements.iter().filter(|judgement| arn.ends_with(&format!(":{}", judgement.function)));
        let calls: Vec<&Check> = of_function.map(|judgement| &judgement.check).collect();
        for permission in policy.permissions() {
            let Permission { action, pattern, .. } = &permission;
            let pattern = pattern.as_deref().unwrap_or("any key");
            let listed = NOT_IN_JOURNEYS
                .iter()
                .find(|(function, of, under, _)| (*function, *of, *under) == (name, action, pattern));
            let needed = is_needed(&policy, &permission, &calls);
            match listed {
                None => checks.note(&format!("{name} needs {action} on {pattern}"), needed),
                Some((.., why)) => checks.note(&format!("{name} has {action} on {pattern}: {why}"), !needed),
            }
        }
    }
    let unknown = NOT_IN_JOURNEYS.iter().find(|(function, ..)| !functions.contains_key(*function));
    unknown.map_or(Ok(()), |(function, ..)| Err(format!("there is no function {function}")))
}

fn judgements(port: u16) -> Result<JudgedCalls, String> {
    let answer = http::send(port, "GET", "/_permissions", &[], b"")?;
    serde_json::from_slice(&answer.body).map_err(|error| format!("the judgements: {error}: {}", answer.text()))
}

/// Whether a role without the permission would not allow some of the calls.
fn is_needed(policy: &Policy, permission: &Permission, calls: &[&Check]) -> bool {
    let rest = policy.without(permission);
    calls.iter().any(|call| rest.allows(call).is_err())
}

/// `fails` runs the journey of a function.
pub(super) fn check_removed_are_missed(
    port: u16,
    functions: &BTreeMap<String, String>,
    checks: &mut Checks,
    fails: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let aws = Aws { port };
    for name in functions.keys().filter(|name| NEEDED.iter().all(|(known, _)| known != &name.as_str())) {
        checks.note(&format!("{name} has a row in the table of needed permissions"), false);
    }
    for (function, part) in NEEDED {
        let arn = functions.get(function).ok_or_else(|| format!("the stack has no function {function}"))?;
        let policy = RolePolicy::of_function(aws, arn)?;
        let rest = without(&policy.document, part).ok_or_else(|| format!("{function} does not have {part:?}"))?;
        policy.put(aws, &rest)?;
        let failed = fails(function);
        policy.put(aws, &policy.document)?;
        checks.note(&format!("{function} fails without {part:?}"), failed);
    }
    Ok(())
}

/// The policy without an action, or without a pattern of keys; none when it does not have it.
fn without(document: &Value, part: Part) -> Option<Value> {
    let mut document = document.clone();
    let statements = document.get_mut("Statement").and_then(Value::as_array_mut)?;
    let mut removed = 0_usize;
    for statement in &mut *statements {
        let found = match part {
            Action(action) => remove(statement.get_mut("Action"), action),
            Keys(pattern) => {
                let keys = statement.pointer_mut("/Condition/ForAllValues:StringLike");
                remove(keys.and_then(|keys| keys.get_mut(LEADING_KEYS)), pattern)
            }
        };
        removed = removed.saturating_add(found);
    }
    // A statement without actions or patterns would be none.
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    statements.retain(|statement| {
        let keys = &statement["Condition"]["ForAllValues:StringLike"][LEADING_KEYS];
        !is_empty(&statement["Action"]) && !is_empty(keys)
    });
    (removed > 0).then_some(document)
}

/// Removes a word from one or many, and returns how often it occurred.
fn remove(words: Option<&mut Value>, word: &str) -> usize {
    match words {
        Some(Value::Array(all)) => {
            let before = all.len();
            all.retain(|one| one != word);
            before.saturating_sub(all.len())
        }
        Some(one) if one == word => {
            *one = Value::Array(Vec::new());
            1
        }
        Some(_) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn action_or_keys_are_removed_from_every_statement() {
        let keys = |keys: Value| json!({"ForAllValues:StringLike": {LEADING_KEYS: keys}});
        let document = json!({"Statement": [
            {"Action": ["a:B", "a:C"], "Condition": keys(json!(["X#*", "Y#*"]))},
            {"Action": "a:B", "Condition": keys(json!("X#*"))},
            {"Action": "a:D"},
        ]});
        let rest = |statements: Value| Some(json!({"Statement": statements}));
        let by_action = rest(json!([{"Action": ["a:C"], "Condition": keys(json!(["X#*", "Y#*"]))}, {"Action": "a:D"}]));
        assert_eq!(without(&document, Action("a:B")), by_action);
        let by_keys = rest(json!([{"Action": ["a:B", "a:C"], "Condition": keys(json!(["Y#*"]))}, {"Action": "a:D"}]));
        assert_eq!(without(&document, Keys("X#*")), by_keys);
        assert_eq!(without(&document, Action("a:X")), None);
        assert_eq!(without(&document, Keys("Z#*")), None);
    }

    #[test]
    fn permission_is_needed_if_some_call_would_be_refused_without_it() {
        let document = json!({"Statement": {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": "t", "Condition": {"ForAllValues:StringLike": {LEADING_KEYS: ["X#*", "Y#*"]}}}});
        let policy = Policy::read([&document]).expect("the sample is a policy");
        let call = |action: &str, key: &str| Check {
            action: action.to_owned(),
            resource: "t".to_owned(),
            keys: BTreeSet::from([key.to_owned()]),
        };
        let calls = [call("dynamodb:GetItem", "X#1"), call("dynamodb:PutItem", "Y#1")];
        let calls: Vec<&Check> = calls.iter().collect();
        let needed = policy.permissions().into_iter().filter(|permission| is_needed(&policy, permission, &calls));
        let needed: Vec<(String, Option<String>)> = needed.map(|one| (one.action, one.pattern)).collect();
        let of = |action: &str, pattern: &str| (format!("dynamodb:{action}"), Some(pattern.to_owned()));
        assert_eq!(needed, [of("GetItem", "X#*"), of("PutItem", "Y#*")]);
    }
}
