//! Where the table, queue and sockets of this function are: read from the environment once, at start.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;

use till_domain::time::Seconds;
use till_http::Roots;

/// A function uses only what its deployment names here.
#[derive(Clone, Debug)]
pub struct Settings {
    pub region: String,
    /// `AWS_ENDPOINT_URL`: the address of an emulator of AWS.
    pub endpoint_url: Option<String>,
    /// `STAGE`: names the folder of this deployment's secrets.
    pub stage: String,
    pub table_name: Option<String>,
    pub fulfilment_queue_url: Option<String>,
    pub sweep_queue_url: Option<String>,
    pub alarms_queue_url: Option<String>,
    /// `ALARM_TOPIC_ARN`: where mails to the team are published, if the stage has an address for them.
    pub alarm_topic_arn: Option<String>,
    pub websocket: Option<Gateway>,
    /// `PAYMENT_MOCK_MODE`: new attempts go through test accounts only.
    pub mock_mode: bool,
    /// `TEST_ACCOUNTS`: new attempts may go through test accounts where mock mode is off.
    pub test_accounts: bool,
    /// `MONEY_SHARDS`: orders that owe money or goods are written into shards of their own. The release before does not read
    /// these, so it must not be on while that release may come back.
    pub money_shards: bool,
    /// `ABANDONED_DAYS`: how long an order without money is kept after its end.
    pub abandoned: Seconds,
    /// `RECORD_DAYS`: how long the audit trail is kept.
    pub records_live: Seconds,
    /// `ROTATION_GRACE_HOURS`: how long the value before a secret's current one counts after that one was made.
    pub rotation_grace: Seconds,
    /// `AWS_CA_BUNDLE`: whom to trust instead of AWS, such as an emulator with a certificate of its own.
    pub roots: Roots,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gateway {
    pub api_id: String,
    pub stage: String,
}

/// A missing or wrong setting. It names the variable and never shows its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadSetting {
    pub name: &'static str,
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
/// A week: longer than any provider repeats a callback.
const MOST_GRACE_HOURS: u32 = 168;

impl Settings {
    pub fn read(variable: impl Fn(&'static str) -> Option<String>) -> Result<Self, BadSetting> {
        // Emulators set some variables to nothing.
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let must = |name, rule| set(name).ok_or(BadSetting { name, rule });
        let websocket = set("WEBSOCKET_API_ID")
            .map(|api_id| Gateway { api_id, stage: set("WEBSOCKET_STAGE").unwrap_or_else(|| "live".to_owned()) });
        let stage = must("STAGE", "the name of this deployment's stage")?;
        let (mock_mode, test_accounts) = (flag(&set, "PAYMENT_MOCK_MODE")?, flag(&set, "TEST_ACCOUNTS")?);
        if till_app::settings::is_production(&stage) {
            // Test accounts take money that does not exist, for goods that do.
            let must_be_off = "false in production, where test accounts never take part";
            for (name, is_on) in [("PAYMENT_MOCK_MODE", mock_mode), ("TEST_ACCOUNTS", test_accounts)] {
                if is_on {
                    return Err(BadSetting { name, rule: must_be_off });
                }
            }
        }
        let region = must("AWS_REGION", "an AWS region")?;
        Ok(Self {
            roots: roots(set("AWS_CA_BUNDLE").as_deref(), &region)?,
            region,
            endpoint_url: set("AWS_ENDPOINT_URL").map(|url| url.trim_end_matches('/').to_owned()),
            stage,
            table_name: set("TABLE_NAME"),
            fulfilment_queue_url: set("FULFILMENT_QUEUE_URL"),
            sweep_queue_url: set("SWEEP_QUEUE_URL"),
            alarms_queue_url: set("ALARMS_QUEUE_URL"),
            alarm_topic_arn: set("ALARM_TOPIC_ARN"),
            websocket,
            mock_mode,
            test_accounts,
            money_shards: flag(&set, "MONEY_SHARDS")?,
            abandoned: Seconds::days(number(
                &set,
                "ABANDONED_DAYS",
                90,
                LEAST_ABANDONED_DAYS..=MOST_DAYS,
                "a number of days from 8 to 3650",
            )?),
            records_live: Seconds::days(number(
                &set,
                "RECORD_DAYS",
                400,
                1..=MOST_DAYS,
                "a number of days from 1 to 3650",
            )?),
            rotation_grace: Seconds::hours(number(
                &set,
                "ROTATION_GRACE_HOURS",
                24,
                0..=MOST_GRACE_HOURS,
                "a number of hours from 0 to 168",
            )?),
        })
    }

    pub fn is_production(&self) -> bool {
        till_app::settings::is_production(&self.stage)
    }

    /// The domain of AWS's services in this region.
    fn domain(&self) -> &'static str {
        if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// The HTTP address of an API Gateway stage: a host of its own on AWS, a path on an emulator.
    pub fn gateway_url(&self, gateway: &Gateway) -> String {
        let Gateway { api_id, stage } = gateway;
        match &self.endpoint_url {
            Some(endpoint) => format!("{endpoint}/_aws/execute-api/{api_id}/{stage}"),
            None => format!("https://{api_id}.execute-api.{}.{}/{stage}", self.region, self.domain()),
        }
    }
}

fn roots(bundle: Option<&str>, region: &str) -> Result<Roots, BadSetting> {
    let rule = "a file of root certificates in PEM form";
    let bad = |_| BadSetting { name: "AWS_CA_BUNDLE", rule };
    Roots::in_bundle_or(bundle.map(Path::new), || Roots::of_aws(region)).map_err(bad)
}

fn flag(set: &impl Fn(&'static str) -> Option<String>, name: &'static str) -> Result<bool, BadSetting> {
    match set(name).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(BadSetting { name, rule: "true or false" }),
    }
}

/// A whole number within a range.
fn number(
    set: &impl Fn(&'static str) -> Option<String>,
    name: &'static str,
    default: u32,
    range: RangeInclusive<u32>,
    rule: &'static str,
) -> Result<u32, BadSetting> {
    let Some(text) = set(name) else { return Ok(default) };
    text.parse().ok().filter(|number| range.contains(number)).ok_or(BadSetting { name, rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &[(&'static str, &'static str)]) -> Result<Settings, BadSetting> {
        let least = [("AWS_REGION", "eu-west-1"), ("STAGE", "dev")];
        Settings::read(|name| {
            more.iter().chain(&least).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn unset_or_empty_setting_has_its_default() {
        let settings = read(&[("TABLE_NAME", ""), ("AWS_ENDPOINT_URL", ""), ("PAYMENT_MOCK_MODE", "")]).unwrap();
        assert_eq!((settings.table_name, settings.endpoint_url, settings.mock_mode), (None, None, false));
        assert_eq!((settings.abandoned, settings.records_live), (Seconds::days(90), Seconds::days(400)));
        assert_eq!(settings.rotation_grace, Seconds::hours(24));
        for (hours, expected) in [("0", Seconds(0)), ("168", Seconds::days(7))] {
            assert_eq!(read(&[("ROTATION_GRACE_HOURS", hours)]).unwrap().rotation_grace, expected);
        }
        assert_eq!(read(&[("STAGE", "")]).unwrap_err().name, "STAGE");
    }

    #[test]
    fn bad_setting_is_named_without_its_value() {
        for (name, value) in [
            ("ABANDONED_DAYS", "7"),
            ("ABANDONED_DAYS", "soon"),
            ("RECORD_DAYS", "0"),
            ("RECORD_DAYS", "3651"),
            ("PAYMENT_MOCK_MODE", "maybe"),
            ("ROTATION_GRACE_HOURS", "169"),
            ("ROTATION_GRACE_HOURS", "-1"),
            ("ROTATION_GRACE_HOURS", "1.5"),
            ("TEST_ACCOUNTS", "maybe"),
            ("AWS_CA_BUNDLE", "/maybe/not/there.pem"),
            ("MONEY_SHARDS", "maybe"),
        ] {
            let bad = read(&[(name, value)]).unwrap_err();
            assert_eq!(bad.name, name);
            assert!(!bad.to_string().contains("maybe") && bad.to_string().starts_with(name), "{bad}");
        }
        for (value, expected) in [("true", true), ("TRUE", true), ("1", true), ("false", false), ("0", false)] {
            assert_eq!(read(&[("PAYMENT_MOCK_MODE", value)]).unwrap().mock_mode, expected, "{value}");
        }
    }

    #[test]
    fn production_does_not_start_with_test_accounts() {
        for name in ["PAYMENT_MOCK_MODE", "TEST_ACCOUNTS"] {
            for stage in ["prod", "eu-live"] {
                assert_eq!(read(&[("STAGE", stage), (name, "true")]).unwrap_err().name, name);
                assert!(read(&[("STAGE", stage), (name, "false")]).is_ok());
            }
            assert!(read(&[(name, "true")]).is_ok());
        }
    }

    #[test]
    fn production_is_recognised_by_the_stage_name() {
        for (stage, is_production) in [
            ("dev", false),
            ("local", false),
            ("staging", false),
            ("product-demo", false),
            ("prod", true),
            ("PROD", true),
            ("prd", true),
            ("eu-production", true),
            ("live_2", true),
            (" ", true),
        ] {
            assert_eq!(read(&[("STAGE", stage)]).unwrap().is_production(), is_production, "{stage}");
        }
    }

    #[test]
    fn gateway_url_is_a_host_on_aws_and_a_path_on_an_emulator() {
        let gateway = Gateway { api_id: "abcd1234".to_owned(), stage: "live".to_owned() };
        let on_aws = read(&[("WEBSOCKET_API_ID", "abcd1234")]).unwrap();
        assert_eq!(on_aws.websocket.as_ref(), Some(&gateway));
        assert_eq!(on_aws.gateway_url(&gateway), "https://abcd1234.execute-api.eu-west-1.amazonaws.com/live");
        let in_china = read(&[("AWS_REGION", "cn-north-1")]).unwrap();
        assert_eq!(in_china.gateway_url(&gateway), "https://abcd1234.execute-api.cn-north-1.amazonaws.com.cn/live");
        let local = read(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")]).unwrap();
        assert_eq!(local.gateway_url(&gateway), "http://127.0.0.1:4566/_aws/execute-api/abcd1234/live");
    }
}
