//! PaymentIntent, Charge, Refund and Dispute as views of one trade, made from the books each time, so that they
//! cannot contradict each other.

use serde_json::{Map, Value, json};

use super::ids;
use crate::books::{DisputeState, Payment, Refund, RefundState, Trade, TradeState};

/// Only the first PaymentIntent can be unpaid.
pub fn intent(trade: &Trade, nth: usize) -> Value {
    let payment = trade.payments.get(nth);
    let id = ids::of(trade, "pi", nth);
    let status = match (payment, trade.state) {
        (Some(_), _) => "succeeded",
        (None, TradeState::Processing) => "processing",
        (None, TradeState::Closed) => "canceled",
        (None, TradeState::Unseen | TradeState::Open | TradeState::Failed | TradeState::Paid) => {
            "requires_payment_method"
        }
    };
    let failure = (payment.is_none() && trade.state == TradeState::Failed).then(|| {
        json!({
            "code": "card_declined", "decline_code": "generic_decline", "message": "Your card was declined.",
            "doc_url": "https://stripe.com/docs/error-codes/card-declined", "type": "card_error",
        })
    });
    let detail = |name: &str| trade.details.get(name).cloned().unwrap_or_default();
    let secret = trade.detail("secret").unwrap_or_default();
    let amount = payment.map_or(trade.amount, |payment| payment.amount);
    json!({
        "id": id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": { "tip": {} },
        "amount_received": payment.map_or(0, |payment| payment.amount),
        "automatic_payment_methods": detail("automatic_payment_methods"),
        "canceled_at": (status == "canceled").then(|| detail("closed_at")),
        "cancellation_reason": (status == "canceled").then(|| detail("cancellation_reason")),
        "capture_method": "automatic_async",
        "client_secret": format!("{id}_secret_{secret}"),
        "confirmation_method": "automatic",
        "created": created(trade, payment),
        "currency": trade.currency.to_ascii_lowercase(),
        "customer": customer(trade, nth),
        "description": detail("description"),
        "last_payment_error": failure,
        "latest_charge": payment.map(|_| ids::of(trade, "ch", nth)),
        "livemode": false,
        "metadata": detail("intent_metadata"),
        "payment_method": payment.map(|_| ids::of(trade, "pm", nth)),
        "payment_method_options": {},
        "payment_method_types": detail("payment_method_types"),
        "receipt_email": detail("receipt_email"),
        "status": status,
        "application": null, "application_fee_amount": null, "next_action": null, "on_behalf_of": null,
        "payment_method_configuration_details": null, "processing": null, "review": null, "setup_future_usage": null,
        "shipping": null, "source": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
        "transfer_data": null, "transfer_group": null,
    })
}

pub fn charge(trade: &Trade, nth: usize) -> Option<Value> {
    let payment = trade.payments.get(nth)?;
    let back = trade.refunded_or_pending(&payment.id);
    let is_disputed = trade.disputes.iter().any(|dispute| dispute.payment == payment.id);
    let detail = |name: &str| trade.details.get(name).cloned().unwrap_or_default();
    Some(json!({
        "id": ids::of(trade, "ch", nth),
        "object": "charge",
        "amount": payment.amount,
        "amount_captured": payment.amount,
        // Pending refunds count, failed ones do not.
        "amount_refunded": back,
        "balance_transaction": ids::of(trade, "txn", nth),
        "billing_details": { "address": null, "email": buyer_email(trade, payment), "name": null, "phone": null },
        "calculated_statement_descriptor": "SANDBOX",
        "captured": true,
        "created": payment.at,
        "currency": trade.currency.to_ascii_lowercase(),
        "customer": customer(trade, nth),
        "description": detail("description"),
        "disputed": is_disputed,
        "fraud_details": {},
        "livemode": false,
        "metadata": detail("intent_metadata"),
        "outcome": {
            "network_status": "approved_by_network", "reason": null, "risk_level": "normal",
            "seller_message": "Payment complete.", "type": "authorized",
        },
        "paid": true,
        "payment_intent": payment.id,
        "payment_method": ids::of(trade, "pm", nth),
        "payment_method_details": {
            "card": { "brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2040, "funding": "credit",
                      "last4": "4242", "network": "visa" },
            "type": "card",
        },
        "receipt_email": detail("receipt_email"),
        "refunded": back >= payment.amount,
        "status": "succeeded",
        "application": null, "application_fee": null, "application_fee_amount": null,
        "failure_balance_transaction": null, "failure_code": null, "failure_message": null, "on_behalf_of": null,
        "receipt_number": null, "receipt_url": null, "review": null, "shipping": null, "source": null,
        "statement_descriptor": null, "statement_descriptor_suffix": null, "transfer_data": null,
        "transfer_group": null,
    }))
}

