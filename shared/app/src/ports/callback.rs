//! Providers' callbacks: as they arrive, verified, answered and recorded.

use till_domain::id::PaymentNo;
use till_domain::order::{Report, Says};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Time;

/// A callback as it arrived; nothing of it is verified. It is never printed: it has a body.
#[derive(Clone, Copy)]
pub struct Notice<'a> {
    /// The account that its address names; `None` at the address without an account.
    pub account: Option<&'a AccountId>,
    pub headers: &'a [(&'a str, &'a str)],
    /// Byte for byte as it was sent.
    pub body: &'a [u8],
    /// The address that it came from, as the gateway saw it.
    pub from: &'a str,
    /// SHA-256 of its body, in hexadecimal digits.
    pub hash: &'a str,
}

/// A callback that one of our accounts verified.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifiedCallback {
    pub account: Account,
    pub about: CallbackSubject,
    /// Its verified and decrypted fields, as far as an audit of the payment needs them: no other personal data.
    pub facts: Vec<(&'static str, String)>,
}

/// What a callback is about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum CallbackSubject {
    /// A payment under one of our numbers: to be settled, and acknowledged once it is.
    Payment { payment_no: PaymentNo, reports: Vec<Report> },
    /// Money under a number that Till never gave out. It is not acknowledged before a person has seen it.
    Foreign {
        /// The number, at most 64 characters of it, with `?` for all that are not visible ASCII: it never looks like ours.
        number: String,
        says: Vec<Says>,
    },
    /// Nothing that concerns us: it is acknowledged and counted under this word.
    Nothing(&'static str),
}

/// A reply in the words that the provider expects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallbackReply {
    pub status: u16,
    /// `None` if there is no body.
    pub content_type: Option<&'static str>,
    pub body: &'static str,
}

/// A provider's replies. A callback that is not believed gets the body of `send_again`, with another status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallbackReplies {
    pub taken: CallbackReply,
    pub send_again: CallbackReply,
}

/// How a callback is answered. Each case has a stable word for logs and counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallbackAnswer {
    /// Its order contains what it says, now or already.
    Settled,
    /// It does not concern us.
    Ignored(&'static str),
    /// The provider must send it again: it concerns us and could not be settled now.
    SendAgain(&'static str),
    /// It is not believed; the HTTP status says why.
    Rejected { word: &'static str, status: u16 },
}

impl CallbackAnswer {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Ignored(word) | Self::SendAgain(word) | Self::Rejected { word, .. } => word,
        }
    }
}

/// What came of a callback: its answer, and the account that verified it or the only one of ours that it was for.
pub type Answered = (CallbackAnswer, Option<Account>);

pub trait VerifyCallback {
    async fn verify(&self, notice: Notice<'_>) -> Result<VerifiedCallback, Answered>;
}

/// A callback as the audit trail keeps it, with the change that it caused.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CallbackAudit {
    pub from: String,
    pub hash: String,
    /// See [`VerifiedCallback::facts`].
    pub facts: Vec<(&'static str, String)>,
}

/// A callback that was not believed. It holds nothing that was encrypted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RejectedCallback {
    pub provider: Provider,
    /// The account that its address named: at most 64 characters.
    pub account: String,
    /// A stable word.
    pub reason: &'static str,
    pub from: String,
    pub length: usize,
    pub hash: String,
    pub at: Time,
}

port! { (store: S)
    pub trait KeepRejected {
        /// Keeps at most one for each reason, account and minute in each process. A failed write is not reported.
        async fn keep_rejected(&self, callback: &RejectedCallback);
    }
}
