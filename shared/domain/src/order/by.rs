//! Who changed an order.

use crate::text::UserId;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum By {
    Buyer,
    Provider,
    Till,
    Admin(UserId),
}
