//! Taking a notification in, the same for all providers: a glance, the accounts that it may be for, one that believes it,
//! and then the flow that settles what it says. It acknowledges nothing but what is settled, or is nothing of ours.

mod callbacks;

use till_app::Failure;
use till_app::ports::{
    Enqueue, KeepOrphan, KeepRecord, KeepRejected, LoadOrder, RaiseAlarm, ReadAccounts, ReadSecret, SaveOrder,
};
use till_app::settle::{Settle, settle, settle_foreign};
use till_domain::provider::Account;
use till_domain::time::Time;

pub use callbacks::{Callbacks, Notice};

use crate::error::{Distrust, Error};
use crate::heard::{About, Heard, Reply};
use crate::merchants::{Candidate, Merchants};
use crate::outside::Outside;

/// What a function that takes notifications in needs of the store: no wallet, no socket, and no table of anybody's claims.
pub trait Keeps:
    ReadAccounts + ReadSecret + KeepRejected + LoadOrder + SaveOrder + KeepRecord + KeepOrphan + Enqueue + RaiseAlarm
{
}

impl<S> Keeps for S where
    S: ReadAccounts
        + ReadSecret
        + KeepRejected
        + LoadOrder
        + SaveOrder
        + KeepRecord
        + KeepOrphan
        + Enqueue
        + RaiseAlarm
{
}

/// What came of a notification.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// What its sender gets.
    pub reply: Reply,
    /// Through which account it is valid, or, if it is not, for which of ours it came.
    pub account: Option<Account>,
    /// What it came to.
    pub fate: Fate,
}

/// What a notification came to. Each has a stable word to count it by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// What it says stands in its order, now or already.
    Settled,
    /// It is nothing of ours.
    Nothing(&'static str),
    /// It is to come again: something of ours, or money of nobody here.
    Later(&'static str),
    /// It is not believed.
    Refused(&'static str),
}

impl Fate {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Nothing(word) | Self::Later(word) | Self::Refused(word) => word,
        }
    }
}

/// A notification that an account believes.
struct Valid {
    account: Account,
    heard: Heard,
}

/// A notification that came to nothing.
struct Turned {
    account: Option<Account>,
    why: Why,
}

enum Why {
    /// Our own keys could not be read.
    Unread,
    /// There is no account of ours that it could be for.
    NoAccount,
    Error(Error),
}

impl Turned {
    const fn before_any_account(why: Why) -> Self {
        Self { account: None, why }
    }
}

