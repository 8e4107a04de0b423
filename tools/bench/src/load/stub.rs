//! The store, queue, sockets and providers of the measurements under load: those of `till-memory`, with the access paths of the
//! real table where `till-memory` looks through everything that there is. Each call gives way to the other requests once, as a
//! call over a network does, and holds nothing meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

use till_app::ports::{DisputePage, DuePart, Opened, Scope, Show};
use till_domain::id::OrderNo;
use till_domain::order::{DueKind, Order, RefundWord, Says};
use till_domain::text::{Handle, UserId};
use till_domain::time::{Seconds, Time};
use till_memory::{Answer, Call, CallKind, Line, ProviderCall, Tables, due_shard};

/// An order draws its number and its ticket's.
const DRAWS: usize = 2;

/// Clones share one store.
#[derive(Clone)]
pub struct Stub(Rc<Inner>);

struct Inner {
    tables: RefCell<Tables>,
    due: RefCell<DueIndex>,
    /// The index of each user's orders, oldest first.
    orders_of: RefCell<HashMap<UserId, Vec<OrderNo>>>,
    counts: RefCell<HashMap<(Scope, String, i64), u32>>,
    calls: RefCell<BTreeMap<CallKind, u64>>,
    /// How long a provider takes to answer.
    latency: Cell<Duration>,
    /// Whether providers do not answer.
    silent: Cell<bool>,
    clock: Cell<Clock>,
    drawn: Cell<u64>,
}

#[derive(Clone, Copy)]
enum Clock {
    StandsAt(Time),
    RunsFrom(Time, Instant),
}

impl Stub {
    /// A store with these tables, its clock standing still.
    pub fn new(tables: Tables, now: Time) -> Self {
        let mut due = DueIndex::default();
        for (no, entry) in tables.index() {
            due.insert(*no, *entry);
        }
        Self(Rc::new(Inner {
            tables: RefCell::new(tables),
            due: RefCell::new(due),
            orders_of: RefCell::default(),
            counts: RefCell::default(),
            calls: RefCell::default(),
            latency: Cell::default(),
            silent: Cell::default(),
            clock: Cell::new(Clock::StandsAt(now)),
            drawn: Cell::default(),
        }))
    }

    /// A store of its own with the same content.
    pub fn copy(&self) -> Self {
        Self::new(self.tables(|tables| tables.clone()), self.now())
    }

    pub fn tables<T>(&self, look: impl FnOnce(&mut Tables) -> T) -> T {
        look(&mut self.0.tables.borrow_mut())
    }

    pub fn set_latency(&self, latency: Duration) {
        self.0.latency.set(latency);
    }

    pub fn set_silent(&self, silent: bool) {
        self.0.silent.set(silent);
    }

    pub fn stand_at(&self, now: Time) {
        self.0.clock.set(Clock::StandsAt(now));
    }

    /// Lets the clock run from here.
    pub fn run_from(&self, now: Time) {
        self.0.clock.set(Clock::RunsFrom(now, Instant::now()));
    }

    /// How often calls of a kind were made.
    pub fn calls(&self, kind: CallKind) -> u64 {
        self.0.calls.borrow().get(&kind).copied().unwrap_or(0)
    }

    /// Forgets the orders, and all that came of them.
    pub fn forget_orders(&self) {
        self.tables(|tables| {
            tables.orders.clear();
            tables.wallets.clear();
            tables.ledger.clear();
            tables.claims.clear();
            // Without the orders the index is emptied too.
            tables.purge(self.now());
        });
        *self.0.due.borrow_mut() = DueIndex::default();
        self.0.orders_of.borrow_mut().clear();
        self.0.counts.borrow_mut().clear();
    }

    /// All numbers that the next orders may get.
    pub fn next_orders(&self, count: usize) -> Vec<OrderNo> {
        let drawn = self.0.drawn.get();
        (drawn..).take(count.saturating_mul(DRAWS)).map(|n| OrderNo::mint(self.now(), mixed(n))).collect()
    }

    /// The time at which the last order is due.
    pub fn last_due(&self) -> Option<Time> {
        self.tables(|tables| tables.index().values().map(|(_, at)| *at).max())
    }

    fn perform(&self, call: &Call) -> Answer {
        let now = self.now();
        match call {
            Call::FindDue(part, until, most) => Answer::Due(self.0.due.borrow().find(*part, *until, *most)),
            Call::ListRecent(user, since, most) => {
                let all = self.0.orders_of.borrow();
                let first = OrderNo::mint(*since, 0);
                let recent = all.get(user).into_iter().flatten().rev().take_while(|no| **no >= first);
                Answer::Numbers(recent.copied().take(*most).collect())
            }
            Call::CountCall(scope, value, at) => {
                let window = at.unix().div_euclid(scope.window_seconds().into());
                let mut counts = self.0.counts.borrow_mut();
                let count = counts.entry((*scope, value.clone(), window)).or_default();
                *count = count.saturating_add(1);
                Answer::Count(*count)
            }
            Call::SaveOrder(order) => self.indexed(order, call, now),
            Call::Commit(commit) => match &commit.order {
                Some(order) => self.indexed(order, call, now),
                None => self.tables(|tables| tables.perform(call, now)),
            },
            // Nothing here reads them again.
            Call::KeepRecord(_) | Call::Push(..) | Call::Enqueue(_) | Call::ShareSweep => Answer::Done,
            call => self.tables(|tables| tables.perform(call, now)),
        }
    }

