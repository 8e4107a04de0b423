//! Objects of the API's answers, field by field, with their numbers as they were written: `99.00` stays `99.00`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use till_domain::currency::Currency;
use till_domain::money::{MOST_MINOR, Money};

use crate::Failure;

#[derive(Debug, Default)]
pub struct Row(BTreeMap<String, Box<RawValue>>);

impl Row {
    pub fn read(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text).map(Self).map_err(|_| "the API's answer is not the expected JSON".into())
    }

    /// What a person reads of a field; nothing if it is missing or `null`. `kept.amount` is a field of the object `kept`.
    pub fn text(&self, name: &str) -> String {
        match name.split_once('.') {
            Some((object, rest)) => self.row(object).text(rest),
            None => self.raw(name).map(readable).unwrap_or_default(),
        }
    }

    pub fn row(&self, name: &str) -> Self {
        self.raw(name).and_then(|raw| Self::read(raw).ok()).unwrap_or_default()
    }

    pub fn rows(&self, name: &str) -> Vec<Self> {
        let list: Vec<BTreeMap<String, Box<RawValue>>> =
            self.raw(name).and_then(|raw| serde_json::from_str(raw).ok()).unwrap_or_default();
        list.into_iter().map(Self).collect()
    }

    /// An amount of this object, in its own currency or in that of the order around it.
    pub fn money(&self, name: &str, currency: Option<Currency>) -> Option<Money> {
        let own = Currency::parse(&self.text("currency")).ok();
        Money::parse(self.raw(name)?, own.or(currency)?, MOST_MINOR).ok()
    }

    /// The field with an amount, and its currency before it.
    pub fn amount(&self, name: &str) -> String {
        let (currency, amount) = (self.text("currency"), self.text(name));
        if amount.is_empty() { amount } else { format!("{currency} {amount}").trim().to_owned() }
    }

    /// With one more field, of the program's own.
    pub fn with(mut self, name: &str, text: &str) -> Result<Self, Failure> {
        self.0.insert(name.to_owned(), serde_json::value::to_raw_value(text)?);
        Ok(self)
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }
}

/// A text without its quotes, a list of texts with commas, anything else as it stands.
fn readable(raw: &str) -> String {
    if let Ok(text) = serde_json::from_str::<String>(raw) {
        return printable(&text);
    }
    match serde_json::from_str::<Vec<&RawValue>>(raw) {
        Ok(list) => list.iter().map(|one| readable(one.get())).collect::<Vec<_>>().join(", "),
        Err(_) => printable(raw),
    }
}

/// Texts of others must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_were_written() {
        let row = Row::read(
            r#"{"a":"x\u001b[1m","n":99.00,"none":null,"l":["p","q"],"o":{"t":true},"m":[{"k":1}],"currency":"CNY","big":123456789012345678}"#,
        )
        .unwrap();
        assert_eq!(row.text("a"), "x [1m", "a terminal is not steered");
        assert_eq!(
            (row.text("n").as_str(), row.text("none").as_str(), row.text("missing").as_str()),
            ("99.00", "", "")
        );
        assert_eq!((row.text("l").as_str(), row.text("big").as_str()), ("p, q", "123456789012345678"));
        assert_eq!((row.text("o.t").as_str(), row.text("none.t").as_str()), ("true", ""));
        assert_eq!((row.row("o").text("t").as_str(), row.row("none").text("t").as_str()), ("true", ""));
        assert_eq!(row.rows("m").iter().map(|one| one.text("k")).collect::<Vec<_>>(), ["1"]);
        assert_eq!((row.amount("n").as_str(), row.amount("none").as_str()), ("CNY 99.00", ""));
        assert_eq!(row.money("n", None), Some(Money::new(9_900, Currency::CNY).unwrap()));
        assert!(Row::read("[]").is_err() && Row::read("<html>").is_err());
    }
}
