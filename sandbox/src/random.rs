//! Random ids in each provider's form, from the operating system's generator.

use rsa::rand_core::{OsRng, RngCore as _};

use crate::provider::Provider;

pub fn hex(length: usize) -> String {
    drawn(length, b"0123456789abcdef")
}

pub fn digits(length: usize) -> String {
    drawn(length, b"0123456789")
}

pub fn letters(length: usize) -> String {
    drawn(length, b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}

pub fn payment_id(provider: Provider, at: i64) -> String {
    match provider {
        Provider::WeChat => format!("42000{}{}", at, digits(13)),
        Provider::Alipay => format!("20{}{}", at, digits(16)),
        Provider::Stripe => format!("pi_{}", letters(24)),
    }
}

pub fn refund_id(provider: Provider, at: i64) -> String {
    match provider {
        Provider::WeChat => format!("50300{}{}", at, digits(13)),
        Provider::Alipay => format!("30{}{}", at, digits(16)),
        Provider::Stripe => format!("re_{}", letters(24)),
    }
}

pub fn dispute_id(provider: Provider) -> String {
    match provider {
        Provider::WeChat => format!("200000{}", digits(20)),
        Provider::Alipay => digits(20),
        Provider::Stripe => format!("dp_{}", letters(24)),
    }
}

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
