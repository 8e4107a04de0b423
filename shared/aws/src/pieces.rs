//! Values that orders and what surrounds them hold: accounts, what was sold, the settings that held. A shape that was
//! released is read for ever.

use till_domain::order::{LatePolicy, Policy, Sold};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductName, ProductType, UserId};
use till_domain::time::Seconds;

use crate::goods::{grants, maybe_upgrade, money, parse_money, read_grant, upgrade};
use crate::item::{Attributes, BadItem, Reader, Writer, text};
use crate::keys::USER;
use crate::words::{Unreadable, Word as _};

/// An account: `wechat:main`.
pub(crate) fn write_account(account: &Account) -> String {
    format!("{}:{}", account.provider.word(), account.id)
}

pub(crate) fn read_account(text: &str) -> Result<Account, Unreadable> {
    let (provider, id) = text.split_once(':').ok_or(Unreadable)?;
    Ok(Account { provider: Provider::of(provider)?, id: AccountId::parse(id).map_err(|_| Unreadable)? })
}

/// What was sold: `u` user, `k` kind, `i` product, `n` name, `p` price, `g` grants, `up` upgrade.
pub(crate) fn write_sold(sold: &Sold) -> Attributes {
    Writer::default()
        .with(USER, text(&sold.user))
        .with("k", text(&sold.kind))
        .with("i", text(&sold.product))
        .with("n", text(&sold.name))
        .with("p", money(sold.price))
        .with("g", grants(&sold.grants))
        .with("up", sold.upgrade.as_ref().map(upgrade))
        .item()
}

pub(crate) fn read_sold(reader: Reader<'_>) -> Result<Sold, BadItem> {
    Ok(Sold {
        user: reader.parsed(USER, UserId::parse)?,
        kind: reader.parsed("k", ProductType::parse)?,
        product: reader.parsed("i", ProductId::parse)?,
        name: reader.parsed("n", ProductName::parse)?,
        price: reader.parsed("p", parse_money)?,
        grants: reader.maps("g", read_grant)?,
        upgrade: maybe_upgrade(reader, "up")?,
    })
}

/// The settings of an order: `fulfil 300 5` (late payments, seconds between polls, questions without an answer). Bugs on
/// purpose are never stored.
pub(crate) fn write_policy(policy: &Policy) -> String {
    format!("{} {} {}", policy.late.word(), policy.poll.0, policy.most_unanswered)
}

pub(crate) fn read_policy(text: &str) -> Result<Policy, Unreadable> {
    let parts: Vec<&str> = text.split(' ').collect();
    let [late, poll, most_unanswered] = *parts.as_slice() else { return Err(Unreadable) };
    Ok(Policy { late: LatePolicy::of(late)?, poll: Seconds(whole(poll)?), most_unanswered: whole(most_unanswered)? })
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
    fn accounts_and_settings_read_back() {
        for text in ["wechat:main", "stripe:a_B-9"] {
            assert_eq!(write_account(&read_account(text).unwrap()), text);
        }
        for text in ["fulfil 300 5", "refund 60 0"] {
            assert_eq!(write_policy(&read_policy(text).unwrap()), text);
        }
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for text in ["", "main", "wechat:", "paypal:main", "WeChat:main"] {
            assert_eq!(read_account(text), Err(Unreadable), "{text}");
        }
        for text in ["", "fulfil", "keep 300 5", "fulfil 300 256", "fulfil 300 5 1"] {
            assert_eq!(read_policy(text), Err(Unreadable), "{text}");
        }
    }
}
