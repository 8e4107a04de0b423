//! A payment that was made under a number that is not this order's, and that a person settled to it.

use crate::id::AttemptNo;
use crate::time::Time;

use super::Order;
use super::attempt::{Attempt, AttemptState};
use super::report::{Report, Says};
use super::stated::Reported;

impl Order {
    /// Takes in a report about a payment under another number, and returns whether anything changed. Its money comes by an
    /// attempt of its own: it says nothing of the trades of this order's attempts.
    pub fn adopt(&mut self, report: &Report, now: Time) -> bool {
        let known = report.says.trade_no().and_then(|trade_no| self.payment(trade_no)).map(|payment| payment.attempt);
        let Says::Paid { trade_no, amount, paid_at, buyer } = &report.says else {
            let attempt = known.unwrap_or(report.attempt);
            return self.settle(&Report { attempt, ..report.clone() }, now);
        };
        if known.is_some() {
            return false;
        }
        // The numbers go on to 99. With all of them taken, the payment joins the last one.
        let newest = self.newest_attempt().map_or(AttemptNo::FIRST, |newest| newest.n);
        let own = self.attempts.iter().any(|attempt| attempt.account == report.account);
        let attempt = newest.next().unwrap_or(newest);
        let report = Report { attempt, ..report.clone() };
        if attempt != newest {
            let heard_of = Attempt::heard_of(attempt, report.account.clone(), now);
            self.facts.attempts.push(Attempt { state: AttemptState::Closed, is_final: true, ..heard_of });
        }
        let reported = Reported { trade_no, amount: *amount, paid_at: *paid_at, buyer: buyer.as_ref() };
        match self.place_to_prove(&report, reported).filter(|_| own) {
            Some(place) => self.prove(place, &report, reported, now),
            None => self.add_payment(&report, reported, own, now),
        }
    }
}

impl Attempt {
    /// Whether its money came under a number that is not the order's.
    pub const fn is_adopted(&self) -> bool {
        self.heard_of && self.is_final
    }
}
