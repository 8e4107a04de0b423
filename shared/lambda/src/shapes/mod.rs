//! What answers look like: the JSON shapes that several functions share. Amounts keep their literal digits, times their
//! offset.

mod team;
mod wallet;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use till_domain::money::Money;
use till_domain::order::Order;
use till_domain::time::Time;

use crate::words::{Language, message};

pub use team::{HoldShape, PaymentShape, RefundShape, TeamOrderShape, refund, team_order};
pub use wallet::{
    ChangeShape, EntryShape, GrantShape, LotShape, MembershipShape, QuotaShape, SpanShape, SpentShape, WalletShape,
    entry, grant, wallet,
};

/// An amount as a JSON number with its currency's places: `99.00`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Amount(pub Money);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.0.to_string()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// An instant by RFC 3339, on China's clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instant(pub Time);

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.0.in_china();
        serializer.collect_str(&format_args!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+08:00",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        ))
    }
}

/// What was bought.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ProductShape {
    /// Its type.
    pub product_type: String,
    /// Its number or name.
    pub product_id: String,
    /// Its name, as the buyer read it.
    pub name: String,
}

/// An order as its buyer and the team see it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OrderShape {
    /// Its number.
    pub order_no: String,
    /// How it stands.
    pub status: &'static str,
    /// How its goods stand.
    pub fulfilment: &'static str,
    /// The price.
    pub amount: Amount,
    /// The same in minor units.
    pub amount_minor: u64,
    /// What is back with the buyer.
    pub refunded_amount: Amount,
    /// The currency.
    pub currency: String,
    /// How it is or was to be paid, last.
    pub payment_method: Option<&'static str>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_time: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it can be paid.
    pub expire_at: Instant,
    /// Whether a person of the team must look at it.
    pub on_hold: bool,
    /// What was bought.
    pub product: ProductShape,
}

/// The shape of an order.
pub fn order(order: &Order) -> OrderShape {
    let kept = order.kept();
    let price = order.sold.price;
    let method = kept.and_then(|kept| order.attempt(kept.attempt)).or_else(|| order.newest_attempt());
    OrderShape {
        order_no: order.no.to_string(),
        status: order.status().as_str(),
        fulfilment: order.fulfilment().as_str(),
        amount: Amount(price),
        amount_minor: price.minor(),
        refunded_amount: Amount(kept.map_or(Money::zero(price.currency()), |kept| order.back(kept))),
        currency: price.currency().to_string(),
        payment_method: method.map(|attempt| attempt.method.as_str()),
        payment_time: kept.map(|kept| Instant(kept.paid_at)),
        created_at: Instant(order.created_at),
        expire_at: Instant(order.expire_at),
        on_hold: !order.holds().is_empty(),
        product: ProductShape {
            product_type: order.sold.kind.to_string(),
            product_id: order.sold.product.to_string(),
            name: order.sold.name.to_string(),
        },
    }
}

/// That something was done: for callers who want no more of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DoneShape {
    /// The HTTP status.
    pub code: u16,
    /// For people.
    pub msg: &'static str,
    /// Nothing.
    pub data: Option<()>,
}

/// That something was done, in the caller's language.
#[must_use]
pub fn done(word: &str, language: Language) -> DoneShape {
    DoneShape { code: 200, msg: message(word, language), data: None }
}

/// JSON of a shape.
pub fn json(shape: &impl Serialize) -> String {
    // Our shapes are plain: names are texts, numbers are finite.
    serde_json::to_string(shape).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use till_domain::currency::Currency;

    use super::*;

    #[test]
    fn amounts_keep_their_digits() {
        for (minor, currency, text) in [
            (9900, Currency::CNY, "99.00"),
            (990, Currency::USD, "9.90"),
            (5, Currency::CNY, "0.05"),
            (500, Currency::JPY, "500"),
        ] {
            assert_eq!(json(&Amount(Money::new(minor, currency).unwrap())), text);
        }
    }

    #[test]
    fn times_have_an_offset() {
        assert_eq!(json(&Instant(Time::from_unix(1_735_660_800).unwrap())), r#""2025-01-01T00:00:00+08:00""#);
    }
}
