//! Callbacks to a merchant and the attempts to deliver them. The content stays the same; each attempt is signed
//! anew.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// The provider's id of the callback, the same at every attempt.
    pub id: String,
    /// In the provider's words: `TRANSACTION.SUCCESS`, `TRADE_SUCCESS`, `payment_intent.succeeded`.
    pub kind: String,
    pub url: String,
    /// The content, before it is encrypted or signed.
    pub content: String,
    pub at: i64,
    pub faults: Vec<Fault>,
    pub tries: Vec<Try>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Try {
    pub at: i64,
    /// `None` if no answer came.
    pub status: Option<u16>,
    pub accepted: bool,
    pub copy: String,
    /// Counts the attempts of this copy, from 0.
    pub nth: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    Right,
    Wrong,
    /// Wrong on purpose, to test whether the merchant verifies.
    Probe,
}

/// A callback that a provider's side wants to send.
#[derive(Clone, Debug)]
pub struct News {
    pub id: String,
    pub kind: String,
    pub url: String,
    pub content: String,
}

impl Notice {
    pub fn is_accepted(&self) -> bool {
        self.tries.iter().any(|one| one.accepted)
    }

    pub fn signing(&self, nth: u32) -> Signing {
        if nth > 0 {
            Signing::Right
        } else if self.faults.contains(&Fault::Probe) {
            Signing::Probe
        } else if self.faults.contains(&Fault::BadSignature) {
            Signing::Wrong
        } else {
            Signing::Right
        }
    }
}
