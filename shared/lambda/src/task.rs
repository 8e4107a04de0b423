//! Messages of the queue `fulfilment`, as their reader understands them: `{"v":1,"task":"grant","order_no":"ORD…"}`. What is
//! not understood is an error, never acknowledged: a later release may know better.

use std::fmt;

use serde::Deserialize;
use till_app::ports::Task;
use till_domain::id::OrderNo;

/// The version that this release reads.
const VERSION: u64 = 1;
/// Ours have about 70 bytes.
const MOST_BODY_BYTES: usize = 1_024;

#[derive(Deserialize)]
struct Head {
    v: u64,
}

#[derive(Deserialize)]
struct Body {
    task: String,
    order_no: String,
}

/// A message that is no task of this release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadTask {
    /// No JSON of a task's shape.
    Shape,
    /// Of another version.
    Version,
    /// A task that is not known.
    Task,
    /// About no order's number.
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
pub fn read(body: &str) -> Result<Task, BadTask> {
    if body.len() > MOST_BODY_BYTES {
        return Err(BadTask::Shape);
    }
    // The version first: the rest of another one may have any shape.
    let Head { v } = serde_json::from_str(body).map_err(|_| BadTask::Shape)?;
    if v != VERSION {
        return Err(BadTask::Version);
    }
    let Body { task, order_no } = serde_json::from_str(body).map_err(|_| BadTask::Shape)?;
    let order = || OrderNo::parse(&order_no).map_err(|_| BadTask::Order);
    match task.as_str() {
        "grant" => order().map(Task::Grant),
        "revoke" => order().map(Task::Revoke),
        _ => Err(BadTask::Task),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_understood_is_a_task() {
        let no = OrderNo::parse("ORD20261121100000TESTTEST").unwrap();
        for (body, task) in [
            (r#"{"v":1,"task":"grant","order_no":"ORD20261121100000TESTTEST"}"#, Ok(Task::Grant(no))),
            (r#"{"v":1,"task":"revoke","order_no":"ORD20261121100000TESTTEST"}"#, Ok(Task::Revoke(no))),
            (r#"{"v":2,"task":"grant","order_no":"ORD20261121100000TESTTEST"}"#, Err(BadTask::Version)),
            (r#"{"v":2,"what":"else"}"#, Err(BadTask::Version)),
            (r#"{"v":1,"task":"ship","order_no":"ORD20261121100000TESTTEST"}"#, Err(BadTask::Task)),
            (r#"{"v":1,"task":"GRANT","order_no":"ORD20261121100000TESTTEST"}"#, Err(BadTask::Task)),
            (r#"{"v":1,"task":"grant","order_no":"ORD1"}"#, Err(BadTask::Order)),
            (r#"{"v":1,"task":"grant"}"#, Err(BadTask::Shape)),
            (r#"{"v":"1","task":"grant","order_no":"ORD20261121100000TESTTEST"}"#, Err(BadTask::Shape)),
            (r#"{"task":"grant","order_no":"ORD20261121100000TESTTEST"}"#, Err(BadTask::Shape)),
            ("grant", Err(BadTask::Shape)),
            ("", Err(BadTask::Shape)),
        ] {
            assert_eq!(read(body), task, "{body}");
        }
        let long = format!(r#"{{"v":1,"task":"grant","order_no":"ORD20261121100000TESTTEST"{}}}"#, " ".repeat(1_024));
        assert_eq!(read(&long), Err(BadTask::Shape));
    }
}
