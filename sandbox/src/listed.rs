//! The names under which a trade is listed: by its time of creation, in the list of all trades and in its
//! merchant's.

use crate::books::Trade;
use crate::http::escaped;
use crate::provider::Provider;

pub const EVERYBODY: &str = "made/all";

pub fn folder(provider: Provider, merchant: &str) -> String {
    format!("made/{}/{}", provider.as_str(), escaped(merchant))
}

pub fn names(trade: &Trade) -> [String; 2] {
    let at = trade.created_at.max(0);
    let (provider, merchant, number) = (trade.provider, escaped(&trade.merchant), escaped(&trade.payment_no));
    [
        format!("{EVERYBODY}/{at:012}.{}.{merchant}.{number}", provider.as_str()),
        format!("{}/{at:012}.{number}", folder(provider, &trade.merchant)),
    ]
}
