//! Values that several kinds of items hold: money, grants, upgrades, accounts, what was sold, the policy of an order. Names are
//! short because each order pays for its bytes. A released form is read for ever.

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{LatePolicy, Policy, Sold};
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Seconds;
use till_domain::wallet::{Credit, Upgrade};

use crate::codec::{EvenIfEmpty, Stored, Text, fields, list};
use crate::item::{BadItem, Reader, attributes};
use crate::keys::USER;
use crate::stored_words::{Unreadable, Word as _};

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

/// A map. The names of its attributes tell the kind of grant.
impl Stored for Grant {
    fn store(&self) -> Option<AttributeValue> {
        Some(AttributeValue::M(match self {
            Self::Points(points) => attributes([("p", points.amount().store())]),
            Self::Membership(membership) => {
                let Tier { name, rank } = membership.tier();
                attributes([("m", name.store()), ("r", rank.store()), ("d", membership.days().store())])
            }
            Self::Quota(quota) => {
                attributes([("q", quota.name().store()), ("n", quota.count().store()), ("d", quota.days().store())])
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
            // A kind of grant that a later release sells.
            _ => Err(BadItem::BadValue("grant")),
        }
    }
}

fields! {
    Credit { source: "s", credit: "c", kept: "k", worth: "w" }
}

/// The list of credits: empty for an upgrade that replaces nothing.
impl Stored for Upgrade {
    fn store(&self) -> Option<AttributeValue> {
        Some(list(&self.replaced))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        Stored::restore(stored, name).map(|replaced| Self { replaced })
    }
}

fields! {
    Sold {
        user: USER, kind: "k", product: "i", name: "n", price: "p", grants: "g" as EvenIfEmpty, upgrade: "up",
        upgrade_worth: "uw",
    }
}

/// An account: `wechat:main`.
impl Text for Account {
    fn to_text(&self) -> String {
        format!("{}:{}", self.provider.word(), self.id)
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let (provider, id) = text.split_once(':').ok_or(Unreadable)?;
        Ok(Self { provider: Provider::of(provider)?, id: AccountId::of_text(id)? })
    }
}

/// The policy of an order, as `fulfil 300 5`: what becomes of late payments, seconds between polls, most unanswered polls.
impl Text for Policy {
    fn to_text(&self) -> String {
        format!("{} {} {}", self.late.word(), self.poll.0, self.most_unanswered)
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [late, poll, most_unanswered] = *parts.as_slice() else { return Err(Unreadable) };
        Ok(Self { late: LatePolicy::of(late)?, poll: Seconds(whole(poll)?), most_unanswered: whole(most_unanswered)? })
    }
}

/// A whole number in digits alone: the standard parser would also take a sign.
pub(crate) fn whole<T: std::str::FromStr>(text: &str) -> Result<T, Unreadable> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use till_domain::id::OrderNo;
    use till_domain::wallet::GrantRound;

    use super::*;
    use crate::item::{number, text};
    use crate::order_item::samples::yuan;

    #[test]
    fn money_reads_back_and_other_text_is_refused() {
        for amount in [
            Money::new(0, Currency::CNY),
            Money::new(990, Currency::USD),
            Money::new(10_000_000_000_000, Currency::JPY),
        ] {
            let amount = amount.unwrap();
            assert_eq!(Money::restore(amount.store().as_ref(), "a"), Ok(amount));
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
    fn unknown_or_invalid_grant_is_an_error() {
        for (grant, wrong) in [
            (attributes([("x", Some(number(1)))]), BadItem::BadValue("grant")),
            (attributes([]), BadItem::BadValue("grant")),
            (attributes([("p", Some(number(1))), ("q", Some(text("queries")))]), BadItem::BadValue("grant")),
            (attributes([("p", Some(number(0)))]), BadItem::BadValue("p")),
            (
                attributes([("m", Some(text("pro"))), ("r", Some(number(256))), ("d", Some(number(1)))]),
                BadItem::BadValue("r"),
            ),
            (attributes([("m", Some(text("pro"))), ("r", Some(number(1)))]), BadItem::Missing("d")),
            (
                attributes([("q", Some(text("Queries"))), ("n", Some(number(1))), ("d", Some(number(1)))]),
                BadItem::BadValue("q"),
            ),
        ] {
            assert_eq!(Grant::restore(Some(&AttributeValue::M(grant.clone())), "g"), Err(wrong), "{grant:?}");
        }
    }

    #[test]
    fn upgrade_reads_back_and_a_missing_one_is_none() {
        let order = OrderNo::parse("ORD202501020304050000000A").unwrap();
        let source = GrantRound { order, round: 2 };
        let one = Upgrade { replaced: vec![Credit { source, credit: yuan(5), kept: yuan(6), worth: yuan(7) }] };
        for upgraded in [one, Upgrade { replaced: vec![] }] {
            let upgraded = Some(upgraded);
            assert_eq!(Stored::restore(upgraded.store().as_ref(), "u"), Ok(upgraded));
        }
        assert_eq!(Option::<Upgrade>::restore(None, "u"), Ok(None));
    }

    #[test]
    fn accounts_and_policies_read_back() {
        for text in ["wechat:main", "stripe:a_B-9"] {
            assert_eq!(Account::of_text(text).unwrap().to_text(), text);
        }
        for text in ["fulfil 300 5", "refund 60 0"] {
            assert_eq!(Policy::of_text(text).unwrap().to_text(), text);
        }
    }

    #[test]
    fn unknown_text_is_an_error() {
        for text in ["", "main", "wechat:", "paypal:main", "WeChat:main"] {
            assert_eq!(Account::of_text(text), Err(Unreadable), "{text}");
        }
        for text in ["", "fulfil", "keep 300 5", "fulfil 300 256", "fulfil 300 5 1"] {
            assert_eq!(Policy::of_text(text), Err(Unreadable), "{text}");
        }
    }
}
