//! What the team sees of an order beyond what its buyer sees: what must be looked at, and the numbers by which it can be
//! decided. Who paid, in the provider's words, is nobody's to read here.

use serde::Serialize;
use till_domain::order::{Order, Payment, Refund, RefundId, RefundState, Role};

use super::{Amount, Instant, OrderShape, order};

/// An order as the team sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TeamOrderShape {
    /// What its buyer sees.
    #[serde(flatten)]
    pub order: OrderShape,
    /// Whose it is.
    pub user_id: String,
    /// What a person must look at.
    pub holds: Vec<HoldShape>,
    /// Money that came for it.
    pub payments: Vec<PaymentShape>,
    /// Money on its way back, or back.
    pub refunds: Vec<RefundShape>,
}

/// Something that a person must look at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HoldShape {
    /// Why.
    pub hold: &'static str,
    /// About which payment.
    pub trade_no: Option<String>,
}

/// Money that came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaymentShape {
    /// The provider's number of it.
    pub trade_no: String,
    /// Our number of the attempt that it came by.
    pub payment_no: String,
    /// Which provider.
    pub provider: &'static str,
    /// Through which account.
    pub account: String,
    /// How much.
    pub amount: Amount,
    /// The same in minor units.
    pub amount_minor: u64,
    /// Its currency.
    pub currency: String,
    /// What it is to the order: `kept`, `extra` or `odd`.
    pub role: &'static str,
    /// What of it is back with the buyer.
    pub refunded_amount: Amount,
    /// When it was paid.
    pub paid_at: Instant,
}

/// Money that goes back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundShape {
    /// Its number: ours, or the provider's where it was made there.
    pub refund_no: String,
    /// Of which payment.
    pub trade_no: String,
    /// How far it has come.
    pub state: &'static str,
    /// How much.
    pub amount: Amount,
    /// The same in minor units.
    pub amount_minor: u64,
    /// Its currency.
    pub currency: String,
    /// Whether the goods go back with it.
    pub revoke: bool,
    /// Why.
    pub reason: Option<String>,
    /// When it was decided or first heard of.
    pub at: Instant,
}

/// The shape of an order for the team.
pub fn team_order(of: &Order) -> TeamOrderShape {
    let hold = |hold: till_domain::order::Hold| HoldShape {
        hold: hold.word.as_str(),
        trade_no: of.trade_of(hold).map(ToString::to_string),
    };
    TeamOrderShape {
        order: order(of),
        user_id: of.sold.user.to_string(),
        holds: of.holds().into_iter().map(hold).collect(),
        payments: of.payments.iter().map(|one| payment(of, one)).collect(),
        refunds: of.refunds.iter().map(|one| refund(of, one)).collect(),
    }
}

/// The shape of a refund.
pub fn refund(of: &Order, refund: &Refund) -> RefundShape {
    RefundShape {
        refund_no: match &refund.id {
            RefundId::Ours(n) => of.no.refund(*n).to_string(),
            RefundId::Theirs(no) => no.to_string(),
        },
        trade_no: refund.trade_no.to_string(),
        state: state(refund.state),
        amount: Amount(refund.amount),
        amount_minor: refund.amount.minor(),
        currency: refund.amount.currency().to_string(),
        revoke: refund.revoke,
        reason: refund.reason.as_ref().map(ToString::to_string),
        at: Instant(refund.at),
    }
}

fn payment(of: &Order, payment: &Payment) -> PaymentShape {
    PaymentShape {
        trade_no: payment.trade_no.to_string(),
        payment_no: of.no.payment(payment.attempt).to_string(),
        provider: payment.account.provider.as_str(),
        account: payment.account.id.to_string(),
        amount: Amount(payment.amount),
        amount_minor: payment.amount.minor(),
        currency: payment.amount.currency().to_string(),
        role: match payment.role {
            Role::Kept => "kept",
            Role::Extra => "extra",
            Role::Odd => "odd",
        },
        refunded_amount: Amount(of.back(payment)),
        paid_at: Instant(payment.paid_at),
    }
}

const fn state(state: RefundState) -> &'static str {
    match state {
        RefundState::Requested => "requested",
        RefundState::Processing => "processing",
        RefundState::Abnormal => "abnormal",
        RefundState::Succeeded => "succeeded",
        RefundState::Failed => "failed",
    }
}
