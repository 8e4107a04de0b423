//! Our numbers parse back to themselves, sort by time, and nothing else passes for one.

use proptest::prelude::*;
use till_domain::currency::Currency;
use till_domain::id::{AttemptNo, BadNumber, OrderNo, PaymentNo, RefundIndex, RefundNo};
use till_domain::text::Key;
use till_domain::time::Time;
use till_domain::wallet::{GrantRound, Source};

use crate::config;

/// The last second of 9999 in China: later orders would need a year of five digits.
const LAST_IN_CHINA: i64 = 253_402_300_799 - 8 * 3600;

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![0..=LAST_IN_CHINA, 1_700_000_000..1_700_000_100_i64].prop_map(|unix| Time::from_unix(unix).unwrap())
}

fn order_no() -> impl Strategy<Value = OrderNo> {
    (time(), any::<u64>()).prop_map(|(at, entropy)| OrderNo::mint(at, entropy))
}

/// Anything; things that look right; and right ones with one character changed, left out or put in.
fn near_misses() -> impl Strategy<Value = String> {
    let right = || (order_no(), "(_[0-9]{1,3}|R[0-9]{1,3}|#[0-9]{1,4}|#revoke|#2#revoke)?");
    let right = move || right().prop_map(|(order, ending)| format!("{order}{ending}"));
    let spoilt = (right(), any::<prop::sample::Index>(), "\\PC?", any::<bool>()).prop_map(spoil);
    prop_oneof!["\\PC*", "ORD[0-9]{14}[0-9A-Z]{8}([_R#][0-9]{0,3})?", right(), spoilt, "spend#\\PC{0,9}"]
}

fn spoil((text, place, put, replace): (String, prop::sample::Index, String, bool)) -> String {
    let place = place.index(text.len());
    let after = if replace { place + 1 } else { place };
    format!("{}{put}{}", &text[..place], &text[after..])
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn numbers_parse_back(order in order_no(), attempt in 1..=99_u8, refund in 1..=99_u8, round in 1..=255_u8) {
        prop_assert_eq!(OrderNo::parse(&order.to_string()), Ok(order));
        let payment = order.payment(AttemptNo::new(attempt).unwrap());
        prop_assert_eq!(PaymentNo::parse(&payment.to_string()), Ok(payment));
        let refund = order.refund(RefundIndex::new(refund).unwrap());
        prop_assert_eq!(RefundNo::parse(&refund.to_string()), Ok(refund));
        let granted = GrantRound { order, round };
        prop_assert_eq!(GrantRound::parse(&granted.to_string()), Ok(granted));
        for text in [order.to_string(), payment.to_string(), refund.to_string()] {
            prop_assert!(text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'), "{}", text);
        }
    }

    #[test]
    fn sources_parse_back_and_differ(order in order_no(), round in 1..=255_u8, key in "[!-~]{1,255}") {
        let granted = GrantRound { order, round };
        let key = || Key::parse(&key).unwrap();
        let sources =
            [Source::Grant(granted), Source::Revoke(granted), Source::Spend(key()), Source::Admin(key())];
        for source in &sources {
            prop_assert_eq!(Source::parse(&source.to_string()), Ok(source.clone()));
            prop_assert_eq!(sources.iter().filter(|other| other.to_string() == source.to_string()).count(), 1);
        }
    }

    #[test]
    fn order_numbers_sort_by_time_and_differ(a in time(), b in time(), x in any::<u32>(), y in any::<u32>()) {
        let (first, second) = (OrderNo::mint(a, x.into()), OrderNo::mint(b, y.into()));
        prop_assert_eq!(first.cmp(&second), first.as_str().cmp(second.as_str()));
        if a == b {
            prop_assert_eq!(first == second, x == y);
        } else {
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }
    }

    #[test]
    fn text_that_no_number_prints_is_refused(text in near_misses()) {
        let printed = [
            OrderNo::parse(&text).map(|no| no.to_string()).ok(),
            PaymentNo::parse(&text).map(|no| no.to_string()).ok(),
            RefundNo::parse(&text).map(|no| no.to_string()).ok(),
            GrantRound::parse(&text).map(|granted| granted.to_string()).ok(),
            Source::parse(&text).map(|source| source.to_string()).ok(),
        ];
        for printed in printed.into_iter().flatten() {
            prop_assert_eq!(&printed, &text);
        }
    }
}

#[test]
fn number_that_is_never_printed_is_refused() {
    let good = "ORD202501020304050000000A";
    assert_eq!(OrderNo::parse(good).map(|no| no.to_string()).as_deref(), Ok(good));
    for (why, text) in [
        ("another prefix", "ORE202501020304050000000A"),
        ("a letter in the time", "ORD2025010203040A0000000A"),
        ("a small letter at the end", "ORD202501020304050000000a"),
        ("no such month", "ORD202513020304050000000A"),
        ("before 1970", "ORD196912312359590000000A"),
        ("too short", "ORD20250102030405000000A"),
    ] {
        assert_eq!(OrderNo::parse(text), Err(BadNumber::Order), "{why}");
    }
    assert!(PaymentNo::parse(&format!("{good}_2")).is_ok());
    for ending in ["_1", "_0", "_02", "_100", "_", "_+2"] {
        assert_eq!(PaymentNo::parse(&format!("{good}{ending}")), Err(BadNumber::Payment), "{ending}");
    }
}

#[test]
fn currency_is_one_that_a_provider_takes() {
    for (text, code) in [("CNY", Some("CNY")), ("usd", Some("USD")), ("XXX", None), ("CN", None), ("CNYY", None)] {
        let currency = Currency::parse(text).ok();
        assert_eq!(currency.map(|currency| currency.to_string()).as_deref(), code, "{text}");
        assert_eq!(currency.map(|currency| format!("{currency:?}")).as_deref(), code, "{text}");
    }
}
