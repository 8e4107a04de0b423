//! Money prints and parses back, adds up or says why not, and never shares out more than there is.

use proptest::prelude::*;
use proptest::sample::select;
use till_domain::currency::Currency;
use till_domain::money::{BadMoney, MOST_MINOR, Money, share};

use crate::config;

fn currency() -> impl Strategy<Value = Currency> {
    select(Currency::all().collect::<Vec<_>>())
}

fn money() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![0..1_000_u64, 0..=MOST_MINOR, Just(MOST_MINOR)];
    (minor, currency()).prop_map(|(minor, currency)| Money::new(minor, currency).unwrap())
}

fn two_of_one_currency() -> impl Strategy<Value = (Money, Money)> {
    (money(), money()).prop_map(|(a, b)| (a, Money::new(b.minor(), a.currency()).unwrap()))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn printed_amount_parses_back(money in money()) {
        prop_assert_eq!(Money::parse(&money.to_string(), money.currency(), MOST_MINOR), Ok(money));
    }

    #[test]
    fn parsed_amount_prints_as_it_was_written(text in "[0-9]{0,15}(\\.[0-9]{0,4})?|\\PC{0,12}", currency in currency()) {
        if let Ok(money) = Money::parse(&text, currency, MOST_MINOR) {
            let printed = money.to_string();
            // Zeros may be missing at its end, and then the point; nothing else differs.
            prop_assert!(printed.starts_with(&text), "{} for {}", printed, text);
            prop_assert!(printed[text.len()..].chars().all(|c| matches!(c, '0' | '.')));
        }
    }

    #[test]
    fn amount_above_the_callers_limit_or_ours_is_refused(money in money(), most in any::<u64>()) {
        let parsed = Money::parse(&money.to_string(), money.currency(), most);
        if money.minor() <= most {
            prop_assert_eq!(parsed, Ok(money));
        } else {
            let refused = matches!(parsed, Err(BadMoney::TooLarge { most: limit }) if limit.minor() == most);
            prop_assert!(refused, "{:?}", parsed);
        }
        let beyond = MOST_MINOR.saturating_add(1).max(most);
        let limit = Money::new(MOST_MINOR, money.currency()).unwrap();
        prop_assert_eq!(Money::new(beyond, money.currency()), Err(BadMoney::TooLarge { most: limit }));
    }

    #[test]
    fn sums_are_exact_or_refused((a, b) in two_of_one_currency(), other in money()) {
        match a.plus(b) {
            Ok(sum) => {
                prop_assert_eq!(sum.minor(), a.minor() + b.minor());
                prop_assert_eq!((sum.minus(a), sum.minus(b), b.plus(a)), (Ok(b), Ok(a), Ok(sum)));
            }
            Err(why) => {
                prop_assert!(a.minor() + b.minor() > MOST_MINOR);
                let most = Money::new(MOST_MINOR, a.currency()).unwrap();
                prop_assert_eq!(why, BadMoney::TooLarge { most });
            }
        }
        match a.minus(b) {
            Ok(rest) => prop_assert_eq!(rest.plus(b), Ok(a)),
            Err(why) => {
                prop_assert!(a.minor() < b.minor());
                prop_assert_eq!(why, BadMoney::NotEnough);
            }
        }
        if other.currency() != a.currency() {
            prop_assert_eq!(a.plus(other), Err(BadMoney::CurrencyMismatch));
            prop_assert_eq!(a.minus(other), Err(BadMoney::CurrencyMismatch));
        }
    }

    #[test]
    fn share_is_rounded_down_and_never_exceeds_the_amount(money in money(), part in any::<u64>(), whole in any::<u64>()) {
        let exact = u128::from(money.minor()) * u128::from(part.min(whole));
        let got = money.share(part, whole);
        prop_assert_eq!(Some(u128::from(got.minor())), exact.checked_div(whole.into()).or(Some(0)));
        prop_assert!(got.minor() <= money.minor());
        if let Some(rest) = whole.checked_sub(part) {
            let shared_out = u128::from(share(money.minor(), part, whole)) + u128::from(share(money.minor(), rest, whole));
            prop_assert!(shared_out <= u128::from(money.minor()));
        }
        prop_assert!(money.share(part, 0).is_zero());
    }
}