    /// Performs the write of an order and keeps the indexes.
    fn indexed(&self, order: &Order, call: &Call, now: Time) -> Answer {
        let due_at = |tables: &Tables| tables.index().get(&order.no).copied();
        let (before, answer, after) = self.tables(|tables| {
            let before = due_at(tables);
            let answer = tables.perform(call, now);
            (before, answer, due_at(tables))
        });
        let mut due = self.0.due.borrow_mut();
        if let Some(entry) = before {
            due.remove(order.no, entry);
        }
        if let Some(entry) = after {
            due.insert(order.no, entry);
        }
        if order.version == 1 {
            self.0.orders_of.borrow_mut().entry(order.sold.user.clone()).or_default().push(order.no);
        }
        answer
    }
}

/// The index of due orders as the table has it: what owes money or goods apart from the rest, each in shards, by time.
#[derive(Default)]
struct DueIndex(BTreeMap<(DueKind, u8), BTreeSet<(Time, OrderNo)>>);

impl DueIndex {
    fn insert(&mut self, no: OrderNo, (kind, at): (DueKind, Time)) {
        self.0.entry((kind, due_shard(no))).or_default().insert((at, no));
    }

    fn remove(&mut self, no: OrderNo, (kind, at): (DueKind, Time)) {
        if let Some(orders) = self.0.get_mut(&(kind, due_shard(no))) {
            orders.remove(&(at, no));
        }
    }

    /// The first ones of each shard, of which the first of all remain.
    fn find(&self, part: DuePart, until: Time, most: usize) -> Vec<OrderNo> {
        let is_in = |kind, shard| match part {
            DuePart::All => true,
            DuePart::Shard(wanted) => shard == wanted,
            DuePart::MoneyOrGoods => kind == DueKind::MoneyOrGoods,
        };
        let shards = self.0.iter().filter(|((kind, shard), _)| is_in(*kind, *shard));
        let mut due: Vec<(DueKind, Time, OrderNo)> = shards
            .flat_map(|((kind, _), orders)| {
                let due = orders.iter().take_while(|(at, _)| *at <= until).take(most);
                due.map(|(at, no)| (*kind, *at, *no))
            })
            .collect();
        due.sort_unstable();
        due.into_iter().take(most).map(|(.., no)| no).collect()
    }
}

impl Line for Stub {
    async fn call(&self, call: Call) -> Answer {
        *self.0.calls.borrow_mut().entry(call.kind()).or_default() += 1;
        match &call {
            Call::Provider(asked) => {
                let latency = self.0.latency.get();
                if !latency.is_zero() {
                    tokio::time::sleep(latency).await;
                }
                tokio::task::yield_now().await;
                if self.0.silent.get() { call.unheard() } else { answered(asked) }
            }
            call => {
                tokio::task::yield_now().await;
                self.perform(call)
            }
        }
    }

    fn now(&self) -> Time {
        match self.0.clock.get() {
            Clock::StandsAt(now) => now,
            Clock::RunsFrom(from, begun) => {
                from.plus(Seconds(u32::try_from(begun.elapsed().as_secs()).unwrap_or(u32::MAX)))
            }
        }
    }

    fn entropy(&self) -> u64 {
        let drawn = self.0.drawn.get();
        self.0.drawn.set(drawn + 1);
        mixed(drawn)
    }
}

/// The numbers only have to differ.
const fn mixed(n: u64) -> u64 {
    n.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A provider that opens every trade, at which nobody has paid, and that makes every refund at once.
fn answered(call: &ProviderCall) -> Answer {
    match call {
        ProviderCall::Create { expire_at, .. } => Answer::Opened(Ok(Box::new(Opened {
            handle: Handle::parse(CODE).ok(),
            payable_until: Some(*expire_at),
            show: show(),
        }))),
        ProviderCall::Show(..) => Answer::Show(Ok(Box::new(show()))),
        ProviderCall::Query(..) | ProviderCall::AskTrade(..) => Answer::Says(Ok(vec![Says::NotPaid])),
        ProviderCall::Close(..) => Answer::Says(Ok(vec![Says::Closed { for_good: true }])),
        ProviderCall::Refund(refund) | ProviderCall::QueryRefund(refund) => Answer::Says(Ok(vec![Says::Refund {
            id: refund.id.clone(),
            trade_no: refund.trade_no.clone(),
            amount: refund.amount,
            word: RefundWord::Succeeded,
        }])),
        ProviderCall::ListDisputes(..) => {
            Answer::Disputes(Ok(Box::new(DisputePage { disputes: Vec::new(), next: None })))
        }
    }
}

fn show() -> Show {
    Show { qr_code_url: Some(CODE.to_owned()), ..Show::default() }
}

/// The text of a QR code.
pub const CODE: &str = "weixin://wxpay/bizpayurl?pr=onlyabench";
