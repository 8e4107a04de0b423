//! The sandbox over its ports. Every change of a trade is: load, apply, save over the version that was read,
//! enqueue the callbacks.

use futures_util::future::try_join_all;

use crate::books::Trade;
use crate::callback::Callback;
use crate::config::Config;
use crate::fault::Fault;
use crate::http::{Request, Response};
use crate::ports::{Delivery, Ports, StoreError, Stored};
use crate::provider::Provider;
use crate::trade::TradeEvent;
use crate::{alipay, listing, provider, random, stripe, tester, wechat};

/// The kind of name that leads from the provider's payment id to a trade.
pub const TRANSACTION: &str = "transaction";
/// The kind of name that leads from a refund id or number to a trade.
pub const REFUND: &str = "refund";

/// Of concurrent writers one succeeds each time, and a batch delivers ten callbacks of one trade at once: more
/// conflicts than this are a fault.
const MAX_CONFLICTS: u32 = 32;
const LATE_CALLBACK_SECONDS: u32 = 30;
/// Longer than any merchant waits for an answer.
const LATE_ANSWER_SECONDS: u32 = 12;

pub struct Sandbox<P> {
    pub config: Config,
    pub ports: P,
}

/// The fault that a tester armed for the merchant's next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFault {
    None,
    /// The call has no effect. The answer is an error 500 in the provider's format.
    Error,
    /// The call is done, and answered after [`Sandbox::delay_answer`].
    LateAnswer,
}

