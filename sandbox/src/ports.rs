//! The sandbox's ports: a store, a queue with delays, an HTTP client, a clock, and the key of users' tokens. They exist on AWS
//! and in memory.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::http::Outgoing;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Counts writes, from 1.
    pub version: u64,
    pub json: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another writer was first, or the document exists already.
    Conflict,
    /// The document exceeds what the store can hold.
    TooLarge,
    Unavailable,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "another request changed the trade at the same time: try again",
            Self::TooLarge => "the books of this trade are full: make a new trade",
            Self::Unavailable => "the store of the sandbox does not answer: its log says more",
        })
    }
}

impl std::error::Error for StoreError {}

/// The folder of a name, and its last part.
pub fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// Keeps documents under names. A name is a path; its folder is the part before the last slash.
pub trait Store {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError>;

    /// `over` is the version that was read; `None` if the document must not exist.
    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError>;

    /// The documents of a folder (not of its subfolders), last names first, with the last part of each name. With
    /// `before`, only names before that one.
    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError>;
}

/// One attempt to deliver one callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub trade: String,
    #[serde(rename = "notice")]
    pub callback: String,
    /// Counts attempts, from 0.
    pub nth: u32,
    /// A queue may hand out the same attempt twice: copy and `nth` identify it.
    pub copy: String,
}

pub trait Queue {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError>;
}

pub trait Post {
    /// The status of the answer and the first KiB of its body; `None` if no answer came.
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)>;
}

pub trait Clock {
    /// Seconds since 1970, UTC.
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    async fn sleep(&self, seconds: u32) {
        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    }
}

pub trait BearerKey {
    /// The key that signs the tokens of the stage's users; `None` where there is none.
    async fn bearer_key(&self) -> Result<Option<String>, StoreError>;
}

pub trait Ports: Store + Queue + Post + Clock + BearerKey {}

impl<T: Store + Queue + Post + Clock + BearerKey> Ports for T {}
