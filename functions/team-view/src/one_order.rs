//! Everything about one order.

use serde::Serialize;
use till_app::ports::{Clock, ListRecords, LoadEntry, LoadOrders, LoadedOrders};
use till_domain::id::OrderNo;
use till_domain::order::{Attempt, By, Decline, Dispute, Moment, Order, What};
use till_domain::refusal::Refusal;
use till_domain::time::Seconds;
use till_domain::wallet::{GrantRound, Source};
use till_lambda::cursor;
use till_lambda::fields::parsed;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{
    self, Amount, EntryShape, Instant, OrderShape, PaymentShape, RefundShape, TeamOrderShape, View,
};
use till_lambda::why::{Said, sentences};

use crate::Action;
use crate::audit::{RecordShape, record};
use crate::holds::{HoldShape, holds};
use crate::query::{self, text};

const RECORDS: usize = 50;
/// Cursors of its records begin with this.
const LIST: &str = "records";

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    order: OrderShape,
    user_id: String,
    version: u64,
    /// What it waits for, and what comes next.
    why: Vec<Said>,
    holds: Vec<HoldShape>,
    attempts: Vec<AttemptShape>,
    payments: Vec<PaymentShape>,
    refunds: Vec<RefundShape>,
    disputes: Vec<DisputeShape>,
    cleared: Vec<ClearedShape>,
    timeline: Vec<MomentShape>,
    /// What its goods did to its user's wallet.
    wallet_entries: Vec<EntryShape>,
    /// The audit trail, newest first.
    records: Vec<RecordShape>,
    /// How many of the page cannot be read.
    records_unreadable: usize,
    records_next: Option<String>,
}

#[derive(Serialize)]
struct AttemptShape {
    payment_no: String,
    method: &'static str,
    provider: &'static str,
    account: String,
    state: &'static str,
    /// Why its last payment was declined.
    declined: Option<&'static str>,
    begun_at: Instant,
    payable_until: Option<Instant>,
    /// Whether no payment can come of it any more.
    is_final: bool,
    /// Questions in a row that the provider did not answer.
    unanswered: u8,
    /// Whether we did not begin it: money came under its number.
    heard_of: bool,
}

#[derive(Serialize)]
struct DisputeShape {
    dispute_no: String,
    trade_no: String,
    state: &'static str,
    amount: Amount,
    amount_minor: u64,
    currency: String,
}

#[derive(Serialize)]
struct ClearedShape {
    hold: &'static str,
    trade_no: Option<String>,
    at: Instant,
    by: String,
    reason: String,
}

#[derive(Serialize)]
struct MomentShape {
    at: Instant,
    /// `buyer`, `provider`, `till`, or `admin`.
    by: &'static str,
    /// The name of the admin.
    admin: Option<String>,
    what: &'static str,
    payment_no: Option<String>,
    /// The number of a refund, the role of a payment, the state of a dispute, the word of a hold: what there is more to say.
    detail: Option<String>,
}

pub async fn answer(
    ports: &(impl LoadOrders + LoadEntry + ListRecords + Clock),
    qr_code_lives: Seconds,
    call: &Call<'_, Action>,
) -> Result<Response, Problem> {
    call.check_parameters(&["records"])?;
    let no = parsed("order_no", call.segment("order_no").map(str::to_owned), OrderNo::parse)?;
    let no = no.ok_or(Refusal::OrderNotFound)?;
    let from = text(call, "records").map(|text| cursor::read(&text, read_place)).transpose();
    let from = from.map_err(|_| Problem::invalid_field("records", "must be the records_next of an answer"))?;
    let order = load(ports, no).await?;
    let page = ports.list_records(no, from.as_deref(), RECORDS).await?;
    let view = View { now: ports.now(), qr_code_lives };
    let TeamOrderShape { order: shape, user_id, holds: _, payments, refunds } = shapes::team_order(&order, view);
    let answer = Answer {
        order: shape,
        user_id,
        version: order.version,
        why: sentences(&order, view.now, call.language),
        holds: holds(&order, call.language),
        attempts: order.attempts.iter().map(|one| attempt(&order, one)).collect(),
        payments,
        refunds,
        disputes: order.disputes.iter().map(dispute).collect(),
        cleared: cleared(&order),
        timeline: order.timeline.iter().map(|one| moment(&order, one)).collect(),
        wallet_entries: wallet_entries(ports, &order).await?,
        records: page.items.iter().map(record).collect(),
        records_unreadable: page.unreadable.len(),
        records_next: page.next.map(|place| cursor::write(&format!("{LIST} {place}"))),
    };
    Ok(json(200, &answer))
}

