//! What every item with goods in it is made of: money, grants, upgrades. Short names, because each order pays for its bytes.
//! A shape that was released is read for ever.

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::wallet::{Credit, Upgrade};

use crate::codec::{Stored, Text, fields, list};
use crate::item::{Attributes, BadItem, Reader, number, text};
use crate::words::Unreadable;

pub(crate) fn map<const N: usize>(attributes: [(&'static str, AttributeValue); N]) -> Attributes {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn money(value: Money) -> AttributeValue {
    text(value.to_text())
}

/// Minor units and the currency: `990 CNY`.
impl Text for Money {
    fn to_text(&self) -> String {
        format!("{} {}", self.minor(), self.currency())
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let (minor, currency) = text.split_once(' ').ok_or(Unreadable)?;
        let currency = Currency::parse(currency).map_err(|_| Unreadable)?;
        Self::new(minor.parse().map_err(|_| Unreadable)?, currency).map_err(|_| Unreadable)
    }
}

/// A map. Which kind of grant it is, is told by which names it has.
impl Stored for Grant {
    fn store(&self) -> Option<AttributeValue> {
        Some(AttributeValue::M(match self {
            Self::Points(points) => map([("p", number(points.amount()))]),
            Self::Membership(membership) => map([
                ("m", text(&membership.tier().name)),
                ("r", number(membership.tier().rank)),
                ("d", number(membership.days())),
            ]),
            Self::Quota(quota) => {
                map([("q", text(quota.name())), ("n", number(quota.count())), ("d", number(quota.days()))])
            }
        }))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let item = Reader::of_map(stored, name)?;
        match ["p", "m", "q"].map(|name| item.has(name)) {
            [true, false, false] => {
                PointsGrant::new(item.get_as("p")?).map(Self::Points).map_err(|_| BadItem::BadValue("p"))
            }
            [false, true, false] => {
                let tier = Tier { name: item.get_as("m")?, rank: item.get_as("r")? };
                let grant = MembershipGrant::new(tier, item.get_as("d")?);
                grant.map(Self::Membership).map_err(|_| BadItem::BadValue("m"))
            }
            [false, false, true] => {
                let grant = QuotaGrant::new(item.get_as("q")?, item.get_as("n")?, item.get_as("d")?);
                grant.map(Self::Quota).map_err(|_| BadItem::BadValue("q"))
            }
            // A grant of a kind that a later release sells.
            _ => Err(BadItem::BadValue("grant")),
        }
    }
}

fields! {
    Credit { source: "s", credit: "c", kept: "k", worth: "w" }
}

/// A list of the credits, empty for an upgrade that replaces nothing.
impl Stored for Upgrade {
    fn store(&self) -> Option<AttributeValue> {
        Some(list(&self.replaced))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        Stored::restore(stored, name).map(|replaced| Self { replaced })
    }
}

#[cfg(test)]
mod tests {
    use till_domain::id::OrderNo;
    use till_domain::wallet::GrantRound;

    use super::*;

    #[test]
    fn money_reads_back_and_nothing_else_is_money() {
        for amount in [
            Money::new(0, Currency::CNY),
            Money::new(990, Currency::USD),
            Money::new(10_000_000_000_000, Currency::JPY),
        ] {
            let amount = amount.unwrap();
            assert_eq!(Money::restore(Some(&money(amount)), "a"), Ok(amount));
        }
        for written in ["", "990", "990 XXX", "-1 CNY", "9.9 CNY", "990  CNY", "10000000000001 CNY", "CNY 990"] {
            assert!(Money::of_text(written).is_err(), "{written}");
        }
    }

    #[test]
    fn grants_of_every_kind_read_back() {
        let all = till_memory::samples::grants();
        assert_eq!(Stored::restore(all.store().as_ref(), "g"), Ok(all));
    }

    #[test]
    fn a_grant_that_is_not_known_is_not_guessed() {
        for (grant, wrong) in [
            (map([("x", number(1))]), BadItem::BadValue("grant")),
            (map([]), BadItem::BadValue("grant")),
            (map([("p", number(1)), ("q", text("queries"))]), BadItem::BadValue("grant")),
            (map([("p", number(0))]), BadItem::BadValue("p")),
            (map([("m", text("pro")), ("r", number(256)), ("d", number(1))]), BadItem::BadValue("r")),
            (map([("m", text("pro")), ("r", number(1))]), BadItem::Missing("d")),
            (map([("q", text("Queries")), ("n", number(1)), ("d", number(1))]), BadItem::BadValue("q")),
        ] {
            assert_eq!(Grant::restore(Some(&AttributeValue::M(grant.clone())), "g"), Err(wrong), "{grant:?}");
        }
    }

    #[test]
    fn an_upgrade_reads_back_and_none_is_none() {
        let order = OrderNo::parse("ORD202501020304050000000A").unwrap();
        let yuan = |minor| Money::new(minor, Currency::CNY).unwrap();
        let source = GrantRound { order, round: 2 };
        let one = Upgrade { replaced: vec![Credit { source, credit: yuan(5), kept: yuan(6), worth: yuan(7) }] };
        for upgraded in [one, Upgrade { replaced: vec![] }] {
            let upgraded = Some(upgraded);
            assert_eq!(Stored::restore(upgraded.store().as_ref(), "u"), Ok(upgraded));
        }
        assert_eq!(Option::<Upgrade>::restore(None, "u"), Ok(None));
    }
}
