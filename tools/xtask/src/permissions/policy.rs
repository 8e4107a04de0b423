//! The policy of a role, as far as it is about DynamoDB: whether it allows a call. What cannot be read here never allows
//! anything, and always denies what it might deny.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) const LEADING_KEYS: &str = "dynamodb:LeadingKeys";

/// One thing that a call asks for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Check {
    /// `dynamodb:GetItem`
    pub(crate) action: String,
    /// The ARN of a table or of an index.
    pub(crate) resource: String,
    /// The partition keys that it names. Without any, the request has no `dynamodb:LeadingKeys`.
    pub(crate) keys: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Policy(Vec<Statement>);

#[derive(Clone, Debug)]
struct Statement {
    allows: bool,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
    /// Why the statement cannot be judged, where it has a part that is not known here.
    unclear: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Condition {
    operator: Operator,
    values: Vec<String>,
}

/// A condition on the leading keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    EveryKeyEquals,
    EveryKeyIsLike,
    SomeKeyEquals,
    SomeKeyIsLike,
    /// `Null`: whether the request has no keys.
    IsMissing,
}

/// One permission of a statement: an action, under one of the patterns of keys if it has any.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Permission {
    statement: usize,
    pub(crate) action: String,
    pub(crate) pattern: Option<String>,
}

enum Applies {
    Yes,
    No,
    Unclear(String),
}

impl Policy {
    /// Reads the documents of a role, which count together.
    pub(crate) fn read<'a>(documents: impl IntoIterator<Item = &'a Value>) -> Result<Self, String> {
        let mut statements = Vec::new();
        for document in documents {
            let all = match document.get("Statement") {
                Some(Value::Array(all)) => all.iter().collect(),
                Some(one @ Value::Object(_)) => vec![one],
                Some(_) | None => return Err("a policy has no statements".to_owned()),
            };
            for statement in all {
                statements.push(Statement::read(statement)?);
            }
        }
        Ok(Self(statements))
    }

    /// An error is the reason that DynamoDB gives, or that makes the policy unclear.
    pub(crate) fn allows(&self, check: &Check) -> Result<(), String> {
        let (mut is_allowed, mut unclear) = (false, None);
        for statement in &self.0 {
            match (statement.allows, statement.applies(check)) {
                (false, Applies::Yes) => return Err("with an explicit deny in an identity-based policy".to_owned()),
                (false, Applies::Unclear(why)) => return Err(format!("because of a deny that is unclear: {why}")),
                (true, Applies::Yes) => is_allowed = true,
                (true, Applies::Unclear(why)) => unclear = Some(why),
                (true | false, Applies::No) => {}
            }
        }
        match unclear {
            _ if is_allowed => Ok(()),
            Some(why) => Err(format!("because the statement that could allow it is unclear: {why}")),
            None => Err(format!("because no identity-based policy allows the {} action", check.action)),
        }
    }

    /// Each permission on DynamoDB that the policy gives.
    pub(crate) fn permissions(&self) -> Vec<Permission> {
        let allowing = self.0.iter().enumerate().filter(|(_, statement)| statement.allows);
        let each = allowing.flat_map(|(number, statement)| {
            let actions = statement.actions.iter().filter(|action| action.starts_with("dynamodb:"));
            let patterns: Vec<Option<String>> = match statement.patterns() {
                Some(patterns) => patterns.iter().cloned().map(Some).collect(),
                None => vec![None],
            };
            let under = move |action: &String| {
                let action = action.clone();
                patterns.clone().into_iter().map(move |pattern| Permission {
                    statement: number,
                    action: action.clone(),
                    pattern,
                })
            };
            actions.flat_map(under)
        });
        each.collect()
    }

    /// The policy without one permission.
    pub(crate) fn without(&self, permission: &Permission) -> Self {
        let mut statements = self.0.clone();
        if let Some(statement) = statements.get_mut(permission.statement) {
            let mut rest = statement.clone();
            statement.actions.retain(|action| *action != permission.action);
            rest.actions.retain(|action| *action == permission.action);
            if let (Some(pattern), Some(patterns)) = (&permission.pattern, rest.patterns_mut()) {
                patterns.retain(|one| one != pattern);
                statements.push(rest);
            }
        }
        Self(statements)
    }
}

impl Statement {
    fn read(value: &Value) -> Result<Self, String> {
        let statement = value.as_object().ok_or("a statement is no object")?;
        let words = |name: &str| statement.get(name).and_then(words);
        let (conditions, unclear) = match statement.get("Condition") {
            None => (Vec::new(), None),
            Some(all) => conditions(all).map_or_else(|why| (Vec::new(), Some(why)), |all| (all, None)),
        };
        let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
        let unknown = statement.keys().find(|name| !known.contains(&name.as_str()));
        let missing = ["Action", "Resource"].into_iter().find(|name| words(name).is_none());
        let unclear = unknown
            .map(|name| format!("{name} is not known"))
            .or_else(|| missing.map(|name| format!("{name} is missing or no text")))
            .or(unclear);
        let anything = || vec!["*".to_owned()];
        Ok(Self {
            allows: match statement.get("Effect").and_then(Value::as_str) {
                Some("Allow") => true,
                Some("Deny") => false,
                Some(_) | None => return Err("a statement neither allows nor denies".to_owned()),
            },
            actions: words("Action").unwrap_or_else(anything),
            resources: words("Resource").unwrap_or_else(anything),
            conditions,
            unclear,
        })
    }

