//! The keys that verify WeChat Pay's signatures: its public key and its platform certificates, and when to download these.
//! No lock is held across an await.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use till_domain::time::{Seconds, Time};

use super::sign::{Signed, Unverified};
use crate::certificate::Certificate;
use crate::error::Distrust;
use crate::key::PublicKey;

/// The prefix of the public key's id. A certificate's serial number never has it.
pub(super) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_";

/// The pause after a download: five minutes after an answer, and less after silence or a temporary error, so that the first
/// repetitions of a callback start another download.
const AFTER_AN_ANSWER: Seconds = Seconds(300);
const AFTER_SILENCE: Seconds = Seconds(15);

#[derive(Clone, Debug)]
pub(super) struct Certified {
    pub serial: String,
    key: Arc<PublicKey>,
    pub from: Time,
    pub until: Time,
}

impl Certified {
    pub fn new(serial: String, key: PublicKey, certificate: &Certificate) -> Self {
        Self { serial, key: Arc::new(key), from: certificate.from, until: certificate.until }
    }

    fn is_for(&self, serial: &str, now: Time) -> bool {
        self.serial == serial && self.from <= now && now <= self.until
    }
}

/// WeChat Pay's public key and certificates, each found only by its exact name.
#[derive(Debug)]
pub(super) struct Keys {
    public: Option<(String, Arc<PublicKey>)>,
    configured: Vec<Certified>,
    downloaded: Mutex<Downloaded>,
}

#[derive(Debug, Default)]
struct Downloaded {
    certified: Vec<Certified>,
    /// When the last download began, and for how long no other may begin.
    begun: Option<(Time, Seconds)>,
    /// The callers that wait for the download in progress; `None` if there is none.
    waiting: Option<Vec<Waker>>,
}

pub(super) enum Refresh<'a> {
    No,
    /// A download by another caller has just ended: look again.
    Looked,
    /// Download. Other callers wait until this value is dropped.
    Download(Downloading<'a>),
}

/// A download that is under way. It ends when this is dropped.
pub(super) struct Downloading<'a>(&'a Keys);

impl Keys {
    pub fn new(public: Option<(String, PublicKey)>, configured: Vec<Certified>) -> Self {
        let public = public.map(|(id, key)| (id, Arc::new(key)));
        Self { public, configured, downloaded: Mutex::default() }
    }

    pub fn verify<'a>(&self, unverified: Unverified<'a>, now: Time) -> Result<Signed<'a>, Distrust> {
        unverified.verify(now, |serial| self.find(serial, now))
    }

    pub fn find(&self, serial: &str, now: Time) -> Option<Arc<PublicKey>> {
        if let Some((_, key)) = self.public.as_ref().filter(|(id, _)| id == serial) {
            return Some(Arc::clone(key));
        }
        let known = |all: &[Certified]| all.iter().find(|one| one.is_for(serial, now)).map(|one| Arc::clone(&one.key));
        known(&self.configured).or_else(|| known(&self.lock().certified))
    }

    /// What to do about an unknown key. A public key is never downloaded, and certificates at most every five minutes, so
    /// that invented serial numbers do not cause a download each.
    pub async fn refresh(&self, serial: &str, now: Time) -> Refresh<'_> {
        let is_serial = !serial.starts_with(PUBLIC_KEY_ID) && serial.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_serial {
            return Refresh::No;
        }
        {
            let mut downloaded = self.lock();
            if downloaded.waiting.is_none() {
                let just_now = |(at, pause): (Time, Seconds)| now >= at && now.since(at) < pause;
                if downloaded.begun.is_some_and(just_now) {
                    return Refresh::No;
                }
                downloaded.begun = Some((now, AFTER_SILENCE));
                downloaded.waiting = Some(Vec::new());
                return Refresh::Download(Downloading(self));
            }
        }
        poll_fn(|context| match &mut self.lock().waiting {
            Some(waiting) => {
                if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                    waiting.push(context.waker().clone());
                }
                Poll::Pending
            }
            None => Poll::Ready(Refresh::Looked),
        })
        .await
    }

    /// A poisoned lock is used all the same: a panic cannot leave a value half written.
    fn lock(&self) -> MutexGuard<'_, Downloaded> {
        self.downloaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Downloading<'_> {
    /// Records that an answer came, so that the next download may begin only after the long pause.
    pub fn answered(&self) {
        if let Some((_, pause)) = &mut self.0.lock().begun {
            *pause = AFTER_AN_ANSWER;
        }
    }

    /// Stores the certificates if their answer is signed with one of them or with a known key.
    pub fn learn(self, answer: Unverified<'_>, found: Vec<Certified>, now: Time) -> Result<(), Distrust> {
        let own = |serial: &str| found.iter().find(|one| one.is_for(serial, now)).map(|one| Arc::clone(&one.key));
        answer.verify(now, |serial| self.0.find(serial, now).or_else(|| own(serial)))?;
        self.0.lock().certified = found;
        Ok(())
    }
}

impl Drop for Downloading<'_> {
    fn drop(&mut self) {
        let waiting = self.0.lock().waiting.take();
        for waker in waiting.into_iter().flatten() {
            waker.wake();
        }
    }
}
