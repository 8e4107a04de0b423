//! Payments that fit no order.

use serde::Serialize;
use till_app::ports::{Clock, ListOrphans, StoredOrphan};
use till_domain::id::PaymentNo;
use till_domain::money::Money;
use till_domain::order::{DisputeState, RefundId, RefundWord, Report, Says};
use till_domain::provider::Provider;
use till_domain::time::Time;
use till_lambda::cursor;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{Amount, Instant};

use crate::Action;
use crate::query::{self, word};

const PAGE: usize = 50;

#[derive(Serialize)]
struct Answer {
    orphans: Vec<OrphanShape>,
    /// The trade numbers of those that cannot be read.
    unreadable: Vec<String>,
    next: Option<String>,
    as_of: Instant,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct OrphanShape {
    provider: &'static str,
    account: String,
    trade_no: String,
    /// The number that the report names: one of ours without its order, or one that was never given.
    number: String,
    /// The order that this would be, if the number is one of ours.
    order_no: Option<String>,
    says: &'static str,
    amount: Option<Amount>,
    amount_minor: Option<u64>,
    currency: Option<String>,
    paid_at: Option<Instant>,
    refund_no: Option<String>,
    dispute_no: Option<String>,
    /// Of a refund or a dispute.
    state: Option<&'static str>,
    kept_at: Instant,
    settled: Option<SettlementShape>,
}

/// To which order a person settled it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct SettlementShape {
    order_no: String,
    by: String,
    reason: String,
    at: Instant,
}

pub async fn answer(ports: &(impl ListOrphans + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&["provider", "cursor"])?;
    let only = word(call, "provider", &Provider::ALL, Provider::as_str)?;
    let from = query::cursor(call, read_place)?;
    let begin = from.as_ref().map(|(provider, _)| *provider).or(only).unwrap_or(Provider::ALL[0]);
    if only.is_some_and(|only| only != begin) {
        return Err(Problem::invalid_field("cursor", "is of another provider's list"));
    }
    let mut from = from.map(|(_, place)| place);
    let (mut orphans, mut unreadable, mut next) = (Vec::new(), Vec::new(), None);
    for provider in Provider::ALL.into_iter().skip_while(|provider| *provider != begin) {
        let left = PAGE.saturating_sub(orphans.len()).saturating_sub(unreadable.len());
        if left == 0 {
            next = Some(write_place(provider, ""));
            break;
        }
        let place = from.take().filter(|place| !place.is_empty());
        let page = ports.list_orphans(provider, place.as_deref(), left).await?;
        orphans.extend(page.items.iter().map(shape));
        unreadable.extend(page.unreadable);
        if let Some(place) = page.next {
            next = Some(write_place(provider, &place));
            break;
        }
        if only.is_some() {
            break;
        }
    }
    Ok(json(200, &Answer { orphans, unreadable, next, as_of: Instant(ports.now()) }))
}

fn write_place(provider: Provider, place: &str) -> String {
    cursor::write(&format!("{provider} {place}"))
}

fn read_place(text: &str) -> Option<(Provider, String)> {
    let (provider, place) = text.split_once(' ')?;
    let provider = Provider::ALL.into_iter().find(|one| one.as_str() == provider)?;
    Some((provider, place.to_owned()))
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

fn shape(stored: &StoredOrphan) -> OrphanShape {
    let StoredOrphan { orphan, settlement } = stored;
    let Report { attempt: _, account, asked_at: _, says } = &orphan.report;
    let (word, said) = said(says);
    let order = PaymentNo::parse(&orphan.number).ok().map(|no| no.order);
    OrphanShape {
        provider: account.provider.as_str(),
        account: account.id.to_string(),
        trade_no: orphan.trade_no.to_string(),
        number: orphan.number.clone(),
        order_no: order.map(|no| no.to_string()),
        says: word,
        amount: said.amount.map(Amount),
        amount_minor: said.amount.map(till_domain::money::Money::minor),
        currency: said.amount.map(|amount| amount.currency().to_string()),
        paid_at: said.paid_at.map(Instant),
        refund_no: said.refund.map(|id| match (id, order) {
            (RefundId::Ours(n), Some(no)) => no.refund(n).to_string(),
            (RefundId::Ours(n), None) => format!("R{n}"),
            (RefundId::Theirs(no), _) => no.to_string(),
        }),
        dispute_no: said.dispute_no,
        state: said.state,
        kept_at: Instant(orphan.at),
        settled: settlement.as_ref().map(|settlement| SettlementShape {
            order_no: settlement.order.to_string(),
            by: settlement.by.to_string(),
            reason: settlement.reason.to_string(),
            at: Instant(settlement.at),
        }),
    }
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
