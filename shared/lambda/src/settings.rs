//! A deployment's settings, read from the environment once, at start. A function with an invalid setting does not start, and
//! the error names the variable.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use till_app::Settings;
use till_domain::currency::Currency;
use till_domain::money::{MOST_MINOR, Money};
use till_domain::order::{LatePolicy, Policy};
use till_domain::time::Seconds;

use crate::signing::{BEARER, TICKETS};
use crate::trusted_proxy;

/// A missing or invalid setting. It never shows the value, which may be secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadSetting {
    name: String,
    rule: String,
}

impl BadSetting {
    pub fn new(name: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { name: name.into(), rule: rule.into() }
    }
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}", self.name, self.rule)
    }
}

impl std::error::Error for BadSetting {}

/// The environment variables at start. They are never printed: some may be secret.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(variables: T) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        // An empty variable counts as absent: emulators and templates set some to nothing.
        Self(variables.filter(|(_, value): &(String, String)| !value.trim().is_empty()).collect())
    }
}

impl Environment {
    pub fn of_process() -> Self {
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok())).collect()
    }

    pub fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| value.trim().to_owned())
    }

    pub fn must(&self, name: &str, rule: &'static str) -> Result<String, BadSetting> {
        self.get(name).ok_or_else(|| BadSetting::new(name, rule))
    }

    /// A whole number from 1 to `most`.
    pub fn number(&self, name: &str, default: u32, most: u32) -> Result<u32, BadSetting> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| BadSetting::new(name, format!("a whole number from 1 to {most}")))
    }

    pub fn minutes(&self, name: &str, default: u32, most: u32) -> Result<Seconds, BadSetting> {
        self.number(name, default, most).map(Seconds::minutes)
    }

    /// How long a QR code is shown before its buyer needs a fresh one.
    pub fn qr_code_lives(&self) -> Result<Seconds, BadSetting> {
        self.minutes("QR_CODE_EXPIRE_MINUTES", 15, 120)
    }

    pub fn flag(&self, name: &str, default: bool) -> Result<bool, BadSetting> {
        match self.get(name).map(|text| text.to_ascii_lowercase()).as_deref() {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(_) => Err(BadSetting::new(name, "true or false")),
        }
    }

    /// Values with commas between them.
    pub fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// The secrets that every request from outside needs, in a function without tokens.
    pub fn secrets_of_open_requests(&self) -> Vec<&'static str> {
        self.get(trusted_proxy::SETTING).map(|_| trusted_proxy::SECRET).into_iter().collect()
    }

    /// The secrets that every request with a link needs.
    pub fn secrets_of_links(&self) -> Vec<&'static str> {
        self.secrets_of_open_requests().into_iter().chain([TICKETS]).collect()
    }

    /// The secrets that every request with a token needs.
    pub fn secrets_of_requests(&self) -> Vec<&'static str> {
        let has_shared_key = self.get("JWKS_URL").is_none();
        self.secrets_of_open_requests().into_iter().chain(has_shared_key.then_some(BEARER)).collect()
    }

    /// `SSL_CERT_FILE`: whom to trust as a provider instead of whom browsers trust.
    pub fn provider_roots(&self) -> Option<PathBuf> {
        self.get("SSL_CERT_FILE").map(PathBuf::from)
    }

    pub fn is_production(&self) -> bool {
        till_app::settings::is_production(&self.get("STAGE").unwrap_or_default())
    }

    /// The settings for new orders.
    pub fn orders(&self) -> Result<Settings, BadSetting> {
        let late = match self.get("LATE_PAYMENT").as_deref() {
            None | Some("fulfil") => LatePolicy::Fulfil,
            Some("refund") => LatePolicy::Refund,
            Some(_) => return Err(BadSetting::new("LATE_PAYMENT", "fulfil or refund")),
        };
        let most_unanswered = self.number("PAYMENT_QUERY_RETRY_MAX", 5, 100)?;
        let policy = Policy {
            late,
            poll: self.minutes("POLL_MINUTES", 5, 1_440)?,
            most_unanswered: u8::try_from(most_unanswered).unwrap_or(u8::MAX),
        };
        let stripe_currency = self.get("STRIPE_CURRENCY").map(|code| currency("STRIPE_CURRENCY", &code)).transpose()?;
        Ok(Settings {
            paused: !self.flag("PAYMENT_ENABLED", true)?,
            expire_after: self.minutes("ORDER_EXPIRE_MINUTES", 30, 1_440)?,
            stripe_currency,
            most: self.amounts("MAX_AMOUNT_")?,
            policy,
        })
    }

    /// The settings with this prefix and the code of a currency, each an amount of that currency.
    pub fn amounts(&self, prefix: &str) -> Result<Vec<Money>, BadSetting> {
        let set = self.0.iter().filter_map(|(name, value)| Some((name, name.strip_prefix(prefix)?, value)));
        set.map(|(name, code, value)| {
            let money = Money::parse(value.trim(), currency(name, code)?, MOST_MINOR);
            money.map_err(|_| BadSetting::new(name, "an amount of its currency, such as 5000.00"))
        })
        .collect()
    }
}

