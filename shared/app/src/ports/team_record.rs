//! What the team did to something that is no order: entries of the audit trail for people. Each is written in one transaction with
//! the change that it tells of, so no change is without its record, and a repeated request leaves one.

use std::fmt;

use till_domain::provider::Account;
use till_domain::text::{ProductId, ProductType, Reason, UserId};
use till_domain::time::Time;

use crate::caller::Role;

/// What was changed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TeamSubject {
    /// A user's wallet.
    User(UserId),
    Account(Account),
    Product(ProductType, ProductId),
    /// Whether new orders are made.
    Sales,
}

impl TeamSubject {
    /// Its word in the audit trail. Stored records have it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Account(_) => "account",
            Self::Product(..) => "product",
            Self::Sales => "sales",
        }
    }

    /// What it is called among those of its kind, as paths of the team's interface name it.
    pub fn name(&self) -> String {
        match self {
            Self::User(user) => user.to_string(),
            Self::Account(account) => format!("{}/{}", account.provider, account.id),
            Self::Product(kind, id) => format!("{kind}/{id}"),
            Self::Sales => "new_orders".to_owned(),
        }
    }
}

impl fmt::Display for TeamSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TeamRecord {
    pub subject: TeamSubject,
    pub at: Time,
    pub by: UserId,
    /// `None` for the program `till`, which no token lets in.
    pub role: Option<Role>,
    /// What was done, in a few words and without any secret: `changed is_on=false`.
    pub what: String,
    /// The program need not give one.
    pub reason: Option<Reason>,
}

/// A record as it was kept. Its words may be those of another release.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeptTeamRecord {
    /// The kind and the name of what was changed.
    pub subject: (String, String),
    pub at: Time,
    pub by: String,
    pub role: Option<String>,
    pub what: String,
    pub reason: Option<String>,
}

impl From<&TeamRecord> for KeptTeamRecord {
    fn from(record: &TeamRecord) -> Self {
        Self {
            subject: (record.subject.kind().to_owned(), record.subject.name()),
            at: record.at,
            by: record.by.to_string(),
            role: record.role.map(|role| role.as_str().to_owned()),
            what: record.what.clone(),
            reason: record.reason.as_ref().map(ToString::to_string),
        }
    }
}

#[cfg(test)]
mod tests {
    use till_domain::provider::Provider;
    use till_domain::text::AccountId;

    use super::*;

    #[test]
    fn subjects_are_named_as_paths_name_them() {
        let account = Account { provider: Provider::WeChat, id: AccountId::parse("main").unwrap() };
        let product = (ProductType::parse("points").unwrap(), ProductId::parse("500").unwrap());
        let rows = [
            (TeamSubject::User(UserId::parse("u-1").unwrap()), "user u-1"),
            (TeamSubject::Account(account), "account wechat/main"),
            (TeamSubject::Product(product.0, product.1), "product points/500"),
            (TeamSubject::Sales, "sales new_orders"),
        ];
        for (subject, shown) in rows {
            assert_eq!(subject.to_string(), shown);
        }
    }
}
