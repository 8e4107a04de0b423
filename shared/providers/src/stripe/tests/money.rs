//! Amounts on the wire in every currency, both ways.

use proptest::prelude::*;

use super::*;
use crate::stripe::translate::{from_wire, to_wire};

/// Stripe's own lists (docs.stripe.com/currencies), written here a second time on purpose.
const ZERO: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
const ZERO_SENT_WITH_TWO: [&str; 2] = ["ISK", "UGX"];
const THREE: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// One unit of a currency as Stripe counts it.
fn one_on_the_wire(currency: Currency) -> u64 {
    let code = currency.code();
    if ZERO.contains(&code) {
        1
    } else if THREE.contains(&code) {
        1000
    } else {
        100
    }
}

#[test]
fn one_unit_of_every_currency_is_written_and_read() {
    let mut seen = 0;
    for currency in Currency::all() {
        let one = Money::parse("1", currency, MOST_MINOR).unwrap();
        assert_eq!(to_wire(one), Some(one_on_the_wire(currency)), "{currency}");
        for code in [currency.code().to_owned(), currency.code().to_lowercase()] {
            assert_eq!(from_wire(one_on_the_wire(currency), &code), Ok(one), "{code}");
        }
        seen += 1;
    }
    assert!(seen > 130, "{seen}");
    for code in ZERO.iter().chain(&ZERO_SENT_WITH_TWO).chain(&THREE) {
        assert!(Currency::parse(code).is_ok(), "{code} is not even known");
    }
}

#[test]
fn inexact_amount_is_refused() {
    for code in THREE {
        let currency = Currency::parse(code).unwrap();
        assert_eq!(to_wire(Money::new(1_234, currency).unwrap()), None, "{code}");
        assert_eq!(to_wire(Money::new(1_230, currency).unwrap()), Some(1_230), "{code}");
        // Stripe reported it, so it was paid: it is accepted with its last digit.
        assert_eq!(from_wire(1_234, code), Ok(Money::new(1_234, currency).unwrap()));
    }
    for code in ZERO_SENT_WITH_TWO {
        assert_eq!(from_wire(500, code).unwrap().minor(), 5, "{code}");
        for amount in [501, 550, 1, 99] {
            assert_eq!(from_wire(amount, code), Err(Malformed("amount")), "{code} {amount}");
        }
    }
    assert_eq!(from_wire(MOST_MINOR + 1, "usd"), Err(Malformed("amount")));
    assert_eq!(from_wire(u64::MAX, "isk"), Err(Malformed("amount")));
    for code in ["", "us", "usdd", "btc", "u\u{301}d"] {
        assert_eq!(from_wire(1, code), Err(Malformed("currency")), "{code}");
    }
}

proptest! {
    #[test]
    fn amount_on_the_wire_reads_back_unchanged(minor in 0..=MOST_MINOR, n in 0_usize..135) {
        let currency = Currency::all().nth(n).unwrap();
        let money = Money::new(minor, currency).unwrap();
        if let Some(wire) = to_wire(money) {
            prop_assert_eq!(from_wire(wire, currency.code()), Ok(money));
        } else {
            prop_assert!(THREE.contains(&currency.code()) && minor % 10 != 0);
        }
    }

    #[test]
    fn any_amount_reads_without_panic_and_writes_back(amount in any::<u64>(), n in 0_usize..135) {
        let currency = Currency::all().nth(n).unwrap();
        if let Ok(money) = from_wire(amount, currency.code())
            && let Some(back) = to_wire(money)
        {
            prop_assert_eq!(back, amount);
        }
    }
}
