//! How the team sees an account, a product and the sales, and who changed it last.

use serde::Serialize;
use till_app::ports::{AccountMode, AccountSettings, ListedProduct, Noted, Notes, Sales};
use till_domain::language::Language;
use till_domain::provider::Account;
use till_lambda::catalogue::ProductRow;
use till_lambda::shapes::Instant;
use till_providers::merchants::notify_url;

use crate::Place;

#[derive(Serialize)]
pub struct AccountsShape {
    pub accounts: Vec<AccountShape>,
    /// Those that are stored and cannot be read.
    pub unreadable: Vec<AccountName>,
}

#[derive(Serialize)]
pub struct AccountName {
    provider: &'static str,
    id: String,
}

impl AccountName {
    pub fn of(account: &Account) -> Self {
        Self { provider: account.provider.as_str(), id: account.id.to_string() }
    }
}

#[derive(Serialize)]
pub struct AccountShape {
    provider: &'static str,
    id: String,
    mode: &'static str,
    is_on: bool,
    is_default: bool,
    base_url: Option<String>,
    /// By what callbacks name it, besides its id.
    hints: Vec<String>,
    /// Where its provider sends callbacks.
    callback_url: String,
    remark: Option<String>,
    changed: Option<ChangedShape>,
}

#[derive(Serialize)]
pub struct ProductsShape {
    pub products: Vec<ProductShape>,
}

#[derive(Serialize)]
pub struct ProductShape {
    #[serde(flatten)]
    product: ProductRow,
    remark: Option<String>,
    changed: Option<ChangedShape>,
}

#[derive(Serialize)]
pub struct SalesShape {
    /// Whether the team has suspended new orders.
    suspended: bool,
    since: Option<Instant>,
    texts: TextsShape,
    /// Whether the deployment makes new orders at all.
    payment_enabled: bool,
    changed: Option<ChangedShape>,
}

/// What buyers are told, by language.
#[derive(Serialize)]
struct TextsShape {
    zh: Option<String>,
    en: Option<String>,
}

/// The last change.
#[derive(Serialize)]
struct ChangedShape {
    by: String,
    at: Instant,
    reason: Option<String>,
}

pub fn account(of: &Noted<AccountSettings>, place: &Place) -> AccountShape {
    let Noted { item, notes } = of;
    let AccountSettings { account, mode, is_default, is_on, base_url, hints } = item;
    AccountShape {
        provider: account.provider.as_str(),
        id: account.id.to_string(),
        mode: match mode {
            AccountMode::Live => "live",
            AccountMode::Test => "test",
        },
        is_on: *is_on,
        is_default: *is_default,
        base_url: base_url.clone(),
        hints: hints.clone(),
        callback_url: notify_url(&place.public_base, account),
        remark: remark(notes),
        changed: changed(notes),
    }
}

pub fn product(of: &Noted<ListedProduct>) -> ProductShape {
    let Noted { item, notes } = of;
    ProductShape { product: ProductRow::of(item), remark: remark(notes), changed: changed(notes) }
}

pub fn sales(of: &Noted<Sales>, place: &Place) -> SalesShape {
    let text = |language| of.item.text_in(language).map(ToString::to_string);
    SalesShape {
        suspended: of.item.are_suspended(),
        since: of.item.since().map(Instant),
        texts: TextsShape { zh: text(Language::Chinese), en: text(Language::English) },
        payment_enabled: place.payment_enabled,
        changed: changed(&of.notes),
    }
}

fn remark(notes: &Notes) -> Option<String> {
    notes.remark.as_ref().map(ToString::to_string)
}

fn changed(notes: &Notes) -> Option<ChangedShape> {
    let last = notes.last()?;
    let reason = last.reason.as_ref().map(ToString::to_string);
    Some(ChangedShape { by: last.by.to_string(), at: Instant(last.at), reason })
}
