//! A payment that fits no order: what was reported of it, and what a person decided.

use serde::Serialize;
use till_app::ports::StoredOrphan;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::order::{DisputeState, RefundId, RefundWord, Says};
use till_domain::time::Time;

use super::{Amount, Instant};

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrphanShape {
    pub provider: &'static str,
    pub account: String,
    pub trade_no: String,
    /// The number that the reports name: one of ours without its order, or one that was never given.
    pub number: String,
    /// The order that this would be, if the number is one of ours.
    pub order_no: Option<String>,
    /// `open`, `settled`, `closed`, or `returned`: all of it went back.
    pub status: &'static str,
    /// The payment, or without one the report that came first.
    #[serde(flatten)]
    pub said: ReportShape,
    /// How much of the payment is back, as far as amounts were reported.
    pub refunded_amount: Option<Amount>,
    pub kept_at: Instant,
    /// All reports, in the order in which they came.
    pub reports: Vec<HeardShape>,
    pub settled: Option<SettlementShape>,
    pub closed: Option<ClosingShape>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReportShape {
    pub says: &'static str,
    pub amount: Option<Amount>,
    pub amount_minor: Option<u64>,
    pub currency: Option<String>,
    pub paid_at: Option<Instant>,
    pub refund_no: Option<String>,
    pub dispute_no: Option<String>,
    /// Of a refund or a dispute.
    pub state: Option<&'static str>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HeardShape {
    pub at: Instant,
    #[serde(flatten)]
    pub said: ReportShape,
}

/// To which order a person settled it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SettlementShape {
    pub order_no: String,
    pub by: String,
    pub reason: String,
    pub at: Instant,
}

/// Who noted that it was dealt with elsewhere.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ClosingShape {
    pub by: String,
    pub reason: String,
    pub at: Instant,
}

pub fn orphan(stored: &StoredOrphan) -> OrphanShape {
    let (orphan, named) = (&stored.orphan, stored.named());
    let payment = stored.payment().unwrap_or(&orphan.report);
    let first = HeardShape { at: Instant(orphan.at), said: report(&orphan.report.says, named) };
    let later =
        stored.later.iter().map(|later| HeardShape { at: Instant(later.at), said: report(&later.report.says, named) });
    OrphanShape {
        provider: payment.account.provider.as_str(),
        account: payment.account.id.to_string(),
        trade_no: orphan.trade_no.to_string(),
        number: orphan.number.clone(),
        order_no: named.map(|no| no.to_string()),
        status: stored.status().as_str(),
        said: report(&payment.says, named),
        refunded_amount: stored.back().map(Amount),
        kept_at: Instant(orphan.at),
        reports: std::iter::once(first).chain(later).collect(),
        settled: stored.settlement.as_ref().map(|settlement| SettlementShape {
            order_no: settlement.order.to_string(),
            by: settlement.by.to_string(),
            reason: settlement.reason.to_string(),
            at: Instant(settlement.at),
        }),
        closed: stored.closing.as_ref().map(|closing| ClosingShape {
            by: closing.by.to_string(),
            reason: closing.reason.to_string(),
            at: Instant(closing.at),
        }),
    }
}

/// `named`: the order whose number the report names.
fn report(says: &Says, named: Option<OrderNo>) -> ReportShape {
    let (word, said) = said(says);
    ReportShape {
        says: word,
        amount: said.amount.map(Amount),
        amount_minor: said.amount.map(Money::minor),
        currency: said.amount.map(|amount| amount.currency().to_string()),
        paid_at: said.paid_at.map(Instant),
        refund_no: said.refund.map(|id| match (id, named) {
            (RefundId::Ours(n), Some(no)) => no.refund(n).to_string(),
            (RefundId::Ours(n), None) => format!("R{n}"),
            (RefundId::Theirs(no), _) => no.to_string(),
        }),
        dispute_no: said.dispute_no,
        state: said.state,
    }
}

/// What a report says, without its trade number.
#[derive(Default)]
struct Said {
    amount: Option<Money>,
    paid_at: Option<Time>,
    refund: Option<RefundId>,
    dispute_no: Option<String>,
    state: Option<&'static str>,
}

fn said(says: &Says) -> (&'static str, Said) {
    let nothing = Said::default;
    match says {
        Says::Paid { trade_no: _, amount, paid_at, buyer: _ } => {
            ("paid", Said { amount: Some(*amount), paid_at: Some(*paid_at), ..nothing() })
        }
        Says::NotPaid => ("not_paid", nothing()),
        Says::Processing => ("processing", nothing()),
        Says::Failed => ("failed", nothing()),
        Says::Declined(_) => ("declined", nothing()),
        Says::Closed { for_good: _ } => ("closed", nothing()),
        Says::Unknown => ("unknown", nothing()),
        Says::Refund { id, trade_no: _, amount, word } => {
            let state = Some(refund_word(*word));
            ("refund", Said { amount: Some(*amount), refund: Some(id.clone()), state, ..nothing() })
        }
        Says::BackInAll { trade_no: _, amount } => ("back_in_all", Said { amount: Some(*amount), ..nothing() }),
        Says::BackUnclear { trade_no: _ } => ("back_unclear", nothing()),
        Says::Dispute { no, trade_no: _, amount, state } => {
            let (dispute_no, state) = (Some(no.to_string()), Some(dispute_word(*state)));
            ("dispute", Said { amount: Some(*amount), dispute_no, state, ..nothing() })
        }
    }
}

const fn refund_word(word: RefundWord) -> &'static str {
    match word {
        RefundWord::Unclear => "unclear",
        RefundWord::NoBalance => "no_balance",
        RefundWord::Processing => "processing",
        RefundWord::Abnormal => "abnormal",
        RefundWord::Succeeded => "succeeded",
        RefundWord::Failed => "failed",
    }
}

pub const fn dispute_word(state: DisputeState) -> &'static str {
    match state {
        DisputeState::Opened => "opened",
        DisputeState::Won => "won",
        DisputeState::Lost => "lost",
    }
}
