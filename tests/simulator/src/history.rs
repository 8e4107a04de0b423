//! Random histories: a seed decides everything that happens, and the same seed always makes the same history.

use till_app::Settings;
use till_domain::order::{Decision, HoldWord, LatePolicy, Policy};
use till_domain::time::Seconds;

use till_memory::CallKind;

use crate::act::{Act, FINE, Fate, Job, Moved, Part, Pay, Statement, Twin};
use crate::cast;
use crate::coverage::{Coverage, Happening};
use crate::errand::Errand;
use crate::providers::Mood;
use crate::rng::{Rng, mix};
use crate::world::{Broken, World};

/// Acts of one history, before everything comes to rest.
pub const ACTS: usize = 300;
/// Orders of one history, at most.
const MOST_ORDERS: usize = 8;
const MOST_WORKERS: usize = 4;

#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) seed: u64,
    pub(crate) acts: Vec<Act>,
}

impl History {
    fn settings(seed: u64) -> Settings {
        let mut rng = Rng::new(mix(seed ^ 0x5EED));
        let late = if rng.percent(50) { LatePolicy::Fulfil } else { LatePolicy::Refund };
        let policy = Policy { late, ..Policy::default() };
        Settings { policy, expire_after: Seconds::minutes(30), ..Settings::default() }
    }

    pub(crate) fn world(seed: u64) -> World {
        let mut world = World::new(Self::settings(seed), false);
        world.tables.index_lags = seed.is_multiple_of(3);
        world
    }

    /// Repeats these acts, and lets everything come to rest.
    pub(crate) fn replay(&self, acts: &[Act], cover: &mut Coverage) -> Result<(), Broken> {
        let mut world = Self::world(self.seed);
        for act in acts {
            world.act(*act, cover);
            if world.broken.is_some() {
                break;
            }
        }
        world.settle_down(cover);
        world.check()
    }
}

/// Runs one seed's history. A broken invariant comes with the history that broke it.
pub(crate) fn run(seed: u64, cover: &mut Coverage) -> Result<(), Box<(Broken, History)>> {
    let mut world = History::world(seed);
    let mut chance = Chance::new(seed);
    let mut acts = Vec::with_capacity(ACTS);
    while acts.len() < ACTS && world.broken.is_none() {
        let act = chance.act(&world, cover);
        // An act that does not fit is not part of the history. Time passes instead, so that every history ends.
        let act = if world.act(act, cover) { act } else { Act::Pass(1) };
        acts.push(act);
    }
    world.settle_down(cover);
    world.check().map_err(|broken| Box::new((broken, History { seed, acts })))
}

/// A part that is down during the whole history, long enough for a person to be called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outage {
    None,
    /// The providers answer no question about what they opened.
    Providers,
    /// The queue delivers nothing.
    Queue,
}

/// The probabilities that a seed has chosen.
struct Chance {
    rng: Rng,
    trouble: usize,
    /// Notices in a hundred that arrive when they could.
    delivery: usize,
    /// What does not work in this history at all.
    outage: Outage,
    orders: usize,
    users: usize,
    next_worker: u16,
    delivered: Vec<u16>,
    keyed: Vec<Job>,
}

