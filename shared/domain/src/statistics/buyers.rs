//! How many different buyers there were, exactly, also over a range of days: each buyer is remembered by a fingerprint of 64
//! bits, and merging days unites the sets.

use std::collections::BTreeSet;

use crate::text::UserId;

/// Fingerprints that a day keeps: 160,000 bytes. A day with more buyers still knows their number, but no longer who they were,
/// so a range with it does not know how many different ones it had.
pub const MOST_BUYERS: usize = 20_000;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Buyers {
    Known(BTreeSet<u64>),
    /// Of one day whose set was too large to keep.
    Number(u64),
    /// Of several days, of which at least one keeps its number alone.
    Unknown,
}

impl Default for Buyers {
    fn default() -> Self {
        Self::Known(BTreeSet::new())
    }
}

impl Buyers {
    /// Nothing is kept from counting one more: only [`Self::for_storing`] sets a limit.
    pub fn add(&mut self, user: &UserId) {
        match self {
            Self::Known(known) => {
                known.insert(fingerprint(user.as_str()));
            }
            Self::Number(_) => *self = Self::Unknown,
            Self::Unknown => {}
        }
    }

    pub fn merge(&mut self, other: &Self) {
        let merged = match (&mut *self, other) {
            (Self::Known(known), Self::Known(more)) => {
                known.extend(more);
                return;
            }
            (_, Self::Known(none)) if none.is_empty() => return,
            (Self::Known(none), other) if none.is_empty() => other.clone(),
            (Self::Known(_) | Self::Number(_) | Self::Unknown, _) => Self::Unknown,
        };
        *self = merged;
    }

    /// Their number, if it is known.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Known(known) => Some(u64::try_from(known.len()).unwrap_or(u64::MAX)),
            Self::Number(number) => Some(*number),
            Self::Unknown => None,
        }
    }

    /// As a day keeps them: without fingerprints if there are too many.
    #[must_use]
    pub fn for_storing(self) -> Self {
        match self {
            Self::Known(known) if known.len() > MOST_BUYERS => {
                Self::Number(u64::try_from(known.len()).unwrap_or(u64::MAX))
            }
            buyers @ (Self::Known(_) | Self::Number(_) | Self::Unknown) => buyers,
        }
    }
}

/// FNV-1a of 64 bits, with the last step of `SplitMix64` so that every bit of it depends on every letter. Two of a million
/// users have the same one with a probability of one to thirty million.
fn fingerprint(text: &str) -> u64 {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let mixed = (hash ^ hash.wrapping_shr(30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed.wrapping_shr(27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed.wrapping_shr(31)
}