fn read_place(place: &str) -> Option<String> {
    query::of_list(LIST, place).map(str::to_owned)
}

/// What its rounds of granting gave and took back, in that order.
pub async fn load(ports: &impl LoadOrders, no: OrderNo) -> Result<Order, Problem> {
    let LoadedOrders { orders, unreadable } = ports.load_orders(&[no]).await?;
    if !unreadable.is_empty() {
        return Err(Problem::new(500, "unreadable"));
    }
    Ok(orders.into_iter().next().ok_or(Refusal::OrderNotFound)?)
}

async fn wallet_entries(ports: &impl LoadEntry, order: &Order) -> Result<Vec<EntryShape>, Problem> {
    let mut entries = Vec::new();
    for round in 1..=order.granting.round {
        let granted = GrantRound { order: order.no, round };
        for source in [Source::Grant(granted), Source::Revoke(granted)] {
            entries.extend(ports.load_entry(&order.sold.user, &source).await?.as_ref().map(shapes::team_entry));
        }
    }
    Ok(entries)
}

fn attempt(order: &Order, attempt: &Attempt) -> AttemptShape {
    AttemptShape {
        payment_no: order.no.payment(attempt.n).to_string(),
        method: attempt.method.as_str(),
        provider: attempt.account.provider.as_str(),
        account: attempt.account.id.to_string(),
        state: attempt.state.as_str(),
        declined: attempt.decline.map(Decline::as_str),
        begun_at: Instant(attempt.begun_at),
        payable_until: attempt.payable_until.map(Instant),
        is_final: attempt.is_final,
        unanswered: attempt.unanswered,
        heard_of: attempt.heard_of,
    }
}

fn dispute(dispute: &Dispute) -> DisputeShape {
    DisputeShape {
        dispute_no: dispute.no.to_string(),
        trade_no: dispute.trade_no.to_string(),
        state: shapes::dispute_word(dispute.state),
        amount: Amount(dispute.amount),
        amount_minor: dispute.amount.minor(),
        currency: dispute.amount.currency().to_string(),
    }
}

fn cleared(order: &Order) -> Vec<ClearedShape> {
    let shape = |one: &till_domain::order::Cleared| ClearedShape {
        hold: one.hold.word.as_str(),
        trade_no: order.trade_of(one.hold).map(ToString::to_string),
        at: Instant(one.at),
        by: one.by.to_string(),
        reason: one.reason.to_string(),
    };
    order.cleared.iter().map(shape).collect()
}

fn moment(order: &Order, moment: &Moment) -> MomentShape {
    let (by, admin) = match &moment.by {
        By::Buyer => ("buyer", None),
        By::Provider => ("provider", None),
        By::Till => ("till", None),
        By::Admin(user) => ("admin", Some(user.to_string())),
    };
    let (what, attempt, detail) = tell(order, moment.what);
    let payment_no = attempt.map(|n| order.no.payment(n).to_string());
    MomentShape { at: Instant(moment.at), by, admin, what, payment_no, detail }
}

fn tell(order: &Order, what: What) -> (&'static str, Option<till_domain::id::AttemptNo>, Option<String>) {
    match what {
        What::Created => ("created", None, None),
        What::Retried(n) => ("retried", Some(n), None),
        What::Opened(n) => ("opened", Some(n), None),
        What::Processing(n) => ("processing", Some(n), None),
        What::Failed(n) => ("failed", Some(n), None),
        What::Closed(n) => ("closed", Some(n), None),
        What::Paid(n, role) => ("paid", Some(n), Some(shapes::role(role).to_owned())),
        What::Stated(n) => ("stated", Some(n), None),
        What::Denied(n) => ("denied", Some(n), None),
        What::Cancelled(why) => ("cancelled", None, Some(shapes::cancelled_by(why).to_owned())),
        What::Refund(place, state) => {
            let no = order.refunds.get(usize::from(place)).map(|refund| shapes::refund(order, refund).refund_no);
            ("refund", None, Some(format!("{} {}", shapes::refund_state(state), no.unwrap_or_default())))
        }
        What::Dispute(state) => ("dispute", None, Some(shapes::dispute_word(state).to_owned())),
        What::Figure => ("provider_total", None, None),
        What::Granted => ("granted", None, None),
        What::Revoked => ("revoked", None, None),
        What::Superseded => ("superseded", None, None),
        What::Resolved(word) => ("resolved", None, Some(word.as_str().to_owned())),
    }
}
