//! Spending points or quota: a ledger entry under the caller's key, once, and never below zero.

use till_domain::refusal::Refusal;
use till_domain::text::{Key, QuotaName, Reason, UserId};
use till_domain::wallet::{Change, Entry, Source, Wallet};

use crate::caller::Caller;
use crate::conflicts::{Try, until_no_conflict};
use crate::failure::Failure;
use crate::ports::{Clock, Commit, CommitGoods, Committed, LoadEntry, LoadWallet};

pub trait Spend: LoadWallet + LoadEntry + CommitGoods + Clock {}

impl<P: LoadWallet + LoadEntry + CommitGoods + Clock> Spend for P {}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Spending {
    pub user: UserId,
    pub key: Key,
    pub points: u64,
    pub quota: Option<(QuotaName, u64)>,
    pub reason: Reason,
    /// The program of the team that spends, for the audit.
    pub by: Caller,
}

/// Spends, and returns the wallet afterwards. A repeated key spends nothing and returns the wallet as it stands now.
pub async fn spend<P: Spend>(ports: &P, spending: &Spending) -> Result<Wallet, Failure> {
    let source = Source::Spend(spending.key.clone());
    until_no_conflict(ports, async || {
        let mut wallet = ports.load_wallet(&spending.user).await?;
        let now = ports.now();
        let entry = Entry::spend(
            spending.key.clone(),
            spending.points,
            spending.quota.clone(),
            spending.reason.clone(),
            now,
            wallet.next_version(),
        )?;
        let committed = match wallet.apply(&entry) {
            Ok(()) => {
                let (user, by) = (&spending.user, Some(&spending.by));
                let (wallet, entry) = (&wallet, &entry);
                ports.commit(Commit { order: None, user, wallet, entry, unchanged: &[], by, record: None }).await?
            }
            // The wallet may be too low because this same key was spent before.
            Err(refusal) => match ports.load_entry(&spending.user, &source).await? {
                Some(_) => Committed::Duplicate,
                None => return Err(refusal.into()),
            },
        };
        match committed {
            Committed::Yes => Ok(Try::Done(wallet.at(now))),
            Committed::Conflict => Ok(Try::Conflict),
            Committed::Duplicate => repeated(ports, spending, &source).await.map(Try::Done),
        }
    })
    .await
}

async fn repeated<P: Spend>(ports: &P, spending: &Spending, source: &Source) -> Result<Wallet, Failure> {
    let entry = ports.load_entry(&spending.user, source).await?.ok_or(Failure::Unavailable)?;
    let same = match entry.change() {
        Change::Spend { points, quota, reason, key: _ } => {
            *points == spending.points && *quota == spending.quota && *reason == spending.reason
        }
        Change::Grant { .. } | Change::Revoke { .. } | Change::Admin { .. } => false,
    };
    if !same {
        return Err(Refusal::IdempotencyConflict.into());
    }
    Ok(ports.load_wallet(&spending.user).await?.at(ports.now()))
}
