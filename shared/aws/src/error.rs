//! Every error of an AWS call, classified by what its caller should do. The log gets the call's name and the error's code, never
//! its message: a message can quote what was sent.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::CancellationReason;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use till_app::ports::Unavailable;

use crate::item::{Attributes, BadItem};

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum FailureKind {
    /// A condition did not hold; with the stored item, if there is one and the call asked for it.
    Conflict(Option<Attributes>),
    /// A transaction was cancelled; with one reason for each of its items, in their order.
    Cancelled(Vec<Reason>),
    /// A transaction holds the item at this moment. Nothing was written.
    Contended,
    /// Too many calls, after all tries. Nothing was written.
    Busy,
    /// The call was wrong or not permitted: it will fail again, and the team has to look.
    OurFault,
    /// No answer, or one that tells nothing: the call may have taken effect.
    NoAnswer,
}

/// What became of one item of a cancelled transaction.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Reason {
    Passed,
    /// Its condition did not hold; with the stored item, if there is one and the call asked for it.
    Conflict(Option<Attributes>),
    /// Another transaction or write holds it.
    Contended,
    Busy,
    /// The request for this item was wrong.
    OurFault,
}

/// A classified error, with what the log may show of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct CallFailure {
    pub kind: FailureKind,
    code: String,
    status: u16,
}

impl CallFailure {
    /// Logs the failure once, for a caller that has no other answer to it.
    pub fn unavailable(&self, call: &'static str) -> Unavailable {
        let Self { kind, code, status } = self;
        match kind {
            FailureKind::OurFault => {
                tracing::error!(call, code, status, "AWS refused a call as wrong or not permitted");
            }
            FailureKind::Conflict(_) | FailureKind::Cancelled(_) => {
                tracing::error!(call, code, status, "AWS did not take a write that should not meet a conflict");
            }
            FailureKind::Contended | FailureKind::Busy | FailureKind::NoAnswer => {
                tracing::warn!(call, code, status, "AWS gave no usable answer");
            }
        }
        Unavailable
    }

    /// The stored item that a conditional write met. Any other failure is logged.
    pub fn conflict(&self, call: &'static str) -> Result<Option<&Attributes>, Unavailable> {
        match &self.kind {
            FailureKind::Conflict(stored) => Ok(stored.as_ref()),
            FailureKind::Cancelled(_)
            | FailureKind::Contended
            | FailureKind::Busy
            | FailureKind::OurFault
            | FailureKind::NoAnswer => Err(self.unavailable(call)),
        }
    }
}

pub(crate) fn classify<E>(error: &SdkError<E, HttpResponse>) -> CallFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (kind, code, status) = match error {
        SdkError::ConstructionFailure(_) => (FailureKind::OurFault, "ConstructionFailure", 0),
        SdkError::TimeoutError(_) => (FailureKind::NoAnswer, "Timeout", 0),
        SdkError::DispatchFailure(_) => (FailureKind::NoAnswer, "DispatchFailure", 0),
        SdkError::ResponseError(answer) => (FailureKind::NoAnswer, "UnreadableAnswer", answer.raw().status().as_u16()),
        SdkError::ServiceError(answer) => {
            let (code, status) = (answer.err().code().unwrap_or("Unknown"), answer.raw().status().as_u16());
            (by_code(code, status, answer.err()), code, status)
        }
        // The SDK may add further kinds: whether such a call took effect is not known.
        _ => (FailureKind::NoAnswer, "Unknown", 0),
    };
    CallFailure { kind, code: code.to_owned(), status }
}

/// For results whose error is no answer to the caller: it is logged once.
pub(crate) trait OrUnavailable<T> {
    fn or_unavailable(self, call: &'static str) -> Result<T, Unavailable>;
}

impl<T, E> OrUnavailable<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    fn or_unavailable(self, call: &'static str) -> Result<T, Unavailable> {
        self.map_err(|error| classify(&error).unavailable(call))
    }
}

impl<T> OrUnavailable<T> for Result<T, BadItem> {
    fn or_unavailable(self, call: &'static str) -> Result<T, Unavailable> {
        self.map_err(|bad| {
            tracing::error!(call, reason = %bad, "a stored item cannot be used");
            Unavailable
        })
    }
}

fn by_code(code: &str, status: u16, error: &(dyn Error + 'static)) -> FailureKind {
    match code {
        "ConditionalCheckFailedException" => FailureKind::Conflict(stored_item(error)),
        "TransactionCanceledException" => FailureKind::Cancelled(reasons(error)),
        "TransactionConflictException" | "TransactionInProgressException" => FailureKind::Contended,
        code if is_busy(code) || status == 429 => FailureKind::Busy,
        // DynamoDB also answers 400 for calls that it could not finish.
        "InternalServerError" | "InternalFailure" | "RequestTimeout" | "ReplicatedWriteConflictException" => {
            FailureKind::NoAnswer
        }
        _ if (400..500).contains(&status) => FailureKind::OurFault,
        _ => FailureKind::NoAnswer,
    }
}

fn is_busy(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottlingError"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "LimitExceededException"
            | "TooManyRequestsException"
            | "ProvisionedThroughputExceeded"
            | "ProvisionedThroughputExceededException"
            | "SlowDown"
    )
}

