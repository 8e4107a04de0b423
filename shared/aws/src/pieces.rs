//! Values that several kinds of items hold, each as one short text: amounts, accounts, grants, what was sold, the settings
//! that held. A text once written is read for ever.

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{LatePolicy, Policy, Sold};
use till_domain::planted::Planted;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, QuotaGrant, Tier};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductName, ProductType, QuotaName, TierName, UserId};
use till_domain::time::Seconds;
use till_domain::wallet::{Credit, Granted, Upgrade};

use crate::item::{Attributes, BadItem, Reader, Writer, list, text};
use crate::keys::USER;
use crate::words::{Unreadable, Word as _};

/// An amount: `9900CNY`.
pub(crate) fn write_money(money: Money) -> String {
    format!("{}{}", money.minor(), money.currency())
}

/// Reads what [`write_money`] writes.
pub(crate) fn read_money(text: &str) -> Result<Money, Unreadable> {
    let place = text.len().checked_sub(3).ok_or(Unreadable)?;
    let (minor, code) = text.split_at_checked(place).ok_or(Unreadable)?;
    let currency = Currency::parse(code).map_err(|_| Unreadable)?;
    Money::new(whole(minor)?, currency).map_err(|_| Unreadable)
}

/// An account: `wechat:main`.
pub(crate) fn write_account(account: &Account) -> String {
    format!("{}:{}", account.provider.word(), account.id)
}

/// Reads what [`write_account`] writes.
pub(crate) fn read_account(text: &str) -> Result<Account, Unreadable> {
    let (provider, id) = text.split_once(':').ok_or(Unreadable)?;
    Ok(Account { provider: Provider::of(provider)?, id: AccountId::parse(id).map_err(|_| Unreadable)? })
}

/// A grant: `points 100`, `membership pro 2 30` (tier, rank, days), `quota queries 500 30` (name, count, days).
pub(crate) fn write_grant(grant: &Grant) -> String {
    match grant {
        Grant::Points(points) => format!("points {}", points.amount()),
        Grant::Membership(membership) => {
            let tier = membership.tier();
            format!("membership {} {} {}", tier.name, tier.rank, membership.days())
        }
        Grant::Quota(quota) => format!("quota {} {} {}", quota.name(), quota.count(), quota.days()),
    }
}

/// Reads what [`write_grant`] writes.
pub(crate) fn read_grant(text: &str) -> Result<Grant, Unreadable> {
    let parts: Vec<&str> = text.split(' ').collect();
    match *parts.as_slice() {
        ["points", amount] => PointsGrant::new(whole(amount)?).map(Grant::Points),
        ["membership", name, rank, days] => {
            let tier = Tier { name: TierName::parse(name).map_err(|_| Unreadable)?, rank: whole(rank)? };
            MembershipGrant::new(tier, whole(days)?).map(Grant::Membership)
        }
        ["quota", name, count, days] => {
            let name = QuotaName::parse(name).map_err(|_| Unreadable)?;
            QuotaGrant::new(name, whole(count)?, whole(days)?).map(Grant::Quota)
        }
        _ => return Err(Unreadable),
    }
    .map_err(|_| Unreadable)
}

/// A credit of an upgrade: `ORD… 100CNY 990CNY 990CNY` (source, credit, kept, worth).
pub(crate) fn write_credit(credit: &Credit) -> String {
    let Credit { source, credit, kept, worth } = credit;
    format!("{source} {} {} {}", write_money(*credit), write_money(*kept), write_money(*worth))
}

/// Reads what [`write_credit`] writes.
pub(crate) fn read_credit(text: &str) -> Result<Credit, Unreadable> {
    let parts: Vec<&str> = text.split(' ').collect();
    let [source, credit, kept, worth] = *parts.as_slice() else { return Err(Unreadable) };
    Ok(Credit {
        source: Granted::parse(source).map_err(|_| Unreadable)?,
        credit: read_money(credit)?,
        kept: read_money(kept)?,
        worth: read_money(worth)?,
    })
}

/// An upgrade as a list of its credits; one that replaces nothing is an empty list, and none is no attribute.
pub(crate) fn write_upgrade(upgrade: &Upgrade) -> AttributeValue {
    AttributeValue::L(upgrade.replaced.iter().map(|credit| text(write_credit(credit))).collect())
}

/// Reads what [`write_upgrade`] writes, from this attribute.
pub(crate) fn read_upgrade(reader: Reader<'_>, name: &'static str) -> Result<Option<Upgrade>, BadItem> {
    if !reader.has(name) {
        return Ok(None);
    }
    let replaced = reader.texts(name, |text| read_credit(text).map_err(|_| BadItem::BadValue(name)))?;
    Ok(Some(Upgrade { replaced }))
}

