//! Values that orders and what surrounds them hold: accounts, what was sold, the settings that held. A shape that was
//! released is read for ever.

use till_domain::order::{LatePolicy, Policy, Sold};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;
use till_domain::time::Seconds;

use crate::codec::{Always, Text, fields};
use crate::keys::USER;
use crate::words::{Unreadable, Word as _};

fields! {
    Sold { user: USER, kind: "k", product: "i", name: "n", price: "p", grants: "g" as Always, upgrade: "up" }
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

/// The settings of an order: `fulfil 300 5` (late payments, seconds between polls, questions without an answer).
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
            assert_eq!(Account::of_text(text).unwrap().to_text(), text);
        }
        for text in ["fulfil 300 5", "refund 60 0"] {
            assert_eq!(Policy::of_text(text).unwrap().to_text(), text);
        }
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        for text in ["", "main", "wechat:", "paypal:main", "WeChat:main"] {
            assert_eq!(Account::of_text(text), Err(Unreadable), "{text}");
        }
        for text in ["", "fulfil", "keep 300 5", "fulfil 300 256", "fulfil 300 5 1"] {
            assert_eq!(Policy::of_text(text), Err(Unreadable), "{text}");
        }
    }
}