    fn applies(&self, check: &Check) -> Applies {
        let action = check.action.to_ascii_lowercase();
        let fits = self.actions.iter().any(|pattern| is_like(&action, &pattern.to_ascii_lowercase()))
            && self.resources.iter().any(|pattern| is_like(&check.resource, pattern));
        match &self.unclear {
            _ if !fits => Applies::No,
            Some(why) => Applies::Unclear(why.clone()),
            None if self.conditions.iter().all(|condition| condition.holds(&check.keys)) => Applies::Yes,
            None => Applies::No,
        }
    }

    /// The patterns of keys of which each key has to fit one.
    fn patterns(&self) -> Option<&Vec<String>> {
        self.conditions.iter().find(|condition| condition.operator.is_about_every_key()).map(|found| &found.values)
    }

    fn patterns_mut(&mut self) -> Option<&mut Vec<String>> {
        let mut conditions = self.conditions.iter_mut();
        conditions.find(|condition| condition.operator.is_about_every_key()).map(|found| &mut found.values)
    }
}

impl Operator {
    fn read(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "forallvalues:stringequals" => Some(Self::EveryKeyEquals),
            "forallvalues:stringlike" => Some(Self::EveryKeyIsLike),
            "foranyvalue:stringequals" => Some(Self::SomeKeyEquals),
            "foranyvalue:stringlike" => Some(Self::SomeKeyIsLike),
            "null" => Some(Self::IsMissing),
            _ => None,
        }
    }

    const fn is_about_every_key(self) -> bool {
        match self {
            Self::EveryKeyEquals | Self::EveryKeyIsLike => true,
            Self::SomeKeyEquals | Self::SomeKeyIsLike | Self::IsMissing => false,
        }
    }
}

impl Condition {
    fn holds(&self, keys: &BTreeSet<String>) -> bool {
        let equals = |key: &String| self.values.contains(key);
        let like = |key: &String| self.values.iter().any(|pattern| is_like(key, pattern));
        match self.operator {
            // As IAM has it, every key of no keys fits.
            Operator::EveryKeyEquals => keys.iter().all(equals),
            Operator::EveryKeyIsLike => keys.iter().all(like),
            Operator::SomeKeyEquals => keys.iter().any(equals),
            Operator::SomeKeyIsLike => keys.iter().any(like),
            Operator::IsMissing => self.values.iter().all(|value| (value == "true") == keys.is_empty()),
        }
    }
}

/// Reads the conditions of a statement; an error says which one is not known.
fn conditions(value: &Value) -> Result<Vec<Condition>, String> {
    let by_operator = value.as_object().ok_or("Condition is no object")?;
    let each = by_operator.iter().flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flat_map(Map::iter).map(move |(key, values)| (operator, key, values))
    });
    let conditions = each.map(|(name, key, values)| {
        if !key.eq_ignore_ascii_case(LEADING_KEYS) {
            return Err(format!("the condition on {key} is not known"));
        }
        let operator = Operator::read(name).ok_or_else(|| format!("the operator {name} is not known"))?;
        let values = words(values).ok_or_else(|| format!("the values of {name} are no texts"))?;
        let is_truth = |value: &String| value == "true" || value == "false";
        if operator == Operator::IsMissing && !values.iter().all(is_truth) {
            return Err("Null takes true and false only".to_owned());
        }
        if values.iter().any(|value| value.contains("${")) {
            return Err("variables of policies are not known".to_owned());
        }
        Ok(Condition { operator, values })
    });
    conditions.collect()
}

/// One text, or a list of at least one.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Bool(one) => Some(vec![one.to_string()]),
        Value::Array(all) if !all.is_empty() => all.iter().map(|one| one.as_str().map(str::to_owned)).collect(),
        Value::Array(_) | Value::Null | Value::Number(_) | Value::Object(_) => None,
    }
}

/// A star stands for any characters or none, a question mark for one.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    // The parts of the text that the pattern read so far can stand for, by their length.
    let mut lengths: Vec<bool> = (0..=text.len()).map(|length| length == 0).collect();
    for wanted in pattern {
        let mut next = vec![false; lengths.len()];
        let mut reached = false;
        for (length, fits) in next.iter_mut().enumerate() {
            let before = length.checked_sub(1);
            let could = before.is_some_and(|before| lengths.get(before) == Some(&true));
            let last = before.and_then(|before| text.get(before));
            reached |= lengths.get(length) == Some(&true);
            *fits = match wanted {
                '*' => reached,
                '?' => could,
                letter => could && last == Some(&letter),
            };
        }
        lengths = next;
    }
    lengths.last() == Some(&true)
}

#[cfg(test)]
mod tests;
