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
        mod tests {
            use super::*;

            #[test]
            fn every_word_stands_for_its_own_choice() {
                $($(
                    assert_eq!($kind::$variant.word(), $word);
                    assert_eq!($kind::of($word), Ok($kind::$variant));
                )+)+
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
    Method {
        WechatNative = "wechat_native",
        WechatJsapi = "wechat_jsapi",
        WechatH5 = "wechat_h5",
        AlipayQr = "alipay_qr",
        AlipayPage = "alipay_page",
        AlipayWap = "alipay_wap",
        StripeCheckout = "stripe_checkout",
        StripeIntent = "stripe_intent",
    }
    Provider { WeChat = "wechat", Alipay = "alipay", Stripe = "stripe" }
    AccountMode { Live = "live", Test = "test" }
    ClaimState { Running = "running", Idle = "idle", Done = "done", Refused = "refused" }
    Cause { Pushed = "pushed", Asked = "asked", Command = "command", Task = "task", Sweep = "sweep" }
}
