//! Reads the messages of the queue `fulfilment`: `{"v":1,"task":"grant","order_no":"ORD…"}`. A message that this
//! release does not know is an error and is not acknowledged: a later release may know it.

use std::fmt;

use serde::Deserialize;
use till_app::ports::Task;
use till_domain::id::OrderNo;

use crate::queue::{Unreadable, versioned};

#[derive(Deserialize)]
struct Body {
    task: String,
    order_no: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadTask {
    Shape,
    Version,
    Task,
    Order,
}

impl From<Unreadable> for BadTask {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Shape => Self::Shape,
            Unreadable::Version => Self::Version,
        }
    }
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

pub fn read(body: &str) -> Result<Task, BadTask> {
    let Body { task, order_no } = versioned(body)?;
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
    fn only_known_tasks_are_read() {
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
