//! Asks a provider for the disputes of an account. A webhook may be lost for ever, and no question about one payment would be
//! asked again so long after it. The list of an account's disputes is one call for all of its payments, and each dispute in it
//! is settled as a callback's report is.

use till_domain::provider::Account;
use till_domain::time::{Seconds, Time};

use crate::callback::take_in;
use crate::failure::Failure;
use crate::ports::{CallbackAnswer, DisputeLook, DisputePage, KeepDisputeLook, ListDisputes, ListedDispute};
use crate::settle::Settle;
use crate::write::in_time;

/// How far back the list is ever read. Buyers may dispute for about four months, in rare cases for a year and a half, and a
/// bank takes some months to decide.
const LONGEST_LOOK_BACK: Seconds = Seconds::days(730);
/// A list that a look began with is read again from so long before: clocks differ.
const OVERLAP: Seconds = Seconds::hours(1);
/// When an account is asked again whose provider did not answer, or whose look was cut off by a crash.
const NEXT_TRY: Seconds = Seconds::minutes(10);

/// The ports that the flow needs.
pub trait AskDisputes: Settle + ListDisputes + KeepDisputeLook {}

impl<P: Settle + ListDisputes + KeepDisputeLook> AskDisputes for P {}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Looked {
    /// It is not time yet, or another process is at it.
    NotDue,
    /// The provider did not answer; no look came to its end for so long.
    Unanswered {
        silent: Seconds,
    },
    /// Time ran out: a later call goes on with the page that was not settled.
    InPart,
    Through,
}

/// Looks through an account's disputes if `every` has passed since the last time. Of two processes, one does.
pub async fn ask_disputes<P: AskDisputes>(
    ports: &P,
    account: &Account,
    every: Seconds,
    deadline: Time,
) -> Result<Looked, Failure> {
    let now = ports.now();
    let known = ports.load_dispute_look(account).await?;
    let before = known.unwrap_or_else(|| first_look(account, now));
    if now < before.next {
        return Ok(Looked::NotDue);
    }
    if !in_time(ports, deadline) {
        return Ok(Looked::InPart);
    }
    let begun = if before.after.is_none() { now } else { before.begun };
    let Some(mut look) = save(ports, DisputeLook { next: now.plus(NEXT_TRY), begun, ..before }).await? else {
        return Ok(Looked::NotDue);
    };
    while in_time(ports, deadline) {
        let page = ports.list_disputes(account, look.since, look.after.as_ref()).await;
        let Ok(DisputePage { disputes, next }) = page else {
            return Ok(Looked::Unanswered { silent: ports.now().since(look.through) });
        };
        for dispute in disputes {
            if !in_time(ports, deadline) {
                return Ok(Looked::InPart);
            }
            let opened_at = dispute.opened_at;
            if !is_over(ports, account, dispute).await {
                look.oldest_open = Some(look.oldest_open.map_or(opened_at, |oldest| oldest.min(opened_at)));
            }
        }
        let is_last = next.is_none();
        look.after = next;
        let now = ports.now();
        look = if is_last { looked_through(look, every, now) } else { DisputeLook { next: now, ..look } };
        match save(ports, look).await? {
            Some(_) if is_last => return Ok(Looked::Through),
            Some(saved) => look = saved,
            None => return Ok(Looked::NotDue),
        }
    }
    Ok(Looked::InPart)
}

fn first_look(account: &Account, now: Time) -> DisputeLook {
    DisputeLook {
        account: account.clone(),
        version: 0,
        next: now,
        since: now.minus(LONGEST_LOOK_BACK),
        begun: now,
        through: now,
        after: None,
        oldest_open: None,
    }
}

/// After the last page: the next look begins with the oldest dispute that is not decided yet.
fn looked_through(look: DisputeLook, every: Seconds, now: Time) -> DisputeLook {
    let new = look.begun.minus(OVERLAP);
    let since = look.oldest_open.map_or(new, |oldest| oldest.min(new)).max(now.minus(LONGEST_LOOK_BACK));
    DisputeLook { since, next: now.plus(every), through: now, oldest_open: None, ..look }
}

/// Settles a dispute, and returns whether it need not be looked at again. One that fits no order is kept as an orphan.
async fn is_over<P: AskDisputes>(ports: &P, account: &Account, dispute: ListedDispute) -> bool {
    let settled = match take_in(ports, account, dispute.about, None).await {
        CallbackAnswer::Settled | CallbackAnswer::Ignored(_) | CallbackAnswer::SendAgain("orphan") => true,
        CallbackAnswer::SendAgain(_) | CallbackAnswer::Rejected { .. } => false,
    };
    settled && !dispute.is_open
}

/// Saves the next version; `None` if another process was first.
async fn save(ports: &impl KeepDisputeLook, look: DisputeLook) -> Result<Option<DisputeLook>, Failure> {
    let look = DisputeLook { version: look.version.saturating_add(1), ..look };
    Ok(ports.save_dispute_look(&look).await?.then_some(look))
}