fn currency(name: &str, code: &str) -> Result<Currency, BadSetting> {
    Currency::parse(code).map_err(|_| BadSetting::new(name, "about a currency by its ISO code, such as USD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_settings_have_defaults() {
        let settings = Environment::from_iter([("PAYMENT_ENABLED", " "), ("LATE_PAYMENT", "")]).orders().unwrap();
        assert!(!settings.paused);
        assert_eq!(settings.expire_after, Seconds::minutes(30));
        assert_eq!((settings.policy.late, settings.policy.poll), (LatePolicy::Fulfil, Seconds::minutes(5)));
        assert_eq!((settings.policy.most_unanswered, settings.stripe_currency), (5, None));
    }

    #[test]
    fn settings_are_read() {
        let settings = Environment::from_iter([
            ("PAYMENT_ENABLED", "False"),
            ("ORDER_EXPIRE_MINUTES", "15"),
            ("POLL_MINUTES", "1"),
            ("PAYMENT_QUERY_RETRY_MAX", "7"),
            ("LATE_PAYMENT", "refund"),
            ("STRIPE_CURRENCY", "usd"),
            ("MAX_AMOUNT_CNY", "5000.00"),
            ("MAX_AMOUNT_JPY", "100000"),
        ]);
        let settings = settings.orders().unwrap();
        assert!(settings.paused);
        assert_eq!(settings.expire_after, Seconds::minutes(15));
        assert_eq!((settings.policy.late, settings.policy.poll), (LatePolicy::Refund, Seconds::minutes(1)));
        assert_eq!((settings.policy.most_unanswered, settings.stripe_currency), (7, Some(Currency::USD)));
        assert_eq!(settings.most_in(Currency::CNY), Money::new(500_000, Currency::CNY).unwrap());
        assert_eq!(settings.most_in(Currency::JPY), Money::new(100_000, Currency::JPY).unwrap());
    }

    #[test]
    fn invalid_setting_is_named_without_its_value() {
        for (name, value) in [
            ("PAYMENT_ENABLED", "nonsense"),
            ("ORDER_EXPIRE_MINUTES", "0"),
            ("ORDER_EXPIRE_MINUTES", "nonsense"),
            ("POLL_MINUTES", "-1"),
            ("PAYMENT_QUERY_RETRY_MAX", "1000"),
            ("LATE_PAYMENT", "nonsense"),
            ("STRIPE_CURRENCY", "nonsense"),
            ("MAX_AMOUNT_CNY", "1e3"),
            ("MAX_AMOUNT_XYZ", "1.00"),
        ] {
            let told = Environment::from_iter([(name, value)]).orders().unwrap_err().to_string();
            assert!(told.starts_with(name) && !told.contains("nonsense"), "{told}");
        }
    }

    #[test]
    fn stage_is_production_if_any_word_says_so_or_none_is_set() {
        for (stage, is_production) in [
            (None, true),
            (Some("prod"), true),
            (Some("eu-Production"), true),
            (Some("live_2"), true),
            (Some("dev"), false),
            (Some("preproduct"), false),
        ] {
            let environment: Environment = stage.map(|stage| ("STAGE", stage)).into_iter().collect();
            assert_eq!(environment.is_production(), is_production, "{stage:?}");
        }
    }
}
