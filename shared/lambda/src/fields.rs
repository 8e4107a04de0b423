//! Reads a request's JSON body field by field. An error names the field and the rule, and never repeats what was sent.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use till_domain::currency::{Currency, UnknownCurrency};
use till_domain::day::BadDay;
use till_domain::id::BadNumber;
use till_domain::money::{BadMoney, MOST_MINOR, Money};
use till_domain::product::BadProduct;
use till_domain::provider::{Method, UnknownMethod};
use till_domain::refusal::Refusal;
use till_domain::text::BadText;

use crate::http::{ReadRequest as _, Request};
use crate::problem::Problem;
use crate::unique_names::UniqueNames;

/// The limit for requests of buyers and the team. Callbacks have their own.
pub const MOST_BODY_BYTES: usize = 64 * 1024;

const MOST_NAME_BYTES: usize = 64;

/// The fields of a JSON object, all of which are known: a field that is not would otherwise be passed over in silence, as a
/// `quantity` of which one is delivered.
pub struct Fields {
    fields: BTreeMap<String, Box<RawValue>>,
}

impl Fields {
    /// `known` are the names of all fields that the object may have.
    pub fn parse(request: &Request, known: &[&str]) -> Result<Self, Problem> {
        let kind = request.header("content-type").map(|kind| kind.split(';').next().unwrap_or_default().trim());
        if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("application/json")) {
            return Err(Problem::new(415, "unsupported_media_type"));
        }
        if request.body().len() > MOST_BODY_BYTES {
            return Err(Problem::new(413, "body_too_large"));
        }
        let invalid = |_| Problem::new(400, "invalid_json");
        let UniqueNames = serde_json::from_slice(request.body()).map_err(invalid)?;
        let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(request.body()).map_err(invalid)?;
        check_known("", fields.keys().map(String::as_str), known)?;
        Ok(Self { fields })
    }

    /// The literal JSON of a field; `null` counts as absent. `name` is the whole path, of which the last part is looked
    /// up here.
    fn raw(&self, name: &'static str) -> Option<&str> {
        let own = name.rsplit('.').next().unwrap_or(name);
        self.fields.get(own).map(|raw| raw.get()).filter(|raw| *raw != "null")
    }

    /// The literal JSON of a field, `null` too.
    pub fn literal(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|raw| raw.get())
    }

    /// All fields with their literal JSON, by name.
    pub fn literals(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, raw)| (name.as_str(), raw.get()))
    }

    fn read<T: DeserializeOwned>(&self, name: &'static str, rule: &'static str) -> Result<Option<T>, Problem> {
        self.raw(name).map(|raw| serde_json::from_str(raw).map_err(|_| bad(name, rule))).transpose()
    }

    pub fn text(&self, name: &'static str) -> Result<Option<String>, Problem> {
        self.read(name, "must be a text")
    }

    pub fn required<T, E: Rule>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        required(name, self.optional(name, parse)?)
    }

    pub fn optional<T, E: Rule>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        parsed(name, self.text(name)?, parse)
    }

    /// A string, or a whole number taken as one.
    pub fn text_or_number(&self, name: &'static str) -> Result<Option<String>, Problem> {
        match self.raw(name) {
            Some(raw) if raw.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(raw.to_owned())),
            Some(_) | None => self.read(name, "must be a text or a whole number"),
        }
    }

    /// False if absent.
    pub fn flag(&self, name: &'static str) -> Result<bool, Problem> {
        Ok(self.optional_flag(name)?.unwrap_or(false))
    }

    pub fn optional_flag(&self, name: &'static str) -> Result<Option<bool>, Problem> {
        match self.raw(name) {
            None => Ok(None),
            Some("false") => Ok(Some(false)),
            Some("true") => Ok(Some(true)),
            Some(_) => Err(bad(name, "must be true or false")),
        }
    }

    pub fn number(&self, name: &'static str) -> Result<Option<u64>, Problem> {
        self.raw(name).map(|raw| raw.parse().map_err(|_| bad(name, "must be a whole number"))).transpose()
    }

    /// Reads an amount from its literal text, so that no floating-point number is involved.
    pub fn money(&self, name: &'static str, currency: Currency) -> Result<Option<Money>, Problem> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let text = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')).unwrap_or(raw);
        Money::parse(text, currency, MOST_MINOR).map(Some).map_err(|error| match error {
            BadMoney::TooLarge { most } => Refusal::AmountTooLarge { most }.into(),
            BadMoney::NotANumber
            | BadMoney::Negative
            | BadMoney::TooManyPlaces { .. }
            | BadMoney::CurrencyMismatch
            | BadMoney::NotEnough => bad(name, format!("is not a valid amount: {error}")),
        })
    }

    /// The object in a field. Its own fields are named by their whole path: `quota.count`.
    pub fn object(&self, name: &'static str, known: &[&str]) -> Result<Option<Self>, Problem> {
        let Some(fields) = self.read::<BTreeMap<String, Box<RawValue>>>(name, "must be an object")? else {
            return Ok(None);
        };
        let object = Self { fields };
        object.check_known(name, known)?;
        Ok(Some(object))
    }

    /// The objects in a list. Which fields each may have depends on what is in it: [`Self::check_known`].
    pub fn objects(&self, name: &'static str) -> Result<Option<Vec<Self>>, Problem> {
        let objects = self.read::<Vec<BTreeMap<String, Box<RawValue>>>>(name, "must be a list of objects")?;
        Ok(objects.map(|objects| objects.into_iter().map(|fields| Self { fields }).collect()))
    }

    /// Refuses a field that is not among these. `name` is that of the field in which this object is.
    pub fn check_known(&self, name: &str, known: &[&str]) -> Result<(), Problem> {
        check_known(&format!("{name}."), self.fields.keys().map(String::as_str), known)
    }
}

