//! Payments that fit no order.

use serde::Serialize;
use till_app::ports::{Clock, ListOrphans, OrphanStatus};
use till_domain::provider::Provider;
use till_lambda::cursor;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::{Instant, OrphanShape, orphan};

use crate::Action;
use crate::query::{self, word};

const PAGE: usize = 50;
/// Before the place in a cursor of the list of open ones.
const OPEN: &str = "open ";

#[derive(Serialize)]
struct Answer {
    orphans: Vec<OrphanShape>,
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
    let (mut orphans, mut next) = (Vec::new(), None);
    for provider in Provider::ALL.into_iter().skip_while(|provider| *provider != begin) {
        let left = PAGE.saturating_sub(orphans.len());
        if left == 0 {
            next = Some(write_place(provider, ""));
            break;
        }
        let place = from.take().filter(|place| !place.is_empty());
        let page = ports.list_orphans(provider, place.as_deref(), left).await?;
        orphans.extend(page.items.iter().map(orphan));
        if let Some(place) = page.next {
            next = Some(write_place(provider, &place));
            break;
        }
        if only.is_some() {
            break;
        }
    }
    Ok(json(200, &Answer { orphans, next, as_of: Instant(ports.now()) }))
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
    Ok(json(200, &Answer { orphans, next, as_of: Instant(ports.now()) }))
}

fn write_place(provider: Provider, place: &str) -> String {
    cursor::write(&format!("{provider} {place}"))
}

fn read_place(text: &str) -> Option<(Provider, String)> {
    let (provider, place) = text.split_once(' ')?;
    let provider = Provider::ALL.into_iter().find(|one| one.as_str() == provider)?;
    Some((provider, place.to_owned()))
}
