//! Lists of trades, newest first, in parts that are bounded in number and size. A trade is listed under names that
//! begin with its time of creation, among all trades and among its merchant's.

use futures_util::future::join_all;

use crate::books::Trade;
use crate::http::percent_encoded;
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::sandbox::Sandbox;

/// The folder of all trades.
pub const ALL_TRADES: &str = "made/all";

const AT_A_TIME: usize = 25;
/// A function's answer holds at most 6 MiB, and pages are larger than the documents they show.
const MAX_LIST_BYTES: usize = 2 * 1024 * 1024;

pub struct Newest {
    pub trades: Vec<Trade>,
    /// The name before which the next part begins; `None` in the last part.
    pub older: Option<String>,
}

/// The folder of a merchant's trades.
pub fn folder(provider: Provider, merchant: &str) -> String {
    format!("made/{}/{}", provider.as_str(), percent_encoded(merchant))
}

/// The folder of a merchant's trades with a dispute.
pub fn disputed_folder(provider: Provider, merchant: &str) -> String {
    format!("disputed/{}/{}", provider.as_str(), percent_encoded(merchant))
}

pub fn disputed_name(trade: &Trade) -> String {
    let folder = disputed_folder(trade.provider, &trade.merchant);
    format!("{folder}/{:012}.{}", trade.created_at.max(0), percent_encoded(&trade.payment_no))
}

pub fn names(trade: &Trade) -> [String; 2] {
    let at = trade.created_at.max(0);
    let (provider, merchant) = (trade.provider.as_str(), percent_encoded(&trade.merchant));
    let number = percent_encoded(&trade.payment_no);
    [
        format!("{ALL_TRADES}/{at:012}.{provider}.{merchant}.{number}"),
        format!("{}/{at:012}.{number}", folder(trade.provider, &trade.merchant)),
    ]
}

impl<P: Ports> Sandbox<P> {
    /// At most `most` of a folder's newest trades; with `before`, only those after that name in the list.
    pub async fn newest(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Newest, StoreError> {
        let mut found = self.ports.list(folder, before, most.saturating_add(1)).await?;
        let mut has_more = found.len() > most;
        found.truncate(most);
        let mut newest = Newest { trades: Vec::new(), older: None };
        let mut room = MAX_LIST_BYTES;
        'all: for part in found.chunks(AT_A_TIME) {
            let loaded = join_all(part.iter().map(|(_, pointer)| self.ports.load(&pointer.json))).await;
            for ((name, _), stored) in part.iter().zip(loaded) {
                // A name is written before its trade.
                let Some(stored) = stored? else { continue };
                let Some(left) = room.checked_sub(stored.json.len()).or(newest.trades.is_empty().then_some(0)) else {
                    has_more = true;
                    break 'all;
                };
                room = left;
                newest.trades.extend(serde_json::from_str::<Trade>(&stored.json).ok());
                newest.older = Some(name.clone());
            }
        }
        if !has_more {
            newest.older = None;
        }
        Ok(newest)
    }
}
