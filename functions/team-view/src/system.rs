//! Whether money is stuck: what is paid and not granted, what is overdue, what waits for a person, and when each account was last
//! paid through. It looks at the newest orders, at what is due and at what owes money or goods, so that it costs the same however much
//! is stored. A part that cannot be looked at, or an order that cannot be read, does not hide the others.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use till_app::ports::{
    AccountSettings, Clock, DuePart, FindDue, HeldOrder, InspectQueues, ListHeld, ListNumbers, ListOrphans,
    ListRejected, LoadOrders, LoadedOrders, QueueDepth, ReadAccounts, Unavailable,
};
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::order::{AttemptState, Fulfilment, Order, Status};
use till_domain::provider::{Account, Provider};
use till_domain::time::{Seconds, Time};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::Instant;

use crate::Action;

/// The newest orders, of today and yesterday, that are looked through.
const MOST_ORDERS: usize = 200;
/// Orders that owe money or goods and are looked through, those that are tried first.
const MOST_OWING: usize = 200;
/// A grant that fails is tried again within an hour, so it is not overdue while it waits. An entry of the index is never late.
const TRIED_AGAIN_WITHIN: Seconds = Seconds::hours(2);
/// Of each list so much is counted; more is said to be more.
const MOST_COUNTED: usize = 100;
/// Orders that are named in each part.
const MOST_NAMED: usize = 10;
/// A sweep comes each minute, and an entry of the index of due orders may be two minutes early.
const USUALLY_LATE: Seconds = Seconds::minutes(3);
/// The queue hands on a task within seconds; a lost one is found by the sweep after a minute.
const USUALLY_GRANTED_WITHIN: Seconds = Seconds::minutes(2);

/// In the order in which they outdo each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Nothing waits.
    Ok,
    /// A person has to decide something, or to look at what could not be looked at here; the rest moves.
    NeedsAPerson,
    /// Money or goods wait for longer than they should.
    Stuck,
}

#[derive(Serialize)]
struct Answer {
    verdict: Verdict,
    /// The parts that could not be looked at now, which are null.
    failed: Vec<&'static str>,
    paid_not_granted: Option<Waiting>,
    overdue: Option<Waiting>,
    unreadable: Option<Unreadable>,
    queues: Option<Vec<QueueShape>>,
    holds: Option<Counted>,
    orphans: Option<Counted>,
    rejected_today: Option<RejectedShape>,
    accounts: Option<Vec<AccountShape>>,
    looked_through: Option<LookedThrough>,
    as_of: Instant,
}

/// Orders that wait for something that should have happened.
#[derive(Default, Serialize)]
struct Waiting {
    count: usize,
    /// Whether there are more than were counted.
    more: bool,
    /// How long the one that has waited longest does.
    longest_seconds: u32,
    /// Some of them, those that have waited longest first.
    orders: Vec<String>,
}

/// Orders that cannot be read, among those that were looked through: nothing happens to them.
#[derive(Serialize)]
struct Unreadable {
    count: usize,
    /// Some of them, the newest first.
    orders: Vec<String>,
}

#[derive(Serialize)]
struct Counted {
    count: usize,
    more: bool,
    /// Since when the first of them has waited, if that is known.
    since: Option<Instant>,
}

#[derive(Serialize)]
struct QueueShape {
    queue: &'static str,
    waiting: u64,
    dead: u64,
}

