//! The shapes that go over the wire: the parts of Stripe's objects that we read, and forms. Unknown fields are ignored; known
//! ones must have their type. Amounts are whole numbers, never negative.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

#[derive(serde::Deserialize)]
pub struct Head {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub created: i64,
    pub livemode: bool,
    /// Set in a platform's events about an account that is connected to it.
    pub account: Option<String>,
}

#[derive(serde::Deserialize)]
pub struct Event<T> {
    pub data: Data<T>,
}

#[derive(serde::Deserialize)]
pub struct Data<T> {
    pub object: T,
}

/// What we write on every object that we make at Stripe. Other metadata does not have our deployment's name.
#[derive(serde::Deserialize, Default)]
pub struct Metadata {
    pub deployment: Option<String>,
    pub order_no: Option<String>,
    pub payment_no: Option<String>,
    pub refund_no: Option<String>,
    pub method: Option<String>,
    /// The order's end in Unix seconds.
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

/// It holds a secret, so it has no `Debug`.
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

/// Present if the last try to pay failed.
#[derive(serde::Deserialize)]
pub struct LastError {
    pub code: Option<String>,
    /// The bank's reason, where it gave one.
    pub decline_code: Option<String>,
}

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

/// In an event it names its PaymentIntent; in a list it holds the whole one.
#[derive(serde::Deserialize)]
#[serde(bound = "I: Deserialize<'de>")]
pub struct Dispute<I = Named> {
    pub id: String,
    pub livemode: bool,
    pub amount: u64,
    pub currency: String,
    pub status: String,
    pub created: Option<i64>,
    pub payment_intent: Option<Expandable<I>>,
}

/// The merchant itself, as `GET /v1/account` shows it.
#[derive(serde::Deserialize)]
pub struct OwnAccount {
    pub id: String,
}

#[derive(serde::Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

/// An object of which only the id is read.
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

/// An object, or only its id if it was not expanded.
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
