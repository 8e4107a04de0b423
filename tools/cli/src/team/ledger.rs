//! Entries of a wallet's ledger as a table: what each one gave or took, in words.

use super::row::Row;
use super::table::{Column, table};
use crate::Failure;

const COLUMNS: &[Column] =
    &[("AT", "at"), ("ENTRY", "type"), ("WHAT", "what"), ("ORDER", "order_no"), ("REASON", "reason")];

pub fn ledger(entries: Vec<Row>) -> Result<String, Failure> {
    let rows: Result<Vec<Row>, Failure> = entries
        .into_iter()
        .map(|entry| {
            let what = what(&entry);
            entry.with("what", &what)
        })
        .collect();
    Ok(table(COLUMNS, &rows?))
}

fn what(entry: &Row) -> String {
    match entry.text("type").as_str() {
        "grant" | "admin_grant" => entry.rows("grants").iter().map(grant).collect::<Vec<_>>().join(", "),
        "revoke" => "all that was left of it".to_owned(),
        "spend" => portion(entry),
        "admin_extend" => format!("{} days of {}", entry.text("days"), entry.text("tier")),
        "admin_revoke" => portion(&entry.row("taken")),
        _ => String::new(),
    }
}

fn grant(grant: &Row) -> String {
    let text = |name: &str| grant.text(name);
    match text("type").as_str() {
        "points" => format!("{} points", text("amount")),
        "membership" => format!("{} days of {}", text("days"), text("tier")),
        "quota" => format!("{} of {} for {} days", text("count"), text("name"), text("days")),
        other => other.to_owned(),
    }
}

/// Points, some of a quota, time of a membership: those of them that are there.
pub fn portion(portion: &Row) -> String {
    let (membership, quota) = (portion.row("membership"), portion.row("quota"));
    let parts = [
        some(&portion.text("points"), "points"),
        membership
            .text("seconds")
            .parse()
            .ok()
            .filter(|seconds| *seconds > 0)
            .map(|seconds| format!("{} of {}", time(seconds), membership.text("tier"))),
        some(&quota.text("count"), &format!("of {}", quota.text("name"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn some(count: &str, of: &str) -> Option<String> {
    (!count.is_empty() && count != "0").then(|| format!("{count} {of}"))
}

/// In the largest two units that it has: `29 days 3 h`.
fn time(seconds: u64) -> String {
    let units = [(86_400, "days"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, name) in units {
        let (count, rest) = (left.checked_div(unit).unwrap_or(0), left.checked_rem(unit).unwrap_or(0));
        left = rest;
        if count > 0 {
            parts.push(format!("{count} {name}"));
        }
    }
    parts.truncate(2);
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_says_what_it_gave_or_took() {
        for (entry, expected) in [
            (
                r#"{"type":"grant","grants":[{"type":"points","amount":100},{"type":"membership","tier":"pro","days":30},
                    {"type":"quota","name":"queries","count":10,"days":90}]}"#,
                "100 points, 30 days of pro, 10 of queries for 90 days",
            ),
            (r#"{"type":"revoke","points":100}"#, "all that was left of it"),
            (r#"{"type":"spend","points":5,"quota":{"name":"queries","count":2}}"#, "5 points, 2 of queries"),
            (r#"{"type":"admin_grant","grants":[{"type":"points","amount":3}]}"#, "3 points"),
            (r#"{"type":"admin_extend","tier":"pro","days":7}"#, "7 days of pro"),
            (
                r#"{"type":"admin_revoke","taken":{"points":0,"quota":null,"membership":{"tier":"pro","seconds":93784}}}"#,
                "1 days 2 h of pro",
            ),
            (r#"{"type":"admin_revoke","taken":{"points":0,"quota":null,"membership":null}}"#, "nothing"),
            (r#"{"type":"of_a_later_release"}"#, ""),
        ] {
            assert_eq!(what(&Row::read(entry).unwrap()), expected, "{entry}");
        }
    }

    #[test]
    fn time_is_shown_in_its_two_largest_units() {
        for (seconds, text) in [(1, "1 s"), (86_400, "1 days"), (86_461, "1 days 1 min"), (2_592_000, "30 days")] {
            assert_eq!(time(seconds), text);
        }
    }
}
