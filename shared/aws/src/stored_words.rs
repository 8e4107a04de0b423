//! The words under which enums are stored. A word never changes its meaning; an unknown one is an error.

use till_app::ports::{AccountMode, Cause, ClaimState};
use till_domain::order::{
    AttemptState, Decline, DisputeState, HoldWord, LatePolicy, Proof, RefundState, RefundWord, RemedyWord, Role, Why,
};
use till_domain::provider::{Method, Provider};

use crate::codec::Text;

/// A stored text that this release does not know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unreadable;

/// A choice that is stored as a word.
pub(crate) trait Word: Copy + 'static {
    const ALL: &'static [Self];

    fn word(self) -> &'static str;

    fn of(word: &str) -> Result<Self, Unreadable> {
        Self::ALL.iter().find(|one| one.word() == word).copied().ok_or(Unreadable)
    }
}

/// `Enum { Variant = "word", … }`, or an enum alone that is stored under the domain's own names.
macro_rules! words {
    ($($kind:ident $({ $($variant:ident = $word:literal),+ $(,)? })?)+) => {
        $(
            words! { @ $kind $({ $($variant = $word),+ })? }

            impl Text for $kind {
                fn to_text(&self) -> String {
                    self.word().to_owned()
                }

                fn of_text(text: &str) -> Result<Self, Unreadable> {
                    Self::of(text)
                }
            }
        )+

        #[cfg(test)]
        mod every_enum {
            #[test]
            fn every_word_reads_back() {
                $(super::tests::words_read_back::<super::$kind>();)+
            }

            #[test]
            fn unknown_words_are_errors() {
                $(super::tests::unknown_words_are_errors::<super::$kind>();)+
            }
        }
    };
    (@ $kind:ident) => {
        impl Word for $kind {
            const ALL: &'static [Self] = &Self::ALL;

            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    };
    (@ $kind:ident { $($variant:ident = $word:literal),+ }) => {
        impl Word for $kind {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    Method
    Provider
    AttemptState {
        Opening = "opening",
        Open = "open",
        Processing = "processing",
        Failed = "failed",
        Closed = "closed",
        Paid = "paid",
    }
    Decline
    Role { Kept = "kept", Extra = "extra", Odd = "odd" }
    RefundState {
        Requested = "requested",
        Processing = "processing",
        Abnormal = "abnormal",
        Succeeded = "succeeded",
        Failed = "failed",
    }
    RefundWord {
        Unclear = "unclear",
        NoBalance = "no_balance",
        Processing = "processing",
        Abnormal = "abnormal",
        Succeeded = "succeeded",
        Failed = "failed",
    }
    DisputeState { Opened = "opened", Won = "won", Lost = "lost" }
    Why { User = "user", Expired = "expired", Admin = "admin" }
    LatePolicy { Fulfil = "fulfil", Refund = "refund" }
    HoldWord {
        OddPayment = "odd_payment",
        Dispute = "dispute",
        RefundUnclear = "refund_unclear",
        RefundAbnormal = "refund_abnormal",
        RefundFailed = "refund_failed",
        GrantFailed = "grant_failed",
        UnreachableProvider = "unreachable_provider",
        StatedPayment = "stated_payment",
        StatedDenied = "stated_denied",
    }
    Proof { Awaited = "awaited", Denied = "denied", Differs = "differs", Confirmed = "confirmed" }
    RemedyWord
    AccountMode { Live = "live", Test = "test" }
    ClaimState { Running = "running", Idle = "idle", Done = "done", Refused = "refused" }
    Cause
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Debug;

    use super::*;

    pub fn words_read_back<W: Word + PartialEq + Debug>() {
        assert!(W::ALL.iter().all(|one| W::of(one.word()) == Ok(*one)), "{:?}", W::ALL);
        assert_eq!(W::ALL.iter().map(|one| one.word()).collect::<BTreeSet<_>>().len(), W::ALL.len());
    }

    pub fn unknown_words_are_errors<W: Word + PartialEq + Debug>() {
        for word in ["", "new_in_a_later_release", "OPEN", " open"] {
            assert_eq!(W::of(word), Err(Unreadable), "{word}");
        }
    }

    /// Stored items have these words.
    #[test]
    fn released_methods_and_providers_keep_their_words() {
        let methods = [
            "wechat_native",
            "wechat_jsapi",
            "wechat_h5",
            "alipay_qr",
            "alipay_page",
            "alipay_wap",
            "stripe_checkout",
            "stripe_intent",
        ];
        assert_eq!(Method::ALL.map(Word::word), methods);
        assert_eq!(Provider::ALL.map(Word::word), ["wechat", "alipay", "stripe"]);
        for method in Method::ALL {
            assert_eq!(Method::of(method.word()), Ok(method));
        }
        for provider in Provider::ALL {
            assert_eq!(Provider::of(provider.word()), Ok(provider));
        }
    }
}
