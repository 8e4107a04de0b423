//! What goes wrong with a trade at the next occasion. The menu of every trade's page and the addresses for tests are both
//! made of this list and of the acts beside it.

use serde::{Deserialize, Serialize};

use crate::provider::Provider;

/// Something that goes wrong at the next occasion, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The next notice is never sent.
    LoseCallback,
    /// The next notice is sent three times at once.
    ThreeCallbacks,
    /// The next notice comes 30 seconds late.
    LateCallback,
    /// The next notice is signed wrongly at its first try.
    BadSignature,
    /// The next notice is preceded by a probe: a signature that is wrong on purpose.
    Probe,
    /// The next call about it is answered with an error 500, and nothing was done.
    #[serde(rename = "answer_500")]
    Answer500,
    /// The next call about it is done, and answered too late.
    TimeOut,
    /// The next refund is refused: the merchant's balance is too low.
    RefuseRefund,
    /// The next refund is accepted and not finished before a tester says so.
    RefundLater,
    /// The next refund gets stuck: a person has to look at it.
    RefundAbnormal,
}

impl Fault {
    /// All of them, in the menu's order.
    pub const ALL: [Self; 10] = [
        Self::LoseCallback,
        Self::ThreeCallbacks,
        Self::LateCallback,
        Self::BadSignature,
        Self::Probe,
        Self::Answer500,
        Self::TimeOut,
        Self::RefuseRefund,
        Self::RefundLater,
        Self::RefundAbnormal,
    ];

    /// Its word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LoseCallback => "lose_callback",
            Self::ThreeCallbacks => "three_callbacks",
            Self::LateCallback => "late_callback",
            Self::BadSignature => "bad_signature",
            Self::Probe => "probe",
            Self::Answer500 => "answer_500",
            Self::TimeOut => "time_out",
            Self::RefuseRefund => "refuse_refund",
            Self::RefundLater => "refund_later",
            Self::RefundAbnormal => "refund_abnormal",
        }
    }

    /// What its button says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LoseCallback => "Lose the callback",
            Self::ThreeCallbacks => "Send it three times",
            Self::LateCallback => "Send it late",
            Self::BadSignature => "Sign it wrongly once",
            Self::Probe => "Send a probe first",
            Self::Answer500 => "Answer 500",
            Self::TimeOut => "Time out",
            Self::RefuseRefund => "Refuse: no balance",
            Self::RefundLater => "Finish it later",
            Self::RefundAbnormal => "Get it stuck",
        }
    }

    /// What it waits for: the heading that its button stands under.
    pub const fn occasion(self) -> &'static str {
        match self {
            Self::LoseCallback | Self::ThreeCallbacks | Self::LateCallback | Self::BadSignature | Self::Probe => {
                "The next callback"
            }
            Self::Answer500 | Self::TimeOut => "The merchant's next call",
            Self::RefuseRefund | Self::RefundLater | Self::RefundAbnormal => "The merchant's next refund",
        }
    }

    /// Whether a provider has such a thing at all.
    pub const fn is_of(self, provider: Provider) -> bool {
        match self {
            Self::Probe => matches!(provider, Provider::WeChat),
            Self::RefundAbnormal => matches!(provider, Provider::WeChat | Provider::Stripe),
            Self::LoseCallback
            | Self::ThreeCallbacks
            | Self::LateCallback
            | Self::BadSignature
            | Self::Answer500
            | Self::TimeOut
            | Self::RefuseRefund
            | Self::RefundLater => true,
        }
    }

    /// The fault of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_one_thing_and_are_the_words_in_the_books() {
        for fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.word()), Some(fault));
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.word());
        }
    }
}