/// Refuses a name that is not among those that are known. `before` is the path to it.
pub fn check_known<'a>(before: &str, sent: impl Iterator<Item = &'a str>, known: &[&str]) -> Result<(), Problem> {
    let mut sent = sent;
    let Some(unknown) = sent.find(|name| !known.contains(name)) else { return Ok(()) };
    let is_plain = unknown.len() <= MOST_NAME_BYTES
        && unknown.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    // Only a name that could be a field's is repeated.
    let name = if is_plain { format!("{before}{unknown}") } else { format!("{before}(a name)") };
    let rule = match known {
        [] => "is not known here; nothing is".to_owned(),
        known => format!("is not known here; known are {}", known.join(", ")),
    };
    Err(Problem::invalid_field(&name, rule))
}

pub trait Rule {
    /// What the field must be: `must be …`.
    fn rule(&self) -> String;
}

impl Rule for BadText {
    fn rule(&self) -> String {
        format!("must be {}", self.rule)
    }
}

impl Rule for UnknownMethod {
    fn rule(&self) -> String {
        let methods: Vec<&str> = Method::ALL.into_iter().map(Method::as_str).collect();
        format!("must be one of {}, or a provider's name alone", methods.join(", "))
    }
}

impl Rule for UnknownCurrency {
    fn rule(&self) -> String {
        "must be a three-letter code that the payment providers take, such as CNY or USD".to_owned()
    }
}

impl Rule for BadDay {
    fn rule(&self) -> String {
        "must be a day of China's calendar, such as 2026-11-21".to_owned()
    }
}

impl Rule for BadProduct {
    fn rule(&self) -> String {
        match self {
            Self::OutsideLimits { what: _, most } => format!("must be 1 to {most}"),
            other @ (Self::NoPrice
            | Self::FreePrice
            | Self::TwoPrices(_)
            | Self::TooManyPrices
            | Self::NoGrant
            | Self::TooManyGrants
            | Self::TwoMemberships
            | Self::WorthWithoutMembership
            | Self::WorthWithoutPrice(_)
            | Self::WorthAbovePrice(_)
            | Self::TwoWorths(_)) => format!("is not valid: {other}"),
        }
    }
}

impl Rule for BadNumber {
    fn rule(&self) -> String {
        "must be an order number: ORD, 14 digits and 8 of A-Z 0-9".to_owned()
    }
}

pub fn parsed<T, E: Rule>(
    name: &'static str,
    text: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    text.map(|text| parse(&text).map_err(|error| bad(name, error.rule()))).transpose()
}

pub fn required<T>(name: &'static str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(|| bad(name, "is missing"))
}

/// A value that was made of a field, or the rule that it breaks.
pub fn checked<T, E: Rule>(name: &'static str, made: Result<T, E>) -> Result<T, Problem> {
    made.map_err(|error| bad(name, error.rule()))
}

