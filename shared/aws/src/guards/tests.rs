//! Counters by window, and the limits of noted rejected callbacks.

use till_app::ports::{CountCalls, CountRefunds, GivenBack, KeepRejected, RejectedCallback, Scope};
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::provider::Provider;
use till_domain::time::Seconds;

use crate::item::Reader;
use crate::keys;
use crate::order_item::samples::{START, start};
use crate::size::item_bytes;
use crate::test_aws::TestAws;

fn stray(test: &TestAws, account: &str, reason: &'static str) -> RejectedCallback {
    RejectedCallback {
        provider: Provider::WeChat,
        account: account.to_owned(),
        reason,
        from: "203.0.113.7".to_owned(),
        length: 1_048_576,
        hash: "ab".repeat(32),
        at: test.now(),
    }
}

#[tokio::test]
async fn calls_are_counted_per_window() {
    let test = TestAws::new().await;
    let count = async |scope, value| test.aws.count_call(scope, value, test.now()).await.unwrap();
    for n in 1..=3 {
        assert_eq!(count(Scope::CreationsOfUser, "ann").await, n);
    }
    assert_eq!(count(Scope::CreationsOfUser, "bob").await, 1);
    assert_eq!(count(Scope::CreationsOfAddress, "ann").await, 1);
    assert_eq!(count(Scope::Refreshes, "ORD1").await, 1);
    test.pass(Seconds(9));
    assert_eq!(count(Scope::Refreshes, "ORD1").await, 2);
    test.pass(Seconds(1));
    assert_eq!(count(Scope::Refreshes, "ORD1").await, 1);
    assert_eq!(count(Scope::CreationsOfUser, "ann").await, 4);
    test.pass(Seconds(50));
    assert_eq!(count(Scope::CreationsOfUser, "ann").await, 1);
}

#[tokio::test]
async fn refunds_are_counted_by_day_in_china_and_summed_by_currency() {
    let test = TestAws::new().await;
    let count = async |minor, currency| {
        let counted = test.aws.count_refund(Money::new(minor, currency).unwrap(), test.now()).await.unwrap();
        (counted.refunds, counted.minor)
    };
    assert_eq!(count(990, Currency::CNY).await, (1, 990));
    assert_eq!(count(10, Currency::CNY).await, (2, 1_000));
    assert_eq!(count(5, Currency::JPY).await, (3, 5));
    let day = test.get(&keys::refunds(test.now())).await.unwrap();
    assert_eq!(Reader::new(&day).get_as::<i64>("ttl"), Ok(START + 400 * 86_400));
    test.pass(Seconds(86_400));
    assert_eq!(count(7, Currency::CNY).await, (1, 7));
    let dollars = test.aws.count_refund(Money::new(1, Currency::USD).unwrap(), test.now()).await;
    assert_eq!(dollars, Ok(GivenBack { refunds: 2, minor: 1 }));
}

#[tokio::test]
async fn counter_expires_after_an_hour() {
    let test = TestAws::new().await;
    test.aws.count_call(Scope::Refreshes, "ORD1", test.now()).await.unwrap();
    let counter = test.get(&keys::rate(Scope::Refreshes, "ORD1", test.now())).await.unwrap();
    assert_eq!(Reader::new(&counter).get_as::<i64>("ttl"), Ok(START + 3_600));
}

#[tokio::test]
async fn one_rejected_callback_per_reason_and_account_is_kept_each_minute() {
    let test = TestAws::new().await;
    let today = "STRAY#2026-11-21";
    for (account, reason, kept) in
        [("a", "signature", 1), ("a", "signature", 1), ("a", "stale", 2), ("b", "signature", 3), ("b", "signature", 3)]
    {
        test.aws.keep_rejected(&stray(&test, account, reason)).await;
        assert_eq!(test.count(today).await, kept, "{account} {reason}");
    }
    test.pass(Seconds(60));
    test.aws.keep_rejected(&stray(&test, "a", "signature")).await;
    assert_eq!(test.count(today).await, 4);
}

#[tokio::test]
async fn invented_accounts_do_not_fill_the_table() {
    let test = TestAws::new().await;
    for n in 0..50 {
        test.aws.keep_rejected(&stray(&test, &format!("made-up-{n}"), "account")).await;
    }
    assert_eq!(test.count("STRAY#2026-11-21").await, super::MOST_STRAYS);
}

#[test]
fn rejected_callback_item_has_at_most_512_bytes() {
    let at = start();
    let long = "界".repeat(5_000);
    let stray = RejectedCallback {
        provider: Provider::WeChat,
        account: long.clone(),
        reason: "unsupported_media_type",
        from: long.clone(),
        length: usize::MAX,
        hash: long,
        at,
    };
    let mut item = super::write(&stray, at);
    item.extend(keys::stray(at, u64::MAX).attributes());
    let size = item_bytes(&item);
    assert!((300..=512).contains(&size), "{size}");
}

#[tokio::test]
async fn many_refused_callbacks_of_one_account_raise_one_alarm_in_their_window() {
    let test = TestAws::new().await;
    let refuse = async |account, times: u32| {
        for _ in 0..times {
            test.aws.keep_rejected(&stray(&test, account, "signature")).await;
        }
        test.take_calls().len()
    };
    assert_eq!((refuse("a", 19).await, refuse("b", 19).await), (0, 0));
    for no_account in ["", "?"] {
        assert_eq!(refuse(no_account, 40).await, 0, "{no_account:?} is no account of ours");
    }
    assert_eq!((refuse("a", 1).await, refuse("a", 30).await), (1, 0), "once");
    test.pass(Seconds(600));
    assert_eq!((refuse("b", 19).await, refuse("b", 1).await), (0, 1), "another window");
}
