//! Reads of wallets and ledgers. Only the transaction that grants, revokes or spends writes them.

use till_app::ports::{ListEntries, LoadEntry, LoadWallet, Unavailable};
use till_domain::text::UserId;
use till_domain::wallet::{Entry, Source, Wallet};

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::Attributes;
use crate::{keys, ledger_item, wallet_item};

impl LoadWallet for Aws {
    async fn load_wallet(&self, user: &UserId) -> Result<Wallet, Unavailable> {
        let item = self.read_item(&keys::wallet(user)).await?;
        item.map_or(Ok(Wallet::new()), |item| wallet_item::read(&item).or_unavailable("wallet"))
    }
}

impl LoadEntry for Aws {
    async fn load_entry(&self, user: &UserId, source: &Source) -> Result<Option<Entry>, Unavailable> {
        let item = self.read_item(&keys::ledger(user, source)).await?;
        item.as_ref().map(read_entry).transpose()
    }
}

impl ListEntries for Aws {
    async fn list_entries(&self, user: &UserId) -> Result<Vec<Entry>, Unavailable> {
        let Some(wallet) = self.read_item(&keys::wallet(user)).await? else { return Ok(Vec::new()) };
        let sources = wallet_item::newest(&wallet).or_unavailable("wallet")?;
        let places: Vec<_> = sources.iter().map(|source| keys::ledger(user, source)).collect();
        let items = self.read_items(&places).await?;
        let mut entries: Vec<Entry> = items.iter().map(read_entry).collect::<Result<_, _>>()?;
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.version()));
        Ok(entries)
    }
}

fn read_entry(item: &Attributes) -> Result<Entry, Unavailable> {
    ledger_item::read(item).or_unavailable("ledger entry")
}

#[cfg(test)]
mod tests;
