//! Under which names a trade is listed: by the time when it was made, for everybody and for its merchant.

use crate::books::Trade;
use crate::http::escaped;
use crate::provider::Provider;

/// The folder of all trades.
pub const EVERYBODY: &str = "made/all";

/// The folder of one merchant's trades.
pub fn folder(provider: Provider, merchant: &str) -> String {
    format!("made/{}/{}", provider.as_str(), escaped(merchant))
}

/// The names under which a trade is listed.
pub fn names(trade: &Trade) -> [String; 2] {
    let at = trade.created_at.max(0);
    let (provider, merchant, number) = (trade.provider, escaped(&trade.merchant), escaped(&trade.payment_no));
    [
        format!("{EVERYBODY}/{at:012}.{}.{merchant}.{number}", provider.as_str()),
        format!("{}/{at:012}.{number}", folder(provider, &trade.merchant)),
    ]
}
