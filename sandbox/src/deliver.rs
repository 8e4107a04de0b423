//! Sends one attempt of a callback, and plans the next one by the provider's schedule until the merchant accepts
//! it.

use crate::books::Trade;
use crate::callback::{Callback, DeliveryAttempt};
use crate::ports::{Delivery, Ports, StoreError};
use crate::provider;
use crate::sandbox::Sandbox;

impl<P: Ports> Sandbox<P> {
    /// A delivery that the queue hands out twice is sent once, if its first attempt was recorded; the next attempt is
    /// planned in both cases.
    pub async fn deliver(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let Some(trade) = self.trade(&delivery.trade).await? else { return Ok(()) };
        let Some(callback) = trade.callbacks.iter().find(|callback| callback.id == delivery.callback) else {
            return Ok(());
        };
        let made = callback.attempts.iter().find(|made| made.copy == delivery.copy && made.nth == delivery.nth);
        let accepted = match made {
            Some(made) => made.accepted,
            None => match self.attempt(&trade, callback, delivery).await? {
                Some(accepted) => accepted,
                None => return Ok(()),
            },
        };
        let nth = usize::try_from(delivery.nth).unwrap_or(usize::MAX);
        match trade.provider.schedule().get(nth) {
            Some(delay) if !accepted => {
                let next = Delivery { nth: delivery.nth.saturating_add(1), ..delivery.clone() };
                self.ports.enqueue(&next, *delay).await
            }
            _ => Ok(()),
        }
    }

    /// Sends the callback, records the attempt, and returns whether the merchant accepted it; `None` if there is
    /// nothing to send.
    async fn attempt(
        &self,
        trade: &Trade,
        callback: &Callback,
        delivery: &Delivery,
    ) -> Result<Option<bool>, StoreError> {
        let now = self.ports.now();
        let signing = callback.signing(delivery.nth);
        let Some(outgoing) = provider::sign(&self.config, trade, callback, signing, now) else { return Ok(None) };
        let answer = self.ports.post(&outgoing).await;
        let status = answer.as_ref().map(|(status, _)| *status);
        let accepted = answer.is_some_and(|(status, body)| trade.provider.accepts(status, &body));
        let made = DeliveryAttempt { at: now, status, accepted, copy: delivery.copy.clone(), nth: delivery.nth };
        self.change(&delivery.trade, |trade, _| {
            if let Some(callback) = trade.callbacks.iter_mut().find(|callback| callback.id == delivery.callback) {
                callback.attempts.push(made.clone());
            }
            ((), None)
        })
        .await?;
        Ok(Some(accepted))
    }
}
