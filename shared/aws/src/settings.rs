//! Where this function's table, queues and sockets are: read from the environment once, at start.

use std::fmt;

use till_domain::time::Seconds;

/// What the functions are told of their surroundings. A function that is not told of something may not use it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL`: where an emulator stands in for AWS; none on AWS.
    pub endpoint_url: Option<String>,
    /// `STAGE`: names the folder of this deployment's secrets.
    pub stage: String,
    /// `TABLE_NAME`.
    pub table_name: Option<String>,
    /// `FULFILMENT_QUEUE_URL`.
    pub fulfilment_queue_url: Option<String>,
    /// `WEBSOCKET_API_ID` and `WEBSOCKET_STAGE`.
    pub websocket: Option<Gateway>,
    /// `PAYMENT_MOCK_MODE`: whether new attempts go through the sandbox's accounts first.
    pub mock_mode: bool,
    /// `ABANDONED_DAYS`: how long after its end an order without money is kept.
    pub abandoned: Seconds,
    /// `RECORD_DAYS`: how long the audit trail is kept.
    pub records_live: Seconds,
}

/// An API of API Gateway and one of its stages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gateway {
    /// The API's id.
    pub api_id: String,
    /// The stage's name.
    pub stage: String,
}

/// A setting that is missing or wrong. It names the variable, never its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadSetting {
    /// The variable.
    pub name: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}", self.name, self.rule)
    }
}

impl std::error::Error for BadSetting {}

/// A WeChat trade lives for 7 days: an order must outlive it.
const LEAST_ABANDONED_DAYS: u32 = 8;
const MOST_DAYS: u32 = 3_650;

impl Settings {
    /// The settings in an environment.
    pub fn read(variable: impl Fn(&'static str) -> Option<String>) -> Result<Self, BadSetting> {
        // An empty variable is none: emulators set some to nothing.
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let must = |name, rule| set(name).ok_or(BadSetting { name, rule });
        let websocket = set("WEBSOCKET_API_ID")
            .map(|api_id| Gateway { api_id, stage: set("WEBSOCKET_STAGE").unwrap_or_else(|| "live".to_owned()) });
        Ok(Self {
            region: must("AWS_REGION", "an AWS region")?,
            endpoint_url: set("AWS_ENDPOINT_URL").map(|url| url.trim_end_matches('/').to_owned()),
            stage: must("STAGE", "the name of this deployment's stage")?,
            table_name: set("TABLE_NAME"),
            fulfilment_queue_url: set("FULFILMENT_QUEUE_URL"),
            websocket,
            mock_mode: flag(&set, "PAYMENT_MOCK_MODE")?,
            abandoned: days(&set, "ABANDONED_DAYS", 90, LEAST_ABANDONED_DAYS, "a number of days from 8 to 3650")?,
            records_live: days(&set, "RECORD_DAYS", 400, 1, "a number of days from 1 to 3650")?,
        })
    }

    /// Whether this is a stage where money is real, by any of its names; a stage without a name counts as one. There no
    /// account takes part that is for tests.
    pub fn is_production(&self) -> bool {
        let stage = self.stage.trim().to_ascii_lowercase();
        let names = ["prod", "prd", "production", "live"];
        stage.is_empty() || stage.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| names.contains(&word))
    }

    /// The address of an API Gateway stage for HTTP: on AWS its own host, at an emulator a path.
    pub fn gateway_url(&self, gateway: &Gateway) -> String {
        let Gateway { api_id, stage } = gateway;
        match &self.endpoint_url {
            Some(endpoint) => format!("{endpoint}/_aws/execute-api/{api_id}/{stage}"),
            None => format!("https://{api_id}.execute-api.{}.amazonaws.com/{stage}", self.region),
        }
    }
}

fn flag(set: &impl Fn(&'static str) -> Option<String>, name: &'static str) -> Result<bool, BadSetting> {
    match set(name).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(BadSetting { name, rule: "true or false" }),
    }
}

fn days(
    set: &impl Fn(&'static str) -> Option<String>,
    name: &'static str,
    default: u32,
    least: u32,
    rule: &'static str,
) -> Result<Seconds, BadSetting> {
    let days = set(name).map_or(Ok(default), |text| text.parse().map_err(|_| BadSetting { name, rule }))?;
    if (least..=MOST_DAYS).contains(&days) { Ok(Seconds::days(days)) } else { Err(BadSetting { name, rule }) }
}
