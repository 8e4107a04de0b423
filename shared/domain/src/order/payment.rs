//! Money that a provider took for an order, and what it is to the order.

use crate::id::AttemptNo;
use crate::money::Money;
use crate::provider::Account;
use crate::text::{Buyer, TradeNo};
use crate::time::Time;

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
