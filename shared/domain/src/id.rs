//! Numbers that we give: to orders, attempts and refunds. Each prints to what providers accept and parses back to itself.

use std::fmt;

use crate::time::{Civil, Time};

/// 36^8: the endings that one second has.
const ENDINGS: u64 = 2_821_109_907_456;
const LETTERS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LENGTH: usize = 25;

/// `ORD` + `yyyyMMddHHmmss` in China + 8 random characters of `[0-9A-Z]`: sortable, unguessable, legal at every provider.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNo([u8; LENGTH]);

/// The provider's `out_trade_no`: an order's number itself for its first attempt, then with `_2`, `_3` …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentNo {
    pub order: OrderNo,
    pub attempt: AttemptNo,
}

/// The provider's `out_refund_no`: the order's number with `R1`, `R2` …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefundNo {
    pub order: OrderNo,
    pub n: RefundIndex,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AttemptNo(u8);

/// The number within its order of a refund that we make: 1 to 99.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RefundIndex(u8);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadNumber {
    #[error("an order number is ORD, 14 digits of a date and time, and 8 of 0-9 A-Z")]
    Order,
    #[error("a payment number is an order number, alone or with _2 to _99")]
    Payment,
    #[error("a refund number is an order number with R1 to R99")]
    Refund,
}

impl OrderNo {
    /// `entropy` must be unpredictable, so that order numbers cannot be guessed.
    #[must_use]
    pub fn mint(created_at: Time, entropy: u64) -> Self {
        let at = created_at.in_china();
        let mut text = *b"ORD00000000000000XXXXXXXX";
        let fields = [(3, 4, at.year), (7, 2, at.month.into()), (9, 2, at.day.into())];
        let times = [(11, 2, at.hour.into()), (13, 2, at.minute.into()), (15, 2, at.second.into())];
        for (start, width, value) in fields.into_iter().chain(times) {
            write_digits(&mut text, start, width, value);
        }
        let mut rest = entropy.rem_euclid(ENDINGS);
        for slot in text.iter_mut().skip(17) {
            let letter = usize::try_from(rest.rem_euclid(36)).unwrap_or(0);
            *slot = LETTERS.get(letter).copied().unwrap_or(b'0');
            rest = rest.div_euclid(36);
        }
        Self(text)
    }

    pub fn parse(text: &str) -> Result<Self, BadNumber> {
        let bytes: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| BadNumber::Order)?;
        let (prefix, rest) = bytes.split_at(3);
        let (digits, ending) = rest.split_at(14);
        let legal = prefix == b"ORD"
            && digits.iter().all(u8::is_ascii_digit)
            && ending.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase())
            && date(digits).is_some_and(|d| d.year >= 1970 && d.is_valid());
        if legal { Ok(Self(bytes)) } else { Err(BadNumber::Order) }
    }

    pub fn as_str(&self) -> &str {
        // Only ASCII is ever put in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    #[must_use]
    pub const fn payment(self, attempt: AttemptNo) -> PaymentNo {
        PaymentNo { order: self, attempt }
    }

    #[must_use]
    pub const fn refund(self, n: RefundIndex) -> RefundNo {
        RefundNo { order: self, n }
    }
}

fn write_digits(text: &mut [u8; LENGTH], start: usize, width: usize, value: u16) {
    let mut rest = value;
    for slot in text.iter_mut().skip(start).take(width).rev() {
        let digit = u8::try_from(rest.rem_euclid(10)).unwrap_or(0);
        *slot = b'0'.saturating_add(digit);
        rest = rest.div_euclid(10);
    }
}

fn date(digits: &[u8]) -> Option<Civil> {
    let number = |start: usize, width: usize| {
        digits
            .iter()
            .skip(start)
            .take(width)
            .try_fold(0_u16, |sum, digit| sum.checked_mul(10)?.checked_add(u16::from(digit.checked_sub(b'0')?)))
    };
    let small = |start| u8::try_from(number(start, 2)?).ok();
    Some(Civil {
        year: number(0, 4)?,
        month: small(4)?,
        day: small(6)?,
        hour: small(8)?,
        minute: small(10)?,
        second: small(12)?,
    })
}

macro_rules! small_number {
    ($name:ident) => {
        impl $name {
            pub const FIRST: Self = Self(1);
            pub const LAST: Self = Self(99);

            #[must_use]
            pub const fn new(n: u8) -> Option<Self> {
                if n >= 1 && n <= 99 { Some(Self(n)) } else { None }
            }

            #[must_use]
            pub const fn get(self) -> u8 {
                self.0
            }

            /// The one after it, if there is a number left.
            #[must_use]
            pub const fn next(self) -> Option<Self> {
                Self::new(self.0.saturating_add(1))
            }

            /// Reads what `Display` writes: no sign, no leading zero.
            fn parse(text: &str) -> Option<Self> {
                if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                text.parse().ok().and_then(Self::new)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

small_number!(AttemptNo);
small_number!(RefundIndex);

impl PaymentNo {
    pub fn parse(text: &str) -> Result<Self, BadNumber> {
        let (order, attempt) = match text.split_once('_') {
            None => (text, AttemptNo::FIRST),
            // `_1` is never printed: the first attempt has the order's own number.
            Some((order, n)) => match AttemptNo::parse(n) {
                Some(n) if n != AttemptNo::FIRST => (order, n),
                _ => return Err(BadNumber::Payment),
            },
        };
        OrderNo::parse(order).map(|order| Self { order, attempt }).map_err(|_| BadNumber::Payment)
    }
}

impl RefundNo {
    pub fn parse(text: &str) -> Result<Self, BadNumber> {
        let (order, n) = text.split_at_checked(LENGTH).ok_or(BadNumber::Refund)?;
        let n = n.strip_prefix('R').and_then(RefundIndex::parse).ok_or(BadNumber::Refund)?;
        OrderNo::parse(order).map(|order| Self { order, n }).map_err(|_| BadNumber::Refund)
    }
}

impl fmt::Display for OrderNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for PaymentNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempt == AttemptNo::FIRST { self.order.fmt(f) } else { write!(f, "{}_{}", self.order, self.attempt) }
    }
}

impl fmt::Display for RefundNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}R{}", self.order, self.n)
    }
}

macro_rules! debug_as_display {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

debug_as_display!(OrderNo PaymentNo RefundNo);
