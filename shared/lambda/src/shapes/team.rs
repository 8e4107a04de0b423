//! What the team sees of an order besides what its buyer sees: holds, payments and refunds. The provider's name for the
//! payer is left out.

use serde::Serialize;
use till_domain::order::{Decision, Hold, Order, Payment, Refund, RefundId, RefundState, Role, Stated, Why};

use super::{Amount, Instant, OrderShape, View, order};

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TeamOrderShape {
    #[serde(flatten)]
    pub order: OrderShape,
    pub user_id: String,
    pub holds: Vec<HoldShape>,
    pub payments: Vec<PaymentShape>,
    pub refunds: Vec<RefundShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HoldShape {
    pub hold: &'static str,
    pub trade_no: Option<String>,
    /// Those that fit it now.
    pub decisions: Vec<&'static str>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PaymentShape {
    /// The provider's number.
    pub trade_no: String,
    /// Our number of the attempt.
    pub payment_no: String,
    pub provider: &'static str,
    pub account: String,
    pub amount: Amount,
    pub amount_minor: u64,
    pub currency: String,
    /// `kept`, `extra` or `odd`.
    pub role: &'static str,
    pub refunded_amount: Amount,
    pub paid_at: Instant,
    /// Where it counts, or counted at first, by an admin's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<StatedShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StatedShape {
    /// As it was stated.
    pub trade_no: String,
    pub evidence: String,
    pub by: String,
    pub at: Instant,
    /// `awaited`, `denied`, `differs` or `confirmed`: what its provider says.
    pub proof: &'static str,
    /// Whether a person decided that it does not count.
    pub given_up: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RefundShape {
    /// Ours, or the provider's if the refund was made there.
    pub refund_no: String,
    pub trade_no: String,
    pub state: &'static str,
    pub amount: Amount,
    pub amount_minor: u64,
    pub currency: String,
    /// Whether the goods are taken back too.
    pub revoke: bool,
    pub reason: Option<String>,
    /// When it was ordered here, or first reported.
    pub at: Instant,
}

pub fn team_order(of: &Order, view: View) -> TeamOrderShape {
    let hold = |hold: Hold| HoldShape {
        hold: hold.word.as_str(),
        trade_no: of.trade_of(hold).map(ToString::to_string),
        decisions: of.decisions(hold).into_iter().map(Decision::as_str).collect(),
    };
    TeamOrderShape {
        order: order(of, view),
        user_id: of.sold.user.to_string(),
        holds: of.holds().into_iter().map(hold).collect(),
        payments: of.payments.iter().map(|one| payment(of, one)).collect(),
        refunds: of.refunds.iter().map(|one| refund(of, one)).collect(),
    }
}

pub fn refund(of: &Order, refund: &Refund) -> RefundShape {
    RefundShape {
        refund_no: match &refund.id {
            RefundId::Ours(n) => of.no.refund(*n).to_string(),
            RefundId::Theirs(no) => no.to_string(),
        },
        trade_no: refund.trade_no.to_string(),
        state: refund_state(refund.state),
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
        role: role(payment.role),
        refunded_amount: Amount(of.back(payment)),
        paid_at: Instant(payment.paid_at),
        stated: of.stated(payment).map(stated),
    }
}

fn stated(stated: &Stated) -> StatedShape {
    StatedShape {
        trade_no: stated.trade_no.to_string(),
        evidence: stated.evidence.to_string(),
        by: stated.by.to_string(),
        at: Instant(stated.at),
        proof: stated.proof.as_str(),
        given_up: stated.given_up,
    }
}

pub const fn role(role: Role) -> &'static str {
    match role {
        Role::Kept => "kept",
        Role::Extra => "extra",
        Role::Odd => "odd",
    }
}

/// Who, or what, cancelled an order.
pub const fn cancelled_by(why: Why) -> &'static str {
    match why {
        Why::User => "user",
        Why::Expired => "expired",
        Why::Admin => "admin",
    }
}

pub const fn refund_state(state: RefundState) -> &'static str {
    match state {
        RefundState::Requested => "requested",
        RefundState::Processing => "processing",
        RefundState::Abnormal => "abnormal",
        RefundState::Succeeded => "succeeded",
        RefundState::Failed => "failed",
    }
}
