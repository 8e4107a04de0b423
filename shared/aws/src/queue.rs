//! Tasks for the queue `fulfilment`. A message only names the task and the order. fulfil-order reads it; the released bodies in
//! `tests/shapes` keep the two in agreement.

use serde::Serialize;
use till_app::ports::{Enqueue, Task, Unavailable};

use crate::aws::{Aws, missing_setting};
use crate::error::OrUnavailable as _;

/// A reader leaves a message of another version in the queue, for another release.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Message<'a> {
    v: u8,
    task: &'a str,
    order_no: &'a str,
}

pub fn write_task(task: Task) -> String {
    let name = match task {
        Task::Grant(_) => "grant",
        Task::Revoke(_) => "revoke",
    };
    let order = task.order();
    let message = Message { v: VERSION, task: name, order_no: order.as_str() };
    // Texts and a number always serialise.
    serde_json::to_string(&message).unwrap_or_default()
}

impl Enqueue for Aws {
    async fn enqueue(&self, task: Task) -> Result<(), Unavailable> {
        let url =
            self.settings.fulfilment_queue_url.as_deref().ok_or_else(|| missing_setting("FULFILMENT_QUEUE_URL"))?;
        let sent = self.clients.sqs().send_message().queue_url(url).message_body(write_task(task)).send().await;
        sent.map(drop).or_unavailable("SendMessage")
    }
}

#[cfg(test)]
mod tests {
    use till_domain::id::OrderNo;

    use super::*;
    use crate::test_aws::Reply;
    use crate::test_aws::TestAws;

    const NO: &str = "ORD20261121150000ABCDEF12";

    fn tasks() -> [(Task, &'static str); 2] {
        let no = OrderNo::parse(NO).unwrap();
        [
            (Task::Grant(no), include_str!("../tests/shapes/task.grant.json")),
            (Task::Revoke(no), include_str!("../tests/shapes/task.revoke.json")),
        ]
    }

    #[test]
    fn task_bodies_match_the_released_ones() {
        for (task, released) in tasks() {
            assert_eq!(write_task(task), released.trim_end());
        }
    }

    #[tokio::test]
    async fn task_is_sent_to_the_queue() {
        let test = TestAws::new().await;
        test.on_call(|_| Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned()));
        let (task, released) = tasks()[0];
        assert_eq!(test.aws.enqueue(task).await, Ok(()));
        let calls = test.take_calls();
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0].operation, "SendMessage");
        let sent: serde_json::Value = serde_json::from_str(&calls[0].body).unwrap();
        assert_eq!(sent["QueueUrl"], "http://127.0.0.1/000000000000/fulfilment");
        assert_eq!(sent["MessageBody"], released.trim_end());
        test.on_call(|_| Reply::BrokenConnection);
        assert_eq!(test.aws.enqueue(task).await, Err(Unavailable));
    }

    #[tokio::test]
    async fn enqueue_without_a_queue_url_sends_nothing() {
        let test = TestAws::with(&[("FULFILMENT_QUEUE_URL", "")]).await;
        test.on_call(|_| Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned()));
        assert_eq!(test.aws.enqueue(tasks()[0].0).await, Err(Unavailable));
        assert!(test.take_calls().is_empty());
    }
}
