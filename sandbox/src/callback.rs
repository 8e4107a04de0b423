//! Callbacks to a merchant and the attempts to deliver them. The content stays the same; each attempt is signed
//! anew.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Callback {
    /// The provider's id of the callback, the same at every attempt.
    pub id: String,
    /// In the provider's words: `TRANSACTION.SUCCESS`, `TRADE_SUCCESS`, `payment_intent.succeeded`.
    pub kind: String,
    pub url: String,
    /// The content, before it is encrypted or signed.
    pub content: String,
    pub at: i64,
    pub faults: Vec<Fault>,
    #[serde(rename = "tries")]
    pub attempts: Vec<DeliveryAttempt>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeliveryAttempt {
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
    Valid,
    Invalid,
    /// Invalid on purpose, to test whether the merchant verifies.
    Probe,
}

impl Callback {
    pub fn new(id: String, kind: &str, url: &str, content: String, at: i64) -> Self {
        let (kind, url) = (kind.to_owned(), url.to_owned());
        Self { id, kind, url, content, at, faults: Vec::new(), attempts: Vec::new() }
    }

    pub fn is_accepted(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.accepted)
    }

    pub fn signing(&self, nth: u32) -> Signing {
        if nth > 0 {
            Signing::Valid
        } else if self.faults.contains(&Fault::Probe) {
            Signing::Probe
        } else if self.faults.contains(&Fault::BadSignature) {
            Signing::Invalid
        } else {
            Signing::Valid
        }
    }
}
