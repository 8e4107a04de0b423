//! The world: the product's flows over tables in memory, the scripted providers, and time. One way to act on it serves the
//! random histories and the exhaustive search alike.

mod jobs;
mod outside;

use std::sync::Arc;

use till_app::Settings;
use till_app::ports::{Committed, Saved};
use till_domain::id::OrderNo;
use till_domain::order::{Order, RefundState};
use till_domain::provider::Provider;
use till_domain::time::{Seconds, Time};
use till_domain::wallet::Wallet;
use till_memory::{Answer, Call, CallKind, ProviderCall, Tables};

use crate::act::{Act, FINE, Fate, Job};
use crate::cast;
use crate::coverage::{Coverage, Happening};
use crate::credit::Stated;
use crate::errand::{End, Errand};
use crate::providers::{Mood, Providers, TradeState};
use crate::tape::Pending;
use crate::worker::Worker;

/// A user and the key of a request.
type Claimant = (till_domain::text::UserId, till_domain::text::Key);

/// A key is known for 24 hours from its first request. The provider is called before the order ends, half an hour after
/// that request: a later owner of the key opens no trade.
const KEY_LIVES: Seconds = Seconds::hours(24).less(Seconds::minutes(31));

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    pub invariant: &'static str,
    pub detail: String,
}

/// The world at one moment of a history.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) now: Time,
    pub(crate) settings: Arc<Settings>,
    pub(crate) tables: Tables,
    pub(crate) providers: Providers,
    pub(crate) workers: Vec<Worker>,
    /// Orders by creation, and the workers that made them.
    pub(crate) born: Vec<(u16, OrderNo)>,
    /// The order number of each key, and since when.
    pub(crate) keyed: Vec<(Claimant, OrderNo, Time)>,
    pub(crate) stated: Stated,
    pub(crate) broken: Option<Broken>,
    /// How much longer than its function's limit a worker may live, like a process that was frozen and thawed.
    pub(crate) outlive: Seconds,
    copied: bool,
}

impl World {
    pub(crate) fn new(settings: Settings, copied: bool) -> Self {
        Self {
            // 2026-01-01 00:00 in China: any day would do.
            now: Time::from_unix(1_767_196_800).expect("a day in this century"),
            settings: Arc::new(settings),
            tables: cast::tables(false),
            providers: Providers::default(),
            workers: Vec::new(),
            born: Vec::new(),
            keyed: Vec::new(),
            stated: Stated::default(),
            broken: None,
            outlive: Seconds(0),
            copied,
        }
    }

    /// Does an act, or skips it if it does not fit, and returns whether it was done.
    pub(crate) fn act(&mut self, act: Act, cover: &mut Coverage) -> bool {
        let fits = match act {
            Act::Start(id, job) => self.start(id, job, cover),
            Act::Step(id, n, fate) => self.step(id, n.into(), fate, cover),
            Act::Run(id, n) => self.run(id, n.into(), cover),
            Act::Pass(seconds) => self.pass(Seconds(seconds), cover),
            Act::Tick => self.next_instant().is_some_and(|at| self.pass(at.since(self.now), cover)),
            Act::Propagate => {
                let behind = !self.tables.behind().is_empty();
                self.tables.propagate();
                behind
            }
            Act::Purge => {
                let before = self.tables.orders.len();
                self.tables.purge(self.now);
                let deleted = self.tables.orders.len() < before;
                if deleted {
                    cover.happens(Happening::Deletes);
                }
                deleted
            }
            Act::Restate => {
                self.restate();
                true
            }
            Act::Pay(..)
            | Act::Twin(..)
            | Act::Process(_)
            | Act::EndProcess(..)
            | Act::Decline(_)
            | Act::MoveRefund(..)
            | Act::Outside(..)
            | Act::Dispute(_)
            | Act::EndDispute(..)
            | Act::Stranger(_)
            | Act::Lost => self.outside_act(act, cover),
        };
        if fits {
            cover.act(act);
            if let Some(offence) = self.providers.offences.first() {
                let offence: &'static str = offence;
                self.breaks(offence, String::new());
            }
        }
        fits
    }

    pub(crate) fn breaks(&mut self, invariant: &'static str, detail: String) {
        self.broken.get_or_insert(Broken { invariant, detail });
    }

    /// Runs an errand to its end, with nothing else in between.
    pub(crate) fn run_errand(&mut self, errand: Errand, cover: &mut Coverage) {
        // No history numbers a worker so high.
        const ERRAND_BOY: u16 = u16::MAX;
        if self.begin(ERRAND_BOY, errand, cover) {
            // The longest flow makes some dozens of calls for an order.
            self.run(ERRAND_BOY, 5_000, cover);
        }
    }

