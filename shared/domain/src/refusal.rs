//! Why a command is refused: one list, each with the stable word that callers see and a sentence that says why.

use std::fmt;

use crate::money::Money;

/// A command that changes nothing, and why.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// There is money for it already.
    AlreadyPaid,
    /// All of it has gone back already.
    AlreadyRefunded,
    /// There is no money to give back.
    NotPaid,
    /// What is left of it is on its way back.
    RefundInProgress,
    /// A person must look at this payment first.
    OnHold,
    /// Too late to pay for this order.
    Expired,
    /// The order was cancelled.
    Cancelled,
    /// The same key came with another request.
    IdempotencyConflict,
    /// Something that was begun must end first.
    InProgress,
    /// The user has no lower membership to upgrade.
    NothingToUpgrade,
    /// Less is there than would be spent.
    Insufficient,
    /// No attempt number is left.
    TooManyAttempts,
    /// No refund number is left.
    TooManyRefunds,
    /// More would go back than can.
    RefundExceedsPaid {
        /// What can go back at most.
        left: Money,
    },
    /// The method is not open for this product, or not configured.
    MethodUnavailable,
    /// The amount is below what the provider takes.
    AmountTooSmall {
        /// The least it takes.
        least: Money,
    },
    /// The amount is above the limit.
    AmountTooLarge {
        /// The limit.
        most: Money,
    },
    /// A field breaks a rule.
    InvalidField {
        /// Which one.
        field: &'static str,
        /// The rule.
        rule: &'static str,
    },
    /// There is no such product on sale.
    ProductNotFound,
    /// There is no such order (for this user).
    OrderNotFound,
    /// No such hold is open.
    NoSuchHold,
    /// A try to pay is still open at the provider.
    StillOpen,
    /// Nothing of the kind is to be done for this order now.
    NotDue,
    /// New orders are suspended.
    Paused,
    /// What an upgrade was priced on has changed since.
    Superseded,
    /// The wallet has no room for more.
    WalletFull,
}

impl Refusal {
    /// The stable word.
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
            Self::AlreadyPaid => f.write_str("the order is paid already"),
            Self::AlreadyRefunded => f.write_str("all of this payment has gone back already"),
            Self::NotPaid => f.write_str("the order holds no payment to give back"),
            Self::RefundInProgress => f.write_str("the rest of this payment is on its way back already"),
            Self::OnHold => f.write_str("a person must resolve the hold on this payment first"),
            Self::Expired => f.write_str("the order has expired, or is about to"),
            Self::Cancelled => f.write_str("the order was cancelled"),
            Self::IdempotencyConflict => f.write_str("this idempotency key was used for another request"),
            Self::InProgress => f.write_str("the same thing is being done at this moment; ask again in a second"),
            Self::NothingToUpgrade => f.write_str("there is no lower membership to upgrade"),
            Self::Insufficient => f.write_str("the wallet holds less than would be spent"),
            Self::TooManyAttempts => f.write_str("this order has used up its attempts to pay"),
            Self::TooManyRefunds => f.write_str("this order has used up its refunds"),
            Self::RefundExceedsPaid { left } => write!(f, "at most {left} {} can go back", left.currency()),
            Self::MethodUnavailable => f.write_str("this payment method is not open for this product"),
            Self::AmountTooSmall { least } => write!(f, "the provider takes no less than {least} {}", least.currency()),
            Self::AmountTooLarge { most } => write!(f, "the amount is above the limit of {most} {}", most.currency()),
            Self::InvalidField { field, rule } => write!(f, "{field} {rule}"),
            Self::ProductNotFound => f.write_str("there is no such product on sale"),
            Self::OrderNotFound => f.write_str("there is no such order"),
            Self::NoSuchHold => f.write_str("no such hold is open on this order"),
            Self::StillOpen => f.write_str("an attempt to pay is still open at its provider"),
            Self::NotDue => f.write_str("nothing of the kind is due for this order"),
            Self::Paused => f.write_str("new orders are suspended for the moment"),
            Self::Superseded => f.write_str("the membership that this upgrade was priced on has changed since"),
            Self::WalletFull => f.write_str("the wallet holds as much as it can; use some of it up first"),
        }
    }
}

impl std::error::Error for Refusal {}
