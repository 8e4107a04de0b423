//! Why a command is refused: one list, each with the stable word that callers see and a sentence that says why.

use std::fmt;

use crate::money::Money;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    AlreadyPaid,
    AlreadyRefunded,
    NotPaid,
    /// What is left of it is on its way back.
    RefundInProgress,
    OnHold,
    Expired,
    Cancelled,
    IdempotencyConflict,
    InProgress,
    NothingToUpgrade,
    Insufficient,
    TooManyAttempts,
    TooManyRefunds,
    RefundExceedsPaid {
        left: Money,
    },
    /// The method is not open for this product, or not configured.
    MethodUnavailable,
    AmountTooSmall {
        least: Money,
    },
    AmountTooLarge {
        most: Money,
    },
    InvalidField {
        field: &'static str,
        rule: &'static str,
    },
    ProductNotFound,
    /// There is no such order (for this user).
    OrderNotFound,
    NoSuchHold,
    /// A try to pay is still open at the provider.
    StillOpen,
    /// Nothing of the kind is to be done for this order now.
    NotDue,
    Paused,
    /// What an upgrade was priced on has changed since.
    Superseded,
    WalletFull,
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
            Self::NothingToUpgrade => "nothing_to_upgrade",
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
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyPaid => f.write_str("the order is already paid"),
            Self::AlreadyRefunded => f.write_str("the payment is already fully refunded"),
            Self::NotPaid => f.write_str("the order has no payment to refund"),
            Self::RefundInProgress => f.write_str("the rest of the payment is already being refunded"),
            Self::OnHold => f.write_str("a person must first resolve the hold on this payment"),
            Self::Expired => f.write_str("the order has expired or is about to expire"),
            Self::Cancelled => f.write_str("the order was cancelled"),
            Self::IdempotencyConflict => f.write_str("the idempotency key was already used for a different request"),
            Self::InProgress => f.write_str("the same operation is in progress; try again in a second"),
            Self::NothingToUpgrade => f.write_str("the user has no lower membership to upgrade"),
            Self::Insufficient => f.write_str("the wallet balance is too low"),
            Self::TooManyAttempts => f.write_str("the order has no payment attempts left"),
            Self::TooManyRefunds => f.write_str("the order has no refunds left"),
            Self::RefundExceedsPaid { left } => {
                write!(f, "the refund exceeds the refundable amount of {left} {}", left.currency())
            }
            Self::MethodUnavailable => f.write_str("this payment method is not available for this product"),
            Self::AmountTooSmall { least } => {
                write!(f, "the amount is below the provider's minimum of {least} {}", least.currency())
            }
            Self::AmountTooLarge { most } => write!(f, "the amount is above the limit of {most} {}", most.currency()),
            Self::InvalidField { field, rule } => write!(f, "{field} {rule}"),
            Self::ProductNotFound => f.write_str("no such product is on sale"),
            Self::OrderNotFound => f.write_str("the order does not exist"),
            Self::NoSuchHold => f.write_str("the order has no such open hold"),
            Self::StillOpen => f.write_str("a payment attempt is still open at its provider"),
            Self::NotDue => f.write_str("this is not due for the order now"),
            Self::Paused => f.write_str("new orders are currently suspended"),
            Self::Superseded => f.write_str("the membership that this upgrade was priced on has changed"),
            Self::WalletFull => f.write_str("the wallet is full; use up some of its contents first"),
        }
    }
}

impl std::error::Error for Refusal {}
