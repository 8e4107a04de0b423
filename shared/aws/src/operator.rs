//! What the team sets up: products and accounts; secrets are in [`crate::rotation`]. Everything is checked first, attributes of a
//! later release survive, and an account's keys are only in its secret. Each change and its record are one transaction.

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};
use till_app::ports::{
    AccountSettings, KeepAccounts, KeepProducts, ListedProduct, Noted, NotedAccounts, Notes, TeamRecord, Unavailable,
};
use till_app::setup::{check_account, check_description, sort_key};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use crate::aws::Aws;
use crate::error::{CallFailure, FailureKind, OrUnavailable as _, Reason, classify};
use crate::item::{Attributes, BadItem, Reader, number};
use crate::keys::{ItemKey, SK};
use crate::update::ItemUpdate;
use crate::{account_item, keys, notes_item, product_item};

pub use till_app::ports::NotWritten;

const CALL: &str = "TransactWriteItems";

impl KeepProducts for Aws {
    async fn noted_products(&self) -> Result<Vec<Noted<ListedProduct>>, Unavailable> {
        let items = self.read_partition(keys::PRODUCTS).await?;
        let read = |item| noted(product_item::read(item), item).or_unavailable("product");
        let mut all: Vec<Noted<ListedProduct>> = items.iter().map(read).collect::<Result<_, _>>()?;
        all.sort_by(|a, b| sort_key(&a.item).cmp(&sort_key(&b.item)));
        Ok(all)
    }

    async fn save_product(&self, product: &Noted<ListedProduct>, record: &TeamRecord) -> Result<(), NotWritten> {
        let Noted { item, notes } = product;
        if let Some(description) = &item.description {
            for text in description.translations.values().chain([&description.original]) {
                check_description(text).map_err(NotWritten::Refused)?;
            }
        }
        let key = keys::product(item.product.kind(), item.product.id());
        let update = change(key, product_item::write(item), &product_item::OPTIONAL, product_item::SCHEMA, notes);
        let saved = self.write_with_record(update, record, product_item::SCHEMA, notes).await;
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

    async fn save_account(&self, account: &Noted<AccountSettings>, record: &TeamRecord) -> Result<(), NotWritten> {
        let Noted { item, notes } = account;
        check_account(item, self.settings.is_production()).map_err(NotWritten::Refused)?;
        let key = keys::account(item.account.provider, &item.account.id);
        let update = change(key, account_item::write(item), &account_item::OPTIONAL, account_item::SCHEMA, notes);
        let saved = self.write_with_record(update, record, account_item::SCHEMA, notes).await;
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

pub(crate) fn noted<T>(item: Result<T, BadItem>, attributes: &Attributes) -> Result<Noted<T>, BadItem> {
    Ok(Noted { item: item?, notes: notes_item::read(attributes)? })
}

impl Aws {
    /// Whether this stage may have such an account.
    pub fn check_account(&self, settings: &AccountSettings) -> Result<(), NotWritten> {
        check_account(settings, self.settings.is_production()).map_err(NotWritten::Refused)
    }

    /// Writes the item and the record of its change, or neither.
    pub(crate) async fn write_with_record(
        &self,
        update: ItemUpdate,
        record: &TeamRecord,
        schema: u32,
        notes: &Notes,
    ) -> Result<(), NotWritten> {
        let items = self.assemble_change(&update, record).or_unavailable(CALL)?;
        let sent = self.clients.dynamodb().transact_write_items().set_transact_items(Some(items)).send().await;
        let Err(error) = sent else { return Ok(()) };
        let failed = classify(&error);
        match met(&failed)? {
            Some(stored) if is_newer(stored, schema) => Err(NotWritten::Newer),
            // An earlier try took effect, and its answer was lost.
            Some(stored) if notes_item::read(stored).as_ref() == Ok(notes) => Ok(()),
            Some(_) | None => Err(NotWritten::Conflict),
        }
    }

    fn assemble_change(&self, update: &ItemUpdate, record: &TeamRecord) -> Result<Vec<TransactWriteItem>, BadItem> {
        let table = self.table().map_err(|Unavailable| BadItem::Missing("table"))?;
        let update: Update = update
            .in_transaction(table)
            .return_values_on_condition_check_failure(AllOld)
            .build()
            .map_err(|_| BadItem::Missing("change"))?;
        let item = TransactWriteItem::builder;
        Ok(vec![item().update(update).build(), item().put(self.team_record_put(table, record)?).build()])
    }
}

/// Sets these attributes and the notes, and removes the optional ones that have no value; others are left alone. It is refused if not
/// exactly the changes before this one stand on the item.
pub(crate) fn change(key: ItemKey, item: Attributes, optional: &[&str], schema: u32, notes: &Notes) -> ItemUpdate {
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
    update.set_all(attributes).remove(gone.into_iter())
}

/// The stored item that a change met, if it met one. Any failure but a conflict is logged.
fn met(failed: &CallFailure) -> Result<Option<&Attributes>, Unavailable> {
    let reasons = match &failed.kind {
        FailureKind::Cancelled(reasons) => reasons,
        FailureKind::Contended => return Ok(None),
        FailureKind::Conflict(_) | FailureKind::Busy | FailureKind::OurFault | FailureKind::NoAnswer => {
            return Err(failed.unavailable(CALL));
        }
    };
    let is_conflict = |reason: &Reason| matches!(reason, Reason::Passed | Reason::Conflict(_) | Reason::Contended);
    if !reasons.iter().all(is_conflict) {
        return Err(failed.unavailable(CALL));
    }
    match reasons.first() {
        Some(Reason::Conflict(stored)) => Ok(stored.as_ref()),
        _ => Ok(None),
    }
}

fn is_newer(stored: &Attributes, schema: u32) -> bool {
    crate::item::Reader::new(stored).get_as("schema").is_ok_and(|stored: u32| stored > schema)
}

#[cfg(test)]
mod tests;
