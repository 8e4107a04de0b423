//! The exhaustive search: from a small world it tries everything that can happen in any order, and visits each state
//! once. From every state all workers are killed, the faults end, everything comes to rest, and the invariants are
//! checked.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::time::Duration;

use crate::act::{Act, FINE, Fate, Job};
use crate::coverage::Coverage;
use crate::worker::Worker;
use crate::world::{Broken, World};
use crate::worlds::{ALWAYS, May, SmallWorld};

/// A search that reaches this has proved nothing, and fails.
const MOST_STATES: usize = 3_000_000;
const MOST_WORKERS: usize = 2;
/// Numbers of workers that no small world names.
const NAMELESS: u16 = 50_000;

/// What the search of one small world showed.
#[derive(Clone, Debug, Default)]
pub struct Searched {
    pub name: &'static str,
    pub about: &'static str,
    pub states: usize,
    pub acts: u64,
    pub at_rest: usize,
    pub depth: u32,
    pub took: Duration,
    /// What broke, and how it came to that.
    pub failure: Option<(Broken, Vec<String>)>,
    /// The bound cut it short: nothing is proved.
    pub cut_short: bool,
    pub coverage: Coverage,
}

impl Searched {
    /// Whether every state was visited and none broke an invariant.
    #[must_use]
    pub const fn is_proof(&self) -> bool {
        self.failure.is_none() && !self.cut_short
    }
}

impl fmt::Display for Searched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<22} {:>9} states {:>10} acts {:>8} at rest, depth {:>3}, {:>6.1} s  {}",
            self.name,
            self.states,
            self.acts,
            self.at_rest,
            self.depth,
            self.took.as_secs_f64(),
            self.about
        )?;
        if self.cut_short {
            write!(f, "\n  CUT SHORT at {MOST_STATES} states: nothing is proved")?;
        }
        if let Some((broken, story)) = &self.failure {
            write!(f, "\n  breaks the invariant: {}\n  {}", broken.invariant, broken.detail)?;
            for (n, line) in story.iter().enumerate() {
                write!(f, "\n{:4}. {line}", n + 1)?;
            }
        }
        Ok(())
    }
}

#[derive(Clone)]
struct State {
    world: World,
    left: Vec<u8>,
    number: u32,
    depth: u32,
}

/// How a state was reached first.
struct Step {
    from: u32,
    act: Act,
}

pub(crate) fn search(small: &SmallWorld) -> Searched {
    let mut searched = Searched { name: small.name, about: small.about, ..Searched::default() };
    let mut walk = Walk { small, visited: HashSet::new(), rested: HashSet::new(), steps: Vec::new() };
    walk.run(&mut searched);
    searched.states = walk.visited.len();
    searched.at_rest = walk.rested.len();
    searched
}

struct Walk<'a> {
    small: &'a SmallWorld,
    visited: HashSet<u64>,
    rested: HashSet<u64>,
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn run(&mut self, searched: &mut Searched) {
        let mut world = World::new(self.small.settings(), true);
        world.tables.index_lags = self.small.index_lags;
        world.outlive = self.small.outlive;
        for act in &self.small.before {
            world.act(*act, &mut searched.coverage);
            while read_on(&mut world, &mut searched.coverage) {}
        }
        let left = self.small.may.iter().map(|(_, times)| *times).collect();
        let first = State { world, left, number: 0, depth: 0 };
        self.visited.insert(fingerprint(&first));
        self.steps.push(Step { from: 0, act: Act::Tick });
        let mut frontier = VecDeque::from([first]);
        while let Some(state) = frontier.pop_front() {
            searched.depth = searched.depth.max(state.depth);
            if let Err(broken) = self.rest(&state, &mut searched.coverage) {
                searched.failure = Some((broken, self.story(state.number)));
                return;
            }
            for (act, of) in acts(&state, self.small) {
                let mut next =
                    State { world: state.world.clone(), left: state.left.clone(), number: 0, depth: state.depth + 1 };
                if !next.world.act(act, &mut searched.coverage) {
                    continue;
                }
                while read_on(&mut next.world, &mut searched.coverage) {}
                searched.acts += 1;
                if let Some(left) = of.and_then(|of| next.left.get_mut(of)).filter(|left| **left != ALWAYS) {
                    *left -= 1;
                }
                if !self.visited.insert(fingerprint(&next)) {
                    continue;
                }
                next.number = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
                self.steps.push(Step { from: state.number, act });
                if let Some(broken) = next.world.broken.clone() {
                    searched.failure = Some((broken, self.story(next.number)));
                    return;
                }
                if self.visited.len() >= MOST_STATES {
                    searched.cut_short = true;
                    return;
                }
                frontier.push_back(next);
            }
        }
    }

    /// Kills all workers, lets everything come to rest, and checks; once for each state that is left then.
    fn rest(&mut self, state: &State, cover: &mut Coverage) -> Result<(), Broken> {
        if !self.rested.insert(state.world.fingerprint_at_rest()) {
            return Ok(());
        }
        let mut world = state.world.clone();
        world.settle_down(cover);
        world.check()
    }

    fn story(&self, number: u32) -> Vec<String> {
        let mut story = Vec::new();
        let mut at = number;
        while at != 0 {
            let step = &self.steps[at as usize];
            story.push(step.act.to_string());
            at = step.from;
        }
        story.reverse();
        story
    }
}

