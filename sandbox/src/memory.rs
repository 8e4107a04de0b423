//! The ports in memory, for tests and the plain server: a map, timers, and a real HTTP client for callbacks.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::client::CallbackClient;
use crate::http::Outgoing;
use crate::ports::{BearerKey, Clock, Delivery, Post, Queue, Store, StoreError, Stored, split};

#[derive(Clone)]
pub struct Memory {
    documents: Rc<RefCell<BTreeMap<String, Stored>>>,
    due: UnboundedSender<Delivery>,
    client: CallbackClient,
}

impl Memory {
    /// Also returns the receiving end of the queue.
    pub fn new() -> (Self, UnboundedReceiver<Delivery>) {
        let (due, deliveries) = unbounded_channel();
        (Self { documents: Rc::default(), due, client: CallbackClient::new() }, deliveries)
    }
}

impl Store for Memory {
    async fn load(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        Ok(self.documents.borrow().get(key).cloned())
    }

    async fn save(&self, key: &str, json: &str, over: Option<u64>) -> Result<(), StoreError> {
        let mut documents = self.documents.borrow_mut();
        let version = documents.get(key).map(|stored| stored.version);
        if version != over {
            return Err(StoreError::Conflict);
        }
        let version = version.unwrap_or(0).saturating_add(1);
        documents.insert(key.to_owned(), Stored { version, json: json.to_owned() });
        Ok(())
    }

    async fn list(&self, folder: &str, before: Option<&str>, most: usize) -> Result<Vec<(String, Stored)>, StoreError> {
        let documents = self.documents.borrow();
        let inside = documents.iter().rev().map(|(name, stored)| (split(name), stored));
        let found = inside
            .filter(|((of, name), _)| *of == folder && before.is_none_or(|before| *name < before))
            .map(|((_, name), stored)| (name.to_owned(), stored.clone()));
        Ok(found.take(most).collect())
    }
}

impl Queue for Memory {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        let (due, delivery) = (self.due.clone(), delivery.clone());
        tokio::task::spawn_local(async move {
            tokio::time::sleep(Duration::from_secs(delay_seconds.into())).await;
            // The receiver is gone when the sandbox shuts down.
            let _ = due.send(delivery);
        });
        Ok(())
    }
}

impl Post for Memory {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        self.client.post(outgoing).await
    }
}

impl Clock for Memory {}

/// The plain server stands alone, without an API that would take tokens.
impl BearerKey for Memory {
    async fn bearer_key(&self) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}
