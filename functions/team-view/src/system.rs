//! Whether money is stuck: what is paid and not granted, what is overdue, what waits for a person, and when each account was last
//! paid through. It looks at the newest orders and at what is due, so that it costs the same however much is stored.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use till_app::ports::{
    AccountSettings, Clock, DuePart, FindDue, HeldOrder, InspectQueues, ListHeld, ListNumbers, ListOrphans,
    ListRejected, LoadOrders, QueueDepth, ReadAccounts,
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
    /// A person has to decide something; money moves.
    NeedsAPerson,
    /// Money or goods wait for longer than they should.
    Stuck,
}

#[derive(Serialize)]
struct Answer {
    verdict: Verdict,
    paid_not_granted: Waiting,
    overdue: Waiting,
    queues: Vec<QueueShape>,
    holds: Counted,
    orphans: Counted,
    rejected_today: RejectedShape,
    accounts: Vec<AccountShape>,
    looked_through: LookedThrough,
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
    let days = Days { first: Day::of(now).minus(1), last: Day::of(now) };
    let newest = ports.list_numbers(days, None, MOST_ORDERS).await?.numbers;
    let due = ports.find_due(DuePart::All, now.minus(USUALLY_LATE), MOST_COUNTED.saturating_add(1)).await?;
    let held = ports.list_held(None, MOST_COUNTED.saturating_add(1)).await?;
    let numbers: Vec<OrderNo> =
        newest.iter().chain(due.iter().take(MOST_COUNTED)).copied().collect::<BTreeSet<_>>().into_iter().collect();
    let orders = ports.load_orders(&numbers).await?;
    let mut accounts = Vec::new();
    for provider in Provider::ALL {
        accounts.extend(ports.read_accounts(provider).await?);
    }
    let answer = Answer {
        verdict: Verdict::Ok,
        paid_not_granted: paid_not_granted(&orders, now),
        overdue: overdue(&orders, now, due.len() > MOST_COUNTED),
        queues: ports.inspect_queues().await?.into_iter().map(queue).collect(),
        holds: holds(&held),
        orphans: orphans(ports).await?,
        rejected_today: rejected(ports, Day::of(now)).await?,
        accounts: accounts.iter().map(|settings| account(settings, &orders)).collect(),
        looked_through: looked_through(&orders),
        as_of: Instant(now),
    };
    Ok(json(200, &Answer { verdict: verdict(&answer), ..answer }))
}

fn verdict(answer: &Answer) -> Verdict {
    let is_stuck = answer.paid_not_granted.count > 0
        || answer.overdue.count > 0
        || answer.queues.iter().any(|queue| queue.dead > 0);
    let is_for_a_person = answer.holds.count > 0 || answer.orphans.count > 0 || answer.orphans.more;
    match (is_stuck, is_for_a_person) {
        (true, _) => Verdict::Stuck,
        (false, true) => Verdict::NeedsAPerson,
        (false, false) => Verdict::Ok,
    }
}

/// An order on hold waits for a person, and is counted there.
fn paid_not_granted(orders: &[Order], now: Time) -> Waiting {
    let waits = orders.iter().filter(|order| order.fulfilment() == Fulfilment::Queued && order.holds().is_empty());
    let since = waits.filter_map(|order| Some((order.kept()?.paid_at, order.no)));
    waiting(since, now, USUALLY_GRANTED_WITHIN, false)
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
    Ok(Counted { count: open.items.len(), more: open.next.is_some(), since })
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
