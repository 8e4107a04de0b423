//! What a provider says of an order, verified: pushed by a callback or asked for. The only way in for money.

use crate::id::AttemptNo;
use crate::money::Money;
use crate::provider::Account;
use crate::text::{Buyer, DisputeNo, TradeNo};
use crate::time::Time;

use super::refund::{DisputeState, RefundId};

/// One thing that a provider said.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Report {
    /// Of which attempt.
    pub attempt: AttemptNo,
    /// Through which account of ours it came.
    pub account: Account,
    /// When it was asked for; none when it was pushed.
    pub asked_at: Option<Time>,
    /// What was said.
    pub says: Says,
}

/// What was said. A word that is not known is [`Says::Unknown`]: neither paid nor failed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Says {
    /// Money was taken.
    Paid {
        /// The provider's number of the payment.
        trade_no: TradeNo,
        /// How much.
        amount: Money,
        /// When the buyer paid.
        paid_at: Time,
        /// Who.
        buyer: Option<Buyer>,
    },
    /// No money was taken so far.
    NotPaid,
    /// The provider is at it.
    Processing,
    /// It did not work.
    Failed,
    /// It can no longer be paid.
    Closed {
        /// Whether the provider promises so.
        for_good: bool,
    },
    /// A word that we do not know.
    Unknown,
    /// A refund, ours or one made elsewhere.
    Refund {
        /// Its number.
        id: RefundId,
        /// Of which payment.
        trade_no: TradeNo,
        /// How much.
        amount: Money,
        /// How far it has come.
        word: RefundWord,
    },
    /// So much of a payment has gone back in all, our own refunds included.
    BackInAll {
        /// Of which payment.
        trade_no: TradeNo,
        /// How much.
        amount: Money,
    },
    /// Something of a payment has gone back; how much was not said.
    BackUnclear {
        /// Of which payment.
        trade_no: TradeNo,
    },
    /// A dispute.
    Dispute {
        /// Its number.
        no: DisputeNo,
        /// Of which payment.
        trade_no: TradeNo,
        /// How much.
        amount: Money,
        /// How it stands.
        state: DisputeState,
    },
}

impl Says {
    /// The payment that it speaks of, by the provider's number: none where it speaks of no money.
    pub const fn trade_no(&self) -> Option<&TradeNo> {
        match self {
            Self::Paid { trade_no, .. }
            | Self::Refund { trade_no, .. }
            | Self::BackInAll { trade_no, .. }
            | Self::BackUnclear { trade_no }
            | Self::Dispute { trade_no, .. } => Some(trade_no),
            Self::NotPaid | Self::Processing | Self::Failed | Self::Closed { .. } | Self::Unknown => None,
        }
    }
}

/// What a provider says of a refund.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RefundWord {
    /// Not taken on, for a reason that may pass or that is not certain. Changes nothing.
    Unclear,
    /// Not taken on: the account at the provider lacks the money.
    NoBalance,
    /// Taken on.
    Processing,
    /// A person must look at it at the provider.
    Abnormal,
    /// Done.
    Succeeded,
    /// Certain not to happen, or undone.
    Failed,
}

/// What a question was about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Subject {
    /// An attempt.
    Attempt(AttemptNo),
    /// A refund.
    Refund(RefundId),
}
