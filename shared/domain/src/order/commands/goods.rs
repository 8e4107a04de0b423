//! That the goods were delivered or taken back, and that the team was told of its holds. Each is refused unless it is a duty,
//! so a task that comes late, twice or forged does no harm.

use crate::order::Order;
use crate::order::by::By;
use crate::order::duties::Duty;
use crate::order::holds::Hold;
use crate::order::timeline::What;
use crate::product::Grant;
use crate::refusal::Refusal;
use crate::time::Time;
use crate::wallet::{Entry, Granted};

impl Order {
    /// The name under which the goods of this round stand in the ledger.
    #[must_use]
    pub fn source(&self) -> Granted {
        Granted { order: self.no, round: self.granting.round }
    }

    /// Delivers the goods: the order's side of the one transaction, and the ledger entry that is its other side.
    pub fn grant(&mut self, wallet_version: u64, now: Time) -> Result<Entry, Refusal> {
        let kept = self.kept_for_good().filter(|_| self.owes_grant()).ok_or(Refusal::NotDue)?;
        // A person may have accepted another currency for it; credits are reckoned in the price's.
        let worth = if kept.currency() == self.sold.price.currency() { kept } else { self.sold.price };
        // What is promised away can only be part of it, or the goods would not be due; a later round keeps no upgrade, whose
        // old spans came back with the revoke.
        let upgrade = self.sold.upgrade.clone().filter(|_| self.granting.round == 1);
        let entry = Entry::grant(self.source(), self.sold.grants.clone(), worth, upgrade, now, wallet_version)?;
        self.facts.granting.granted = Some(now);
        self.note(now, By::Till, What::Granted);
        Ok(entry)
    }

    /// Takes the goods back: the order's side and the ledger's.
    pub fn revoke(&mut self, wallet_version: u64, now: Time) -> Result<Entry, Refusal> {
        if !self.owes_revoke() {
            return Err(Refusal::NotDue);
        }
        let entry = Entry::revoke(self.source(), &self.sold.grants, now, wallet_version)?;
        self.facts.granting.revoked = Some(now);
        self.note(now, By::Till, What::Revoked);
        Ok(entry)
    }

    /// Gives an upgrade up that rests on something that is gone: its money goes back.
    pub fn supersede(&mut self, now: Time) -> Result<(), Refusal> {
        if !self.owes_grant() || self.sold.upgrade.is_none() {
            return Err(Refusal::NotDue);
        }
        self.facts.superseded = Some(now);
        self.note(now, By::Till, What::Superseded);
        Ok(())
    }

    /// The holds that the team does not know of.
    pub fn untold(&self) -> Vec<Hold> {
        self.holds().into_iter().filter(|hold| !self.told.contains(hold)).collect()
    }

    /// The team was told of these.
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

    /// What the buyer gets.
    pub fn grants(&self) -> &[Grant] {
        &self.sold.grants
    }
}
