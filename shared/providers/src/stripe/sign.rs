//! The signature of a webhook: `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>…]`. HMAC-SHA256 over the time as it is
//! written there, a full stop and the raw body. The body is not read here.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{Context, Key};
use till_domain::time::Time;

use crate::error::Distrust;
use crate::time::plain_seconds;

pub const HEADER: &str = "Stripe-Signature";
/// A webhook of another age could be an old one that is replayed.
const MOST_AGE_SECONDS: u64 = 300;
/// Stripe signs once for each valid secret; there are two while one is replaced.
const MOST_SIGNATURES: usize = 16;
/// This many signatures have about a thousand characters.
const MOST_HEADER_BYTES: usize = 4096;
const MAC_BYTES: usize = 32;
/// The latest time that has a four-digit year has 12 digits.
const MOST_TIME_DIGITS: usize = 12;

/// A body with a valid signature. Only [`verify`] makes one.
#[derive(Clone, Copy)]
pub struct Signed<'a>(&'a [u8]);

impl<'a> Signed<'a> {
    pub const fn body(self) -> &'a [u8] {
        self.0
    }
}

pub fn glance(header: &str, now: Time) -> Result<(), Distrust> {
    Parts::parse(header)?.check_age(now)
}

/// Verifies a body if any of the header's signatures is by any of the keys.
pub fn verify<'a>(keys: &[Key], header: &str, body: &'a [u8], now: Time) -> Result<Signed<'a>, Distrust> {
    let parts = Parts::parse(header)?;
    parts.check_age(now)?;
    let Parts { time, macs, .. } = parts;
    let mut is_good = false;
    for key in keys {
        let mut context = Context::with_key(key);
        context.update(time.as_bytes());
        context.update(b".");
        context.update(body);
        let tag = context.sign();
        // Every pair is compared, so that the time does not tell which one fits.
        for mac in &macs {
            is_good |= verify_slices_are_equal(tag.as_ref(), mac).is_ok();
        }
    }
    if is_good { Ok(Signed(body)) } else { Err(Distrust::BadSignature) }
}

struct Parts<'a> {
    time: &'a str,
    seconds: u64,
    macs: Vec<[u8; MAC_BYTES]>,
}

impl<'a> Parts<'a> {
    /// Ignores schemes other than `v1`, and a `v1` that is no digest. Two times are an error.
    fn parse(header: &'a str) -> Result<Self, Distrust> {
        if header.len() > MOST_HEADER_BYTES {
            return Err(Distrust::Malformed(HEADER));
        }
        let (mut time, mut signatures, mut macs) = (None, 0_usize, Vec::new());
        for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
            match name {
                "t" if time.replace(value).is_some() => return Err(Distrust::Twice("t in Stripe-Signature")),
                "v1" => {
                    signatures = signatures.saturating_add(1);
                    macs.extend(mac(value));
                }
                _ => {}
            }
        }
        let time = time.ok_or(Distrust::Missing("t in Stripe-Signature"))?;
        match signatures {
            0 => return Err(Distrust::Missing("v1 in Stripe-Signature")),
            1..=MOST_SIGNATURES => {}
            _ => return Err(Distrust::Malformed(HEADER)),
        }
        let seconds = plain_seconds(time)
            .filter(|_| time.len() <= MOST_TIME_DIGITS)
            .ok_or(Distrust::Malformed("t in Stripe-Signature"))?;
        Ok(Self { time, seconds, macs })
    }

    fn check_age(&self, now: Time) -> Result<(), Distrust> {
        let age = now.unix().unsigned_abs().abs_diff(self.seconds);
        if age > MOST_AGE_SECONDS { Err(Distrust::Stale) } else { Ok(()) }
    }
}

fn mac(hex: &str) -> Option<[u8; MAC_BYTES]> {
    if hex.len() == MAC_BYTES.saturating_mul(2) { crate::hex::decode(hex)?.try_into().ok() } else { None }
}
