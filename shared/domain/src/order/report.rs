//! A provider's verified statement about an order, pushed by a callback or asked for. Payments enter an order in no
//! other way.

use crate::id::AttemptNo;
use crate::money::Money;
use crate::provider::Account;
use crate::text::{Buyer, DisputeNo, TradeNo};
use crate::time::Time;

use super::attempt::Decline;
use super::refund::{DisputeState, RefundId};

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Report {
    pub attempt: AttemptNo,
    pub account: Account,
    /// When we asked; `None` for a callback.
    pub asked_at: Option<Time>,
    pub says: Says,
}

/// A status that we do not know is [`Says::Unknown`]: neither paid nor failed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Says {
    Paid {
        trade_no: TradeNo,
        amount: Money,
        paid_at: Time,
        buyer: Option<Buyer>,
    },
    NotPaid,
    Processing,
    Failed,
    /// A payment was declined. It says nothing of whether the attempt can still be paid.
    Declined(Decline),
    Closed {
        /// The provider promises that it can no longer be paid.
        for_good: bool,
    },
    Unknown,
    Refund {
        id: RefundId,
        trade_no: TradeNo,
        amount: Money,
        word: RefundWord,
    },
    /// The total of a payment that went back, our own refunds included.
    BackInAll {
        trade_no: TradeNo,
        amount: Money,
    },
    /// Part of a payment went back, but the amount was not reported.
    BackUnclear {
        trade_no: TradeNo,
    },
    Dispute {
        no: DisputeNo,
        trade_no: TradeNo,
        amount: Money,
        state: DisputeState,
    },
}

impl Says {
    /// The payment that the report is about; `None` if it is not about money.
    pub const fn trade_no(&self) -> Option<&TradeNo> {
        match self {
            Self::Paid { trade_no, .. }
            | Self::Refund { trade_no, .. }
            | Self::BackInAll { trade_no, .. }
            | Self::BackUnclear { trade_no }
            | Self::Dispute { trade_no, .. } => Some(trade_no),
            Self::NotPaid
            | Self::Processing
            | Self::Failed
            | Self::Declined(_)
            | Self::Closed { .. }
            | Self::Unknown => None,
        }
    }

    /// How much money it is about, if it says so.
    pub const fn amount(&self) -> Option<Money> {
        match self {
            Self::Paid { amount, .. }
            | Self::Refund { amount, .. }
            | Self::BackInAll { amount, .. }
            | Self::Dispute { amount, .. } => Some(*amount),
            Self::BackUnclear { .. }
            | Self::NotPaid
            | Self::Processing
            | Self::Failed
            | Self::Declined(_)
            | Self::Closed { .. }
            | Self::Unknown => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RefundWord {
    /// Not accepted, for a temporary or unclear reason. Changes nothing.
    Unclear,
    /// Not accepted: the account's balance at the provider is too low.
    NoBalance,
    Processing,
    /// A person must look at it at the provider.
    Abnormal,
    Succeeded,
    Failed,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Subject {
    Attempt(AttemptNo),
    Refund(RefundId),
}
