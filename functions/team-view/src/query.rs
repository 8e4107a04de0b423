//! Query parameters. An empty one counts as absent, as forms send it.

use till_domain::day::{Day, Days};
use till_domain::id::OrderNo;
use till_domain::time::Time;
use till_lambda::cursor;
use till_lambda::fields::{Rule, parsed};
use till_lambda::http::ReadRequest as _;
use till_lambda::problem::Problem;
use till_lambda::routes::Call;

use crate::Action;

/// A range may have so many days.
const MOST_DAYS: u32 = 366;
/// The last days that a list has if none are named.
const USUAL_DAYS: u32 = 30;

pub fn text(call: &Call<'_, Action>, name: &str) -> Option<String> {
    call.request.parameter(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

pub fn value<T, E: Rule>(
    call: &Call<'_, Action>,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    parsed(name, text(call, name), parse)
}

/// One of these words.
pub fn word<T: Copy>(
    call: &Call<'_, Action>,
    name: &'static str,
    all: &[T],
    as_str: fn(T) -> &'static str,
) -> Result<Option<T>, Problem> {
    let Some(text) = text(call, name) else { return Ok(None) };
    let found = all.iter().copied().find(|one| as_str(*one) == text);
    let words = || all.iter().map(|one| as_str(*one)).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| Problem::invalid_field(name, format!("must be one of {}", words())))
}

/// A whole number within a range.
pub fn number(
    call: &Call<'_, Action>,
    name: &'static str,
    least: usize,
    most: usize,
) -> Result<Option<usize>, Problem> {
    let Some(text) = text(call, name) else { return Ok(None) };
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.map(Some).ok_or_else(|| Problem::invalid_field(name, format!("must be a number from {least} to {most}")))
}

/// `from` and `to`, which both count. Without them, the last thirty days.
pub fn days(call: &Call<'_, Action>, now: Time) -> Result<Days, Problem> {
    let last = value(call, "to", Day::parse)?.unwrap_or_else(|| Day::of(now));
    let first = value(call, "from", Day::parse)?.unwrap_or_else(|| last.minus(USUAL_DAYS.saturating_sub(1)));
    let days = Days { first, last };
    match days.count() {
        0 => Err(Problem::invalid_field("from", "must not be after to")),
        1..=MOST_DAYS => Ok(days),
        _ => Err(Problem::invalid_field("from", format!("must be at most {MOST_DAYS} days before to, both included"))),
    }
}

pub fn cursor<T>(call: &Call<'_, Action>, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    text(call, "cursor").map(|text| cursor::read(&text, parse)).transpose()
}

/// The rest of a cursor that begins with the name of its list. A store refuses a place of another list, as if it were out of order.
pub fn of_list<'a>(list: &str, text: &'a str) -> Option<&'a str> {
    text.strip_prefix(list)?.strip_prefix(' ').filter(|place| !place.is_empty())
}

pub fn order_cursor(call: &Call<'_, Action>) -> Result<Option<OrderNo>, Problem> {
    cursor(call, |place| OrderNo::parse(place).ok())
}

pub fn write_order_cursor(next: Option<OrderNo>) -> Option<String> {
    next.map(|no| cursor::write(no.as_str()))
}
