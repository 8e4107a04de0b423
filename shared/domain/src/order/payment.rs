//! Money that a provider took for an order, and what it is to the order.

use crate::id::AttemptNo;
use crate::money::Money;
use crate::provider::Account;
use crate::text::{Buyer, TradeNo};
use crate::time::Time;

use super::holds::{About, Hold, HoldWord};
use super::{Order, index};

/// It is set once, when the payment is taken in. That of an odd payment may be set once more: by a person, or by the
/// report of the right account where the wrong one's came first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// It pays for the order.
    Kept,
    /// It came second, or too late, and goes back.
    Extra,
    /// Its amount, currency or account is not the order's: a person decides.
    Odd,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Payment {
    pub trade_no: TradeNo,
    pub attempt: AttemptNo,
    pub account: Account,
    pub amount: Money,
    pub paid_at: Time,
    pub buyer: Option<Buyer>,
    pub role: Role,
}

/// What became of a payment that was odd when it came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OddState {
    /// A person is to decide about it.
    InReview,
    /// It pays for the order after all.
    Accepted,
    Returning,
    /// All of it is back with its buyer.
    Returned,
}

impl OddState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InReview => "in_review",
            Self::Accepted => "accepted",
            Self::Returning => "returning",
            Self::Returned => "returned",
        }
    }
}

impl Order {
    /// The newest odd payment that a person is to decide about; where there is none, the newest that was odd.
    pub fn odd_payment(&self) -> Option<(&Payment, OddState)> {
        let odd = self.payments.iter().enumerate().filter_map(|(i, payment)| {
            let hold = Hold { word: HoldWord::OddPayment, about: About::Payment(index(i)) };
            let back = self.is_wholly_back(payment);
            let state = match payment.role {
                Role::Odd if back => OddState::Returned,
                Role::Odd => OddState::InReview,
                Role::Kept | Role::Extra if !self.is_cleared(hold) => return None,
                Role::Kept => OddState::Accepted,
                Role::Extra if back => OddState::Returned,
                Role::Extra => OddState::Returning,
            };
            Some((payment, state))
        });
        odd.max_by_key(|(_, state)| *state == OddState::InReview)
    }
}
