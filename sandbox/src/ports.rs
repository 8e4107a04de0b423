//! What the sandbox needs of the world: a store for its books, a queue with delays for what it will send, HTTP to send it,
//! and a clock. On the stack these are a table and a queue; for tests they are in memory.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::http::Outgoing;

/// A document and the number of its last write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Counts writes, from 1.
    pub version: u64,
    /// The document.
    pub json: String,
}

/// Why a document was not read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Somebody else wrote it in between, or it is there already.
    Conflict,
    /// It has grown beyond what the store takes.
    TooLarge,
    /// The store does not answer.
    Unavailable,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "somebody else wrote it in between",
            Self::TooLarge => "there is no room for more in the books of this trade",
            Self::Unavailable => "the sandbox's store does not answer",
        })
    }
}

impl std::error::Error for StoreError {}

/// A name's folder, and its last part.
pub fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// Keeps documents under names. A name is a path: what stands before its last slash is the folder that it is listed by.
pub trait Store {
    /// A document, if there is one.
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError>;

    /// Writes a document over the version that was read (none: it must not be there).
    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError>;

    /// What is in a folder (and not below it), the last names first, so many at most: the last part of each name, and its
    /// document. With `before`, only names that come before that one.
    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError>;
}

/// One try to deliver one notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The trade's key.
    pub trade: String,
    /// The notice's number.
    pub notice: String,
    /// The how-manieth try, from 0.
    pub nth: u32,
    /// Which copy of the notice it is. A queue may hand out the same try twice; with this it is known again.
    pub copy: String,
}

/// Keeps what is to be sent later.
pub trait Queue {
    /// Hands a delivery back after so many seconds.
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError>;
}

/// Sends callbacks.
pub trait Post {
    /// Sends one and tells the answer's status and the first KiB of its body; none, when no answer came.
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)>;
}

/// Tells the time, and lets it pass.
pub trait Clock {
    /// Seconds since the start of 1970, UTC.
    fn now(&self) -> i64;

    /// Waits.
    async fn sleep(&self, seconds: u32);
}

/// All of them.
pub trait Ports: Store + Queue + Post + Clock {}

impl<T: Store + Queue + Post + Clock> Ports for T {}
