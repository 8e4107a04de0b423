//! The store on DynamoDB: one document per item, with `SANDBOX#` and the folder in `pk`, the last part of the name
//! in `sk`. Every write is conditional on the version that was read.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::Aws;
use super::pack::{pack, unpack};
use crate::ports::{Clock as _, Store, StoreError, Stored, split};
use crate::random;

type Item = HashMap<String, AttributeValue>;

const PREFIX: &str = "SANDBOX#";
const DOCUMENT: &str = "doc";
const VERSION: &str = "v";
/// Identifies the writer: a retry whose first answer was lost recognises its own write by it.
const WRITER: &str = "w";
const EXPIRES: &str = "ttl";
/// Documents expire this long after their last write: later than any provider allows a refund.
const RETENTION_SECONDS: i64 = 400 * 24 * 3600;
/// A sort key holds 1024 bytes. The sandbox's own names are far shorter, but callers can ask for any.
const MAX_NAME_BYTES: usize = 900;

impl Store for Aws {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        let Some((pk, sk)) = keys(key) else { return Ok(None) };
        let get = self.dynamodb.get_item().table_name(&self.settings.table_name).consistent_read(true);
        let answer = get.key("pk", pk).key("sk", sk).send().await.map_err(|error| unavailable("GetItem", &error))?;
        Ok(answer.item().and_then(stored))
    }

    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError> {
        let (pk, sk) = keys(key).ok_or(StoreError::TooLarge)?;
        let writer = random::letters(16);
        let put = self.dynamodb.put_item().table_name(&self.settings.table_name);
        let put = put
            .item("pk", pk)
            .item("sk", sk)
            .item(DOCUMENT, pack(json)?)
            .item(VERSION, AttributeValue::N(over.unwrap_or(0).saturating_add(1).to_string()))
            .item(WRITER, AttributeValue::S(writer.clone()))
            .item(EXPIRES, AttributeValue::N(self.now().saturating_add(RETENTION_SECONDS).to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match over {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(version) => put
                .condition_expression("#v = :over")
                .expression_attribute_names("#v", VERSION)
                .expression_attribute_values(":over", AttributeValue::N(version.to_string())),
        };
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => refused(&error, &writer),
        }
    }

    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError> {
        let mut found = Vec::new();
        let mut start: Option<Item> = None;
        while found.len() < most {
            let limit = i32::try_from(most.saturating_sub(found.len())).unwrap_or(i32::MAX);
            let mut query = self
                .dynamodb
                .query()
                .table_name(&self.settings.table_name)
                .consistent_read(true)
                .scan_index_forward(false)
                .limit(limit)
                .key_condition_expression(if before.is_some() { "pk = :pk AND sk < :before" } else { "pk = :pk" })
                .expression_attribute_values(":pk", AttributeValue::S(format!("{PREFIX}{folder}")))
                .set_exclusive_start_key(start.take());
            if let Some(before) = before {
                query = query.expression_attribute_values(":before", AttributeValue::S(before.to_owned()));
            }
            let answer = query.send().await.map_err(|error| unavailable("Query", &error))?;
            let named = |item: &Item| Some((item.get("sk")?.as_s().ok()?.clone(), stored(item)?));
            found.extend(answer.items().iter().filter_map(named));
            start = answer.last_evaluated_key().cloned();
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// `None` if no document can have the name.
pub(super) fn keys(name: &str) -> Option<(AttributeValue, AttributeValue)> {
    let (folder, last) = split(name);
    let is_fine = !last.is_empty() && name.len() <= MAX_NAME_BYTES;
    is_fine.then(|| (AttributeValue::S(format!("{PREFIX}{folder}")), AttributeValue::S(last.to_owned())))
}

fn stored(item: &Item) -> Option<Stored> {
    let version = item.get(VERSION)?.as_n().ok()?.parse().ok()?;
    Some(Stored { version, json: unpack(item.get(DOCUMENT)?)? })
}

/// A failed condition means success if the stored write is this very one.
pub(super) fn refused(error: &SdkError<PutItemError>, writer: &str) -> Result<(), StoreError> {
    let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
        return Err(unavailable("PutItem", error));
    };
    let there = failed.item().and_then(|item| item.get(WRITER)).and_then(|writer| writer.as_s().ok());
    if there.is_some_and(|there| there == writer) { Ok(()) } else { Err(StoreError::Conflict) }
}

fn unavailable<E>(call: &'static str, error: &SdkError<E>) -> StoreError
where
    SdkError<E>: std::error::Error + aws_sdk_dynamodb::error::ProvideErrorMetadata,
{
    let code = error.code().unwrap_or("none");
    // The service's message is not logged: it may quote the request.
    if let SdkError::ServiceError(_) = error {
        tracing::warn!(call, code, "the table refuses");
    } else {
        tracing::warn!(call, error = %DisplayErrorContext(error), "the table does not answer");
    }
    StoreError::Unavailable
}
