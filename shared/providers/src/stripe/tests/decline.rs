//! Why payments were declined: each code of Stripe's that is told apart, and which states tell of it.

use till_domain::order::Decline;

use super::*;
use crate::stripe::decline;
use crate::stripe::wire::PaymentIntent;

fn of(status: &str, error: Value) -> Option<Says> {
    let tried: PaymentIntent =
        serde_json::from_value(with(&intent(status), "last_payment_error", error)).expect("a PaymentIntent");
    decline::of(&tried)
}

#[test]
fn each_code_has_its_reason() {
    for (code, by_bank, why) in [
        ("card_declined", Some("generic_decline"), Decline::Declined),
        ("card_declined", Some("do_not_honor"), Decline::Declined),
        ("card_declined", Some("stolen_card"), Decline::Declined),
        ("card_declined", Some("insufficient_funds"), Decline::InsufficientFunds),
        ("card_declined", Some("expired_card"), Decline::ExpiredCard),
        ("expired_card", None, Decline::ExpiredCard),
        ("card_declined", Some("authentication_required"), Decline::AuthenticationFailed),
        ("payment_intent_authentication_failure", None, Decline::AuthenticationFailed),
        ("incorrect_cvc", Some("incorrect_cvc"), Decline::WrongDetails),
        ("invalid_expiry_year", None, Decline::WrongDetails),
        ("card_declined", Some("try_again_later"), Decline::ProviderError),
        ("processing_error", None, Decline::ProviderError),
        ("card_declined", None, Decline::Declined),
        ("payment_method_provider_decline", None, Decline::Declined),
        ("a_code_of_tomorrow", None, Decline::Other),
        ("a_code_of_tomorrow", Some("insufficient_funds"), Decline::InsufficientFunds),
    ] {
        let error = json!({"type": "card_error", "code": code, "decline_code": by_bank, "message": "…"});
        assert_eq!(of("requires_payment_method", error), Some(Says::Declined(why)), "{code} {by_bank:?}");
    }
    assert_eq!(of("requires_payment_method", json!({})), Some(Says::Declined(Decline::Other)), "without a code");
}

#[test]
fn only_an_intent_that_waits_for_another_payment_tells_of_a_decline() {
    assert_eq!(of("requires_payment_method", Value::Null), None, "not tried yet");
    for status in ["succeeded", "processing", "requires_action", "requires_confirmation", "canceled", "unknown"] {
        assert_eq!(of(status, json!({"code": "card_declined"})), None, "{status}");
    }
}
