//! What the team sets up: accounts and products with their notes, written on the condition that nobody changed them in between.

use std::collections::BTreeMap;
use std::sync::Arc;

use till_app::ports::{
    AccountSettings, KeepAccounts, KeepProducts, ListedProduct, NotWritten, Noted, NotedAccounts, Notes, Secret,
    Unavailable,
};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductType};
use till_domain::time::Time;

use crate::call::{Answer, Call};
use crate::line::{Line, Ports};
use crate::ports::heard;
use crate::tables::Tables;

/// The notes on accounts and products.
#[derive(Clone, Debug, Default)]
pub struct AllNotes {
    pub accounts: BTreeMap<Account, Notes>,
    pub products: BTreeMap<(ProductType, ProductId), Notes>,
}

impl<L: Line> KeepAccounts for Ports<L> {
    async fn noted_accounts(&self) -> Result<NotedAccounts, Unavailable> {
        heard!(self.0, Call::NotedAccounts, Answer::NotedAccounts(all) => Ok(all), else Err(Unavailable))
    }

    async fn save_account(&self, account: &Noted<AccountSettings>) -> Result<(), NotWritten> {
        heard!(self.0, Call::SaveAccount(Box::new(account.clone())),
            Answer::Written(written) => written, else Err(NotWritten::Unavailable))
    }

    async fn save_account_secret(&self, account: &AccountId, json: &str) -> Result<(), NotWritten> {
        heard!(self.0, Call::SaveAccountSecret(account.clone(), json.to_owned()),
            Answer::Written(written) => written, else Err(NotWritten::Unavailable))
    }
}

impl<L: Line> KeepProducts for Ports<L> {
    async fn noted_products(&self) -> Result<Vec<Noted<ListedProduct>>, Unavailable> {
        heard!(self.0, Call::NotedProducts, Answer::NotedProducts(all) => Ok(all), else Err(Unavailable))
    }

    async fn save_product(&self, product: &Noted<ListedProduct>) -> Result<(), NotWritten> {
        heard!(self.0, Call::SaveProduct(Box::new(product.clone())),
            Answer::Written(written) => written, else Err(NotWritten::Unavailable))
    }
}

/// Whether these notes may follow those that stand. The same write again succeeds: a store's client may repeat it.
fn follows(stand: Option<&Notes>, notes: &Notes) -> Result<(), NotWritten> {
    let is_next = stand.map_or(0, |stand| stand.count) + 1 == notes.count;
    if is_next || stand == Some(notes) { Ok(()) } else { Err(NotWritten::Conflict) }
}

impl Tables {
    pub(crate) fn accounts_of(&self, provider: Provider) -> Vec<AccountSettings> {
        let is_one = |account: &Account| account.provider == provider && !self.unreadable_accounts.contains(account);
        self.accounts.iter().filter(|settings| is_one(&settings.account)).cloned().collect()
    }

    pub(crate) fn noted_accounts(&self) -> NotedAccounts {
        let noted = |item: &AccountSettings| {
            let notes = self.notes.accounts.get(&item.account).cloned().unwrap_or_default();
            Noted { item: item.clone(), notes }
        };
        let mut all: Vec<Noted<AccountSettings>> = self.accounts.iter().map(noted).collect();
        all.sort_by(|a, b| a.item.account.cmp(&b.item.account));
        let is_unreadable = |noted: &Noted<AccountSettings>| self.unreadable_accounts.contains(&noted.item.account);
        let (unreadable, accounts): (Vec<_>, Vec<_>) = all.into_iter().partition(is_unreadable);
        NotedAccounts { accounts, unreadable: unreadable.into_iter().map(|noted| noted.item.account).collect() }
    }

    pub(crate) fn noted_products(&self) -> Vec<Noted<ListedProduct>> {
        let noted = |item: ListedProduct| {
            let name = (item.product.kind().clone(), item.product.id().clone());
            let notes = self.notes.products.get(&name).cloned().unwrap_or_default();
            Noted { item, notes }
        };
        self.displayed().into_iter().map(noted).collect()
    }

    pub(crate) fn save_account(&mut self, account: &Noted<AccountSettings>) -> Result<(), NotWritten> {
        let Noted { item, notes } = account;
        follows(self.notes.accounts.get(&item.account), notes)?;
        self.notes.accounts.insert(item.account.clone(), notes.clone());
        self.put_account(item.clone());
        Ok(())
    }

    pub(crate) fn save_product(&mut self, product: &Noted<ListedProduct>) -> Result<(), NotWritten> {
        let Noted { item, notes } = product;
        let name = (item.product.kind().clone(), item.product.id().clone());
        follows(self.notes.products.get(&name), notes)?;
        self.notes.products.insert(name, notes.clone());
        self.put_product(item.clone());
        Ok(())
    }

    pub(crate) fn save_account_secret(&mut self, account: &AccountId, json: &str, now: Time) {
        let name = format!("account/{account}");
        let before = self.edge.secrets.get(&name).map(|(secret, _)| Arc::clone(&secret.current));
        if before.as_deref() != Some(json) {
            let secret = Secret { current: Arc::from(json), previous: before };
            self.edge.write(&name, secret, now);
        }
    }
}
