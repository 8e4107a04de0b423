//! Counters of calls, and of what goes back in a day.

use till_domain::money::Money;
use till_domain::time::Time;

use super::Unavailable;

/// What is counted within a window of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scope {
    /// Orders made by one user, in a minute.
    CreationsOfUser,
    /// Orders made from one address, in a minute.
    CreationsOfAddress,
    /// Actions of one user in a minute, on orders that exist, for which a provider may be called: repeated keys, retries,
    /// cancellations, refreshes.
    ActionsOfUser,
    /// The same from one address.
    ActionsOfAddress,
    /// Tickets for sockets of one user, in a minute.
    TicketsOfUser,
    /// The same from one address.
    TicketsOfAddress,
    /// Questions to a provider about one order that its page asked for, in ten seconds.
    Refreshes,
}

impl Scope {
    pub const ALL: [Self; 7] = [
        Self::CreationsOfUser,
        Self::CreationsOfAddress,
        Self::ActionsOfUser,
        Self::ActionsOfAddress,
        Self::TicketsOfUser,
        Self::TicketsOfAddress,
        Self::Refreshes,
    ];

    /// Whether the counted value is a user.
    pub const fn counts_a_user(self) -> bool {
        match self {
            Self::CreationsOfUser | Self::ActionsOfUser | Self::TicketsOfUser => true,
            Self::CreationsOfAddress | Self::ActionsOfAddress | Self::TicketsOfAddress | Self::Refreshes => false,
        }
    }

    pub const fn window_seconds(self) -> u32 {
        match self {
            Self::CreationsOfUser
            | Self::CreationsOfAddress
            | Self::ActionsOfUser
            | Self::ActionsOfAddress
            | Self::TicketsOfUser
            | Self::TicketsOfAddress => 60,
            Self::Refreshes => 10,
        }
    }
}

port! { (store: S)
    pub trait CountCalls {
        /// Counts a call and returns how many there were in this window, this one included. Windows begin at whole
        /// multiples of their length.
        async fn count_call(&self, scope: Scope, value: &str, now: Time) -> Result<u32, Unavailable>;
    }
}

/// The refunds that the team made on one day of China's clock.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GivenBack {
    pub refunds: u32,
    /// In the minor units of one currency.
    pub minor: u64,
}

port! { (store: S)
    pub trait CountRefunds {
        /// Adds a refund to its day, and returns the day's number of refunds and amount in its currency, this one included.
        async fn count_refund(&self, amount: Money, now: Time) -> Result<GivenBack, Unavailable>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_says_whether_it_counts_a_user_and_for_how_long() {
        let of_users: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| scope.counts_a_user()).collect();
        assert_eq!(of_users, [Scope::CreationsOfUser, Scope::ActionsOfUser, Scope::TicketsOfUser]);
        assert_eq!(Scope::ALL.map(Scope::window_seconds), [60, 60, 60, 60, 60, 60, 10]);
    }
}
