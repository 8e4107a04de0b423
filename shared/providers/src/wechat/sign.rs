//! Signatures: ours on what we send, WeChat Pay's on what it sends, and what is encrypted for us. Nothing that came from
//! outside is parsed before it is believed here, and nothing is believed by a flag: what is believed has a type of its own.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use till_domain::time::{Seconds, Time};

use super::account::{Merchant, PUBLIC_KEY_ID};
use crate::base64;
use crate::certificate::Certificate;
use crate::error::{Distrust, Error};
use crate::http::{Headers, MOST_BODY_BYTES, Verb};
use crate::key::PublicKey;

/// The one way of signing that interface v3 knows for RSA.
const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// What a signature begins with that is wrong on purpose. The rest of it may be anything.
const PROBE: &str = "WECHATPAY/SIGNTEST/";
/// Signed longer ago than this, or so far in the future, is refused.
const STALE_SECONDS: u64 = 300;
/// Platform certificates are downloaded at most so often: once in five minutes, and after a download that got no answer at
/// all, with the first two repetitions of a callback.
const AFTER_AN_ANSWER: Seconds = Seconds(300);
const AFTER_SILENCE: Seconds = Seconds(15);

const TIMESTAMP: &str = "Wechatpay-Timestamp";
const NONCE: &str = "Wechatpay-Nonce";
const SERIAL: &str = "Wechatpay-Serial";
const SIGNATURE: &str = "Wechatpay-Signature";
const SIGNATURE_TYPE: &str = "Wechatpay-Signature-Type";

/// The most that these headers may hold: real nonces and serial numbers have some 40 characters, and the base64 of an
/// RSA-8192 signature has 1368.
const MOST_WORD_BYTES: usize = 128;
const MOST_SIGNATURE_BYTES: usize = 1368;

impl Merchant {
    /// The `Authorization` of a request that we send.
    pub(super) fn authorization(
        &self,
        verb: Verb,
        target: &str,
        body: &[u8],
        now: Time,
        nonce: &str,
    ) -> Result<String, Error> {
        let at = now.unix().to_string();
        let parts: [&[u8]; 5] = [verb.as_str().as_bytes(), target.as_bytes(), at.as_bytes(), nonce.as_bytes(), body];
        let signature = self.key.sign(&lines(&parts))?;
        let Self { mchid, serial, .. } = self;
        Ok(format!(
            "{SCHEME} mchid=\"{mchid}\",nonce_str=\"{nonce}\",timestamp=\"{at}\",serial_no=\"{serial}\",signature=\"{signature}\""
        ))
    }

    /// What WeChat's own script needs to let a buyer pay, inside WeChat.
    pub(super) fn pay_params(&self, prepay_id: &str, now: Time, nonce: &str) -> Result<Vec<(String, String)>, Error> {
        let at = now.unix().to_string();
        let package = format!("prepay_id={prepay_id}");
        let parts = [self.appid.as_bytes(), at.as_bytes(), nonce.as_bytes(), package.as_bytes()];
        let signature = self.key.sign(&lines(&parts))?;
        let params = [
            ("appId", self.appid.clone()),
            ("timeStamp", at),
            ("nonceStr", nonce.to_owned()),
            ("package", package),
            ("signType", "RSA".to_owned()),
            ("paySign", signature),
        ];
        Ok(params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// What is signed: every part on a line of its own, the last one too.
fn lines(parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()).saturating_add(1));
    let mut text = Vec::with_capacity(length);
    for part in parts {
        text.extend_from_slice(part);
        text.push(b'\n');
    }
    text
}

/// Bytes with the headers that speak for them: nothing of it is believed yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unverified<'a> {
    body: &'a [u8],
    at: u64,
    timestamp: &'a str,
    nonce: &'a str,
    /// Which key is said to have signed it.
    pub serial: &'a str,
    signature: &'a str,
}

/// Bytes that WeChat Pay signed, not long ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a>(pub &'a [u8]);

impl<'a> Unverified<'a> {
    /// Reads the headers that speak for a body.
    pub fn new(headers: &'a Headers, body: &'a [u8]) -> Result<Self, Distrust> {
        if body.len() > MOST_BODY_BYTES {
            return Err(Distrust::TooLarge);
        }
        let timestamp = headers.one(TIMESTAMP)?;
        let nonce = word(NONCE, headers.one(NONCE)?)?;
        let serial = word(SERIAL, headers.one(SERIAL)?)?;
        let signature = headers.one(SIGNATURE)?;
        if headers.find(SIGNATURE_TYPE)?.is_some_and(|other| other != SCHEME) {
            return Err(Distrust::Malformed(SIGNATURE_TYPE));
        }
        let at = digits(timestamp).ok_or(Distrust::Malformed(TIMESTAMP))?;
        Ok(Self { body, at, timestamp, nonce, serial, signature })
    }

