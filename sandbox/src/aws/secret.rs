//! Reads the configuration from Secrets Manager. Neither its content nor an error in it is logged.

use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;

use super::Aws;
use crate::config::Config;
use crate::lambda::Source;
use crate::ports::StoreError;

impl Source for Aws {
    async fn config(&self) -> Result<Config, StoreError> {
        let name = self.settings.secret();
        let answer = self.secrets.get_secret_value().secret_id(&name).send().await.map_err(|error| {
            tracing::error!(secret = name, code = error.code().unwrap_or("none"), "the secret cannot be read");
            StoreError::Unavailable
        })?;
        let config: Option<Config> = answer.secret_string().and_then(|text| serde_json::from_str(text).ok());
        let Some(config) = config else {
            tracing::error!(secret = name, "the secret is no configuration of the sandbox");
            return Err(StoreError::Unavailable);
        };
        Ok(Config { public_url: self.settings.public_url(), ..config })
    }
}
