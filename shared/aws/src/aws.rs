//! The one value that has all the ports.

use till_app::ports::Unavailable;

use crate::clients::{Clients, configure};
use crate::settings::{BadSetting, Settings};

/// AWS, as one function of one deployment sees it. It lives as long as the process: what it fetched it keeps for a while.
pub struct Aws {
    pub(crate) settings: Settings,
    pub(crate) clients: Clients,
}

impl Aws {
    /// As the environment says.
    pub fn from_environment() -> Result<Self, BadSetting> {
        let variable = |name: &'static str| std::env::var(name).ok();
        let settings = Settings::read(variable)?;
        let config = configure(&settings, variable);
        Ok(Self::new(settings, config))
    }

    /// With these settings, and clients of this configuration.
    pub fn new(settings: Settings, config: aws_types::SdkConfig) -> Self {
        Self { settings, clients: Clients::new(config) }
    }

    /// What it was told of its surroundings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The table. A function that was not told of it has no business there.
    pub(crate) fn table(&self) -> Result<&str, Unavailable> {
        self.settings.table_name.as_deref().ok_or_else(|| not_told("TABLE_NAME"))
    }
}

/// Says in the log what a function lacks: whoever deploys it reads it there.
pub(crate) fn not_told(name: &'static str) -> Unavailable {
    tracing::error!(name, "the function uses something that its settings do not name");
    Unavailable
}
