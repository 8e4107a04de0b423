//! What the program `till` writes: products and accounts; secrets are in [`crate::rotation`]. Everything is checked first,
//! attributes of a later release survive, and an account's keys are only in its secret.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{AccountMode, AccountSettings, ListedProduct, Unavailable};
use till_domain::provider::Provider;
use till_domain::text::{ProductId, ProductType};

use crate::aws::Aws;
use crate::error::{CallFailure, OrUnavailable as _, classify};
use crate::item::{Attributes, number};
use crate::keys::ItemKey;
use crate::update::ItemUpdate;
use crate::{account_item, catalogue, keys, product_item};

const MOST_DESCRIPTION_CHARS: usize = 1_000;
const MOST_HINTS: usize = 16;
const MOST_HINT_CHARS: usize = 128;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotWritten {
    Refused(&'static str),
    NotFound,
    Newer,
    /// It may have been written or not. Writing it again is harmless.
    Unavailable,
}

impl fmt::Display for NotWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(rule) => rule,
            Self::NotFound => "there is none with this name",
            Self::Newer => "it was last written by a later release of Till: use that release to change it",
            Self::Unavailable => "AWS gave no usable answer, so it may have been written or not; the log above says why. It is safe to run this again",
        })
    }
}

impl std::error::Error for NotWritten {}

impl From<Unavailable> for NotWritten {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl Aws {
    /// Every product, uncached and in the order in which buyers see them. An unreadable product is an error here, because the
    /// team has to see it.
    pub async fn all_products(&self) -> Result<Vec<ListedProduct>, Unavailable> {
        let items = self.read_partition(keys::PRODUCTS).await?;
        let read = |item| product_item::read(item).or_unavailable("product");
        let mut all: Vec<ListedProduct> = items.iter().map(read).collect::<Result<_, _>>()?;
        all.sort_by(|a, b| catalogue::sort_key(a).cmp(&catalogue::sort_key(b)));
        Ok(all)
    }

    pub async fn put_product(&self, listed: &ListedProduct) -> Result<(), NotWritten> {
        if let Some(description) = &listed.description {
            for text in description.translations.values().chain([&description.original]) {
                check_description(text)?;
            }
        }
        let key = keys::product(listed.product.kind(), listed.product.id());
        self.set_item(key, product_item::write(listed), &product_item::OPTIONAL, product_item::SCHEMA).await?;
        self.cache.products.clear();
        Ok(())
    }

    pub async fn show_product(&self, kind: &ProductType, id: &ProductId, on_sale: bool) -> Result<(), NotWritten> {
        let update = ItemUpdate::new(keys::product(kind, id), "attribute_exists(pk)");
        let updated = update.set(product_item::ON, AttributeValue::Bool(on_sale)).call(self)?.send().await;
        self.cache.products.clear();
        updated.map(drop).map_err(|error| refused("UpdateItem", &classify(&error), NotWritten::NotFound))
    }

    /// Orders keep what they sold. Taking a product off sale instead also keeps its id from being used again.
    pub async fn remove_product(&self, kind: &ProductType, id: &ProductId) -> Result<(), NotWritten> {
        let delete = self.delete_item(&keys::product(kind, id))?;
        let deleted = delete.condition_expression("attribute_exists(pk)").send().await;
        self.cache.products.clear();
        deleted.map(drop).map_err(|error| refused("DeleteItem", &classify(&error), NotWritten::NotFound))
    }

    /// Every account, uncached, by provider and id. An unreadable account is an error here.
    pub async fn all_accounts(&self) -> Result<Vec<AccountSettings>, Unavailable> {
        let mut all = Vec::new();
        for provider in Provider::ALL {
            for item in self.read_partition(&keys::accounts_partition(provider)).await? {
                all.push(account_item::read(provider, &item).or_unavailable("account")?);
            }
        }
        Ok(all)
    }

    /// Whether this stage may have such an account.
    pub fn check_account(&self, settings: &AccountSettings) -> Result<(), NotWritten> {
        check_account(settings, self.settings.is_production()).map_err(NotWritten::Refused)
    }

