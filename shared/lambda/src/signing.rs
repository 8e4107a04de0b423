//! The secrets whose keys sign what callers show: `bearer` for users' tokens, `tickets` for sockets and for links to orders. Each
//! is a secret of its own, so that a function reads only those that it needs.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use serde_json::Value;
use till_app::ports::{ReadSecret, Secret, Unavailable};

/// The secret that users' tokens are signed with, where the algorithm is HS256.
pub(crate) const BEARER: &str = "bearer";
/// The secret that tickets and links are signed with, each with a key of its own: [`derived`].
pub(crate) const TICKETS: &str = "tickets";
/// A key must be as long as its hash (RFC 7518, section 3.2). With a shorter or an empty one, tokens could be forged.
const LEAST_KEY_BYTES: usize = 32;

/// Verifies something with the keys of a secret. If none of them fits, the secret is read again: it may have been rotated just
/// now. Such a reading is for what could be genuine, so that the caller checks everything else before.
pub(crate) async fn verify<T>(
    ports: &impl ReadSecret,
    name: &'static str,
    fits: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Unavailable> {
    let by = |secret: Option<&Secret>| secret.and_then(|secret| by_values(name, secret, &fits));
    let known = ports.read_secret(name).await?;
    if let Some(found) = by(known.as_ref()) {
        return Ok(Some(found));
    }
    let again = ports.refresh_secret(name).await?;
    if again.is_none() {
        return Err(missing(name));
    }
    Ok(if again == known { None } else { by(again.as_ref()) })
}

/// The key of a secret with which something new is signed.
pub(crate) async fn signing_key(ports: &impl ReadSecret, name: &'static str) -> Result<String, Unavailable> {
    let secret = ports.read_secret(name).await?;
    secret.and_then(|secret| key(name, &secret.current)).ok_or_else(|| missing(name))
}

/// The key for one kind of text, derived from that of a secret: what is signed as one kind is never valid as another.
pub(crate) fn derived(key: &str, label: &'static str) -> hmac::Key {
    let root = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&root, label.as_bytes()).as_ref())
}

/// Logs that a secret is missing: then nothing that it signs can be verified.
fn missing(name: &'static str) -> Unavailable {
    tracing::error!(
        secret = name,
        "this secret of the stage is missing, or has no key: nothing can be verified with it"
    );
    Unavailable
}

fn by_values<T>(name: &'static str, secret: &Secret, fits: impl Fn(&str) -> Option<T>) -> Option<T> {
    let values = [Some(&secret.current), secret.previous.as_ref()];
    values.into_iter().flatten().filter_map(|value| key(name, value)).find_map(|key| fits(&key))
}

/// The key in a value of a secret, which is a JSON object with a field of the secret's own name.
fn key(name: &'static str, value: &str) -> Option<String> {
    let mut fields: BTreeMap<String, Value> = serde_json::from_str(value).ok()?;
    let Some(Value::String(key)) = fields.remove(name) else { return None };
    if key.len() < LEAST_KEY_BYTES {
        tracing::error!(secret = name, "the key in this secret has less than 32 bytes: it is not used");
        return None;
    }
    Some(key)
}
