//! Every error of an AWS call, sorted by what its caller is to do about it. It logs the call's name and the error's code, and
//! never a message: a message can quote what was sent.

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::CancellationReason;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use till_app::ports::Unavailable;

use crate::item::Attributes;

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Sorted {
    /// A condition did not hold: what stands there, where the call asked for it and something does.
    Conflict(Option<Attributes>),
    /// A transaction was cancelled: why, item by item, in the order in which they were given.
    Cancelled(Vec<Reason>),
    /// A transaction holds the item at this moment. Nothing was written: it is like a conflict that nobody has seen yet.
    Contended,
    /// Too many calls, after all tries. Nothing was written.
    Busy,
    /// The call was wrong, or we may not make it: it will fail again, and a person of the team has to look.
    OurFault,
    /// No answer, or one that tells nothing: it may have taken effect.
    NoAnswer,
}

/// What one item of a transaction had to do with its end.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Reason {
    Fine,
    /// Its condition did not hold: what stands there, where the call asked for it and something does.
    Conflict(Option<Attributes>),
    /// Another transaction or write holds it.
    Contended,
    Busy,
    /// What was asked of it was wrong.
    OurFault,
}

/// A sorted error with what the log may know of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Failed {
    pub sorted: Sorted,
    code: String,
    status: u16,
}

impl Failed {
    /// Says once in the log what failed, for a caller to whom this is no answer.
    pub fn unavailable(&self, call: &'static str) -> Unavailable {
        let Self { sorted, code, status } = self;
        match sorted {
            Sorted::OurFault => tracing::error!(call, code, status, "AWS refused a call of ours"),
            // A conflict that reaches this place was not expected of the call.
            Sorted::Conflict(_) | Sorted::Cancelled(_) => {
                tracing::error!(call, code, status, "AWS did not take a write that has no rival");
            }
            Sorted::Contended | Sorted::Busy | Sorted::NoAnswer => {
                tracing::warn!(call, code, status, "AWS gave no answer that helps");
            }
        }
        Unavailable
    }
}

/// Sorts an error of any call of any service.
pub(crate) fn sort<E>(error: &SdkError<E, HttpResponse>) -> Failed
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let (sorted, code, status) = match error {
        SdkError::ConstructionFailure(_) => (Sorted::OurFault, "ConstructionFailure", 0),
        SdkError::TimeoutError(_) => (Sorted::NoAnswer, "Timeout", 0),
        SdkError::DispatchFailure(_) => (Sorted::NoAnswer, "DispatchFailure", 0),
        SdkError::ResponseError(answer) => (Sorted::NoAnswer, "UnreadableAnswer", answer.raw().status().as_u16()),
        SdkError::ServiceError(answer) => {
            let (code, status) = (answer.err().code().unwrap_or("Unknown"), answer.raw().status().as_u16());
            (by_code(code, status, answer.err()), code, status)
        }
        // The SDK may learn of other ways to fail; none of them is known to be certain.
        _ => (Sorted::NoAnswer, "Unknown", 0),
    };
    Failed { sorted, code: code.to_owned(), status }
}

