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
    /// The refund is accepted, and finished when a tester says so.
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
