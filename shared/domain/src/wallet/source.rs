//! Where an entry of the ledger comes from. As text it is the entry's key, so that nothing is entered twice.
//!
//! Two different sources must never print the same.

use std::fmt;

use crate::id::OrderNo;
use crate::text::Key;

/// One granting of one order. The first round is 1; after a revoke whose refund failed a person may grant again: 2, 3 …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GrantRound {
    pub order: OrderNo,
    /// Which granting of it, from 1.
    pub round: u8,
}

/// What gave something that a wallet holds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Giver {
    Order(GrantRound),
    /// A person of the team, by the key of their request.
    Admin(Key),
}

/// What made an entry of the ledger: there is one entry of each source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Source {
    /// A granting: `ORD…`, and from the second round on `ORD…#2`.
    Grant(GrantRound),
    /// The revoke of a granting: `ORD…#revoke`, `ORD…#2#revoke`.
    Revoke(GrantRound),
    /// A spending, by its caller's key: `spend#…`.
    Spend(Key),
    /// A change by hand, by the key of a person of the team: `admin#…`.
    Admin(Key),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a source is an order number, perhaps with #2 to #255 and #revoke, or spend# or admin# and a key")]
pub struct BadSource;

impl GrantRound {
    #[must_use]
    pub const fn first(order: OrderNo) -> Self {
        Self { order, round: 1 }
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Result<Self, BadSource> {
        let (order, round) = match text.split_once('#') {
            None => (text, 1),
            Some((order, round)) => (order, parse_round(round).ok_or(BadSource)?),
        };
        OrderNo::parse(order).map(|order| Self { order, round }).map_err(|_| BadSource)
    }
}

/// Two or more, without a sign or leading zeros: the first round is never written.
fn parse_round(text: &str) -> Option<u8> {
    let plain = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|round| plain && *round >= 2)
}

impl Giver {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Result<Self, BadSource> {
        match Source::parse(text)? {
            Source::Grant(granted) => Ok(Self::Order(granted)),
            Source::Admin(key) => Ok(Self::Admin(key)),
            Source::Revoke(_) | Source::Spend(_) => Err(BadSource),
        }
    }

    /// The granting of the order that sold it; `None` for what the team gave by hand.
    pub const fn granted(&self) -> Option<GrantRound> {
        match self {
            Self::Order(granted) => Some(*granted),
            Self::Admin(_) => None,
        }
    }

    pub const fn is_by_hand(&self) -> bool {
        self.granted().is_none()
    }
}

impl From<GrantRound> for Giver {
    fn from(granted: GrantRound) -> Self {
        Self::Order(granted)
    }
}

impl From<Giver> for Source {
    fn from(giver: Giver) -> Self {
        match giver {
            Giver::Order(granted) => Self::Grant(granted),
            Giver::Admin(key) => Self::Admin(key),
        }
    }
}

impl Source {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Result<Self, BadSource> {
        if let Some(key) = text.strip_prefix("spend#") {
            return Key::parse(key).map(Self::Spend).map_err(|_| BadSource);
        }
        if let Some(key) = text.strip_prefix("admin#") {
            return Key::parse(key).map(Self::Admin).map_err(|_| BadSource);
        }
        match text.strip_suffix("#revoke") {
            Some(granted) => GrantRound::parse(granted).map(Self::Revoke),
            None => GrantRound::parse(text).map(Self::Grant),
        }
    }
}

impl fmt::Display for GrantRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.round == 1 { self.order.fmt(f) } else { write!(f, "{}#{}", self.order, self.round) }
    }
}

impl fmt::Display for Giver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Source::from(self.clone()).fmt(f)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grant(granted) => granted.fmt(f),
            Self::Revoke(granted) => write!(f, "{granted}#revoke"),
            Self::Spend(key) => write!(f, "spend#{key}"),
            Self::Admin(key) => write!(f, "admin#{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_print_and_parse_back() {
        let order = OrderNo::parse("ORD202501020304050000000A").unwrap();
        let granted = |round| GrantRound { order, round };
        for (source, text) in [
            (Source::Grant(granted(1)), "ORD202501020304050000000A"),
            (Source::Grant(granted(2)), "ORD202501020304050000000A#2"),
            (Source::Revoke(granted(1)), "ORD202501020304050000000A#revoke"),
            (Source::Revoke(granted(255)), "ORD202501020304050000000A#255#revoke"),
            (Source::Spend(Key::parse("a#revoke").unwrap()), "spend#a#revoke"),
            (Source::Admin(Key::parse("spend#a").unwrap()), "admin#spend#a"),
        ] {
            assert_eq!(source.to_string(), text);
            assert_eq!(Source::parse(text), Ok(source));
        }
    }

    #[test]
    fn text_that_no_source_prints_is_refused() {
        let order = "ORD202501020304050000000A";
        for ending in ["#", "#0", "#1", "#02", "#+2", "#256", "#2#", "#revoke#2", "#revoke#revoke", "#Revoke", " "] {
            assert_eq!(Source::parse(&format!("{order}{ending}")), Err(BadSource), "{ending}");
        }
        for text in ["", "spend#", "spend# ", "spend", "#revoke", "#2", "admin", "admin#", "admin# ", "Admin#a"] {
            assert_eq!(Source::parse(text), Err(BadSource), "{text}");
        }
    }

    #[test]
    fn only_orders_and_the_team_give_something() {
        for (text, by_hand) in [("ORD202501020304050000000A#2", false), ("admin#case-7", true)] {
            let giver = Giver::parse(text).unwrap();
            assert_eq!((giver.to_string().as_str(), giver.is_by_hand()), (text, by_hand));
        }
        for text in ["ORD202501020304050000000A#revoke", "spend#case-7", "admin#", "case-7"] {
            assert_eq!(Giver::parse(text), Err(BadSource), "{text}");
        }
    }
}
