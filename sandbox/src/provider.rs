//! The providers that the sandbox plays, and what differs between them outside their own modules.

use serde::{Deserialize, Serialize};

use crate::books::Trade;
use crate::callback::{Callback, Signing};
use crate::config::Config;
use crate::http::Outgoing;
use crate::trade::TradeEvent;
use crate::{alipay, stripe, wechat};

/// One row for each provider: its word in addresses and stored trades.
macro_rules! providers {
    ($($provider:ident = $word:literal,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Provider { $(#[serde(rename = $word)] $provider),+ }

        impl Provider {
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$provider),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$provider => $word),+ }
            }
        }
    };
}

providers! {
    WeChat = "wechat",
    Alipay = "alipay",
    Stripe = "stripe",
}

impl Provider {
    /// Whether the answer to a callback means that the merchant accepted it.
    pub fn accepts(self, status: u16, body: &[u8]) -> bool {
        match self {
            Self::WeChat => matches!(status, 200 | 204),
            Self::Alipay => status == 200 && body.trim_ascii() == b"success",
            Self::Stripe => (200..300).contains(&status),
        }
    }

    /// Seconds from each delivery attempt to the next: the provider's own schedule, shortened.
    pub const fn schedule(self) -> &'static [u32] {
        match self {
            // 15s, 15s, 30s, 3m, 10m, 20m, 30m, 30m, 30m, 60m, 3h, 3h, 3h, 6h, 6h.
            Self::WeChat => &[1, 1, 2, 3, 5, 10, 15, 15, 15, 20, 30, 30, 30, 60, 60],
            // 4m, 10m, 10m, 1h, 2h, 6h, 15h.
            Self::Alipay => &[1, 2, 2, 5, 10, 30, 60],
            // Up to 3 days, further apart each time.
            Self::Stripe => &[1, 2, 4, 8, 15, 30, 60],
        }
    }
}

/// The callbacks that an event of a trade causes.
pub fn callbacks(config: &Config, trade: &Trade, event: TradeEvent, now: i64) -> Vec<Callback> {
    match trade.provider {
        Provider::WeChat => wechat::callbacks::of_event(trade, event, now).into_iter().collect(),
        Provider::Alipay => alipay::callbacks::of_event(config, trade, event, now).into_iter().collect(),
        Provider::Stripe => stripe::callbacks::of_event(config, trade, event, now),
    }
}

/// A callback as it is sent; `None` if the merchant is no longer in the configuration.
pub fn sign(config: &Config, trade: &Trade, callback: &Callback, signing: Signing, now: i64) -> Option<Outgoing> {
    match trade.provider {
        Provider::WeChat => wechat::callbacks::sign(config, trade, callback, signing, now),
        Provider::Alipay => alipay::callbacks::sign(config, trade, callback, signing, now),
        Provider::Stripe => stripe::callbacks::sign(config, trade, callback, signing, now),
    }
}

/// Where the provider's page sends the buyer after the payment.
pub fn return_url(config: &Config, trade: &Trade, now: i64) -> Option<String> {
    match trade.provider {
        // WeChat Pay learns the address from the browser, not from the merchant's requests.
        Provider::WeChat => None,
        Provider::Alipay => alipay::callbacks::return_url(config, trade, now),
        Provider::Stripe => stripe::callbacks::return_url(trade),
    }
}
