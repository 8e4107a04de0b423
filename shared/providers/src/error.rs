//! Errors of providers. [`Error`] is for calls; [`Distrust`] says why a message was rejected, and is all
//! that verifying a callback can fail with. No error carries a body, a key or a signature.

use std::fmt;

/// Why a call has no usable result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// No answer came.
    NoAnswer(NoAnswer),
    /// The answer could not be verified: the call may have taken effect.
    Distrust(Distrust),
    /// The provider refused.
    Said {
        /// The HTTP status, 200 where the provider always says so.
        status: u16,
        /// Its own word.
        code: Code,
        /// What the provider's table says about that code.
        verdict: Verdict,
    },
    /// It was never sent: this account's settings cannot be read at this moment.
    NoAccount,
    /// It was never sent: this account or method cannot do it.
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

/// A provider's own word for an error: 1 to 64 visible ASCII characters, anything else is cut.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Code(Box<str>);

/// Why no answer came.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NoAnswer {
    /// No connection: nothing was sent.
    Unreachable,
    /// Sent, and no answer in time.
    TimedOut,
    /// The connection broke.
    Broken,
    /// The answer's body is above the limit.
    TooLarge,
    /// There was no time left to ask.
    NoTimeLeft,
}

/// Why a message from outside was rejected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Distrust {
    /// Its body is above the limit.
    TooLarge,
    /// A header or parameter is missing.
    Missing(&'static str),
    /// A header or parameter is there twice.
    Twice(&'static str),
    /// A header, parameter or field does not have the shape that it must have.
    Malformed(&'static str),
    /// It was signed too long ago, or in the future.
    Stale,
    /// It says that it was signed with a key that this account does not have.
    UnknownKey,
    /// The signature is wrong.
    BadSignature,
    /// A provider's probe: a signature that is wrong on purpose.
    Probe,
    /// What is encrypted does not open with this account's key.
    Sealed,
    /// It is signed and about another merchant, app or seller.
    OtherMerchant(&'static str),
    /// It is signed and about something else than what was asked.
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
    /// What to do about it.
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

    /// Whether a person has to change settings before the call can work. What buyers send never counts: they could page
    /// the team. Alipay's gateway signs none of its words about settings (`isv.…`), so that they prove nothing to an order;
    /// a person wants to hear them all the same.
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(_) => f.write_str("no answer came"),
            Self::Distrust(_) => f.write_str("the answer was not believed"),
            Self::Said { status, code, .. } => write!(f, "the provider said {code} (HTTP {status})"),
            Self::NoAccount => f.write_str("the account's settings cannot be read"),
            Self::Cannot(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NoAnswer(why) => Some(why),
            Self::Distrust(why) => Some(why),
            Self::Said { .. } | Self::NoAccount | Self::Cannot(_) => None,
        }
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "the provider cannot be reached: nothing was sent",
            Self::TimedOut => "the provider did not answer in time",
            Self::Broken => "the connection to the provider broke",
            Self::TooLarge => "the provider's answer is too large",
            Self::NoTimeLeft => "there was no time left to ask the provider",
        })
    }
}

impl std::error::Error for NoAnswer {}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the body is too large"),
            Self::Missing(what) => write!(f, "{what} is missing"),
            Self::Twice(what) => write!(f, "{what} is there twice"),
            Self::Malformed(what) => write!(f, "{what} is malformed"),
            Self::Stale => f.write_str("the time-stamp is not within five minutes of now"),
            Self::UnknownKey => f.write_str("it is signed with a key that this account does not have"),
            Self::BadSignature => f.write_str("the signature is wrong"),
            Self::Probe => f.write_str("the signature is wrong on purpose: a probe"),
            Self::Sealed => f.write_str("the encrypted part does not open with this account's key"),
            Self::OtherMerchant(what) => write!(f, "{what} is not this account's"),
            Self::OtherSubject(what) => write!(f, "{what} is not what was asked about"),
        }
    }
}

impl std::error::Error for Distrust {}

impl From<NoAnswer> for Error {
    fn from(why: NoAnswer) -> Self {
        Self::NoAnswer(why)
    }
}

impl From<Distrust> for Error {
    fn from(why: Distrust) -> Self {
        Self::Distrust(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str, verdict: Verdict) -> Error {
        Error::Said { status: 200, code: Code::new(code), verdict }
    }

    #[test]
    fn each_error_has_one_verdict_and_settings_are_for_a_person() {
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
