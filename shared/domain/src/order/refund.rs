//! Refunds and disputes, each of one payment. Either may be heard of before its payment.

use crate::id::RefundIndex;
use crate::money::Money;
use crate::provider::Account;
use crate::text::{DisputeNo, Key, OutsideRefundNo, Reason, TradeNo};
use crate::time::Time;

use super::by::By;

/// Refunds that people can order of one order; automatic returns do not count.
pub const MOST_COMMANDED_REFUNDS: usize = 50;

/// A refund's number: ours, or the provider's for one that was made elsewhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RefundId {
    /// `<order_no>R<n>`.
    Ours(RefundIndex),
    Theirs(OutsideRefundNo),
}

/// How far a refund has come. States only move up; a failure can follow a success by weeks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RefundState {
    /// Decided, not yet accepted by the provider.
    Requested,
    Processing,
    Abnormal,
    Succeeded,
    /// It certainly did not happen, or was undone. This number is never sent again.
    Failed,
}

/// The request that ordered a refund: its repetition is recognised by the key.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Request {
    pub key: Key,
    /// As requested; `None` asked for everything that was left.
    pub amount: Option<Money>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Refund {
    pub id: RefundId,
    /// Of which payment (which may not be known yet).
    pub trade_no: TradeNo,
    pub account: Account,
    pub amount: Money,
    pub state: RefundState,
    /// Whether it ever succeeded, even if it failed afterwards.
    pub ever_succeeded: bool,
    /// Whether the goods go back with it, independent of its amount.
    pub revoke: bool,
    pub reason: Option<Reason>,
    pub by: By,
    pub request: Option<Request>,
    pub at: Time,
    /// The account's balance at the provider is too low for it now.
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

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DisputeState {
    Opened,
    Won,
    Lost,
}

/// A payment that its buyer contests at the bank.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Dispute {
    pub no: DisputeNo,
    /// Of which payment (which may not be known yet).
    pub trade_no: TradeNo,
    pub amount: Money,
    pub state: DisputeState,
}
