//! The policies of a role, as IAM of the emulator returns them: those that were deployed.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::policy::Policy;
use crate::local::aws::{Aws, element, elements};

/// All policies of a role, as one. A role has inline policies only: what was attached to it would not count here.
pub(crate) fn policy_of(aws: Aws, role: &str) -> Result<Policy, String> {
    let documents: Vec<Value> = names(aws, role)?
        .iter()
        .map(|name| RolePolicy::of(aws, role, name).map(|policy| policy.document))
        .collect::<Result<_, String>>()?;
    Policy::read(&documents).map_err(|why| format!("the role {role}: {why}"))
}

/// One inline policy of a role.
pub(crate) struct RolePolicy {
    pub(crate) role: String,
    name: String,
    pub(crate) document: Value,
}

impl RolePolicy {
    /// The one policy in the role of a function.
    pub(crate) fn of_function(aws: Aws, function: &str) -> Result<Self, String> {
        let role = aws.role_of(function)?;
        match names(aws, &role)?.as_slice() {
            [name] => Self::of(aws, &role, name),
            names => Err(format!("the role {role} has {} policies, not one", names.len())),
        }
    }

    fn of(aws: Aws, role: &str, name: &str) -> Result<Self, String> {
        let found = aws.iam("GetRolePolicy", &[("RoleName", role), ("PolicyName", name)])?;
        let text = element(&found, "PolicyDocument").ok_or_else(|| format!("the policy {name} is empty"))?;
        let document =
            serde_json::from_str(&unescaped(&text)).map_err(|error| format!("the policy {name}: {error}"))?;
        Ok(Self { role: role.to_owned(), name: name.to_owned(), document })
    }

    pub(crate) fn put(&self, aws: Aws, document: &Value) -> Result<(), String> {
        let text = document.to_string();
        let fields = [("RoleName", self.role.as_str()), ("PolicyName", &self.name), ("PolicyDocument", &text)];
        aws.iam("PutRolePolicy", &fields).map(drop)
    }
}

fn names(aws: Aws, role: &str) -> Result<Vec<String>, String> {
    let list = aws.iam("ListRolePolicies", &[("RoleName", role)])?;
    let names = elements(&list, "member");
    if names.is_empty() { Err(format!("the role {role} has no policy")) } else { Ok(names) }
}

/// IAM percent-encodes the documents in its answers; the emulator does not always.
fn unescaped(text: &str) -> Cow<'_, str> {
    if text.starts_with('{') { text.into() } else { percent_decode_str(text).decode_utf8_lossy() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_is_unescaped() {
        assert_eq!(unescaped("%7B%22a%22%3A%201%7D"), r#"{"a": 1}"#);
        assert_eq!(unescaped(r#"{"a": "%"}"#), r#"{"a": "%"}"#);
    }
}
