//! Why Stripe declined a payment, in words that its buyer can act on. What banks ask to keep from the buyer (a lost or a
//! stolen card, a suspicion of fraud) is a plain `declined`.

use till_domain::order::{Decline, Says};

use super::wire::{LastError, PaymentIntent};

/// The report about the last payment of a PaymentIntent that waits for another one.
pub fn of(intent: &PaymentIntent) -> Option<Says> {
    let waits = intent.status == "requires_payment_method";
    intent.last_payment_error.as_ref().filter(|_| waits).map(|error| Says::Declined(decline(error)))
}

/// Stripe's own words for the team: the bank's reason, or else the error's code.
pub fn code(intent: &PaymentIntent) -> Option<&str> {
    let error = intent.last_payment_error.as_ref()?;
    error.decline_code.as_deref().or(error.code.as_deref())
}

fn decline(error: &LastError) -> Decline {
    let by_bank = error.decline_code.as_deref().and_then(word);
    let by_code = || error.code.as_deref().and_then(word);
    by_bank.or_else(by_code).unwrap_or(Decline::Other)
}

/// `None` for a word without a row; a card that was declined for such a reason still has the code `card_declined`.
fn word(code: &str) -> Option<Decline> {
    Some(match code {
        "insufficient_funds" | "card_velocity_exceeded" | "withdrawal_count_limit_exceeded" => {
            Decline::InsufficientFunds
        }
        "expired_card" => Decline::ExpiredCard,
        "authentication_required"
        | "authentication_not_handled"
        | "payment_intent_authentication_failure"
        | "payment_intent_payment_attempt_expired"
        | "mobile_device_authentication_required" => Decline::AuthenticationFailed,
        "incorrect_address"
        | "incorrect_cvc"
        | "incorrect_number"
        | "incorrect_pin"
        | "incorrect_zip"
        | "invalid_account"
        | "invalid_cvc"
        | "invalid_expiry_month"
        | "invalid_expiry_year"
        | "invalid_number"
        | "invalid_pin" => Decline::WrongDetails,
        "issuer_not_available"
        | "payment_method_provider_timeout"
        | "processing_error"
        | "reenter_transaction"
        | "try_again_later" => Decline::ProviderError,
        "card_declined" | "payment_method_provider_decline" | "payment_method_customer_decline" => Decline::Declined,
        _ => return None,
    })
}
