//! One merchant account: its settings, all checked at once, and the keys of its webhook.

use std::fmt;

use aws_lc_rs::hmac::{HMAC_SHA256, Key};
use serde::Deserialize;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use crate::account::{AccountMode, Faults, Place, Reader, consists_of};

const OWN_BASE: &str = "https://api.stripe.com";
/// The version of the interface that this code was written against (stripe-node pins the same, `src/apiVersion.ts`). It is
/// sent with every request, so that the answers' shapes do not depend on the account's dashboard.
pub const API_VERSION: &str = "2026-08-26.dahlia";
/// Cards need no further options, and their outcome is known at once.
const FIRST_METHOD: &str = "card";

/// While a secret is replaced, the old one is valid beside the new one; more than a few are a mistake.
const MOST_WEBHOOK_SECRETS: usize = 5;
/// Stripe's keys have about a hundred characters.
const MOST_KEY_CHARS: usize = 255;
/// Stripe knows some dozens.
const MOST_METHODS: usize = 20;
/// Longer addresses do not work in browsers.
pub(super) const MOST_URL_CHARS: usize = 2048;

/// An account's settings. They have no `Debug`, so that no key is printed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `sk_live_…` or `sk_test_…`, or a restricted key `rk_…` that may write Checkout Sessions, PaymentIntents and refunds, and
    /// read disputes and its account.
    pub secret_key: String,
    /// `pk_live_…` or `pk_test_…`: for Stripe's form on a page of ours.
    pub publishable_key: String,
    /// `whsec_…`: the webhook's signing secret; while it is being replaced, the old one too.
    pub webhook_secrets: Vec<String>,
    /// This deployment's name. Every object that is made at Stripe has it, so that deployments which share a test account
    /// recognise their own. It must never change: under another name, earlier objects count as another deployment's, and
    /// their payments are ignored.
    pub deployment: String,
    /// Stripe's words for how buyers can pay; only `card` if it is not set. Each must need no further options.
    pub payment_method_types: Option<Vec<String>>,
    pub api_version: Option<String>,
    /// Where Stripe's page sends a buyer who has paid, when the request names no page.
    pub success_url: Option<String>,
    /// Where Stripe's page sends a buyer who goes back, when the request names no page.
    pub cancel_url: Option<String>,
}

pub struct Merchant {
    pub account: Account,
    pub(super) is_live: bool,
    pub(super) base: String,
    pub(super) authorization: String,
    pub(super) publishable_key: String,
    pub(super) webhook_keys: Vec<Key>,
    pub(super) deployment: String,
    pub(super) methods: Vec<String>,
    pub(super) api_version: String,
    pub(super) success_url: Option<String>,
    pub(super) cancel_url: Option<String>,
}

impl fmt::Debug for Merchant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merchant")
            .field("account", &self.account)
            .field("is_live", &self.is_live)
            .finish_non_exhaustive()
    }
}

impl Merchant {
    /// Checks an account's settings and reports all their faults.
    pub fn parse(id: AccountId, settings: &Settings, place: Place<'_>) -> Result<Self, Faults> {
        let mut reader = Reader::default();
        let base = reader.base(place, OWN_BASE);
        api_key(&mut reader, "secret_key", &["sk", "rk"], &settings.secret_key, place.mode);
        api_key(&mut reader, "publishable_key", &["pk"], &settings.publishable_key, place.mode);
        webhook_secrets(&mut reader, &settings.webhook_secrets);
        let deployment = &settings.deployment;
        let is_name = consists_of(deployment, 1..=64, |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        reader.check("deployment", is_name, "must be 1 to 64 of A-Z a-z 0-9 _ -");
        let methods = settings.payment_method_types.clone().unwrap_or_else(|| vec![FIRST_METHOD.to_owned()]);
        let are_words = (1..=MOST_METHODS).contains(&methods.len()) && methods.iter().all(|word| is_word(word));
        reader.check("payment_method_types", are_words, "must be 1 to 20 words of a-z 0-9 _, such as card");
        let api_version = settings.api_version.as_deref().unwrap_or(API_VERSION);
        reader.check("api_version", is_version(api_version), "must look like 2026-08-26.dahlia");
        for (field, url) in [("success_url", &settings.success_url), ("cancel_url", &settings.cancel_url)] {
            if let Some(url) = url {
                reader.url(field, url, place.mode, MOST_URL_CHARS);
            }
        }
        let keys = settings.webhook_secrets.iter().map(|secret| Key::new(HMAC_SHA256, secret.as_bytes()));
        reader.done(Some(Self {
            account: Account { provider: Provider::Stripe, id },
            is_live: place.mode == AccountMode::Live,
            base,
            authorization: format!("Bearer {}", settings.secret_key),
            publishable_key: settings.publishable_key.clone(),
            webhook_keys: keys.collect(),
            deployment: deployment.clone(),
            methods,
            api_version: api_version.to_owned(),
            success_url: settings.success_url.clone(),
            cancel_url: settings.cancel_url.clone(),
        }))
    }
}

fn api_key(reader: &mut Reader, field: &'static str, kinds: &[&str], key: &str, mode: AccountMode) {
    let parts = key.split_once('_').and_then(|(kind, rest)| Some((kind, rest.split_once('_')?)));
    let Some((kind, (world, letters))) = parts else {
        return reader.fault(field, format_args!("must begin with {}_, and then live_ or test_", kinds.join("_ or ")));
    };
    reader.check(field, kinds.contains(&kind), format_args!("must begin with {}_", kinds.join("_ or ")));
    match (mode, world) {
        (AccountMode::Live, "live") | (AccountMode::Test, "test") => {}
        (AccountMode::Live, _) => reader.fault(field, "must be a live key: this account takes real money"),
        (AccountMode::Test, _) => reader.fault(field, "must be a test key: this account takes no real money"),
    }
    let is_whole = consists_of(letters, 1..=MOST_KEY_CHARS, |b| b.is_ascii_alphanumeric() || *b == b'_');
    let why = "must be a whole key of Stripe's, and nothing else";
    reader.check(field, is_whole && key.len() <= MOST_KEY_CHARS, why);
}

fn webhook_secrets(reader: &mut Reader, secrets: &[String]) {
    const FIELD: &str = "webhook_secrets";
    reader.check(FIELD, (1..=MOST_WEBHOOK_SECRETS).contains(&secrets.len()), "must be 1 to 5 signing secrets");
    let is_secret = |secret: &String| {
        let letters = secret.strip_prefix("whsec_").unwrap_or_default();
        consists_of(letters, 1..=MOST_KEY_CHARS, u8::is_ascii_graphic) && secret.len() <= MOST_KEY_CHARS
    };
    reader.check(FIELD, secrets.iter().all(is_secret), "must each begin with whsec_, without spaces around it");
}

fn is_word(word: &str) -> bool {
    consists_of(word, 1..=64, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
}

/// `2024-06-20`, and since then with a name: `2026-08-26.dahlia`.
fn is_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').unwrap_or((text, "none"));
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(n, b)| if matches!(n, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    is_date && is_word(name)
}
