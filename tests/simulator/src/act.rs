//! Everything that can happen next, as plain values: a history is a list of them. An act that does not fit the world as it
//! stands is passed over, so a history with some acts left out is a history still.

use std::fmt;

use till_domain::order::{Decision, HoldWord};
use till_domain::provider::Method;

use crate::providers::Mood;

/// How a call of a worker goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Fate {
    /// It takes effect and is answered; a provider answers in this mood.
    Answered(Mood),
    /// It takes no effect, and no answer comes.
    Before,
    /// It takes effect, and no answer comes.
    After,
    /// It takes effect twice; the second answer comes.
    Twice,
    /// The process dies before it takes effect.
    DieBefore,
    /// The process dies after it took effect.
    DieAfter,
}

pub(crate) const FINE: Fate = Fate::Answered(Mood::Willing);

/// Which part of a payment is meant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Part {
    /// All that is left.
    Rest,
    /// Half of it.
    Half,
    /// More than it was.
    TooMuch,
}

/// What somebody asks of us. Orders and trades are named by the worker that made them, so that a history without some of
/// its acts still speaks of the same ones; notices, refunds and the rest by the order in which they came to be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Job {
    /// A user wants to buy.
    Create { user: u8, product: u8, method: Method, key: Option<u8>, upgrade: bool },
    /// A buyer wants to pay anew.
    Retry { order: u16, method: Option<Method> },
    /// A buyer or an admin cancels.
    Cancel { order: u16, admin: bool },
    /// An admin gives money back.
    Refund { order: u16, payment: Option<u8>, part: Part, revoke: bool, key: u8 },
    /// An admin resolves a hold.
    Resolve { order: u16, payment: Option<u8>, word: HoldWord, decision: Decision },
    /// A notice arrives.
    Deliver { notice: u16 },
    /// A message is received from the queue.
    Receive { message: u32 },
    /// The schedule fires.
    Sweep { at_once: u8 },
    /// A service spends from a wallet.
    Spend { user: u8, points: u16, quota: bool, key: u8 },
}

impl Job {
    /// The kind of errand that it becomes.
    pub(crate) const fn kind(self) -> usize {
        match self {
            Self::Create { .. } => 0,
            Self::Retry { .. } => 1,
            Self::Cancel { .. } => 2,
            Self::Refund { .. } => 3,
            Self::Resolve { .. } => 4,
            Self::Deliver { .. } => 5,
            Self::Receive { .. } => 6,
            Self::Sweep { .. } => 7,
            Self::Spend { .. } => 8,
        }
    }
}

/// How a buyer pays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Pay {
    /// As asked.
    Right,
    /// Another amount.
    WrongAmount,
    /// Through another account of ours.
    WrongAccount,
}

/// One thing that happens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Act {
    /// A worker of this number is set to a job.
    Start(u16, Job),
    /// A worker's call goes through, one way or another: the n-th of those that it waits for.
    Step(u16, u8, Fate),
    /// A worker goes on for so many calls, and all goes well.
    Run(u16, u8),
    /// Time passes.
    Pass(u32),
    /// Time passes until something is due.
    Tick,
    /// The index of due orders catches up.
    Propagate,
    /// The store deletes what is past its time.
    Purge,
    /// A buyer pays a trade.
    Pay(u16, Pay),
    /// A buyer pays a trade by a method that takes its time.
    Process(u16),
    /// What came of it.
    EndProcess(u16, bool),
    /// A refund succeeds, fails for certain, or wants a person.
    MoveRefund(u8, Moved),
    /// A refund is made on the provider's own platform.
    Outside(u16, Part),
    /// A payment is contested.
    Dispute(u16),
    /// The bank decides: won or lost.
    EndDispute(u8, bool),
    /// Money is taken under a number that is not (or not any more) ours, or that an order of ours never used.
    Stranger(Option<u16>),
}

/// Where a refund moves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Moved {
    /// It is done.
    Succeeds,
    /// It will not be.
    Fails,
    /// A person must look.
    IsAbnormal,
    /// It was done and is undone.
    IsUndone,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(worker, job) => write!(f, "worker {worker} begins: {job:?}"),
            Self::Step(worker, 0, FINE) => write!(f, "worker {worker}: its call goes through"),
            Self::Step(worker, n, Fate::Answered(mood)) => {
                write!(f, "worker {worker}: its call {n} goes through, the other side being {mood:?}")
            }
            Self::Step(worker, n, Fate::Before) => write!(f, "worker {worker}: its call {n} is lost"),
            Self::Step(worker, n, Fate::After) => write!(f, "worker {worker}: the answer to its call {n} is lost"),
            Self::Step(worker, n, Fate::Twice) => write!(f, "worker {worker}: its call {n} goes through twice"),
            Self::Step(worker, _, Fate::DieBefore) => write!(f, "worker {worker} dies before its call"),
            Self::Step(worker, _, Fate::DieAfter) => write!(f, "worker {worker} dies after its call took effect"),
            Self::Run(worker, n) => write!(f, "worker {worker} goes on for {n} calls"),
            Self::Pass(seconds) => write!(f, "{seconds} seconds pass"),
            Self::Tick => f.write_str("time passes until something is due"),
            Self::Propagate => f.write_str("the index catches up"),
            Self::Purge => f.write_str("the store deletes what is past its time"),
            Self::Pay(trade, Pay::Right) => write!(f, "the buyer pays trade {trade}"),
            Self::Pay(trade, Pay::WrongAmount) => write!(f, "the buyer pays another amount for trade {trade}"),
            Self::Pay(trade, Pay::WrongAccount) => write!(f, "trade {trade} is paid through another account"),
            Self::Process(trade) => write!(f, "the buyer pays trade {trade}; it is processing"),
            Self::EndProcess(trade, true) => write!(f, "trade {trade} was processed and is paid"),
            Self::EndProcess(trade, false) => write!(f, "trade {trade} was processed and failed"),
            Self::MoveRefund(refund, moved) => write!(f, "the provider's refund {refund} {moved:?}"),
            Self::Outside(trade, part) => {
                write!(f, "{part:?} of trade {trade} is given back on the provider's platform")
            }
            Self::Dispute(trade) => write!(f, "the payment of trade {trade} is contested"),
            Self::EndDispute(dispute, true) => write!(f, "dispute {dispute} is won"),
            Self::EndDispute(dispute, false) => write!(f, "dispute {dispute} is lost"),
            Self::Stranger(None) => f.write_str("money comes for an order that nobody knows"),
            Self::Stranger(Some(order)) => write!(f, "money comes for order {order} by an attempt that nobody knows"),
        }
    }
}
