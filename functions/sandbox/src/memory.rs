//! The ports in memory, for tests and for the plain server: documents in a map, timers for the queue, and a real HTTP
//! client for callbacks. Nothing outlives the process.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::http::Outgoing;
use crate::ports::{Clock, Delivery, Post, Queue, Store, StoreError, Stored};

/// The receiver's answer must come within the five seconds that WeChat Pay gives it.
const LONGEST_CALLBACK: Duration = Duration::from_secs(5);

/// Everything that the sandbox needs, in memory.
#[derive(Clone)]
pub struct Memory {
    documents: Rc<RefCell<BTreeMap<String, Stored>>>,
    due: UnboundedSender<Delivery>,
    client: reqwest::Client,
}

impl Memory {
    /// An empty memory, and the end of its queue.
    pub fn new() -> Result<(Self, UnboundedReceiver<Delivery>), Box<dyn std::error::Error>> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .timeout(LONGEST_CALLBACK)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let (due, deliveries) = unbounded_channel();
        Ok((Self { documents: Rc::default(), due, client }, deliveries))
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

    async fn list(&self, prefix: &str, most: usize) -> Result<Vec<Stored>, StoreError> {
        let documents = self.documents.borrow();
        let found = documents.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        let mut found: Vec<Stored> = found.map(|(_, stored)| stored.clone()).collect();
        found.reverse();
        found.truncate(most);
        Ok(found)
    }
}

impl Queue for Memory {
    async fn enqueue(&self, delivery: &Delivery, delay_seconds: u32) -> Result<(), StoreError> {
        let (due, delivery) = (self.due.clone(), delivery.clone());
        tokio::task::spawn_local(async move {
            tokio::time::sleep(Duration::from_secs(delay_seconds.into())).await;
            // Nobody takes deliveries any more when the sandbox is going down.
            let _ = due.send(delivery);
        });
        Ok(())
    }
}

impl Post for Memory {
    async fn post(&self, outgoing: &Outgoing) -> Option<(u16, Vec<u8>)> {
        let mut request = self.client.post(&outgoing.url).body(outgoing.body.clone());
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let mut answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let mut body = answer.chunk().await.ok()?.map(|chunk| chunk.to_vec()).unwrap_or_default();
        body.truncate(1024);
        Some((status, body))
    }
}

impl Clock for Memory {
    fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    }

    async fn sleep(&self, seconds: u32) {
        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
    }
}
