//! The sandbox over its ports. Every change of a trade is: load, apply, save over the version that was read,
//! enqueue the callbacks.

use futures_util::future::try_join_all;

use crate::books::Trade;
use crate::config::{Config, Production};
use crate::fault::Fault;
use crate::happen::Happened;
use crate::listed;
use crate::notice::Notice;
use crate::players;
use crate::ports::{Delivery, Ports, StoreError};
use crate::provider::Provider;
use crate::random;

/// The kind of name that leads from the provider's payment id to a trade.
pub const TRANSACTION: &str = "transaction";
/// The kind of name that leads from the provider's refund id to a trade.
pub const REFUND: &str = "refund";

/// Of concurrent writers one succeeds each time, and a batch delivers ten callbacks of one trade at once: more
/// conflicts than this are a fault.
const MOST_CONFLICTS: u32 = 32;
const LATE_SECONDS: u32 = 30;
/// Longer than any merchant waits for an answer.
const TOO_LONG_SECONDS: u32 = 12;

pub struct Sandbox<P> {
    pub config: Config,
    pub ports: P,
}

/// The fault that a tester set for the merchant's next call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// The call has no effect. The answer is an error 500 in the provider's format.
    Error,
    /// The call is done, and answered after [`Sandbox::waste_time`].
    TooLate,
}

impl<P: Ports> Sandbox<P> {
    /// Refuses production.
    pub fn open(config: Config, ports: P) -> Result<Self, Production> {
        config.check()?;
        Ok(Self { config, ports })
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
        let listed = listed::names(trade);
        let all = names.iter().chain(&own).chain(&listed);
        // Names come before the trade: a name that leads nowhere is harmless, a trade without names is lost.
        try_join_all(all.map(|name| self.name(&key, name))).await?;
        self.ports.save(&key, &json(trade), None).await
    }

    /// Gives a trade one more name, taking it from the trade that had it.
    pub async fn name(&self, key: &str, name: &str) -> Result<(), StoreError> {
        for _ in 0..MOST_CONFLICTS {
            let stored = self.ports.load(name).await?;
            if stored.as_ref().is_some_and(|stored| stored.json == key) {
                return Ok(());
            }
            match self.ports.save(name, key, stored.map(|stored| stored.version)).await {
                Err(StoreError::Conflict) => {}
                done => return done,
            }
        }
        Err(StoreError::Conflict)
    }

    /// Loads a trade by one of its names.
    pub async fn named(&self, name: &str) -> Result<Option<Trade>, StoreError> {
        match self.ports.load(name).await? {
            Some(pointer) => self.trade(&pointer.json).await,
            None => Ok(None),
        }
    }

