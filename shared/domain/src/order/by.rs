//! Who does things to an order.

use crate::text::UserId;

/// Who did it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum By {
    /// The order's buyer.
    Buyer,
    /// The provider.
    Provider,
    /// Till itself, doing a duty.
    Till,
    /// A person of the team.
    Admin(UserId),
}
