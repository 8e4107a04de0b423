//! How values become attributes and attributes become values. [`fields!`] names each field once for both directions, so that no
//! field can be written and never read back.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::id::{AttemptNo, OrderNo, RefundIndex};
use till_domain::text::{
    AccountId, Announcement, Buyer, DisputeNo, Handle, Key, OutsideRefundNo, ProductId, ProductName, ProductType,
    QuotaName, Reason, Remark, TierName, TradeNo, UserId,
};
use till_domain::time::{Seconds, Time};
use till_domain::wallet::{Giver, GrantRound, Source};

use crate::item::{Attributes, BadItem, Reader};
use crate::stored_words::Unreadable;

/// A value that is one attribute. `None` is a missing attribute.
pub(crate) trait Stored: Sized {
    fn store(&self) -> Option<AttributeValue>;
    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem>;
}

/// A value that is stored as text.
pub(crate) trait Text: Sized {
    fn to_text(&self) -> String;
    fn of_text(text: &str) -> Result<Self, Unreadable>;
}

/// A value that is several attributes of an item or of a map within one.
pub(crate) trait Fields: Sized {
    fn write(&self, item: &mut Attributes);
    fn read(item: Reader<'_>) -> Result<Self, BadItem>;

    fn to_map(&self) -> AttributeValue {
        let mut item = Attributes::new();
        self.write(&mut item);
        AttributeValue::M(item)
    }
}

/// How a field becomes one attribute or several.
pub(crate) trait As<T> {
    fn write(value: &T, name: &'static str, item: &mut Attributes);
    fn read(item: Reader<'_>, name: &'static str) -> Result<T, BadItem>;
}

/// As one attribute. None, an empty list and `false` are not written.
pub(crate) struct Plain;

impl<T: Stored> As<T> for Plain {
    fn write(value: &T, name: &'static str, item: &mut Attributes) {
        item.extend(value.store().map(|stored| (name.to_owned(), stored)));
    }

    fn read(item: Reader<'_>, name: &'static str) -> Result<T, BadItem> {
        T::restore(item.get(name), name)
    }
}

/// A number that is not written if it is `N`.
pub(crate) struct Omitting<const N: u8>;

impl<const N: u8> As<u8> for Omitting<N> {
    fn write(value: &u8, name: &'static str, item: &mut Attributes) {
        Plain::write(&Some(*value).filter(|value| *value != N), name, item);
    }

    fn read(item: Reader<'_>, name: &'static str) -> Result<u8, BadItem> {
        Ok(item.get_as::<Option<u8>>(name)?.unwrap_or(N))
    }
}

/// A map that is not written if it is the default.
pub(crate) struct UnlessDefault;

impl<T: Stored + Default + PartialEq> As<T> for UnlessDefault {
    fn write(value: &T, name: &'static str, item: &mut Attributes) {
        if *value != T::default() {
            Plain::write(value, name, item);
        }
    }

    fn read(item: Reader<'_>, name: &'static str) -> Result<T, BadItem> {
        if item.has(name) { item.get_as(name) } else { Ok(T::default()) }
    }
}

/// A list that is written even if it is empty.
pub(crate) struct EvenIfEmpty;

impl<T: Stored> As<Vec<T>> for EvenIfEmpty {
    fn write(value: &Vec<T>, name: &'static str, item: &mut Attributes) {
        item.insert(name.to_owned(), list(value));
    }

    fn read(item: Reader<'_>, name: &'static str) -> Result<Vec<T>, BadItem> {
        item.get_as(name)
    }
}

/// As several attributes beside the others; the name is that of the first.
pub(crate) struct Inline;

impl<T: Fields> As<T> for Inline {
    fn write(value: &T, _first: &'static str, item: &mut Attributes) {
        value.write(item);
    }

