//! One try to pay an order, by one method through one account.

use crate::id::AttemptNo;
use crate::provider::{Account, Method};
use crate::text::Handle;
use crate::time::{Seconds, Time};

/// Attempts that buyers can begin of one order; the numbers go on to 99 for those that we only hear of.
pub const MOST_ATTEMPTS: usize = 10;

/// Whoever began something and was silent for so long is dead: the functions that buyers call end before 25 s.
pub const SILENCE_OF_THE_DEAD: Seconds = Seconds(30);

/// How far a try has come. States only move up: a lower word that arrives later changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AttemptState {
    /// Its number is reserved; the provider may not have heard of it.
    Opening,
    /// It can be paid.
    Open,
    /// The provider is at it.
    Processing,
    /// It did not work.
    Failed,
    /// It can no longer be paid, as far as we know.
    Closed,
    /// Money was taken.
    Paid,
}

/// One try to pay.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Attempt {
    /// Its number within the order.
    pub n: AttemptNo,
    /// How.
    pub method: Method,
    /// Through which account, for ever.
    pub account: Account,
    /// How far it has come.
    pub state: AttemptState,
    /// The QR code's text, or the provider's handle. Signed links are made anew, not stored.
    pub handle: Option<Handle>,
    /// The latest moment at which the provider can still take money; none: until it is closed.
    pub payable_until: Option<Time>,
    /// Nothing more can come of it: the provider promised so, or denied a payment after `payable_until`.
    pub is_final: bool,
    /// Questions in a row that the provider did not answer.
    pub unanswered: u8,
    /// When it was begun.
    pub begun_at: Time,
    /// We did not begin it: money came under its number. Any account of ours is the right one for it.
    pub heard_of: bool,
}

impl Attempt {
    /// An attempt whose number is reserved.
    #[must_use]
    pub const fn opening(n: AttemptNo, method: Method, account: Account, begun_at: Time) -> Self {
        Self {
            n,
            method,
            account,
            state: AttemptState::Opening,
            handle: None,
            payable_until: None,
            is_final: false,
            unanswered: 0,
            begun_at,
            heard_of: false,
        }
    }

    /// An attempt that is heard of by its money.
    #[must_use]
    pub fn heard_of(n: AttemptNo, account: Account, at: Time) -> Self {
        Self { heard_of: true, ..Self::opening(n, account.provider.first_method(), account, at) }
    }

    /// Whether an account's word about it counts.
    pub fn listens_to(&self, account: &Account) -> bool {
        self.heard_of || self.account == *account
    }

    /// The same attempt, opened by the provider.
    #[must_use]
    pub fn opened(self, handle: Option<Handle>, payable_until: Option<Time>) -> Self {
        Self { state: AttemptState::Open, handle, payable_until, ..self }
    }

    /// Whether a buyer may still pay it, as far as we know.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, AttemptState::Opening | AttemptState::Open)
    }

    /// Whether somebody may be opening it at this moment: what the provider says of it now can be outdated at once.
    pub fn is_being_opened(&self, now: Time) -> bool {
        self.state == AttemptState::Opening && now <= self.begun_at.plus(SILENCE_OF_THE_DEAD)
    }

    /// Whether only a close ends it: it is open, or it failed and has no end of its own.
    pub const fn must_be_closed(&self) -> bool {
        let endless = self.has_ended() && !self.is_final && self.payable_until.is_none();
        self.is_open() || endless
    }

    /// Whether it ended without money.
    pub const fn has_ended(&self) -> bool {
        matches!(self.state, AttemptState::Failed | AttemptState::Closed)
    }
}
