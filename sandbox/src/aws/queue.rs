//! The queue on SQS. A message carries its due time: if that is beyond SQS's longest delay, the message is enqueued
//! again when it arrives.

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError};

use super::Aws;
use crate::lambda::Message;
use crate::ports::{Clock as _, Delivery, Queue, StoreError};

impl Queue for Aws {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        let now = self.now();
        let message = Message::new(delivery, now.saturating_add(delay_seconds.into()));
        let order = self.sqs.send_message().queue_url(&self.settings.queue_url);
        let order = order.delay_seconds(message.delay_seconds(now)).message_body(message.body());
        let Err(error) = order.send().await else { return Ok(()) };
        let code = error.code().unwrap_or("none");
        if let SdkError::ServiceError(_) = &error {
            tracing::warn!(code, "the queue refuses");
        } else {
            tracing::warn!(error = %DisplayErrorContext(&error), "the queue does not answer");
        }
        Err(StoreError::Unavailable)
    }
}