    /// Creates or changes an account. A new default replaces the old one of its provider and mode. Accounts are never removed,
    /// because orders go on through them; they are switched off.
    pub async fn put_account(&self, settings: &AccountSettings) -> Result<(), NotWritten> {
        self.check_account(settings)?;
        let account = &settings.account;
        let key = keys::account(account.provider, &account.id);
        self.set_item(key, account_item::write(settings), &account_item::OPTIONAL, account_item::SCHEMA).await?;
        self.cache.accounts.clear();
        if settings.is_default {
            self.clear_other_defaults(settings).await?;
        }
        Ok(())
    }

    async fn clear_other_defaults(&self, settings: &AccountSettings) -> Result<(), NotWritten> {
        for other in self.all_accounts().await? {
            let same_place = other.account.provider == settings.account.provider && other.mode == settings.mode;
            if !same_place || !other.is_default || other.account == settings.account {
                continue;
            }
            let key = keys::account(other.account.provider, &other.account.id);
            let update = ItemUpdate::new(key, "attribute_exists(pk)");
            let update = update.set(account_item::DEFAULT, AttributeValue::Bool(false)).call(self)?;
            update.send().await.map_err(|error| refused("UpdateItem", &classify(&error), NotWritten::NotFound))?;
        }
        Ok(())
    }

    /// Sets these attributes and removes the optional ones that have no value; others are left alone.
    async fn set_item(
        &self,
        key: ItemKey,
        attributes: Attributes,
        optional: &[&str],
        schema: u32,
    ) -> Result<(), NotWritten> {
        let gone: Vec<&str> = optional.iter().copied().filter(|name| !attributes.contains_key(*name)).collect();
        let update = ItemUpdate::new(key, "attribute_not_exists(pk) OR #schema <= :ours");
        let update = update.value("ours", number(schema)).set_all(attributes).remove(gone.into_iter());
        let updated = update.call(self)?.send().await;
        updated.map(drop).map_err(|error| refused("UpdateItem", &classify(&error), NotWritten::Newer))
    }
}

/// A condition that did not hold means `on_conflict`.
fn refused(call: &'static str, failed: &CallFailure, on_conflict: NotWritten) -> NotWritten {
    match failed.conflict(call) {
        Ok(_) => on_conflict,
        Err(unavailable) => unavailable.into(),
    }
}

/// Returns the rule that the account breaks.
fn check_account(settings: &AccountSettings, is_production: bool) -> Result<(), &'static str> {
    let is_test = match settings.mode {
        AccountMode::Live => false,
        AccountMode::Test => true,
    };
    let is_address = |url: &str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && b != b'?' && b != b'#')
        })
    };
    let is_hint =
        |hint: &String| (1..=MOST_HINT_CHARS).contains(&hint.len()) && hint.bytes().all(|b| b.is_ascii_graphic());
    if is_test && is_production {
        Err("production has no test accounts")
    } else if !is_test && !is_production {
        Err("live accounts are for production stages only: the orders of any other stage are deleted with its stack")
    } else if !is_test && settings.base_url.is_some() {
        Err("a live account uses the provider's own host: leave out the base URL")
    } else if settings.base_url.as_deref().is_some_and(|url| !is_address(url) || url.ends_with('/')) {
        Err("a base URL begins with http:// or https:// and has no query, no fragment and no slash at its end")
    } else if settings.hints.len() > MOST_HINTS || !settings.hints.iter().all(is_hint) {
        Err("an account has at most 16 hints, each of 1 to 128 visible characters")
    } else {
        Ok(())
    }
}

/// Whether a product may have this description, or a translation of one.
pub fn check_description(text: &str) -> Result<(), NotWritten> {
    if is_plain(text, MOST_DESCRIPTION_CHARS) {
        Ok(())
    } else {
        Err(NotWritten::Refused("a description has 1 to 1000 characters, and of control characters only new lines"))
    }
}

fn is_plain(text: &str, most_chars: usize) -> bool {
    !text.is_empty() && text.chars().count() <= most_chars && text.chars().all(|c| c == '\n' || !c.is_control())
}

#[cfg(test)]
mod tests;
