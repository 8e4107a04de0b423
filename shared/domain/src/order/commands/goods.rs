//! Records that goods were delivered or taken back, and that the team was told of holds. Each is refused unless it is a
//! duty, so a task that comes late, twice or forged has no effect.

use crate::order::Order;
use crate::order::by::By;
use crate::order::duties::Duty;
use crate::order::holds::Hold;
use crate::order::timeline::What;
use crate::product::Grant;
use crate::refusal::Refusal;
use crate::time::Time;
use crate::wallet::{Entry, GrantRound};

impl Order {
    #[must_use]
    pub fn source(&self) -> GrantRound {
        GrantRound { order: self.no, round: self.granting.round }
    }

    /// Marks the goods as granted and returns the ledger entry, which must be saved in the same transaction.
    pub fn grant(&mut self, wallet_version: u64, now: Time) -> Result<Entry, Refusal> {
        let kept = self.kept_for_good().filter(|_| self.owes_grant()).ok_or(Refusal::NotDue)?;
        // A person may have accepted a payment in another currency; credits are computed in the price's.
        let worth = if kept.currency() == self.sold.price.currency() { kept } else { self.sold.price };
        // Only part of it can be reserved for refunds, or the grant would not be due. A later round has no upgrade: the
        // revoke brought the replaced spans back.
        let upgrade = self.sold.upgrade.clone().filter(|_| self.granting.round == 1);
        let entry = Entry::grant(self.source(), self.sold.grants.clone(), worth, upgrade, now, wallet_version)?;
        self.facts.granting.granted = Some(now);
        self.note(now, By::Till, What::Granted);
        Ok(entry)
    }

    /// Marks the goods as revoked and returns the ledger entry, which must be saved in the same transaction.
    pub fn revoke(&mut self, wallet_version: u64, now: Time) -> Result<Entry, Refusal> {
        if !self.owes_revoke() {
            return Err(Refusal::NotDue);
        }
        let entry = Entry::revoke(self.source(), &self.sold.grants, now, wallet_version)?;
        self.facts.granting.revoked = Some(now);
        self.note(now, By::Till, What::Revoked);
        Ok(entry)
    }

    /// Gives up an upgrade whose replaced membership is gone: its money goes back.
    pub fn supersede(&mut self, now: Time) -> Result<(), Refusal> {
        if !self.owes_grant() || self.sold.upgrade.is_none() {
            return Err(Refusal::NotDue);
        }
        self.facts.superseded = Some(now);
        self.note(now, By::Till, What::Superseded);
        Ok(())
    }

    /// The holds that the team was not told of yet.
    pub fn untold(&self) -> Vec<Hold> {
        self.holds().into_iter().filter(|hold| !self.told.contains(hold)).collect()
    }

    pub fn told(&mut self, holds: &[Hold]) -> Result<(), Refusal> {
        if !self.owes(Duty::Alarm) {
            return Err(Refusal::NotDue);
        }
        for hold in holds {
            if !self.told.contains(hold) {
                self.facts.told.push(*hold);
            }
        }
        Ok(())
    }

    pub fn grants(&self) -> &[Grant] {
        &self.sold.grants
    }
}
