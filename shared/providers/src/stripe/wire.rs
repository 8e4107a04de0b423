//! The shapes that go over the wire: Stripe's objects, as far as we read them, and forms. Fields that we do not know are
//! passed over; those that we know must have their type, amounts above all: whole numbers, never negative.

use std::fmt;
use std::marker::PhantomData;

use percent_encoding::utf8_percent_encode;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::http::PLAIN;

#[derive(serde::Deserialize)]
pub struct Head {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub created: i64,
    pub livemode: bool,
    /// Set where a platform hears of an account that is connected to it.
    pub account: Option<String>,
}

/// An event's object.
#[derive(serde::Deserialize)]
pub struct Event<T> {
    pub data: Data<T>,
}

#[derive(serde::Deserialize)]
pub struct Data<T> {
    pub object: T,
}

/// What we write on everything that we make at Stripe. Nobody else's metadata has our deployment's name in it.
#[derive(serde::Deserialize, Default)]
pub struct Metadata {
    pub deployment: Option<String>,
    pub order_no: Option<String>,
    pub payment_no: Option<String>,
    pub refund_no: Option<String>,
    pub method: Option<String>,
    /// Until when the order can be paid in time, in Unix seconds.
    pub expire_at: Option<String>,
}

#[derive(serde::Deserialize)]
pub struct Session {
    pub id: String,
    pub livemode: bool,
    pub status: Option<String>,
    pub payment_status: String,
    pub amount_total: Option<u64>,
    pub currency: Option<String>,
    pub client_reference_id: Option<String>,
    pub metadata: Option<Metadata>,
    pub payment_intent: Option<Expandable<PaymentIntent>>,
    pub customer: Option<Expandable<Named>>,
    pub expires_at: i64,
    pub url: Option<String>,
}

/// A PaymentIntent. It has a secret and so prints nothing.
#[derive(serde::Deserialize)]
pub struct PaymentIntent {
    pub id: String,
    pub livemode: bool,
    pub status: String,
    pub amount: u64,
    pub amount_received: Option<u64>,
    pub currency: String,
    pub created: i64,
    pub metadata: Option<Metadata>,
    pub customer: Option<Expandable<Named>>,
    pub latest_charge: Option<Expandable<Charge>>,
    pub last_payment_error: Option<LastError>,
    pub client_secret: Option<String>,
}

/// That the last try to pay did not work.
#[derive(serde::Deserialize)]
pub struct LastError {}

/// A charge: the money of a PaymentIntent.
#[derive(serde::Deserialize)]
pub struct Charge {
    pub id: String,
    pub created: i64,
    pub currency: String,
    pub amount_refunded: u64,
    #[serde(default)]
    pub refunded: bool,
    pub payment_intent: Option<Expandable<Named>>,
    pub metadata: Option<Metadata>,
    pub refunds: Option<List<Refund>>,
}

#[derive(serde::Deserialize)]
pub struct Refund {
    pub id: String,
    pub amount: u64,
    pub currency: String,
    pub status: Option<String>,
    pub payment_intent: Option<Expandable<Named>>,
    pub metadata: Option<Metadata>,
}

#[derive(serde::Deserialize)]
pub struct Dispute {
    pub id: String,
    pub livemode: bool,
    pub amount: u64,
    pub currency: String,
    pub status: String,
    pub payment_intent: Option<Expandable<Named>>,
}

/// A page of a list.
#[derive(serde::Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

/// An object of which only the name counts.
#[derive(serde::Deserialize)]
pub struct Named {
    pub id: String,
}

#[derive(serde::Deserialize)]
pub struct Failure {
    pub error: Said,
}

#[derive(serde::Deserialize, Default)]
pub struct Said {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub code: Option<String>,
    pub param: Option<String>,
}

/// An object, or its name alone where it was not asked for.
pub enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

impl Expandable<Named> {
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(named) => &named.id,
        }
    }
}

impl Expandable<PaymentIntent> {
    pub fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(intent) => &intent.id,
        }
    }
}

impl<T> Expandable<T> {
    pub fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Expandable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrAll(PhantomData))
    }
}

struct NameOrAll<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NameOrAll<T> {
    type Value = Expandable<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or its id")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<Self::Value, E> {
        Ok(Expandable::Id(id.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|object| Expandable::Object(Box::new(object)))
    }
}

/// A form, as a body or a query: nested fields in brackets, everything escaped.
#[derive(Default)]
pub struct Form(String);

impl Form {
    /// The form with one more field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend(utf8_percent_encode(name, PLAIN));
        self.0.push('=');
        self.0.extend(utf8_percent_encode(&value.to_string(), PLAIN));
        self
    }

    /// The form with one more field, if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub fn into_string(self) -> String {
        self.0
    }
}
