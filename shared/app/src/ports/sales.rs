//! Whether new orders are made, as the team decides it without a deployment.

use std::collections::BTreeMap;

use till_domain::language::Language;
use till_domain::text::Announcement;
use till_domain::time::Time;

use super::{NotWritten, Noted, TeamRecord, Unavailable};

#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub enum Sales {
    #[default]
    Open,
    Suspended(Suspension),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Suspension {
    pub since: Time,
    /// What buyers are told, in the languages in which the team wrote it.
    pub texts: BTreeMap<Language, Announcement>,
}

impl Sales {
    pub const fn are_suspended(&self) -> bool {
        matches!(self, Self::Suspended(_))
    }

    pub const fn since(&self) -> Option<Time> {
        match self {
            Self::Open => None,
            Self::Suspended(suspension) => Some(suspension.since),
        }
    }

    /// What a buyer of this language is told instead of the usual sentence.
    pub fn text_in(&self, language: Language) -> Option<&Announcement> {
        match self {
            Self::Open => None,
            Self::Suspended(suspension) => suspension.texts.get(&language),
        }
    }

    /// After they were suspended, with these texts alone. A suspension that stands keeps its beginning.
    #[must_use]
    pub fn suspended(&self, now: Time, texts: BTreeMap<Language, Announcement>) -> Self {
        let since = match self {
            Self::Open => now,
            Self::Suspended(suspension) => suspension.since,
        };
        Self::Suspended(Suspension { since, texts })
    }
}

port! { (store: S)
    pub trait LoadSales {
        /// A strongly consistent read, so that a suspension counts at once.
        async fn load_sales(&self) -> Result<Sales, Unavailable>;
    }
}

port! { (store: S)
    pub trait ShowSales {
        /// The same for display: as old as the catalogue may be.
        async fn shown_sales(&self) -> Result<Sales, Unavailable>;
    }
}

port! { (store: S)
    pub trait KeepSales {
        /// With who changed it. Sales that were never suspended are open, and nobody changed them.
        async fn noted_sales(&self) -> Result<Noted<Sales>, Unavailable>;

        /// Changes it with the record of the change, if as many changes stand on it as before this one.
        async fn save_sales(&self, sales: &Noted<Sales>, record: &TeamRecord) -> Result<(), NotWritten>;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> BTreeMap<Language, Announcement> {
        [(Language::English, Announcement::parse(text).unwrap())].into()
    }

    #[test]
    fn suspension_keeps_its_beginning_and_has_the_last_texts() {
        let [first, second] = [1_000, 2_000].map(|unix| Time::from_unix(unix).unwrap());
        let suspended = Sales::Open.suspended(first, texts("back at noon"));
        assert_eq!(suspended, Sales::Suspended(Suspension { since: first, texts: texts("back at noon") }));
        let again = suspended.suspended(second, texts("back at one"));
        assert_eq!(again, Sales::Suspended(Suspension { since: first, texts: texts("back at one") }));
        assert_eq!((Sales::Open.are_suspended(), again.are_suspended()), (false, true));
    }

    #[test]
    fn text_is_told_in_its_own_language_alone() {
        let suspended = Sales::Open.suspended(Time::FIRST, texts("back at noon"));
        assert_eq!(suspended.text_in(Language::English).map(Announcement::as_str), Some("back at noon"));
        assert_eq!((suspended.text_in(Language::Chinese), Sales::Open.text_in(Language::English)), (None, None));
    }
}
