//! A call of Stripe's API, and how it finds a trade by any of its ids. It never finds another account's trade.

use serde_json::{Value, json};

use super::error::Refused;
use super::params::Params;
use super::{checkout, expand, ids};
use crate::books::Trade;
use crate::config::StripeAccount;
use crate::listing;
use crate::ports::{Ports, StoreError};
use crate::provider::Provider;
use crate::sandbox::{CallFault, Sandbox, name};
use crate::trade::TradeEvent;

/// How many of an account's trades a list without an id reads.
const MAX_TRADES: usize = 200;

pub struct Call<'a, P> {
    pub sandbox: &'a Sandbox<P>,
    pub account: &'a StripeAccount,
    /// The id of the request.
    pub request: String,
    /// The idempotency key.
    pub key: Option<String>,
    pub params: Params,
    /// Whether the answer is delayed until the merchant no longer waits for it.
    pub is_late: bool,
}

impl<P: Ports> Call<'_, P> {
    /// Takes the fault that a tester armed, for the trade or for a call that opens one.
    pub async fn take_call_fault(&mut self, trade: Option<&Trade>) -> Result<(), Refused> {
        let key = trade.map(Trade::key);
        match self.sandbox.take_call_fault(Provider::Stripe, key.as_deref()).await? {
            CallFault::None => Ok(()),
            CallFault::Error => Err(Refused::armed_error()),
            CallFault::LateAnswer => {
                self.is_late = true;
                Ok(())
            }
        }
    }

    /// Takes the parameters, and the paths of `expand` apart from the others.
    pub fn take_params(&mut self) -> Result<(Params, Vec<String>), Refused> {
        let mut params = std::mem::take(&mut self.params);
        let paths = expand::paths(&mut params)?;
        Ok((params, paths))
    }

    /// Takes the paths of `expand`, and refuses all other parameters.
    pub fn only_expand(&mut self) -> Result<Vec<String>, Refused> {
        let (params, paths) = self.take_params()?;
        params.refuse_rest().map(|()| paths)
    }

    pub async fn change<T>(
        &self,
        trade: &Trade,
        apply: impl FnMut(&mut Trade, i64) -> Result<(T, Option<TradeEvent>), Refused>,
    ) -> Result<(Trade, T), Refused> {
        let changed = self.sandbox.try_change(&trade.key(), apply).await?;
        let (trade, result) = changed.ok_or(StoreError::Unavailable)?;
        Ok((trade, result?))
    }

    pub async fn session(&self, id: &str) -> Result<Option<Trade>, Refused> {
        let is_fine = id.starts_with("cs_")
            && id.len() < 100
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_fine {
            return Ok(None);
        }
        let found = self.find("session", id).await?;
        Ok(found.filter(|trade| ids::session(trade) == Some(id)))
    }

    /// A trade, and the place in its lists, by an id of that kind.
    pub async fn by_object_id(&self, id: &str, kind: &str) -> Result<Option<(Trade, usize)>, Refused> {
        let Some((_, family, nth)) = ids::parts(id).filter(|(of, _, _)| *of == kind) else { return Ok(None) };
        Ok(self.find("family", family).await?.map(|trade| (trade, nth)))
    }

    /// The trade of a PaymentIntent that is visible.
    pub async fn intent(&self, id: &str) -> Result<Option<(Trade, usize)>, Refused> {
        let found = self.by_object_id(id, "pi").await?;
        Ok(found.filter(|(trade, nth)| checkout::has_intent(trade) && *nth < trade.payments.len().max(1)))
    }

    pub async fn charge(&self, id: &str) -> Result<Option<(Trade, usize)>, Refused> {
        let found = self.by_object_id(id, "ch").await?;
        Ok(found.filter(|(trade, nth)| *nth < trade.payments.len()))
    }

    /// The account's trades, newest first.
    pub async fn trades(&self) -> Result<Vec<Trade>, Refused> {
        let folder = listing::folder(Provider::Stripe, &self.account.name);
        Ok(self.sandbox.newest(&folder, None, MAX_TRADES).await?.trades)
    }

    /// The account's trades with a dispute, newest first.
    pub async fn disputed_trades(&self) -> Result<Vec<Trade>, Refused> {
        let folder = listing::disputed_folder(Provider::Stripe, &self.account.name);
        Ok(self.sandbox.newest(&folder, None, MAX_TRADES).await?.trades)
    }

    /// Opens a trade under the merchant's number or, if that is taken, under Stripe's own.
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

    /// The request as events name it.
    pub fn cause(&self) -> Value {
        json!({ "id": self.request, "idempotency_key": self.key })
    }

    async fn find(&self, kind: &str, id: &str) -> Result<Option<Trade>, StoreError> {
        self.sandbox.find(Provider::Stripe, &self.account.name, &name(Provider::Stripe, kind, id)).await
    }
}

/// The merchant's number, if an address can carry it unchanged.
pub fn payment_no(metadata: &Value, reference: Option<&str>) -> Option<String> {
    let is_plain = |text: &&str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let named = metadata.get("payment_no").and_then(Value::as_str);
    named.filter(is_plain).or_else(|| reference.filter(is_plain)).map(str::to_owned)
}
