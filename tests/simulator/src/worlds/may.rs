//! What may happen in a small world, and how often.

use crate::act::{Job, Moved, Part, Pay, Twin};
use crate::providers::Mood;

/// Something that may happen in a small world.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum May {
    /// A request is made.
    Ask(Job),
    /// A notice arrives: any that was ever sent.
    Deliver,
    Receive,
    Sweep,
    Tick,
    /// A buyer pays any trade that can be paid.
    Pay(Pay),
    /// Any payment is also announced through another account.
    Twin(Twin),
    /// A buyer pays by a method that takes its time.
    Process,
    EndProcess(bool),
    /// A buyer's payment is declined.
    Decline,
    MoveRefund(Moved),
    /// Any payment is given back on the platform.
    Outside(Part),
    Dispute,
    EndDispute(bool),
    /// The team states other parts of its bundles' prices for their memberships.
    Restate,
    /// Money comes under an unknown number.
    Stranger,
    /// Money comes for an order that was lost.
    Lost,
    Mood(Mood),
    Unheard,
    Twice,
    Die,
    Propagate,
}

/// No limit.
pub(crate) const ALWAYS: u8 = u8::MAX;
