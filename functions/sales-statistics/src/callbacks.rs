//! Whether the notifications of each account arrive. A payment that a question finds some minutes after it was made was not announced;
//! one that a waiting page finds at once says nothing, because its notification may have been a second behind.

use std::collections::BTreeMap;

use till_app::ports::{Alarm, AlarmWord, Measured};
use till_domain::order::{By, Order};
use till_domain::provider::Account;
use till_domain::time::Seconds;

/// So many payments in a row without a notification are told to the team.
const MANY_MISSED: u32 = 5;
/// Providers send the first notification within seconds.
const ANNOUNCED_WITHIN: Seconds = Seconds::minutes(2);

/// For each account, how many of its last payments were not announced. Orders are added from the newest one back.
#[derive(Debug, Default)]
pub(crate) struct Callbacks(BTreeMap<Account, Seen>);

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    missed: u32,
    /// Whether an older order than those was paid by a notification. Those before it do not matter.
    has_arrived: bool,
}

impl Callbacks {
    /// Adds an order, the newest first.
    pub(crate) fn add(&mut self, order: &Order) {
        let Some((kept, moment)) = order.kept().zip(order.payment_moment()) else { return };
        if self.0.get(&kept.account).is_some_and(|seen| seen.has_arrived) {
            return;
        }
        let seen = self.0.entry(kept.account.clone()).or_default();
        match moment.by {
            By::Provider => seen.has_arrived = true,
            By::Till if moment.at.since(kept.paid_at) >= ANNOUNCED_WITHIN => {
                seen.missed = seen.missed.saturating_add(1);
            }
            By::Till | By::Buyer | By::Admin(_) => {}
        }
    }

    pub(crate) fn alarms(self) -> impl Iterator<Item = Alarm> {
        let many = self.0.into_iter().filter(|(_, seen)| seen.missed >= MANY_MISSED);
        many.map(|(account, seen)| Alarm {
            measured: Some(Measured::new(seen.missed, MANY_MISSED)),
            ..Alarm::about_account(AlarmWord::NoCallbacks, &account)
        })
    }
}
