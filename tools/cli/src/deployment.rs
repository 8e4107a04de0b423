//! The deployment that a command works on. Without `--stack` the environment names it, as for a function. With it, the stacks of
//! the stage do, and region and credentials are those of the AWS CLI: its variables, profiles, roles, sign-in (SSO) and
//! credential processes.

use std::collections::BTreeMap;
use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata as _};
use clap::Args;
use till_aws::{Aws, Settings};
use till_http::{BadBundle, Roots};

use crate::Failure;
use crate::exit::{Exit, Stopped};

/// The stack without which there is no stage.
const FIRST_STACK: &str = "data";
/// The others that have outputs that a client needs. Keys and accounts can be made before they are there.
const OTHER_STACKS: [&str; 4] = ["realtime", "api", "jobs", "sandbox"];

#[derive(Args)]
pub struct Chosen {
    /// The deployed stage to work on; without it, the environment names the deployment
    #[arg(long, global = true, value_name = "STAGE")]
    pub stack: Option<String>,
    /// The profile of the AWS CLI to use
    #[arg(long, global = true, requires = "stack", value_name = "NAME")]
    profile: Option<String>,
    /// The region of the stage, if the profile has another
    #[arg(long, global = true, requires = "stack", value_name = "REGION")]
    region: Option<String>,
}

/// A person's network may have a proxy of its own between here and AWS.
pub fn roots() -> Result<Roots, BadBundle> {
    let bundle = std::env::var_os("AWS_CA_BUNDLE").filter(|file| !file.is_empty());
    Roots::in_bundle_or(bundle.as_deref().map(Path::new), Roots::of_the_web)
}

pub struct Deployment {
    pub aws: Aws,
    /// For services of AWS that functions do not use.
    pub config: SdkConfig,
    /// What its stacks say; none if the environment names the deployment.
    pub outputs: Option<Outputs>,
}

impl Deployment {
    pub async fn open(chosen: Chosen) -> Result<Self, Failure> {
        let Some(stage) = chosen.stack else { return Self::from_environment() };
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(till_aws::connector(roots()?));
        if let Some(profile) = chosen.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = chosen.region {
            loader = loader.region(Region::new(region));
        }
        let config = loader.load().await;
        let region = config
            .region()
            .map(ToString::to_string)
            .ok_or_else(|| Stopped::new(Exit::Usage, "no region is set: add --region, or set it in the profile"))?;
        let outputs = Outputs::read(&config, &stage, &region).await?;
        let endpoint = config.endpoint_url().map(str::to_owned);
        let settings = Settings::read(|name| match name {
            "AWS_REGION" => Some(region.clone()),
            "AWS_ENDPOINT_URL" => endpoint.clone(),
            "STAGE" => Some(stage.clone()),
            "TABLE_NAME" => outputs.get("TableName").ok().map(str::to_owned),
            _ => None,
        })?;
        Ok(Self { aws: Aws::new(settings, config.clone()), config, outputs: Some(outputs) })
    }

    fn from_environment() -> Result<Self, Failure> {
        let variable = |name: &'static str| std::env::var(name).ok();
        if variable("STAGE").is_none_or(|stage| stage.is_empty()) {
            let text = "name the stage with --stack; without it, STAGE, AWS_REGION and TABLE_NAME say what to work on";
            return Err(Stopped::new(Exit::Usage, text).into());
        }
        let settings = Settings::read(variable)?;
        let config = till_aws::configure(&settings, variable);
        Ok(Self { aws: Aws::new(settings, config.clone()), config, outputs: None })
    }
}

/// The outputs of all stacks of a stage, and how its addresses follow from them.
pub struct Outputs {
    /// The address of an emulator of AWS, under which it has the APIs too.
    endpoint: Option<String>,
    pairs: BTreeMap<String, String>,
}

impl Outputs {
    async fn read(config: &SdkConfig, stage: &str, region: &str) -> Result<Self, Failure> {
        let client = aws_sdk_cloudformation::Client::new(config);
        let mut pairs = BTreeMap::new();
        for part in [FIRST_STACK].into_iter().chain(OTHER_STACKS) {
            let name = format!("till-{stage}-{part}");
            let stacks = match client.describe_stacks().stack_name(&name).send().await {
                Ok(answer) => answer.stacks.unwrap_or_default(),
                Err(error) if is_missing(error.code(), error.message()) && part != FIRST_STACK => continue,
                Err(error) if is_missing(error.code(), error.message()) => {
                    let text = format!(
                        "there is no stack {name} in {region}: deploy the stage first, or choose another --profile or --region"
                    );
                    return Err(Stopped::new(Exit::NotFound, text).into());
                }
                Err(error) => return Err(format!("the stack {name}: {}", DisplayErrorContext(&error)).into()),
            };
            let found = stacks.into_iter().flat_map(|stack| stack.outputs.unwrap_or_default());
            pairs.extend(found.filter_map(|output| Some((output.output_key?, output.output_value?))));
        }
        Ok(Self { endpoint: config.endpoint_url().map(|url| url.trim_end_matches('/').to_owned()), pairs })
    }