    fn read(item: Reader<'_>, _first: &'static str) -> Result<T, BadItem> {
        T::read(item)
    }
}

/// `Type { field: "attribute", … }`, with `as` and an [`As`] for a field that is not [`Plain`].
macro_rules! fields {
    ($($kind:ident { $($field:ident: $name:tt $(as $how:ty)?),+ $(,)? })+) => {$(
        impl $crate::codec::Fields for $kind {
            fn write(&self, item: &mut $crate::item::Attributes) {
                let Self { $($field),+ } = self;
                $(<fields!(@ $($how)?) as $crate::codec::As<_>>::write($field, $name, item);)+
            }

            fn read(item: $crate::item::Reader<'_>) -> Result<Self, $crate::item::BadItem> {
                Ok(Self { $($field: <fields!(@ $($how)?) as $crate::codec::As<_>>::read(item, $name)?),+ })
            }
        }

        impl $crate::codec::Stored for $kind {
            fn store(&self) -> Option<aws_sdk_dynamodb::types::AttributeValue> {
                Some($crate::codec::Fields::to_map(self))
            }

            fn restore(
                stored: Option<&aws_sdk_dynamodb::types::AttributeValue>,
                name: &'static str,
            ) -> Result<Self, $crate::item::BadItem> {
                $crate::codec::Fields::read($crate::item::Reader::of_map(stored, name)?)
            }
        }
    )+};
    (@) => { $crate::codec::Plain };
    (@ $how:ty) => { $how };
}

pub(crate) use fields;

pub(crate) fn list<T: Stored>(values: &[T]) -> AttributeValue {
    AttributeValue::L(values.iter().filter_map(Stored::store).collect())
}

impl<T: Text> Stored for T {
    fn store(&self) -> Option<AttributeValue> {
        Some(AttributeValue::S(self.to_text()))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let text = stored.ok_or(BadItem::Missing(name))?.as_s().map_err(|_| BadItem::WrongKind(name))?;
        Self::of_text(text).map_err(|_| BadItem::BadValue(name))
    }
}

impl<T: Stored> Stored for Option<T> {
    fn store(&self) -> Option<AttributeValue> {
        self.as_ref().and_then(Stored::store)
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        stored.map(|_| T::restore(stored, name)).transpose()
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn store(&self) -> Option<AttributeValue> {
        Some(list(self)).filter(|_| !self.is_empty())
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let Some(stored) = stored else { return Ok(Self::new()) };
        let values = stored.as_l().map_err(|_| BadItem::WrongKind(name))?;
        values.iter().map(|value| T::restore(Some(value), name)).collect()
    }
}

impl<T: Stored> Stored for Arc<T> {
    fn store(&self) -> Option<AttributeValue> {
        T::store(self)
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        T::restore(stored, name).map(Self::new)
    }
}

impl<T: Fields> Fields for Arc<T> {
    fn write(&self, item: &mut Attributes) {
        T::write(self, item);
    }

    fn read(item: Reader<'_>) -> Result<Self, BadItem> {
        T::read(item).map(Self::new)
    }
}

/// `false` is not written.
impl Stored for bool {
    fn store(&self) -> Option<AttributeValue> {
        self.then_some(AttributeValue::Bool(true))
    }

    fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
        let Some(stored) = stored else { return Ok(false) };
        stored.as_bool().copied().map_err(|_| BadItem::WrongKind(name))
    }
}

/// `Type: number, to the number, from the number;`
macro_rules! numbers {
    ($($kind:ty: $number:ty, $tell:expr, $make:expr;)+) => {$(
        impl Stored for $kind {
            fn store(&self) -> Option<AttributeValue> {
                let tell: fn(Self) -> $number = $tell;
                Some(AttributeValue::N(tell(*self).to_string()))
            }

            fn restore(stored: Option<&AttributeValue>, name: &'static str) -> Result<Self, BadItem> {
                let number = stored.ok_or(BadItem::Missing(name))?.as_n().map_err(|_| BadItem::WrongKind(name))?;
                let make: fn($number) -> Option<Self> = $make;
                number.parse().ok().and_then(make).ok_or(BadItem::BadValue(name))
            }
        }
    )+};
}

numbers! {
    u8: u8, |n| n, Some;
    u16: u16, |n| n, Some;
    u32: u32, |n| n, Some;
    u64: u64, |n| n, Some;
    i64: i64, |n| n, Some;
    AttemptNo: u8, Self::get, Self::new;
    RefundIndex: u8, Self::get, Self::new;
    Seconds: u32, |seconds| seconds.0, |n| Some(Self(n));
    Time: i64, Self::unix, |unix| Self::from_unix(unix).ok();
}

/// Types that the domain shows and parses itself.
macro_rules! texts {
    ($($kind:ident)+) => {$(
        impl Text for $kind {
            fn to_text(&self) -> String {
                self.to_string()
            }

            fn of_text(text: &str) -> Result<Self, Unreadable> {
                Self::parse(text).map_err(|_| Unreadable)
            }
        }
    )+};
}

texts! {
    AccountId Announcement Buyer DisputeNo Giver GrantRound Handle Key OrderNo OutsideRefundNo ProductId ProductName ProductType QuotaName
    Reason Remark Source TierName TradeNo UserId
}

impl Text for String {
    fn to_text(&self) -> String {
        self.clone()
    }

    fn of_text(text: &str) -> Result<Self, Unreadable> {
        Ok(text.to_owned())
    }
}
