//! The world: the product's flows over tables in memory, the scripted providers, and time. One way to act on it serves the
//! random histories and the exhaustive search alike.

use std::sync::Arc;

use till_app::Settings;
use till_app::cancel::Canceller;
use till_app::create::CreateRequest;
use till_app::ports::{Committed, Payer, RequestHash, Saved};
use till_app::retry::RetryRequest;
use till_app::spend::Spending;
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::money::Money;
use till_domain::order::{Order, RefundRequest, RefundState, Report, Resolution};
use till_domain::provider::Provider;
use till_domain::time::{Seconds, Time};
use till_domain::wallet::Wallet;
use till_memory::{Answer, Call, CallKind, ProviderCall, Tables};

use crate::act::{Act, FINE, Fate, Job, Moved, Part, Pay};
use crate::cast;
use crate::coverage::{Coverage, Happening};
use crate::errand::{End, Errand};
use crate::providers::{Mood, Providers, Sent, TradeState, wrong};
use crate::tape::Pending;
use crate::worker::Worker;

/// A user and the key of a request.
type Claimant = (till_domain::text::UserId, till_domain::text::Key);

/// Keys are known for 24 hours from the moment at which the first request decided; its provider hears of it within seconds.
const KEY_LIVES: Seconds = Seconds::hours(24).less(Seconds::minutes(1));

/// A broken invariant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Which.
    pub invariant: &'static str,
    /// How.
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
    /// Orders as they came to be, and the workers that made them.
    pub(crate) born: Vec<(u16, OrderNo)>,
    /// The order number of each key, and since when.
    pub(crate) keyed: Vec<(Claimant, OrderNo, Time)>,
    /// The first invariant that broke.
    pub(crate) broken: Option<Broken>,
    /// How much longer than it should a worker may live: frozen, and thawed again.
    pub(crate) outlive: Seconds,
    /// Whether workers are to be copied.
    copied: bool,
}

impl World {
    /// A world in which nothing has happened.
    pub(crate) fn new(settings: Settings, copied: bool) -> Self {
        Self {
            // 2026-01-01 00:00 in China: any day would do.
            now: Time::from_unix(1_767_196_800).expect("a day in this century"),
            settings: Arc::new(settings),
            tables: cast::tables(),
            providers: Providers::default(),
            workers: Vec::new(),
            born: Vec::new(),
            keyed: Vec::new(),
            broken: None,
            outlive: Seconds(0),
            copied,
        }
    }

