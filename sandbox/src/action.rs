//! Actions: what a tester can do to a trade at once. The menu of a trade's page and the testers' addresses are both
//! made from this list.

use serde::{Deserialize, Serialize};

use crate::books::{DisputeState, RefundState, Trade};
use crate::provider::Provider;
use crate::trade::{Refusal, TradeEvent};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
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
    /// Half of the remaining amount is refunded, from the provider's own console.
    RefundOnPlatform,
    OpenDispute,
    WinDispute,
    /// The buyer gets the money back.
    LoseDispute,
    Resend,
}

impl Action {
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
        self.texts().0
    }

    pub const fn label(self) -> &'static str {
        self.texts().1
    }

    /// The word in addresses, and the label of the button.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Pay => ("pay", "Pay"),
            Self::Fail => ("fail", "Fail"),
            Self::Process => ("process", "Pay, but slowly"),
            Self::PayLate => ("pay_late", "Pay after expiry"),
            Self::PayAgain => ("pay_again", "Pay a second time"),
            Self::PayWrongAmount => ("pay_wrong_amount", "Pay a wrong amount"),
            Self::FinishRefund => ("finish_refund", "Finish the refund"),
            Self::FailRefund => ("fail_refund", "Fail the refund"),
            Self::RefundOnPlatform => ("refund_on_platform", "Refund half on the platform"),
            Self::OpenDispute => ("open_dispute", "Open a dispute"),
            Self::WinDispute => ("win_dispute", "Merchant wins the dispute"),
            Self::LoseDispute => ("lose_dispute", "Merchant loses the dispute"),
            Self::Resend => ("resend", "Send every callback again"),
        }
    }

    pub const fn exists_at(self, provider: Provider) -> bool {
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

    pub fn apply(self, trade: &mut Trade, amount: Option<u64>, now: i64) -> Result<TradeEvent, Refusal> {
        match self {
            Self::Pay => trade.pay(now, amount),
            Self::Fail => trade.fail(now),
            Self::Process => trade.process(now),
            Self::PayLate => {
                let after = trade.payable_until.unwrap_or(now).saturating_add(1).max(now);
                Ok(trade.record_payment(after, amount.unwrap_or(trade.amount)))
            }
            Self::PayAgain if trade.payments.is_empty() => Err(Refusal::NotPaid),
            Self::PayAgain => Ok(trade.record_payment(now, amount.unwrap_or(trade.amount))),
            Self::PayWrongAmount => trade.pay(now, Some(amount.unwrap_or(trade.amount.saturating_sub(1).max(1)))),
            Self::FinishRefund => trade.decide_refund(now, RefundState::Succeeded),
            Self::FailRefund => trade.decide_refund(now, RefundState::Failed),
            Self::RefundOnPlatform => {
                let payment = trade.payments.first().ok_or(Refusal::NotPaid)?;
                let rest = payment.amount.saturating_sub(trade.refunded_or_pending(&payment.id));
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
            return !trade.callbacks.is_empty();
        }
        self.apply(&mut trade.clone(), None, now).is_ok()
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_equal_serialised_form() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.word()), Some(action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.word());
        }
    }
}
