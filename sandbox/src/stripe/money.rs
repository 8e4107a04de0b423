//! The currencies that Stripe accepts, with the smallest and largest amounts.

use super::error::Refused;

/// Eight digits.
const MOST: u64 = 99_999_999;

/// The smallest payment in minor units, from docs.stripe.com/currencies#minimum-and-maximum-charge-amounts; where
/// Stripe names none, about half a dollar. Stripe's second rule, half a dollar after conversion to the account's
/// currency, needs rates and is not played.
const CURRENCIES: [(&str, u64); 48] = [
    ("aed", 200),
    ("ars", 50),
    ("aud", 50),
    ("bgn", 100),
    ("bhd", 200),
    ("bif", 1500),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("clp", 500),
    ("cny", 400),
    ("cop", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17500),
    ("idr", 50),
    ("ils", 50),
    ("inr", 50),
    ("isk", 7000),
    ("jod", 400),
    ("jpy", 50),
    ("krw", 50),
    ("kwd", 200),
    ("mop", 400),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("omr", 200),
    ("php", 50),
    ("pln", 200),
    ("pyg", 4000),
    ("ron", 200),
    ("sar", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("tnd", 1600),
    ("try", 2000),
    ("twd", 1600),
    ("ugx", 200_000),
    ("usd", 50),
    ("vnd", 13000),
    ("xof", 300),
    ("zar", 50),
];

const WITHOUT_MINOR: [&str; 15] =
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const OF_A_THOUSAND: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

/// In lower case. Upper case is accepted, as at Stripe.
pub fn currency(text: &str, param: &str) -> Result<String, Refused> {
    let lower = text.to_ascii_lowercase();
    if CURRENCIES.iter().any(|(known, _)| *known == lower) {
        return Ok(lower);
    }
    let known: Vec<&str> = CURRENCIES.iter().map(|(known, _)| *known).collect();
    let message =
        format!("Invalid currency: {lower}. Stripe currently supports these currencies: {}", known.join(", "));
    Err(Refused::request(400, message).about(param))
}

pub fn check(amount: u64, currency: &str, param: &str) -> Result<(), Refused> {
    let least = CURRENCIES.iter().find(|(known, _)| *known == currency).map_or(1, |(_, least)| *least);
    if amount < least {
        let message = format!("Amount must be at least {}", shown(least, currency));
        return Err(Refused::parameter("amount_too_small", param, message));
    }
    if amount > MOST {
        let message = format!("Amount must be no more than {}", shown(MOST, currency));
        return Err(Refused::parameter("amount_too_large", param, message));
    }
    // The last of three decimal places must be 0; in ISK and UGX both of two.
    let step = match currency {
        other if OF_A_THOUSAND.contains(&other) => 10,
        "isk" | "ugx" => 100,
        _ => 1,
    };
    if amount.checked_rem(step).is_some_and(|rest| rest != 0) {
        let message = format!("Invalid amount: in {currency} it must be divisible by {step}");
        return Err(Refused::request(400, message).about(param));
    }
    Ok(())
}

/// `0.50 usd`.
pub fn shown(amount: u64, currency: &str) -> String {
    if WITHOUT_MINOR.contains(&currency) {
        return format!("{amount} {currency}");
    }
    let (unit, width) = if OF_A_THOUSAND.contains(&currency) { (1000_u64, 3) } else { (100_u64, 2) };
    format!("{}.{:0width$} {currency}", amount.div_euclid(unit), amount.rem_euclid(unit))
}
