//! Short texts with a length and an alphabet: names that other parties gave. A value of these types is within its limits.

use std::fmt;
use std::sync::Arc;

/// It names the kind of text and the rule, never the text itself, which may be secret or hostile.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct BadText {
    pub what: &'static str,
    pub rule: &'static str,
}

fn check(text: &str, most: usize, legal: fn(char) -> bool, bad: BadText) -> Result<Arc<str>, BadText> {
    let mut count = 0_usize;
    for c in text.chars() {
        count = count.saturating_add(1);
        if count > most || !legal(c) {
            return Err(bad);
        }
    }
    if count == 0 { Err(bad) } else { Ok(Arc::from(text)) }
}

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $most:literal, $rule:literal, $legal:expr;)*) => {$(
        $(#[$doc])*
        #[doc = concat!("\n\nMust be ", $rule, ".")]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text in, or says what rule it breaks.
            pub fn parse(text: &str) -> Result<Self, BadText> {
                check(text, $most, $legal, BadText { what: $what, rule: $rule }).map(Self)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    )*

        #[cfg(test)]
        mod tests {
            use super::*;

            #[test]
            fn text_of_every_kind_keeps_its_limits() {
                $(
                    let good: String = std::iter::repeat_n('7', $most).collect();
                    assert_eq!($name::parse(&good).unwrap().as_str(), good);
                    let bad = BadText { what: $what, rule: $rule };
                    for text in ["", &format!("{good}7"), "a\nb", "a\u{0}", "\u{7f}"] {
                        assert_eq!($name::parse(text), Err(bad), "{text:?}");
                    }
                )*
            }
        }
    };
}

const fn word(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-')
}

const fn visible(c: char) -> bool {
    c.is_ascii_graphic()
}

fn people(c: char) -> bool {
    !c.is_control()
}

text! {
    UserId, "user id", 128, "1 to 128 of A-Z a-z 0-9 _ . : @ -",
        |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '@' | '-');
    AccountId, "account id", 64, "1 to 64 of A-Z a-z 0-9 _ -", |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    TradeNo, "trade number", 128, "1 to 128 visible ASCII characters", visible;
    /// The provider's own number of a refund that we did not make.
    OutsideRefundNo, "refund number", 128, "1 to 128 visible ASCII characters", visible;
    DisputeNo, "dispute number", 128, "1 to 128 visible ASCII characters", visible;
    Buyer, "buyer", 128, "1 to 128 characters without control characters", people;
    /// How an attempt is shown or found: the text of a QR code, or the provider's id of it.
    Handle, "handle", 1024, "1 to 1024 visible ASCII characters", visible;
    /// The kind of a product, such as `membership`, `points` or `package`.
    ProductType, "product type", 32, "1 to 32 of a-z 0-9 _ -", word;
    ProductId, "product id", 64, "1 to 64 of A-Z a-z 0-9 _ . -",
        |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    ProductName, "product name", 120, "1 to 120 characters without control characters", people;
    TierName, "tier name", 32, "1 to 32 of a-z 0-9 _ -", word;
    QuotaName, "quota name", 32, "1 to 32 of a-z 0-9 _ -", word;
    /// What the team notes on an account or a product.
    Remark, "remark", 200, "1 to 200 characters without control characters", people;
    /// What buyers are told while new orders are suspended.
    Announcement, "announcement", 200, "1 to 200 characters without control characters", people;
    Reason, "reason", 200, "1 to 200 characters without control characters", people;
    /// A caller's own name for a request, so that its repetition is recognised.
    Key, "idempotency key", 255, "1 to 255 visible ASCII characters", visible;
}
