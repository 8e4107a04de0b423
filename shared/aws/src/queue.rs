//! Tasks in the queue `fulfilment`, as they are written. A message says no more than where to look. Its reader is fulfil-order;
//! the released bodies below `tests/shapes` hold the two together.

use serde::Serialize;
use till_app::ports::{Enqueue, Task, Unavailable};

use crate::aws::{Aws, not_told};
use crate::error::unavailable;

/// The version of what is written. A reader that meets another one leaves the message to a later release of itself.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Written<'a> {
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
    let written = Written { v: VERSION, task: name, order_no: order.as_str() };
    // Two words and a number: serialising them cannot fail.
    serde_json::to_string(&written).unwrap_or_default()
}

impl Enqueue for Aws {
    async fn enqueue(&self, task: Task) -> Result<(), Unavailable> {
        let url = self.settings.fulfilment_queue_url.as_deref().ok_or_else(|| not_told("FULFILMENT_QUEUE_URL"))?;
        let sent = self.clients.sqs().send_message().queue_url(url).message_body(write_task(task)).send().await;
        sent.map(drop).map_err(|error| unavailable("SendMessage", &error))
    }
}

#[cfg(test)]
mod tests {
    use till_domain::id::OrderNo;

    use super::*;
    use crate::testing::Reply;
    use crate::world::World;

    const NO: &str = "ORD20261121150000ABCDEF12";

    fn tasks() -> [(Task, &'static str); 2] {
        let no = OrderNo::parse(NO).unwrap();
        [
            (Task::Grant(no), include_str!("../tests/shapes/task.grant.json")),
            (Task::Revoke(no), include_str!("../tests/shapes/task.revoke.json")),
        ]
    }

    #[test]
    fn tasks_are_written_as_released() {
        for (task, released) in tasks() {
            assert_eq!(write_task(task), released.trim_end());
        }
    }

    #[tokio::test]
    async fn a_task_is_sent_to_the_queue() {
        let world = World::new().await;
        world.script(|_| Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned()));
        let (task, released) = tasks()[0];
        assert_eq!(world.aws.enqueue(task).await, Ok(()));
        let heard = world.heard();
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].call, "SendMessage");
        let sent: serde_json::Value = serde_json::from_str(&heard[0].body).unwrap();
        assert_eq!(sent["QueueUrl"], "http://127.0.0.1/000000000000/fulfilment");
        assert_eq!(sent["MessageBody"], released.trim_end());
        world.script(|_| Reply::Nothing);
        assert_eq!(world.aws.enqueue(task).await, Err(Unavailable));
    }

    #[tokio::test]
    async fn a_function_that_was_not_told_of_the_queue_does_not_guess_it() {
        let world = World::with(&[("FULFILMENT_QUEUE_URL", "")]).await;
        world.script(|_| Reply::Answer(200, r#"{"MessageId":"1"}"#.to_owned()));
        assert_eq!(world.aws.enqueue(tasks()[0].0).await, Err(Unavailable));
        assert!(world.heard().is_empty());
    }
}
