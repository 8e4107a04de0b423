//! The words under which choices are stored. A word once written never changes its meaning; one that is not known is an
//! error, and never guessed.

use till_app::ports::{AccountMode, Cause, ClaimState};
use till_domain::order::{AttemptState, DisputeState, HoldWord, LatePolicy, RefundState, Role, Why};
use till_domain::provider::{Method, Provider};

use crate::codec::Text;

/// A word, or a text, that stands for nothing we know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unreadable;

/// A choice that is stored as a word.
pub(crate) trait Word: Sized {
    fn word(self) -> &'static str;

    fn of(word: &str) -> Result<Self, Unreadable>;
}

macro_rules! text_by_word {
    ($kind:ident) => {
        impl Text for $kind {
            fn to_text(&self) -> String {
                self.word().to_owned()
            }

            fn of_text(text: &str) -> Result<Self, Unreadable> {
                Self::of(text)
            }
        }
    };
}

/// Choices that are stored by the domain's own name for them.
macro_rules! words_by_name {
    ($($kind:ident)+) => {$(
        impl Word for $kind {
            fn word(self) -> &'static str {
                self.as_str()
            }

            fn of(word: &str) -> Result<Self, Unreadable> {
                Self::ALL.into_iter().find(|one| one.as_str() == word).ok_or(Unreadable)
            }
        }

        text_by_word!($kind);
    )+};
}

words_by_name! { Method Provider }

/// One list for both ways: the compiler misses no variant in the first, and the second has the same.
macro_rules! words {
    ($($kind:ident { $($variant:ident = $word:literal),+ $(,)? })+) => {
        $(
            impl Word for $kind {
                fn word(self) -> &'static str {
                    match self { $(Self::$variant => $word),+ }
                }

                fn of(word: &str) -> Result<Self, Unreadable> {
                    match word {
                        $($word => Ok(Self::$variant),)+
                        _ => Err(Unreadable),
                    }
                }
            }

            text_by_word!($kind);
        )+

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn every_word_stands_for_its_own_choice() {
                $($(
                    assert_eq!($kind::$variant.word(), $word);
                    assert_eq!($kind::of($word), Ok($kind::$variant));
                )+)+
            }

            /// Items that are stored already have these words.
            #[test]
            fn released_methods_and_providers_keep_their_words() {
                for word in [
                    "wechat_native", "wechat_jsapi", "wechat_h5", "alipay_qr", "alipay_page", "alipay_wap",
                    "stripe_checkout", "stripe_intent",
                ] {
                    assert_eq!(Method::of(word).map(Word::word), Ok(word));
                }
                for (word, provider) in
                    [("wechat", Provider::WeChat), ("alipay", Provider::Alipay), ("stripe", Provider::Stripe)]
                {
                    assert_eq!((Provider::of(word), provider.word()), (Ok(provider), word));
                }
                for word in ["", "new_in_a_later_release", "OPEN", " open"] {
                    assert_eq!((Method::of(word), Provider::of(word)), (Err(Unreadable), Err(Unreadable)), "{word}");
                }
            }

            #[test]
            fn no_other_word_is_guessed() {
                $(
                    for word in ["", "new_in_a_later_release", "OPEN", " open"] {
                        assert_eq!($kind::of(word), Err(Unreadable), "{word}");
                    }
                )+
            }
        }
    };
}

words! {
    AttemptState {
        Opening = "opening",
        Open = "open",
        Processing = "processing",
        Failed = "failed",
        Closed = "closed",
        Paid = "paid",
    }
    Role { Kept = "kept", Extra = "extra", Odd = "odd" }
    RefundState {
        Requested = "requested",
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
    }
    AccountMode { Live = "live", Test = "test" }
    ClaimState { Running = "running", Idle = "idle", Done = "done", Refused = "refused" }
    Cause { Pushed = "pushed", Asked = "asked", Command = "command", Task = "task", Sweep = "sweep" }
}
