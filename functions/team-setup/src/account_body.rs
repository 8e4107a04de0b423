//! What a request says about an account.

use till_app::ports::{AccountMode, AccountSettings};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_lambda::fields::{Fields, required};
use till_lambda::http::Request;
use till_lambda::problem::Problem;

const NEW: [&str; 12] = [
    "provider",
    "id",
    "mode",
    "settings",
    "is_on",
    "is_default",
    "base_url",
    "remark",
    "reason",
    "same_merchant",
    "stripe_account",
    "untried",
];
const CHANGED: [&str; 9] =
    ["settings", "is_on", "is_default", "base_url", "remark", "reason", "same_merchant", "stripe_account", "untried"];

/// What a person states beside the account itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stated {
    /// That another account may be the same merchant, or that one whose merchant is not known is the same.
    pub same_merchant: bool,
    /// The account at Stripe, where its key may not read it.
    pub stripe_account: Option<String>,
    /// That the provider need not be reached.
    pub untried: bool,
}

pub fn of_new(request: &Request) -> Result<Fields, Problem> {
    Fields::parse(request, &NEW)
}

pub fn of_change(request: &Request) -> Result<Fields, Problem> {
    Fields::parse(request, &CHANGED)
}

/// A new account, without what is known of it at its provider.
pub fn new(fields: &Fields) -> Result<AccountSettings, Problem> {
    let provider = required("provider", fields.text("provider")?)?;
    let provider = provider_named(&provider).ok_or_else(|| Problem::invalid_field("provider", rule_of_providers()))?;
    let account = Account { provider, id: fields.required("id", AccountId::parse)? };
    let mode = match required("mode", fields.text("mode")?)?.as_str() {
        "live" => AccountMode::Live,
        "test" => AccountMode::Test,
        _ => return Err(Problem::invalid_field("mode", "must be live or test")),
    };
    let new = AccountSettings { account, mode, is_default: false, is_on: true, base_url: None, hints: Vec::new() };
    changed(&new, fields)
}

/// An account after the change. An empty address is the provider's own.
pub fn changed(before: &AccountSettings, fields: &Fields) -> Result<AccountSettings, Problem> {
    let base_url = match fields.text("base_url")? {
        None => before.base_url.clone(),
        Some(url) => Some(url.trim_end_matches('/').to_owned()).filter(|url| !url.is_empty()),
    };
    Ok(AccountSettings {
        is_on: fields.optional_flag("is_on")?.unwrap_or(before.is_on),
        is_default: fields.optional_flag("is_default")?.unwrap_or(before.is_default),
        base_url,
        ..before.clone()
    })
}

/// The provider's settings, with the keys, as they were written.
pub fn settings(fields: &Fields) -> Result<Option<&str>, Problem> {
    match fields.literal("settings") {
        Some(literal) if !literal.starts_with('{') => Err(Problem::invalid_field("settings", "must be an object")),
        literal => Ok(literal),
    }
}

pub fn stated(fields: &Fields, provider: Provider) -> Result<Stated, Problem> {
    let stripe_account = fields.text("stripe_account")?;
    if stripe_account.is_some() && provider != Provider::Stripe {
        return Err(Problem::invalid_field("stripe_account", "is for accounts at Stripe"));
    }
    let (same_merchant, untried) = (fields.flag("same_merchant")?, fields.flag("untried")?);
    Ok(Stated { same_merchant, stripe_account, untried })
}

pub fn provider_named(word: &str) -> Option<Provider> {
    Provider::ALL.into_iter().find(|provider| provider.as_str() == word)
}

fn rule_of_providers() -> String {
    format!("must be one of {}", Provider::ALL.map(Provider::as_str).join(", "))
}
