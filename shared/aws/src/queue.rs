//! Tasks for the queue `fulfilment`, and hints for the queue `sweep`; `alarms` sends to a queue of its own. A task only names the order, a hint the shard of the due
//! orders. fulfil-order and sweep-orders read them; the released bodies in `tests/shapes` keep both sides in agreement.

use aws_sdk_sqs::types::QueueAttributeName;
use futures_util::StreamExt as _;
use futures_util::future::join;
use futures_util::stream;
use serde::Serialize;
use till_app::ports::{DUE_SHARDS, Enqueue, InspectQueues, QueueDepth, ShareSweep, Task, Unavailable};

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
        let url = self.settings.fulfilment_queue_url.as_deref();
        self.send(url.ok_or_else(|| missing_setting("FULFILMENT_QUEUE_URL"))?, write_task(task)).await
    }
}

/// The ending of the name of a queue's dead letters, as the stacks make it.
const DEAD_LETTERS: &str = "-dead";

/// Sixteen messages are two rounds of a few milliseconds.
const HINTS_AT_ONCE: usize = 8;

#[derive(Serialize)]
struct Hint {
    v: u8,
    shard: u8,
}

pub fn write_hint(shard: u8) -> String {
    // Numbers always serialise.
    serde_json::to_string(&Hint { v: VERSION, shard }).unwrap_or_default()
}

impl ShareSweep for Aws {
    /// A hint that was not sent concerns its shard only, and the next sweep sends it again.
    async fn share_sweep(&self) -> Result<(), Unavailable> {
        let url = self.settings.sweep_queue_url.as_deref().ok_or_else(|| missing_setting("SWEEP_QUEUE_URL"))?;
        let hints = (0..DUE_SHARDS).map(|shard| self.send(url, write_hint(shard)));
        let sent: Vec<_> = stream::iter(hints).buffer_unordered(HINTS_AT_ONCE).collect().await;
        if sent.iter().any(Result::is_ok) { Ok(()) } else { Err(Unavailable) }
    }
}

impl InspectQueues for Aws {
    async fn inspect_queues(&self) -> Result<Vec<QueueDepth>, Unavailable> {
        let url = self.settings.fulfilment_queue_url.as_deref();
        let url = url.ok_or_else(|| missing_setting("FULFILMENT_QUEUE_URL"))?;
        let dead_url = format!("{url}{DEAD_LETTERS}");
        let (waiting, dead) = join(self.messages_in(url), self.messages_in(&dead_url)).await;
        Ok(vec![QueueDepth { queue: "fulfilment", waiting: waiting?, dead: dead? }])
    }
}

impl Aws {
    async fn messages_in(&self, queue_url: &str) -> Result<u64, Unavailable> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let asked = self.clients.sqs().get_queue_attributes().queue_url(queue_url);
        let asked = asked.set_attribute_names(Some(names.to_vec())).send().await;
        let answer = asked.or_unavailable("GetQueueAttributes")?;
        let numbers = names.iter().filter_map(|name| answer.attributes()?.get(name)?.parse::<u64>().ok());
        Ok(numbers.fold(0, u64::saturating_add))
    }

    pub(crate) async fn send(&self, queue_url: &str, body: String) -> Result<(), Unavailable> {
        let sent = self.clients.sqs().send_message().queue_url(queue_url).message_body(body).send().await;
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
    async fn sweep_is_shared_by_one_hint_for_each_shard() {
        let test = TestAws::new().await;
        test.on_call(|_| Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned()));
        assert_eq!(test.aws.share_sweep().await, Ok(()));
        let sent = test.take_calls().into_iter().map(|call| serde_json::from_str::<serde_json::Value>(&call.body));
        let sent: Vec<serde_json::Value> = sent.map(Result::unwrap).collect();
        assert!(sent.iter().all(|one| one["QueueUrl"] == "http://127.0.0.1/000000000000/sweep"), "{sent:?}");
        let mut bodies: Vec<&str> = sent.iter().filter_map(|one| one["MessageBody"].as_str()).collect();
        bodies.sort_unstable();
        let mut expected: Vec<String> = (0..DUE_SHARDS).map(write_hint).collect();
        expected.sort_unstable();
        assert_eq!(bodies, expected);
        assert_eq!(write_hint(3), include_str!("../tests/shapes/sweep.shard.json").trim_end());
    }

    #[tokio::test]
    async fn lost_hint_does_not_keep_the_others_from_being_sent() {
        let test = TestAws::new().await;
        test.on_call(|call| {
            if call.body.contains("shard\\\":3}") {
                Reply::BrokenConnection
            } else {
                Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned())
            }
        });
        assert_eq!(test.aws.share_sweep().await, Ok(()));
        test.on_call(|_| Reply::BrokenConnection);
        assert_eq!(test.aws.share_sweep().await, Err(Unavailable));
    }

    #[tokio::test]
    async fn enqueue_without_a_queue_url_sends_nothing() {
        let test = TestAws::with(&[("FULFILMENT_QUEUE_URL", "")]).await;
        test.on_call(|_| Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned()));
        assert_eq!(test.aws.enqueue(tasks()[0].0).await, Err(Unavailable));
        assert!(test.take_calls().is_empty());
    }
}