pub fn refund(trade: &Trade, refund: &Refund) -> Value {
    let nth = ids::nth(&refund.payment).unwrap_or(0);
    let status = match refund.state {
        RefundState::Processing => "pending",
        RefundState::Succeeded => "succeeded",
        RefundState::Failed => "failed",
        RefundState::Abnormal => "requires_action",
    };
    let mut object = json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": ids::other(&refund.id, "txn_r"),
        "charge": ids::of(trade, "ch", nth),
        "created": refund.at,
        "currency": trade.currency.to_ascii_lowercase(),
        "destination_details": { "card": { "reference_status": "pending", "reference_type": "acquirer_reference_number",
                                           "type": "refund" }, "type": "card" },
        "metadata": refund.details.get("metadata").cloned().unwrap_or_else(|| json!({})),
        "payment_intent": refund.payment,
        "reason": refund.details.get("reason"),
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": status,
        "transfer_reversal": null,
    });
    match refund.state {
        RefundState::Processing => object["pending_reason"] = json!("processing"),
        RefundState::Failed => {
            object["failure_reason"] = json!("expired_or_canceled_card");
            object["failure_balance_transaction"] = json!(ids::other(&refund.id, "txn_f"));
        }
        RefundState::Abnormal => {
            let email = trade.payments.get(nth).map(|payment| buyer_email(trade, payment));
            object["next_action"] = json!({
                "type": "display_details",
                "display_details": {
                    "email_sent": { "email_sent_at": refund.at, "email_sent_to": email },
                    "expires_at": refund.at.saturating_add(45 * 86_400),
                },
            });
        }
        RefundState::Succeeded => {}
    }
    object
}

pub fn dispute(trade: &Trade, nth: usize) -> Option<Value> {
    let dispute = trade.disputes.get(nth)?;
    let payment = ids::nth(&dispute.payment).unwrap_or(0);
    let status = match dispute.state {
        DisputeState::Opened => "needs_response",
        DisputeState::Won => "won",
        DisputeState::Lost => "lost",
    };
    let is_open = dispute.state == DisputeState::Opened;
    Some(json!({
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "balance_transactions": [],
        "charge": ids::of(trade, "ch", payment),
        "created": dispute.at,
        "currency": trade.currency.to_ascii_lowercase(),
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": dispute.at.saturating_add(7 * 86_400), "has_evidence": !is_open, "past_due": false,
            "submission_count": i32::from(!is_open),
        },
        "is_charge_refundable": false,
        "livemode": false,
        "metadata": {},
        "payment_intent": dispute.payment,
        "payment_method_details": { "card": { "brand": "visa", "case_type": "chargeback", "network_reason_code": "83" },
                                    "type": "card" },
        "reason": "fraudulent",
        "status": status,
    }))
}

pub fn payment_method(trade: &Trade, nth: usize) -> Option<Value> {
    let payment = trade.payments.get(nth)?;
    Some(json!({
        "id": ids::of(trade, "pm", nth), "object": "payment_method", "allow_redisplay": "limited",
        "billing_details": { "address": null, "email": buyer_email(trade, payment), "name": null, "phone": null },
        "card": { "brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2040, "funding": "credit", "last4": "4242" },
        "created": payment.at, "customer": null, "livemode": false, "metadata": {}, "type": "card",
    }))
}

/// The sandbox takes no fee.
pub fn balance_transaction(trade: &Trade, nth: usize) -> Option<Value> {
    let payment = trade.payments.get(nth)?;
    Some(json!({
        "id": ids::of(trade, "txn", nth), "object": "balance_transaction", "amount": payment.amount,
        "available_on": payment.at, "created": payment.at, "currency": trade.currency.to_ascii_lowercase(),
        "description": null, "exchange_rate": null, "fee": 0, "fee_details": [], "net": payment.amount,
        "reporting_category": "charge", "source": ids::of(trade, "ch", nth), "status": "available", "type": "charge",
    }))
}

/// Null removes a key.
pub fn without_nulls(metadata: Map<String, Value>) -> Value {
    Value::Object(metadata.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

/// A Session's PaymentIntent is created when the buyer pays.
fn created(trade: &Trade, payment: Option<&Payment>) -> i64 {
    match payment {
        Some(payment) if ids::session(trade).is_some() => payment.at,
        _ => trade.created_at,
    }
}

/// Guests are not customers, unless the Session creates one for every buyer.
pub fn customer(trade: &Trade, nth: usize) -> Option<String> {
    let is_always = trade.details.get("customer_creation").is_some_and(|creation| creation == "always");
    trade.payments.get(nth).filter(|_| is_always).map(|payment| payment.buyer.clone())
}

pub fn buyer_email(trade: &Trade, payment: &Payment) -> String {
    trade
        .detail("customer_email")
        .map_or_else(|| format!("{}@example.com", payment.buyer.to_ascii_lowercase()), str::to_owned)
}