    /// Applies a change, names the trade by its new payments and refunds, records the callbacks and enqueues them.
    /// `None` if the trade does not exist.
    pub async fn change<T>(
        &self,
        key: &str,
        mut apply: impl FnMut(&mut Trade, i64) -> (T, Vec<Happened>),
    ) -> Result<Option<(Trade, T)>, StoreError> {
        for _ in 0..MOST_CONFLICTS {
            let Some(stored) = self.ports.load(key).await? else { return Ok(None) };
            let Ok(mut trade) = serde_json::from_str::<Trade>(&stored.json) else { return Ok(None) };
            let now = self.ports.now();
            let (payments, refunds) = (trade.payments.len(), trade.refunds.len());
            let (result, happened) = apply(&mut trade, now);
            let first = trade.notices.len();
            // Names come before the trade: a name for a payment or refund that was not saved is harmless.
            for payment in trade.payments.iter().skip(payments) {
                self.name(key, &name(trade.provider, TRANSACTION, &payment.id)).await?;
            }
            for refund in trade.refunds.iter().skip(refunds) {
                self.name(key, &name(trade.provider, REFUND, &refund.id)).await?;
            }
            for one in happened {
                self.write_down(&mut trade, one, now);
            }
            match self.ports.save(key, &json(&trade), Some(stored.version)).await {
                Ok(()) => {
                    for notice in trade.notices.iter().skip(first) {
                        self.hand_out(key, notice).await?;
                    }
                    return Ok(Some((trade, result)));
                }
                Err(StoreError::Conflict) => {}
                Err(error @ (StoreError::TooLarge | StoreError::Unavailable)) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    /// Sends every callback of a trade again, from the first attempt.
    pub async fn resend(&self, key: &str) -> Result<(), StoreError> {
        let Some(trade) = self.trade(key).await? else { return Ok(()) };
        for notice in &trade.notices {
            self.ports.enqueue(&copy(key, notice, 1), 0).await?;
        }
        Ok(())
    }

    /// Takes the fault that is armed for this call: on its trade, or else on its provider.
    pub async fn trouble(&self, provider: Provider, key: Option<&str>) -> Result<Trouble, StoreError> {
        let spent = |trade: &mut Trade| {
            if trade.spend(Fault::Answer500) {
                Trouble::Error
            } else if trade.spend(Fault::TimeOut) {
                Trouble::TooLate
            } else {
                Trouble::None
            }
        };
        if let Some(key) = key {
            // Without an armed fault nothing is written.
            let is_armed =
                |trade: &Trade| trade.armed.iter().any(|armed| matches!(armed, Fault::Answer500 | Fault::TimeOut));
            if self.trade(key).await?.is_some_and(|trade| is_armed(&trade)) {
                let changed = self.change(key, |trade, _| (spent(trade), Vec::new())).await?;
                return Ok(changed.map_or(Trouble::None, |(_, trouble)| trouble));
            }
        }
        self.armed_for_all(provider).await
    }

    /// Arms a fault for the next call to a provider, whatever trade it concerns.
    pub async fn arm_for_all(&self, provider: Provider, fault: Fault) -> Result<(), StoreError> {
        self.rearm(provider, |armed| armed.push(fault)).await
    }

    async fn armed_for_all(&self, provider: Provider) -> Result<Trouble, StoreError> {
        let take = |armed: &mut Vec<Fault>| (!armed.is_empty()).then(|| armed.remove(0));
        let Some(first) = self.rearm(provider, take).await? else { return Ok(Trouble::None) };
        Ok(match first {
            Fault::Answer500 => Trouble::Error,
            Fault::TimeOut => Trouble::TooLate,
            Fault::LoseCallback
            | Fault::ThreeCallbacks
            | Fault::LateCallback
            | Fault::BadSignature
            | Fault::Probe
            | Fault::RefuseRefund
            | Fault::RefundLater
            | Fault::RefundAbnormal => Trouble::None,
        })
    }

    /// Changes what is armed for a provider's next calls. An unchanged list is not written.
    async fn rearm<T>(&self, provider: Provider, change: impl Fn(&mut Vec<Fault>) -> T) -> Result<T, StoreError> {
        let name = format!("armed/{}", provider.as_str());
        for _ in 0..MOST_CONFLICTS {
            let stored = self.ports.load(&name).await?;
            let before = faults(stored.as_ref().map(|stored| stored.json.as_str()));
            let mut armed = before.clone();
            let result = change(&mut armed);
            if armed == before {
                return Ok(result);
            }
            match self.ports.save(&name, &json(&armed), stored.map(|stored| stored.version)).await {
                Ok(()) => return Ok(result),
                Err(StoreError::Conflict) => {}
                Err(error @ (StoreError::TooLarge | StoreError::Unavailable)) => return Err(error),
            }
        }
        Err(StoreError::Conflict)
    }

    pub async fn waste_time(&self) {
        self.ports.sleep(TOO_LONG_SECONDS).await;
    }

    fn write_down(&self, trade: &mut Trade, happened: Happened, now: i64) {
        let armed =
            [Fault::LoseCallback, Fault::ThreeCallbacks, Fault::LateCallback, Fault::BadSignature, Fault::Probe];
        let news = players::news(&self.config, trade, happened, now);
        let faults: Vec<Fault> =
            if news.is_empty() { Vec::new() } else { armed.into_iter().filter(|fault| trade.spend(*fault)).collect() };
        trade.notices.extend(news.into_iter().map(|news| Notice {
            id: news.id,
            kind: news.kind,
            url: news.url,
            content: news.content,
            at: now,
            faults: faults.clone(),
            tries: Vec::new(),
        }));
    }

    async fn hand_out(&self, key: &str, notice: &Notice) -> Result<(), StoreError> {
        if notice.faults.contains(&Fault::LoseCallback) {
            return Ok(());
        }
        let delay = if notice.faults.contains(&Fault::LateCallback) { LATE_SECONDS } else { 0 };
        let copies = if notice.faults.contains(&Fault::ThreeCallbacks) { 3 } else { 1 };
        for _ in 0..copies {
            self.ports.enqueue(&copy(key, notice, 0), delay).await?;
        }
        Ok(())
    }
}

/// The name of a pointer to a trade: `kind` says what the number is.
pub fn name(provider: Provider, kind: &str, number: &str) -> String {
    format!("name/{}/{kind}/{number}", provider.as_str())
}

/// A delivery of a new copy of a callback, beginning with attempt `nth`.
fn copy(key: &str, notice: &Notice, nth: u32) -> Delivery {
    Delivery { trade: key.to_owned(), notice: notice.id.clone(), nth, copy: random::letters(16) }
}

fn faults(json: Option<&str>) -> Vec<Fault> {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn json<T: serde::Serialize>(document: &T) -> String {
    // Documents contain nothing that JSON cannot hold.
    serde_json::to_string(document).unwrap_or_default()
}