fn fingerprint(state: &State) -> u64 {
    use std::hash::{Hash as _, Hasher as _};
    let mut digest = crate::digest::Digest::default();
    (state.world.fingerprint(), &state.left).hash(&mut digest);
    digest.finish()
}

/// Reads go through at once. A worker that has read and not yet written can be overtaken by any other, and its write is
/// on condition, so reading later leads to no new state.
pub(crate) fn read_on(world: &mut World, cover: &mut Coverage) -> bool {
    let reads = world.workers.iter().find_map(|worker| {
        let place = worker.pending.iter().position(|pending| pending.call.only_reads())?;
        Some((worker.id, place))
    });
    reads.is_some_and(|(id, place)| world.act(Act::Step(id, u8::try_from(place).unwrap_or(0), FINE), cover))
}

/// Everything that may happen next, and which allowance it uses up.
fn acts(state: &State, small: &SmallWorld) -> Vec<(Act, Option<usize>)> {
    let world = &state.world;
    let mut acts = Vec::new();
    for worker in &world.workers {
        for n in 0..worker.pending.len() {
            acts.push((Act::Step(worker.id, u8::try_from(n).unwrap_or(0), FINE), None));
        }
    }
    for (of, (may, _)) in small.may.iter().enumerate() {
        if state.left[of] > 0 {
            allow(state, *may, of, small.twins, &mut acts);
        }
    }
    acts
}

fn allow(state: &State, may: May, of: usize, twins: bool, acts: &mut Vec<(Act, Option<usize>)>) {
    let world = &state.world;
    let twin = |worker: &Worker| !twins && worker.errand.kind() == kind_of(may);
    let busy = world.workers.len() >= MOST_WORKERS || world.workers.iter().any(twin);
    let nameless =
        || (NAMELESS..=u16::MAX).find(|id| world.workers.iter().all(|worker| worker.id != *id)).unwrap_or(NAMELESS);
    let trades = || world.providers.trades.iter().map(|trade| trade.by);
    let mut push = |act: Act| acts.push((act, Some(of)));
    match may {
        May::Ask(job) if !busy => {
            // A new worker each time, so that each order has its own number.
            let id = u16::try_from(of).unwrap_or(0) * 256 + u16::from(state.left[of]) + 1;
            push(Act::Start(id, job));
        }
        May::Deliver if !busy => {
            for notice in 0..world.providers.notices.len() {
                push(Act::Start(nameless(), Job::Deliver { notice: u16::try_from(notice).unwrap_or(0) }));
            }
        }
        May::Receive if !busy => {
            for message in world.tables.queue.waiting() {
                push(Act::Start(nameless(), Job::Receive { message: message.id }));
            }
        }
        May::Sweep if !busy && world.tables.orders.values().any(|order| order.is_due(world.now)) => {
            push(Act::Start(nameless(), Job::Sweep { at_once: 1, shard_of: None }));
        }
        May::Ask(_) | May::Deliver | May::Receive | May::Sweep => {}
        May::Tick => push(Act::Tick),
        May::Propagate => push(Act::Propagate),
        May::Pay(how) => trades().for_each(|by| push(Act::Pay(by, how))),
        May::Twin(twin) => trades().for_each(|by| push(Act::Twin(by, twin))),
        May::Process => trades().for_each(|by| push(Act::Process(by))),
        May::EndProcess(paid) => trades().for_each(|by| push(Act::EndProcess(by, paid))),
        May::Decline => trades().for_each(|by| push(Act::Decline(by))),
        May::Outside(part) => trades().for_each(|by| push(Act::Outside(by, part))),
        May::Dispute => trades().for_each(|by| push(Act::Dispute(by))),
        May::MoveRefund(moved) => {
            for refund in 0..world.providers.refunds.len() {
                push(Act::MoveRefund(u8::try_from(refund).unwrap_or(0), moved));
            }
        }
        May::EndDispute(won) => {
            for dispute in 0..world.providers.disputes.len() {
                push(Act::EndDispute(u8::try_from(dispute).unwrap_or(0), won));
            }
        }
        May::Restate => push(Act::Restate),
        May::Lost => push(Act::Lost),
        May::Stranger => {
            push(Act::Stranger(None));
            for (by, _) in &world.born {
                push(Act::Stranger(Some(*by)));
            }
        }
        May::Mood(mood) => steps(world, Fate::Answered(mood), &mut push),
        May::Unheard => {
            steps(world, Fate::Before, &mut push);
            steps(world, Fate::After, &mut push);
        }
        May::Twice => steps(world, Fate::Twice, &mut push),
        May::Die => {
            steps(world, Fate::DieBefore, &mut push);
            steps(world, Fate::DieAfter, &mut push);
        }
    }
}

/// The kind of worker that this would set off.
fn kind_of(may: May) -> usize {
    match may {
        May::Ask(job) => job.kind(),
        May::Deliver => Job::Deliver { notice: 0 }.kind(),
        May::Receive => Job::Receive { message: 0 }.kind(),
        _ => Job::Sweep { at_once: 1, shard_of: None }.kind(),
    }
}

fn steps(world: &World, fate: Fate, push: &mut impl FnMut(Act)) {
    for worker in &world.workers {
        push(Act::Step(worker.id, 0, fate));
    }
}
