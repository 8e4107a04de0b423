//! Whose side is played.

use serde::{Deserialize, Serialize};

/// Whose side is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// WeChat Pay v3.
    WeChat,
    /// Alipay.
    Alipay,
    /// Stripe.
    Stripe,
}

impl Provider {
    /// Its name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WeChat => "wechat",
            Self::Alipay => "alipay",
            Self::Stripe => "stripe",
        }
    }
}
