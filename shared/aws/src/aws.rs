//! The one value that has all the ports.

use std::time::{SystemTime, UNIX_EPOCH};

use till_app::ports::Unavailable;
use till_domain::time::Time;

use crate::clients::{Clients, configure};
use crate::process_cache::ProcessCache;
use crate::settings::{BadSetting, Settings};

/// AWS, as one function of one deployment sees it. It lives as long as the process: what it fetched it keeps for a while.
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
        Self {
            settings,
            clients: Clients::new(config),
            cache: ProcessCache::default(),
            clock: Box::new(by_the_machine),
        }
    }

    /// The same by another clock: tests turn it, to see what is kept for a while and what is over.
    #[must_use]
    pub fn by_clock(self, clock: impl Fn() -> Time + 'static) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    /// Now. Not by a clock that only counts: Lambda freezes the process between calls, and what was kept grows old meanwhile.
    pub(crate) fn now(&self) -> Time {
        (self.clock)()
    }

    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn table(&self) -> Result<&str, Unavailable> {
        self.settings.table_name.as_deref().ok_or_else(|| not_told("TABLE_NAME"))
    }
}

fn by_the_machine() -> Time {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).ok().and_then(|unix| Time::from_unix(unix).ok()).unwrap_or(Time::FIRST)
}

/// Says in the log what a function lacks: whoever deploys it reads it there.
pub(crate) fn not_told(name: &'static str) -> Unavailable {
    tracing::error!(name, "the function uses something that its settings do not name");
    Unavailable
}
