//! What each provider's notifications have of their own. Nothing here decides anything.

use std::sync::Arc;

use till_domain::provider::Provider;
use till_domain::text::AccountId;
use till_domain::time::Time;

use crate::error::{Distrust, Error};
use crate::heard::{Heard, Reply};
use crate::http::Headers;
use crate::outside::Outside;
use crate::provide::Merchant;
use crate::{alipay, stripe, wechat};

/// A notification as it came: nothing of it is believed.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The account that its address names; none at the bare address.
    pub account: Option<&'a AccountId>,
    /// Its headers.
    pub headers: &'a Headers,
    /// Its body, byte for byte as it was sent.
    pub body: &'a [u8],
}

/// The merchant accounts of one provider, as its notifications need them.
pub trait Callbacks: Sized {
    /// Whose they are.
    const PROVIDER: Provider;
    /// What a notification is answered with that is taken in.
    const TAKEN: Reply;
    /// What one is answered with that is to come again.
    const NOT_NOW: Reply;

    /// What one is answered with that is not believed.
    fn refused(error: &Error) -> Reply;

    /// What is wrong with it already at a glance, before anything is read or asked anywhere; or else its hint which account
    /// it is for.
    fn glance(notice: Notice<'_>, now: Time) -> Result<Option<String>, Distrust>;

    /// The account, if it is at this provider.
    fn of(merchant: &Merchant) -> Option<&Arc<Self>>;

    /// Whether it has the key that a hint names, where hints name keys.
    fn knows(&self, hint: Option<&str>, now: Time) -> bool {
        let _ = (hint, now);
        true
    }

    /// Believes a notification and tells what it says, or why not.
    async fn believe(&self, outside: &impl Outside, notice: Notice<'_>) -> Result<Heard, Error>;
}

impl Callbacks for wechat::Merchant {
    const PROVIDER: Provider = Provider::WeChat;
    const TAKEN: Reply = wechat::notify::TAKEN;
    const NOT_NOW: Reply = wechat::notify::NOT_NOW;

    fn refused(error: &Error) -> Reply {
        wechat::notify::refused(error)
    }

    fn glance(Notice { headers, body, .. }: Notice<'_>, now: Time) -> Result<Option<String>, Distrust> {
        let serial = wechat::notify::Raw { headers, body }.glance(now)?;
        Ok(Some(serial.to_owned()))
    }

    fn of(merchant: &Merchant) -> Option<&Arc<Self>> {
        match merchant {
            Merchant::WeChat(merchant) => Some(merchant),
            Merchant::Alipay(_) | Merchant::Stripe(_) => None,
        }
    }

    fn knows(&self, hint: Option<&str>, now: Time) -> bool {
        hint.is_some_and(|serial| self.has_key(serial, now))
    }

    async fn believe(&self, outside: &impl Outside, Notice { headers, body, .. }: Notice<'_>) -> Result<Heard, Error> {
        self.hear(outside, wechat::notify::Raw { headers, body }).await
    }
}

impl Callbacks for alipay::Merchant {
    const PROVIDER: Provider = Provider::Alipay;
    const TAKEN: Reply = alipay::notify::TAKEN;
    const NOT_NOW: Reply = alipay::notify::NOT_NOW;

    fn refused(error: &Error) -> Reply {
        alipay::notify::refused(error)
    }

    fn glance(Notice { body, .. }: Notice<'_>, _: Time) -> Result<Option<String>, Distrust> {
        let raw = alipay::notify::Raw { body };
        raw.glance()?;
        Ok(raw.app_id())
    }

    fn of(merchant: &Merchant) -> Option<&Arc<Self>> {
        match merchant {
            Merchant::Alipay(merchant) => Some(merchant),
            Merchant::WeChat(_) | Merchant::Stripe(_) => None,
        }
    }

    async fn believe(&self, outside: &impl Outside, Notice { body, .. }: Notice<'_>) -> Result<Heard, Error> {
        self.hear(outside, alipay::notify::Raw { body }).await
    }
}

impl Callbacks for stripe::Merchant {
    const PROVIDER: Provider = Provider::Stripe;
    const TAKEN: Reply = stripe::notify::TAKEN;
    const NOT_NOW: Reply = stripe::notify::NOT_NOW;

    fn refused(error: &Error) -> Reply {
        stripe::notify::refused(error)
    }

    /// Nothing that could be read of a webhook without believing it says whose it is.
    fn glance(Notice { headers, body, .. }: Notice<'_>, now: Time) -> Result<Option<String>, Distrust> {
        stripe::notify::Raw { headers, body }.glance(now)?;
        Ok(None)
    }

    fn of(merchant: &Merchant) -> Option<&Arc<Self>> {
        match merchant {
            Merchant::Stripe(merchant) => Some(merchant),
            Merchant::WeChat(_) | Merchant::Alipay(_) => None,
        }
    }

    async fn believe(&self, outside: &impl Outside, Notice { headers, body, .. }: Notice<'_>) -> Result<Heard, Error> {
        self.hear(outside, stripe::notify::Raw { headers, body }).await
    }
}
