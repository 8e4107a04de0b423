//! Faults: what goes wrong with a trade once, at the next occasion. The menu of a trade's page and the testers'
//! addresses are both made from this list.

use serde::{Deserialize, Serialize};

use crate::provider::Provider;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    LoseCallback,
    ThreeCallbacks,
    /// 30 seconds late.
    LateCallback,
    /// Only the first attempt is signed wrongly.
    BadSignature,
    /// The first attempt carries a signature that is wrong on purpose, as WeChat Pay sends it to test merchants.
    Probe,
    /// The call has no effect, and the answer is an error 500.
    #[serde(rename = "answer_500")]
    Answer500,
    /// The call is done, and answered too late.
    TimeOut,
    /// The merchant's balance is too low.
    RefuseRefund,
    /// The refund is accepted, and a tester finishes it.
    RefundLater,
    /// A person has to look at the refund.
    RefundAbnormal,
}

impl Fault {
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

    pub const fn word(self) -> &'static str {
        self.texts().0
    }

    pub const fn label(self) -> &'static str {
        self.texts().1
    }

    /// The word in addresses and in the books, and the label of the button.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::LoseCallback => ("lose_callback", "Lose the callback"),
            Self::ThreeCallbacks => ("three_callbacks", "Send it three times"),
            Self::LateCallback => ("late_callback", "Send it late"),
            Self::BadSignature => ("bad_signature", "Sign it wrongly once"),
            Self::Probe => ("probe", "Send a probe first"),
            Self::Answer500 => ("answer_500", "Answer 500"),
            Self::TimeOut => ("time_out", "Time out"),
            Self::RefuseRefund => ("refuse_refund", "Refuse: no balance"),
            Self::RefundLater => ("refund_later", "Finish it later"),
            Self::RefundAbnormal => ("refund_abnormal", "Get it stuck"),
        }
    }

    /// Whether it concerns the merchant's next call, and can be armed for a whole provider.
    pub const fn is_for_calls(self) -> bool {
        matches!(self, Self::Answer500 | Self::TimeOut)
    }

    /// The heading of the menu under which the button stands.
    pub const fn occasion(self) -> &'static str {
        match self {
            Self::LoseCallback | Self::ThreeCallbacks | Self::LateCallback | Self::BadSignature | Self::Probe => {
                "The next callback"
            }
            Self::Answer500 | Self::TimeOut => "The merchant's next call",
            Self::RefuseRefund | Self::RefundLater | Self::RefundAbnormal => "The merchant's next refund",
        }
    }

    pub const fn exists_at(self, provider: Provider) -> bool {
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

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_equal_serialised_form() {
        for fault in Fault::ALL {
            assert_eq!(Fault::parse(fault.word()), Some(fault));
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.word());
        }
    }
}
