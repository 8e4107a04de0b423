//! Numbers of things. All of one trade share a family, and end with their place in the trade's lists: so whoever has any of
//! them finds the trade by one name in the store, also of things that testers made.

use serde_json::Value;

use crate::books::Trade;

/// So many characters are the family's; three digits follow.
pub const FAMILY_LENGTH: usize = 21;

/// The number of a Session; none, where a trade has no Session.
pub fn session(trade: &Trade) -> Option<&str> {
    trade.details.get("session").and_then(Value::as_str)
}

/// The number of the n-th thing of a kind.
pub fn of(trade: &Trade, kind: &str, nth: usize) -> String {
    format!("{kind}_{}{nth:03}", trade.family().unwrap_or_default())
}

/// The same number, of another kind.
pub fn other(id: &str, kind: &str) -> String {
    let rest = id.split_once('_').map_or(id, |(_, rest)| rest);
    format!("{kind}_{rest}")
}

/// Which kind, family and place a number says.
pub fn parts(id: &str) -> Option<(&str, &str, usize)> {
    let (kind, rest) = id.rsplit_once('_')?;
    let (family, place) = rest.split_at_checked(FAMILY_LENGTH)?;
    let is_fine = family.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && place.len() == 3
        && place.bytes().all(|byte| byte.is_ascii_digit());
    if is_fine { Some((kind, family, place.parse().ok()?)) } else { None }
}

/// The place that a number says.
pub fn nth(id: &str) -> Option<usize> {
    parts(id).map(|(_, _, nth)| nth)
}

/// Bytes as `[0-9a-f]`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