    pub fn get(&self, name: &str) -> Result<&str, Failure> {
        self.pairs
            .get(name)
            .map(String::as_str)
            .ok_or_else(|| format!("no stack of the stage has the output {name}").into())
    }

    pub fn api_url(&self) -> Result<String, Failure> {
        self.address("http", "HttpApiId", "ApiUrl", "")
    }

    pub fn sandbox_url(&self) -> Result<String, Failure> {
        self.address("http", "SandboxApiId", "SandboxUrl", "")
    }

    pub fn websocket_url(&self) -> Result<String, Failure> {
        self.address("ws", "WebsocketApiId", "WebsocketUrl", "/live")
    }

    /// The ARN of each function, by its name: the output `FunctionCreateOrder` is that of create-order.
    pub fn functions(&self) -> BTreeMap<String, &str> {
        let own = self.pairs.iter().filter_map(|(name, arn)| Some((name.strip_prefix("Function")?, arn)));
        own.map(|(name, arn)| (with_hyphens(name), arn.as_str())).collect()
    }

    /// On AWS an API has a host of its own, on an emulator a path.
    fn address(&self, scheme: &str, id: &str, url: &str, path: &str) -> Result<String, Failure> {
        let Some(endpoint) = &self.endpoint else { return Ok(self.get(url)?.trim_end_matches('/').to_owned()) };
        let host = endpoint.trim_start_matches("http://");
        Ok(format!("{scheme}://{host}/_aws/execute-api/{}{path}", self.get(id)?))
    }
}

/// CloudFormation has no code of its own for a stack that is not there.
fn is_missing(code: Option<&str>, message: Option<&str>) -> bool {
    code == Some("ValidationError") && message.is_some_and(|message| message.contains("does not exist"))
}

fn with_hyphens(name: &str) -> String {
    let letters = name.chars().enumerate();
    letters.fold(String::new(), |mut text, (at, letter)| {
        if letter.is_ascii_uppercase() && at > 0 {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
        text
    })
}

/// A stage without a table, at which every call fails.
#[cfg(test)]
pub fn without_aws(stage: &str) -> Deployment {
    let settings = Settings::read(|name| match name {
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:9".to_owned()),
        "STAGE" => Some(stage.to_owned()),
        _ => None,
    });
    let settings = settings.unwrap();
    let config = till_aws::configure(&settings, |_| None);
    Deployment { aws: Aws::new(settings, config.clone()), config, outputs: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(endpoint: Option<&str>) -> Outputs {
        let pairs = [
            ("ApiUrl", "https://aa.execute-api.eu-west-1.amazonaws.com/"),
            ("HttpApiId", "aa"),
            ("WebsocketUrl", "wss://bb.execute-api.eu-west-1.amazonaws.com/live"),
            ("WebsocketApiId", "bb"),
            ("FunctionCreateOrder", "arn:one"),
        ];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Outputs { endpoint: endpoint.map(str::to_owned), pairs: pairs.into_iter().collect() }
    }

    #[test]
    fn addresses_are_hosts_on_aws_and_paths_on_an_emulator() {
        let aws = outputs(None);
        assert_eq!(aws.api_url().unwrap(), "https://aa.execute-api.eu-west-1.amazonaws.com");
        assert_eq!(aws.websocket_url().unwrap(), "wss://bb.execute-api.eu-west-1.amazonaws.com/live");
        let local = outputs(Some("http://127.0.0.1:5"));
        assert_eq!(local.api_url().unwrap(), "http://127.0.0.1:5/_aws/execute-api/aa");
        assert_eq!(local.websocket_url().unwrap(), "ws://127.0.0.1:5/_aws/execute-api/bb/live");
        assert!(local.sandbox_url().unwrap_err().to_string().contains("SandboxApiId"));
    }

    #[test]
    fn functions_have_the_names_of_their_folders() {
        assert_eq!(outputs(None).functions(), BTreeMap::from([("create-order".to_owned(), "arn:one")]));
    }

    #[test]
    fn only_a_missing_stack_is_missing() {
        assert!(is_missing(Some("ValidationError"), Some("Stack with id till-dev-data does not exist")));
        assert!(!is_missing(Some("ValidationError"), Some("1 validation error detected")));
        assert!(!is_missing(Some("AccessDenied"), Some("the role does not exist")));
        assert!(!is_missing(None, None));
    }
}
