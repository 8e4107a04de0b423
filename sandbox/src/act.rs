//! What a tester can do to a trade at once. The menu of every trade's page and the addresses for tests are both made of this
//! list and of the faults beside it.

use serde::{Deserialize, Serialize};

use crate::books::{DisputeState, RefundState, Trade};
use crate::happen::{Happened, Refusal};
use crate::provider::Provider;

/// Something that happens at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The buyer pays.
    Pay,
    /// The buyer's try fails.
    Fail,
    /// The buyer pays by a way that takes its time; *Pay* or *Fail* decides it.
    Process,
    /// The trade's time is over, and money comes all the same, dated after it.
    PayLate,
    /// Money comes a second time, under another number of the provider's.
    PayAgain,
    /// The buyer pays another amount than the price.
    PayWrongAmount,
    /// What went back is done.
    FinishRefund,
    /// What went back, or was on its way, failed.
    FailRefund,
    /// Half of what is left goes back, made on the provider's own platform.
    RefundOnPlatform,
    /// The buyer disputes the payment.
    OpenDispute,
    /// The merchant keeps the money.
    WinDispute,
    /// The buyer has it back.
    LoseDispute,
    /// Every notice so far is sent once more.
    Resend,
}

impl Act {
    /// All of them, in the menu's order.
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

    /// Its word in addresses.
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

    /// What its button says.
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

    /// Whether a provider has such a thing at all.
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

    /// What it does to the books.
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

    /// Whether it can happen to a trade now.
    pub fn can(self, trade: &Trade, now: i64) -> bool {
        match self {
            Self::Resend => !trade.notices.is_empty(),
            Self::Pay
            | Self::Fail
            | Self::Process
            | Self::PayLate
            | Self::PayAgain
            | Self::PayWrongAmount
            | Self::FinishRefund
            | Self::FailRefund
            | Self::RefundOnPlatform
            | Self::OpenDispute
            | Self::WinDispute
            | Self::LoseDispute => self.apply(&mut trade.clone(), None, now).is_ok(),
        }
    }

    /// The act of that word.
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
