//! Values at their limits: the calendar, the least that a provider takes, how much a product may have, and the words for each.

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::product::{BadProduct, Grant, MOST_PRICES, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::provider::{Method, Provider, UnknownMethod};
use till_domain::text::{ProductId, ProductName, ProductType, QuotaName, TierName};
use till_domain::time::Civil;

#[test]
fn moment_is_valid_only_on_the_calendar() {
    let valid = |year, month, day, (hour, minute, second)| Civil { year, month, day, hour, minute, second }.is_valid();
    let noon = (12, 0, 0);
    for (year, month, days) in
        [(2026, 1, 31), (2026, 4, 30), (2026, 12, 31), (2026, 2, 28), (2028, 2, 29), (2000, 2, 29), (2100, 2, 28)]
    {
        assert!(valid(year, month, days, noon) && valid(year, month, 1, noon), "{year}-{month}");
        assert!(!valid(year, month, days + 1, noon) && !valid(year, month, 0, noon), "{year}-{month}");
    }
    assert!(!valid(2026, 0, 1, noon) && !valid(2026, 13, 1, noon));
    assert!(valid(2026, 1, 1, (0, 0, 0)) && valid(2026, 1, 1, (23, 59, 59)));
    for time in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
        assert!(!valid(2026, 1, 1, time), "{time:?}");
    }
}

#[test]
fn least_amount_is_the_providers_and_differs_by_currency() {
    let least = |provider: Provider, code| provider.least_minor(Currency::parse(code).unwrap());
    assert_eq!([Provider::WeChat, Provider::Alipay].map(|provider| least(provider, "CNY")), [1, 1]);
    for (code, minor) in [
        ("CNY", 400),
        ("HKD", 400),
        ("MXN", 1000),
        ("GBP", 30),
        ("SEK", 300),
        ("NOK", 300),
        ("DKK", 250),
        ("USD", 50),
        ("JPY", 50),
        // Stripe publishes none for these, which have no, three and two decimal places.
        ("KRW", 50),
        ("KWD", 500),
        ("PLN", 100),
    ] {
        assert_eq!(least(Provider::Stripe, code), minor, "{code}");
    }
}

#[test]
fn code_is_drawn_for_the_two_methods_that_scan_one() {
    let codes: Vec<Method> = Method::ALL.into_iter().filter(|method| method.is_qr_code()).collect();
    assert_eq!(codes, [Method::WechatNative, Method::AlipayQr]);
}

#[test]
fn product_has_at_most_thirty_two_prices() {
    let points = vec![Grant::Points(PointsGrant::new(1).unwrap())];
    let with = |prices: usize| {
        let prices = Currency::all().take(prices).map(|currency| Money::new(100, currency).unwrap()).collect();
        let (kind, id) = (ProductType::parse("points").unwrap(), ProductId::parse("1").unwrap());
        Product::new(kind, id, ProductName::parse("Points").unwrap(), prices, points.clone()).err()
    };
    assert_eq!((with(MOST_PRICES), with(MOST_PRICES + 1)), (None, Some(BadProduct::TooManyPrices)));
    assert_eq!(with(MOST_PRICES + 2), Some(BadProduct::TooManyPrices));
}

#[test]
fn grants_last_for_the_days_that_were_stated() {
    let tier = Tier { name: TierName::parse("pro").unwrap(), rank: 1 };
    assert_eq!(MembershipGrant::new(tier, 30).unwrap().days(), 30);
    assert_eq!(QuotaGrant::new(QuotaName::parse("exports").unwrap(), 5, 10).unwrap().days(), 10);
}

#[test]
fn values_print_as_people_write_them() {
    let money = Money::new(990, Currency::CNY).unwrap();
    assert_eq!((money.to_string(), format!("{money:?}")), ("9.90".to_owned(), "9.90 CNY".to_owned()));
    assert_eq!((Provider::Alipay.to_string(), Method::AlipayQr.to_string()), ("alipay".into(), "alipay_qr".into()));
    let words = UnknownMethod.to_string();
    assert!(Method::ALL.iter().all(|method| words.contains(method.as_str())), "{words}");
}
