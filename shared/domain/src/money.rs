//! Money: whole minor units with their currency, and checked operations only. No float is used, not even in parsing.

use std::fmt;

use crate::currency::Currency;

/// The most that one amount can be, in minor units. Sums of all that one order can hold (hundreds of amounts) stay far
/// below 2^53, so every reader of our JSON, JavaScript's included, sees them exactly.
pub const MOST_MINOR: u64 = 10_000_000_000_000;

/// An amount in a currency: zero or more minor units (fen, cents).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: u64,
    currency: Currency,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadMoney {
    #[error("an amount is written in digits, with a point before decimals: 99 or 99.00")]
    NotANumber,
    #[error("an amount is never negative")]
    Negative,
    #[error("this currency has at most {places} decimal places")]
    TooManyPlaces { places: u8 },
    #[error("the amount is above the limit of {most} {}", .most.currency)]
    TooLarge { most: Money },
    #[error("amounts in two currencies cannot be combined")]
    CurrencyMismatch,
    #[error("the amount to subtract is larger than the amount")]
    NotEnough,
}

impl Money {
    pub const fn new(minor: u64, currency: Currency) -> Result<Self, BadMoney> {
        if minor > MOST_MINOR {
            return Err(BadMoney::TooLarge { most: Self { minor: MOST_MINOR, currency } });
        }
        Ok(Self { minor, currency })
    }

    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads an amount from its literal text, as it stands in JSON or a form: `99`, `99.0`, `99.00`. No sign, no exponent, no
    /// leading zeros, no more places than the currency has, and not above `most_minor`.
    pub fn parse(text: &str, currency: Currency, most_minor: u64) -> Result<Self, BadMoney> {
        if text.starts_with('-') {
            return Err(BadMoney::Negative);
        }
        let (whole, decimals) = match text.split_once('.') {
            Some((_, "")) => return Err(BadMoney::NotANumber),
            Some(parts) => parts,
            None => (text, ""),
        };
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leading_zero || !whole.bytes().chain(decimals.bytes()).all(|b| b.is_ascii_digit()) {
            return Err(BadMoney::NotANumber);
        }
        let places = currency.places();
        let padding = usize::from(places).checked_sub(decimals.len()).ok_or(BadMoney::TooManyPlaces { places })?;
        let most = most_minor.min(MOST_MINOR);
        let too_large = BadMoney::TooLarge { most: Self { minor: most, currency } };
        let digits = whole.bytes().chain(decimals.bytes()).chain(std::iter::repeat_n(b'0', padding));
        let mut minor = 0_u64;
        for digit in digits {
            let digit = u64::from(digit.saturating_sub(b'0'));
            minor = minor.checked_mul(10).and_then(|m| m.checked_add(digit)).ok_or(too_large)?;
        }
        if minor > most { Err(too_large) } else { Ok(Self { minor, currency }) }
    }

    #[must_use]
    pub const fn minor(self) -> u64 {
        self.minor
    }

    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    pub fn plus(self, other: Self) -> Result<Self, BadMoney> {
        self.same_currency(other)?;
        // Both are at most MOST_MINOR: the sum cannot overflow 64 bits.
        Self::new(self.minor.saturating_add(other.minor), self.currency)
    }

    pub fn minus(self, other: Self) -> Result<Self, BadMoney> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(BadMoney::NotEnough)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// The share `part / whole` of it, rounded down; nothing when `whole` is zero; never more than itself.
    #[must_use]
    pub fn share(self, part: u64, whole: u64) -> Self {
        Self { minor: share(self.minor, part, whole), currency: self.currency }
    }

    fn same_currency(self, other: Self) -> Result<(), BadMoney> {
        if self.currency == other.currency { Ok(()) } else { Err(BadMoney::CurrencyMismatch) }
    }
}

/// `n × part ÷ whole`, rounded down; 0 when `whole` is 0; never more than `n`.
#[must_use]
pub fn share(n: u64, part: u64, whole: u64) -> u64 {
    let product = u128::from(n).saturating_mul(u128::from(part.min(whole)));
    product.checked_div(u128::from(whole)).and_then(|q| u64::try_from(q).ok()).unwrap_or(0)
}

/// The number alone, with the currency's places: `99.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.currency.places();
        let unit = 10_u64.saturating_pow(u32::from(places));
        let (whole, rest) = (self.minor.div_euclid(unit), self.minor.rem_euclid(unit));
        if places == 0 {
            write!(f, "{whole}")
        } else {
            write!(f, "{whole}.{rest:0width$}", width = usize::from(places))
        }
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.currency)
    }
}
