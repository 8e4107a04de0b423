//! Numbers as each provider gives them, from the operating system's generator.

use rsa::rand_core::{OsRng, RngCore as _};

use crate::provider::Provider;

/// So many characters of `[0-9a-f]`.
pub fn hex(length: usize) -> String {
    drawn(length, b"0123456789abcdef")
}

/// So many digits.
pub fn digits(length: usize) -> String {
    drawn(length, b"0123456789")
}

/// So many letters and digits.
pub fn letters(length: usize) -> String {
    drawn(length, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}

/// The number of a payment: `4200…`, 28 digits; `2026112122…`, 28 digits; `pi_…`.
pub fn payment_id(provider: Provider, at: i64) -> String {
    match provider {
        Provider::WeChat => format!("42000{}{}", at, digits(13)),
        Provider::Alipay => format!("20{}{}", at, digits(16)),
        Provider::Stripe => format!("pi_{}", letters(24)),
    }
}

/// The number of a refund.
pub fn refund_id(provider: Provider, at: i64) -> String {
    match provider {
        Provider::WeChat => format!("50300{}{}", at, digits(13)),
        Provider::Alipay => format!("30{}{}", at, digits(16)),
        Provider::Stripe => format!("re_{}", letters(24)),
    }
}

/// The number of a dispute.
pub fn dispute_id(provider: Provider) -> String {
    match provider {
        Provider::WeChat => format!("200000{}", digits(20)),
        Provider::Alipay => digits(20),
        Provider::Stripe => format!("dp_{}", letters(24)),
    }
}

/// Who pays: an openid, a user id of 16 digits, a customer.
pub fn buyer(provider: Provider) -> String {
    match provider {
        Provider::WeChat => format!("o{}", letters(27)),
        Provider::Alipay => format!("2088{}", digits(12)),
        Provider::Stripe => format!("cus_{}", letters(14)),
    }
}

fn drawn(length: usize, alphabet: &[u8]) -> String {
    let most = u64::try_from(alphabet.len()).unwrap_or(u64::MAX);
    let letter = || usize::try_from(OsRng.next_u64().rem_euclid(most)).unwrap_or(0);
    (0..length).filter_map(|_| alphabet.get(letter())).map(|byte| char::from(*byte)).collect()
}
