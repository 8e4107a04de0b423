//! What the order remembers of the remedies that people applied to it, so that each is applied once under its key.

use crate::refusal::Refusal;
use crate::time::Time;

use super::Order;

/// Older ones are forgotten: no caller repeats a request after so many others.
pub const MOST_REMEDIES: usize = 32;

/// A hash of a text from outside, to recognise it by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint(pub u128);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RemedyWord {
    Complete,
    SettleOrphan,
    Cancel,
    Refund,
    Resolve,
    Regrant,
}

impl RemedyWord {
    pub const ALL: [Self; 6] =
        [Self::Complete, Self::SettleOrphan, Self::Cancel, Self::Refund, Self::Resolve, Self::Regrant];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::SettleOrphan => "settle_orphan",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
            Self::Resolve => "resolve",
            Self::Regrant => "regrant",
        }
    }
}

/// A remedy as it was requested.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Remedy {
    pub word: RemedyWord,
    /// Of the caller's idempotency key.
    pub key: Fingerprint,
    /// Of everything that was requested.
    pub request: Fingerprint,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Remedied {
    pub at: Time,
    pub remedy: Remedy,
}

impl Order {
    /// Whether this remedy was applied already. Another request under its key is refused.
    pub fn is_remedied(&self, remedy: Remedy) -> Result<bool, Refusal> {
        match self.remedies.iter().find(|done| done.remedy.key == remedy.key) {
            Some(done) if done.remedy == remedy => Ok(true),
            Some(_) => Err(Refusal::IdempotencyConflict),
            None => Ok(false),
        }
    }

    pub fn remember(&mut self, remedy: Remedy, now: Time) {
        self.facts.remedies.push(Remedied { at: now, remedy });
        let over = self.remedies.len().saturating_sub(MOST_REMEDIES);
        self.facts.remedies.drain(..over);
    }
}
