//! Money that a provider took for an order, and what it is to the order.

use crate::id::AttemptNo;
use crate::money::Money;
use crate::provider::Account;
use crate::text::{Buyer, TradeNo};
use crate::time::Time;

/// What a payment is to its order: set once, when it is taken in; of an odd one, once more by a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// It pays for the order.
    Kept,
    /// It came on top of another, or too late, and goes back.
    Extra,
    /// Its amount, currency or account is not the order's: a person decides.
    Odd,
}

/// Money that a provider took.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Payment {
    /// The provider's number of it.
    pub trade_no: TradeNo,
    /// Which attempt it came by.
    pub attempt: AttemptNo,
    /// Through which account.
    pub account: Account,
    /// How much.
    pub amount: Money,
    /// When the buyer paid.
    pub paid_at: Time,
    /// Who, in the provider's words.
    pub buyer: Option<Buyer>,
    /// What it is to the order.
    pub role: Role,
}
