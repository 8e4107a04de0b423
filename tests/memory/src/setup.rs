//! What the team sets up: accounts, products and whether new orders are made, with their notes, written on the condition that nobody changed them in between.

use std::collections::BTreeMap;
use std::sync::Arc;

use till_app::ports::{
    AccountSettings, KeepAccounts, KeepProducts, KeepSales, ListedProduct, LoadSales, NotWritten, Noted, NotedAccounts,
    Notes, Sales, Secret, ShowSales, TeamRecord, Unavailable,
};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductType};
use till_domain::time::Time;

use crate::call::{Answer, Call};
use crate::line::{Line, Ports};
use crate::ports::heard;
use crate::tables::Tables;

/// The notes on accounts, products and sales.
#[derive(Clone, Debug, Default)]
pub struct AllNotes {
    pub accounts: BTreeMap<Account, Notes>,
    pub products: BTreeMap<(ProductType, ProductId), Notes>,
    pub sales: Notes,
}

impl<L: Line> KeepAccounts for Ports<L> {
    async fn noted_accounts(&self) -> Result<NotedAccounts, Unavailable> {
        heard!(self.0, Call::NotedAccounts, Answer::NotedAccounts(all) => Ok(all), else Err(Unavailable))
    }

    async fn save_account(&self, account: &Noted<AccountSettings>, record: &TeamRecord) -> Result<(), NotWritten> {
        heard!(self.0, Call::SaveAccount(Box::new(account.clone()), Box::new(record.clone())),
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

    async fn save_product(&self, product: &Noted<ListedProduct>, record: &TeamRecord) -> Result<(), NotWritten> {
        heard!(self.0, Call::SaveProduct(Box::new(product.clone()), Box::new(record.clone())),
            Answer::Written(written) => written, else Err(NotWritten::Unavailable))
    }
}

impl<L: Line> LoadSales for Ports<L> {
    async fn load_sales(&self) -> Result<Sales, Unavailable> {
        heard!(self.0, Call::LoadSales, Answer::Sales(sales) => Ok(sales), else Err(Unavailable))
    }
}

impl<L: Line> ShowSales for Ports<L> {
    async fn shown_sales(&self) -> Result<Sales, Unavailable> {
        heard!(self.0, Call::ShownSales, Answer::Sales(sales) => Ok(sales), else Err(Unavailable))
    }
}

impl<L: Line> KeepSales for Ports<L> {
    async fn noted_sales(&self) -> Result<Noted<Sales>, Unavailable> {
        heard!(self.0, Call::NotedSales, Answer::NotedSales(sales) => Ok(*sales), else Err(Unavailable))
    }

    async fn save_sales(&self, sales: &Noted<Sales>, record: &TeamRecord) -> Result<(), NotWritten> {
        heard!(self.0, Call::SaveSales(Box::new(sales.clone()), Box::new(record.clone())),
            Answer::Written(written) => written, else Err(NotWritten::Unavailable))
    }
}

/// Whether these notes follow those that stand; `false` if they stand already: a store's client may repeat a write.
fn follows(stand: Option<&Notes>, notes: &Notes) -> Result<bool, NotWritten> {
    let is_next = stand.map_or(0, |stand| stand.count) + 1 == notes.count;
    if is_next || stand == Some(notes) { Ok(is_next) } else { Err(NotWritten::Conflict) }
}

impl Tables {
    /// Does what a call about the set-up asks for; another call has no answer here.
    pub(crate) fn set_up(&mut self, call: &Call, now: Time) -> Answer {
        match call {
            Call::NotedAccounts => Answer::NotedAccounts(self.noted_accounts()),
            Call::NotedProducts => Answer::NotedProducts(self.noted_products()),
            Call::SaveAccount(account, record) => Answer::Written(self.save_account(account, record)),
            Call::SaveProduct(product, record) => Answer::Written(self.save_product(product, record)),
            Call::SaveAccountSecret(account, json) => {
                self.save_account_secret(account, json, now);
                Answer::Written(Ok(()))
            }
            Call::LoadSales | Call::ShownSales => Answer::Sales(self.sales.clone()),
            Call::NotedSales => Answer::NotedSales(Box::new(self.noted_sales())),
            Call::SaveSales(sales, record) => Answer::Written(self.save_sales(sales, record)),
            _ => Answer::Unavailable,
        }
    }

    pub(crate) fn accounts_of(&self, provider: Provider) -> Vec<AccountSettings> {
        let is_one = |account: &Account| account.provider == provider && !self.unreadable_accounts.contains(account);
        self.accounts.iter().filter(|settings| is_one(&settings.account)).cloned().collect()
    }

    fn noted_accounts(&self) -> NotedAccounts {
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

    fn noted_products(&self) -> Vec<Noted<ListedProduct>> {
        let noted = |item: ListedProduct| {
            let name = (item.product.kind().clone(), item.product.id().clone());
            let notes = self.notes.products.get(&name).cloned().unwrap_or_default();
            Noted { item, notes }
        };
        self.displayed().into_iter().map(noted).collect()
    }

    fn save_account(&mut self, account: &Noted<AccountSettings>, record: &TeamRecord) -> Result<(), NotWritten> {
        let Noted { item, notes } = account;
        if follows(self.notes.accounts.get(&item.account), notes)? {
            self.team_records.push(record.clone());
        }
        self.notes.accounts.insert(item.account.clone(), notes.clone());
        self.put_account(item.clone());
        Ok(())
    }

    fn save_product(&mut self, product: &Noted<ListedProduct>, record: &TeamRecord) -> Result<(), NotWritten> {
        let Noted { item, notes } = product;
        let name = (item.product.kind().clone(), item.product.id().clone());
        if follows(self.notes.products.get(&name), notes)? {
            self.team_records.push(record.clone());
        }
        self.notes.products.insert(name, notes.clone());
        self.put_product(item.clone());
        Ok(())
    }

    fn noted_sales(&self) -> Noted<Sales> {
        Noted { item: self.sales.clone(), notes: self.notes.sales.clone() }
    }

    fn save_sales(&mut self, sales: &Noted<Sales>, record: &TeamRecord) -> Result<(), NotWritten> {
        if follows(Some(&self.notes.sales), &sales.notes)? {
            self.team_records.push(record.clone());
        }
        self.notes.sales = sales.notes.clone();
        self.sales = sales.item.clone();
        Ok(())
    }

    fn save_account_secret(&mut self, account: &AccountId, json: &str, now: Time) {
        let name = format!("account/{account}");
        let before = self.edge.secrets.get(&name).map(|(secret, _)| Arc::clone(&secret.current));
        if before.as_deref() != Some(json) {
            let secret = Secret { current: Arc::from(json), previous: before };
            self.edge.write(&name, secret, now);
        }
    }
}
