//! Removes one permission at a time from the role of a function: its journey must fail without it. So the journeys prove that
//! roles are enforced and that their permissions are used.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Checks;
use crate::local::aws::{Aws, element};

/// For each function, an action that its journey needs.
const NEEDED: [(&str, &str); 12] = [
    ("create-order", "dynamodb:UpdateItem"),
    ("order-status", "dynamodb:BatchGetItem"),
    ("cancel-order", "dynamodb:UpdateItem"),
    ("refund-order", "dynamodb:UpdateItem"),
    ("spend-wallet", "dynamodb:PutItem"),
    ("wechat-callback", "sqs:SendMessage"),
    ("alipay-callback", "sqs:SendMessage"),
    ("stripe-webhook", "dynamodb:UpdateItem"),
    ("fulfil-order", "execute-api:ManageConnections"),
    ("sweep-orders", "dynamodb:Query"),
    ("push-connection", "dynamodb:PutItem"),
    ("sandbox", "sqs:SendMessage"),
];

/// `fails` runs the journey of a function.
pub(super) fn check_each_is_needed(
    port: u16,
    functions: &BTreeMap<String, String>,
    checks: &mut Checks,
    fails: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let aws = Aws { port };
    for name in functions.keys().filter(|name| NEEDED.iter().all(|(known, _)| known != &name.as_str())) {
        checks.note(&format!("{name} has a row in the table of needed permissions"), false);
    }
    for (function, action) in NEEDED {
        let arn = functions.get(function).ok_or_else(|| format!("the stack has no function {function}"))?;
        let policy = Policy::of(aws, arn)?;
        policy.put(aws, &policy.without(action)?)?;
        checks.note(&format!("{function} fails without {action}"), fails(function));
        policy.put(aws, &policy.document)?;
    }
    Ok(())
}

/// The one policy in the role of a function.
struct Policy {
    role: String,
    name: String,
    document: Value,
}

impl Policy {
    fn of(aws: Aws, function: &str) -> Result<Self, String> {
        let role = aws.role_of(function)?;
        let list = aws.iam("ListRolePolicies", &[("RoleName", &role)])?;
        let name = element(&list, "member").ok_or_else(|| format!("the role {role} has no policy"))?;
        let found = aws.iam("GetRolePolicy", &[("RoleName", &role), ("PolicyName", &name)])?;
        let text = element(&found, "PolicyDocument").ok_or_else(|| format!("the policy {name} is empty"))?;
        let document =
            serde_json::from_str(&unescaped(&text)).map_err(|error| format!("the policy {name}: {error}"))?;
        Ok(Self { role, name, document })
    }

    /// The policy without an action; an error when it does not have it.
    fn without(&self, action: &str) -> Result<Value, String> {
        let mut document = self.document.clone();
        let mut removed = 0;
        let statements = document.get_mut("Statement").and_then(Value::as_array_mut);
        let statements = statements.ok_or_else(|| format!("the policy {} has no statements", self.name))?;
        for statement in &mut *statements {
            if let Some(actions) = statement.get_mut("Action") {
                removed += remove(actions, action);
            }
        }
        statements.retain(|statement| statement["Action"] != Value::Array(Vec::new()));
        if removed == 0 { Err(format!("the role {} does not allow {action}", self.role)) } else { Ok(document) }
    }

    fn put(&self, aws: Aws, document: &Value) -> Result<(), String> {
        let text = document.to_string();
        let fields = [("RoleName", self.role.as_str()), ("PolicyName", &self.name), ("PolicyDocument", &text)];
        aws.iam("PutRolePolicy", &fields).map(drop)
    }
}

/// Removes an action from the one or many of a statement, and returns how often it occurred.
fn remove(actions: &mut Value, action: &str) -> usize {
    match actions {
        Value::Array(all) => {
            let before = all.len();
            all.retain(|one| one != action);
            before.saturating_sub(all.len())
        }
        one if one == action => {
            *one = Value::Array(Vec::new());
            1
        }
        _ => 0,
    }
}

/// IAM percent-encodes the documents in its answers; the emulator does not always.
fn unescaped(text: &str) -> Cow<'_, str> {
    if text.starts_with('{') { text.into() } else { percent_decode_str(text).decode_utf8_lossy() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn action_is_removed_from_every_statement() {
        let statements = json!([{"Action": ["a:B", "a:C"]}, {"Action": "a:B"}, {"Action": "a:D"}]);
        let document = json!({"Statement": statements});
        let policy = Policy { role: "r".to_owned(), name: "p".to_owned(), document };
        assert_eq!(policy.without("a:B"), Ok(json!({"Statement": [{"Action": ["a:C"]}, {"Action": "a:D"}]})));
        assert!(policy.without("a:X").is_err());
    }

    #[test]
    fn document_is_unescaped() {
        assert_eq!(unescaped("%7B%22a%22%3A%201%7D"), r#"{"a": 1}"#);
        assert_eq!(unescaped(r#"{"a": "%"}"#), r#"{"a": "%"}"#);
    }
}
