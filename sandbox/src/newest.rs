//! Trades by the time when they were made: what every list is read from. A list is bounded in number and in size, and says
//! where its next part begins.

use futures_util::future::join_all;

use crate::books::Trade;
use crate::desk::Sandbox;
use crate::ports::{Ports, StoreError};

/// So many documents are loaded at a time.
const AT_A_TIME: usize = 25;
/// An answer of a function holds 6 MiB at most, and documents grow when they are laid out for people.
const MOST_LIST_BYTES: usize = 2 * 1024 * 1024;

/// A part of a list.
pub struct Newest {
    /// Trades, the newest first.
    pub trades: Vec<Trade>,
    /// Before which name the next part begins; none: this was the last one.
    pub older: Option<String>,
}

impl<P: Ports> Sandbox<P> {
    /// The newest trades of a folder, so many at most; with `before`, only those that come after it in the list.
    pub async fn newest(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Newest, StoreError> {
        let mut found = self.ports.list(folder, before, most.saturating_add(1)).await?;
        let mut has_more = found.len() > most;
        found.truncate(most);
        let mut newest = Newest { trades: Vec::new(), older: None };
        let mut room = MOST_LIST_BYTES;
        'all: for part in found.chunks(AT_A_TIME) {
            let loaded = join_all(part.iter().map(|(_, pointer)| self.ports.load(&pointer.json))).await;
            for ((name, _), stored) in part.iter().zip(loaded) {
                // A name stands before its trade does.
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
