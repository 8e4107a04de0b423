//! The settings of the function, read from the environment once at start. Production is refused here first.

use std::path::Path;

use till_http::Roots;

use crate::config::refuse_production;

#[derive(Clone, Debug)]
pub struct Settings {
    pub region: String,
    /// An emulator's address; `None` on AWS.
    pub endpoint_url: Option<String>,
    /// Whom to trust as AWS: `AWS_CA_BUNDLE` names others than AWS.
    pub roots: Roots,
    pub stage: String,
    pub table_name: String,
    pub queue_url: String,
    pub api_id: String,
}

impl Settings {
    /// An empty variable counts as missing: emulators set some to nothing. The error names a variable, never its value.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let must = |name: &str| set(name).ok_or_else(|| format!("{name} is not set"));
        let stage = must("STAGE")?;
        refuse_production(&stage)?;
        let (region, bundle) = (must("AWS_REGION")?, set("AWS_CA_BUNDLE"));
        let roots = Roots::in_bundle_or(bundle.as_deref().map(Path::new), || Roots::of_aws(&region));
        Ok(Self {
            roots: roots.map_err(|error| format!("AWS_CA_BUNDLE: {error}"))?,
            region,
            endpoint_url: set("AWS_ENDPOINT_URL").map(|url| url.trim_end_matches('/').to_owned()),
            stage,
            table_name: must("TABLE_NAME")?,
            queue_url: must("SANDBOX_QUEUE_URL")?,
            api_id: must("SANDBOX_API_ID")?,
        })
    }

    /// On AWS the gateway's own host, at an emulator a path.
    pub fn public_url(&self) -> String {
        let Self { api_id, region, .. } = self;
        match &self.endpoint_url {
            Some(endpoint) => format!("{endpoint}/_aws/execute-api/{api_id}"),
            None => format!("https://{api_id}.execute-api.{region}.amazonaws.com"),
        }
    }

    /// The name of the secret with the configuration.
    pub fn config_secret(&self) -> String {
        format!("till/{}/sandbox/config", self.stage)
    }

    /// The name of the secret with the key of users' tokens.
    pub fn bearer_secret(&self) -> String {
        format!("till/{}/bearer", self.stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(changed: &[(&str, &str)]) -> Result<Settings, String> {
        let usual = [
            ("AWS_REGION", "eu-central-1"),
            ("STAGE", "dev"),
            ("TABLE_NAME", "till"),
            ("SANDBOX_QUEUE_URL", "https://queue"),
            ("SANDBOX_API_ID", "a1b2c3d4"),
            ("AWS_ENDPOINT_URL", ""),
        ];
        Settings::read(|name| {
            let found = changed.iter().chain(&usual).find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn public_url_is_address_of_gateway() {
        let on_aws = read(&[]).unwrap();
        assert_eq!(on_aws.public_url(), "https://a1b2c3d4.execute-api.eu-central-1.amazonaws.com");
        assert_eq!(on_aws.config_secret(), "till/dev/sandbox/config");
        assert_eq!(on_aws.bearer_secret(), "till/dev/bearer");
        let emulated = read(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")]).unwrap();
        assert_eq!(emulated.public_url(), "http://127.0.0.1:4566/_aws/execute-api/a1b2c3d4");
    }

    #[test]
    fn missing_variable_is_named_and_production_is_refused_first() {
        for name in ["AWS_REGION", "STAGE", "TABLE_NAME", "SANDBOX_QUEUE_URL", "SANDBOX_API_ID"] {
            let refused = read(&[(name, "")]).unwrap_err();
            assert_eq!(refused, format!("{name} is not set"));
        }
        let refused = read(&[("STAGE", "production"), ("TABLE_NAME", "")]).unwrap_err();
        assert_eq!(Err(refused.as_str()), refuse_production("production"));
        assert!(refused.contains("refuses to start"));
    }
}
