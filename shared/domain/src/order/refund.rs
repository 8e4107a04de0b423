//! Refunds and disputes, each of one payment, which may be heard of later than they are.

use crate::id::RefundIndex;
use crate::money::Money;
use crate::provider::Account;
use crate::text::{DisputeNo, Key, OutsideRefundNo, Reason, TradeNo};
use crate::time::Time;

use super::by::By;

/// Refunds that people can order of one order; returns that Till makes by itself come on top.
pub const MOST_COMMANDED_REFUNDS: usize = 50;

/// A refund's number: ours, or the provider's for one that was made elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RefundId {
    /// `<order_no>R<n>`.
    Ours(RefundIndex),
    /// Made on the provider's own platform.
    Theirs(OutsideRefundNo),
}

/// How far a refund has come. States only move up; a failure can follow a success by weeks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RefundState {
    /// Decided, not yet accepted by the provider.
    Requested,
    /// The provider is at it.
    Processing,
    /// The provider wants a person to look at it.
    Abnormal,
    /// The money is with the buyer.
    Succeeded,
    /// It will not happen, or was undone: certain, and the end of this number.
    Failed,
}

/// Under which key a person ordered a refund, and of how much (none: all that was left).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Request {
    /// The caller's key.
    pub key: Key,
    /// The amount as it stood in the request.
    pub amount: Option<Money>,
}

/// Money on its way back to the buyer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Refund {
    /// Its number.
    pub id: RefundId,
    /// Of which payment (which may not be known yet).
    pub trade_no: TradeNo,
    /// Through which account.
    pub account: Account,
    /// How much.
    pub amount: Money,
    /// How far it has come.
    pub state: RefundState,
    /// Whether it ever succeeded, even if it failed afterwards.
    pub ever_succeeded: bool,
    /// Whether the goods go back with it, whatever its amount.
    pub revoke: bool,
    /// Why.
    pub reason: Option<Reason>,
    /// Who wanted it.
    pub by: By,
    /// The request that ordered it.
    pub request: Option<Request>,
    /// When it was decided or first heard of.
    pub at: Time,
    /// The account at the provider lacks the money for it at the moment.
    pub no_balance: bool,
    /// Questions in a row that the provider did not answer.
    pub unanswered: u8,
}

impl Refund {
    /// A refund that is decided and not yet sent.
    #[must_use]
    pub const fn new(id: RefundId, trade_no: TradeNo, account: Account, amount: Money, by: By, at: Time) -> Self {
        Self {
            id,
            trade_no,
            account,
            amount,
            state: RefundState::Requested,
            ever_succeeded: false,
            revoke: false,
            reason: None,
            by,
            request: None,
            at,
            no_balance: false,
            unanswered: 0,
        }
    }
}

/// How a dispute stands. States only move up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DisputeState {
    /// The bank is looking into it.
    Opened,
    /// The money stays.
    Won,
    /// The money is gone.
    Lost,
}

/// A payment that its buyer contests at the bank.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Dispute {
    /// The provider's number of it.
    pub no: DisputeNo,
    /// Of which payment (which may not be known yet).
    pub trade_no: TradeNo,
    /// How much.
    pub amount: Money,
    /// How it stands.
    pub state: DisputeState,
}
