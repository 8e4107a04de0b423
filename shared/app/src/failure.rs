//! Why a flow failed.

use std::fmt;

use till_domain::provider::Provider;
use till_domain::refusal::Refusal;

use crate::ports::Unavailable;

/// The caller may try again after anything but a refusal. Trying again is always safe.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Failure {
    Refused(Refusal),
    Provider {
        provider: Provider,
        /// The provider certainly refused; otherwise it did not answer.
        refused: bool,
    },
    /// A store or queue did not answer, or others kept writing the same order.
    Unavailable,
    /// A verified report fits no order of ours. It is kept, and the provider must send it again.
    Orphan,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "refused: {}", refusal.code()),
            Self::Provider { provider, refused: true } => write!(f, "{provider} refused"),
            Self::Provider { provider, refused: false } => write!(f, "{provider} did not answer"),
            Self::Unavailable => f.write_str("a store or queue is not available at the moment"),
            Self::Orphan => f.write_str("a payment fits no order of ours; it is kept as an orphan"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Provider { .. } | Self::Unavailable | Self::Orphan => None,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unavailable> for Failure {
    fn from(Unavailable: Unavailable) -> Self {
        Self::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn each_failure_says_what_happened_and_a_refusal_is_its_source() {
        let provider = |refused| Failure::Provider { provider: Provider::Alipay, refused };
        for (failure, words, has_source) in [
            (Failure::from(Refusal::Expired), "refused: expired", true),
            (provider(true), "alipay refused", false),
            (provider(false), "alipay did not answer", false),
            (Failure::Unavailable, "a store or queue is not available at the moment", false),
            (Failure::Orphan, "a payment fits no order of ours; it is kept as an orphan", false),
        ] {
            assert_eq!((failure.to_string().as_str(), failure.source().is_some()), (words, has_source));
        }
    }
}
