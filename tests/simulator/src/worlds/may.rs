//! What may happen in a small world, and how often.

use crate::act::{Job, Moved, Part, Pay};
use crate::providers::Mood;

/// Something that may happen in a small world.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum May {
    /// Somebody asks this.
    Ask(Job),
    /// A notice arrives: any that was ever sent.
    Deliver,
    /// The queue delivers.
    Receive,
    /// The schedule fires.
    Sweep,
    /// Time passes until something is due.
    Tick,
    /// A buyer pays any trade that can be paid.
    Pay(Pay),
    /// A buyer pays by a method that takes its time.
    Process,
    /// What came of it.
    EndProcess(bool),
    /// Any refund moves.
    MoveRefund(Moved),
    /// Any payment is given back on the platform.
    Outside(Part),
    /// Any payment is contested.
    Dispute,
    /// The bank decides.
    EndDispute(bool),
    /// Money comes that nobody expects.
    Stranger,
    /// A provider is in a mood.
    Mood(Mood),
    /// An answer is lost.
    Unheard,
    /// A call takes effect twice.
    Twice,
    /// A process dies.
    Die,
    /// The index catches up.
    Propagate,
}

/// As often as it fits.
pub(crate) const ALWAYS: u8 = u8::MAX;
