//! Delivering goods and taking them back, in one transaction of order, wallet and ledger, so that each happens once.

use till_domain::id::OrderNo;
use till_domain::order::{Duty, May, Order};
use till_domain::refusal::Refusal;
use till_domain::time::Time;
use till_domain::wallet::{Entry, Source, Wallet};

use crate::conflicts::{Try, until_no_conflict};
use crate::failure::Failure;
use crate::figures::order_granted;
use crate::ports::{Cause, Commit, CommitGoods, Committed, Enqueue, LoadEntry, LoadWallet, Push, RaiseAlarm, Task};
use crate::push::push_status;
use crate::tell::tell;
use crate::upgrade_basis::UpgradeBasis;
use crate::write::{Change, Write, Writer, load, write};

const WRITER: Writer<'static> = Writer::new(Cause::Task, May::Enqueue);

pub trait Fulfil: Write + LoadWallet + LoadEntry + CommitGoods + Enqueue + RaiseAlarm + Push {}

impl<P: Write + LoadWallet + LoadEntry + CommitGoods + Enqueue + RaiseAlarm + Push> Fulfil for P {}

/// Does a task if it is a duty of its order; a task that comes late, twice or forged does nothing. Only `Ok` may be
/// acknowledged to the queue. `known` saves the first read of the order; the transaction is on condition of its version.
pub async fn fulfil<P: Fulfil>(ports: &P, task: Task, known: Option<Order>) -> Result<(), Failure> {
    let mut known = known.filter(|order| order.no == task.order());
    until_no_conflict(ports, async || {
        let mut order = match known.take() {
            Some(order) => order,
            None => load(ports, task.order()).await?,
        };
        let owed = match task {
            Task::Grant(_) => order.owes(Duty::Grant),
            Task::Revoke(_) => order.owes(Duty::Revoke),
        };
        if !owed {
            return Ok(Try::Done(()));
        }
        let mut wallet = ports.load_wallet(&order.sold.user).await?;
        let (entry, unchanged) = match task {
            Task::Grant(_) => match grant(ports, &mut order, &mut wallet).await {
                Err(Failure::Refused(Refusal::Superseded)) => return supersede(ports, order.no).await.map(Try::Done),
                granted => granted?,
            },
            Task::Revoke(_) => {
                let granting = granting(ports, &order, &wallet).await?;
                (revoke(&mut order, &mut wallet, granting.as_ref(), ports.now())?, Vec::new())
            }
        };
        let taken = order.claim(ports.now(), WRITER.may);
        let commit = Commit {
            order: Some(&order),
            user: &order.sold.user,
            wallet: &wallet,
            entry: &entry,
            unchanged: &unchanged,
            by: None,
            record: None,
        };
        match ports.commit(commit).await? {
            Committed::Yes => {
                if let Task::Grant(_) = task {
                    order_granted(&order, ports.now());
                }
                push_status(ports, &order).await;
                tell(ports, order, taken, WRITER).await;
                Ok(Try::Done(()))
            }
            // Both mean that the loaded order or wallet is stale.
            Committed::Conflict | Committed::Duplicate => Ok(Try::Conflict),
        }
    })
    .await
}

/// Applies a grant. Also returns the versions of the orders that an upgrade replaces: these must not be refunded
/// meanwhile.
async fn grant<P: Fulfil>(
    ports: &P,
    order: &mut Order,
    wallet: &mut Wallet,
) -> Result<(Entry, Vec<(OrderNo, u64)>), Failure> {
    let mut rests_on = Vec::new();
    let first_round = order.granting.round == 1;
    if let Some(upgrade) = order.sold.upgrade.clone().filter(|_| first_round) {
        let replaced = upgrade.replaced.iter().map(|credit| credit.source.order);
        let basis = UpgradeBasis::load(ports, replaced, order.sold.price.currency()).await?;
        if !upgrade.still_holds(|no| basis.of(no).kept) {
            return Err(Refusal::Superseded.into());
        }
        rests_on = basis.versions();
    }
    let entry = order.grant(wallet.next_version(), ports.now())?;
    wallet.apply(&entry)?;
    Ok((entry, rests_on))
}

/// The entry of the order's granting, if it matters: a person may have taken some of its points since.
async fn granting<P: Fulfil>(ports: &P, order: &Order, wallet: &Wallet) -> Result<Option<Entry>, Failure> {
    if wallet.points_by_hand().taken.is_empty() {
        return Ok(None);
    }
    Ok(ports.load_entry(&order.sold.user, &Source::Grant(order.source())).await?)
}

fn revoke(order: &mut Order, wallet: &mut Wallet, granting: Option<&Entry>, now: Time) -> Result<Entry, Failure> {
    let entry = order.revoke(wallet.next_version(), now)?.sparing(granting);
    wallet.apply(&entry)?;
    Ok(entry)
}

/// Gives up an upgrade whose replaced membership is gone: its money goes back.
async fn supersede<P: Fulfil>(ports: &P, no: OrderNo) -> Result<(), Failure> {
    let superseded = write(ports, no, None, WRITER, |order, now| order.supersede(now).map(|()| Change::Done(()))).await;
    match superseded {
        Ok(written) => {
            tell(ports, written.order, written.taken, WRITER).await;
            Ok(())
        }
        // Another worker has already done it.
        Err(Failure::Refused(Refusal::NotDue)) => Ok(()),
        Err(failure) => Err(failure),
    }
}
