//! Secrets Manager: the calls that functions and the program `till` make.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};

use super::aws::{JSON, unknown};
use super::serve::{self, Response};

const CURRENT: &str = "AWSCURRENT";
/// A stage has its keys for long. So soon after a change, functions read the value before it too.
const AGE: Duration = Duration::from_hours(30 * 24);

/// The newest two values of each secret, the newest last.
#[derive(Default)]
pub struct Secrets(BTreeMap<String, Vec<Version>>);

#[derive(Clone)]
struct Version {
    value: String,
    /// Seconds since 1970.
    created: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    #[serde(alias = "Name")]
    secret_id: String,
    version_stage: Option<String>,
    secret_string: Option<String>,
}

impl Secrets {
    pub fn current(&self, id: &str) -> Option<String> {
        self.0.get(id)?.last().map(|version| version.value.clone())
    }

    pub fn put(&mut self, id: &str, value: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let created = now.saturating_sub(AGE).as_secs();
        let versions = self.0.entry(id.to_owned()).or_default();
        versions.push(Version { value: value.to_owned(), created });
        if versions.len() > 2 {
            versions.remove(0);
        }
    }

    fn get(&self, id: &str, stage: &str) -> Option<Value> {
        let versions = self.0.get(id)?;
        let from_end = if stage == CURRENT { 1 } else { 2 };
        let at = versions.len().checked_sub(from_end)?;
        let Version { value, created } = versions.get(at)?;
        Some(json!({
            "ARN": format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{id}-AbCdEf"),
            "Name": id, "VersionId": format!("{at:08x}-0000-4000-8000-000000000000"), "SecretString": value,
            "VersionStages": [stage], "CreatedDate": created,
        }))
    }
}

pub fn answer(secrets: &Mutex<Secrets>, operation: &str, body: &[u8]) -> Response {
    let mut secrets = secrets.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(asked) = serde_json::from_slice::<Asked>(body) else { return unknown("what a secret is asked") };
    let id = asked.secret_id;
    let found = match (operation, asked.secret_string) {
        ("GetSecretValue", _) => secrets.get(&id, asked.version_stage.as_deref().unwrap_or(CURRENT)),
        ("CreateSecret", Some(value)) => {
            secrets.put(&id, &value);
            Some(json!({"Name": id}))
        }
        ("PutSecretValue", Some(value)) => secrets.current(&id).map(|_| {
            secrets.put(&id, &value);
            json!({"Name": id})
        }),
        _ => return unknown(&format!("Secrets Manager {operation}")),
    };
    match found {
        Some(found) => respond(200, &found),
        None => respond(
            400,
            &json!({
                "__type": "ResourceNotFoundException",
                "Message": "Secrets Manager can't find the specified secret value for the staging label.",
            }),
        ),
    }
}

fn respond(status: u16, body: &Value) -> Response {
    serve::answer(status, JSON, body.to_string())
}