fn bad(name: &'static str, rule: impl Into<String>) -> Problem {
    Problem::invalid_field(name, rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Body, ReadResponse as _};
    use crate::messages::Language;

    fn request(kind: Option<&str>, body: &[u8]) -> Request {
        let mut request = Request::new(Body::Binary(body.to_vec()));
        if let Some(kind) = kind {
            request.headers_mut().insert("content-type", kind.parse().unwrap());
        }
        request
    }

    fn fields(body: &str) -> Fields {
        let request = request(Some("application/json; charset=utf-8"), body.as_bytes());
        Fields::parse(&request, &["t", "n", "f", "m", "s", "tiny", "float", "neg", "null", "o"]).ok().unwrap()
    }

    #[test]
    fn body_that_is_not_a_json_object_is_refused() {
        let long = vec![b' '; MOST_BODY_BYTES + 1];
        for (kind, body, status) in [
            (Some("text/plain"), &b"{}"[..], 415),
            (Some("application/json"), &long, 413),
            (Some("application/json"), b"", 400),
            (Some("application/json"), b"[]", 400),
            (Some("application/json"), b"{\"a\":\xff}", 400),
            (Some("application/json"), br#"{"amount":1,"amount":2}"#, 400),
            (Some("application/json"), br#"{"unknown":{"a":1,"a":2}}"#, 400),
            (None, b"{}", 200),
            (Some("Application/JSON"), b"{}", 200),
        ] {
            let parsed = Fields::parse(&request(kind, body), &["a"]);
            assert_eq!(parsed.err().map_or(200, |problem| problem.status), status, "{kind:?}");
        }
    }

    #[test]
    fn fields_are_read_by_their_type() {
        let fields = fields(
            r#"{"t":"x","n":7,"f":true,"m":9.90,"s":"9.90","tiny":0.001,"float":1e2,"neg":-1,"null":null,"o":{"a":1}}"#,
        );
        assert_eq!(fields.text("t"), Ok(Some("x".to_owned())));
        assert_eq!(fields.text("null"), Ok(None));
        assert_eq!(fields.text("n").unwrap_err().error, "invalid_field");
        assert_eq!(fields.text_or_number("n"), Ok(Some("7".to_owned())));
        assert_eq!(fields.text_or_number("t"), Ok(Some("x".to_owned())));
        assert!(fields.text_or_number("m").is_err());
        assert_eq!((fields.flag("f"), fields.flag("none")), (Ok(true), Ok(false)));
        assert!(fields.flag("n").is_err());
        assert_eq!((fields.optional_flag("f"), fields.optional_flag("none")), (Ok(Some(true)), Ok(None)));
        assert_eq!(
            (fields.literal("null"), fields.literal("none"), fields.literal("m")),
            (Some("null"), None, Some("9.90"))
        );
        assert_eq!(fields.literals().next(), Some(("f", "true")), "by name");
        assert_eq!(fields.number("n"), Ok(Some(7)));
        for name in ["neg", "m", "t"] {
            assert!(fields.number(name).is_err());
        }
        let cny = |minor| Ok(Some(Money::new(minor, Currency::CNY).unwrap()));
        assert_eq!(fields.money("m", Currency::CNY), cny(990));
        assert_eq!(fields.money("s", Currency::CNY), cny(990));
        for name in ["tiny", "float", "neg", "f"] {
            assert!(fields.money(name, Currency::CNY).is_err(), "{name}");
        }
        assert_eq!(fields.object("o", &["a"]).unwrap().unwrap().number("o.a"), Ok(Some(1)));
    }

    #[test]
    fn list_of_objects_is_read_and_anything_else_is_refused() {
        let list = |body: &str| Fields::parse(&request(None, body.as_bytes()), &["l"])?.objects("l");
        let two = list(r#"{"l":[{"a":1},{"b":"x"}]}"#).unwrap().unwrap();
        assert_eq!((two[0].number("l.a"), two[1].text("l.b")), (Ok(Some(1)), Ok(Some("x".to_owned()))));
        assert_eq!(two[0].check_known("l", &["a"]), Ok(()));
        let unknown = two[1].check_known("l", &["a"]).unwrap_err();
        assert!(
            matches!(&unknown.data, Some(crate::problem::Data::Field { field, .. }) if field == "l.b"),
            "{unknown:?}"
        );
        assert!(list("{}").unwrap().is_none() && list(r#"{"l":[]}"#).unwrap().unwrap().is_empty());
        for body in [r#"{"l":{}}"#, r#"{"l":[1]}"#, r#"{"l":"[]"}"#, r#"{"l":[{},null]}"#] {
            assert_eq!(list(body).err().map(|problem| problem.error), Some("invalid_field"), "{body}");
        }
    }

    #[test]
    fn field_that_is_not_known_is_refused_by_its_name() {
        let refused = |body: &str| {
            let body = Fields::parse(&request(None, body.as_bytes()), &["a", "o"]);
            body.and_then(|fields| fields.object("o", &["b"])).err().map(|problem| problem.data)
        };
        let named = |field: &str, known: &str| {
            let rule = format!("is not known here; known are {known}");
            Some(Some(crate::problem::Data::Field { field: field.to_owned(), rule }))
        };
        assert_eq!(refused(r#"{"a":1,"o":{"b":1}}"#), None);
        assert_eq!(refused(r#"{"a":1,"quantity":3}"#), named("quantity", "a, o"));
        assert_eq!(refused(r#"{"quantity":null}"#), named("quantity", "a, o"));
        assert_eq!(refused(r#"{"o":{"c":1}}"#), named("o.c", "b"));
        assert_eq!(refused(r#"{"<script>":1}"#), named("(a name)", "a, o"));
    }

    #[test]
    fn amount_above_the_limit_is_refused_as_too_large() {
        let problem = fields(r#"{"m":99999999999999999999}"#).money("m", Currency::CNY).unwrap_err();
        assert_eq!((problem.status, problem.error), (400, "amount_too_large"));
    }

    #[test]
    fn broken_rule_is_named_without_the_value_that_was_sent() {
        let problem = parsed("payment_method", Some("gold".to_owned()), Method::parse).unwrap_err();
        let response = problem.answer(Language::English, "r1");
        assert!(response.text().contains("payment_method must be one of wechat_native, "), "{}", response.text());
        assert!(!response.text().contains("gold"));
    }
}