/// Sorts an error and says it in the log: for calls in which no error is an answer.
pub(crate) fn unavailable<E>(call: &'static str, error: &SdkError<E, HttpResponse>) -> Unavailable
where
    E: ProvideErrorMetadata + Error + 'static,
{
    sort(error).unavailable(call)
}

pub(crate) fn unusable(call: &'static str, what: &impl fmt::Display) -> Unavailable {
    tracing::error!(call, reason = %what, "what is stored cannot be used");
    Unavailable
}

fn by_code(code: &str, status: u16, error: &(dyn Error + 'static)) -> Sorted {
    match code {
        "ConditionalCheckFailedException" => Sorted::Conflict(standing(error)),
        "TransactionCanceledException" => Sorted::Cancelled(reasons(error)),
        "TransactionConflictException" | "TransactionInProgressException" => Sorted::Contended,
        code if is_busy(code) || status == 429 => Sorted::Busy,
        // DynamoDB says 400 of what it could not finish, too.
        "InternalServerError" | "InternalFailure" | "RequestTimeout" | "ReplicatedWriteConflictException" => {
            Sorted::NoAnswer
        }
        _ if (400..500).contains(&status) => Sorted::OurFault,
        _ => Sorted::NoAnswer,
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

/// What stands where a condition did not hold.
fn standing(error: &(dyn Error + 'static)) -> Option<Attributes> {
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
        None | Some("None") => Reason::Fine,
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
    use crate::testing::{Reply, aws_that_hears};

    async fn update(reply: Reply) -> Failed {
        let aws = aws_that_hears(reply);
        let update = aws.clients.dynamodb().update_item().table_name("t").key("pk", AttributeValue::S("a".to_owned()));
        sort(&update.send().await.unwrap_err())
    }

    async fn transaction(reply: Reply) -> Failed {
        let put = Put::builder().table_name("t").item("pk", AttributeValue::S("a".to_owned())).build().unwrap();
        let aws = aws_that_hears(reply);
        let write =
            aws.clients.dynamodb().transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
        sort(&write.send().await.unwrap_err())
    }

    fn coded(status: u16, code: &str) -> Reply {
        Reply::Answer(status, format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"a secret"}}"#))
    }

    #[tokio::test]
    async fn every_code_has_its_place() {
        for (status, code, sorted) in [
            (400, "ConditionalCheckFailedException", Sorted::Conflict(None)),
            (400, "TransactionConflictException", Sorted::Contended),
            (400, "TransactionInProgressException", Sorted::Contended),
            (400, "ThrottlingException", Sorted::Busy),
            (400, "ProvisionedThroughputExceededException", Sorted::Busy),
            (400, "RequestLimitExceeded", Sorted::Busy),
            (429, "SomethingNew", Sorted::Busy),
            (400, "ValidationException", Sorted::OurFault),
            (400, "AccessDeniedException", Sorted::OurFault),
            (400, "ResourceNotFoundException", Sorted::OurFault),
            (400, "UnrecognizedClientException", Sorted::OurFault),
            (500, "InternalServerError", Sorted::NoAnswer),
            (503, "ServiceUnavailable", Sorted::NoAnswer),
            (502, "SomethingNew", Sorted::NoAnswer),
        ] {
            let failed = update(coded(status, code)).await;
            assert_eq!(failed.sorted, sorted, "{status} {code}");
            assert_eq!((failed.code.as_str(), failed.status), (code, status));
        }
    }

    #[tokio::test]
    async fn no_answer_is_no_answer() {
        for (reply, code) in [
            (Reply::Nothing, "DispatchFailure"),
            (Reply::Answer(200, "<html>".to_owned()), "Unknown"),
            (Reply::Silence, "Timeout"),
        ] {
            let failed = update(reply).await;
            assert_eq!((failed.sorted, failed.code.as_str()), (Sorted::NoAnswer, code));
        }
    }

    #[tokio::test]
    async fn a_conflict_says_what_stands_there() {
        let body =
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{"v":{"N":"7"}}}"#;
        let stands = Attributes::from([("v".to_owned(), AttributeValue::N("7".to_owned()))]);
        let failed = update(Reply::Answer(400, body.to_owned())).await;
        assert_eq!(failed.sorted, Sorted::Conflict(Some(stands)));
    }

    #[tokio::test]
    async fn a_cancelled_transaction_says_why_item_by_item() {
        let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","CancellationReasons":[
            {"Code":"None"},{"Code":"ConditionalCheckFailed","Item":{"v":{"N":"7"}}},{"Code":"ConditionalCheckFailed"},
            {"Code":"TransactionConflict"},{"Code":"ThrottlingError"},{"Code":"ProvisionedThroughputExceeded"},
            {"Code":"ValidationError"},{"Code":"SomethingNew"}]}"#;
        let stands = Attributes::from([("v".to_owned(), AttributeValue::N("7".to_owned()))]);
        let failed = transaction(Reply::Answer(400, body.to_owned())).await;
        let reasons = vec![
            Reason::Fine,
            Reason::Conflict(Some(stands)),
            Reason::Conflict(None),
            Reason::Contended,
            Reason::Busy,
            Reason::Busy,
            Reason::OurFault,
            Reason::OurFault,
        ];
        assert_eq!(failed.sorted, Sorted::Cancelled(reasons));
    }

    #[tokio::test]
    async fn the_log_hears_the_code_and_not_the_message() {
        let failed = update(coded(400, "ValidationException")).await;
        assert!(!format!("{failed:?}").contains("secret"), "{failed:?}");
        assert_eq!(failed.unavailable("UpdateItem"), Unavailable);
    }
}