    /// The next instant at which something becomes due or can no longer be.
    pub(crate) fn next_instant(&self) -> Option<Time> {
        let due = self.tables.orders.values().filter_map(|order| order.due_at());
        let trades = self.providers.trades.iter().filter(|trade| {
            trade.shown && matches!(trade.state, TradeState::Open | TradeState::Again | TradeState::Printed)
        });
        let ends = trades.filter_map(|trade| trade.payable_until).map(|until| until.plus(Seconds(1)));
        let claims = self.tables.claims.values().map(|claim| claim.since.plus(Seconds(31)));
        due.chain(ends).chain(claims).filter(|at| *at > self.now).min()
    }

    /// An order, by the worker that made it.
    pub(crate) fn order(&self, by: u16) -> Option<&Arc<Order>> {
        let (_, no) = self.born.iter().find(|(maker, _)| *maker == by)?;
        self.tables.orders.get(no)
    }

    /// A trade, by the worker that opened it.
    fn trade(&self, by: u16) -> Option<usize> {
        self.providers.trades.iter().position(|trade| trade.by == by)
    }

    pub(crate) fn kill_all(&mut self) {
        self.workers.clear();
    }

    fn start(&mut self, id: u16, job: Job, cover: &mut Coverage) -> bool {
        if self.workers.iter().any(|worker| worker.id == id) {
            return false;
        }
        let Some(errand) = self.errand_for(job) else { return false };
        self.begin(id, errand, cover)
    }

    fn begin(&mut self, id: u16, errand: Errand, cover: &mut Coverage) -> bool {
        cover.errand(errand.kind(), 0);
        if let Errand::Settle(_, reports) = &errand {
            for report in reports {
                cover.says(&report.says);
            }
        }
        let until = self.now.plus(errand.lives()).plus(self.outlive);
        let worker = Worker::start(id, errand, self.now, until, &self.settings, self.copied);
        self.workers.push(worker);
        self.retire(self.workers.len() - 1, cover);
        true
    }

    fn run(&mut self, id: u16, calls: usize, cover: &mut Coverage) -> bool {
        let mut ran = false;
        for _ in 0..calls {
            if self.broken.is_some() || !self.step(id, 0, FINE, cover) {
                break;
            }
            ran = true;
        }
        ran
    }

    /// One call of a worker goes through, in some way.
    fn step(&mut self, id: u16, n: usize, fate: Fate, cover: &mut Coverage) -> bool {
        let Some(place) = self.workers.iter().position(|worker| worker.id == id) else { return false };
        let worker = &mut self.workers[place];
        if n >= worker.pending.len() {
            return false;
        }
        let pending = worker.pending.remove(n);
        if !fits(&pending.call, fate) {
            worker.pending.insert(n, pending);
            return false;
        }
        let Pending { id: call_id, call, since } = pending;
        cover.call(call.kind(), fate, worker.delayed);
        let answer = match fate {
            Fate::Answered(mood) => Some(self.perform(place, since, &call, mood, cover)),
            Fate::Before => Some(call.unheard()),
            Fate::After => {
                self.perform(place, since, &call, Mood::Willing, cover);
                Some(call.unheard())
            }
            Fate::Twice => {
                self.perform(place, since, &call, Mood::Willing, cover);
                Some(self.perform(place, since, &call, Mood::Willing, cover))
            }
            Fate::DieBefore => None,
            Fate::DieAfter => {
                self.perform(place, since, &call, Mood::Willing, cover);
                None
            }
        };
        for (other, worker) in self.workers.iter_mut().enumerate() {
            worker.delayed |= other != place;
        }
        match answer {
            Some(answer) => {
                if let (Call::Provider(asked), Answer::Says(Ok(_))) = (&call, &answer) {
                    self.note_answer(place, asked);
                }
                self.workers[place].answer(call_id, answer, self.now);
                self.retire(place, cover);
            }
            None => {
                self.workers.swap_remove(place);
            }
        }
        true
    }

    /// Lets a worker that has come to its end go.
    fn retire(&mut self, place: usize, cover: &mut Coverage) {
        let Some(end) = self.workers[place].end.clone() else { return };
        let worker = self.workers.swap_remove(place);
        cover.errand(worker.errand.kind(), if matches!(end, End::Badly) { 2 } else { 1 });
        match (&worker.errand, end) {
            (_, End::Shown(payment_no)) => {
                let shown = self.providers.trades.iter_mut().rev().find(|trade| trade.payment_no == payment_no);
                if let Some(trade) = shown {
                    trade.shown = true;
                }
            }
            (_, End::ShownInVain(payment_no)) => self.breaks("what a buyer is shown is open", payment_no.to_string()),
            (Errand::Fulfil(message, _), End::Well) => self.tables.queue.delete(*message),
            (_, End::Well | End::Badly) => {}
        }
    }

