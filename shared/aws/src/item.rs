//! Items, attribute by attribute: how a value is written and read back. What cannot be read is said by the attribute's name;
//! its value is never shown.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::time::Time;

/// An item, or a map within one.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// Every item's release of its shape. Code that meets a higher one than its own may read, and does not write.
pub(crate) const SCHEMA: &str = "schema";
/// Which write made it, of items that are written on condition of that.
pub(crate) const VERSION: &str = "v";

/// An item that cannot be read, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BadItem {
    /// An attribute is not there.
    Missing(&'static str),
    /// It is there and of another kind: a number where a text should be.
    WrongKind(&'static str),
    /// It is of the right kind, and its value is outside its limits or a word that is not known.
    BadValue(&'static str),
    /// It is larger than items of its kind may be.
    TooLarge(&'static str),
    /// It was written by a later release that means something else by it.
    Newer(&'static str),
}

impl fmt::Display for BadItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the attribute {name} is missing"),
            Self::WrongKind(name) => write!(f, "the attribute {name} is of another kind"),
            Self::BadValue(name) => write!(f, "the attribute {name} has a value that is not known"),
            Self::TooLarge(name) => write!(f, "the {name} is too large to be kept"),
            Self::Newer(name) => write!(f, "the {name} was written by a later release"),
        }
    }
}

impl std::error::Error for BadItem {}

pub(crate) fn text(value: impl fmt::Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A whole number. There is no other kind of number in the table.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// An instant, in seconds since 1970: as `ttl` wants it, and everything else follows.
pub(crate) fn instant(value: Time) -> AttributeValue {
    number(value.unix())
}

pub(crate) fn bytes(value: impl Into<Vec<u8>>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// A list, if there is anything in it: what is empty is not written.
pub(crate) fn list(values: impl Iterator<Item = AttributeValue>) -> Option<AttributeValue> {
    let values: Vec<AttributeValue> = values.collect();
    Some(values).filter(|values| !values.is_empty()).map(AttributeValue::L)
}

/// A yes; a no is not written.
pub(crate) fn flag(value: bool) -> Option<AttributeValue> {
    Some(AttributeValue::Bool(true)).filter(|_| value)
}

/// Writes an item, or a map within one.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Writer(Attributes);

impl Writer {
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Option<AttributeValue>>) -> Self {
        if let Some(value) = value.into() {
            self.0.insert(name.to_owned(), value);
        }
        self
    }

    #[must_use]
    pub fn with_all(mut self, attributes: Attributes) -> Self {
        self.0.extend(attributes);
        self
    }

    pub fn item(self) -> Attributes {
        self.0
    }

    pub fn map(self) -> AttributeValue {
        AttributeValue::M(self.0)
    }
}

/// Reads an item by the names of its attributes. `maybe_…` are for those that need not be there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    item: &'a Attributes,
}

impl<'a> Reader<'a> {
    pub const fn new(item: &'a Attributes) -> Self {
        Self { item }
    }

    pub fn has(self, name: &'static str) -> bool {
        self.item.contains_key(name)
    }

    pub fn maybe_text(self, name: &'static str) -> Result<Option<&'a str>, BadItem> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        value.as_s().map(|text| Some(text.as_str())).map_err(|_| BadItem::WrongKind(name))
    }

    pub fn text(self, name: &'static str) -> Result<&'a str, BadItem> {
        self.maybe_text(name)?.ok_or(BadItem::Missing(name))
    }

    /// A text that stands for something, if it is there.
    pub fn maybe_parsed<T, E>(
        self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, BadItem> {
        self.maybe_text(name)?.map(|text| parse(text).map_err(|_| BadItem::BadValue(name))).transpose()
    }

    pub fn parsed<T, E>(self, name: &'static str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, BadItem> {
        self.maybe_parsed(name, parse)?.ok_or(BadItem::Missing(name))
    }

    /// A whole number within its type's limits, if it is there.
    pub fn maybe_number<T: FromStr>(self, name: &'static str) -> Result<Option<T>, BadItem> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        let text = value.as_n().map_err(|_| BadItem::WrongKind(name))?;
        text.parse().map(Some).map_err(|_| BadItem::BadValue(name))
    }

    pub fn number<T: FromStr>(self, name: &'static str) -> Result<T, BadItem> {
        self.maybe_number(name)?.ok_or(BadItem::Missing(name))
    }

    /// An instant, if it is there.
    pub fn maybe_instant(self, name: &'static str) -> Result<Option<Time>, BadItem> {
        let seconds = self.maybe_number(name)?;
        seconds.map(|seconds| Time::from_unix(seconds).map_err(|_| BadItem::BadValue(name))).transpose()
    }

    pub fn instant(self, name: &'static str) -> Result<Time, BadItem> {
        self.maybe_instant(name)?.ok_or(BadItem::Missing(name))
    }

    /// Yes or no; no, if it is not there.
    pub fn flag(self, name: &'static str) -> Result<bool, BadItem> {
        let Some(value) = self.item.get(name) else { return Ok(false) };
        value.as_bool().copied().map_err(|_| BadItem::WrongKind(name))
    }

    pub fn maybe_bytes(self, name: &'static str) -> Result<Option<&'a [u8]>, BadItem> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        value.as_b().map(|blob| Some(blob.as_ref())).map_err(|_| BadItem::WrongKind(name))
    }

    /// A list; empty, if it is not there.
    pub fn list(self, name: &'static str) -> Result<&'a [AttributeValue], BadItem> {
        let Some(value) = self.item.get(name) else { return Ok(&[]) };
        value.as_l().map(Vec::as_slice).map_err(|_| BadItem::WrongKind(name))
    }

    /// A list of maps, each read by the same function; empty, if it is not there.
    pub fn maps<T>(
        self,
        name: &'static str,
        read: impl Fn(Reader<'a>) -> Result<T, BadItem>,
    ) -> Result<Vec<T>, BadItem> {
        let entry = |value: &'a AttributeValue| {
            let item = value.as_m().map_err(|_| BadItem::WrongKind(name))?;
            read(Reader::new(item))
        };
        self.list(name)?.iter().map(entry).collect()
    }

    /// A list of texts, each read by the same function; empty, if it is not there.
    pub fn texts<T>(
        self,
        name: &'static str,
        parse: impl Fn(&'a str) -> Result<T, BadItem>,
    ) -> Result<Vec<T>, BadItem> {
        let entry = |value: &'a AttributeValue| parse(value.as_s().map_err(|_| BadItem::WrongKind(name))?);
        self.list(name)?.iter().map(entry).collect()
    }

    pub fn maybe_map(self, name: &'static str) -> Result<Option<Reader<'a>>, BadItem> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        value.as_m().map(|item| Some(Reader::new(item))).map_err(|_| BadItem::WrongKind(name))
    }

    pub fn map(self, name: &'static str) -> Result<Reader<'a>, BadItem> {
        self.maybe_map(name)?.ok_or(BadItem::Missing(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn what_is_written_reads_back() {
        let item = item();
        let reader = Reader::new(&item);
        assert_eq!(reader.text("text"), Ok("CNY"));
        assert_eq!(reader.number::<i64>("number"), Ok(-7));
        assert_eq!(reader.number::<u64>("large"), Ok(u64::MAX));
        assert_eq!(reader.instant("instant").map(Time::unix), Ok(1_700_000_000));
        assert_eq!(reader.flag("flag"), Ok(true));
        assert_eq!(reader.maybe_bytes("bytes"), Ok(Some([1_u8, 2].as_slice())));
        assert_eq!(reader.texts("list", |text| Ok(text.to_owned())), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(reader.maps("maps", |reader| reader.number::<u8>("n")), Ok(vec![1]));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let item = item();
        let reader = Reader::new(&item);
        assert_eq!(reader.text("none"), Err(BadItem::Missing("none")));
        assert_eq!(reader.maybe_text("none"), Ok(None));
        assert_eq!(reader.flag("none"), Ok(false));
        assert_eq!(reader.list("none"), Ok([].as_slice()));
        assert_eq!(reader.text("number"), Err(BadItem::WrongKind("number")));
        assert_eq!(reader.number::<u8>("text"), Err(BadItem::WrongKind("text")));
        assert_eq!(reader.number::<u8>("number"), Err(BadItem::BadValue("number")));
        assert_eq!(reader.instant("number"), Err(BadItem::BadValue("number")));
        assert_eq!(reader.flag("text"), Err(BadItem::WrongKind("text")));
        assert_eq!(reader.maps("list", |_| Ok(())), Err(BadItem::WrongKind("list")));
        assert_eq!(reader.map("list").map(|_| ()), Err(BadItem::WrongKind("list")));
        assert_eq!(reader.parsed("text", |_| Err::<(), ()>(())), Err(BadItem::BadValue("text")));
    }

    #[test]
    fn a_number_is_whole() {
        for written in ["1.5", "1E3", "", "٣", "340282366920938463463374607431768211456"] {
            let item = Attributes::from([("n".to_owned(), AttributeValue::N(written.to_owned()))]);
            assert_eq!(Reader::new(&item).number::<u64>("n"), Err(BadItem::BadValue("n")), "{written}");
        }
    }
}
