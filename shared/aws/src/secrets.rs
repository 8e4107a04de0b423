//! Secrets, from Secrets Manager. No value may get into a log, and no name from outside may lead out of the stage's own folder:
//! every name is checked before the call.

use std::sync::Arc;

use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
use till_app::ports::{ReadSecret, Secret, Unavailable};
use till_domain::text::AccountId;
use till_domain::time::{Seconds, Time};

use crate::aws::Aws;
use crate::error::OrUnavailable as _;

const CURRENT: &str = "AWSCURRENT";
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";
/// The secrets that sign what callers show: users' tokens, and tickets of sockets.
pub(crate) const SIGNING: [&str; 2] = ["bearer", "tickets"];

/// A secret as the service has it.
#[derive(Clone)]
pub(crate) struct Stored {
    current: Arc<str>,
    /// When the current value was made.
    pub since: Time,
    previous: Option<Arc<str>>,
}

impl Stored {
    /// The values that count now: a replaced one does for `grace` after the new one was made.
    fn at(&self, now: Time, grace: Seconds) -> Secret {
        let previous = self.previous.clone().filter(|_| now < self.since.plus(grace));
        Secret { current: Arc::clone(&self.current), previous }
    }

    /// Whether there is one that counted when this was read.
    pub const fn has_previous(&self) -> bool {
        self.previous.is_some()
    }
}

impl ReadSecret for Aws {
    async fn read_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        let stored = match self.cache.secrets.get(name, self.now()) {
            Some(known) => known,
            None => self.fetch_secret(name).await?,
        };
        Ok(stored.map(|stored| self.counting(&stored)))
    }

    async fn refresh_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        check(name)?;
        let now = self.now();
        // Noted before the call, so that forged signatures cause few calls while the service is down too.
        let mut pace = self.cache.secret_paces.get(name, now).unwrap_or_default();
        let is_admitted = pace.admits(now);
        self.cache.secret_paces.put(name, pace, now);
        if !is_admitted {
            return self.read_secret(name).await;
        }
        Ok(self.fetch_secret(name).await?.map(|stored| self.counting(&stored)))
    }
}

impl Aws {
    /// The one place where it is decided which values of a secret count; also while they are cached.
    fn counting(&self, stored: &Stored) -> Secret {
        stored.at(self.now(), self.settings.rotation_grace)
    }

    async fn fetch_secret(&self, name: &str) -> Result<Option<Stored>, Unavailable> {
        check(name)?;
        let stored = self.stored_secret(name).await?;
        self.cache.secrets.put(name, stored.clone(), self.now());
        Ok(stored)
    }

    /// A secret, uncached.
    pub(crate) async fn stored_secret(&self, name: &str) -> Result<Option<Stored>, Unavailable> {
        let id = secret_id(&self.settings.stage, name);
        let Some(current) = self.version_of(&id, CURRENT).await? else { return Ok(None) };
        // Without a time the previous value counts no longer.
        let since = current.created_date().and_then(|at| Time::from_unix(at.secs()).ok()).unwrap_or(Time::FIRST);
        // Only the service knows whether there is a previous value. Most secrets are so old that it would not count.
        let may_count = self.now() < since.plus(self.settings.rotation_grace);
        let previous = if may_count { self.version_of(&id, PREVIOUS).await? } else { None };
        let previous = previous.as_ref().map(value).transpose()?;
        Ok(Some(Stored { current: value(&current)?, since, previous }))
    }

    /// The current value of any secret by its full name, uncached.
    pub(crate) async fn current_version(&self, id: &str) -> Result<Option<Arc<str>>, Unavailable> {
        self.version_of(id, CURRENT).await?.as_ref().map(value).transpose()
    }

    pub(crate) async fn version_of(&self, id: &str, stage: &str) -> Result<Option<GetSecretValueOutput>, Unavailable> {
        let asked = self.clients.secrets().get_secret_value().secret_id(id).version_stage(stage).send().await;
        match asked {
            Err(error)
                if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                Ok(None)
            }
            asked => asked.map(Some).or_unavailable("GetSecretValue"),
        }
    }
}

fn value(version: &GetSecretValueOutput) -> Result<Arc<str>, Unavailable> {
    version.secret_string().map(Arc::from).ok_or_else(|| {
        tracing::error!("a secret has binary content where JSON text is expected");
        Unavailable
    })
}

pub fn secret_id(stage: &str, name: &str) -> String {
    format!("till/{stage}/{name}")
}

pub fn is_name(name: &str) -> bool {
    let is_named = SIGNING.contains(&name) || ["proxy", "channels"].contains(&name);
    is_named || name.strip_prefix("account/").is_some_and(|id| AccountId::parse(id).is_ok())
}

fn check(name: &str) -> Result<(), Unavailable> {
    if is_name(name) {
        return Ok(());
    }
    // The name is not logged, because it may be hostile.
    tracing::error!("a secret with an invalid name was requested");
    Err(Unavailable)
}

#[cfg(test)]
mod tests;
