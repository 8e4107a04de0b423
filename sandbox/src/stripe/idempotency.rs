//! Idempotency keys: a request runs once, and its answer is stored for a day and repeated. A failure before the work
//! began is not stored, so a request that met the armed "Answer 500" can be repeated.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::Refused;
use crate::ports::{Ports, StoreError};

const RETENTION_SECONDS: i64 = 24 * 3600;
/// A request that runs longer has crashed: no call takes this long, even if it is answered too late.
const MAX_RUN_SECONDS: i64 = 60;
const MAX_KEY_CHARACTERS: usize = 255;

#[derive(Debug, Serialize, Deserialize)]
struct IdempotencyRecord {
    /// The address that the key was first used for.
    path: String,
    /// A hash of the parameters.
    fingerprint: String,
    at: i64,
    state: State,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Running,
    /// The request ended before the work began: the key is free again.
    Released,
    Done(StoredAnswer),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredAnswer {
    pub status: u16,
    pub body: String,
    /// The id of the request that was answered first.
    pub request: String,
}

#[derive(Debug)]
pub enum Claim {
    /// The caller runs the request, then calls [`Reservation::store`] or [`Reservation::release`].
    Started(Reservation),
    /// The stored answer is repeated.
    Replay(StoredAnswer),
}

#[derive(Debug)]
pub struct Reservation {
    name: String,
    version: u64,
    record: IdempotencyRecord,
}

pub async fn claim<P: Ports>(
    ports: &P,
    account: &str,
    key: &str,
    path: &str,
    parameters: &str,
) -> Result<Claim, Refused> {
    if key.chars().count() > MAX_KEY_CHARACTERS {
        let message = format!("Idempotency keys can be at most {MAX_KEY_CHARACTERS} characters.");
        return Err(Refused::other_use(message));
    }
    let name = format!("stripe-key/{account}/{}", hash(key));
    let now = ports.now();
    let stored = ports.load(&name).await?;
    let before = stored.as_ref().and_then(|stored| serde_json::from_str::<IdempotencyRecord>(&stored.json).ok());
    let fingerprint = hash(parameters);
    if let Some(before) = before.filter(|before| now.saturating_sub(before.at) < RETENTION_SECONDS) {
        match before.state {
            State::Running | State::Done(_) if before.path != path => {
                let message = format!(
                    "Keys for idempotent requests can only be used for the same endpoint they were first used for \
                     ('{path}' vs '{}'). Try using a different key if you meant to execute a different request.",
                    before.path
                );
                return Err(Refused::other_use(message));
            }
            State::Running | State::Done(_) if before.fingerprint != fingerprint => {
                let message = "Keys for idempotent requests can only be used with the same parameters they were first \
                               used with. Try using a different key if you meant to execute a different request.";
                return Err(Refused::other_use(message));
            }
            State::Done(answer) => return Ok(Claim::Replay(answer)),
            State::Running if now.saturating_sub(before.at) < MAX_RUN_SECONDS => return Err(running()),
            State::Running | State::Released => {}
        }
    }
    let over = stored.map(|stored| stored.version);
    let record = IdempotencyRecord { path: path.to_owned(), fingerprint, at: now, state: State::Running };
    match ports.save(&name, &json(&record), over).await {
        Ok(()) => Ok(Claim::Started(Reservation { name, version: over.unwrap_or(0).saturating_add(1), record })),
        Err(StoreError::Conflict) => Err(running()),
        Err(error @ (StoreError::TooLarge | StoreError::Unavailable)) => Err(error.into()),
    }
}

impl Reservation {
    pub async fn store<P: Ports>(self, ports: &P, answer: StoredAnswer) -> Result<(), StoreError> {
        self.end(ports, State::Done(answer)).await
    }

    /// Frees the key, because nothing was done.
    pub async fn release<P: Ports>(self, ports: &P) -> Result<(), StoreError> {
        self.end(ports, State::Released).await
    }

    async fn end<P: Ports>(self, ports: &P, state: State) -> Result<(), StoreError> {
        let record = IdempotencyRecord { state, ..self.record };
        match ports.save(&self.name, &json(&record), Some(self.version)).await {
            // Another request has taken over the key, and stores its own answer.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error @ (StoreError::TooLarge | StoreError::Unavailable)) => Err(error),
        }
    }
}

fn running() -> Refused {
    let message = "There is currently another in-progress request using this idempotency key (that probably means you \
                   submitted twice, and the other request is still going through). Please try again later.";
    Refused { code: Some("idempotency_key_in_use"), ..Refused::request(409, message) }
}

fn hash(text: &str) -> String {
    super::ids::hex(&Sha256::digest(text.as_bytes()))
}

fn json(record: &IdempotencyRecord) -> String {
    // The record contains nothing that JSON cannot hold.
    serde_json::to_string(record).unwrap_or_default()
}
