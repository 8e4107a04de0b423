//! Status and fulfilment, computed from the facts and never set directly.

use std::fmt;

use super::Order;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    Pending,
    Cancelled,
    Paid,
    Refunded,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fulfilment {
    None,
    Withheld,
    Queued,
    Granted,
    Revoking,
    Revoked,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Cancelled, Self::Paid, Self::Refunded];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Cancelled => "cancelled",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
        }
    }

    /// Whether the rules allow an order to move from this status to another.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match next {
            Self::Pending => matches!(self, Self::Pending),
            Self::Cancelled => matches!(self, Self::Pending | Self::Cancelled),
            Self::Paid | Self::Refunded => true,
        }
    }
}

impl Fulfilment {
    pub const ALL: [Self; 6] = [Self::None, Self::Withheld, Self::Queued, Self::Granted, Self::Revoking, Self::Revoked];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Withheld => "withheld",
            Self::Queued => "queued",
            Self::Granted => "granted",
            Self::Revoking => "revoking",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Fulfilment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Order {
    pub fn status(&self) -> Status {
        match self.kept() {
            Some(kept) if self.is_wholly_back(kept) => Status::Refunded,
            Some(_) => Status::Paid,
            None if self.cancelled.is_some() => Status::Cancelled,
            None => Status::Pending,
        }
    }

    pub fn fulfilment(&self) -> Fulfilment {
        match (self.granting.granted, self.granting.revoked) {
            (_, Some(_)) => Fulfilment::Revoked,
            (Some(_), None) if self.owes_revoke() => Fulfilment::Revoking,
            (Some(_), None) => Fulfilment::Granted,
            (None, None) => match self.kept() {
                None => Fulfilment::None,
                Some(kept) if self.is_wholly_back(kept) => Fulfilment::None,
                Some(_) if self.owes_grant() => Fulfilment::Queued,
                Some(_) => Fulfilment::Withheld,
            },
        }
    }
}
