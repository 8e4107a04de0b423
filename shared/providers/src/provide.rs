//! What a payment provider implements ([`PaymentApi`]), the one row that each has, and the port through which the flows
//! reach them all.

use std::sync::Arc;
use std::time::Instant;

use till_app::figures;
use till_app::ports::{
    AskTrade, Asked, CallbackReplies, CreateError, DisputePage, ListDisputes, NewTrade, Opened, Payer, Provide,
    RefundOrder, Show, Unanswered,
};
use till_domain::order::Says;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, DisputeNo, TradeNo};
use till_domain::time::Time;

use crate::account::{CertificateEnd, Faults, Place};
use crate::callback_content::CallbackContent;
use crate::error::{Distrust, Error, NoAnswer, Verdict};
use crate::http::Headers;
use crate::outside::Outside;
use crate::{alipay, stripe, wechat};

/// What each provider implements for its merchant account. Answers are verified before they become reports.
pub trait PaymentApi: Sized {
    /// Where the provider sends callbacks, below the public address; the account's id may follow as one more part.
    const CALLBACK_PATH: &'static str;
    const REPLIES: CallbackReplies;

    /// Reads and checks an account's settings.
    fn read(id: AccountId, json: &str, place: Place<'_>) -> Result<Self, Faults>;

    async fn create(&self, outside: &impl Outside, trade: NewTrade<'_>) -> Result<Opened, Error>;

    /// How a buyer gets to pay a trade that is open already.
    async fn show(&self, outside: &impl Outside, asked: Asked<'_>, payer: &Payer) -> Result<Show, Error>;

    /// The state of a trade.
    async fn query(&self, outside: &impl Outside, asked: Asked<'_>) -> Result<Vec<Says>, Error>;

    /// Closes a trade, or reports its state where it cannot be closed.
    async fn close(&self, outside: &impl Outside, asked: Asked<'_>) -> Result<Vec<Says>, Error>;

    /// Sends a refund, and reports its state.
    async fn refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> Result<Vec<Says>, Error>;

    /// The state of a refund.
    async fn query_refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> Result<Vec<Says>, Error>;

    /// The state of a trade by the provider's own number of it: no order of ours need be known.
    async fn ask_trade(&self, outside: &impl Outside, trade_no: &TradeNo) -> Result<Vec<Says>, Error>;

    /// A page of the account's disputes. A provider that does not list them has none.
    async fn list_disputes(
        &self,
        outside: &impl Outside,
        since: Time,
        after: Option<&DisputeNo>,
    ) -> Result<DisputePage, Error> {
        let _ = (outside, since, after);
        Ok(DisputePage { disputes: Vec::new(), next: None })
    }

    /// Rejects a callback that no key could verify. Otherwise returns what it says about the account or key that it is for,
    /// if it says anything.
    fn glance(headers: &Headers, body: &[u8], now: Time) -> Result<Option<String>, Distrust>;

    /// Whether the account has the key that `glance` found, where callbacks name one.
    fn has_key(&self, name: Option<&str>, now: Time) -> bool {
        let _ = (name, now);
        true
    }

    /// Verifies a callback and reads it. At most one call is made.
    async fn verify(&self, outside: &impl Outside, headers: &Headers, body: &[u8]) -> Result<CallbackContent, Error>;

    /// The certificate in its settings that ends first and that a person must renew.
    fn certificate_end(&self) -> Option<CertificateEnd> {
        None
    }

    /// The HTTP status for a callback that is not believed.
    fn rejection_status(why: &Distrust) -> u16 {
        let _ = why;
        400
    }
}

macro_rules! providers {
    ($($provider:ident => $merchant:ty),+ $(,)?) => {
        /// One merchant account, its keys parsed.
        #[derive(Clone, Debug)]
        pub enum Merchant { $($provider(Arc<$merchant>)),+ }

        /// Where a provider sends callbacks, below the public address; the account's id may follow as one more part.
        #[must_use]
        pub const fn callback_path(provider: Provider) -> &'static str {
            match provider { $(Provider::$provider => <$merchant>::CALLBACK_PATH),+ }
        }

        /// How a provider's callbacks are answered.
        #[must_use]
        pub const fn replies(provider: Provider) -> CallbackReplies {
            match provider { $(Provider::$provider => <$merchant>::REPLIES),+ }
        }

        /// See [`PaymentApi::glance`].
        pub(crate) fn glance(
            provider: Provider,
            headers: &Headers,
            body: &[u8],
            now: Time,
        ) -> Result<Option<String>, Distrust> {
            match provider { $(Provider::$provider => <$merchant>::glance(headers, body, now)),+ }
        }

        pub(crate) fn rejection_status(provider: Provider, why: &Distrust) -> u16 {
            match provider { $(Provider::$provider => <$merchant>::rejection_status(why)),+ }
        }

        impl Merchant {
            /// Reads and checks the settings of an account at any provider.
            pub fn read(account: &Account, json: &str, place: Place<'_>) -> Result<Self, Faults> {
                let id = account.id.clone();
                Ok(match account.provider {
                    $(Provider::$provider => Self::$provider(Arc::new(<$merchant>::read(id, json, place)?))),+
                })
            }

            pub async fn create(&self, outside: &impl Outside, trade: NewTrade<'_>) -> Result<Opened, Error> {
                match self { $(Self::$provider(merchant) => merchant.create(outside, trade).await),+ }
            }

            pub async fn show(&self, outside: &impl Outside, asked: Asked<'_>, payer: &Payer) -> Result<Show, Error> {
                match self { $(Self::$provider(merchant) => merchant.show(outside, asked, payer).await),+ }
            }

            pub async fn query(&self, outside: &impl Outside, asked: Asked<'_>) -> Result<Vec<Says>, Error> {
                match self { $(Self::$provider(merchant) => merchant.query(outside, asked).await),+ }
            }

            pub async fn close(&self, outside: &impl Outside, asked: Asked<'_>) -> Result<Vec<Says>, Error> {
                match self { $(Self::$provider(merchant) => merchant.close(outside, asked).await),+ }
            }

            pub async fn refund(&self, outside: &impl Outside, refund: RefundOrder<'_>) -> Result<Vec<Says>, Error> {
                match self { $(Self::$provider(merchant) => merchant.refund(outside, refund).await),+ }
            }

            pub async fn query_refund(
                &self,
                outside: &impl Outside,
                refund: RefundOrder<'_>,
            ) -> Result<Vec<Says>, Error> {
                match self { $(Self::$provider(merchant) => merchant.query_refund(outside, refund).await),+ }
            }

            pub async fn ask_trade(&self, outside: &impl Outside, trade_no: &TradeNo) -> Result<Vec<Says>, Error> {
                match self { $(Self::$provider(merchant) => merchant.ask_trade(outside, trade_no).await),+ }
            }

            pub async fn list_disputes(
                &self,
                outside: &impl Outside,
                since: Time,
                after: Option<&DisputeNo>,
            ) -> Result<DisputePage, Error> {
                match self { $(Self::$provider(merchant) => merchant.list_disputes(outside, since, after).await),+ }
            }

            pub fn has_key(&self, name: Option<&str>, now: Time) -> bool {
                match self { $(Self::$provider(merchant) => PaymentApi::has_key(&**merchant, name, now)),+ }
            }

            /// See [`PaymentApi::certificate_end`].
            pub fn certificate_end(&self) -> Option<CertificateEnd> {
                match self { $(Self::$provider(merchant) => PaymentApi::certificate_end(&**merchant)),+ }
            }

            pub async fn verify(
                &self,
                outside: &impl Outside,
                headers: &Headers,
                body: &[u8],
            ) -> Result<CallbackContent, Error> {
                match self { $(Self::$provider(merchant) => merchant.verify(outside, headers, body).await),+ }
            }
        }
    };
}

providers! {
    WeChat => wechat::Merchant,
    Alipay => alipay::Merchant,
    Stripe => stripe::Merchant,
}

pub trait FindMerchant {
    /// `None` if there is no such account, its settings are wrong, or it cannot be read now.
    async fn find_merchant(&self, account: &Account) -> Option<Merchant>;
}

impl<T: FindMerchant> FindMerchant for &T {
    async fn find_merchant(&self, account: &Account) -> Option<Merchant> {
        (*self).find_merchant(account).await
    }
}

/// All providers, for one invocation.
#[derive(Clone, Copy, Debug)]
pub struct Providers<M, O> {
    pub merchants: M,
    pub outside: O,
}

/// Finds the account, makes the call, and logs an error: the flows see only that there was no result.
macro_rules! call {
    ($self:ident, $account:expr, $call:ident($($argument:expr),*)) => {{
        let (account, begun) = ($account, Instant::now());
        let result = match $self.merchants.find_merchant(account).await {
            Some(merchant) => merchant.$call(&$self.outside, $($argument),*).await,
            None => Err(Error::NoAccount),
        };
        if let Err(error) = &result {
            log_error(account, stringify!($call), error);
        }
        count_call(account, begun, result.as_ref().err());
        result
    }};
}

impl<M: FindMerchant, O: Outside> Provide for Providers<M, O> {
    async fn create(&self, trade: NewTrade<'_>) -> Result<Opened, CreateError> {
        call!(self, trade.account, create(trade)).map_err(|error| match error.verdict() {
            Verdict::Final | Verdict::OurFault => CreateError::Refused,
            Verdict::Retry | Verdict::Ask => CreateError::Unanswered,
        })
    }

    async fn show(&self, asked: Asked<'_>, payer: &Payer) -> Result<Show, Unanswered> {
        call!(self, &asked.attempt.account, show(asked, payer)).map_err(|_| Unanswered)
    }

    async fn query(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered> {
        call!(self, &asked.attempt.account, query(asked)).map_err(|_| Unanswered)
    }

    async fn close(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered> {
        call!(self, &asked.attempt.account, close(asked)).map_err(|_| Unanswered)
    }

    async fn refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered> {
        call!(self, &refund.refund.account, refund(refund)).map_err(|_| Unanswered)
    }

    async fn query_refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered> {
        call!(self, &refund.refund.account, query_refund(refund)).map_err(|_| Unanswered)
    }
}

impl<M: FindMerchant, O: Outside> AskTrade for Providers<M, O> {
    async fn ask_trade(&self, account: &Account, trade_no: &TradeNo) -> Result<Vec<Says>, Unanswered> {
        call!(self, account, ask_trade(trade_no)).map_err(|_| Unanswered)
    }
}

impl<M: FindMerchant, O: Outside> ListDisputes for Providers<M, O> {
    async fn list_disputes(
        &self,
        account: &Account,
        since: Time,
        after: Option<&DisputeNo>,
    ) -> Result<DisputePage, Unanswered> {
        call!(self, account, list_disputes(since, after)).map_err(|_| Unanswered)
    }
}

fn count_call(account: &Account, begun: Instant, error: Option<&Error>) {
    if let Some(failed) = call_failed(error) {
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        figures::provider_called(account.provider, milliseconds, failed);
    }
}

/// `None` for a call that was never sent. A final refusal is an answer as good as any.
fn call_failed(error: Option<&Error>) -> Option<bool> {
    match error {
        None => Some(false),
        Some(Error::NoAccount | Error::Cannot(_) | Error::NoAnswer(NoAnswer::NoTimeLeft)) => None,
        Some(error) => Some(error.verdict() != Verdict::Final),
    }
}

fn log_error(account: &Account, call: &'static str, error: &Error) {
    let (provider, account) = (account.provider.as_str(), account.id.as_str());
    let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    if error.is_for_a_person() {
        tracing::error!(provider, account, call, %error, why, "a call to a provider failed: its settings must be changed");
    } else {
        tracing::warn!(provider, account, call, %error, why, "a call to a provider failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn call_counts_as_failed_if_it_was_sent_and_has_no_usable_answer() {
        let said = |verdict| Error::Said { status: 400, code: Code::new("A"), verdict };
        for (error, expected) in [
            (Error::NoAccount, None),
            (Error::Cannot("no openid"), None),
            (NoAnswer::NoTimeLeft.into(), None),
            (NoAnswer::Unreachable.into(), Some(true)),
            (NoAnswer::TimedOut.into(), Some(true)),
            (Distrust::BadSignature.into(), Some(true)),
            (said(Verdict::Retry), Some(true)),
            (said(Verdict::OurFault), Some(true)),
            (said(Verdict::Final), Some(false)),
        ] {
            assert_eq!(call_failed(Some(&error)), expected, "{error:?}");
        }
        assert_eq!(call_failed(None), Some(false));
    }
}
