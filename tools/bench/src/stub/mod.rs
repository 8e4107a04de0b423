//! What functions talk to, on this machine: the services of AWS that they use, and the three providers; over plain HTTP and over
//! TLS. It counts requests, keeps the messages that are sent, and receives the providers' callbacks.

mod aws;
pub mod capacity;
mod certificates;
mod counts;
mod providers;
mod secrets;
mod serve;
mod sockets;
mod sqs;
mod table;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

pub use self::aws::Callback;
pub use self::counts::Counts;
use self::secrets::Secrets;
use crate::Failure;

/// The sandbox sends a callback within milliseconds.
const CALLBACK_PATIENCE: Duration = Duration::from_secs(20);

/// One server, at two addresses.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    pub plain: SocketAddr,
    pub tls: SocketAddr,
}

impl Addresses {
    pub fn url(self, is_tls: bool) -> String {
        if is_tls { format!("https://{}", self.tls) } else { format!("http://{}", self.plain) }
    }
}

/// It serves until this process ends.
pub struct Stub {
    pub aws: Addresses,
    pub providers: Addresses,
    /// The certificate that signed those of the servers, as PEM.
    pub ca_file: PathBuf,
    pub counts: Arc<Counts>,
    state: Arc<State>,
    engine: dynoxide::Database,
    callbacks: Mutex<Receiver<Callback>>,
    waiting_providers: Mutex<Option<providers::Waiting>>,
}

/// What the services keep.
#[derive(Default)]
struct State {
    secrets: Mutex<Secrets>,
    messages: Mutex<Vec<String>>,
}

impl Stub {
    /// Starts the services of AWS with these tables. The providers have addresses already, and begin to answer with
    /// [`Self::start_providers`]. The folder gets the file of the certificate.
    pub fn start(folder: &Path, tables: &[&str]) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder)?;
        let certificates = certificates::make()?;
        let ca_file = std::path::absolute(folder.join("ca.pem"))?;
        std::fs::write(&ca_file, &certificates.ca_pem)?;
        let counts = Arc::<Counts>::default();
        let state = Arc::<State>::default();
        let (tell, callbacks) = channel();
        let (engine, table) = table::start(tables)?;
        let tls = Arc::new(certificates.server);
        let aws = aws::start(aws::Aws {
            table,
            state: Arc::clone(&state),
            counts: Arc::clone(&counts),
            callbacks: tell,
            tls: Arc::clone(&tls),
        })?;
        let (providers, waiting) = providers::bind(tls, Arc::clone(&counts))?;
        Ok(Self {
            aws,
            providers,
            ca_file,
            counts,
            state,
            engine,
            callbacks: Mutex::new(callbacks),
            waiting_providers: Mutex::new(Some(waiting)),
        })
    }

    /// Lets the providers answer, with the configuration that is in this secret.
    pub fn start_providers(&self, secret: &str) -> Result<(), Failure> {
        let config = self.secret(secret).ok_or_else(|| format!("there is no secret {secret}"))?;
        let waiting = self.waiting_providers.lock().unwrap_or_else(PoisonError::into_inner).take();
        waiting.ok_or("the providers are started already")?.start(serde_json::from_str(&config)?)
    }

    /// The current value of a secret.
    pub fn secret(&self, id: &str) -> Option<String> {
        self.state.secrets.lock().unwrap_or_else(PoisonError::into_inner).current(id)
    }

    /// Writes an item, in DynamoDB's JSON, without a request.
    pub fn put(&self, table: &str, item: &Value) -> Result<(), Failure> {
        let put = json!({"TableName": table, "Item": item});
        self.engine.put_item(serde_json::from_value(put)?)?;
        Ok(())
    }

    /// An item, in DynamoDB's JSON, without a request.
    pub fn get(&self, table: &str, key: &Value) -> Result<Value, Failure> {
        let get = json!({"TableName": table, "Key": key, "ConsistentRead": true});
        let found = self.engine.get_item(serde_json::from_value(get)?)?;
        Ok(serde_json::to_value(found)?["Item"].take())
    }

    /// The bodies of the messages that were sent since the last time.
    pub fn take_messages(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for a callback.
    pub fn next_callback(&self) -> Result<Callback, Failure> {
        let callbacks = self.callbacks.lock().unwrap_or_else(PoisonError::into_inner);
        callbacks.recv_timeout(CALLBACK_PATIENCE).map_err(|_| "the sandbox sent no callback".into())
    }
}
