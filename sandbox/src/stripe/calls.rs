//! What every call has: the desk, whose call it is, its parameters, and the ways to find a trade by any of its numbers.
//! Another account's trade is never found.

use serde_json::{Value, json};

use super::error::Refused;
use super::params::Params;
use super::{checkout, ids};
use crate::books::Trade;
use crate::config::StripeAccount;
use crate::desk::{Sandbox, Trouble, name};
use crate::listed;
use crate::ports::Ports;
use crate::provider::Provider;

/// So many of an account's trades are looked through by what lists without a number.
const MOST_TRADES: usize = 200;

/// A call on its way.
pub struct Call<'a, P> {
    /// The desk.
    pub sandbox: &'a Sandbox<P>,
    /// Whose call it is.
    pub account: &'a StripeAccount,
    /// The request's number.
    pub request: String,
    /// Its idempotency key.
    pub key: Option<String>,
    /// Its parameters.
    pub params: Params,
    /// Whether it is to be answered too late.
    pub is_late: bool,
}

impl<P: Ports> Call<'_, P> {
    /// Meets what a tester armed: for a trade, or for a call that opens one.
    pub async fn trouble(&mut self, trade: Option<&Trade>) -> Result<(), Refused> {
        let key = trade.map(Trade::key);
        match self.sandbox.trouble(Provider::Stripe, key.as_deref()).await? {
            Trouble::None => Ok(()),
            Trouble::Error => Err(Refused::trouble()),
            Trouble::TooLate => {
                self.is_late = true;
                Ok(())
            }
        }
    }

    /// A trade by the number of a Session.
    pub async fn session(&self, id: &str) -> Result<Option<Trade>, Refused> {
        let is_fine = id.starts_with("cs_")
            && id.len() < 100
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_fine {
            return Ok(None);
        }
        let found = self.sandbox.named(&name(Provider::Stripe, "session", id)).await?;
        Ok(self.own(found).filter(|trade| ids::session(trade) == Some(id)))
    }

    /// A trade, and the place in its lists, by a number of some kind.
    pub async fn belonging(&self, id: &str, kind: &str) -> Result<Option<(Trade, usize)>, Refused> {
        let Some((_, family, nth)) = ids::parts(id).filter(|(of, _, _)| *of == kind) else { return Ok(None) };
        let found = self.sandbox.named(&name(Provider::Stripe, "family", family)).await?;
        Ok(self.own(found).map(|trade| (trade, nth)))
    }

    /// A trade by its PaymentIntent, if that can be seen.
    pub async fn intent(&self, id: &str) -> Result<Option<(Trade, usize)>, Refused> {
        let found = self.belonging(id, "pi").await?;
        Ok(found.filter(|(trade, nth)| checkout::has_intent(trade) && *nth < trade.payments.len().max(1)))
    }

    /// A trade by one of its Charges.
    pub async fn charge(&self, id: &str) -> Result<Option<(Trade, usize)>, Refused> {
        let found = self.belonging(id, "ch").await?;
        Ok(found.filter(|(trade, nth)| *nth < trade.payments.len()))
    }

    /// The account's trades, the newest first.
    pub async fn trades(&self) -> Result<Vec<Trade>, Refused> {
        let folder = listed::folder(Provider::Stripe, &self.account.name);
        Ok(self.sandbox.newest(&folder, None, MOST_TRADES).await?.trades)
    }

    /// Opens a trade under the merchant's number, or, where that is taken, under Stripe's own.
    pub async fn open(&self, mut trade: Trade, own_id: &str) -> Result<Trade, Refused> {
        let of = |kind: &str, id: &str| name(Provider::Stripe, kind, id);
        let mut names = vec![of("family", trade.family().unwrap_or_default()), format!("tester/{own_id}")];
        names.extend(ids::session(&trade).map(|session| of("session", session)));
        if trade.payment_no != own_id && self.sandbox.trade(&trade.key()).await?.is_some() {
            own_id.clone_into(&mut trade.payment_no);
        }
        self.sandbox.add(&trade, &names).await?;
        Ok(trade)
    }

    /// Who asked, as events say it.
    pub fn cause(&self) -> Value {
        json!({ "id": self.request, "idempotency_key": self.key })
    }

    fn own(&self, trade: Option<Trade>) -> Option<Trade> {
        trade.filter(|trade| trade.provider == Provider::Stripe && trade.merchant == self.account.name)
    }
}

/// The merchant's number of a trade, where it is one that addresses can carry as it is.
pub fn payment_no(metadata: &Value, reference: Option<&str>) -> Option<String> {
    let is_plain = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let named = metadata.get("payment_no").and_then(Value::as_str);
    named.filter(is_plain).or_else(|| reference.filter(is_plain)).map(str::to_owned)
}