    /// Lets something happen. Passes over what does not fit, and tells whether it did.
    pub(crate) fn act(&mut self, act: Act, cover: &mut Coverage) -> bool {
        let fits = match act {
            Act::Start(id, job) => self.start(id, job, cover),
            Act::Step(id, n, fate) => self.step(id, n.into(), fate, cover),
            Act::Run(id, n) => self.run(id, n.into(), cover),
            Act::Pass(seconds) => self.pass(Seconds(seconds), cover),
            Act::Tick => self.next_instant().is_some_and(|at| self.pass(at.since(self.now), cover)),
            Act::Propagate => {
                let behind = self.tables.behind() > 0;
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
            Act::Pay(..)
            | Act::Process(_)
            | Act::EndProcess(..)
            | Act::MoveRefund(..)
            | Act::Outside(..)
            | Act::Dispute(_)
            | Act::EndDispute(..)
            | Act::Stranger(_) => self.outside_act(act, cover),
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

    /// Notes the first invariant that breaks.
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

    /// What a job means as things stand; nothing, when it does not fit.
    pub(crate) fn errand_for(&mut self, job: Job) -> Option<Errand> {
        Some(match job {
            Job::Create { user, product, method, key, upgrade } => {
                let (kind, product_id) = cast::product_id(product);
                let mut hash = [0; 32];
                hash[0] = product;
                hash[1] = method as u8;
                hash[2] = u8::from(upgrade);
                Errand::Create(CreateRequest {
                    user: cast::user(user),
                    kind,
                    product: product_id,
                    method,
                    currency: None,
                    is_upgrade: upgrade,
                    key: key.map(cast::key),
                    hash: RequestHash(hash),
                    payer: Payer::default(),
                })
            }
            Job::Retry { order, method } => {
                let order = self.order(order)?;
                let (user, no) = (order.sold.user.clone(), order.no);
                Errand::Retry(RetryRequest { user, no, method, payer: Payer::default() })
            }
            Job::Cancel { order, admin } => {
                let order = self.order(order)?;
                let buyer = order.sold.user.clone();
                let who = if admin { Canceller::Admin(cast::admin()) } else { Canceller::Buyer(buyer) };
                Errand::Cancel(who, order.no)
            }
            Job::Refund { order, payment, part, revoke, key } => {
                let order = self.order(order)?;
                let of = match payment {
                    Some(place) => order.payments.get(usize::from(place))?,
                    None => order.kept()?,
                };
                let amount = match part {
                    Part::Rest => None,
                    Part::Half => Some(of.amount.share(1, 2)),
                    Part::TooMuch => Money::new(of.amount.minor() + 1, of.amount.currency()).ok(),
                };
                let trade_no = payment.map(|_| of.trade_no.clone());
                let (key, reason, by) = (cast::key(key), cast::reason(), cast::admin());
                Errand::Refund(order.no, RefundRequest { key, trade_no, amount, revoke, reason, by })
            }
            Job::Resolve { order, payment, word, decision } => {
                let order = self.order(order)?;
                let about = payment.and_then(|place| order.payments.get(usize::from(place)));
                let trade = about.and_then(|payment| self.providers.trade_of(&payment.trade_no));
                let given = trade.map_or(0, |trade| self.providers.given(trade));
                let resolution = Resolution {
                    word,
                    trade_no: about.map(|payment| payment.trade_no.clone()),
                    decision,
                    // Whoever looks it up at the provider states what is true.
                    amount: about.and_then(|payment| Money::new(given, payment.amount.currency()).ok()),
                    by: cast::admin(),
                    reason: cast::reason(),
                };
                Errand::Resolve(order.no, resolution)
            }
            Job::Deliver { notice } => self.delivery(notice.into())?,
            Job::Receive { message } => {
                let queue = &mut self.tables.queue;
                // How often a message was received makes no difference but to itself: the search leaves the counting out.
                let task = if self.copied { queue.peek(message)? } else { queue.receive(message)? };
                Errand::Fulfil(message, task)
            }
            Job::Sweep { at_once } => Errand::Sweep(at_once),
            Job::Spend { user, points, quota, key } => Errand::Spend(Spending {
                user: cast::user(user),
                key: cast::key(key),
                points: points.into(),
                quota: quota.then(|| (cast::quota(), 7)),
                reason: cast::reason(),
            }),
        })
    }

    /// A notice as a callback's reports.
    pub(crate) fn delivery(&self, notice: usize) -> Option<Errand> {
        let notice = self.providers.notices.get(notice)?;
        let report = |says: &till_domain::order::Says| Report {
            attempt: notice.payment_no.attempt,
            account: notice.account.clone(),
            asked_at: None,
            says: says.clone(),
        };
        Some(Errand::Settle(notice.payment_no, notice.says.iter().map(report).collect()))
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

    /// Kills every worker.
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
        let until = self.now.plus(errand.lives(&self.settings)).plus(self.outlive);
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
                    }
                    self.watch_order(before.as_deref(), order, since, false, cover);
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
                    if let Some(entry) = &commit.entry {
                        self.watch_wallet(&wallet, &commit.wallet, entry);
                    }
                }
                answer
            }
            // A message may come twice whatever happens: one in the queue stands for any number.
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
                let (claimant, no) = ((request.user.clone(), key), payment_no.order);
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

    /// Once we know that a number failed, it is never sent again. (Where the provider tells so by itself, a sending may be under
    /// way at that moment; there the number alone protects.)
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

    /// What buyers, banks and the providers' own people do.
    fn outside_act(&mut self, act: Act, cover: &mut Coverage) -> bool {
        let now = self.now;
        let trade = match act {
            Act::Pay(by, _) | Act::Process(by) | Act::EndProcess(by, _) | Act::Outside(by, _) | Act::Dispute(by) => {
                let Some(trade) = self.trade(by) else { return false };
                trade
            }
            _ => 0,
        };
        let providers = &mut self.providers;
        match act {
            Act::Pay(_, how) => {
                if !providers.is_payable(trade, now) {
                    return false;
                }
                let (price, account) = (providers.trades[trade].price, providers.trades[trade].account.clone());
                let order = self.tables.orders.get(&providers.trades[trade].payment_no.order);
                if order.is_some_and(|order| now > order.expire_at || order.cancelled.is_some()) {
                    cover.happens(Happening::PaidLate);
                }
                if how == Pay::WrongAccount {
                    // A trade of the same number elsewhere; the attempt's own stays as it is.
                    let payment_no = providers.trades[trade].payment_no;
                    let elsewhere = cast::other_account(account.provider);
                    if providers.trades.iter().any(|t| t.payment_no == payment_no && t.account == elsewhere) {
                        return false;
                    }
                    providers.pay_stranger(payment_no, elsewhere, price, now);
                    return true;
                }
                let amount = if how == Pay::WrongAmount { wrong(price) } else { price };
                providers.pay(trade, amount, now);
            }
            Act::Process(_) => {
                let slow = providers.trades.get(trade).is_some_and(|t| t.account.provider == Provider::Stripe);
                if !slow || !providers.is_payable(trade, now) {
                    return false;
                }
                providers.begin_processing(trade);
            }
            Act::EndProcess(_, paid) => {
                if providers.trades.get(trade).is_none_or(|t| t.state != TradeState::Processing) {
                    return false;
                }
                providers.end_processing(trade, paid, now);
            }
            Act::MoveRefund(place, moved) => return self.move_refund(place.into(), moved),
            Act::Outside(_, part) => return self.refund_outside(trade, part),
            Act::Dispute(_) => {
                let taken = providers.trades.get(trade).and_then(|trade| trade.taken.as_ref());
                let left = taken.map_or(0, |taken| taken.amount.minor().saturating_sub(providers.promised(trade)));
                let stripe = providers.trades.get(trade).is_some_and(|t| t.account.provider == Provider::Stripe);
                let disputed = providers.disputes.iter().any(|dispute| dispute.trade == trade);
                if left == 0 || !stripe || disputed {
                    return false;
                }
                providers.dispute(trade);
            }
            Act::EndDispute(place, won) => {
                let open = |d: &crate::providers::BookedDispute| d.state == till_domain::order::DisputeState::Opened;
                if !providers.disputes.get(usize::from(place)).is_some_and(open) {
                    return false;
                }
                providers.end_dispute(place.into(), won);
            }
            Act::Stranger(order) => return self.stranger(order),
            Act::Start(..) | Act::Step(..) | Act::Run(..) | Act::Pass(_) | Act::Tick | Act::Propagate | Act::Purge => {
                return false;
            }
        }
        true
    }

    fn move_refund(&mut self, place: usize, moved: Moved) -> bool {
        let Some(refund) = self.providers.refunds.get(place) else { return false };
        let provider = self.providers.trades[refund.trade].account.provider;
        let to = match (moved, refund.state) {
            (Moved::Succeeds, Sent::Processing | Sent::Abnormal) => Sent::Succeeded,
            (Moved::Fails, Sent::Processing | Sent::Abnormal) => Sent::Failed,
            (Moved::IsAbnormal, Sent::Processing) if provider == Provider::WeChat => Sent::Abnormal,
            // Alipay's are final.
            (Moved::IsUndone, Sent::Succeeded) if provider != Provider::Alipay => Sent::Failed,
            _ => return false,
        };
        self.providers.move_refund(place, to);
        true
    }

    /// Money given back on the platform. WeChat never says how much: beside a refund of ours nobody could tell, so a world in
    /// which both happen is one that only the provider's bill can put right.
    fn refund_outside(&mut self, trade: usize, part: Part) -> bool {
        let Some(of) = self.providers.trades.get(trade) else { return false };
        let Some(taken) = of.taken.as_ref() else { return false };
        let wechat = of.account.provider == Provider::WeChat;
        let left = taken.amount.minor().saturating_sub(self.providers.promised(trade));
        let amount = if part == Part::Half { (taken.amount.minor() / 2).min(left) } else { left };
        let ours = self.providers.refunds.iter().any(|refund| refund.trade == trade);
        if amount == 0 || (wechat && ours) {
            return false;
        }
        self.providers.refund_outside(trade, amount);
        true
    }

    fn stranger(&mut self, order: Option<u16>) -> bool {
        let account = cast::account(Provider::WeChat);
        let (payment_no, price) = if let Some(by) = order {
            // No retry goes so far.
            let (Some(order), Some(n)) = (self.order(by), AttemptNo::new(77)) else { return false };
            (order.no.payment(n), order.sold.price)
        } else {
            let price = Money::new(100, Currency::CNY).unwrap_or(Money::zero(Currency::CNY));
            (OrderNo::mint(self.now, 1).payment(AttemptNo::FIRST), price)
        };
        let known = |trade: &crate::providers::Trade| trade.payment_no == payment_no;
        if self.providers.trades.iter().any(known) {
            return false;
        }
        self.providers.pay_stranger(payment_no, account, price, self.now);
        true
    }
}

/// A mood is a provider's, and only where it makes a difference.
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