impl<P: Ports> Sandbox<P> {
    /// Refuses production.
    pub fn open(config: Config, ports: P) -> Result<Self, &'static str> {
        config.check()?;
        Ok(Self { config, ports })
    }

    /// Routes a request to the provider whose path it has; everything else goes to the testers' pages.
    pub async fn handle(&self, request: &Request) -> Response {
        let request = request.without_prefix(self.config.prefix());
        match request.parts().first().map(String::as_str) {
            Some("v3") => wechat::answer(self, &request).await,
            Some("gateway.do") => alipay::answer(self, &request).await,
            Some("v1") => stripe::answer(self, &request).await,
            _ => tester::answer(self, &request).await,
        }
    }

    /// Loads a trade by its store key.
    pub async fn trade(&self, key: &str) -> Result<Option<Trade>, StoreError> {
        let stored = self.ports.load(key).await?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored.json).ok()))
    }

    /// Stores a new trade, and names it by the numbers that later calls will use. An existing trade stays as it is.
    pub async fn add(&self, trade: &Trade, names: &[String]) -> Result<(), StoreError> {
        let key = trade.key();
        if self.ports.load(&key).await?.is_some() {
            return Err(StoreError::Conflict);
        }
        let own = [name(trade.provider, "payment", &trade.payment_no), format!("tester/{}", trade.payment_no)];
        let listed = listing::names(trade);
        let all = names.iter().chain(&own).chain(&listed);
        // Names come before the trade: a name that leads nowhere is harmless, a trade without names is lost.
        try_join_all(all.map(|name| self.name(&key, name))).await?;
        self.ports.save(&key, &json(trade), None).await
    }

    /// Gives a trade one more name, taking it from the trade that had it.
    pub async fn name(&self, key: &str, name: &str) -> Result<(), StoreError> {
        let point =
            |stored: Option<&Stored>| (stored.is_none_or(|stored| stored.json != key).then(|| key.to_owned()), ());
        self.update(name, async |stored| Ok(point(stored))).await
    }

    /// Loads a trade by one of its names.
    pub async fn named(&self, name: &str) -> Result<Option<Trade>, StoreError> {
        match self.ports.load(name).await? {
            Some(pointer) => self.trade(&pointer.json).await,
            None => Ok(None),
        }
    }

    /// Loads a merchant's trade by a name. No merchant finds another's trade.
    pub async fn find(&self, provider: Provider, merchant: &str, name: &str) -> Result<Option<Trade>, StoreError> {
        let found = self.named(name).await?;
        Ok(found.filter(|trade| trade.provider == provider && trade.merchant == merchant))
    }

    /// Applies a change, names the trade by its new payments and refunds, records the callbacks and enqueues them.
    /// `None` if the trade does not exist.
    pub async fn change<T>(
        &self,
        key: &str,
        mut apply: impl FnMut(&mut Trade, i64) -> (T, Option<TradeEvent>),
    ) -> Result<Option<(Trade, T)>, StoreError> {
        let changed = self
            .update(key, async |stored| {
                let Some(mut trade) = stored.and_then(|stored| serde_json::from_str::<Trade>(&stored.json).ok()) else {
                    return Ok((None, None));
                };
                let now = self.ports.now();
                let (payments, refunds, disputes) = (trade.payments.len(), trade.refunds.len(), trade.disputes.len());
                let (result, event) = apply(&mut trade, now);
                let first = trade.callbacks.len();
                // Names come before the trade: a name for a payment or refund that was not saved is harmless.
                for payment in trade.payments.iter().skip(payments) {
                    self.name(key, &name(trade.provider, TRANSACTION, &payment.id)).await?;
                }
                for refund in trade.refunds.iter().skip(refunds) {
                    self.name(key, &name(trade.provider, REFUND, &refund.id)).await?;
                }
                if trade.disputes.len() > disputes {
                    self.name(key, &listing::disputed_name(&trade)).await?;
                }
                if let Some(event) = event {
                    self.record_callbacks(&mut trade, event, now);
                }
                Ok((Some(json(&trade)), Some((trade, result, first))))
            })
            .await?;
        let Some((trade, result, first)) = changed else { return Ok(None) };
        for callback in trade.callbacks.iter().skip(first) {
            self.enqueue_copies(key, callback).await?;
        }
        Ok(Some((trade, result)))
    }

    /// [`Self::change`] by a function that can refuse. What it did to the trade before it refused is saved too.
    pub async fn try_change<T, E>(
        &self,
        key: &str,
        mut apply: impl FnMut(&mut Trade, i64) -> Result<(T, Option<TradeEvent>), E>,
    ) -> Result<Option<(Trade, Result<T, E>)>, StoreError> {
        let apply = |trade: &mut Trade, now| match apply(trade, now) {
            Ok((result, event)) => (Ok(result), event),
            Err(refused) => (Err(refused), None),
        };
        self.change(key, apply).await
    }

    /// Sends every callback of a trade again, from the first attempt.
    pub async fn resend(&self, key: &str) -> Result<(), StoreError> {
        let Some(trade) = self.trade(key).await? else { return Ok(()) };
        for callback in &trade.callbacks {
            self.ports.enqueue(&new_copy(key, callback, 1), 0).await?;
        }
        Ok(())
    }

    /// Takes the fault that is armed for this call: on its trade, or else on its provider.
    pub async fn take_call_fault(&self, provider: Provider, key: Option<&str>) -> Result<CallFault, StoreError> {
        let use_up = |trade: &mut Trade| {
            if trade.use_fault(Fault::Answer500) {
                CallFault::Error
            } else if trade.use_fault(Fault::TimeOut) {
                CallFault::LateAnswer
            } else {
                CallFault::None
            }
        };
        if let Some(key) = key {
            // Without an armed fault nothing is written.
            let is_armed = |trade: &Trade| trade.armed.iter().any(|armed| armed.is_for_calls());
            if self.trade(key).await?.is_some_and(|trade| is_armed(&trade)) {
                let changed = self.change(key, |trade, _| (use_up(trade), None)).await?;
                return Ok(changed.map_or(CallFault::None, |(_, fault)| fault));
            }
        }
        let take = |armed: &mut Vec<Fault>| (!armed.is_empty()).then(|| armed.remove(0));
        Ok(match self.change_armed(provider, take).await? {
            Some(Fault::Answer500) => CallFault::Error,
            Some(Fault::TimeOut) => CallFault::LateAnswer,
            Some(
                Fault::LoseCallback
                | Fault::ThreeCallbacks
                | Fault::LateCallback
                | Fault::BadSignature
                | Fault::Probe
                | Fault::RefuseRefund
                | Fault::RefundLater
                | Fault::RefundAbnormal,
            )
            | None => CallFault::None,
        })
    }

    /// Arms a fault for the next call to a provider, whatever trade it concerns.
    pub async fn arm_for_all(&self, provider: Provider, fault: Fault) -> Result<(), StoreError> {
        self.change_armed(provider, |armed| armed.push(fault)).await
    }

    /// Changes the faults that are armed for a provider's next calls. An unchanged list is not written.
    async fn change_armed<T>(
        &self,
        provider: Provider,
        change: impl Fn(&mut Vec<Fault>) -> T,
    ) -> Result<T, StoreError> {
        let change = |stored: Option<&Stored>| {
            let before: Vec<Fault> =
                stored.and_then(|stored| serde_json::from_str(&stored.json).ok()).unwrap_or_default();
            let mut armed = before.clone();
            let result = change(&mut armed);
            ((armed != before).then(|| json(&armed)), result)
        };
        self.update(&format!("armed/{}", provider.as_str()), async |stored| Ok(change(stored))).await
    }

    /// Changes one document: `change` returns the new text, or `None` to leave the document as it is. It runs again
    /// after each write in between.
    async fn update<T>(
        &self,
        name: &str,
        mut change: impl AsyncFnMut(Option<&Stored>) -> Result<(Option<String>, T), StoreError>,
    ) -> Result<T, StoreError> {
        for _ in 0..MAX_CONFLICTS {
            let stored = self.ports.load(name).await?;
            let (text, result) = change(stored.as_ref()).await?;
            let Some(text) = text else { return Ok(result) };
            match self.ports.save(name, &text, stored.map(|stored| stored.version)).await {
                Ok(()) => return Ok(result),
                Err(StoreError::Conflict) => {}
                Err(error @ (StoreError::TooLarge | StoreError::Unavailable)) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    pub async fn delay_answer(&self) {
        self.ports.sleep(LATE_ANSWER_SECONDS).await;
    }

    fn record_callbacks(&self, trade: &mut Trade, event: TradeEvent, now: i64) {
        let callbacks = provider::callbacks(&self.config, trade, event, now);
        if callbacks.is_empty() {
            return;
        }
        let mut faults =
            vec![Fault::LoseCallback, Fault::ThreeCallbacks, Fault::LateCallback, Fault::BadSignature, Fault::Probe];
        faults.retain(|fault| trade.use_fault(*fault));
        trade.callbacks.extend(callbacks.into_iter().map(|callback| Callback { faults: faults.clone(), ..callback }));
    }

    async fn enqueue_copies(&self, key: &str, callback: &Callback) -> Result<(), StoreError> {
        if callback.faults.contains(&Fault::LoseCallback) {
            return Ok(());
        }
        let delay = if callback.faults.contains(&Fault::LateCallback) { LATE_CALLBACK_SECONDS } else { 0 };
        let copies = if callback.faults.contains(&Fault::ThreeCallbacks) { 3 } else { 1 };
        for _ in 0..copies {
            self.ports.enqueue(&new_copy(key, callback, 0), delay).await?;
        }
        Ok(())
    }
}

/// The name of a pointer to a trade: `kind` says what the number is.
pub fn name(provider: Provider, kind: &str, number: &str) -> String {
    format!("name/{}/{kind}/{number}", provider.as_str())
}

/// A delivery of a new copy of a callback, beginning with attempt `nth`.
fn new_copy(key: &str, callback: &Callback, nth: u32) -> Delivery {
    Delivery { trade: key.to_owned(), callback: callback.id.clone(), nth, copy: random::letters(16) }
}

fn json<T: serde::Serialize>(document: &T) -> String {
    // Documents contain nothing that JSON cannot hold.
    serde_json::to_string(document).unwrap_or_default()
}
