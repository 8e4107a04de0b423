//! The public keys that somebody else's tokens are signed with: fetched from where the deployment says, and from nowhere else.

use std::cell::RefCell;
use std::fmt;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use till_app::ports::{Clock, FetchDocument, Unavailable};
use till_domain::time::{Seconds, Time};

/// A key that is not known may be a new one: looked for at most so often.
const LEAST_BETWEEN_FETCHES: Seconds = Seconds::minutes(1);
/// A key that was withdrawn counts for so long at most.
const FRESH_FOR: Seconds = Seconds::minutes(10);

/// A key set and where it is from.
pub struct KeySet {
    url: String,
    fetched: RefCell<Option<Fetched>>,
}

struct Fetched {
    /// When it was last tried.
    tried_at: Time,
    /// What is known, and since when.
    known: Option<(JwkSet, Time)>,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.url)
    }
}

impl KeySet {
    /// The key set at an address.
    pub fn at(url: String) -> Self {
        Self { url, fetched: RefCell::new(None) }
    }

    /// The key of this id, if the set has it.
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

    /// Fetches the set. What is known stays, where nothing better comes.
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
