//! Calls of the table that several ports share. Every read is strongly consistent, and an item past its `ttl` reads as missing
//! even if DynamoDB has not deleted it yet.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use till_app::ports::Unavailable;
use till_domain::time::Time;

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, Reader, text};
use crate::keys::{ItemKey, PK, TTL};

/// Calls for one batch: a busy table leaves keys unprocessed.
const MOST_BATCHES: u32 = 4;
/// A page has 1 MiB: no partition that is read whole comes near 16 of them.
const MOST_PAGES: u32 = 16;

impl Aws {
    pub(crate) fn put_item(&self, key: &ItemKey, mut item: Attributes) -> Result<PutItemFluentBuilder, Unavailable> {
        item.extend(key.attributes());
        Ok(self.clients.dynamodb().put_item().table_name(self.table()?).set_item(Some(item)))
    }

    pub(crate) fn delete_item(&self, key: &ItemKey) -> Result<DeleteItemFluentBuilder, Unavailable> {
        Ok(self.clients.dynamodb().delete_item().table_name(self.table()?).set_key(Some(key.attributes())))
    }

    pub(crate) async fn read_item(&self, key: &ItemKey) -> Result<Option<Attributes>, Unavailable> {
        let get = self.clients.dynamodb().get_item().table_name(self.table()?).set_key(Some(key.attributes()));
        let got = get.consistent_read(true).send().await.or_unavailable("GetItem")?;
        Ok(got.item.filter(|item| is_live(item, self.now())))
    }

    /// All items of a partition, in the order of their sort keys.
    pub(crate) async fn read_partition(&self, pk: &str) -> Result<Vec<Attributes>, Unavailable> {
        let (table, now) = (self.table()?, self.now());
        let (mut items, mut from) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let query = self.clients.dynamodb().query().table_name(table).key_condition_expression("#pk = :pk");
            let query = query.expression_attribute_names("#pk", PK).expression_attribute_values(":pk", text(pk));
            let query = query.consistent_read(true).set_exclusive_start_key(from);
            let page = query.send().await.or_unavailable("Query")?;
            items.extend(page.items.unwrap_or_default().into_iter().filter(|item| is_live(item, now)));
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(items);
            }
        }
        tracing::error!("a partition is too large to be read whole");
        Err(Unavailable)
    }

    /// At most a hundred items, in no order; missing ones are left out.
    pub(crate) async fn read_items(&self, keys: &[ItemKey]) -> Result<Vec<Attributes>, Unavailable> {
        let (table, now) = (self.table()?, self.now());
        let mut left: Vec<HashMap<String, AttributeValue>> = keys.iter().map(ItemKey::attributes).collect();
        let mut items = Vec::with_capacity(left.len());
        for _ in 0..MOST_BATCHES {
            if left.is_empty() {
                return Ok(items);
            }
            let asked = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let asked = asked.map_err(|_| Unavailable)?;
            let batch = self.clients.dynamodb().batch_get_item().request_items(table, asked);
            let got = batch.send().await.or_unavailable("BatchGetItem")?;
            let found = got.responses.unwrap_or_default().remove(table).unwrap_or_default();
            items.extend(found.into_iter().filter(|item| is_live(item, now)));
            left = got.unprocessed_keys.unwrap_or_default().remove(table).map(|rest| rest.keys).unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(items);
        }
        tracing::warn!("the table left keys of a batch unprocessed in every try");
        Err(Unavailable)
    }
}

/// DynamoDB may delete days after the `ttl`; until then the item counts as gone. A `ttl` that cannot be read removes nothing.
pub fn is_live(item: &Attributes, now: Time) -> bool {
    Reader::new(item).get_as::<Option<Time>>(TTL).ok().flatten().is_none_or(|ttl| ttl > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::number;
    use crate::test_aws::{Reply, aws_that_answers};

    fn key(sk: &str) -> ItemKey {
        ItemKey { pk: "P".to_owned(), sk: sk.to_owned() }
    }

    fn aws_with(body: &str) -> Aws {
        aws_that_answers(Reply::Answer(200, body.to_owned()))
    }

    #[tokio::test]
    async fn unprocessed_keys_of_a_batch_are_an_error() {
        let aws = aws_with(
            r#"{"Responses":{"till":[{"pk":{"S":"P"},"sk":{"S":"a"}}]},
            "UnprocessedKeys":{"till":{"Keys":[{"pk":{"S":"P"},"sk":{"S":"b"}}]}}}"#,
        );
        assert_eq!(aws.read_items(&[key("a"), key("b")]).await, Err(Unavailable));
        let aws = aws_with(r#"{"Responses":{"till":[{"pk":{"S":"P"},"sk":{"S":"a"}}]},"UnprocessedKeys":{}}"#);
        assert_eq!(aws.read_items(&[key("a"), key("b")]).await.map(|items| items.len()), Ok(1));
        assert_eq!(aws.read_items(&[]).await, Ok(vec![]));
    }

    #[tokio::test]
    async fn endless_partition_stops_with_an_error() {
        let aws = aws_with(r#"{"Items":[],"LastEvaluatedKey":{"pk":{"S":"P"},"sk":{"S":"a"}}}"#);
        assert_eq!(aws.read_partition("P").await, Err(Unavailable));
    }

    #[test]
    fn expired_item_reads_as_missing() {
        let now = Time::from_unix(1_000).unwrap();
        for (ttl, expected) in [(number(1_001), true), (number(1_000), false), (number(1), false), (text("soon"), true)]
        {
            let item = Attributes::from([(TTL.to_owned(), ttl.clone())]);
            assert_eq!(is_live(&item, now), expected, "{ttl:?}");
        }
        assert!(is_live(&Attributes::new(), now));
    }
}
