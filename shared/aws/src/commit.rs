//! The one transaction: order, wallet and ledger entry together, on condition that the orders on which it is based have not
//! changed.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem};
use till_app::ports::{Commit, CommitGoods, Committed, Unavailable};
use till_domain::id::OrderNo;

use crate::aws::Aws;
use crate::error::{CallFailure, FailureKind, OrUnavailable as _, Reason, classify};
use crate::item::{BadItem, VERSION, number};
use crate::keys;
use crate::ledger_item::ledger_put;
use crate::order_write::OrderWrite;
use crate::orders::writable;
use crate::wallet_item::wallet_update;

const CALL: &str = "TransactWriteItems";
/// DynamoDB's limit: order, wallet, entry, record, and the orders that an upgrade replaces, of which a wallet has a handful.
const MOST_ITEMS: usize = 100;

/// Which part of the transaction an item is: DynamoDB's reasons come in the same order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Order,
    Entry,
    /// The wallet, the record of a change by hand, or an order that must not have changed.
    Other,
}

impl CommitGoods for Aws {
    async fn commit(&self, commit: Commit<'_>) -> Result<Committed, Unavailable> {
        let table = self.table()?;
        let write = match commit.order.map(|order| OrderWrite::new(self, order)).transpose() {
            Ok(write) => write,
            Err(bad) => return Err(self.stuck(CALL, commit.order.map(|order| order.no), bad).await),
        };
        let (parts, items) = self.assemble(table, &commit, write.as_ref()).or_unavailable(CALL)?.into_iter().unzip();
        let parts: Vec<Part> = parts;
        // The SDK gives the call one token for all its tries, so that a try whose answer was lost is not repeated. A token made
        // of the contents would also match other calls for ten minutes.
        let failed = match self.clients.dynamodb().transact_write_items().set_transact_items(Some(items)).send().await {
            Ok(_) => {
                if let Some(write) = write {
                    write.took_effect(self);
                }
                return Ok(Committed::Yes);
            }
            Err(error) => classify(&error),
        };
        judge(&parts, &failed)
    }
}

impl Aws {
    fn assemble(
        &self,
        table: &str,
        commit: &Commit<'_>,
        write: Option<&OrderWrite>,
    ) -> Result<Vec<(Part, TransactWriteItem)>, BadItem> {
        let item = TransactWriteItem::builder;
        let wallet = wallet_update(table, commit.user, commit.wallet, commit.entry)?;
        let mut items = vec![(Part::Other, item().update(wallet).build())];
        if let Some(write) = write {
            items.push((Part::Order, item().update(write.in_transaction(table)?).build()));
        }
        items.push((Part::Entry, item().put(ledger_put(table, commit.user, commit.entry, commit.by)?).build()));
        if let Some(record) = commit.record {
            items.push((Part::Other, item().put(self.team_record_put(table, record)?).build()));
        }
        // A transaction may name an item only once, and two rounds of one order are based on the same version.
        let mut unchanged = commit.unchanged.to_vec();
        unchanged.sort_unstable();
        unchanged.dedup();
        for (no, version) in unchanged {
            items.push((Part::Other, item().condition_check(check_version(table, no, version)?).build()));
        }
        if items.len() > MOST_ITEMS { Err(BadItem::TooLarge("transaction")) } else { Ok(items) }
    }
}

fn check_version(table: &str, no: OrderNo, version: u64) -> Result<ConditionCheck, BadItem> {
    ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(keys::order(no).attributes()))
        .condition_expression("#v = :v")
        .expression_attribute_names("#v", VERSION)
        .expression_attribute_values(":v", number(version))
        .build()
        .map_err(|_| BadItem::Missing("order"))
}

/// What a transaction's failure means. An existing entry decides: the goods were granted already. Anything that a later try may
/// find changed is a conflict.
fn judge(parts: &[Part], failed: &CallFailure) -> Result<Committed, Unavailable> {
    let reasons = match &failed.kind {
        FailureKind::Cancelled(reasons) => reasons,
        FailureKind::Contended => return Ok(Committed::Conflict),
        FailureKind::Conflict(_) | FailureKind::Busy | FailureKind::OurFault | FailureKind::NoAnswer => {
            return Err(failed.unavailable(CALL));
        }
    };
    let of = |part: Part| parts.iter().zip(reasons).filter(move |(one, _)| **one == part).map(|(_, reason)| reason);
    if of(Part::Entry).any(|reason| matches!(reason, Reason::Conflict(_))) {
        return Ok(Committed::Duplicate);
    }
    for reason in of(Part::Order) {
        if let Reason::Conflict(Some(item)) = reason {
            writable(CALL, item)?;
        }
    }
    let has = |wanted: fn(&Reason) -> bool| reasons.iter().any(wanted);
    if has(|reason| matches!(reason, Reason::OurFault | Reason::Busy)) {
        return Err(failed.unavailable(CALL));
    }
    if has(|reason| matches!(reason, Reason::Conflict(_) | Reason::Contended)) {
        return Ok(Committed::Conflict);
    }
    Err(failed.unavailable(CALL))
}

#[cfg(test)]
mod tests;
