//! Why a command is refused: one list, each with the stable word that callers see and a sentence that says why.

use crate::money::Money;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the order is already paid")]
    AlreadyPaid,
    #[error("the payment is already fully refunded")]
    AlreadyRefunded,
    #[error("the order has no payment to refund")]
    NotPaid,
    #[error("the rest of the payment is already being refunded")]
    RefundInProgress,
    #[error("a person must first resolve the hold on this payment")]
    OnHold,
    #[error("the order has expired or is about to expire")]
    Expired,
    #[error("the order was cancelled")]
    Cancelled,
    #[error("the idempotency key was already used for a different request")]
    IdempotencyConflict,
    #[error("the same operation is in progress; try again in a second")]
    InProgress,
    #[error("a payment of the order is being processed by its provider")]
    PaymentProcessing,
    #[error("a person is looking at a payment that does not fit the order")]
    PaymentInReview,
    #[error("the user has no lower membership to upgrade")]
    NothingToUpgrade,
    #[error("the user has no membership that runs or ended within the last 30 days")]
    NothingToExtend,
    #[error("the wallet balance is too low")]
    Insufficient,
    #[error("the order has no payment attempts left")]
    TooManyAttempts,
    #[error("the order has no refunds left")]
    TooManyRefunds,
    #[error("the refund exceeds the refundable amount of {left} {}", .left.currency())]
    RefundExceedsPaid { left: Money },
    /// The method is not open for this product, or not configured.
    #[error("this payment method is not available for this product")]
    MethodUnavailable,
    #[error("the amount is below the provider's minimum of {least} {}", .least.currency())]
    AmountTooSmall { least: Money },
    #[error("the amount is above the limit of {most} {}", .most.currency())]
    AmountTooLarge { most: Money },
    #[error("{field} {rule}")]
    InvalidField { field: &'static str, rule: &'static str },
    #[error("no such product is on sale")]
    ProductNotFound,
    /// Also for an order of another user.
    #[error("the order does not exist")]
    OrderNotFound,
    #[error("the order has no such open hold")]
    NoSuchHold,
    #[error("a payment attempt is still open at its provider")]
    StillOpen,
    #[error("this is not due for the order now")]
    NotDue,
    #[error("new orders are currently suspended")]
    Paused,
    #[error("the membership that this upgrade was priced on has changed")]
    Superseded,
    #[error("the wallet is full; use up some of its contents first")]
    WalletFull,
    /// A payment cannot be completed by hand: its provider was asked.
    #[error("the provider does not confirm a payment of this order")]
    ProviderDenies,
    #[error("this stage does not allow payments to be stated by hand")]
    StatementsOff,
    #[error("the provider has not confirmed the payment yet")]
    NotConfirmed,
    #[error("no such payment without an order is stored")]
    OrphanNotFound,
    #[error("the payment was settled to another order")]
    OrphanSettled,
    #[error("the payment was dealt with elsewhere, or all of it went back")]
    OrphanClosed,
}

impl Refusal {
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadyPaid => "already_paid",
            Self::AlreadyRefunded => "already_refunded",
            Self::NotPaid => "not_paid",
            Self::RefundInProgress => "refund_in_progress",
            Self::OnHold => "on_hold",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::InProgress => "in_progress",
            Self::PaymentProcessing => "payment_processing",
            Self::PaymentInReview => "payment_in_review",
            Self::NothingToUpgrade => "nothing_to_upgrade",
            Self::NothingToExtend => "nothing_to_extend",
            Self::Insufficient => "insufficient",
            Self::TooManyAttempts => "too_many_attempts",
            Self::TooManyRefunds => "too_many_refunds",
            Self::RefundExceedsPaid { .. } => "refund_exceeds_paid",
            Self::MethodUnavailable => "method_unavailable",
            Self::AmountTooSmall { .. } => "amount_too_small",
            Self::AmountTooLarge { .. } => "amount_too_large",
            Self::InvalidField { .. } => "invalid_field",
            Self::ProductNotFound => "product_not_found",
            Self::OrderNotFound => "order_not_found",
            Self::NoSuchHold => "no_such_hold",
            Self::StillOpen => "still_open",
            Self::NotDue => "not_due",
            Self::Paused => "paused",
            Self::Superseded => "superseded",
            Self::WalletFull => "wallet_full",
            Self::ProviderDenies => "provider_denies",
            Self::StatementsOff => "statements_off",
            Self::NotConfirmed => "not_confirmed",
            Self::OrphanNotFound => "orphan_not_found",
            Self::OrphanSettled => "orphan_settled",
            Self::OrphanClosed => "orphan_closed",
        }
    }
}
