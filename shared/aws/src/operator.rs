//! What the team sets up: products and accounts; secrets are in [`crate::rotation`]. Everything is checked first, attributes of a
//! later release survive, and an account's keys are only in its secret.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use till_app::ports::{
    AccountSettings, KeepAccounts, KeepProducts, ListedProduct, Noted, NotedAccounts, Notes, Unavailable,
};
use till_app::setup::{check_account, check_description, sort_key};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductType};

use crate::aws::Aws;
use crate::error::{CallFailure, OrUnavailable as _, classify};
use crate::item::{Attributes, BadItem, Reader, number};
use crate::keys::{ItemKey, SK};
use crate::update::ItemUpdate;
use crate::{account_item, keys, notes_item, product_item};

pub use till_app::ports::NotWritten;

impl KeepProducts for Aws {
    async fn noted_products(&self) -> Result<Vec<Noted<ListedProduct>>, Unavailable> {
        let items = self.read_partition(keys::PRODUCTS).await?;
        let read = |item| noted(product_item::read(item), item).or_unavailable("product");
        let mut all: Vec<Noted<ListedProduct>> = items.iter().map(read).collect::<Result<_, _>>()?;
        all.sort_by(|a, b| sort_key(&a.item).cmp(&sort_key(&b.item)));
        Ok(all)
    }

    async fn save_product(&self, product: &Noted<ListedProduct>) -> Result<(), NotWritten> {
        let Noted { item, notes } = product;
        if let Some(description) = &item.description {
            for text in description.translations.values().chain([&description.original]) {
                check_description(text).map_err(NotWritten::Refused)?;
            }
        }
        let key = keys::product(item.product.kind(), item.product.id());
        let saved = self.set_item(key, product_item::write(item), &product_item::OPTIONAL, product_item::SCHEMA, notes);
        let saved = saved.await;
        self.cache.products.clear();
        saved
    }
}

impl KeepAccounts for Aws {
    async fn noted_accounts(&self) -> Result<NotedAccounts, Unavailable> {
        let mut all = NotedAccounts::default();
        for provider in Provider::ALL {
            for item in self.read_partition(&keys::accounts_partition(provider)).await? {
                match noted(account_item::read(provider, &item), &item).or_unavailable("account") {
                    Ok(account) => all.accounts.push(account),
                    Err(Unavailable) => all.unreadable.extend(name_of(provider, &item)),
                }
            }
        }
        Ok(all)
    }

    async fn save_account(&self, account: &Noted<AccountSettings>) -> Result<(), NotWritten> {
        let Noted { item, notes } = account;
        check_account(item, self.settings.is_production()).map_err(NotWritten::Refused)?;
        let key = keys::account(item.account.provider, &item.account.id);
        let saved = self.set_item(key, account_item::write(item), &account_item::OPTIONAL, account_item::SCHEMA, notes);
        let saved = saved.await;
        self.cache.accounts.clear();
        saved
    }

    async fn save_account_secret(&self, account: &AccountId, json: &str) -> Result<(), NotWritten> {
        self.put_secret(&format!("account/{account}"), json).await
    }
}

/// By its key, which every account has.
fn name_of(provider: Provider, item: &Attributes) -> Option<Account> {
    let id = Reader::new(item).parsed(SK, AccountId::parse).or_unavailable("account").ok()?;
    Some(Account { provider, id })
}

fn noted<T>(item: Result<T, BadItem>, attributes: &Attributes) -> Result<Noted<T>, BadItem> {
    Ok(Noted { item: item?, notes: notes_item::read(attributes)? })
}

impl Aws {
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

    /// Whether this stage may have such an account.
    pub fn check_account(&self, settings: &AccountSettings) -> Result<(), NotWritten> {
        check_account(settings, self.settings.is_production()).map_err(NotWritten::Refused)
    }

    /// Sets these attributes and the notes, and removes the optional ones that have no value; others are left alone. It is refused if
    /// not exactly the changes before this one stand on the item.
    async fn set_item(
        &self,
        key: ItemKey,
        item: Attributes,
        optional: &[&str],
        schema: u32,
        notes: &Notes,
    ) -> Result<(), NotWritten> {
        let mut attributes = item;
        attributes.extend(notes_item::write(notes));
        let optional = optional.iter().chain(&notes_item::OPTIONAL).copied();
        let gone: Vec<&str> = optional.filter(|name| !attributes.contains_key(*name)).collect();
        let before = notes.count.saturating_sub(1);
        let (unchanged, before) = match before {
            0 => ("attribute_not_exists(#changes)", None),
            _ => ("#changes = :before", Some(before)),
        };
        let condition = format!("(attribute_not_exists(pk) OR #schema <= :ours) AND {unchanged}");
        let update = ItemUpdate::new(key, &condition).value("ours", number(schema));
        let update = before.into_iter().fold(update, |update, before| update.value("before", number(before)));
        let update = update.set_all(attributes).remove(gone.into_iter());
        let call = update.call(self)?.return_values_on_condition_check_failure(AllOld);
        let Err(error) = call.send().await else { return Ok(()) };
        let failed = classify(&error);
        match failed.conflict("UpdateItem")? {
            Some(stored) if is_newer(stored, schema) => Err(NotWritten::Newer),
            // An earlier try took effect, and its answer was lost.
            Some(stored) if notes_item::read(stored).as_ref() == Ok(notes) => Ok(()),
            Some(_) | None => Err(NotWritten::Conflict),
        }
    }
}

fn is_newer(stored: &Attributes, schema: u32) -> bool {
    Reader::new(stored).get_as("schema").is_ok_and(|stored: u32| stored > schema)
}

/// A condition that did not hold means `on_conflict`.
fn refused(call: &'static str, failed: &CallFailure, on_conflict: NotWritten) -> NotWritten {
    match failed.conflict(call) {
        Ok(_) => on_conflict,
        Err(unavailable) => unavailable.into(),
    }
}

#[cfg(test)]
mod tests;
