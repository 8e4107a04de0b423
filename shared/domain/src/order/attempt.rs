//! One try to pay an order, by one method through one account.

use crate::id::AttemptNo;
use crate::provider::{Account, Method};
use crate::text::Handle;
use crate::time::{Seconds, Time};

/// Attempts that buyers can begin of one order; the numbers go on to 99 for those that we only hear of.
pub const MOST_ATTEMPTS: usize = 10;

/// After this, an attempt that is still opening is abandoned: the functions that open attempts end before 25 s.
pub const OPENING_TIMEOUT: Seconds = Seconds(30);

/// States only move up: a lower state that arrives later changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AttemptState {
    /// Its number is reserved; the provider may not have heard of it.
    Opening,
    Open,
    Processing,
    Failed,
    /// It can no longer be paid, as far as we know.
    Closed,
    Paid,
}

impl AttemptState {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Open => "open",
            Self::Processing => "processing",
            Self::Failed => "failed",
            Self::Closed => "closed",
            Self::Paid => "paid",
        }
    }
}

/// Why a provider declined a payment, as far as its buyer can act on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Decline {
    /// By the bank or the provider, for reasons of their own.
    Declined,
    InsufficientFunds,
    ExpiredCard,
    AuthenticationFailed,
    /// A number, a code, a date or an address is wrong.
    WrongDetails,
    /// The provider or the bank could not process it now.
    ProviderError,
    Other,
}

impl Decline {
    pub const ALL: [Self; 7] = [
        Self::Declined,
        Self::InsufficientFunds,
        Self::ExpiredCard,
        Self::AuthenticationFailed,
        Self::WrongDetails,
        Self::ProviderError,
        Self::Other,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::InsufficientFunds => "insufficient_funds",
            Self::ExpiredCard => "expired_card",
            Self::AuthenticationFailed => "authentication_failed",
            Self::WrongDetails => "wrong_details",
            Self::ProviderError => "provider_error",
            Self::Other => "other",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Attempt {
    pub n: AttemptNo,
    pub method: Method,
    pub account: Account,
    pub state: AttemptState,
    /// Why the last payment by it was declined that we heard of. No rule reads it: the attempt may be payable all the same.
    pub decline: Option<Decline>,
    /// The QR code's text, or the provider's handle. Signed links are made anew, not stored.
    pub handle: Option<Handle>,
    /// The latest moment at which the provider can take money. `None`: it can until the attempt is closed.
    pub payable_until: Option<Time>,
    /// No payment can come any more: the provider promised so, or denied one after `payable_until`.
    pub is_final: bool,
    /// Questions in a row that the provider did not answer.
    pub unanswered: u8,
    pub begun_at: Time,
    /// We did not begin it: money came under its number. A report about it may come through any account of ours.
    pub heard_of: bool,
}

impl Attempt {
    #[must_use]
    pub const fn opening(n: AttemptNo, method: Method, account: Account, begun_at: Time) -> Self {
        Self {
            n,
            method,
            account,
            state: AttemptState::Opening,
            decline: None,
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

    /// Whether a report through this account may change the attempt.
    pub fn listens_to(&self, account: &Account) -> bool {
        self.heard_of || self.account == *account
    }

    #[must_use]
    pub fn opened(self, handle: Option<Handle>, payable_until: Option<Time>) -> Self {
        Self { state: AttemptState::Open, handle, payable_until, ..self }
    }

    pub const fn is_open(&self) -> bool {
        matches!(self.state, AttemptState::Opening | AttemptState::Open)
    }

    /// Whether another process may be opening it now: what the provider says of it can be outdated at once.
    pub fn is_being_opened(&self, now: Time) -> bool {
        self.state == AttemptState::Opening && now <= self.begun_at.plus(OPENING_TIMEOUT)
    }

    /// Whether only a close at the provider ends it: it is open, or it ended without a promise and has no end of its
    /// own.
    pub const fn must_be_closed(&self) -> bool {
        let endless = self.has_ended() && !self.is_final && self.payable_until.is_none();
        self.is_open() || endless
    }

    /// Whether its provider may still report a payment. One that is opening has no news yet, further news about a paid one are
    /// refunds and disputes, and a final one has none.
    pub const fn can_bring_money(&self) -> bool {
        match self.state {
            AttemptState::Open | AttemptState::Processing => true,
            AttemptState::Failed | AttemptState::Closed => !self.is_final,
            AttemptState::Opening | AttemptState::Paid => false,
        }
    }

    pub const fn has_ended(&self) -> bool {
        matches!(self.state, AttemptState::Failed | AttemptState::Closed)
    }
}
