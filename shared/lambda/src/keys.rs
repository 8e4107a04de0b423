//! The public keys of the team's identity provider, fetched from `JWKS_URL` only.

use std::cell::RefCell;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use till_app::pace::Pace;
use till_app::ports::{Clock, FetchDocument, Unavailable};
use till_domain::time::{Seconds, Time};

/// The pause after a fetch, so that many requests at once do not use up the pace.
const LEAST_BETWEEN_FETCHES: Seconds = Seconds(1);
/// After this, the set is fetched again.
const FRESH_FOR: Seconds = Seconds::minutes(10);
/// While the address does not answer, the last set counts for this long after it was fetched. After it no token can be judged,
/// so that a key that was withdrawn meanwhile does not count for ever.
const COUNTS_FOR: Seconds = Seconds::hours(1);

#[derive(Debug)]
pub struct KeySet {
    url: String,
    fetched: RefCell<Fetched>,
}

#[derive(Debug, Default)]
struct Fetched {
    /// An unknown key id may be a new key, so the set is fetched again for it, at this pace.
    pace: Pace,
    tried_at: Option<Time>,
    /// The last set that could be read, and when it was fetched.
    known: Option<(JwkSet, Time)>,
}

impl KeySet {
    pub fn at(url: String) -> Self {
        Self { url, fetched: RefCell::default() }
    }

    pub async fn find<P: FetchDocument + Clock>(
        &self,
        ports: &P,
        kid: &str,
    ) -> Result<Option<DecodingKey>, Unavailable> {
        let now = ports.now();
        if self.fetched.borrow_mut().must_fetch(kid, now) {
            self.fetch(ports, now).await;
        }
        let fetched = self.fetched.borrow();
        let known = fetched.known.as_ref().filter(|(_, at)| now < at.plus(COUNTS_FOR));
        let (set, _) = known.ok_or(Unavailable)?;
        Ok(set.find(kid).and_then(|key| DecodingKey::from_jwk(key).ok()))
    }

    /// Fetches the set. If that fails, the last one stays.
    async fn fetch<P: FetchDocument>(&self, ports: &P, now: Time) {
        let document = ports.fetch_document(&self.url).await;
        let set = document.ok().and_then(|document| {
            let set = serde_json::from_slice::<JwkSet>(&document);
            set.inspect_err(|_| tracing::error!(url = self.url, "the document at JWKS_URL is no key set")).ok()
        });
        if let Some(set) = set {
            self.fetched.borrow_mut().known = Some((set, now));
        }
    }
}

impl Fetched {
    /// Whether to fetch the set for a token with this key id; then it counts as tried.
    fn must_fetch(&mut self, kid: &str, now: Time) -> bool {
        let fits = |(set, at): &(JwkSet, Time)| set.find(kid).is_some() && now < at.plus(FRESH_FOR);
        let just_now = |at: Time| now >= at && now < at.plus(LEAST_BETWEEN_FETCHES);
        if self.known.as_ref().is_some_and(fits) || self.tried_at.is_some_and(just_now) || !self.pace.admits(now) {
            return false;
        }
        self.tried_at = Some(now);
        true
    }
}