#[derive(Serialize)]
struct RejectedShape {
    count: usize,
    more: bool,
    reasons: BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct AccountShape {
    provider: &'static str,
    account: String,
    is_on: bool,
    is_default: bool,
    /// Among the orders that were looked through.
    last_payment: Option<Instant>,
    paid: usize,
    /// Attempts that can still be paid.
    open: usize,
    /// Attempts about which the provider did not answer the last question.
    unanswered: usize,
}

#[derive(Serialize)]
struct LookedThrough {
    orders: usize,
    /// When the oldest of them was made.
    since: Option<Instant>,
}

pub async fn answer<P>(ports: &P, call: &Call<'_, Action>) -> Result<Response, Problem>
where
    P: ListNumbers
        + LoadOrders
        + ListHeld
        + ListOrphans
        + ListRejected
        + FindDue
        + InspectQueues
        + ReadAccounts
        + Clock,
{
    call.check_parameters(&[])?;
    let now = ports.now();
    let look = look(ports, now).await.ok();
    let (look, newest) = (look.as_ref(), look.as_ref().filter(|look| look.has_newest));
    let accounts = read_accounts(ports).await.ok();
    let answer = Answer {
        verdict: Verdict::Ok,
        failed: Vec::new(),
        paid_not_granted: newest.and_then(|look| Some(paid_not_granted(look.orders(), now, look.more_owing?))),
        overdue: look.and_then(|look| Some(overdue(look.orders(), now, look.more_due?))),
        unreadable: look.map(|look| unreadable(&look.loaded.unreadable)),
        queues: ports.inspect_queues().await.ok().map(|queues| queues.into_iter().map(queue).collect()),
        holds: ports.list_held(None, MOST_COUNTED.saturating_add(1)).await.ok().map(|held| holds(&held)),
        orphans: orphans(ports).await.ok(),
        rejected_today: rejected(ports, Day::of(now)).await.ok(),
        accounts: newest.zip(accounts).map(|(look, all)| all.iter().map(|one| account(one, look.orders())).collect()),
        looked_through: newest.map(|look| looked_through(look.orders())),
        as_of: Instant(now),
    };
    let answer = Answer { failed: failed(&answer), ..answer };
    Ok(json(200, &Answer { verdict: verdict(&answer), ..answer }))
}

/// The orders that are looked through, and which of the three ways to find them answered.
struct Look {
    loaded: LoadedOrders,
    has_newest: bool,
    /// Whether more are overdue than are counted.
    more_due: Option<bool>,
    /// Whether more owe money or goods than are looked through.
    more_owing: Option<bool>,
}

impl Look {
    fn orders(&self) -> &[Order] {
        &self.loaded.orders
    }
}

async fn look(ports: &(impl ListNumbers + LoadOrders + FindDue), now: Time) -> Result<Look, Unavailable> {
    let days = Days { first: Day::of(now).minus(1), last: Day::of(now) };
    let newest = ports.list_numbers(days, None, MOST_ORDERS).await.map(|page| page.numbers);
    let due = ports.find_due(DuePart::All, now.minus(USUALLY_LATE), MOST_COUNTED.saturating_add(1)).await;
    let until = now.plus(TRIED_AGAIN_WITHIN);
    let owing = ports.find_due(DuePart::MoneyOrGoods, until, MOST_OWING.saturating_add(1)).await;
    let found = [(&newest, MOST_ORDERS), (&due, MOST_COUNTED), (&owing, MOST_OWING)];
    let found = found.into_iter().flat_map(|(numbers, most)| numbers.iter().flatten().take(most));
    let numbers: Vec<OrderNo> = found.copied().collect::<BTreeSet<_>>().into_iter().collect();
    Ok(Look {
        loaded: ports.load_orders(&numbers).await?,
        has_newest: newest.is_ok(),
        more_due: due.ok().map(|due| due.len() > MOST_COUNTED),
        more_owing: owing.ok().map(|owing| owing.len() > MOST_OWING),
    })
}

async fn read_accounts(ports: &impl ReadAccounts) -> Result<Vec<AccountSettings>, Unavailable> {
    let mut accounts = Vec::new();
    for provider in Provider::ALL {
        accounts.extend(ports.read_accounts(provider).await?);
    }
    Ok(accounts)
}

fn failed(answer: &Answer) -> Vec<&'static str> {
    let parts = [
        ("paid_not_granted", answer.paid_not_granted.is_none()),
        ("overdue", answer.overdue.is_none()),
        ("unreadable", answer.unreadable.is_none()),
        ("queues", answer.queues.is_none()),
        ("holds", answer.holds.is_none()),
        ("orphans", answer.orphans.is_none()),
        ("rejected_today", answer.rejected_today.is_none()),
        ("accounts", answer.accounts.is_none()),
        ("looked_through", answer.looked_through.is_none()),
    ];
    parts.into_iter().filter(|(_, is_missing)| *is_missing).map(|(part, _)| part).collect()
}

fn verdict(answer: &Answer) -> Verdict {
    let waits = |part: &Option<Waiting>| part.as_ref().is_some_and(|part| part.count > 0);
    let counts = |part: &Option<Counted>| part.as_ref().is_some_and(|part| part.count > 0);
    let is_stuck = waits(&answer.paid_not_granted)
        || waits(&answer.overdue)
        || answer.queues.iter().flatten().any(|queue| queue.dead > 0);
    let is_for_a_person = counts(&answer.holds)
        || answer.orphans.as_ref().is_some_and(|part| part.count > 0 || part.more)
        || answer.unreadable.as_ref().is_some_and(|unreadable| unreadable.count > 0)
        || !answer.failed.is_empty();
    match (is_stuck, is_for_a_person) {
        (true, _) => Verdict::Stuck,
        (false, true) => Verdict::NeedsAPerson,
        (false, false) => Verdict::Ok,
    }
}

/// An order on hold waits for a person, and is counted there.
fn paid_not_granted(orders: &[Order], now: Time, more: bool) -> Waiting {
    let waits = orders.iter().filter(|order| order.fulfilment() == Fulfilment::Queued && order.holds().is_empty());
    let since = waits.filter_map(|order| Some((order.kept()?.paid_at, order.no)));
    waiting(since, now, USUALLY_GRANTED_WITHIN, more)
}

fn overdue(orders: &[Order], now: Time, more: bool) -> Waiting {
    waiting(orders.iter().filter_map(|order| Some((order.due_at()?, order.no))), now, USUALLY_LATE, more)
}

fn waiting(since: impl Iterator<Item = (Time, OrderNo)>, now: Time, usual: Seconds, more: bool) -> Waiting {
    let mut waits: Vec<(Time, OrderNo)> = since.filter(|(since, _)| now.since(*since) > usual).collect();
    waits.sort_unstable();
    Waiting {
        count: waits.len(),
        more,
        longest_seconds: waits.first().map_or(0, |(since, _)| now.since(*since).0),
        orders: waits.iter().take(MOST_NAMED).map(|(_, no)| no.to_string()).collect(),
    }
}

fn unreadable(numbers: &[OrderNo]) -> Unreadable {
    let orders = numbers.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    Unreadable { count: numbers.len(), orders }
}

fn queue(depth: QueueDepth) -> QueueShape {
    let QueueDepth { queue, waiting, dead } = depth;
    QueueShape { queue, waiting, dead }
}

fn holds(held: &[HeldOrder]) -> Counted {
    Counted {
        count: held.len().min(MOST_COUNTED),
        more: held.len() > MOST_COUNTED,
        since: held.first().map(|first| Instant(first.since)),
    }
}

async fn orphans(ports: &impl ListOrphans) -> Result<Counted, Problem> {
    let open = ports.list_open_orphans(None, MOST_COUNTED).await?;
    let since = open.items.first().map(|first| Instant(first.orphan.at));
    // One that cannot be read may be open.
    let count = open.items.len().saturating_add(open.unreadable.len());
    Ok(Counted { count, more: open.next.is_some(), since })
}

async fn rejected(ports: &impl ListRejected, day: Day) -> Result<RejectedShape, Problem> {
    let page = ports.list_rejected(day, None, MOST_COUNTED).await?;
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for kept in &page.items {
        let count = reasons.entry(kept.reason.clone()).or_default();
        *count = count.saturating_add(1);
    }
    Ok(RejectedShape { count: page.items.len(), more: page.next.is_some(), reasons })
}

fn account(settings: &AccountSettings, orders: &[Order]) -> AccountShape {
    let is_its = |account: &Account| *account == settings.account;
    let attempts = || orders.iter().flat_map(|order| &order.attempts).filter(|attempt| is_its(&attempt.account));
    let payments = orders.iter().flat_map(|order| &order.payments).filter(|payment| is_its(&payment.account));
    let payable = orders.iter().filter(|order| order.status() == Status::Pending).flat_map(|order| &order.attempts);
    let is_open = |state| matches!(state, AttemptState::Open | AttemptState::Processing);
    let mut paid_at: Vec<Time> = payments.map(|payment| payment.paid_at).collect();
    paid_at.sort_unstable();
    AccountShape {
        provider: settings.account.provider.as_str(),
        account: settings.account.id.to_string(),
        is_on: settings.is_on,
        is_default: settings.is_default,
        last_payment: paid_at.last().copied().map(Instant),
        paid: paid_at.len(),
        open: payable.filter(|attempt| is_its(&attempt.account) && is_open(attempt.state)).count(),
        unanswered: attempts().filter(|attempt| attempt.unanswered > 0).count(),
    }
}

fn looked_through(orders: &[Order]) -> LookedThrough {
    let since = orders.iter().map(|order| order.created_at).min();
    LookedThrough { orders: orders.len(), since: since.map(Instant) }
}
