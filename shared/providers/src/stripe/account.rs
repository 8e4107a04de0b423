//! One merchant account: its settings, checked, and the keys of its webhook, made ready once. Nothing of it prints.

use std::fmt;

use aws_lc_rs::hmac::{HMAC_SHA256, Key};
use serde::Deserialize;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use crate::account::{Faults, Mode, Place, Reader};

/// Where Stripe is.
const OWN_BASE: &str = "https://api.stripe.com";
/// The version of the interface that this code was written against (stripe-node pins the same, `src/apiVersion.ts`). It is
/// sent with every request, so that the answers' shapes do not depend on the account's dashboard.
pub const API_VERSION: &str = "2026-08-26.dahlia";
/// Cards need nothing more from us, and their outcome is known at once.
const FIRST_METHOD: &str = "card";

/// A secret that is being replaced lives on beside the new one; more than a handful are a mistake.
const MOST_WEBHOOK_SECRETS: usize = 5;
/// Stripe's keys have about a hundred characters.
const MOST_KEY_CHARS: usize = 255;
const MOST_DEPLOYMENT_CHARS: usize = 64;
/// Stripe knows some dozens.
const MOST_METHODS: usize = 20;
/// Longer addresses do not work in browsers.
pub(super) const MOST_URL_CHARS: usize = 2048;

/// An account's settings.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `sk_live_…` or `sk_test_…`, or a restricted key `rk_…` that may write Checkout Sessions, PaymentIntents and refunds.
    pub secret_key: String,
    /// `pk_live_…` or `pk_test_…`: for Stripe's form on a page of ours.
    pub publishable_key: String,
    /// `whsec_…`: the webhook's signing secret; while it is being replaced, the old one too.
    pub webhook_secrets: Vec<String>,
    /// This deployment's name. It goes with everything that is made at Stripe: deployments that share a test account know
    /// by it what is theirs. It stays for ever: under another name, what was made before is another deployment's, and its
    /// payments are passed over.
    pub deployment: String,
    /// How buyers can pay, in Stripe's words; `card` alone if it is not set. Only ways that need no further options.
    #[serde(default)]
    pub payment_method_types: Option<Vec<String>>,
    /// Another version of the interface than [`API_VERSION`].
    #[serde(default)]
    pub api_version: Option<String>,
    /// Where Stripe's page sends a buyer who has paid, when the request names no page.
    #[serde(default)]
    pub success_url: Option<String>,
    /// Where Stripe's page sends a buyer who goes back, when the request names no page.
    #[serde(default)]
    pub cancel_url: Option<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}

pub struct Merchant {
    pub(super) account: Account,
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
        reader.check(
            "deployment",
            (1..=MOST_DEPLOYMENT_CHARS).contains(&deployment.len()) && deployment.bytes().all(is_name),
            "must be 1 to 64 of A-Z a-z 0-9 _ -",
        );
        let methods = settings.payment_method_types.clone().unwrap_or_else(|| vec![FIRST_METHOD.to_owned()]);
        reader.check(
            "payment_method_types",
            (1..=MOST_METHODS).contains(&methods.len()) && methods.iter().all(|word| is_word(word)),
            "must be 1 to 20 words of a-z 0-9 _, such as card",
        );
        let api_version = settings.api_version.as_deref().unwrap_or(API_VERSION);
        reader.check("api_version", is_version(api_version), "must look like 2026-08-26.dahlia");
        page(&mut reader, "success_url", settings.success_url.as_deref(), place.mode);
        page(&mut reader, "cancel_url", settings.cancel_url.as_deref(), place.mode);
        let keys = settings.webhook_secrets.iter().map(|secret| Key::new(HMAC_SHA256, secret.as_bytes()));
        reader.done(Some(Self {
            account: Account { provider: Provider::Stripe, id },
            is_live: place.mode == Mode::Live,
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

    pub const fn account(&self) -> &Account {
        &self.account
    }
}

/// Checks that a key is of the right kind, and moves real money exactly if the account does.
fn api_key(reader: &mut Reader, field: &'static str, kinds: &[&str], key: &str, mode: Mode) {
    let parts = key.split_once('_').and_then(|(kind, rest)| Some((kind, rest.split_once('_')?)));
    let Some((kind, (world, letters))) = parts else {
        return reader.fault(field, format_args!("must begin with {}_, and then live_ or test_", kinds.join("_ or ")));
    };
    reader.check(field, kinds.contains(&kind), format_args!("must begin with {}_", kinds.join("_ or ")));
    match (mode, world) {
        (Mode::Live, "live") | (Mode::Test, "test") => {}
        (Mode::Live, _) => reader.fault(field, "must be a live key: this account takes real money"),
        (Mode::Test, _) => reader.fault(field, "must be a test key: this account takes no real money"),
    }
    let letters_are_good = !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    reader.check(
        field,
        letters_are_good && key.len() <= MOST_KEY_CHARS,
        "must be a whole key of Stripe's, and nothing else",
    );
}

fn webhook_secrets(reader: &mut Reader, secrets: &[String]) {
    const FIELD: &str = "webhook_secrets";
    reader.check(FIELD, (1..=MOST_WEBHOOK_SECRETS).contains(&secrets.len()), "must be 1 to 5 signing secrets");
    let is_secret = |secret: &String| {
        let letters = secret.strip_prefix("whsec_").unwrap_or_default();
        !letters.is_empty() && secret.len() <= MOST_KEY_CHARS && letters.bytes().all(|b| b.is_ascii_graphic())
    };
    reader.check(FIELD, secrets.iter().all(is_secret), "must each begin with whsec_, without spaces around it");
}

fn page(reader: &mut Reader, field: &'static str, url: Option<&str>, mode: Mode) {
    let Some(url) = url else { return };
    let plain = mode == Mode::Test && url.starts_with("http://");
    reader.check(field, plain || url.starts_with("https://"), "must begin with https://");
    reader.check(
        field,
        url.len() <= MOST_URL_CHARS && url.bytes().all(|b| b.is_ascii_graphic()),
        "must be at most 2048 visible ASCII characters",
    );
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_word(word: &str) -> bool {
    let is_legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=64).contains(&word.len()) && word.bytes().all(is_legal)
}

/// `2024-06-20`, and since then with a name: `2026-08-26.dahlia`.
fn is_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').unwrap_or((text, "none"));
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(n, b)| if matches!(n, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    is_date && is_word(name)
}
