//! Changes of trades under conflicts, armed faults, and the refusal of production.

use super::{Fake, START, block, sandbox, trade};
use crate::config::Config;
use crate::desk::{Sandbox, Trouble, name};
use crate::fault::Fault;
use crate::happen::Happened;
use crate::ports::StoreError;
use crate::provider::Provider;

#[test]
fn a_change_is_applied_once_whoever_writes_in_between() {
    block(async {
        let sandbox = sandbox();
        let trade = trade("T1");
        sandbox.add(&trade, &[]).await.unwrap();
        sandbox.ports.conflicts.set(3);
        let mut seen = 0;
        let changed = sandbox
            .change(&trade.key(), |trade, now| {
                seen += 1;
                (trade.pay(now, None), vec![Happened::Paid(0)])
            })
            .await
            .unwrap();
        let (changed, paid) = changed.unwrap();
        assert_eq!((seen, paid, changed.payments.len()), (4, Ok(Happened::Paid(0)), 1));
        let count = changed.notices.len();
        assert_eq!(sandbox.ports.queue.borrow().len(), count);
    });
}

#[test]
fn a_change_that_always_meets_somebody_gives_up_and_tells_nobody() {
    block(async {
        let sandbox = sandbox();
        let trade = trade("T1");
        sandbox.add(&trade, &[]).await.unwrap();
        sandbox.ports.conflicts.set(100);
        let changed = sandbox.change(&trade.key(), |trade, now| (trade.pay(now, None), vec![Happened::Paid(0)])).await;
        assert!(matches!(changed, Err(StoreError::Conflict)));
        assert!(sandbox.ports.queue.borrow().is_empty());
        assert!(sandbox.trade(&trade.key()).await.unwrap().unwrap().payments.is_empty());
    });
}

#[test]
fn a_trade_that_is_there_stays_and_is_found_by_its_names() {
    block(async {
        let sandbox = sandbox();
        let mut trade = trade("T1");
        let other = name(Provider::Stripe, "session", "cs_1");
        sandbox.add(&trade, std::slice::from_ref(&other)).await.unwrap();
        trade.amount = 1;
        assert_eq!(sandbox.add(&trade, &[]).await, Err(StoreError::Conflict));
        for name in [other, name(Provider::Stripe, "payment", "T1"), "tester/T1".to_owned()] {
            assert_eq!(sandbox.named(&name).await.unwrap().unwrap().amount, 1000, "{name}");
        }
        assert!(sandbox.named("tester/T2").await.unwrap().is_none());
        assert!(sandbox.change("trade/stripe/main/T2", |_, _| ((), vec![])).await.unwrap().is_none());
    });
}

#[test]
fn a_fault_of_a_trade_affects_its_next_call_only() {
    block(async {
        let sandbox = sandbox();
        let mut trade = trade("T1");
        trade.armed = vec![Fault::TimeOut, Fault::LoseCallback, Fault::Answer500];
        sandbox.add(&trade, &[]).await.unwrap();
        let key = trade.key();
        let trouble = async |key: Option<&str>| sandbox.trouble(Provider::Stripe, key).await.unwrap();
        assert_eq!(trouble(None).await, Trouble::None);
        assert_eq!(trouble(Some("trade/stripe/main/T2")).await, Trouble::None);
        assert_eq!(trouble(Some(&key)).await, Trouble::Error);
        assert_eq!(trouble(Some(&key)).await, Trouble::TooLate);
        assert_eq!(trouble(Some(&key)).await, Trouble::None);
        assert_eq!(sandbox.trade(&key).await.unwrap().unwrap().armed, [Fault::LoseCallback]);
    });
}

#[test]
fn a_fault_of_a_provider_affects_its_next_call_for_any_trade() {
    block(async {
        let sandbox = sandbox();
        sandbox.arm_for_all(Provider::Stripe, Fault::TimeOut).await.unwrap();
        sandbox.arm_for_all(Provider::Stripe, Fault::Answer500).await.unwrap();
        assert_eq!(sandbox.trouble(Provider::Alipay, None).await, Ok(Trouble::None));
        assert_eq!(sandbox.trouble(Provider::Stripe, None).await, Ok(Trouble::TooLate));
        assert_eq!(sandbox.trouble(Provider::Stripe, Some("none")).await, Ok(Trouble::Error));
        assert_eq!(sandbox.trouble(Provider::Stripe, None).await, Ok(Trouble::None));
    });
}

#[test]
fn wasted_time_is_longer_than_a_merchant_waits() {
    block(async {
        let sandbox = sandbox();
        sandbox.waste_time().await;
        assert!(sandbox.ports.passed.get() > 10);
        assert_eq!(START + sandbox.ports.passed.get(), crate::ports::Clock::now(&sandbox.ports));
    });
}

#[test]
fn production_is_refused() {
    let config = Config { stage: "production".to_owned(), ..sandbox().config };
    assert!(Sandbox::open(config, Fake::default()).is_err());
}
