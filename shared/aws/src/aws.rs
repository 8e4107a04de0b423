//! The value that implements all the ports.

use std::time::{SystemTime, UNIX_EPOCH};

use till_app::ports::Unavailable;
use till_domain::time::Time;

use crate::clients::{Clients, configure};
use crate::process_cache::ProcessCache;
use crate::settings::{BadSetting, Settings};

/// AWS, as configured for one function of one deployment. It lives as long as the process and caches what it reads.
pub struct Aws {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
    pub(crate) cache: ProcessCache,
    clock: Box<dyn Fn() -> Time>,
}

impl Aws {
    pub fn from_environment() -> Result<Self, BadSetting> {
        let variable = |name: &'static str| std::env::var(name).ok();
        let settings = Settings::read(variable)?;
        let config = configure(&settings, variable);
        Ok(Self::new(settings, config))
    }

    pub fn new(settings: Settings, config: aws_types::SdkConfig) -> Self {
        Self { settings, clients: Clients::new(config), cache: ProcessCache::default(), clock: Box::new(system_time) }
    }

    /// With another clock: tests set the time with it.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> Time + 'static) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    /// The time of day. A monotonic clock could stand still while Lambda freezes the process, and cached values would seem fresh.
    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn table(&self) -> Result<&str, Unavailable> {
        self.settings.table_name.as_deref().ok_or_else(|| missing_setting("TABLE_NAME"))
    }
}

fn system_time() -> Time {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).ok().and_then(|unix| Time::from_unix(unix).ok()).unwrap_or(Time::FIRST)
}

/// Logs that a function needs a setting that its deployment did not give.
pub(crate) fn missing_setting(name: &'static str) -> Unavailable {
    tracing::error!(name, "the function needs this setting, and its deployment does not set it");
    Unavailable
}