impl Chance {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(mix(seed));
        let trouble = [0, 3, 10, 25][rng.below(4)];
        let delivery = [10, 50, 90][rng.below(3)];
        let outage = match rng.below(50) {
            0 => Outage::Providers,
            1 => Outage::Queue,
            _ => Outage::None,
        };
        // With fewer orders a history covers more time, which is what an outage needs.
        let orders = if outage == Outage::None { 1 + rng.below(MOST_ORDERS) } else { 1 };
        let users = 1 + rng.below(3);
        Self { rng, trouble, delivery, outage, orders, users, next_worker: 0, delivered: Vec::new(), keyed: Vec::new() }
    }

    fn act(&mut self, world: &World, cover: &mut Coverage) -> Act {
        let busy = world.workers.len();
        if busy > 0 && (busy >= MOST_WORKERS || self.rng.percent(60)) {
            return self.work(world);
        }
        if self.outage != Outage::None && !world.tables.orders.is_empty() && self.rng.percent(70) {
            return if world.tables.orders.values().any(|order| order.is_due(world.now)) {
                self.next_worker += 1;
                Act::Start(self.next_worker, Job::Sweep { at_once: 1, shard_of: None })
            } else {
                Act::Tick
            };
        }
        match self.rng.below(100) {
            0..=44 => self.begin(world, cover),
            45..=59 => self.pay(world),
            60..=74 => self.provider(world),
            75..=77 if !world.tables.behind().is_empty() => {
                cover.happens(Happening::IndexLags);
                Act::Propagate
            }
            78 => Act::Purge,
            _ => self.time(),
        }
    }

    fn time(&mut self) -> Act {
        match self.rng.below(10) {
            0..=3 => Act::Pass(self.number(1, 30)),
            4..=5 => Act::Pass(self.number(31, 600)),
            6 => Act::Pass(self.number(600, 7200)),
            7 if self.rng.percent(10) => Act::Pass(self.number(86_400, 8_640_000)),
            _ => Act::Tick,
        }
    }

    fn number(&mut self, from: u32, to: u32) -> u32 {
        from + u32::try_from(self.rng.below((to - from) as usize + 1)).unwrap_or(0)
    }

    fn small(&mut self, below: usize) -> u8 {
        u8::try_from(self.rng.below(below)).unwrap_or(0)
    }

    fn work(&mut self, world: &World) -> Act {
        let worker = &world.workers[self.rng.below(world.workers.len())];
        let id = worker.id;
        let asks = |kind: CallKind| matches!(kind, CallKind::Query | CallKind::Close | CallKind::QueryRefund);
        if self.outage == Outage::Providers {
            let lost = worker.pending.first().is_some_and(|pending| asks(pending.call.kind()));
            return Act::Step(id, 0, if lost { Fate::Before } else { FINE });
        }
        // An admin completes an order because its provider does not answer.
        let completes = matches!(worker.errand, Errand::Complete(..));
        let is_asked = worker.pending.first().is_some_and(|pending| pending.call.kind() == CallKind::Query);
        if completes && self.rng.percent(70) {
            return Act::Step(id, 0, if is_asked { Fate::Before } else { FINE });
        }
        let settles = matches!(worker.errand, Errand::SettleOrphan(..));
        if !self.rng.percent(if settles { self.trouble.max(40) } else { self.trouble }) {
            return Act::Run(id, 1 + self.small(8));
        }
        let n = self.small(worker.pending.len());
        let mood = [Mood::Refusing, Mood::Unclear, Mood::Strange, Mood::Poor][self.rng.below(4)];
        let fate = match self.rng.below(9) {
            0 => Fate::Before,
            1 | 2 => Fate::After,
            3 => Fate::Twice,
            4 => Fate::DieBefore,
            5 => Fate::DieAfter,
            _ => Fate::Answered(mood),
        };
        Act::Step(id, n, fate)
    }

    fn begin(&mut self, world: &World, cover: &mut Coverage) -> Act {
        let job = self.job(world, cover);
        self.next_worker = self.next_worker.wrapping_add(1) % 60_000;
        Act::Start(self.next_worker, job)
    }

    fn job(&mut self, world: &World, cover: &mut Coverage) -> Job {
        let born = world.born.len();
        if born == 0 || (born < self.orders && self.rng.percent(15)) {
            return self.create();
        }
        let order = self.rng.pick(&world.born).map_or(0, |(by, _)| *by);
        match self.rng.below(100) {
            0..=27 => self.deliver(world, cover),
            28..=49 => match self.rng.pick(world.tables.queue.waiting()) {
                Some(message) if self.outage != Outage::Queue => Job::Receive { message: message.id },
                _ => self.sweep(order),
            },
            50..=66 => self.sweep(order),
            67..=72 => {
                let method = self.rng.percent(50).then(|| cast::METHODS[self.rng.below(cast::METHODS.len())]);
                Job::Retry { order, method }
            }
            73..=76 => Job::Cancel { order, admin: self.rng.percent(30) },
            77..=85 => Job::Refund {
                order,
                payment: self.rng.percent(40).then(|| self.small(3)),
                part: [Part::Rest, Part::Rest, Part::Half, Part::Half, Part::TooMuch][self.rng.below(5)],
                revoke: self.rng.percent(25),
                key: self.small(6),
            },
            86..=91 => self.resolve(world, order),
            92..=94 => Job::Spend {
                user: self.small(self.users),
                points: [0, 10, 60, 150][self.rng.below(4)],
                quota: [0, 7, 30, 60, 120][self.rng.below(5)],
                key: self.small(4),
            },
            95 => self.complete(world),
            96 => Job::SettleOrphan { order, orphan: self.small(world.tables.orphans.len()), key: 10 + self.small(20) },
            97 if self.rng.percent(50) => {
                Job::ByHand { user: self.small(self.users), asks: self.small(cast::BY_HAND.into()), key: self.small(6) }
            }
            97 => Job::AskDisputes { other: self.rng.percent(20) },
            // The same request again.
            _ => match self.rng.pick(&self.keyed) {
                Some(job) => *job,
                None => self.create(),
            },
        }
    }

    fn create(&mut self) -> Job {
        // Seldom queries alone, and higher memberships a little more often, so that chains of upgrades occur.
        let product = match self.rng.below(100) {
            0..=5 => cast::QUERIES,
            6..=15 => [cast::PREMIUM_BUNDLE, cast::ENTERPRISE][self.rng.below(2)],
            _ => self.small(cast::QUERIES.into()),
        };
        let job = Job::Create {
            user: self.small(self.users),
            product,
            method: cast::METHODS[self.rng.below(cast::METHODS.len())],
            key: self.rng.percent(50).then(|| self.small(2)),
            upgrade: (cast::PREMIUM..cast::QUERIES).contains(&product) && self.rng.percent(75),
        };
        if matches!(job, Job::Create { key: Some(_), .. }) {
            self.keyed.push(job);
        }
        job
    }

    /// An admin believes that the order was paid.
    fn complete(&mut self, world: &World) -> Job {
        let unpaid: Vec<u16> = world.born.iter().map(|(by, _)| *by).filter(|by| is_unpaid(world, *by)).collect();
        let order = self.rng.pick(&unpaid).copied().unwrap_or(0);
        let stated = [Statement::Nothing, Statement::True, Statement::True, Statement::MadeUp][self.rng.below(4)];
        Job::Complete { order, attempt: 1 + self.small(2), stated, key: self.small(10) }
    }

    /// A person looks at an open hold and decides.
    fn resolve(&mut self, world: &World, order: u16) -> Job {
        let holds = world.order(order).map(|order| order.holds()).unwrap_or_default();
        let any = HoldWord::ALL[self.rng.below(HoldWord::ALL.len())];
        let about = self.rng.pick(&holds).map_or(any, |hold| hold.word);
        let decision = [Decision::Accept, Decision::Return, Decision::Clear][self.rng.below(3)];
        let payment = self.rng.percent(70).then(|| self.small(3));
        Job::Resolve { order, payment, word: about, decision }
    }

    /// A sweep of everything, or of the shard of an order.
    fn sweep(&mut self, order: u16) -> Job {
        let at_once = 1 + self.small(3);
        Job::Sweep { at_once, shard_of: (at_once == 3).then_some(order) }
    }

    fn deliver(&mut self, world: &World, cover: &mut Coverage) -> Job {
        let notices = world.providers.notices.len();
        if notices == 0 || !self.rng.percent(self.delivery) {
            return Job::Sweep { at_once: 1, shard_of: None };
        }
        // Most likely the newest, but any older one may be repeated.
        let back = if self.rng.percent(60) { self.rng.below(notices.min(3)) } else { self.rng.below(notices) };
        let notice = u16::try_from(notices - 1 - back).unwrap_or(0);
        if self.delivered.contains(&notice) {
            cover.happens(Happening::Repeated);
        }
        self.delivered.push(notice);
        Job::Deliver { notice }
    }

    fn pay(&mut self, world: &World) -> Act {
        let trade = self.rng.pick(&world.providers.trades).map_or(0, |trade| trade.by);
        match self.rng.below(20) {
            0 => Act::Pay(trade, Pay::WrongAmount),
            1 => Act::Pay(trade, Pay::WrongAccount),
            2 => Act::Twin(trade, if self.rng.percent(70) { Twin::Other } else { Twin::Third }),
            3..=4 => Act::Process(trade),
            5..=6 => Act::EndProcess(trade, self.rng.percent(60)),
            7 => Act::Decline(trade),
            _ => Act::Pay(trade, Pay::Right),
        }
    }

    fn provider(&mut self, world: &World) -> Act {
        let trade = self.rng.pick(&world.providers.trades).map_or(0, |trade| trade.by);
        let refund = self.small(world.providers.refunds.len());
        let part = if self.rng.percent(50) { Part::Half } else { Part::Rest };
        match self.rng.below(100) {
            0..=32 => Act::MoveRefund(refund, Moved::Succeeds),
            35..=44 => Act::MoveRefund(refund, Moved::Fails),
            45..=54 => Act::MoveRefund(refund, Moved::IsAbnormal),
            55..=61 => Act::MoveRefund(refund, Moved::IsUndone),
            62..=69 => Act::EndProcess(trade, self.rng.percent(60)),
            70..=77 => Act::Outside(trade, part),
            78..=85 => Act::Dispute(trade),
            86..=95 => {
                let dispute = self.small(world.providers.disputes.len());
                Act::EndDispute(dispute, self.rng.percent(50))
            }
            33 | 96 => Act::Stranger(None),
            34 => Act::Lost,
            97..=98 => Act::Stranger(self.rng.pick(&world.born).map(|(by, _)| *by)),
            _ => Act::Restate,
        }
    }
}

fn is_unpaid(world: &World, by: u16) -> bool {
    world.order(by).is_some_and(|order| order.kept().is_none())
}