/// The stored item at which a condition did not hold.
fn stored_item(error: &(dyn Error + 'static)) -> Option<Attributes> {
    let failed = if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) = error.downcast_ref() {
        failed
    } else if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.downcast_ref() {
        failed
    } else if let Some(DeleteItemError::ConditionalCheckFailedException(failed)) = error.downcast_ref() {
        failed
    } else {
        return None;
    };
    failed.item().filter(|item| !item.is_empty()).cloned()
}

fn reasons(error: &(dyn Error + 'static)) -> Vec<Reason> {
    match error.downcast_ref() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().map(reason).collect()
        }
        _ => Vec::new(),
    }
}

fn reason(reason: &CancellationReason) -> Reason {
    match reason.code() {
        None | Some("None") => Reason::Passed,
        Some("ConditionalCheckFailed") => Reason::Conflict(reason.item().filter(|item| !item.is_empty()).cloned()),
        Some("TransactionConflict") => Reason::Contended,
        Some(code) if is_busy(code) => Reason::Busy,
        Some(_) => Reason::OurFault,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};

    use super::*;
    use crate::test_aws::{Reply, aws_that_answers};

    async fn update(reply: Reply) -> CallFailure {
        let aws = aws_that_answers(reply);
        let update = aws.clients.dynamodb().update_item().table_name("t").key("pk", AttributeValue::S("a".to_owned()));
        classify(&update.send().await.unwrap_err())
    }

    async fn transaction(reply: Reply) -> CallFailure {
        let put = Put::builder().table_name("t").item("pk", AttributeValue::S("a".to_owned())).build().unwrap();
        let aws = aws_that_answers(reply);
        let write =
            aws.clients.dynamodb().transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
        classify(&write.send().await.unwrap_err())
    }

    fn coded(status: u16, code: &str) -> Reply {
        Reply::Answer(status, format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"a secret"}}"#))
    }

    #[tokio::test]
    async fn every_error_code_has_its_kind() {
        for (status, code, kind) in [
            (400, "ConditionalCheckFailedException", FailureKind::Conflict(None)),
            (400, "TransactionConflictException", FailureKind::Contended),
            (400, "TransactionInProgressException", FailureKind::Contended),
            (400, "ThrottlingException", FailureKind::Busy),
            (400, "ProvisionedThroughputExceededException", FailureKind::Busy),
            (400, "RequestLimitExceeded", FailureKind::Busy),
            (429, "SomethingNew", FailureKind::Busy),
            (400, "ValidationException", FailureKind::OurFault),
            (400, "AccessDeniedException", FailureKind::OurFault),
            (400, "ResourceNotFoundException", FailureKind::OurFault),
            (400, "UnrecognizedClientException", FailureKind::OurFault),
            (500, "InternalServerError", FailureKind::NoAnswer),
            (503, "ServiceUnavailable", FailureKind::NoAnswer),
            (502, "SomethingNew", FailureKind::NoAnswer),
        ] {
            let failed = update(coded(status, code)).await;
            assert_eq!(failed.kind, kind, "{status} {code}");
            assert_eq!((failed.code.as_str(), failed.status), (code, status));
        }
    }

    #[tokio::test]
    async fn missing_or_unreadable_answer_is_no_answer() {
        for (reply, code) in [
            (Reply::BrokenConnection, "DispatchFailure"),
            (Reply::Answer(200, "<html>".to_owned()), "Unknown"),
            (Reply::Silence, "Timeout"),
        ] {
            let failed = update(reply).await;
            assert_eq!((failed.kind, failed.code.as_str()), (FailureKind::NoAnswer, code));
        }
    }

    #[tokio::test]
    async fn conflict_returns_the_stored_item() {
        let body =
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{"v":{"N":"7"}}}"#;
        let stored = Attributes::from([("v".to_owned(), AttributeValue::N("7".to_owned()))]);
        let failed = update(Reply::Answer(400, body.to_owned())).await;
        assert_eq!(failed.kind, FailureKind::Conflict(Some(stored)));
    }

    #[tokio::test]
    async fn cancelled_transaction_gives_the_reason_of_each_item() {
        let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[
            {"Code":"None"},{"Code":"ConditionalCheckFailed","Item":{"v":{"N":"7"}}},{"Code":"ConditionalCheckFailed"},
            {"Code":"TransactionConflict"},{"Code":"ThrottlingError"},{"Code":"ProvisionedThroughputExceeded"},
            {"Code":"ValidationError"},{"Code":"SomethingNew"}]}"#;
        let stored = Attributes::from([("v".to_owned(), AttributeValue::N("7".to_owned()))]);
        let failed = transaction(Reply::Answer(400, body.to_owned())).await;
        let reasons = vec![
            Reason::Passed,
            Reason::Conflict(Some(stored)),
            Reason::Conflict(None),
            Reason::Contended,
            Reason::Busy,
            Reason::Busy,
            Reason::OurFault,
            Reason::OurFault,
        ];
        assert_eq!(failed.kind, FailureKind::Cancelled(reasons));
    }

    #[tokio::test]
    async fn failure_shows_the_code_and_not_the_message() {
        let failed = update(coded(400, "ValidationException")).await;
        assert!(!format!("{failed:?}").contains("secret"), "{failed:?}");
        assert_eq!(failed.unavailable("UpdateItem"), Unavailable);
    }
}
