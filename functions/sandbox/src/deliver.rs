//! Delivering notices: one try now, and the next one by the provider's schedule until somebody takes it.

use crate::desk::Sandbox;
use crate::notice::Try;
use crate::players;
use crate::ports::{Delivery, Ports, StoreError};

impl<P: Ports> Sandbox<P> {
    /// Makes one try. What was taken already is not sent again by schedule, only by a copy that was asked for.
    pub async fn deliver(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let Some(trade) = self.trade(&delivery.trade).await? else { return Ok(()) };
        let Some(notice) = trade.notices.iter().find(|notice| notice.id == delivery.notice) else { return Ok(()) };
        let signing = notice.signing(delivery.nth);
        let now = self.ports.now();
        let Some(outgoing) = players::sign(&self.config, &trade, notice, signing, now) else { return Ok(()) };
        let answer = self.ports.post(&outgoing).await;
        let status = answer.as_ref().map(|(status, _)| *status);
        let accepted = answer.is_some_and(|(status, body)| players::is_taken(trade.provider, status, &body));
        let made = Try { at: now, status, accepted };
        self.change(&delivery.trade, |trade, _| {
            if let Some(notice) = trade.notices.iter_mut().find(|notice| notice.id == delivery.notice) {
                notice.tries.push(made.clone());
            }
            ((), Vec::new())
        })
        .await?;
        let nth = usize::try_from(delivery.nth).unwrap_or(usize::MAX);
        match players::schedule(trade.provider).get(nth) {
            Some(delay) if !accepted => {
                let next = Delivery { nth: delivery.nth.saturating_add(1), ..delivery.clone() };
                self.ports.enqueue(&next, *delay).await
            }
            _ => Ok(()),
        }
    }
}
