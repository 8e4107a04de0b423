//! Payments that fit no order.

use serde::Serialize;
use till_app::orphans;
use till_app::ports::{Clock, ListOrphans, LoadOrders, LoadOrphan, OrphanStatus};
use till_domain::id::OrderNo;
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::TradeNo;
use till_lambda::cursor;
use till_lambda::fields::{parsed, required};
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{Instant, OrphanShape, orphan, role};

use crate::Action;
use crate::one_order;
use crate::query::{self, word};

const PAGE: usize = 50;
/// Before the place in a cursor of the list of open ones.
const OPEN: &str = "open ";

#[derive(Serialize)]
struct Answer {
    orphans: Vec<OrphanShape>,
    /// The trade numbers of those that cannot be read.
    unreadable: Vec<String>,
    next: Option<String>,
    as_of: Instant,
}

pub async fn answer(ports: &(impl ListOrphans + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&["provider", "status", "cursor"])?;
    if word(call, "status", &[OrphanStatus::Open], OrphanStatus::as_str)?.is_some() {
        return open(ports, call).await;
    }
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
        orphans.extend(page.items.iter().map(orphan));
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

#[derive(Serialize)]
struct One {
    #[serde(flatten)]
    orphan: OrphanShape,
    /// If the request names an order.
    as_payment: Option<AsPaymentShape>,
    as_of: Instant,
}

/// What it would be to the order, as far as it is known before the provider is asked.
#[derive(Serialize)]
struct AsPaymentShape {
    order_no: String,
    role: &'static str,
    goes_back: bool,
    delivers: bool,
}

/// One of them, and what it would be to an order.
pub async fn one(ports: &(impl LoadOrphan + LoadOrders + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    call.check_parameters(&["order_no"])?;
    let sent = call.segment("provider").unwrap_or_default();
    let provider = Provider::ALL.into_iter().find(|provider| provider.as_str() == sent);
    let words = || Provider::ALL.map(Provider::as_str).join(", ");
    let provider = provider.ok_or_else(|| Problem::invalid_field("provider", format!("must be one of {}", words())))?;
    let trade_no = parsed("trade_no", call.segment("trade_no").map(str::to_owned), TradeNo::parse)?;
    let trade_no = required("trade_no", trade_no)?;
    let order_no = query::value(call, "order_no", OrderNo::parse)?;
    let stored = ports.load_orphan(provider, &trade_no).await?.ok_or(Refusal::OrphanNotFound)?;
    let mut as_payment = None;
    if let Some(no) = order_no {
        let order = one_order::load(ports, no).await?;
        as_payment = orphans::as_payment(&order, &stored, ports.now()).map(|would| AsPaymentShape {
            order_no: no.to_string(),
            role: role(would.role),
            goes_back: would.goes_back,
            delivers: would.delivers,
        });
    }
    Ok(json(200, &One { orphan: orphan(&stored), as_payment, as_of: Instant(ports.now()) }))
}

/// Those that wait for a decision, of all providers: the ones that have waited longest first.
async fn open(ports: &(impl ListOrphans + Clock), call: &Call<'_, Action>) -> Result<Response, Problem> {
    if query::text(call, "provider").is_some() {
        return Err(Problem::invalid_field("provider", "cannot be combined with status"));
    }
    let from = query::cursor(call, |place| place.strip_prefix(OPEN).map(str::to_owned))?;
    let page = ports.list_open_orphans(from.as_deref(), PAGE).await?;
    let next = page.next.map(|place| cursor::write(&format!("{OPEN}{place}")));
    let orphans = page.items.iter().map(orphan).collect();
    Ok(json(200, &Answer { orphans, unreadable: page.unreadable, next, as_of: Instant(ports.now()) }))
}

fn write_place(provider: Provider, place: &str) -> String {
    cursor::write(&format!("{provider} {place}"))
}

fn read_place(text: &str) -> Option<(Provider, String)> {
    let (provider, place) = text.split_once(' ')?;
    let provider = Provider::ALL.into_iter().find(|one| one.as_str() == provider)?;
    Some((provider, place.to_owned()))
}
