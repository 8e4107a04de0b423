//! The sandbox as a Lambda function, for the gateway's requests and the queue's batches. A request is always
//! answered; only a failed delivery returns to the queue.

mod batch;
mod gateway;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::Value;

pub use batch::Message;

use crate::config::Config;
use crate::http::Response;
use crate::ports::{Ports, StoreError};
use crate::sandbox::Sandbox;
use batch::{Batch, Record};
use gateway::Event;

/// How long a configuration is used before it is read again.
const CONFIG_SECONDS: i64 = 60;

pub trait Source {
    async fn config(&self) -> Result<Config, StoreError>;
}

pub struct Function<P> {
    ports: P,
    opened: RefCell<Option<(i64, Rc<Sandbox<P>>)>>,
}

/// The error for an event that is neither a request nor a batch: the function has a wrong trigger.
pub const UNKNOWN_EVENT: &str = "the event is neither a request of an HTTP API (2.0) nor a batch of a queue";

#[derive(Deserialize)]
#[serde(untagged)]
enum FunctionEvent {
    Batch(Batch),
    Request(Box<Event>),
}

impl<P: Ports + Source + Clone> Function<P> {
    pub const fn new(ports: P) -> Self {
        Self { ports, opened: RefCell::new(None) }
    }

    pub async fn handle(&self, event: Value) -> Result<Value, &'static str> {
        match FunctionEvent::deserialize(event) {
            Ok(FunctionEvent::Request(event)) => Ok(gateway::answer(&self.request(*event).await)),
            Ok(FunctionEvent::Batch(batch)) => Ok(batch::answer(&self.batch(batch).await)),
            Err(_) => Err(UNKNOWN_EVENT),
        }
    }

    async fn request(&self, event: Event) -> Response {
        let request = match event.request() {
            Ok(request) => request,
            Err(response) => return response,
        };
        let answered = async {
            match self.sandbox().await {
                Ok(sandbox) => sandbox.handle(&request).await,
                Err(_) => {
                    Response::new(503, "text/plain", "the sandbox cannot read its configuration: its log says why")
                }
            }
        };
        let answered = AssertUnwindSafe(answered).catch_unwind().await;
        answered.unwrap_or_else(|_| {
            tracing::error!(method = request.method, "a request ended in a panic");
            Response::new(500, "text/plain", "the sandbox failed: its log says more")
        })
    }

    /// Returns the ids of the records that failed. They run concurrently, because each may wait for a merchant's
    /// answer.
    async fn batch(&self, batch: Batch) -> Vec<String> {
        let failed = join_all(batch.records.into_iter().map(async |record| {
            let done = AssertUnwindSafe(self.record(&record)).catch_unwind().await;
            match done {
                Ok(Ok(())) => return None,
                Ok(Err(error)) => tracing::warn!(record = record.id, %error, "a delivery failed"),
                Err(_) => tracing::error!(record = record.id, "a delivery ended in a panic"),
            }
            Some(record.id)
        }));
        failed.await.into_iter().flatten().collect()
    }

    async fn record(&self, record: &Record) -> Result<(), Box<dyn std::error::Error>> {
        let message = record.message()?;
        let wait = message.wait_seconds(self.ports.now());
        if wait > 0 {
            return Ok(self.ports.enqueue(&message.delivery, wait).await?);
        }
        Ok(self.sandbox().await?.deliver(&message.delivery).await?)
    }

    /// The sandbox with a recent configuration; with the old one if no other can be read.
    async fn sandbox(&self) -> Result<Rc<Sandbox<P>>, StoreError> {
        let now = self.ports.now();
        let before = self.opened.borrow().clone();
        if let Some((at, sandbox)) = &before
            && now.saturating_sub(*at) < CONFIG_SECONDS
        {
            return Ok(Rc::clone(sandbox));
        }
        let sandbox = match (self.ports.config().await, before) {
            (Ok(config), _) => {
                let opened = Sandbox::open(config, self.ports.clone());
                Rc::new(opened.map_err(|production| {
                    tracing::error!(error = production, "the configuration is refused");
                    StoreError::Unavailable
                })?)
            }
            (Err(_), Some((_, sandbox))) => sandbox,
            (Err(error), None) => return Err(error),
        };
        *self.opened.borrow_mut() = Some((now, Rc::clone(&sandbox)));
        Ok(sandbox)
    }
}
