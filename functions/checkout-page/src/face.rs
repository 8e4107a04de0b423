//! The faces of an order's page: one for each way in which an order can stand for its buyer.

use till_domain::order::{Attempt, AttemptState, Fulfilment, Order, Role, Status, Why};
use till_domain::time::{Seconds, Time};
use till_lambda::shapes::qr_code_end;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    /// The newest attempt can be paid until then.
    Waiting {
        until: Time,
    },
    /// The provider is just being asked for a new attempt.
    Opening,
    /// The newest attempt failed, and another one can be made.
    Failed,
    /// The newest attempt cannot be paid any more, and another one can be made.
    CodeOver,
    /// A payment is on its way.
    Processing,
    /// Money came that does not fit: a person looks at it.
    InReview,
    /// Paid, and the goods follow.
    Delivering,
    /// Paid, and a person must look at it before the goods follow.
    PaidAndHeld,
    Delivered,
    /// Delivered, and part of the money is back.
    PartlyRefunded,
    /// The goods were taken back, or are just being.
    TakenBack,
    Refunded,
    Cancelled,
    /// Its time is over, and nothing was paid.
    Expired,
}

impl Face {
    pub fn of(order: &Order, qr_code_lives: Seconds, now: Time) -> Self {
        match order.status() {
            Status::Refunded => Self::Refunded,
            Status::Paid => Self::of_paid(order),
            Status::Pending | Status::Cancelled if order.is_in_review() => Self::InReview,
            Status::Cancelled => match order.cancelled.map(|cancelled| cancelled.why) {
                Some(Why::User | Why::Admin) => Self::Cancelled,
                Some(Why::Expired) | None => Self::Expired,
            },
            Status::Pending => Self::of_pending(order, qr_code_lives, now),
        }
    }

    /// Whether nothing will change any more unless somebody acts: the page needs to ask no further.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Delivered | Self::PartlyRefunded | Self::TakenBack | Self::Refunded | Self::Cancelled => true,
            Self::Waiting { .. }
            | Self::Opening
            | Self::Failed
            | Self::CodeOver
            | Self::Processing
            | Self::InReview
            | Self::Delivering
            | Self::PaidAndHeld
            // A payment that was made in time can still be heard of.
            | Self::Expired => false,
        }
    }

    fn of_paid(order: &Order) -> Self {
        match order.fulfilment() {
            Fulfilment::None | Fulfilment::Queued => Self::Delivering,
            Fulfilment::Withheld => Self::PaidAndHeld,
            Fulfilment::Granted if order.refunded_amount().is_zero() => Self::Delivered,
            Fulfilment::Granted => Self::PartlyRefunded,
            Fulfilment::Revoking | Fulfilment::Revoked => Self::TakenBack,
        }
    }

    fn of_pending(order: &Order, qr_code_lives: Seconds, now: Time) -> Self {
        if order.is_processing() {
            return Self::Processing;
        }
        let can_be_retried = order.may_retry(now).is_ok();
        let over = if can_be_retried { Self::CodeOver } else { Self::Expired };
        let Some(newest) = order.newest_attempt() else { return over };
        match newest.state {
            _ if now >= order.expire_at => Self::Expired,
            AttemptState::Opening if newest.is_being_opened(now) => Self::Opening,
            AttemptState::Open => {
                let until = payable_until(order, newest, qr_code_lives);
                if now < until { Self::Waiting { until } } else { over }
            }
            AttemptState::Failed if can_be_retried => Self::Failed,
            AttemptState::Opening
            | AttemptState::Failed
            | AttemptState::Closed
            | AttemptState::Processing
            | AttemptState::Paid => over,
        }
    }
}

/// Whether money goes back by itself, because the order was over or paid already when it came.
pub fn has_money_to_return(order: &Order) -> bool {
    order.payments.iter().any(|payment| payment.role == Role::Extra)
}

fn payable_until(order: &Order, attempt: &Attempt, qr_code_lives: Seconds) -> Time {
    if attempt.method.is_qr_code() {
        qr_code_end(order, attempt, qr_code_lives)
    } else {
        attempt.payable_until.map_or(order.expire_at, |end| end.min(order.expire_at))
    }
}
