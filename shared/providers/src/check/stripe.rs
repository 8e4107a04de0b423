//! Findings about an account at Stripe.

use super::kinds::{
    SETTING_MISSING, SETTINGS_UNREADABLE, STRIPE_KEY_SHAPE, STRIPE_KEYS_OF_TWO_MODES, STRIPE_LIVE_KEY_IN_TEST,
    STRIPE_PUBLISHABLE_AS_SECRET, STRIPE_RESTRICTED_KEY, STRIPE_SECRET_AS_PUBLISHABLE, STRIPE_TEST_KEY_IN_LIVE,
    WEBHOOK_SECRET_IS_ENDPOINT, WEBHOOK_SECRET_IS_KEY, WEBHOOK_SECRET_MISSING, WEBHOOK_SECRET_SHAPE,
};
use super::{Findings, is_live};
use crate::account::{AccountMode, Faults, consists_of, read};
use crate::stripe::Settings;

const MOST_KEY_BYTES: usize = 255;

pub(super) fn check(found: &mut Findings, json: &str, mode: AccountMode) -> Result<(), Faults> {
    let settings: Settings = read(json).inspect_err(|_| found.add(SETTINGS_UNREADABLE, "settings"))?;
    let secret = key(found, "secret_key", &settings.secret_key, mode, is_secret);
    let publishable = key(found, "publishable_key", &settings.publishable_key, mode, is_publishable);
    found.add_if(settings.secret_key.starts_with("rk_"), STRIPE_RESTRICTED_KEY, "secret_key");
    let differ = secret.zip(publishable).is_some_and(|(secret, publishable)| secret != publishable);
    found.add_if(differ, STRIPE_KEYS_OF_TWO_MODES, "publishable_key");
    webhook_secrets(found, &settings.webhook_secrets);
    Ok(())
}

enum Fits {
    Yes,
    No,
    /// It is a key for the other purpose.
    Other(super::Kind),
}

fn is_secret(kind: &str) -> Fits {
    match kind {
        "sk" | "rk" => Fits::Yes,
        "pk" => Fits::Other(STRIPE_PUBLISHABLE_AS_SECRET),
        _ => Fits::No,
    }
}

fn is_publishable(kind: &str) -> Fits {
    match kind {
        "pk" => Fits::Yes,
        "sk" | "rk" => Fits::Other(STRIPE_SECRET_AS_PUBLISHABLE),
        _ => Fits::No,
    }
}

/// Checks a key, and says whether it is live where that can be seen.
fn key(
    found: &mut Findings,
    field: &'static str,
    key: &str,
    mode: AccountMode,
    fits: fn(&str) -> Fits,
) -> Option<bool> {
    if key.is_empty() {
        found.add(SETTING_MISSING, field);
        return None;
    }
    let parts = key.split_once('_').and_then(|(kind, rest)| Some((kind, rest.split_once('_')?)));
    let Some((kind, (world @ ("live" | "test"), letters))) = parts else {
        found.add(STRIPE_KEY_SHAPE, field);
        return None;
    };
    match fits(kind) {
        Fits::Yes => {}
        Fits::No => {
            found.add(STRIPE_KEY_SHAPE, field);
            return None;
        }
        Fits::Other(kind) => {
            found.add(kind, field);
            return None;
        }
    }
    let is_whole = consists_of(letters, 1..=MOST_KEY_BYTES, |b| b.is_ascii_alphanumeric() || *b == b'_');
    found.add_if(!is_whole, STRIPE_KEY_SHAPE, field);
    let is_live_key = world == "live";
    found.add_if(is_live(mode) && !is_live_key, STRIPE_TEST_KEY_IN_LIVE, field);
    found.add_if(!is_live(mode) && is_live_key, STRIPE_LIVE_KEY_IN_TEST, field);
    Some(is_live_key)
}

fn webhook_secrets(found: &mut Findings, secrets: &[String]) {
    const FIELD: &str = "webhook_secrets";
    found.add_if(secrets.is_empty(), WEBHOOK_SECRET_MISSING, FIELD);
    for secret in secrets {
        let letters = secret.strip_prefix("whsec_").unwrap_or_default();
        if secret.starts_with("we_") {
            found.add(WEBHOOK_SECRET_IS_ENDPOINT, FIELD);
        } else if ["sk_", "rk_", "pk_"].iter().any(|kind| secret.starts_with(kind)) {
            found.add(WEBHOOK_SECRET_IS_KEY, FIELD);
        } else if !consists_of(letters, 1..=MOST_KEY_BYTES, u8::is_ascii_graphic) {
            found.add(WEBHOOK_SECRET_SHAPE, FIELD);
        }
    }
}
