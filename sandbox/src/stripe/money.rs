//! The currencies that Stripe accepts, with the smallest and largest amounts.

use super::error::Refused;
use crate::money::{decimal_places, shown};

/// Eight digits.
const MAX_AMOUNT: u64 = 99_999_999;

/// The smallest payment in minor units, and the currencies for which it holds, from
/// docs.stripe.com/currencies#minimum-and-maximum-charge-amounts; where Stripe names none, about half a dollar. Stripe's
/// second rule, half a dollar after conversion to the account's currency, needs rates and is not played.
const MINIMUMS: [(u64, &str); 17] = [
    (30, "gbp"),
    (50, "ars aud brl cad chf cop eur idr ils inr jpy krw nzd php sgd usd zar"),
    (100, "bgn"),
    (200, "aed bhd kwd myr omr pln ron sar"),
    (250, "dkk"),
    (300, "nok sek xof"),
    (400, "cny hkd jod mop"),
    (500, "clp"),
    (1000, "mxn thb"),
    (1500, "bif czk"),
    (1600, "tnd twd"),
    (2000, "try"),
    (4000, "pyg"),
    (7000, "isk"),
    (13_000, "vnd"),
    (17_500, "huf"),
    (200_000, "ugx"),
];

fn minimum(currency: &str) -> Option<u64> {
    MINIMUMS
        .iter()
        .find(|(_, currencies)| currencies.split(' ').any(|known| known == currency))
        .map(|(least, _)| *least)
}

/// In lower case. Upper case is accepted, as at Stripe.
pub fn currency(text: &str, param: &str) -> Result<String, Refused> {
    let lower = text.to_ascii_lowercase();
    if minimum(&lower).is_some() {
        return Ok(lower);
    }
    let mut known: Vec<&str> = MINIMUMS.iter().flat_map(|(_, currencies)| currencies.split(' ')).collect();
    known.sort_unstable();
    let message =
        format!("Invalid currency: {lower}. Stripe currently supports these currencies: {}", known.join(", "));
    Err(Refused::request(400, message).about(param))
}

pub fn check(amount: u64, currency: &str, param: &str) -> Result<(), Refused> {
    let least = minimum(currency).unwrap_or(1);
    if amount < least {
        let message = format!("Amount must be at least {}", shown(least, currency));
        return Err(Refused::parameter("amount_too_small", param, message));
    }
    if amount > MAX_AMOUNT {
        let message = format!("Amount must be no more than {}", shown(MAX_AMOUNT, currency));
        return Err(Refused::parameter("amount_too_large", param, message));
    }
    // The last of three decimal places must be 0; in ISK and UGX both of two.
    let step = match currency {
        "isk" | "ugx" => 100,
        other if decimal_places(other) == 3 => 10,
        _ => 1,
    };
    if amount.checked_rem(step).is_some_and(|rest| rest != 0) {
        let message = format!("Invalid amount: in {currency} it must be divisible by {step}");
        return Err(Refused::request(400, message).about(param));
    }
    Ok(())
}
