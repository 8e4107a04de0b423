//! Samples of events that have no caller: callbacks, batches, schedules, sockets.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use till_domain::time::Time;
use till_lambda::deadline::Deadline;
use till_lambda::http::{Request, read};

use crate::event::at_root;

/// The sample `events/<name>.json`.
#[track_caller]
pub fn sample(name: &str) -> Value {
    let path = at_root("events").join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The request in an event of an HTTP API.
#[track_caller]
pub fn request(event: &Value) -> Request {
    read(&event.to_string()).unwrap()
}

/// The deadline of an invocation that may take this long from now.
pub fn within(budget: Duration, now: Time) -> Deadline {
    Deadline::after(budget, Duration::MAX, now, Instant::now())
}

/// Runs a future that may use the runtime's clock.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.unwrap().block_on(future)
}
