//! Tasks in the queue `fulfilment`: how they are written, and read. A message says no more than where to look; one that is not
//! understood must be an error to its reader, never acknowledged.

use std::fmt;

use serde::{Deserialize, Serialize};
use till_app::ports::{Enqueue, Task, Unavailable};
use till_domain::id::OrderNo;

use crate::aws::{Aws, not_told};
use crate::error::unavailable;

/// The version of what is written. A reader that meets another one leaves the message to a later release of itself.
const VERSION: u8 = 1;
const GRANT: &str = "grant";
const REVOKE: &str = "revoke";
/// Ours have about 70 bytes.
const MOST_BODY_BYTES: usize = 1_024;

#[derive(Serialize)]
struct Written<'a> {
    v: u8,
    task: &'a str,
    order_no: &'a str,
}

#[derive(Deserialize)]
struct Version {
    v: u64,
}

#[derive(Deserialize)]
struct Read {
    task: String,
    order_no: String,
}

/// A message that is no task of this release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadTask {
    /// Not JSON of a task's shape.
    Shape,
    /// Of another version.
    Version,
    /// A task that is not known.
    Task,
    /// Not an order's number.
    Order,
}

impl fmt::Display for BadTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "a task is JSON with v, task and order_no",
            Self::Version => "the task's version is not one that this release knows",
            Self::Task => "the task is not one that this release knows",
            Self::Order => "the task names no order",
        })
    }
}

impl std::error::Error for BadTask {}

/// Reads a message's body.
pub fn read_task(body: &str) -> Result<Task, BadTask> {
    if body.len() > MOST_BODY_BYTES {
        return Err(BadTask::Shape);
    }
    // The version first: the rest of another version may have any shape.
    let Version { v } = serde_json::from_str(body).map_err(|_| BadTask::Shape)?;
    if v != u64::from(VERSION) {
        return Err(BadTask::Version);
    }
    let Read { task, order_no } = serde_json::from_str(body).map_err(|_| BadTask::Shape)?;
    let order = || OrderNo::parse(&order_no).map_err(|_| BadTask::Order);
    match task.as_str() {
        GRANT => order().map(Task::Grant),
        REVOKE => order().map(Task::Revoke),
        _ => Err(BadTask::Task),
    }
}

/// A message's body.
pub fn write_task(task: Task) -> String {
    let name = match task {
        Task::Grant(_) => GRANT,
        Task::Revoke(_) => REVOKE,
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
    fn tasks_are_written_and_read_as_released() {
        for (task, released) in tasks() {
            assert_eq!(write_task(task), released.trim_end());
            assert_eq!(read_task(released), Ok(task));
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for (body, bad) in [
            (String::new(), BadTask::Shape),
            ("[]".to_owned(), BadTask::Shape),
            ("{}".to_owned(), BadTask::Shape),
            (format!(r#"{{"v":"1","task":"grant","order_no":"{NO}"}}"#), BadTask::Shape),
            (format!(r#"{{"v":1,"order_no":"{NO}"}}"#), BadTask::Shape),
            (format!(r#"{{"v":1,"task":"grant","order_no":"{NO}"}}{}"#, " ".repeat(1_024)), BadTask::Shape),
            (format!(r#"{{"v":2,"task":"grant","order_no":"{NO}"}}"#), BadTask::Version),
            (r#"{"v":2}"#.to_owned(), BadTask::Version),
            (format!(r#"{{"v":0,"task":"grant","order_no":"{NO}"}}"#), BadTask::Version),
            (format!(r#"{{"v":1,"task":"give","order_no":"{NO}"}}"#), BadTask::Task),
            (format!(r#"{{"v":1,"task":"Grant","order_no":"{NO}"}}"#), BadTask::Task),
            (r#"{"v":1,"task":"grant","order_no":"ORD1"}"#.to_owned(), BadTask::Order),
        ] {
            assert_eq!(read_task(&body), Err(bad), "{body}");
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
