//! Secrets, from Secrets Manager. No value may get into a log, and no name from outside may lead out of the stage's own folder:
//! every name is checked before the call.

use std::sync::Arc;

use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
use till_app::ports::{ReadSecret, Secret, Unavailable};
use till_domain::text::AccountId;

use crate::aws::Aws;
use crate::error::OrUnavailable as _;

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

impl ReadSecret for Aws {
    async fn read_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        match self.cache.secrets.get(name, self.now()) {
            Some(known) => Ok(known),
            None => self.fetch_secret(name).await,
        }
    }

    async fn refresh_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        let now = self.now();
        if self.cache.refreshed.get(name, now).is_some() {
            return self.read_secret(name).await;
        }
        check(name)?;
        // Noted before the call, so that forged signatures cause no calls while the service is down either.
        self.cache.refreshed.put(name, (), now);
        self.fetch_secret(name).await
    }
}

impl Aws {
    async fn fetch_secret(&self, name: &str) -> Result<Option<Secret>, Unavailable> {
        check(name)?;
        let id = secret_id(&self.settings.stage, name);
        // Only the service knows whether there is a previous value.
        let (current, previous) =
            futures_util::future::try_join(self.current_version(&id), self.version_of(&id, PREVIOUS)).await?;
        let secret = current.map(|current| Secret { current, previous });
        self.cache.secrets.put(name, secret.clone(), self.now());
        Ok(secret)
    }

    /// The current value of any secret by its full name, uncached.
    pub(crate) async fn current_version(&self, id: &str) -> Result<Option<Arc<str>>, Unavailable> {
        self.version_of(id, CURRENT).await
    }

    async fn version_of(&self, id: &str, stage: &str) -> Result<Option<Arc<str>>, Unavailable> {
        let asked = self.clients.secrets().get_secret_value().secret_id(id).version_stage(stage).send().await;
        text(asked)
    }
}

fn text(asked: Result<GetSecretValueOutput, SdkError<GetSecretValueError>>) -> Result<Option<Arc<str>>, Unavailable> {
    match asked {
        Ok(answer) => answer.secret_string().map(|text| Some(Arc::from(text))).ok_or_else(|| {
            tracing::error!("a secret has binary content where JSON text is expected");
            Unavailable
        }),
        Err(error) if error.as_service_error().is_some_and(GetSecretValueError::is_resource_not_found_exception) => {
            Ok(None)
        }
        Err(error) => Err(error).or_unavailable("GetSecretValue"),
    }
}

pub fn secret_id(stage: &str, name: &str) -> String {
    format!("till/{stage}/{name}")
}

pub fn is_name(name: &str) -> bool {
    ["tokens", "proxy"].contains(&name) || name.strip_prefix("account/").is_some_and(|id| AccountId::parse(id).is_ok())
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
