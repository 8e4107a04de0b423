//! The three payment providers, their methods, and our accounts with them. Names and limits only: how they talk is not known here.

use std::fmt;

use crate::currency::Currency;
use crate::text::AccountId;

/// Who takes the money.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Provider {
    /// WeChat Pay, interface v3.
    WeChat,
    /// Alipay open platform.
    Alipay,
    /// Stripe.
    Stripe,
}

/// One way to pay at one provider.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Method {
    /// A QR code for WeChat's scanner.
    WechatNative,
    /// Inside WeChat: an official account or a mini program.
    WechatJsapi,
    /// A phone's browser, outside WeChat.
    WechatH5,
    /// A QR code for Alipay's scanner.
    AlipayQr,
    /// Alipay's page on a desktop.
    AlipayPage,
    /// Alipay's page on a phone.
    AlipayWap,
    /// Stripe's own page.
    StripeCheckout,
    /// A merchant's own page with Stripe's form.
    StripeIntent,
}

/// One merchant account of ours at a provider.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Account {
    /// Where it is.
    pub provider: Provider,
    /// Its name with us.
    pub id: AccountId,
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
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WeChat, Self::Alipay, Self::Stripe];

    /// Its name in addresses, items and requests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WeChat => "wechat",
            Self::Alipay => "alipay",
            Self::Stripe => "stripe",
        }
    }

    /// What its bare name means as a method.
    #[must_use]
    pub const fn first_method(self) -> Method {
        match self {
            Self::WeChat => Method::WechatNative,
            Self::Alipay => Method::AlipayQr,
            Self::Stripe => Method::StripeCheckout,
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
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::WechatNative,
        Self::WechatJsapi,
        Self::WechatH5,
        Self::AlipayQr,
        Self::AlipayPage,
        Self::AlipayWap,
        Self::StripeCheckout,
        Self::StripeIntent,
    ];

    /// Its name in requests and items.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WechatNative => "wechat_native",
            Self::WechatJsapi => "wechat_jsapi",
            Self::WechatH5 => "wechat_h5",
            Self::AlipayQr => "alipay_qr",
            Self::AlipayPage => "alipay_page",
            Self::AlipayWap => "alipay_wap",
            Self::StripeCheckout => "stripe_checkout",
            Self::StripeIntent => "stripe_intent",
        }
    }

    /// Where it is offered.
    #[must_use]
    pub const fn provider(self) -> Provider {
        match self {
            Self::WechatNative | Self::WechatJsapi | Self::WechatH5 => Provider::WeChat,
            Self::AlipayQr | Self::AlipayPage | Self::AlipayWap => Provider::Alipay,
            Self::StripeCheckout | Self::StripeIntent => Provider::Stripe,
        }
    }

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
