//! Everything that can happen next, as plain values: a history is a list of them. An act that does not fit the present
//! world is skipped, so a history with some acts left out is still a history.

use std::fmt;

use till_domain::order::{Decision, HoldWord};
use till_domain::provider::Method;

use crate::providers::Mood;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Fate {
    /// It takes effect and is answered; a provider answers in this mood.
    Answered(Mood),
    /// It takes no effect, and no answer comes.
    Before,
    After,
    /// It takes effect twice; the second answer comes.
    Twice,
    DieBefore,
    DieAfter,
}

pub(crate) const FINE: Fate = Fate::Answered(Mood::Willing);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Part {
    /// All that is left.
    Rest,
    Half,
    /// More than it was.
    TooMuch,
}

/// A request to the product. Orders and trades are named by the worker that made them, so that a history without some
/// of its acts still names the same ones; notices, refunds and the rest are named by the order of their creation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Job {
    Create {
        user: u8,
        product: u8,
        method: Method,
        key: Option<u8>,
        upgrade: bool,
    },
    Retry {
        order: u16,
        method: Option<Method>,
    },
    Cancel {
        order: u16,
        admin: bool,
    },
    Refund {
        order: u16,
        payment: Option<u8>,
        part: Part,
        revoke: bool,
        key: u8,
    },
    Resolve {
        order: u16,
        payment: Option<u8>,
        word: HoldWord,
        decision: Decision,
    },
    Deliver {
        notice: u16,
    },
    Receive {
        message: u32,
    },
    Sweep {
        at_once: u8,
        /// Of the shard alone in which this order is, as a message asks for it.
        shard_of: Option<u16>,
    },
    Spend {
        user: u8,
        points: u16,
        quota: u16,
        key: u8,
    },
    /// A person of the team changes a wallet; `asks` is a number of the cast's.
    ByHand {
        user: u8,
        asks: u8,
        key: u8,
    },
    /// An admin completes the order, and states that an attempt was paid if its provider does not answer.
    Complete {
        order: u16,
        attempt: u8,
        stated: Statement,
        key: u8,
    },
    /// A person settles an orphan, by the order in which they were kept, to an order.
    SettleOrphan {
        order: u16,
        orphan: u8,
        key: u8,
    },
    /// Asks Stripe for the disputes of an account: the one for new attempts, or the other.
    AskDisputes {
        other: bool,
    },
}

impl Job {
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
            Self::AskDisputes { .. } => 9,
            Self::ByHand { .. } => 10,
            Self::Complete { .. } => 11,
            Self::SettleOrphan { .. } => 12,
        }
    }
}

/// What an admin states, besides the price.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Statement {
    /// Nothing: the providers are asked and that is all.
    Nothing,
    /// The number that the provider's books have; a made-up one, if they have none.
    True,
    /// A number that no provider has.
    MadeUp,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Pay {
    Right,
    WrongAmount,
    WrongAccount,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Act {
    /// A worker of this number is set to a job.
    Start(u16, Job),
    /// A worker's call ends with this fate: the n-th of those that it waits for.
    Step(u16, u8, Fate),
    /// A worker goes on for so many calls, and all goes well.
    Run(u16, u8),
    Pass(u32),
    Tick,
    Propagate,
    /// The store deletes what is past its time.
    Purge,
    Pay(u16, Pay),
    /// A payment is also announced through another account of ours that stands behind the same one at the provider, or
    /// through a third.
    Twin(u16, Twin),
    /// A buyer pays a trade by a method that takes its time.
    Process(u16),
    EndProcess(u16, bool),
    /// A buyer's payment is declined, and they may try again.
    Decline(u16),
    /// A refund succeeds, fails for certain, or wants a person.
    MoveRefund(u8, Moved),
    /// A refund is made on the provider's own platform.
    Outside(u16, Part),
    Dispute(u16),
    EndDispute(u8, bool),
    /// The team states other parts of its bundles' prices for their memberships.
    Restate,
    /// Money is taken under a number that is not ours (any more), or that our order never used.
    Stranger(Option<u16>),
    /// Alipay takes the price of points under the number of an order that the store has lost.
    Lost,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Twin {
    Other,
    Third,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Moved {
    Succeeds,
    Fails,
    IsAbnormal,
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
            Self::Twin(trade, Twin::Other) => {
                write!(f, "the payment of trade {trade} is also announced through another account")
            }
            Self::Twin(trade, Twin::Third) => {
                write!(f, "the payment of trade {trade} is also announced through a third account")
            }
            Self::Process(trade) => write!(f, "the buyer pays trade {trade}; it is processing"),
            Self::EndProcess(trade, true) => write!(f, "trade {trade} was processed and is paid"),
            Self::EndProcess(trade, false) => write!(f, "trade {trade} was processed and failed"),
            Self::Decline(trade) => write!(f, "a payment of trade {trade} is declined"),
            Self::MoveRefund(refund, moved) => write!(f, "the provider's refund {refund} {moved:?}"),
            Self::Outside(trade, part) => {
                write!(f, "{part:?} of trade {trade} is given back on the provider's platform")
            }
            Self::Dispute(trade) => write!(f, "the payment of trade {trade} is contested"),
            Self::EndDispute(dispute, true) => write!(f, "dispute {dispute} is won"),
            Self::EndDispute(dispute, false) => write!(f, "dispute {dispute} is lost"),
            Self::Restate => f.write_str("the team states other upgrade worths for its bundles"),
            Self::Lost => f.write_str("money comes at Alipay for an order that was lost"),
            Self::Stranger(None) => f.write_str("money comes for an order that does not exist"),
            Self::Stranger(Some(order)) => {
                write!(f, "money comes for order {order} by an attempt that it does not have")
            }
        }
    }
}
