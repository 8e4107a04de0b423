//! Bringing a world to rest: the faults end, every worker is killed, and time runs on until nothing is due any more.

use till_app::ports::DuePart;
use till_domain::provider::Provider;

use crate::cast;
use crate::coverage::Coverage;
use crate::errand::Errand;
use crate::providers::Providers;
use crate::world::World;

/// Rounds until rest. A duty that backs off to an hour takes part in two or three dozen of them a day; the longest chain
/// (three returns, an hour apart, each asked for) ends within these.
const MOST_ROUNDS: u32 = 400;

impl World {
    /// Lets everything end. Notices that no question would replace arrive; the others need not.
    pub(crate) fn settle_down(&mut self, cover: &mut Coverage) {
        self.kill_all();
        self.tables.index_lags = false;
        self.tables.propagate();
        let mut delivered = 0;
        let mut asked = self.providers.disputes.is_empty();
        for _ in 0..MOST_ROUNDS {
            if self.broken.is_some() {
                return;
            }
            self.tables.purge(self.now);
            self.providers.calm_down(self.now);
            self.deliver_from(&mut delivered, cover);
            self.work_off_queue(cover);
            let due = self.tables.orders.values().filter_map(|order| order.due_at()).min();
            match due {
                Some(due) if due > self.now => self.now = due,
                Some(_) => self.run_errand(Errand::Sweep(1, DuePart::All), cover),
                None if !asked => {
                    asked = true;
                    self.ask_all_disputes(cover);
                }
                None if self.is_at_rest(delivered) => return,
                None => {}
            }
        }
        let waiting: Vec<_> = self.tables.orders.values().map(|order| (order.no, order.schedule.clone())).collect();
        self.breaks("every order comes to rest", format!("{waiting:?}"));
    }

    fn is_at_rest(&self, delivered: usize) -> bool {
        delivered == self.providers.notices.len() && self.tables.queue.waiting().is_empty()
    }

    /// Delivers once the notices that no duty would replace; a provider sends the last state of a thing, not its
    /// history.
    fn deliver_from(&mut self, delivered: &mut usize, cover: &mut Coverage) {
        let Providers { notices, .. } = &self.providers;
        let fresh: Vec<usize> = (*delivered..notices.len()).filter(|notice| notices[*notice].only_so).collect();
        *delivered = notices.len();
        for notice in fresh {
            if let Some(errand) = self.delivery(notice) {
                self.run_errand(errand, cover);
            }
        }
    }

    /// Every dispute is decided by now. A look that was cut off ends first, and the next one sees all of them.
    fn ask_all_disputes(&mut self, cover: &mut Coverage) {
        for account in [cast::account(Provider::Stripe), cast::other_account(Provider::Stripe)] {
            for _ in 0..2 {
                let next = self.tables.looks.get(&account).map_or(self.now, |look| look.next);
                self.now = self.now.max(next);
                self.run_errand(Errand::AskDisputes(account.clone()), cover);
            }
        }
    }

    fn work_off_queue(&mut self, cover: &mut Coverage) {
        self.tables.queue.redrive();
        let waiting: Vec<u32> = self.tables.queue.waiting().iter().map(|message| message.id).collect();
        for message in waiting {
            if let Some(task) = self.tables.queue.receive(message) {
                self.run_errand(Errand::Fulfil(message, task), cover);
            }
        }
    }
}
