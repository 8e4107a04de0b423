//! What the team gave and took by hand, in the book of goods: as it was asked for, and point by point.

use std::cmp::Reverse;

use till_app::by_hand::Asked;
use till_domain::product::{Grant, Tier};
use till_domain::text::{Key, Reason};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{ByHand, Portion};

use super::{Book, Finding, Membership, Of, Ticket};
use crate::cast;

/// So long after its end a membership is extended.
const EXTENDED_AFTER: Seconds = Seconds::days(30);

const AS_ASKED: &str = "what is changed by hand is what was asked for";
const WHAT_THERE_WAS: &str = "what is taken by hand is what there was of it";

/// Points that the team gave or took, each by itself. An order gave those that were taken after it, if no gift of the team did.
#[derive(Default)]
pub(super) struct Hand {
    given: usize,
    /// After how many entries of the ledger each point was taken.
    taken: Vec<usize>,
}

impl Hand {
    fn give(&mut self, points: u64) {
        for _ in 0..points {
            if self.taken.pop().is_none() {
                self.given += 1;
            }
        }
    }

    fn take(&mut self, points: u64, place: usize) {
        for _ in 0..points {
            match self.given.checked_sub(1) {
                Some(given) => self.given = given,
                None => self.taken.push(place),
            }
        }
    }

    /// Of an order's points that go back, those that nobody took by hand since they were granted.
    pub(super) fn not_taken(&mut self, points: u64, granted: Option<usize>) -> u64 {
        let taken_since = |taken: &usize| granted.is_some_and(|granted| *taken > granted);
        let mut left = 0;
        for _ in 0..points {
            match self.taken.iter().position(taken_since) {
                Some(place) => drop(self.taken.remove(place)),
                None => left += 1,
            }
        }
        left
    }
}

impl<'a> Book<'a> {
    pub(super) fn change_by_hand(&mut self, key: &'a Key, done: &'a ByHand, reason: &Reason) -> Result<(), Finding> {
        let asked = cast::asked_by_hand(reason);
        let wrong = || Err((AS_ASKED, format!("{done:?} for {asked:?}")));
        match (done, &asked) {
            (ByHand::Grant(given), Some(Asked::Grant(asked))) if given == asked => {
                for grant in given {
                    self.get(Of::Team(key), grant);
                }
                Ok(())
            }
            (ByHand::Extend(more), Some(Asked::Extend { days })) if more.days() == *days => {
                if self.extended() != Some(more.tier()) {
                    return Err((AS_ASKED, format!("{:?} and not {:?}", more.tier(), self.extended())));
                }
                self.begin_membership(Of::Team(key), more, 0);
                Ok(())
            }
            (ByHand::Revoke { asked: before, taken }, Some(Asked::Revoke(asked))) if before == asked => {
                self.take_by_hand(asked, taken)
            }
            (ByHand::Grant(_) | ByHand::Extend(_) | ByHand::Revoke { .. }, _) => wrong(),
        }
    }

    fn get(&mut self, of: Of<'a>, grant: &'a Grant) {
        match grant {
            Grant::Points(points) => {
                self.points += super::signed(points.amount());
                self.hand.give(points.amount());
            }
            Grant::Quota(quota) => self.begin_quota(of, quota),
            Grant::Membership(membership) => self.begin_membership(of, membership, 0),
        }
    }

    /// The tier that runs now, or the one that ended last.
    fn extended(&self) -> Option<&'a Tier> {
        let outside = self.memberships.iter().filter(|row| row.inside.is_none());
        let running = outside.max_by_key(|row| row.precedence()).map(|row| row.tier);
        let recent = |(_, at): &(&Tier, Time)| self.now <= at.plus(EXTENDED_AFTER);
        running.or_else(|| self.ended.filter(recent).map(|(tier, _)| tier))
    }

    fn take_by_hand(&mut self, asked: &Portion, taken: &Portion) -> Result<(), Finding> {
        let points = asked.points.min(u64::try_from(self.points).unwrap_or(0));
        self.points -= super::signed(points);
        self.hand.take(points, self.entries);
        let quota = asked.quota.as_ref().map(|(name, most)| {
            let mut uses: Vec<Ticket<'_>> = self.tickets.extract_if(.., |ticket| ticket.quota == name).collect();
            // What the team gave goes first, and of the rest what ends soonest.
            uses.sort_unstable_by_key(|ticket| (!ticket.of.is_team(), *ticket));
            let count = uses.len().min(usize::try_from(*most).unwrap_or(usize::MAX));
            self.tickets.extend(uses.split_off(count));
            (name.clone(), count as u64)
        });
        let membership = asked.membership.as_ref().map(|(tier, most)| {
            let in_tier = |row: &&mut Membership<'_>| row.inside.is_none() && row.tier.name == *tier;
            let mut rows: Vec<_> = self.memberships.iter_mut().filter(in_tier).collect();
            rows.sort_by_key(|row| (!row.of.is_team(), Reverse(row.precedence())));
            let mut wanted = u64::from(most.0);
            for row in rows {
                let run = wanted.min(row.left);
                row.run(run);
                wanted -= run;
            }
            (tier.clone(), Seconds(most.0 - u32::try_from(wanted).unwrap_or(0)))
        });
        let there = Portion { points, quota, membership };
        if there == *taken { Ok(()) } else { Err((WHAT_THERE_WAS, format!("{taken:?} instead of {there:?}"))) }
    }
}
