//! The settings that an order was made under. They are frozen with it, so that its duties follow from its facts alone.

use crate::time::Seconds;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LatePolicy {
    /// It is kept, and the buyer gets what was paid for.
    Fulfil,
    Refund,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Policy {
    /// `LATE_PAYMENT`.
    pub late: LatePolicy,
    /// `POLL_MINUTES`: how often a pending order's open attempt is asked about.
    pub poll: Seconds,
    /// `PAYMENT_QUERY_RETRY_MAX`: this many questions in a row without an answer raise a hold.
    pub most_unanswered: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { late: LatePolicy::Fulfil, poll: Seconds::minutes(5), most_unanswered: 5 }
    }
}
