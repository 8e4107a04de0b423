//! Currencies: which ones there are, and how many decimal places people write in them.

use std::fmt;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a currency is one of the three-letter codes that the payment providers take, such as CNY or USD")]
pub struct UnknownCurrency;

/// Written without decimals. Madagascar's ariary has fifths on paper; no prices use them, and Stripe takes none.
const NO_PLACES: &str = "BIF CLP DJF GNF ISK JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF";
const THREE_PLACES: &str = "BHD JOD KWD OMR TND";
/// Every other one that Stripe presents prices in (docs.stripe.com/currencies); WeChat Pay and Alipay take CNY alone.
const TWO_PLACES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD \
CDF CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD \
KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB \
PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY TTD TWD TZS UAH USD \
UYU UZS WST XCD YER ZAR ZMW";

impl Currency {
    pub const CNY: Self = Self(*b"CNY");
    pub const USD: Self = Self(*b"USD");
    pub const JPY: Self = Self(*b"JPY");

    /// Reads a code, in upper or lower case.
    pub fn parse(text: &str) -> Result<Self, UnknownCurrency> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| UnknownCurrency)?;
        let currency = Self(code.map(|b| b.to_ascii_uppercase()));
        if Self::all().any(|known| known == currency) { Ok(currency) } else { Err(UnknownCurrency) }
    }

    pub fn all() -> impl Iterator<Item = Self> {
        [NO_PLACES, TWO_PLACES, THREE_PLACES]
            .into_iter()
            .flat_map(str::split_ascii_whitespace)
            .filter_map(|code| code.as_bytes().try_into().ok().map(Self))
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimal places people write: 0, 2 or 3. Our minor unit is the last of them; what a provider wants on the
    /// wire is the provider's to say.
    pub fn places(self) -> u8 {
        let listed = |list: &str| list.split_ascii_whitespace().any(|code| code == self.code());
        if listed(NO_PLACES) {
            0
        } else if listed(THREE_PLACES) {
            3
        } else {
            2
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
