//! What every item with goods in it is made of: money, grants, upgrades. Short names, because each order pays for its bytes.
//! A shape that was released is read for ever.

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::text::{QuotaName, TierName};
use till_domain::wallet::{Credit, Granted, Upgrade};

use crate::item::{Attributes, BadItem, Reader, number, text};

pub fn map<const N: usize>(attributes: [(&'static str, AttributeValue); N]) -> Attributes {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Minor units and the currency: `990 CNY`.
pub fn money(value: Money) -> AttributeValue {
    text(format_args!("{} {}", value.minor(), value.currency()))
}

#[derive(Debug)]
pub struct BadAmount;

pub fn parse_money(written: &str) -> Result<Money, BadAmount> {
    let (minor, currency) = written.split_once(' ').ok_or(BadAmount)?;
    let currency = Currency::parse(currency).map_err(|_| BadAmount)?;
    let minor = minor.parse().map_err(|_| BadAmount)?;
    Money::new(minor, currency).map_err(|_| BadAmount)
}

/// A list of maps, one a grant: which kind it is, is told by which names it has.
pub fn grants(grants: &[Grant]) -> AttributeValue {
    let grants = grants.iter().map(|grant| {
        AttributeValue::M(match grant {
            Grant::Points(points) => map([("p", number(points.amount()))]),
            Grant::Membership(membership) => map([
                ("m", text(&membership.tier().name)),
                ("r", number(membership.tier().rank)),
                ("d", number(membership.days())),
            ]),
            Grant::Quota(quota) => {
                map([("q", text(quota.name())), ("n", number(quota.count())), ("d", number(quota.days()))])
            }
        })
    });
    AttributeValue::L(grants.collect())
}

pub fn read_grant(reader: Reader<'_>) -> Result<Grant, BadItem> {
    let has = ["p", "m", "q"].map(|name| reader.has(name));
    match has {
        [true, false, false] => {
            PointsGrant::new(reader.number("p")?).map(Grant::Points).map_err(|_| BadItem::BadValue("p"))
        }
        [false, true, false] => {
            let tier = Tier { name: reader.parsed("m", TierName::parse)?, rank: reader.number("r")? };
            let grant = MembershipGrant::new(tier, reader.number("d")?);
            grant.map(Grant::Membership).map_err(|_| BadItem::BadValue("m"))
        }
        [false, false, true] => {
            let name = reader.parsed("q", QuotaName::parse)?;
            let grant = QuotaGrant::new(name, reader.number("n")?, reader.number("d")?);
            grant.map(Grant::Quota).map_err(|_| BadItem::BadValue("q"))
        }
        // A grant of a kind that a later release sells.
        _ => Err(BadItem::BadValue("grant")),
    }
}

/// A list of maps, one a span that is replaced.
pub fn upgrade(upgrade: &Upgrade) -> AttributeValue {
    let replaced = upgrade.replaced.iter().map(|credit| {
        AttributeValue::M(map([
            ("s", text(credit.source)),
            ("c", money(credit.credit)),
            ("k", money(credit.kept)),
            ("w", money(credit.worth)),
        ]))
    });
    AttributeValue::L(replaced.collect())
}

pub fn maybe_upgrade(reader: Reader<'_>, name: &'static str) -> Result<Option<Upgrade>, BadItem> {
    if !reader.has(name) {
        return Ok(None);
    }
    let credit = |reader: Reader<'_>| {
        Ok(Credit {
            source: reader.parsed("s", Granted::parse)?,
            credit: reader.parsed("c", parse_money)?,
            kept: reader.parsed("k", parse_money)?,
            worth: reader.parsed("w", parse_money)?,
        })
    };
    reader.maps(name, credit).map(|replaced| Some(Upgrade { replaced }))
}

#[cfg(test)]
mod tests {
    use till_domain::id::OrderNo;

    use super::*;

    #[test]
    fn money_reads_back_and_nothing_else_is_money() {
        for amount in [
            Money::new(0, Currency::CNY),
            Money::new(990, Currency::USD),
            Money::new(10_000_000_000_000, Currency::JPY),
        ] {
            let amount = amount.unwrap();
            let AttributeValue::S(written) = money(amount) else { panic!("not a text") };
            assert_eq!(parse_money(&written).unwrap(), amount);
        }
        for written in ["", "990", "990 XXX", "-1 CNY", "9.9 CNY", "990  CNY", "10000000000001 CNY", "CNY 990"] {
            assert!(parse_money(written).is_err(), "{written}");
        }
    }

    #[test]
    fn grants_of_every_kind_read_back() {
        let all = vec![
            Grant::Points(PointsGrant::new(100).unwrap()),
            Grant::Membership(
                MembershipGrant::new(Tier { name: TierName::parse("pro").unwrap(), rank: 3 }, 30).unwrap(),
            ),
            Grant::Quota(QuotaGrant::new(QuotaName::parse("queries").unwrap(), 500, 90).unwrap()),
        ];
        let item = map([("g", grants(&all))]);
        assert_eq!(Reader::new(&item).maps("g", read_grant), Ok(all));
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
            assert_eq!(read_grant(Reader::new(&grant)), Err(wrong), "{grant:?}");
        }
    }

    #[test]
    fn an_upgrade_reads_back_and_none_is_none() {
        let order = OrderNo::parse("ORD202501020304050000000A").unwrap();
        let yuan = |minor| Money::new(minor, Currency::CNY).unwrap();
        let source = Granted { order, round: 2 };
        let one = Upgrade { replaced: vec![Credit { source, credit: yuan(5), kept: yuan(6), worth: yuan(7) }] };
        for upgraded in [one, Upgrade { replaced: vec![] }] {
            let item = map([("u", upgrade(&upgraded))]);
            assert_eq!(maybe_upgrade(Reader::new(&item), "u"), Ok(Some(upgraded)));
        }
        assert_eq!(maybe_upgrade(Reader::new(&map([])), "u"), Ok(None));
    }
}
