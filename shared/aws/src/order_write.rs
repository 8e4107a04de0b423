//! One conditional write of an order, alone or within a transaction. It sets every attribute that we know and has a value,
//! takes away those that have none any more, and leaves alone what a later release put there.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use till_domain::id::OrderNo;
use till_domain::order::Order;
use till_domain::time::Time;

use crate::aws::Aws;
use crate::chance::chance;
use crate::item::{Attributes, BadItem, SCHEMA, VERSION, instant, number, text};
use crate::keys::{self, DUE, DUE_SHARD, ItemKey, PK, TTL};
use crate::order_item::{KNOWN, ORDER_SCHEMA, write_order};

#[derive(Debug)]
pub(crate) struct OrderWrite {
    key: ItemKey,
    update: String,
    condition: String,
    names: HashMap<String, String>,
    values: Attributes,
    no: OrderNo,
    version: u64,
    /// Which call this is: an item that has it was written by this very call, whoever heard of it.
    pub written_by: u64,
    due: Option<Time>,
}

impl OrderWrite {
    pub fn of(aws: &Aws, order: &Order) -> Result<Self, BadItem> {
        let written_by = chance();
        let mut attributes = write_order(order, aws.settings.abandoned, written_by)?;
        let due = order.due_at();
        let stands = due.and_then(|due| aws.cache.standing.that_will_do(order.no, order.version, due));
        if stands.is_some() {
            attributes.remove(DUE);
        } else if due.is_some() {
            attributes.insert(DUE_SHARD.to_owned(), text(keys::due_shard(order.no)));
        }
        let is_absent = |name: &&str| !attributes.contains_key(*name) && (!is_due(name) || stands.is_none());
        let absent: Vec<&str> = KNOWN.into_iter().chain([DUE_SHARD]).filter(is_absent).collect();
        let mut write = Self {
            key: keys::order(order.no),
            update: String::new(),
            condition: String::new(),
            names: HashMap::new(),
            values: Attributes::new(),
            no: order.no,
            version: order.version,
            written_by,
            due: stands.or(due),
        };
        write.put(attributes, &absent);
        write.condition(order.version, aws.now());
        Ok(write)
    }

    pub fn alone(&self, aws: &Aws, table: &str) -> UpdateItemFluentBuilder {
        aws.clients
            .dynamodb()
            .update_item()
            .table_name(table)
            .set_key(Some(self.key.attributes()))
            .update_expression(&self.update)
            .condition_expression(&self.condition)
            .set_expression_attribute_names(Some(self.names.clone()))
            .set_expression_attribute_values(Some(self.values.clone()))
            .return_values_on_condition_check_failure(AllOld)
    }

    pub fn in_transaction(&self, table: &str) -> Result<Update, BadItem> {
        Update::builder()
            .table_name(table)
            .set_key(Some(self.key.attributes()))
            .update_expression(&self.update)
            .condition_expression(&self.condition)
            .set_expression_attribute_names(Some(self.names.clone()))
            .set_expression_attribute_values(Some(self.values.clone()))
            .return_values_on_condition_check_failure(AllOld)
            .build()
            .map_err(|_| BadItem::Missing("order"))
    }

    pub fn took_effect(&self, aws: &Aws) {
        aws.cache.standing.saw(self.no, self.version, self.due);
    }

    fn put(&mut self, attributes: Attributes, absent: &[&str]) {
        let mut sets: Vec<String> = Vec::with_capacity(attributes.len());
        for (name, value) in attributes {
            sets.push(format!("{} = {}", self.name(&name), self.value(&name, value)));
        }
        sets.sort_unstable();
        let removes: Vec<String> = absent.iter().map(|name| self.name(name)).collect();
        self.update = format!("SET {}", sets.join(", "));
        if !removes.is_empty() {
            self.update.push_str(" REMOVE ");
            self.update.push_str(&removes.join(", "));
        }
    }

    /// A first version is written where nothing stands, or only what should have been deleted by now. No version is written
    /// over an item of a later release.
    fn condition(&mut self, version: u64, now: Time) {
        let (v, schema, ours) = (self.name(VERSION), self.name(SCHEMA), self.value("ours", number(ORDER_SCHEMA)));
        self.condition = if version == 1 {
            let (pk, ttl, now) = (self.name(PK), self.name(TTL), self.value("now", instant(now)));
            format!("attribute_not_exists({pk}) OR ({ttl} <= {now} AND {schema} <= {ours})")
        } else {
            // Version 0 is never written: it is its own predecessor, and nothing stands at it.
            let before = self.value("before", number(version.saturating_sub(1)));
            format!("{v} = {before} AND {schema} <= {ours}")
        };
    }

    /// DynamoDB has hundreds of reserved words: every name has a stand-in.
    fn name(&mut self, name: &str) -> String {
        let stand_in = format!("#{name}");
        self.names.insert(stand_in.clone(), name.to_owned());
        stand_in
    }

    fn value(&mut self, name: &str, value: AttributeValue) -> String {
        let stand_in = format!(":{name}");
        self.values.insert(stand_in.clone(), value);
        stand_in
    }
}

fn is_due(name: &str) -> bool {
    name == DUE || name == DUE_SHARD
}
