//! The desk at which everything comes in: requests, and deliveries that are due. Every change of a trade is load, apply,
//! save over what was read, then hand out what is to be told.

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

/// The kind of name by which a trade is found from its provider's number of a payment.
pub const TRANSACTION: &str = "transaction";
/// The kind of name by which a trade is found from its provider's number of a refund.
pub const REFUND: &str = "refund";

/// Who met somebody at every one of so many writes has a fault, not bad luck: of those who write at once one succeeds each
/// time, and a batch delivers ten callbacks of one trade side by side.
const MOST_CONFLICTS: u32 = 32;
/// How late a late callback is.
const LATE_SECONDS: u32 = 30;
/// Longer than any merchant waits for an answer.
const TOO_LONG_SECONDS: u32 = 12;

/// The sandbox, over its ports.
pub struct Sandbox<P> {
    /// Whom it plays for.
    pub config: Config,
    /// What it needs of the world.
    pub ports: P,
}

/// What a merchant's call meets before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Nothing is to be done: an error 500, in the provider's manner.
    Error,
    /// It is to be done, and answered too late: [`Sandbox::waste_time`] before the answer.
    TooLate,
}

impl<P: Ports> Sandbox<P> {
    /// Opens, unless this is production.
    pub fn open(config: Config, ports: P) -> Result<Self, Production> {
        config.check()?;
        Ok(Self { config, ports })
    }

    /// A trade by its document's name.
    pub async fn trade(&self, key: &str) -> Result<Option<Trade>, StoreError> {
        let stored = self.ports.load(key).await?;
        Ok(stored.and_then(|stored| serde_json::from_str(&stored.json).ok()))
    }

    /// Opens a trade, and names it by the numbers that calls will use for it. A trade that is there stays as it is.
    pub async fn add(&self, trade: &Trade, names: &[String]) -> Result<(), StoreError> {
        let key = trade.key();
        if self.ports.load(&key).await?.is_some() {
            return Err(StoreError::Conflict);
        }
        let own = [name(trade.provider, "payment", &trade.payment_no), format!("tester/{}", trade.payment_no)];
        let listed = listed::names(trade);
        let all = names.iter().chain(&own).chain(&listed);
        // Before the trade itself: a name that leads nowhere does no harm, and a trade without its names is lost.
        try_join_all(all.map(|name| self.name(&key, name))).await?;
        self.ports.save(&key, &json(trade), None).await
    }

    /// Gives a trade one more name. Who had it before has it no longer.
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

    /// The trade of that name.
    pub async fn named(&self, name: &str) -> Result<Option<Trade>, StoreError> {
        match self.ports.load(name).await? {
            Some(pointer) => self.trade(&pointer.json).await,
            None => Ok(None),
        }
    }

    /// Changes a trade, names it by its new payments (`payment_id`) and refunds (`refund_id`), writes down what is to be told
    /// of it, and hands that out. `None`, when there is no such trade.
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
            // Before the trade says so: a name that leads to a trade without that payment or refund does no harm.
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

    /// Sends every notice of a trade again, from its first try.
    pub async fn resend(&self, key: &str) -> Result<(), StoreError> {
        let Some(trade) = self.trade(key).await? else { return Ok(()) };
        for notice in &trade.notices {
            self.ports.enqueue(&copy(key, notice, 1), 0).await?;
        }
        Ok(())
    }

    /// What is armed for this call: on its trade, or, where it opens one, on its provider. It is used up.
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
            // Most calls meet no trouble: then nothing is written.
            let is_armed =
                |trade: &Trade| trade.armed.iter().any(|armed| matches!(armed, Fault::Answer500 | Fault::TimeOut));
            if self.trade(key).await?.is_some_and(|trade| is_armed(&trade)) {
                let changed = self.change(key, |trade, _| (spent(trade), Vec::new())).await?;
                return Ok(changed.map_or(Trouble::None, |(_, trouble)| trouble));
            }
        }
        self.armed_for_all(provider).await
    }

    /// Arms a fault for the next call to a provider, whatever it is about.
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

    /// Changes what is armed for a provider's next calls, whoever else does so. What leaves it as it is writes nothing.
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

    /// Waits longer than any merchant does.
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

/// The name of a pointer to a trade: by a number of some kind at a provider.
pub fn name(provider: Provider, kind: &str, number: &str) -> String {
    format!("name/{}/{kind}/{number}", provider.as_str())
}

/// A copy of a notice that is to be sent, and from which try on.
fn copy(key: &str, notice: &Notice, nth: u32) -> Delivery {
    Delivery { trade: key.to_owned(), notice: notice.id.clone(), nth, copy: random::letters(16) }
}

fn faults(json: Option<&str>) -> Vec<Fault> {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn json<T: serde::Serialize>(document: &T) -> String {
    // Documents are made of texts, numbers and lists: there is nothing in them that JSON cannot hold.
    serde_json::to_string(document).unwrap_or_default()
}
