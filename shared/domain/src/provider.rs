//! The payment providers, their methods, and our accounts with them: names and limits. How they talk is in till-providers.

use std::fmt;

use crate::currency::Currency;
use crate::text::AccountId;

/// One row for each provider: its word, and its methods with theirs. The first method is what the provider's bare name
/// means.
macro_rules! providers {
    ($($provider:ident = $word:literal {
        $first:ident = $first_name:literal,
        $($(#[$doc:meta])* $method:ident = $name:literal,)*
    })+) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Provider { $($provider),+ }

        /// One way to pay at one provider.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Method { $($first, $($(#[$doc])* $method,)*)+ }

        impl Provider {
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$provider),+];

            /// Its name in addresses, items and requests.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$provider => $word),+ }
            }

            /// What its bare name means as a method.
            #[must_use]
            pub const fn first_method(self) -> Method {
                match self { $(Self::$provider => Method::$first),+ }
            }
        }

        impl Method {
            pub const ALL: [Self; [$($first_name, $($name,)*)+].len()] = [$(Self::$first, $(Self::$method,)*)+];

            /// Its name in requests and items.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$first => $first_name, $(Self::$method => $name,)*)+ }
            }

            #[must_use]
            pub const fn provider(self) -> Provider {
                match self { $(Self::$first $(| Self::$method)* => Provider::$provider),+ }
            }
        }
    };
}

providers! {
    WeChat = "wechat" {
        WechatNative = "wechat_native",
        /// Inside WeChat: an official account or a mini program.
        WechatJsapi = "wechat_jsapi",
        /// A phone's browser, outside WeChat.
        WechatH5 = "wechat_h5",
    }
    Alipay = "alipay" {
        AlipayQr = "alipay_qr",
        /// Alipay's page on a desktop.
        AlipayPage = "alipay_page",
        /// Alipay's page on a phone.
        AlipayWap = "alipay_wap",
    }
    Stripe = "stripe" {
        StripeCheckout = "stripe_checkout",
        /// A merchant's own page with Stripe's form.
        StripeIntent = "stripe_intent",
    }
}

/// One merchant account of ours at a provider.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Account {
    /// Where it is.
    pub provider: Provider,
    /// Its name with us.
    pub id: AccountId,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.id)
    }
}

impl Method {
    /// Whether its buyer scans a code that is drawn on the page.
    #[must_use]
    pub const fn is_qr_code(self) -> bool {
        match self {
            Self::WechatNative | Self::AlipayQr => true,
            Self::WechatJsapi
            | Self::WechatH5
            | Self::AlipayPage
            | Self::AlipayWap
            | Self::StripeCheckout
            | Self::StripeIntent => false,
        }
    }
}

/// A word that names no way to pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnknownMethod;

impl fmt::Display for UnknownMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a payment method is one of ")?;
        for method in Method::ALL {
            write!(f, "{method}, ")?;
        }
        f.write_str("or a provider's name alone")
    }
}

impl std::error::Error for UnknownMethod {}

impl Provider {
    /// Whether its buyers' disputes are listed by account.
    #[must_use]
    pub const fn lists_disputes(self) -> bool {
        match self {
            Self::Stripe => true,
            Self::WeChat | Self::Alipay => false,
        }
    }

    /// Whether it takes a currency at all.
    pub fn takes(self, currency: Currency) -> bool {
        match self {
            Self::WeChat | Self::Alipay => currency == Currency::CNY,
            Self::Stripe => true,
        }
    }

    /// The least it takes, in minor units. Stripe's minimum is about half a US dollar and differs by currency; where it
    /// publishes none, it converts, and one unit of two decimals is a floor that its own answer may raise.
    pub fn least_minor(self, currency: Currency) -> u64 {
        match self {
            Self::WeChat | Self::Alipay => 1,
            Self::Stripe => match currency.code() {
                "CNY" | "HKD" => 400,
                "MXN" => 1000,
                "GBP" => 30,
                "SEK" | "NOK" => 300,
                "DKK" => 250,
                "USD" | "EUR" | "AUD" | "CAD" | "CHF" | "NZD" | "SGD" | "BRL" | "JPY" => 50,
                _ if currency.places() == 0 => 50,
                _ if currency.places() == 3 => 500,
                _ => 100,
            },
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Method {
    /// Reads a method's name, or a provider's for its first method; in any case.
    pub fn parse(text: &str) -> Result<Self, UnknownMethod> {
        let by_name = Self::ALL.into_iter().find(|m| m.as_str().eq_ignore_ascii_case(text));
        let by_provider = Provider::ALL.into_iter().find(|p| p.as_str().eq_ignore_ascii_case(text));
        by_name.or(by_provider.map(Provider::first_method)).ok_or(UnknownMethod)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripe_alone_lists_disputes() {
        let listing: Vec<Provider> = Provider::ALL.into_iter().filter(|provider| provider.lists_disputes()).collect();
        assert_eq!(listing, [Provider::Stripe]);
    }
}