    /// Believes the body if the key that its headers name signed it, and not long ago.
    pub fn verify(self, keys: &Keys, now: Time) -> Result<Signed<'a>, Distrust> {
        self.verify_with(now, |serial| keys.find(serial, now))
    }

    fn verify_with(self, now: Time, find: impl Fn(&str) -> Option<Arc<PublicKey>>) -> Result<Signed<'a>, Distrust> {
        // No `Time` is below zero.
        if self.at.abs_diff(now.unix().unsigned_abs()) >= STALE_SECONDS {
            return Err(Distrust::Stale);
        }
        if self.signature.starts_with(PROBE) {
            return Err(Distrust::Probe);
        }
        let key = find(self.serial).ok_or(Distrust::UnknownKey)?;
        let signature =
            (self.signature.len() <= MOST_SIGNATURE_BYTES).then(|| base64::decode(self.signature.as_bytes()));
        let signature = signature.flatten().ok_or(Distrust::Malformed(SIGNATURE))?;
        key.verify(&lines(&[self.timestamp.as_bytes(), self.nonce.as_bytes(), self.body]), &signature)?;
        Ok(Signed(self.body))
    }
}

/// A header of visible characters. A line break in it would move bytes between the header and the body under one signature.
fn word<'a>(name: &'static str, value: &'a str) -> Result<&'a str, Distrust> {
    let is_word = (1..=MOST_WORD_BYTES).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    if is_word { Ok(value) } else { Err(Distrust::Malformed(name)) }
}

/// Seconds since 1970 as they are written: digits alone, no sign, no leading zero.
fn digits(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

/// Opens what is encrypted under the APIv3 key; the tag is its last 16 bytes.
pub(super) fn open(seal: &LessSafeKey, nonce: &str, associated: &str, ciphertext: &str) -> Result<Vec<u8>, Distrust> {
    let nonce =
        Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(|_| Distrust::Malformed("resource.nonce"))?;
    let mut bytes = base64::decode(ciphertext.as_bytes()).ok_or(Distrust::Malformed("resource.ciphertext"))?;
    let aad = Aad::from(associated.as_bytes());
    let length = seal.open_in_place(nonce, aad, &mut bytes).map_err(|_| Distrust::Sealed)?.len();
    bytes.truncate(length);
    Ok(bytes)
}

/// A platform certificate's key.
#[derive(Clone, Debug)]
pub(super) struct Certified {
    pub serial: String,
    key: Arc<PublicKey>,
    pub from: Time,
    pub until: Time,
}

impl Certified {
    /// A certificate's key, under the serial number by which WeChat Pay names it.
    pub fn new(serial: String, key: PublicKey, certificate: &Certificate) -> Self {
        Self { serial, key: Arc::new(key), from: certificate.from, until: certificate.until }
    }

    fn is_for(&self, serial: &str, now: Time) -> bool {
        self.serial == serial && self.from <= now && now <= self.until
    }
}

/// Whom to believe: WeChat Pay's public key and its certificates, side by side, each by its exact name.
#[derive(Debug)]
pub(super) struct Keys {
    public: Option<(String, Arc<PublicKey>)>,
    configured: Vec<Certified>,
    downloaded: Mutex<Downloaded>,
}

#[derive(Debug, Default)]
struct Downloaded {
    certified: Vec<Certified>,
    /// When a download was last begun, and how long none is begun after it.
    begun: Option<(Time, Seconds)>,
    /// Who waits for the download that is under way; none, when none is.
    waiting: Option<Vec<Waker>>,
}

/// What to do about a key that is not known.
pub(super) enum Refresh<'a> {
    /// Nothing can be done about it now.
    No,
    /// Another's download has just ended: look again.
    Looked,
    /// Download; whoever needs certificates meanwhile waits for the end of this value.
    Download(Downloading<'a>),
}

/// A download that is under way. It ends when this is dropped.
pub(super) struct Downloading<'a>(&'a Keys);

impl Keys {
    /// What is configured.
    pub fn new(public: Option<(String, PublicKey)>, configured: Vec<Certified>) -> Self {
        let public = public.map(|(id, key)| (id, Arc::new(key)));
        Self { public, configured, downloaded: Mutex::default() }
    }

    fn find(&self, serial: &str, now: Time) -> Option<Arc<PublicKey>> {
        if let Some((_, key)) = self.public.as_ref().filter(|(id, _)| id == serial) {
            return Some(Arc::clone(key));
        }
        let known = |all: &[Certified]| all.iter().find(|one| one.is_for(serial, now)).map(|one| Arc::clone(&one.key));
        known(&self.configured).or_else(|| known(&self.lock().certified))
    }

    /// What to do about a key that is not known. A public key is never downloaded, and certificates at most every five
    /// minutes: whoever sends made-up serial numbers does not make us ask for each.
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

    /// Whoever panicked while holding this left whole values behind.
    fn lock(&self) -> MutexGuard<'_, Downloaded> {
        self.downloaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Downloading<'_> {
    /// Notes that an answer came, whatever it says: asking again soon would get the same.
    pub fn answered(&self) {
        if let Some((_, pause)) = &mut self.0.lock().begun {
            *pause = AFTER_AN_ANSWER;
        }
    }

    /// Believes certificates if the answer that they came in is signed with one of them, or with a key that is known.
    pub fn learn(self, answer: Unverified<'_>, found: Vec<Certified>, now: Time) -> Result<(), Distrust> {
        let own = |serial: &str| found.iter().find(|one| one.is_for(serial, now)).map(|one| Arc::clone(&one.key));
        answer.verify_with(now, |serial| self.0.find(serial, now).or_else(|| own(serial)))?;
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
