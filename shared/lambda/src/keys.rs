//! The public keys of the team's identity provider, fetched from `JWKS_URL` only.

use std::cell::RefCell;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use till_app::ports::{Clock, FetchDocument, Unavailable};
use till_domain::time::{Seconds, Time};

/// An unknown key id may be a new key, so the set is fetched again, at most this often.
const LEAST_BETWEEN_FETCHES: Seconds = Seconds::minutes(1);
/// A withdrawn key is accepted for at most this long.
const FRESH_FOR: Seconds = Seconds::minutes(10);

#[derive(Debug)]
pub struct KeySet {
    url: String,
    fetched: RefCell<Option<Fetched>>,
}

#[derive(Debug)]
struct Fetched {
    tried_at: Time,
    /// The last set that could be read, and when it was fetched.
    known: Option<(JwkSet, Time)>,
}

impl KeySet {
    pub fn at(url: String) -> Self {
        Self { url, fetched: RefCell::new(None) }
    }

    pub async fn find<P: FetchDocument + Clock>(
        &self,
        ports: &P,
        kid: &str,
    ) -> Result<Option<DecodingKey>, Unavailable> {
        let now = ports.now();
        if self.must_fetch(kid, now) {
            self.fetch(ports, now).await;
        }
        let fetched = self.fetched.borrow();
        let Some((set, _)) = fetched.as_ref().and_then(|fetched| fetched.known.as_ref()) else {
            return Err(Unavailable);
        };
        Ok(set.find(kid).and_then(|key| DecodingKey::from_jwk(key).ok()))
    }

    fn must_fetch(&self, kid: &str, now: Time) -> bool {
        let fetched = self.fetched.borrow();
        let Some(fetched) = fetched.as_ref() else { return true };
        let may = now >= fetched.tried_at.plus(LEAST_BETWEEN_FETCHES);
        let fits = fetched.known.as_ref().is_some_and(|(set, at)| set.find(kid).is_some() && now < at.plus(FRESH_FOR));
        may && !fits
    }

    /// Fetches the set. If that fails, the last one stays.
    async fn fetch<P: FetchDocument>(&self, ports: &P, now: Time) {
        let document = ports.fetch_document(&self.url).await;
        let set = document.ok().and_then(|document| {
            let set = serde_json::from_slice::<JwkSet>(&document);
            set.inspect_err(|_| tracing::error!(url = self.url, "the document at JWKS_URL is no key set")).ok()
        });
        let mut fetched = self.fetched.borrow_mut();
        let before = fetched.take().and_then(|fetched| fetched.known);
        *fetched = Some(Fetched { tried_at: now, known: set.map(|set| (set, now)).or(before) });
    }
}
