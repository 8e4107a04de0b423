//! Dispatches to the side of a trade's provider.

use crate::alipay::tell as alipay;
use crate::books::Trade;
use crate::config::Config;
use crate::happen::Happened;
use crate::http::Outgoing;
use crate::notice::{News, Notice, Signing};
use crate::provider::Provider;
use crate::stripe::tell as stripe;
use crate::wechat::tell as wechat;

pub fn news(config: &Config, trade: &Trade, happened: Happened, now: i64) -> Vec<News> {
    match trade.provider {
        Provider::WeChat => wechat::news(trade, happened),
        Provider::Alipay => alipay::news(config, trade, happened, now),
        Provider::Stripe => stripe::news(config, trade, happened, now),
    }
}

/// A callback as it is sent; `None` if the merchant is no longer in the configuration.
pub fn sign(config: &Config, trade: &Trade, notice: &Notice, signing: Signing, now: i64) -> Option<Outgoing> {
    match trade.provider {
        Provider::WeChat => wechat::outgoing(config, trade, notice, signing, now),
        Provider::Alipay => alipay::sign(config, trade, notice, signing, now),
        Provider::Stripe => stripe::sign(config, trade, notice, signing, now),
    }
}

/// Whether the answer to a callback means that the merchant accepted it.
pub fn is_taken(provider: Provider, status: u16, body: &[u8]) -> bool {
    match provider {
        Provider::WeChat => matches!(status, 200 | 204),
        Provider::Alipay => status == 200 && body.trim_ascii() == b"success",
        Provider::Stripe => (200..300).contains(&status),
    }
}

/// Seconds from each attempt to the next: the provider's own schedule, shortened.
pub const fn schedule(provider: Provider) -> &'static [u32] {
    match provider {
        // 15s, 15s, 30s, 3m, 10m, 20m, 30m, 30m, 30m, 60m, 3h, 3h, 3h, 6h, 6h.
        Provider::WeChat => &[1, 1, 2, 3, 5, 10, 15, 15, 15, 20, 30, 30, 30, 60, 60],
        // 4m, 10m, 10m, 1h, 2h, 6h, 15h.
        Provider::Alipay => &[1, 2, 2, 5, 10, 30, 60],
        // Up to 3 days, further apart each time.
        Provider::Stripe => &[1, 2, 4, 8, 15, 30, 60],
    }
}

/// Where the provider's page sends the buyer after the payment.
pub fn return_to(config: &Config, trade: &Trade, now: i64) -> Option<String> {
    match trade.provider {
        // WeChat Pay learns the address from the browser, not from the merchant's requests.
        Provider::WeChat => None,
        Provider::Alipay => alipay::return_to(config, trade, now),
        Provider::Stripe => stripe::return_to(trade),
    }
}
