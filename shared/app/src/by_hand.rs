//! Changing a wallet by hand: a person of the team gives, extends a membership, or takes back. A key changes once.

use till_domain::product::{Grant, MembershipGrant};
use till_domain::refusal::Refusal;
use till_domain::text::{Key, Reason, UserId};
use till_domain::wallet::{ByHand, Change, Entry, Portion, Source, Wallet};

use crate::caller::Caller;
use crate::conflicts::{Try, until_no_conflict};
use crate::failure::Failure;
use crate::ports::{Commit, Committed};
use crate::spend::Spend;
use crate::team_record::of_entry;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct HandRequest {
    pub user: UserId,
    pub key: Key,
    pub asked: Asked,
    pub reason: Reason,
    /// The person of the team, for the audit.
    pub by: Caller,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Asked {
    Grant(Vec<Grant>),
    Extend {
        days: u32,
    },
    /// As much of this as there is.
    Revoke(Portion),
}

/// What was done, and the wallet as it stands now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangedByHand {
    pub wallet: Wallet,
    pub entry: Entry,
}

/// Changes a wallet. A repeated key changes nothing, and returns what its first request did and the wallet as it stands now.
pub async fn change_by_hand<P: Spend>(ports: &P, request: &HandRequest) -> Result<ChangedByHand, Failure> {
    let source = Source::Admin(request.key.clone());
    until_no_conflict(ports, async || {
        let mut wallet = ports.load_wallet(&request.user).await?;
        let now = ports.now();
        let entered = decide(&wallet.at(now), &request.asked).and_then(|done| {
            let (key, reason) = (request.key.clone(), request.reason.clone());
            let entry = Entry::by_hand(key, done, reason, now, wallet.next_version())?;
            wallet.apply(&entry).map(|()| entry)
        });
        let committed = match &entered {
            Ok(entry) => {
                let (user, by) = (&request.user, Some(&request.by));
                let record = of_entry(user, entry, &request.by);
                let (wallet, record) = (&wallet, record.as_ref());
                ports.commit(Commit { order: None, user, wallet, entry, unchanged: &[], by, record }).await?
            }
            // What it asks for may be refused now because it was done before.
            Err(_) => Committed::Duplicate,
        };
        match (committed, entered) {
            (Committed::Yes, Ok(entry)) => Ok(Try::Done(ChangedByHand { wallet: wallet.at(now), entry })),
            (Committed::Conflict, _) => Ok(Try::Conflict),
            (Committed::Yes | Committed::Duplicate, entered) => match ports.load_entry(&request.user, &source).await? {
                Some(entry) => repeated(ports, request, entry).await.map(Try::Done),
                None => Err(entered.err().map_or(Failure::Unavailable, Failure::from)),
            },
        }
    })
    .await
}

/// What is to be done to the wallet as it stands. It leaves the room that paid orders need.
fn decide(wallet: &Wallet, asked: &Asked) -> Result<ByHand, Refusal> {
    match asked {
        Asked::Grant(grants) => wallet.has_room(grants).map(|()| ByHand::Grant(grants.clone())),
        Asked::Extend { days } => {
            let more = MembershipGrant::new(wallet.extendable()?.clone(), *days);
            let more = more.map_err(|_| Refusal::InvalidField { field: "days", rule: "must be 1 to 3650" })?;
            wallet.has_room(&[Grant::Membership(more.clone())])?;
            Ok(ByHand::Extend(more))
        }
        Asked::Revoke(asked) => Ok(ByHand::Revoke { asked: asked.clone(), taken: wallet.takeable(asked) }),
    }
}

async fn repeated<P: Spend>(ports: &P, request: &HandRequest, entry: Entry) -> Result<ChangedByHand, Failure> {
    if !is_answer_to(&entry, request) {
        return Err(Refusal::IdempotencyConflict.into());
    }
    let wallet = ports.load_wallet(&request.user).await?.at(ports.now());
    Ok(ChangedByHand { wallet, entry })
}

fn is_answer_to(entry: &Entry, request: &HandRequest) -> bool {
    let Change::Admin { done, reason, key: _ } = entry.change() else { return false };
    let is_same = match (done, &request.asked) {
        (ByHand::Grant(given), Asked::Grant(asked)) => given == asked,
        // Which tier it was is decided once, by the first request.
        (ByHand::Extend(given), Asked::Extend { days }) => given.days() == *days,
        (ByHand::Revoke { asked: before, taken: _ }, Asked::Revoke(asked)) => before == asked,
        (ByHand::Grant(_) | ByHand::Extend(_) | ByHand::Revoke { .. }, _) => false,
    };
    is_same && *reason == request.reason
}
