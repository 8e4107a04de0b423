//! Which days are asked for: the last so many, or from one to another. Both ends are included.

use till_domain::day::{Day, Days};
use till_domain::refusal::Refusal;
use till_lambda::http::{ReadRequest as _, Request};
use till_lambda::problem::Problem;

const USUAL_DAYS: u32 = 30;
/// A quarter of a year.
const MOST_DAYS: u32 = 92;

pub fn read(request: &Request, today: Day) -> Result<Days, Problem> {
    let given = |name: &str| request.parameter(name).filter(|text| !text.is_empty());
    let (count, from, to) = (given("days"), given("from"), given("to"));
    if count.is_some() && (from.is_some() || to.is_some()) {
        return Err(bad("days", "must not stand beside from and to"));
    }
    let last = to.map_or(Ok(today), |text| day("to", &text))?;
    if last > today {
        return Err(bad("to", "must not be later than today in China"));
    }
    let count = count.map_or(Ok(USUAL_DAYS), |text| number(&text))?;
    let first = from.map_or_else(|| Ok(last.minus(count.saturating_sub(1))), |text| day("from", &text))?;
    let days = Days { first, last };
    match days.count() {
        0 => Err(bad("from", "must not be later than to")),
        1..=MOST_DAYS => Ok(days),
        _ => Err(bad("from", "must be at most 91 days before to")),
    }
}

fn number(text: &str) -> Result<u32, Problem> {
    let is_plain = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let count = text.parse().ok().filter(|count| is_plain && (1..=MOST_DAYS).contains(count));
    count.ok_or_else(|| bad("days", "must be a whole number from 1 to 92"))
}

fn day(name: &'static str, text: &str) -> Result<Day, Problem> {
    Day::parse(text).map_err(|_| bad(name, "must be a day such as 2026-11-21"))
}

fn bad(field: &'static str, rule: &'static str) -> Problem {
    Refusal::InvalidField { field, rule }.into()
}
