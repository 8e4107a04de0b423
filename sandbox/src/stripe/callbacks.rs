//! The events that a trade causes, and their signatures.

use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{checkout, ids, objects};
use crate::books::{DisputeState, RefundState, Trade};
use crate::callback::{Callback, Signing};
use crate::config::{Config, StripeAccount};
use crate::http::Outgoing;
use crate::random;
use crate::trade::TradeEvent;

/// The version of events, and of answers to calls that ask for none. Its Sessions have no PaymentIntent before the
/// buyer pays, and its refunds send `refund.created` and `refund.failed`.
pub const VERSION: &str = "2025-09-30.clover";

pub fn of_event(config: &Config, trade: &Trade, event: TradeEvent, now: i64) -> Vec<Callback> {
    let Some(account) = account(config, trade) else { return Vec::new() };
    let events = EventBuilder { account, public_url: &config.public_url, trade, now };
    match event {
        TradeEvent::Paid(nth) => events.paid(nth),
        TradeEvent::Processing => {
            let session = events.session("checkout.session.completed", now, &Value::Null);
            std::iter::once(events.intent("payment_intent.processing", 0, now)).chain(session).collect()
        }
        TradeEvent::Failed => {
            let session = if checkout::is_submitted(trade) {
                events.session("checkout.session.async_payment_failed", now, &Value::Null)
            } else {
                None
            };
            std::iter::once(events.intent("payment_intent.payment_failed", 0, now)).chain(session).collect()
        }
        TradeEvent::Closed => events.closed(),
        TradeEvent::Refunded(nth) => events.refunded(nth),
        TradeEvent::Disputed(nth) => events.disputed(nth).into_iter().collect(),
    }
}

/// One `v1` for every secret, and a `v0` without meaning, as in Stripe's test mode.
pub fn sign(config: &Config, trade: &Trade, callback: &Callback, signing: Signing, now: i64) -> Option<Outgoing> {
    let account = account(config, trade)?;
    // Events are stored compact, and sent indented as Stripe does.
    let content: Value = serde_json::from_str(&callback.content).ok()?;
    let body = serde_json::to_vec_pretty(&content).ok()?;
    let mut signature = format!("t={now}");
    for secret in &account.webhook_secrets {
        let secret = match signing {
            Signing::Valid => secret.clone(),
            // The right length and alphabet, but an unknown secret.
            Signing::Invalid | Signing::Probe => format!("whsec_{}", random::letters(32)),
        };
        signature.push_str(",v1=");
        signature.push_str(&mac(&secret, now, &body));
    }
    signature.push_str(",v0=");
    signature.push_str(&mac(&random::letters(32), now, &body));
    let headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ("Accept", "*/*; q=0.5, application/xml"),
        ("Cache-Control", "no-cache"),
        ("Stripe-Signature", &signature),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Some(Outgoing { url: callback.url.clone(), headers, body })
}

pub fn return_url(trade: &Trade) -> Option<String> {
    let url = trade.detail("success_url")?;
    Some(url.replace("{CHECKOUT_SESSION_ID}", ids::session(trade)?))
}

/// HMAC-SHA256 of the time, a dot and the body (docs.stripe.com/webhooks#verify-manually).
pub fn mac(secret: &str, at: i64, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    ids::hex(&mac.finalize().into_bytes())
}

fn account<'a>(config: &'a Config, trade: &Trade) -> Option<&'a StripeAccount> {
    config.stripe.iter().find(|account| account.name == trade.merchant)
}

struct EventBuilder<'a> {
    account: &'a StripeAccount,
    public_url: &'a str,
    trade: &'a Trade,
    now: i64,
}

impl EventBuilder<'_> {
    fn paid(&self, nth: usize) -> Vec<Callback> {
        let Some(payment) = self.trade.payments.get(nth) else { return Vec::new() };
        let at = payment.at;
        let charge =
            objects::charge(self.trade, nth).map(|charge| self.event("charge.succeeded", at, &charge, &Value::Null));
        // The first payment completed the Session; a second one has its own PaymentIntent.
        let session = match nth {
            0 if checkout::is_submitted(self.trade) => {
                self.session("checkout.session.async_payment_succeeded", at, &Value::Null)
            }
            0 => self.session("checkout.session.completed", at, &Value::Null),
            _ => None,
        };
        let intent = self.intent("payment_intent.succeeded", nth, at);
        [charge, Some(intent), session].into_iter().flatten().collect()
    }

    fn closed(&self) -> Vec<Callback> {
        let cause = self.trade.details.get("closed_by").cloned().unwrap_or_default();
        if ids::session(self.trade).is_none() {
            let intent = objects::intent(self.trade, 0);
            return vec![self.event("payment_intent.canceled", self.now, &intent, &cause)];
        }
        let session = self.session("checkout.session.expired", self.now, &cause);
        let intent = checkout::has_intent(self.trade)
            .then(|| self.event("payment_intent.canceled", self.now, &objects::intent(self.trade, 0), &Value::Null));
        session.into_iter().chain(intent).collect()
    }

    fn refunded(&self, nth: usize) -> Vec<Callback> {
        let Some(refund) = self.trade.refunds.get(nth) else { return Vec::new() };
        let is_new = !self
            .trade
            .callbacks
            .iter()
            .any(|callback| callback.kind == "refund.created" && callback.content.contains(&refund.id));
        let object = objects::refund(self.trade, refund);
        if is_new {
            let cause = refund.details.get("made_by").cloned().unwrap_or_default();
            let of = ids::nth(&refund.payment).unwrap_or(0);
            let charge = objects::charge(self.trade, of);
            let charge = charge.map(|charge| self.event("charge.refunded", self.now, &charge, &cause));
            return std::iter::once(self.event("refund.created", self.now, &object, &cause)).chain(charge).collect();
        }
        let updated = self.event("refund.updated", self.now, &object, &Value::Null);
        let failed =
            (refund.state == RefundState::Failed).then(|| self.event("refund.failed", self.now, &object, &Value::Null));
        std::iter::once(updated).chain(failed).collect()
    }

    fn disputed(&self, nth: usize) -> Option<Callback> {
        let object = objects::dispute(self.trade, nth)?;
        let kind = match self.trade.disputes.get(nth)?.state {
            DisputeState::Opened => "charge.dispute.created",
            DisputeState::Won | DisputeState::Lost => "charge.dispute.closed",
        };
        Some(self.event(kind, self.now, &object, &Value::Null))
    }

    fn intent(&self, kind: &str, nth: usize, at: i64) -> Callback {
        self.event(kind, at, &objects::intent(self.trade, nth), &Value::Null)
    }

    fn session(&self, kind: &str, at: i64, cause: &Value) -> Option<Callback> {
        ids::session(self.trade)?;
        Some(self.event(kind, at, &checkout::session(self.trade, self.public_url), cause))
    }

    fn event(&self, kind: &str, at: i64, object: &Value, cause: &Value) -> Callback {
        let id = format!("evt_{}", random::letters(24));
        let no_request = json!({ "id": null, "idempotency_key": null });
        let content = json!({
            "id": id,
            "object": "event",
            "api_version": VERSION,
            "created": at,
            "data": { "object": object },
            "livemode": false,
            "pending_webhooks": 1,
            "request": if cause.is_null() { &no_request } else { cause },
            "type": kind,
        });
        Callback::new(id, kind, &self.account.webhook_url, content.to_string(), self.now)
    }
}
