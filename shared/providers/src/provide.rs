//! The port through which the flows talk to providers: finds the account, holds the conversation, and tells the log what
//! the flows need not know.

use std::sync::Arc;

use till_app::ports::{Asked, CreateError, NewTrade, Opened, Payer, Provide, RefundOrder, Show, Unanswered};
use till_domain::order::Says;
use till_domain::provider::Account;

use crate::error::{Error, Verdict};
use crate::outside::Outside;
use crate::{alipay, stripe, wechat};

/// One merchant account, its keys parsed.
#[derive(Clone, Debug)]
pub enum Merchant {
    /// At WeChat Pay.
    WeChat(Arc<wechat::Merchant>),
    /// At Alipay.
    Alipay(Arc<alipay::Merchant>),
    /// At Stripe.
    Stripe(Arc<stripe::Merchant>),
}

/// Where merchant accounts come from.
pub trait FindMerchant {
    /// The account of this name; none, when there is none, or it cannot be read now.
    async fn find_merchant(&self, account: &Account) -> Option<Merchant>;
}

impl<T: FindMerchant> FindMerchant for &T {
    async fn find_merchant(&self, account: &Account) -> Option<Merchant> {
        (*self).find_merchant(account).await
    }
}

/// All providers, for the time of one invocation.
#[derive(Clone, Copy, Debug)]
pub struct Providers<M, O> {
    /// Where accounts come from.
    pub merchants: M,
    /// The world outside.
    pub outside: O,
}

/// Calls the same conversation of whichever provider the account is at.
macro_rules! talk {
    ($self:ident, $account:expr, $call:ident($($argument:expr),*)) => {{
        let account = $account;
        let said = match $self.merchants.find_merchant(account).await {
            Some(Merchant::WeChat(merchant)) => merchant.$call(&$self.outside, $($argument),*).await,
            Some(Merchant::Alipay(merchant)) => merchant.$call(&$self.outside, $($argument),*).await,
            Some(Merchant::Stripe(merchant)) => merchant.$call(&$self.outside, $($argument),*).await,
            None => Err(Error::NoAccount),
        };
        if let Err(error) = &said {
            tell(account, stringify!($call), error);
        }
        said
    }};
}

impl<M: FindMerchant, O: Outside> Provide for Providers<M, O> {
    async fn create(&self, trade: NewTrade<'_>) -> Result<Opened, CreateError> {
        talk!(self, trade.account, create(trade)).map_err(|error| match error.verdict() {
            Verdict::Final | Verdict::OurFault => CreateError::Refused,
            Verdict::Retry | Verdict::Ask => CreateError::Unanswered,
        })
    }

    async fn show(&self, asked: Asked<'_>, payer: &Payer) -> Result<Show, Unanswered> {
        talk!(self, &asked.attempt.account, show(asked, payer)).map_err(|_| Unanswered)
    }

    async fn query(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered> {
        talk!(self, &asked.attempt.account, query(asked)).map_err(|_| Unanswered)
    }

    async fn close(&self, asked: Asked<'_>) -> Result<Vec<Says>, Unanswered> {
        talk!(self, &asked.attempt.account, close(asked)).map_err(|_| Unanswered)
    }

    async fn refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered> {
        talk!(self, &refund.refund.account, refund(refund)).map_err(|_| Unanswered)
    }

    async fn query_refund(&self, refund: RefundOrder<'_>) -> Result<Vec<Says>, Unanswered> {
        talk!(self, &refund.refund.account, query_refund(refund)).map_err(|_| Unanswered)
    }
}

/// One line for each call that has no result: a flow only hears "unanswered", and whoever is paged wants to know why.
fn tell(account: &Account, call: &'static str, error: &Error) {
    let (provider, account) = (account.provider.as_str(), account.id.as_str());
    let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    if error.is_for_a_person() {
        tracing::error!(provider, account, call, %error, why, "a provider's call needs a change of settings");
    } else {
        tracing::warn!(provider, account, call, %error, why, "a provider's call had no result");
    }
}
