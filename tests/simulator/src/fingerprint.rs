//! A state of the world as 64 bits: two states with one fingerprint behave alike. What no flow reads (timelines,
//! numbers of messages and workers) is left out.

use std::hash::{Hash as _, Hasher as _};

use crate::digest::{Digest, hash_order};
use crate::world::World;

impl World {
    /// The fingerprint of this state, with its workers.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut digest = Digest::default();
        self.hash_stores(&mut digest);
        // A version matters only while a worker may hold it.
        if !self.workers.is_empty() {
            self.tables.orders.values().for_each(|order| order.version.hash(&mut digest));
        }
        // The workers' numbers make no difference.
        let mut workers: Vec<u64> = self.workers.iter().map(crate::worker::Worker::digest).collect();
        workers.sort_unstable();
        workers.hash(&mut digest);
        digest.finish()
    }

    /// The fingerprint of what is left when every worker is dead.
    pub(crate) fn fingerprint_at_rest(&self) -> u64 {
        let mut digest = Digest::default();
        self.hash_stores(&mut digest);
        digest.finish()
    }

    fn hash_stores(&self, digest: &mut Digest) {
        self.now.hash(digest);
        for order in self.tables.orders.values() {
            hash_order(order, digest);
        }
        (&self.tables.wallets, &self.tables.ledger, &self.tables.claims).hash(digest);
        (&self.tables.orphans, &self.tables.later_reports, &self.tables.settlements).hash(digest);
        // Telling once or often makes no difference.
        let mut told: Vec<_> = self.tables.orphan_alarms.iter().map(|orphan| &orphan.trade_no).collect();
        told.sort_unstable();
        told.dedup();
        told.hash(digest);
        self.tables.alarms.hash(digest);
        self.tables.looks.hash(digest);
        let mut messages: Vec<_> = self.tables.queue.waiting().iter().map(|message| message.task).collect();
        messages.sort_unstable();
        messages.hash(digest);
        self.tables.queue.dead().hash(digest);
        if self.tables.index_lags {
            (self.tables.behind(), self.tables.index()).hash(digest);
        }
        // The first order of a key is what its later ones are checked against.
        (&self.providers, &self.keyed, &self.stated).hash(digest);
    }
}
