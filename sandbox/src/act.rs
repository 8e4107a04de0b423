//! Actions: what a tester can do to a trade at once. The menu of a trade's page and the testers' addresses are both
//! made from this list.

use serde::{Deserialize, Serialize};

use crate::books::{DisputeState, RefundState, Trade};
use crate::happen::{Happened, Refusal};
use crate::provider::Provider;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Pay,
    Fail,
    /// The buyer pays by a method that takes time; `Pay` or `Fail` decides it.
    Process,
    /// A payment arrives after the trade has expired, and is dated after its end.
    PayLate,
    /// A second payment arrives under another provider id.
    PayAgain,
    PayWrongAmount,
    /// The last undecided refund succeeds.
    FinishRefund,
    /// The last undecided refund fails; a refund that has succeeded can fail afterwards.
    FailRefund,
    /// Half of what is left is refunded, from the provider's own console.
    RefundOnPlatform,
    OpenDispute,
    WinDispute,
    /// The buyer gets the money back.
    LoseDispute,
    Resend,
}

impl Act {
    pub const ALL: [Self; 13] = [
        Self::Pay,
        Self::Fail,
        Self::Process,
        Self::PayLate,
        Self::PayAgain,
        Self::PayWrongAmount,
        Self::FinishRefund,
        Self::FailRefund,
        Self::RefundOnPlatform,
        Self::OpenDispute,
        Self::WinDispute,
        Self::LoseDispute,
        Self::Resend,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Fail => "fail",
            Self::Process => "process",
            Self::PayLate => "pay_late",
            Self::PayAgain => "pay_again",
            Self::PayWrongAmount => "pay_wrong_amount",
            Self::FinishRefund => "finish_refund",
            Self::FailRefund => "fail_refund",
            Self::RefundOnPlatform => "refund_on_platform",
            Self::OpenDispute => "open_dispute",
            Self::WinDispute => "win_dispute",
            Self::LoseDispute => "lose_dispute",
            Self::Resend => "resend",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Pay => "Pay",
            Self::Fail => "Fail",
            Self::Process => "Pay, but slowly",
            Self::PayLate => "Pay after expiry",
            Self::PayAgain => "Pay a second time",
            Self::PayWrongAmount => "Pay a wrong amount",
            Self::FinishRefund => "Finish the refund",
            Self::FailRefund => "Fail the refund",
            Self::RefundOnPlatform => "Refund half on the platform",
            Self::OpenDispute => "Open a dispute",
            Self::WinDispute => "Merchant wins the dispute",
            Self::LoseDispute => "Merchant loses the dispute",
            Self::Resend => "Send every callback again",
        }
    }

    pub const fn is_of(self, provider: Provider) -> bool {
        match self {
            Self::OpenDispute | Self::WinDispute | Self::LoseDispute | Self::Process => {
                matches!(provider, Provider::Stripe)
            }
            Self::Pay
            | Self::Fail
            | Self::PayLate
            | Self::PayAgain
            | Self::PayWrongAmount
            | Self::FinishRefund
            | Self::FailRefund
            | Self::RefundOnPlatform
            | Self::Resend => true,
        }
    }

    pub fn apply(self, trade: &mut Trade, amount: Option<u64>, now: i64) -> Result<Happened, Refusal> {
        match self {
            Self::Pay => trade.pay(now, amount),
            Self::Fail => trade.fail(now),
            Self::Process => trade.process(now),
            Self::PayLate => {
                let after = trade.payable_until.unwrap_or(now).saturating_add(1).max(now);
                Ok(trade.take(after, amount.unwrap_or(trade.amount)))
            }
            Self::PayAgain if trade.payments.is_empty() => Err(Refusal::NotPaid),
            Self::PayAgain => Ok(trade.take(now, amount.unwrap_or(trade.amount))),
            Self::PayWrongAmount => trade.pay(now, Some(amount.unwrap_or(trade.amount.saturating_sub(1).max(1)))),
            Self::FinishRefund => trade.decide_refund(now, RefundState::Succeeded),
            Self::FailRefund => trade.decide_refund(now, RefundState::Failed),
            Self::RefundOnPlatform => {
                let payment = trade.payments.first().ok_or(Refusal::NotPaid)?;
                let rest = payment.amount.saturating_sub(trade.going_back(&payment.id));
                let amount = amount.unwrap_or(rest.div_ceil(2));
                trade.refund(now, None, None, amount, RefundState::Succeeded)
            }
            Self::OpenDispute => trade.dispute(now),
            Self::WinDispute => trade.decide_dispute(DisputeState::Won),
            Self::LoseDispute => trade.decide_dispute(DisputeState::Lost),
            Self::Resend => Err(Refusal::NothingToDecide),
        }
    }

    /// Whether the action is possible for the trade at this moment.
    pub fn can(self, trade: &Trade, now: i64) -> bool {
        if self == Self::Resend {
            return !trade.notices.is_empty();
        }
        self.apply(&mut trade.clone(), None, now).is_ok()
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_one_thing_and_are_the_words_in_the_books() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.word()), Some(act));
            assert_eq!(serde_json::to_value(act).unwrap(), act.word());
        }
    }
}
