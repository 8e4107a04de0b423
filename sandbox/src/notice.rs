//! What a merchant is told, and every try to tell it: the content stays the same, the signature is made anew at each try.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// One notice about a trade.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// The provider's number of it, the same at every try.
    pub id: String,
    /// What it is, in the provider's words: `TRANSACTION.SUCCESS`, `TRADE_SUCCESS`, `payment_intent.succeeded`.
    pub kind: String,
    /// To where.
    pub url: String,
    /// What it says, before it is encrypted or signed.
    pub content: String,
    /// When it was written.
    pub at: i64,
    /// What goes wrong with it.
    pub faults: Vec<Fault>,
    /// The tries so far.
    pub tries: Vec<Try>,
}

/// One try to deliver a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Try {
    /// When.
    pub at: i64,
    /// The answer's status; none, when no answer came.
    pub status: Option<u16>,
    /// Whether the answer counts as taken.
    pub accepted: bool,
    /// Of which copy of the notice it is a try.
    pub copy: String,
    /// The how-manieth of that copy, from 0.
    pub nth: u32,
}

/// How a notice is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// As it should be.
    Right,
    /// Wrongly, by an accident.
    Wrong,
    /// Wrongly on purpose, to see whether the merchant looks.
    Probe,
}

/// What a provider's side wants to tell.
#[derive(Clone, Debug)]
pub struct News {
    /// The provider's number of the notice.
    pub id: String,
    /// What it is, in the provider's words.
    pub kind: String,
    /// To where.
    pub url: String,
    /// What it says, before it is encrypted or signed.
    pub content: String,
}

impl Notice {
    /// Whether somebody took it.
    pub fn is_accepted(&self) -> bool {
        self.tries.iter().any(|one| one.accepted)
    }

    /// How its n-th try is signed.
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
