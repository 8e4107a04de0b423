//! Errors of providers. [`Error`] is for calls; [`Distrust`] says why a message was rejected, and is the only error of
//! verifying a callback. No error carries a body, a key or a signature.

use std::fmt;

use till_domain::order::Says;

/// What a provider says in answer to a call, or why that is not known.
pub type SaysResult = Result<Vec<Says>, Error>;

/// Why a call has no usable result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    #[error("no answer came")]
    NoAnswer(#[from] NoAnswer),
    /// The answer could not be verified: the call may have taken effect.
    #[error("the answer was not believed")]
    Distrust(#[from] Distrust),
    #[error("the provider said {code} (HTTP {status})")]
    Said {
        /// The HTTP status, 200 where the provider has no other.
        status: u16,
        code: Code,
        /// What the provider's table says about that code.
        verdict: Verdict,
    },
    /// It was never sent.
    #[error("the account's settings cannot be read")]
    NoAccount,
    /// It was never sent, because this account or method cannot do it.
    #[error("{0}")]
    Cannot(&'static str),
}

/// What to do about a provider's error code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// The call had no effect yet: the same request may be sent again later.
    Retry,
    /// It is not certain whether the call took effect: query.
    Ask,
    /// The call certainly has no effect, now or later.
    Final,
    /// The call has no effect with these settings: a person has to change something.
    OurFault,
}

/// A provider's own code for an error: at most 64 visible ASCII characters, the rest is cut.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Code(Box<str>);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("the provider cannot be reached: nothing was sent")]
    Unreachable,
    #[error("the provider did not answer in time")]
    TimedOut,
    #[error("the connection to the provider broke")]
    Broken,
    #[error("the provider's answer is too large")]
    TooLarge,
    #[error("there was no time left to ask the provider")]
    NoTimeLeft,
}

/// Why a message from outside was rejected. Each variant with a text names a header, parameter or field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Distrust {
    #[error("the body is too large")]
    TooLarge,
    #[error("{0} is missing")]
    Missing(&'static str),
    #[error("{0} is there twice")]
    Twice(&'static str),
    #[error("{0} is malformed")]
    Malformed(&'static str),
    #[error("the time-stamp is not within five minutes of now")]
    Stale,
    #[error("it is signed with a key that this account does not have")]
    UnknownKey,
    #[error("the signature is wrong")]
    BadSignature,
    /// Providers send wrong signatures on purpose, to test the merchant.
    #[error("the signature is wrong on purpose: a probe")]
    Probe,
    #[error("the encrypted part does not open with this account's key")]
    Sealed,
    #[error("{0} is not this account's")]
    OtherMerchant(&'static str),
    #[error("{0} is not what was asked about")]
    OtherSubject(&'static str),
}

impl Code {
    pub fn new(word: &str) -> Self {
        Self(word.chars().filter(char::is_ascii_graphic).take(64).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(no code)" } else { &self.0 })
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error {
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::NoAnswer(NoAnswer::Unreachable | NoAnswer::NoTimeLeft) | Self::NoAccount => Verdict::Retry,
            Self::NoAnswer(NoAnswer::TimedOut | NoAnswer::Broken | NoAnswer::TooLarge) | Self::Distrust(_) => {
                Verdict::Ask
            }
            Self::Said { verdict, .. } => *verdict,
            Self::Cannot(_) => Verdict::Final,
        }
    }

    /// Whether a person has to change settings before the call can work. What buyers send never counts, because buyers
    /// could then alert the team. Alipay's gateway does not sign its codes about settings (`isv.…`), so they decide nothing
    /// about an order, but a person must see them.
    pub fn is_for_a_person(&self) -> bool {
        match self {
            Self::Said { verdict: Verdict::OurFault, .. } => true,
            Self::Said { code, .. } => code.as_str().starts_with("isv."),
            Self::NoAnswer(_) | Self::Distrust(_) | Self::NoAccount | Self::Cannot(_) => false,
        }
    }
}

impl Distrust {
    /// A stable code for logs and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Missing(_) => "missing",
            Self::Twice(_) => "twice",
            Self::Malformed(_) => "malformed",
            Self::Stale => "stale",
            Self::UnknownKey => "unknown_key",
            Self::BadSignature => "bad_signature",
            Self::Probe => "probe",
            Self::Sealed => "sealed",
            Self::OtherMerchant(_) => "other_merchant",
            Self::OtherSubject(_) => "other_subject",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str, verdict: Verdict) -> Error {
        Error::Said { status: 200, code: Code::new(code), verdict }
    }

    #[test]
    fn each_error_has_one_verdict_and_only_faults_of_settings_need_a_person() {
        for (error, verdict, is_for_a_person) in [
            (Error::from(NoAnswer::Unreachable), Verdict::Retry, false),
            (NoAnswer::NoTimeLeft.into(), Verdict::Retry, false),
            (NoAnswer::TimedOut.into(), Verdict::Ask, false),
            (NoAnswer::Broken.into(), Verdict::Ask, false),
            (NoAnswer::TooLarge.into(), Verdict::Ask, false),
            (Distrust::BadSignature.into(), Verdict::Ask, false),
            (Error::NoAccount, Verdict::Retry, false),
            (Error::Cannot("no openid"), Verdict::Final, false),
            (said("SIGN_ERROR", Verdict::OurFault), Verdict::OurFault, true),
            (said("isv.invalid-signature", Verdict::Ask), Verdict::Ask, true),
            (said("ACQ.SYSTEM_ERROR", Verdict::Ask), Verdict::Ask, false),
        ] {
            assert_eq!((error.verdict(), error.is_for_a_person()), (verdict, is_for_a_person), "{error:?}");
        }
    }

    #[test]
    fn code_is_cut_to_visible_characters() {
        assert_eq!(Code::new("a b\n付\u{7f}").as_str(), "ab");
        assert_eq!(Code::new(&"x".repeat(99)).as_str().len(), 64);
        assert_eq!(Code::new("").to_string(), "(no code)");
    }
}