/// Grants as a list.
pub(crate) fn write_grants(grants: &[Grant]) -> Option<AttributeValue> {
    list(grants.iter().map(|grant| text(write_grant(grant))))
}

/// Reads what [`write_grants`] writes, from this attribute.
pub(crate) fn read_grants(reader: Reader<'_>, name: &'static str) -> Result<Vec<Grant>, BadItem> {
    reader.texts(name, |text| read_grant(text).map_err(|_| BadItem::BadValue(name)))
}

/// What was sold: `u` user, `k` kind, `i` product, `n` name, `p` price, `g` grants, `up` upgrade.
pub(crate) fn write_sold(sold: &Sold) -> Attributes {
    Writer::default()
        .with(USER, text(&sold.user))
        .with("k", text(&sold.kind))
        .with("i", text(&sold.product))
        .with("n", text(&sold.name))
        .with("p", text(write_money(sold.price)))
        .with("g", write_grants(&sold.grants))
        .with("up", sold.upgrade.as_ref().map(write_upgrade))
        .item()
}

/// Reads what [`write_sold`] writes.
pub(crate) fn read_sold(reader: Reader<'_>) -> Result<Sold, BadItem> {
    Ok(Sold {
        user: reader.parsed(USER, UserId::parse)?,
        kind: reader.parsed("k", ProductType::parse)?,
        product: reader.parsed("i", ProductId::parse)?,
        name: reader.parsed("n", ProductName::parse)?,
        price: reader.parsed("p", read_money)?,
        grants: read_grants(reader, "g")?,
        upgrade: read_upgrade(reader, "up")?,
    })
}

/// The settings of an order: `fulfil 300 5` (late payments, seconds between polls, questions without an answer). Bugs on
/// purpose are never stored.
pub(crate) fn write_policy(policy: &Policy) -> String {
    format!("{} {} {}", policy.late.word(), policy.poll.0, policy.most_unanswered)
}

/// Reads what [`write_policy`] writes.
pub(crate) fn read_policy(text: &str) -> Result<Policy, Unreadable> {
    let parts: Vec<&str> = text.split(' ').collect();
    let [late, poll, most_unanswered] = *parts.as_slice() else { return Err(Unreadable) };
    Ok(Policy {
        late: LatePolicy::of(late)?,
        poll: Seconds(whole(poll)?),
        most_unanswered: whole(most_unanswered)?,
        planted: Planted::NONE,
    })
}

/// A whole number as we write it: digits alone.
pub(crate) fn whole<T: std::str::FromStr>(text: &str) -> Result<T, Unreadable> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_reads_back() {
        for (written, minor) in [("0CNY", 0), ("9900CNY", 9_900), ("10000000000000USD", 10_000_000_000_000)] {
            let money = read_money(written).unwrap();
            assert_eq!((money.minor(), write_money(money).as_str()), (minor, written));
        }
        for bad in ["", "CNY", "1", "-1CNY", "+1CNY", "1.5CNY", "1 CNY", "1XXY", "10000000000001CNY", "元CN"] {
            assert_eq!(read_money(bad), Err(Unreadable), "{bad}");
        }
    }

    #[test]
    fn accounts_grants_and_settings_read_back() {
        for text in ["wechat:main", "stripe:a_B-9"] {
            assert_eq!(write_account(&read_account(text).unwrap()), text);
        }
        for text in ["points 100", "membership pro 2 30", "quota queries 500 30"] {
            assert_eq!(write_grant(&read_grant(text).unwrap()), text);
        }
        for text in ["fulfil 300 5", "refund 60 0"] {
            assert_eq!(write_policy(&read_policy(text).unwrap()), text);
        }
        let credit = "ORD20261121150000ABCDEF12#2 100CNY 990CNY 1000CNY";
        assert_eq!(write_credit(&read_credit(credit).unwrap()), credit);
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for text in ["", "main", "wechat:", "paypal:main", "WeChat:main"] {
            assert_eq!(read_account(text), Err(Unreadable), "{text}");
        }
        for text in ["", "points", "points 0", "points 1 2", "coins 5", "membership pro 2", "quota q 1 99999"] {
            assert_eq!(read_grant(text), Err(Unreadable), "{text}");
        }
        for text in ["", "fulfil", "keep 300 5", "fulfil 300 256", "fulfil 300 5 1"] {
            assert_eq!(read_policy(text), Err(Unreadable), "{text}");
        }
        for text in ["", "ORD20261121150000ABCDEF12 1CNY 1CNY", "ORD 1CNY 1CNY 1CNY"] {
            assert_eq!(read_credit(text), Err(Unreadable), "{text}");
        }
    }
}
