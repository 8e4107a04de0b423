//! One conditional write of an order, alone or within a transaction. It sets every attribute that this release knows and that
//! has a value, removes those that have none any more, and leaves alone what a later release added.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::Update;
use till_app::ports::Unavailable;
use till_domain::id::OrderNo;
use till_domain::order::{DueKind, Order};
use till_domain::provider::Provider;
use till_domain::text::TradeNo;

use crate::aws::Aws;
use crate::due_entries::DueEntry;
use crate::error::OrUnavailable as _;
use crate::item::{BadItem, attributes, instant, number, text};
use crate::keys::{self, DUE, DUE_SHARD, HELD, HELD_SINCE, IS_HELD, TRADE};
use crate::order_item::{KNOWN, ORDER_SCHEMA, write_order};
use crate::random::random_number;
use crate::update::ItemUpdate;

/// A first version is written where nothing is stored, or only what should have been deleted by now.
const FIRST: &str = "attribute_not_exists(#pk) OR (#ttl <= :now AND #schema <= :ours)";
const LATER: &str = "#v = :before AND #schema <= :ours";

/// Payments after the first one that are findable by their number. Each costs one more write whenever the order is written.
const MOST_FURTHER_TRADES: usize = 16;

#[derive(Debug)]
pub(crate) struct OrderWrite {
    update: ItemUpdate,
    no: OrderNo,
    version: u64,
    /// Marks this call: an item with this mark was written by this very call, even if the answer was lost.
    pub written_by: u64,
    due: Option<DueEntry>,
    further_trades: Vec<(Provider, TradeNo)>,
}

impl OrderWrite {
    pub fn new(aws: &Aws, order: &Order) -> Result<Self, BadItem> {
        let (no, version, written_by) = (order.no, order.version, random_number());
        let kind = if aws.settings.money_shards { order.due_kind() } else { DueKind::Look };
        let due = order.due_at().map(|at| DueEntry { kind, at });
        let mut attributes = write_order(order, aws.settings.abandoned, written_by)?;
        let kept = due.and_then(|due| aws.cache.due_entries.reusable(no, version, due));
        if kept.is_some() {
            attributes.remove(DUE);
        } else if due.is_some() {
            attributes.insert(DUE_SHARD.to_owned(), text(keys::due_shard(no, kind)));
        }
        let is_absent = |name: &&str| !attributes.contains_key(*name) && (!is_due(name) || kept.is_none());
        let absent: Vec<&str> = KNOWN.into_iter().chain([DUE_SHARD]).filter(is_absent).collect();
        // Version 0 is never written: it would be its own predecessor, and nothing is stored at it.
        let update = match version {
            1 => ItemUpdate::new(keys::order(no), FIRST).value("now", instant(aws.now())),
            _ => ItemUpdate::new(keys::order(no), LATER).value("before", number(version.saturating_sub(1))),
        };
        let update = update.value("ours", number(ORDER_SCHEMA)).set_all(attributes).remove(absent.into_iter());
        let update = if order.holds().is_empty() {
            update.remove([HELD, HELD_SINCE].into_iter())
        } else {
            update.set(HELD, text(IS_HELD)).set_once(HELD_SINCE, instant(aws.now()))
        };
        let further = order.payments.iter().skip(1).map(|payment| (payment.account.provider, payment.trade_no.clone()));
        let further_trades = further.take(MOST_FURTHER_TRADES).collect();
        Ok(Self { update, no, version, written_by, due: kept.or(due), further_trades })
    }

    /// Makes the payments after the first one findable. It comes before the order's own write, so that none is missed; a number
    /// that is kept in vain leads to an order without it. Only an order that was paid more than once takes this at all.
    pub async fn keep_further_trades(&self, aws: &Aws) -> Result<(), Unavailable> {
        for (provider, trade_no) in &self.further_trades {
            let item = attributes([(TRADE, Some(text(keys::trade(*provider, trade_no))))]);
            let put = aws.put_item(&keys::trade_of_order(self.no, *provider, trade_no), item)?;
            put.send().await.or_unavailable("PutItem")?;
        }
        Ok(())
    }

    pub fn alone(&self, aws: &Aws) -> Result<UpdateItemFluentBuilder, Unavailable> {
        self.update.call(aws).map(|call| call.return_values_on_condition_check_failure(AllOld))
    }

    pub fn in_transaction(&self, table: &str) -> Result<Update, BadItem> {
        let update = self.update.in_transaction(table).return_values_on_condition_check_failure(AllOld);
        update.build().map_err(|_| BadItem::Missing("order"))
    }

    pub fn took_effect(&self, aws: &Aws) {
        aws.cache.due_entries.remember(self.no, self.version, self.due);
    }
}

fn is_due(name: &str) -> bool {
    name == DUE || name == DUE_SHARD
}
