//! A conditional update of one item: as a call of its own, or as a part of a transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use till_app::ports::Unavailable;

use crate::aws::Aws;
use crate::item::Attributes;
use crate::keys::ItemKey;

/// DynamoDB has hundreds of reserved words: in expressions each attribute is `#name`, and each value is `:name`.
#[derive(Debug)]
pub(crate) struct ItemUpdate {
    key: ItemKey,
    sets: Vec<String>,
    removes: Vec<String>,
    condition: String,
    names: HashMap<String, String>,
    values: Attributes,
}

impl ItemUpdate {
    /// `condition` may name any attribute as `#name`, and as `:name` any value that is set or given with [`Self::value`].
    pub fn new(key: ItemKey, condition: &str) -> Self {
        let words = condition.split(|c: char| c != '#' && !c.is_ascii_alphanumeric());
        let names = words.filter_map(|word| Some((word.to_owned(), word.strip_prefix('#')?.to_owned())));
        Self {
            key,
            sets: Vec::new(),
            removes: Vec::new(),
            condition: condition.to_owned(),
            names: names.collect(),
            values: Attributes::new(),
        }
    }

    pub fn set(mut self, name: &str, value: AttributeValue) -> Self {
        self.sets.push(format!("#{name} = :{name}"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.value(name, value)
    }

    /// Sets it if the item does not have it yet.
    pub fn set_once(mut self, name: &str, value: AttributeValue) -> Self {
        self.sets.push(format!("#{name} = if_not_exists(#{name}, :{name})"));
        self.names.insert(format!("#{name}"), name.to_owned());
        self.value(name, value)
    }

    pub fn set_all(self, attributes: Attributes) -> Self {
        attributes.into_iter().fold(self, |update, (name, value)| update.set(&name, value))
    }

    pub fn remove<'a>(mut self, names: impl Iterator<Item = &'a str>) -> Self {
        for name in names {
            self.removes.push(format!("#{name}"));
            self.names.insert(format!("#{name}"), name.to_owned());
        }
        self
    }

    /// A value that the condition alone needs.
    pub fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    pub fn call(&self, aws: &Aws) -> Result<UpdateItemFluentBuilder, Unavailable> {
        let update = aws.clients.dynamodb().update_item().table_name(aws.table()?);
        Ok(update
            .set_key(Some(self.key.attributes()))
            .update_expression(self.expression())
            .condition_expression(&self.condition)
            .set_expression_attribute_names(Some(self.names.clone()))
            .set_expression_attribute_values(Some(self.values.clone())))
    }

    pub fn in_transaction(&self, table: &str) -> UpdateBuilder {
        Update::builder()
            .table_name(table)
            .set_key(Some(self.key.attributes()))
            .update_expression(self.expression())
            .condition_expression(&self.condition)
            .set_expression_attribute_names(Some(self.names.clone()))
            .set_expression_attribute_values(Some(self.values.clone()))
    }

    fn expression(&self) -> String {
        let removes =
            if self.removes.is_empty() { String::new() } else { format!(" REMOVE {}", self.removes.join(", ")) };
        format!("SET {}{removes}", self.sets.join(", "))
    }
}
