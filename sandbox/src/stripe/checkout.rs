//! The Checkout Session and its line items, as views of a trade.

use serde_json::{Value, json};

use super::ids;
use super::objects::{buyer_email, customer};
use crate::books::{Trade, TradeState};
use crate::page;

/// Only an open Session can be paid or expired.
pub fn session_status(trade: &Trade) -> &'static str {
    match trade.state {
        TradeState::Closed => "expired",
        TradeState::Paid | TradeState::Processing => "complete",
        TradeState::Failed if is_submitted(trade) => "complete",
        TradeState::Unseen | TradeState::Open | TradeState::Failed => "open",
    }
}

/// Whether the buyer has completed the Session's form: an event about it was sent.
pub fn is_submitted(trade: &Trade) -> bool {
    trade.callbacks.iter().any(|callback| callback.kind == "checkout.session.completed")
}

/// Whether the PaymentIntent is visible. Since version 2022-08-01 a Session has none before its buyer tries to pay
/// (docs.stripe.com/changelog/2022-08-01/deferred-paymentintent-checkout-session).
pub fn has_intent(trade: &Trade) -> bool {
    ids::session(trade).is_none()
        || !trade.payments.is_empty()
        || matches!(trade.state, TradeState::Processing | TradeState::Failed)
        || trade.callbacks.iter().any(|callback| callback.kind.starts_with("payment_intent."))
}

pub fn session(trade: &Trade, public_url: &str) -> Value {
    let status = session_status(trade);
    let amount = trade.payments.first().map_or(trade.amount, |payment| payment.amount);
    let payment_status = if trade.payments.is_empty() { "unpaid" } else { "paid" };
    let buyer = trade.payments.first().map(|payment| {
        json!({
            "address": null, "email": buyer_email(trade, payment), "name": null, "phone": null,
            "tax_exempt": "none", "tax_ids": [],
        })
    });
    let detail = |name: &str| trade.details.get(name).cloned().unwrap_or_default();
    json!({
        "id": ids::session(trade),
        "object": "checkout.session",
        "adaptive_pricing": { "enabled": false },
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "cancel_url": detail("cancel_url"),
        "client_reference_id": detail("client_reference_id"),
        "created": trade.created_at,
        "currency": trade.currency.to_ascii_lowercase(),
        "custom_fields": [],
        "customer": customer(trade, 0),
        "customer_creation": detail("customer_creation"),
        "customer_details": buyer,
        "customer_email": detail("customer_email"),
        "expires_at": trade.payable_until,
        "livemode": false,
        "locale": detail("locale"),
        "metadata": detail("session_metadata"),
        "mode": "payment",
        "payment_intent": has_intent(trade).then(|| ids::of(trade, "pi", 0)),
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": detail("payment_method_types"),
        "payment_status": payment_status,
        "phone_number_collection": { "enabled": false },
        "shipping_options": [],
        "status": status,
        "submit_type": detail("submit_type"),
        "success_url": detail("success_url"),
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
        "ui_mode": "hosted",
        "url": (status == "open").then(|| page::address(public_url, &trade.payment_no)),
        "after_expiration": null, "allow_promotion_codes": null, "billing_address_collection": null,
        "client_secret": null, "consent": null, "currency_conversion": null, "invoice": null, "payment_link": null,
        "recovered_from": null, "setup_intent": null, "shipping_cost": null, "subscription": null,
    })
}

pub fn line_items(trade: &Trade) -> Value {
    let lines = trade.details.get("lines").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let item = |(nth, line): (usize, &Value)| {
        let total = line["unit_amount"].as_u64().unwrap_or(0).saturating_mul(line["quantity"].as_u64().unwrap_or(0));
        let currency = trade.currency.to_ascii_lowercase();
        json!({
            "id": ids::of(trade, "li", nth), "object": "item", "amount_discount": 0, "amount_subtotal": total,
            "amount_tax": 0, "amount_total": total, "currency": currency, "description": line["name"],
            "price": {
                "id": ids::of(trade, "price", nth), "object": "price", "active": false, "billing_scheme": "per_unit",
                "currency": currency, "livemode": false, "metadata": {}, "type": "one_time",
                "unit_amount": line["unit_amount"],
            },
            "quantity": line["quantity"],
        })
    };
    let items: Vec<Value> = lines.iter().enumerate().map(item).collect();
    let url = format!("/v1/checkout/sessions/{}/line_items", ids::session(trade).unwrap_or_default());
    json!({ "object": "list", "data": items, "has_more": false, "url": url })
}
