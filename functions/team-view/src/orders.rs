//! The list of all orders, and the search for one.

use serde::Serialize;
use till_app::ports::{Clock, FindTrade, ListNumbers, ListOrders, LoadOrders, LoadedOrders, Unavailable};
use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::time::Time;
use till_lambda::http::{Response, json};
use till_lambda::problem::Problem;
use till_lambda::routes::Call;
use till_lambda::shapes::Instant;

use crate::Action;
use crate::csv;
use crate::filter::{Filter, PARAMETERS};
use crate::query::{number, order_cursor, text, word, write_order_cursor};
use crate::rows::{RowShape, numbers, row};
use crate::search::search;

const USUAL_PAGE: usize = 50;
const MOST_ON_A_PAGE: usize = 100;
/// Orders in an export: it is refused above this, since a list that silently ends would be believed.
pub const MOST_CSV_ROWS: usize = 5_000;

/// What one request may look through for what it shows.
#[derive(Clone, Copy, Debug)]
struct Limits {
    rows: usize,
    orders: usize,
    /// Looks into the index; each passes over eight days without orders.
    looks: u32,
    /// The most orders of one look.
    at_once: usize,
}

impl Limits {
    const fn page(rows: usize) -> Self {
        Self { rows, orders: 1_000, looks: 12, at_once: 100 }
    }

    /// One row more shows whether there are too many.
    const CSV: Self = Self { rows: MOST_CSV_ROWS + 1, orders: 10_000, looks: 60, at_once: 1_000 };
}

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub found: LoadedOrders,
    /// Where the next page begins, if the list goes on. A page may go on before it is full.
    pub next: Option<OrderNo>,
    pub looked_through: usize,
}

#[derive(Serialize)]
struct Answer {
    orders: Vec<RowShape>,
    /// Those that cannot be read: whether they fit is unknown.
    unreadable: Vec<String>,
    next: Option<String>,
    looked_through: usize,
    from: String,
    to: String,
    as_of: Instant,
}

#[derive(Serialize)]
struct Found {
    orders: Vec<RowShape>,
    unreadable: Vec<String>,
    next: Option<String>,
    as_of: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

impl Format {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

pub async fn answer<P>(ports: &P, call: &Call<'_, Action>) -> Result<Response, Problem>
where
    P: ListNumbers + LoadOrders + FindTrade + ListOrders + Clock,
{
    let known: Vec<&str> = PARAMETERS.into_iter().chain(["q", "limit", "cursor", "format"]).collect();
    call.check_parameters(&known)?;
    let format = word(call, "format", &[Format::Json, Format::Csv], Format::as_str)?.unwrap_or(Format::Json);
    let rows = number(call, "limit", 1, MOST_ON_A_PAGE)?.unwrap_or(USUAL_PAGE);
    let (cursor, now) = (order_cursor(call)?, ports.now());
    if let Some(q) = text(call, "q") {
        if let Some(other) = PARAMETERS.into_iter().chain(["format"]).find(|name| text(call, name).is_some()) {
            return Err(Problem::invalid_field(other, "cannot be used beside q, which finds one order or a user's"));
        }
        let Page { found, next, .. } = search(ports, &q, cursor, rows).await?;
        let found = Found {
            orders: found.orders.iter().map(row).collect(),
            unreadable: numbers(&found.unreadable),
            next: write_order_cursor(next),
            as_of: Instant(now),
        };
        return Ok(json(200, &found));
    }
    let filter = Filter::read(call, now)?;
    match format {
        Format::Json => page_of(ports, &filter, cursor, Limits::page(rows), now).await,
        Format::Csv => {
            if cursor.is_some() || text(call, "limit").is_some() {
                return Err(Problem::invalid_field("format", "csv is the whole list: it takes no cursor and no limit"));
            }
            export(ports, &filter).await
        }
    }
}

async fn page_of(
    ports: &(impl ListNumbers + LoadOrders + ListOrders),
    filter: &Filter,
    cursor: Option<OrderNo>,
    limits: Limits,
    now: Time,
) -> Result<Response, Problem> {
    let page = collect(ports, filter, cursor, limits).await?;
    let answer = Answer {
        orders: page.found.orders.iter().map(row).collect(),
        unreadable: numbers(&page.found.unreadable),
        next: write_order_cursor(page.next),
        looked_through: page.looked_through,
        from: filter.days.first.to_string(),
        to: filter.days.last.to_string(),
        as_of: Instant(now),
    };
    Ok(json(200, &answer))
}

async fn export(ports: &(impl ListNumbers + LoadOrders + ListOrders), filter: &Filter) -> Result<Response, Problem> {
    let page = collect(ports, filter, None, Limits::CSV).await?;
    if page.next.is_some() {
        let rule = format!("csv has at most {MOST_CSV_ROWS} orders out of 10000: name fewer days");
        return Err(Problem::invalid_field("format", rule));
    }
    let rows: Vec<RowShape> = page.found.orders.iter().map(row).collect();
    Ok(csv::response(&rows, &numbers(&page.found.unreadable), filter.days))
}

/// The orders that fit, and those that cannot be read, newest first, until the page is full, the list ends, or enough was looked through.
async fn collect(
    ports: &(impl ListNumbers + LoadOrders + ListOrders),
    filter: &Filter,
    from: Option<OrderNo>,
    limits: Limits,
) -> Result<Page, Unavailable> {
    let (mut page, mut before, mut shown) = (Page::default(), from, 0_usize);
    for _ in 0..limits.looks {
        // Where all orders fit, no more are read than are shown.
        let wanted = limits.rows.saturating_sub(shown);
        let most = if filter.takes_all() { wanted.min(limits.at_once) } else { limits.at_once };
        let (seen, next) = look(ports, filter, before, most).await?;
        let numbers = seen.numbers();
        let mut orders = seen.orders.into_iter().peekable();
        for no in numbers {
            page.looked_through = page.looked_through.saturating_add(1);
            match orders.next_if(|order| order.no == no) {
                Some(order) if filter.fits(&order) => page.found.orders.push(order),
                None if filter.has_day_of(no) => page.found.unreadable.push(no),
                Some(_) | None => continue,
            }
            shown = shown.saturating_add(1);
            if shown >= limits.rows {
                return Ok(Page { next: Some(no), ..page });
            }
        }
        before = next;
        if before.is_none() || page.looked_through >= limits.orders {
            break;
        }
    }
    Ok(Page { next: before, ..page })
}

/// Orders older than `before`, newest first, and before which one the next look begins.
async fn look(
    ports: &(impl ListNumbers + LoadOrders + ListOrders),
    filter: &Filter,
    before: Option<OrderNo>,
    most: usize,
) -> Result<(LoadedOrders, Option<OrderNo>), Unavailable> {
    let Some(user) = &filter.user else {
        let found = ports.list_numbers(filter.days, before, most).await?;
        return Ok((ports.load_orders(&found.numbers).await?, found.next));
    };
    let Days { first, last } = filter.days;
    // What a store lists of a user at once.
    let most = most.min(MOST_ON_A_PAGE);
    let newest = OrderNo::mint(last.end(), 0);
    let before = before.map_or(newest, |before| before.min(newest));
    let listed = ports.list_orders(user, Some(before), most).await?;
    let numbers = listed.numbers();
    let oldest = numbers.last().copied().filter(|no| Day::of_order(*no) >= first && numbers.len() == most);
    Ok((listed, oldest))
}
