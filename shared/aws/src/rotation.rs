//! Secrets as the program `till` writes them: a new value, and the end of the value before it.

use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use till_domain::time::Time;

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::operator::NotWritten;
use crate::secrets::{PREVIOUS, is_name, secret_id};

/// The secret of the sandbox, which reads it with code of its own.
const SANDBOX: &str = "sandbox/config";
/// The limit of Secrets Manager.
const MOST_SECRET_BYTES: usize = 65_536;
const NAMES: &str =
    "a secret is named bearer, tickets, proxy or account/<id>, and outside of production also sandbox/config";

/// How the values of a secret stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// When the current value was made.
    pub since: Time,
    /// Until when the value before it counts by the settings of this process, if there is one.
    pub previous_until: Option<Time>,
}

impl Aws {
    /// Writes a secret. The previous value counts beside it for a while; writing the current value again changes nothing, so
    /// that the previous one is kept.
    pub async fn put_secret(&self, name: &str, json: &str) -> Result<(), NotWritten> {
        let is_sandbox = name == SANDBOX && !self.settings().is_production();
        if !is_name(name) && !is_sandbox {
            return Err(NotWritten::Refused(NAMES));
        }
        let is_object = serde_json::from_str::<serde_json::Value>(json).is_ok_and(|value| value.is_object());
        if !is_object || json.len() > MOST_SECRET_BYTES {
            return Err(NotWritten::Refused("a secret is a JSON object of at most 64 KiB"));
        }
        let id = secret_id(&self.settings().stage, name);
        if self.current_version(&id).await?.as_deref() == Some(json) {
            return Ok(());
        }
        self.cache.secrets.clear();
        let put = self.clients.secrets().put_secret_value().secret_id(&id).secret_string(json).send().await;
        match put {
            Err(error)
                if error.as_service_error().is_some_and(PutSecretValueError::is_resource_not_found_exception) => {}
            failed => return Ok(failed.map(drop).or_unavailable("PutSecretValue")?),
        }
        let created = self.clients.secrets().create_secret().name(&id).secret_string(json).send().await;
        Ok(created.map(drop).or_unavailable("CreateSecret")?)
    }

    /// Ends the value before the current one: from now on no process that reads the secret gets it. Returns whether there was
    /// such a value.
    pub async fn revoke_previous(&self, name: &str) -> Result<bool, NotWritten> {
        if !is_name(name) {
            return Err(NotWritten::Refused(NAMES));
        }
        let id = secret_id(&self.settings().stage, name);
        if self.current_version(&id).await?.is_none() {
            return Err(NotWritten::NotFound);
        }
        let previous = self.version_of(&id, PREVIOUS).await?;
        let Some(version) = previous.and_then(|version| version.version_id) else { return Ok(false) };
        let call = self.clients.secrets().update_secret_version_stage();
        let call = call.secret_id(&id).version_stage(PREVIOUS).remove_from_version_id(version);
        call.send().await.or_unavailable("UpdateSecretVersionStage")?;
        self.cache.secrets.clear();
        Ok(true)
    }

    /// `None` if there is no such secret.
    pub async fn standing(&self, name: &str) -> Result<Option<Standing>, NotWritten> {
        if !is_name(name) {
            return Err(NotWritten::Refused(NAMES));
        }
        let stored = self.stored_secret(name).await?;
        Ok(stored.map(|stored| {
            let until = stored.since.plus(self.settings().rotation_grace);
            let counts = stored.has_previous() && self.now() < until;
            Standing { since: stored.since, previous_until: counts.then_some(until) }
        }))
    }
}
