//! When an order may be deleted: never once it saw money.

use crate::time::{Seconds, Time};

use super::Order;

impl Order {
    /// When the store may delete it: `abandoned` after it can no longer be paid. `None` once money was heard of or may
    /// be on its way, and while a duty is left, so that orders outlast any time in which no sweep runs.
    pub fn delete_at(&self, abandoned: Seconds) -> Option<Time> {
        let money = !self.payments.is_empty()
            || !self.refunds.is_empty()
            || !self.disputes.is_empty()
            || !self.figures.is_empty()
            || self.due_at().is_some();
        if money {
            return None;
        }
        let payable = self.attempts.iter().filter_map(|attempt| attempt.payable_until);
        let last = payable.chain([self.expire_at]).max().unwrap_or(self.expire_at);
        Some(last.plus(abandoned))
    }
}
