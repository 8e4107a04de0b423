//! Sends one attempt of a callback, and plans the next one by the provider's schedule until the merchant accepts
//! it.

use crate::books::Trade;
use crate::desk::Sandbox;
use crate::notice::{Notice, Try};
use crate::players;
use crate::ports::{Delivery, Ports, StoreError};

impl<P: Ports> Sandbox<P> {
    /// A delivery that the queue hands out twice is sent once, if its first attempt was recorded; the next attempt is
    /// planned in both cases.
    pub async fn deliver(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let Some(trade) = self.trade(&delivery.trade).await? else { return Ok(()) };
        let Some(notice) = trade.notices.iter().find(|notice| notice.id == delivery.notice) else { return Ok(()) };
        let made = notice.tries.iter().find(|made| made.copy == delivery.copy && made.nth == delivery.nth);
        let accepted = match made {
            Some(made) => made.accepted,
            None => match self.attempt(&trade, notice, delivery).await? {
                Some(accepted) => accepted,
                None => return Ok(()),
            },
        };
        let nth = usize::try_from(delivery.nth).unwrap_or(usize::MAX);
        match players::schedule(trade.provider).get(nth) {
            Some(delay) if !accepted => {
                let next = Delivery { nth: delivery.nth.saturating_add(1), ..delivery.clone() };
                self.ports.enqueue(&next, *delay).await
            }
            _ => Ok(()),
        }
    }

    /// Sends the callback, records the attempt, and returns whether the merchant accepted it; `None` if there is
    /// nothing to send.
    async fn attempt(&self, trade: &Trade, notice: &Notice, delivery: &Delivery) -> Result<Option<bool>, StoreError> {
        let now = self.ports.now();
        let signing = notice.signing(delivery.nth);
        let Some(outgoing) = players::sign(&self.config, trade, notice, signing, now) else { return Ok(None) };
        let answer = self.ports.post(&outgoing).await;
        let status = answer.as_ref().map(|(status, _)| *status);
        let accepted = answer.is_some_and(|(status, body)| players::is_taken(trade.provider, status, &body));
        let made = Try { at: now, status, accepted, copy: delivery.copy.clone(), nth: delivery.nth };
        self.change(&delivery.trade, |trade, _| {
            if let Some(notice) = trade.notices.iter_mut().find(|notice| notice.id == delivery.notice) {
                notice.tries.push(made.clone());
            }
            ((), Vec::new())
        })
        .await?;
        Ok(Some(accepted))
    }
}
