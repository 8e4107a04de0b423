//! Ids of a trade's objects. They share a family and end with their place in the trade's lists, so each of them
//! leads to the trade, also for objects that testers made.

use crate::books::Trade;

/// Three digits follow.
pub const FAMILY_LENGTH: usize = 21;

pub fn session(trade: &Trade) -> Option<&str> {
    trade.detail("session")
}

pub fn of(trade: &Trade, kind: &str, nth: usize) -> String {
    format!("{kind}_{}{nth:03}", trade.family().unwrap_or_default())
}

/// The same id, with another kind.
pub fn other(id: &str, kind: &str) -> String {
    let rest = id.split_once('_').map_or(id, |(_, rest)| rest);
    format!("{kind}_{rest}")
}

/// The kind, the family and the place.
pub fn parts(id: &str) -> Option<(&str, &str, usize)> {
    let (kind, rest) = id.rsplit_once('_')?;
    let (family, place) = rest.split_at_checked(FAMILY_LENGTH)?;
    let is_fine = family.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && place.len() == 3
        && place.bytes().all(|byte| byte.is_ascii_digit());
    if is_fine { Some((kind, family, place.parse().ok()?)) } else { None }
}

pub fn nth(id: &str) -> Option<usize> {
    parts(id).map(|(_, _, nth)| nth)
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
