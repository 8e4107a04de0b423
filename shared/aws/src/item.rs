//! Items, attribute by attribute: how a value is written and read back. An error names the attribute and never shows its value.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::time::Time;

use crate::codec::Stored;

/// An item, or a map within one.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// The version of an item's shape. A release may read an item with a higher one than its own, but must not write it.
pub(crate) const SCHEMA: &str = "schema";
/// The version of an item's contents, for items whose writes are conditional on it.
pub(crate) const VERSION: &str = "v";

/// Why an item cannot be read or written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BadItem {
    Missing(&'static str),
    /// For example a number where text is expected.
    WrongKind(&'static str),
    /// The value is outside its limits, or a word that this release does not know.
    BadValue(&'static str),
    TooLarge(&'static str),
    /// A later release wrote it under a schema that this one must not overwrite.
    Newer(&'static str),
}

impl fmt::Display for BadItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the attribute {name} is missing"),
            Self::WrongKind(name) => write!(f, "the attribute {name} has the wrong type"),
            Self::BadValue(name) => write!(f, "the attribute {name} has an unknown or invalid value"),
            Self::TooLarge(name) => write!(f, "the {name} is too large to be stored"),
            Self::Newer(name) => write!(f, "the {name} was written by a later release"),
        }
    }
}

impl std::error::Error for BadItem {}

pub(crate) fn text(value: impl fmt::Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// Every number in the table is whole.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// Seconds since 1970, as DynamoDB requires of `ttl`.
pub(crate) fn instant(value: Time) -> AttributeValue {
    number(value.unix())
}

pub(crate) fn bytes(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// Attributes of these names; a value that is not written is left out.
pub(crate) fn attributes<const N: usize>(values: [(&'static str, Option<AttributeValue>); N]) -> Attributes {
    values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    item: &'a Attributes,
}

impl<'a> Reader<'a> {
    pub const fn new(item: &'a Attributes) -> Self {
        Self { item }
    }

    pub fn of_map(stored: Option<&'a AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let map = stored.ok_or(BadItem::Missing(name))?.as_m().map_err(|_| BadItem::WrongKind(name))?;
        Ok(Self::new(map))
    }

    pub fn has(self, name: &'static str) -> bool {
        self.item.contains_key(name)
    }

    pub fn get(self, name: &'static str) -> Option<&'a AttributeValue> {
        self.item.get(name)
    }

    pub fn get_as<T: Stored>(self, name: &'static str) -> Result<T, BadItem> {
        T::restore(self.get(name), name)
    }

    pub fn text(self, name: &'static str) -> Result<&'a str, BadItem> {
        let text = self.get(name).ok_or(BadItem::Missing(name))?.as_s().map_err(|_| BadItem::WrongKind(name))?;
        Ok(text)
    }

    pub fn parsed<T, E>(self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, BadItem> {
        parse(self.text(name)?).map_err(|_| BadItem::BadValue(name))
    }

    pub fn bytes(self, name: &'static str) -> Result<&'a [u8], BadItem> {
        let bytes = self.get(name).ok_or(BadItem::Missing(name))?.as_b().map_err(|_| BadItem::WrongKind(name))?;
        Ok(bytes.as_ref())
    }

    #[cfg(test)]
    pub fn map(self, name: &'static str) -> Result<Self, BadItem> {
        Self::of_map(self.get(name), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::fields;

    #[derive(PartialEq, Debug)]
    struct N {
        n: u8,
    }

    fields! { N { n: "n" } }

    fn item() -> Attributes {
        Attributes::from([
            ("text".to_owned(), text("CNY")),
            ("number".to_owned(), number(-7)),
            ("large".to_owned(), number(u64::MAX)),
            ("instant".to_owned(), instant(Time::from_unix(1_700_000_000).unwrap())),
            ("flag".to_owned(), AttributeValue::Bool(true)),
            ("bytes".to_owned(), bytes([1, 2])),
            ("list".to_owned(), AttributeValue::L(vec![text("a"), text("b")])),
            (
                "maps".to_owned(),
                AttributeValue::L(vec![AttributeValue::M(Attributes::from([("n".to_owned(), number(1))]))]),
            ),
        ])
    }

    #[test]
    fn written_attributes_read_back() {
        let item = item();
        let reader = Reader::new(&item);
        assert_eq!(reader.text("text"), Ok("CNY"));
        assert_eq!(reader.get_as::<i64>("number"), Ok(-7));
        assert_eq!(reader.get_as::<u64>("large"), Ok(u64::MAX));
        assert_eq!(reader.get_as::<Time>("instant").map(Time::unix), Ok(1_700_000_000));
        assert_eq!(reader.get_as("flag"), Ok(true));
        assert_eq!(reader.bytes("bytes"), Ok([1_u8, 2].as_slice()));
        assert_eq!(reader.get_as("list"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(reader.get_as::<Vec<N>>("maps"), Ok(vec![N { n: 1 }]));
    }

    #[test]
    fn missing_and_wrong_attributes_are_named() {
        let item = item();
        let reader = Reader::new(&item);
        assert_eq!(reader.text("none"), Err(BadItem::Missing("none")));
        assert_eq!(reader.get_as::<Option<String>>("none"), Ok(None));
        assert_eq!(reader.get_as("none"), Ok(false));
        assert_eq!(reader.get_as::<Vec<String>>("none"), Ok(vec![]));
        assert_eq!(reader.text("number"), Err(BadItem::WrongKind("number")));
        assert_eq!(reader.get_as::<u8>("text"), Err(BadItem::WrongKind("text")));
        assert_eq!(reader.get_as::<u8>("number"), Err(BadItem::BadValue("number")));
        assert_eq!(reader.get_as::<Time>("number"), Err(BadItem::BadValue("number")));
        assert_eq!(reader.get_as::<bool>("text"), Err(BadItem::WrongKind("text")));
        assert_eq!(reader.get_as::<Vec<N>>("list"), Err(BadItem::WrongKind("list")));
        assert_eq!(reader.map("list").map(|_| ()), Err(BadItem::WrongKind("list")));
        assert_eq!(reader.parsed("text", |_| Err::<(), ()>(())), Err(BadItem::BadValue("text")));
    }

    #[test]
    fn number_that_is_not_whole_is_a_bad_value() {
        for written in ["1.5", "1E3", "", "٣", "340282366920938463463374607431768211456"] {
            let item = Attributes::from([("n".to_owned(), AttributeValue::N(written.to_owned()))]);
            assert_eq!(Reader::new(&item).get_as::<u64>("n"), Err(BadItem::BadValue("n")), "{written}");
        }
    }
}
