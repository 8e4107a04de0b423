//! Reads the configuration, and the key of users' tokens, from Secrets Manager. Neither their content nor an error in it is logged.

use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Aws;
use crate::config::Config;
use crate::lambda::Source;
use crate::ports::{BearerKey, StoreError};

#[derive(Deserialize)]
struct Bearer {
    bearer: String,
}

impl Aws {
    async fn secret<T: DeserializeOwned>(&self, name: String) -> Result<T, StoreError> {
        let answer = self.secrets.get_secret_value().secret_id(&name).send().await.map_err(|error| {
            tracing::error!(secret = name, code = error.code().unwrap_or("none"), "the secret cannot be read");
            StoreError::Unavailable
        })?;
        let content = answer.secret_string().and_then(|text| serde_json::from_str(text).ok());
        content.ok_or_else(|| {
            tracing::error!(secret = name, "the secret does not have the form that the sandbox reads");
            StoreError::Unavailable
        })
    }
}

impl Source for Aws {
    async fn config(&self) -> Result<Config, StoreError> {
        let config = self.secret(self.settings.config_secret()).await?;
        Ok(Config { public_url: self.settings.public_url(), ..config })
    }
}

impl BearerKey for Aws {
    async fn bearer_key(&self) -> Result<Option<String>, StoreError> {
        let Bearer { bearer } = self.secret(self.settings.bearer_secret()).await?;
        Ok(Some(bearer))
    }
}
