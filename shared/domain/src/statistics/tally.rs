//! The numbers of one group. All of them are sums, so any two tallies can be merged.

use super::durations::Durations;
use crate::order::Decline;

/// How many attempts failed, by the last reason that the provider gave.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Failures([u64; Decline::ALL.len()]);

impl Failures {
    #[must_use]
    pub fn of(&self, reason: Decline) -> u64 {
        self.0.get(place(reason)).copied().unwrap_or(0)
    }

    pub fn add(&mut self, reason: Decline, times: u64) {
        if let Some(count) = self.0.get_mut(place(reason)) {
            *count = count.saturating_add(times);
        }
    }
}

const fn place(reason: Decline) -> usize {
    match reason {
        Decline::Declined => 0,
        Decline::InsufficientFunds => 1,
        Decline::ExpiredCard => 2,
        Decline::AuthenticationFailed => 3,
        Decline::WrongDetails => 4,
        Decline::ProviderError => 5,
        Decline::Other => 6,
    }
}

/// Payments of one role: how many, their amounts, and what of it is back with the buyers; in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Taken {
    pub payments: u64,
    pub minor: u64,
    pub back_minor: u64,
}

/// Declares the tally from its sums, and what is done with each of them.
macro_rules! tally {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// What is counted of one group. docs/statistics.md says exactly what each number counts.
        #[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
        pub struct Tally {
            $($(#[$doc])* pub $name: u64,)+
            /// The amounts that pay for orders.
            pub kept: Taken,
            /// Payments that came second or too late, which go back.
            pub extra: Taken,
            /// Payments about which a person has not decided.
            pub odd: Taken,
            pub failures: Failures,
            /// From the order to its payment.
            pub to_pay: Durations,
            /// From the payment to the goods.
            pub to_grant: Durations,
        }

        impl Tally {
            /// The names of the plain sums, as they are stored and shown.
            pub const SUMS: [&'static str; [$(stringify!($name)),+].len()] = [$(stringify!($name)),+];

            /// In the order of [`Self::SUMS`].
            #[must_use]
            pub const fn sums(&self) -> [u64; Self::SUMS.len()] {
                [$(self.$name),+]
            }

            /// The reverse of [`Self::sums`].
            pub fn set_sums(&mut self, sums: [u64; Self::SUMS.len()]) {
                let [$($name),+] = sums;
                $(self.$name = $name;)+
            }
        }
    };
}

tally! {
    /// Orders.
    created,
    pending,
    paid,
    cancelled_by_buyer,
    cancelled_by_team,
    /// By time: nobody paid before the end.
    expired,
    /// Orders that are not paid and had an attempt that failed.
    failed,
    /// Paid orders whose payment belongs to a later attempt than the first.
    paid_by_retry,
    /// Paid orders whose payment came after the order's end, or after a person cancelled it.
    paid_late,
    /// Orders with more than one payment.
    paid_twice,
    /// Paid orders of which all is back.
    refunded,
    /// Paid orders of which a part is back.
    refunded_in_part,
    /// Paid orders whose upgrade could not be delivered any more.
    superseded,
    /// Orders whose goods were delivered, also if they were taken back since.
    granted,
    revoked,
    /// Paid orders whose goods are owed or withheld.
    not_granted,
    attempts,
    disputes_open,
    disputes_won,
    disputes_lost,
    disputes_lost_minor,
    /// What the orders cost.
    ordered_minor,
}

impl Tally {
    pub fn merge(&mut self, other: &Self) {
        let mut sums = self.sums();
        for (sum, more) in sums.iter_mut().zip(other.sums()) {
            *sum = sum.saturating_add(more);
        }
        self.set_sums(sums);
        for (taken, more) in [(&mut self.kept, other.kept), (&mut self.extra, other.extra), (&mut self.odd, other.odd)]
        {
            taken.payments = taken.payments.saturating_add(more.payments);
            taken.minor = taken.minor.saturating_add(more.minor);
            taken.back_minor = taken.back_minor.saturating_add(more.back_minor);
        }
        for reason in Decline::ALL {
            self.failures.add(reason, other.failures.of(reason));
        }
        self.to_pay.merge(&other.to_pay);
        self.to_grant.merge(&other.to_grant);
    }

    /// Paid orders among those that are decided: pending ones may still be paid.
    #[must_use]
    pub fn success_rate(&self) -> Option<Rate> {
        Rate::new(self.paid, self.created.saturating_sub(self.pending))
    }

    /// Orders that were paid, or had a payment that failed: those that their buyers did not just leave.
    #[must_use]
    pub const fn tried(&self) -> u64 {
        self.paid.saturating_add(self.failed)
    }

    /// Orders of which something is back, among those that are paid.
    #[must_use]
    pub fn refund_rate(&self) -> Option<Rate> {
        Rate::new(self.refunded.saturating_add(self.refunded_in_part), self.paid)
    }
}

/// A share in ten-thousandths, rounded down.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rate(u16);

impl Rate {
    /// None if there is nothing to be a share of.
    #[must_use]
    pub fn new(part: u64, whole: u64) -> Option<Self> {
        let share = u128::from(part.min(whole)).saturating_mul(10_000).checked_div(u128::from(whole))?;
        u16::try_from(share).ok().map(Self)
    }

    #[must_use]
    pub const fn ten_thousandths(self) -> u16 {
        self.0
    }
}