    /// A call takes effect. Every write is watched.
    fn perform(&mut self, place: usize, since: Time, call: &Call, mood: Mood, cover: &mut Coverage) -> Answer {
        match call {
            Call::Provider(asked) => {
                self.watch_create(place, asked);
                self.watch_refund(asked);
                self.watch_money_back(asked);
                let trades = self.providers.trades.len();
                let answer = self.providers.perform(asked, mood, self.now);
                if let Some(opened) = self.providers.trades.get_mut(trades) {
                    opened.by = self.workers[place].id;
                }
                if let Answer::Says(Ok(says)) = &answer {
                    for says in says {
                        cover.says(says);
                    }
                }
                answer
            }
            Call::SaveOrder(order) => {
                let before = self.tables.orders.get(&order.no).cloned();
                let answer = self.tables.perform(call, self.now);
                if answer == Answer::Saved(Saved::Yes) {
                    if before.is_none() {
                        self.born.push((self.workers[place].id, order.no));
                        self.book_order(order);
                    }
                    self.watch_order(before.as_deref(), order, since, false, cover);
                    self.watch_statement(place, before.as_deref(), order, cover);
                    self.watch_adoption(before.as_deref(), order);
                }
                answer
            }
            Call::Commit(commit) => {
                let before = commit.order.as_ref().and_then(|order| self.tables.orders.get(&order.no).cloned());
                let wallet = self.tables.wallets.get(&commit.user).cloned().unwrap_or_else(Wallet::new);
                let answer = self.tables.perform(call, self.now);
                if answer == Answer::Committed(Committed::Yes) {
                    if let Some(order) = &commit.order {
                        self.watch_order(before.as_deref(), order, since, true, cover);
                    }
                    self.count_upgrade(&commit.entry, cover);
                    self.watch_wallet(&commit.user, &wallet, &commit.wallet, &commit.entry);
                }
                answer
            }
            Call::SettleOrphan(provider, trade_no, _) => {
                self.watch_settling(place, *provider, trade_no);
                self.tables.perform(call, self.now)
            }
            // A message may always come twice, so one in the queue stands for any number.
            Call::Enqueue(task) if self.copied && self.tables.queue.waiting().iter().any(|m| m.task == *task) => {
                Answer::Done
            }
            call => self.tables.perform(call, self.now),
        }
    }

    /// The number under which a provider is called must be reserved, and a key has one order number for ever.
    fn watch_create(&mut self, place: usize, asked: &ProviderCall) {
        let ProviderCall::Create { payment_no, .. } = asked else { return };
        let worker = &self.workers[place];
        match &worker.errand {
            Errand::Retry(_) => {
                let order = self.tables.orders.get(&payment_no.order);
                if order.is_some_and(|order| order.attempt(payment_no.attempt).is_none()) {
                    self.breaks("a provider hears of a number that is not reserved", payment_no.to_string());
                }
            }
            Errand::Create(request) => {
                let Some(key) = request.key.clone() else { return };
                let (claimant, no) = ((request.by.user.clone(), key), payment_no.order);
                let now = self.now;
                self.keyed.retain(|(_, _, since)| now.since(*since) < KEY_LIVES);
                match self.keyed.iter().find(|(known, _, _)| *known == claimant) {
                    Some((_, first, _)) if *first != no => {
                        let detail = format!("{first} and {no}");
                        self.breaks("one key is one order number, as long as it is known", detail);
                    }
                    Some(_) => {}
                    None => self.keyed.push((claimant, no, now)),
                }
            }
            _ => {}
        }
    }

    /// A number that we know to have failed is never sent again. If the provider pushes the failure, a call may be
    /// under way at that moment; there the number alone protects.
    fn watch_refund(&mut self, asked: &ProviderCall) {
        let ProviderCall::Refund(call) = asked else { return };
        let order = call.refund_no.and_then(|no| self.tables.orders.get(&no.order));
        let failed = order.is_some_and(|order| {
            order.refunds.iter().any(|refund| refund.id == call.id && refund.state == RefundState::Failed)
        });
        if failed && call.account.provider == Provider::Alipay {
            self.breaks("a refund number that failed is never sent again", format!("{:?}", call.refund_no));
        }
    }

    fn pass(&mut self, length: Seconds, cover: &mut Coverage) -> bool {
        self.now = self.now.plus(length);
        let now = self.now;
        let before = self.workers.len();
        self.workers.retain(|worker| worker.until >= now);
        for worker in &mut self.workers {
            worker.delayed = true;
        }
        if self.workers.len() < before {
            cover.happens(Happening::Outlived);
        }
        true
    }
}

/// Only calls to a provider have a mood, and only if it makes a difference.
const fn fits(call: &Call, fate: Fate) -> bool {
    match fate {
        Fate::Answered(Mood::Willing) | Fate::Before | Fate::After | Fate::Twice | Fate::DieBefore | Fate::DieAfter => {
            true
        }
        Fate::Answered(mood) => matches!(
            (call.kind(), mood),
            (CallKind::Create, Mood::Refusing)
                | (CallKind::Query | CallKind::Close | CallKind::QueryRefund, Mood::Strange)
                | (CallKind::Refund, _)
        ),
    }
}