/// Takes a notification in. `ports` gives the ports of the flow, told what the notification said: the record keeps it.
pub async fn receive<N, S, P>(
    merchants: &Merchants<'_, S>,
    outside: &impl Outside,
    notice: Notice<'_>,
    ports: impl FnOnce(Vec<(&'static str, String)>) -> P,
) -> Received
where
    N: Callbacks,
    S: ReadAccounts + ReadSecret,
    P: Settle,
{
    match hear::<N, S>(merchants, outside, notice).await {
        Ok(Valid { account, heard: Heard { about, facts } }) => {
            let fate = take_in(&ports(facts), &account, about).await;
            let reply = match fate {
                Fate::Settled | Fate::Nothing(_) => N::TAKEN,
                Fate::Later(_) | Fate::Refused(_) => N::NOT_NOW,
            };
            Received { reply, account: Some(account), fate }
        }
        Err(Turned { account, why }) => {
            let (reply, fate) = match why {
                Why::Unread => (N::NOT_NOW, Fate::Later("unavailable")),
                Why::NoAccount => (N::NOT_NOW, Fate::Refused("unknown_account")),
                Why::Error(error) => (N::refused(&error), fate(&error)),
            };
            Received { reply, account, fate }
        }
    }
}

/// Settles what a valid notification says.
async fn take_in<P: Settle>(ports: &P, account: &Account, about: About) -> Fate {
    let settled = match about {
        About::Nothing(why) => return Fate::Nothing(why),
        About::Payment { payment_no, reports } => settle(ports, payment_no, &reports).await.map(drop),
        About::Foreign { number, says } => Err(settle_foreign(ports, &number, account, &says).await),
    };
    match settled {
        Ok(()) => Fate::Settled,
        Err(Failure::Orphan) => Fate::Later("orphan"),
        Err(Failure::Refused(refusal)) => Fate::Later(refusal.code()),
        Err(Failure::Provider { .. } | Failure::Unavailable) => Fate::Later("unavailable"),
    }
}

/// What a notification says, by the first account that believes it. Where none does, keys that do not fit are read anew
/// once: they may just have been changed.
async fn hear<N, S>(merchants: &Merchants<'_, S>, outside: &impl Outside, notice: Notice<'_>) -> Result<Valid, Turned>
where
    N: Callbacks,
    S: ReadAccounts + ReadSecret,
{
    let hint = N::glance(notice, outside.now()).map_err(|why| Turned::before_any_account(Why::Error(why.into())))?;
    let found = merchants.candidates(N::PROVIDER, notice.account, hint.as_deref()).await;
    let mut found = found.map_err(|_| Turned::before_any_account(Why::Unread))?;
    // Who need not ask anybody comes first.
    found.all.sort_by_key(|candidate| !knows::<N>(candidate, hint.as_deref(), outside.now()));
    let account = match found.all.as_slice() {
        [only] => Some(only.account().clone()),
        _ => None,
    };
    let mut turned = if found.is_incomplete { Why::Unread } else { Why::NoAccount };
    for candidate in &found.all {
        match by::<N>(candidate, outside, notice).await {
            Ok(heard) => return Ok(Valid { account: candidate.account().clone(), heard }),
            Err(error) => turned = turned.or(Why::Error(error)),
        }
    }
    if !turned.may_be_stale() {
        return Err(Turned { account, why: turned });
    }
    for candidate in &found.all {
        let Ok(refreshed) = merchants.refreshed(candidate).await else {
            turned = turned.or(Why::Unread);
            continue;
        };
        let Some(refreshed) = refreshed else { continue };
        match by::<N>(&refreshed, outside, notice).await {
            Ok(heard) => return Ok(Valid { account: refreshed.account().clone(), heard }),
            Err(error) => turned = turned.or(Why::Error(error)),
        }
    }
    Err(Turned { account, why: turned })
}

/// Whether an account has the key that a notification says it is signed with.
fn knows<N: Callbacks>(candidate: &Candidate, hint: Option<&str>, now: Time) -> bool {
    candidate.merchants.iter().filter_map(N::of).any(|merchant| merchant.knows(hint, now))
}

/// What an account makes of a notification, by its current secret or by the one before it.
async fn by<N: Callbacks>(candidate: &Candidate, outside: &impl Outside, notice: Notice<'_>) -> Result<Heard, Error> {
    let mut turned = Error::NoAccount;
    for (nth, merchant) in candidate.merchants.iter().filter_map(N::of).enumerate() {
        match merchant.believe(outside, notice).await {
            Ok(heard) => return Ok(heard),
            Err(error) if nth == 0 || weight(&error) > weight(&turned) => turned = error,
            Err(_) => {}
        }
    }
    Err(turned)
}

impl Why {
    /// Of two reasons the one that says more: what is our own fault before what is the sender's, and the sender's by how
    /// far it came.
    fn or(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    const fn weight(&self) -> u8 {
        match self {
            Self::NoAccount => 0,
            Self::Error(error) => weight(error),
            Self::Unread => 5,
        }
    }

    /// Whether other keys could make another verdict.
    const fn may_be_stale(&self) -> bool {
        match self {
            Self::Error(Error::Distrust(why)) => matches!(
                why,
                Distrust::BadSignature | Distrust::UnknownKey | Distrust::Sealed | Distrust::OtherMerchant(_)
            ),
            Self::Error(Error::NoAccount) | Self::Unread => true,
            Self::Error(Error::NoAnswer(_) | Error::Said { .. } | Error::Cannot(_)) | Self::NoAccount => false,
        }
    }
}

const fn weight(error: &Error) -> u8 {
    match error {
        Error::Distrust(Distrust::UnknownKey) => 1,
        Error::Distrust(Distrust::BadSignature) => 2,
        Error::Distrust(_) => 3,
        Error::NoAccount | Error::NoAnswer(_) | Error::Said { .. } | Error::Cannot(_) => 4,
    }
}

const fn fate(error: &Error) -> Fate {
    match error {
        Error::Distrust(why) => Fate::Refused(why.word()),
        Error::NoAnswer(_) => Fate::Later("no_answer"),
        Error::Said { .. } => Fate::Later("provider_said_no"),
        Error::NoAccount => Fate::Later("bad_account"),
        Error::Cannot(_) => Fate::Later("cannot"),
    }
}
