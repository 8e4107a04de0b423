//! A 64-bit digest, and how orders and answers are hashed into it.

use std::hash::{Hash, Hasher};

use till_app::ports::Saved;
use till_domain::order::Order;
use till_memory::Answer;

/// Folds 64 bits at a time by a wide multiplication. With some millions of states the chance that any two collide is one in
/// millions.
pub(crate) struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0x243F_6A88_85A3_08D3)
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        crate::rng::mix(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word) ^ ((chunk.len() as u64) << 60));
        }
    }

    fn write_u64(&mut self, n: u64) {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let (low, high) = (self.0 ^ n).carrying_mul(ODD, 0);
        self.0 = (low ^ high).wrapping_add(n.rotate_left(29)).wrapping_add(0x1319_8A2E_0370_7344);
    }

    fn write_u8(&mut self, n: u8) {
        self.write_u64(n.into());
    }

    fn write_u16(&mut self, n: u16) {
        self.write_u64(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(n.into());
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }
}

/// Everything about an order that a rule or a flow reads.
pub(crate) fn hash_order(order: &Order, into: &mut impl Hasher) {
    (order.no, order.cancelled, order.superseded, order.granting, order.reminded).hash(into);
    (&order.attempts, &order.payments, &order.refunds, &order.disputes, &order.figures).hash(into);
    (&order.cleared, &order.told, &order.schedule).hash(into);
    (&order.stated, &order.remedies).hash(into);
    // Of what was sold only these depend on more than the number: on the wallet, and on the catalogue at that time.
    (&order.sold.price, &order.sold.upgrade, &order.sold.upgrade_worth).hash(into);
}

/// An answer, as far as the flow that gets it can tell.
pub(crate) fn hash_answer(answer: &Answer, into: &mut impl Hasher) {
    match answer {
        Answer::Order(Some(order)) => {
            order.version.hash(into);
            hash_order(order, into);
        }
        Answer::Saved(Saved::Conflict(Some(order))) => {
            order.version.hash(into);
            hash_order(order, into);
        }
        answer => answer.hash(into),
    }
}
