//! Taking one permission at a time from a function's role, and giving it back: without it, the function's journey must fail.
//! So the journeys show that roles are enforced at all, and that what they allow is used.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Checks;
use crate::local::aws::{Aws, element};

/// Of each function, an action that its journey cannot do without.
const TAKEN: [(&str, &str); 12] = [
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

/// Takes them away one after the other. `fails` sends the function's journey.
pub(super) fn each_is_missed(
    port: u16,
    functions: &BTreeMap<String, String>,
    checks: &mut Checks,
    fails: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let aws = Aws { port };
    for name in functions.keys().filter(|name| TAKEN.iter().all(|(known, _)| known != &name.as_str())) {
        checks.note(&format!("{name} is among the functions whose permissions are tried"), false);
    }
    for (function, action) in TAKEN {
        let arn = functions.get(function).ok_or_else(|| format!("the stack has no function {function}"))?;
        let policy = Policy::of(aws, arn)?;
        policy.put(aws, &policy.without(action)?)?;
        checks.note(&format!("{function} cannot do without {action}"), fails(function));
        policy.put(aws, &policy.document)?;
    }
    Ok(())
}

/// The one policy in a function's role.
struct Policy {
    role: String,
    name: String,
    document: Value,
}

impl Policy {
    fn of(aws: Aws, function: &str) -> Result<Self, String> {
        let role = aws.role_of(function)?;
        let list = aws.roles("ListRolePolicies", &[("RoleName", &role)])?;
        let name = element(&list, "member").ok_or_else(|| format!("the role {role} has no policy"))?;
        let found = aws.roles("GetRolePolicy", &[("RoleName", &role), ("PolicyName", &name)])?;
        let text = element(&found, "PolicyDocument").ok_or_else(|| format!("the policy {name} is empty"))?;
        let document =
            serde_json::from_str(&unescaped(&text)).map_err(|error| format!("the policy {name}: {error}"))?;
        Ok(Self { role, name, document })
    }

    /// The same without an action; it must have been there.
    fn without(&self, action: &str) -> Result<Value, String> {
        let mut document = self.document.clone();
        let mut taken = 0;
        let statements = document.get_mut("Statement").and_then(Value::as_array_mut);
        let statements = statements.ok_or_else(|| format!("the policy {} has no statements", self.name))?;
        for statement in &mut *statements {
            if let Some(actions) = statement.get_mut("Action") {
                taken += take(actions, action);
            }
        }
        statements.retain(|statement| statement["Action"] != Value::Array(Vec::new()));
        if taken == 0 { Err(format!("the role {} does not allow {action}", self.role)) } else { Ok(document) }
    }

    fn put(&self, aws: Aws, document: &Value) -> Result<(), String> {
        let text = document.to_string();
        let fields = [("RoleName", self.role.as_str()), ("PolicyName", &self.name), ("PolicyDocument", &text)];
        aws.roles("PutRolePolicy", &fields).map(drop)
    }
}

/// Takes an action out of a statement's one or many, and tells how often it was there.
fn take(actions: &mut Value, action: &str) -> usize {
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

/// A document as IAM writes it into its answers: percent-encoded, or not where the emulator is less strict.
fn unescaped(text: &str) -> String {
    if text.starts_with('{') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let code = if byte == b'%' { rest.next().zip(rest.next()) } else { None };
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(code.and_then(|(high, low)| Some(digit(high)? * 16 + digit(low)?)).unwrap_or(byte));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_action_is_taken_wherever_it_stands() {
        let statements = json!([{"Action": ["a:B", "a:C"]}, {"Action": "a:B"}, {"Action": "a:D"}]);
        let document = json!({"Statement": statements});
        let policy = Policy { role: "r".to_owned(), name: "p".to_owned(), document };
        assert_eq!(policy.without("a:B"), Ok(json!({"Statement": [{"Action": ["a:C"]}, {"Action": "a:D"}]})));
        assert!(policy.without("a:X").is_err());
    }

    #[test]
    fn documents_are_unescaped() {
        assert_eq!(unescaped("%7B%22a%22%3A%201%7D"), r#"{"a": 1}"#);
        assert_eq!(unescaped(r#"{"a": "%"}"#), r#"{"a": "%"}"#);
    }
}
