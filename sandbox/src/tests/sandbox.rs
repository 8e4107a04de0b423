//! Changes of trades under conflicts, armed faults, and the refusal of production.

use super::{FakePorts, START, Wait as _, sandbox, trade};
use crate::config::Config;
use crate::fault::Fault;
use crate::ports::StoreError;
use crate::provider::Provider;
use crate::sandbox::{CallFault, Sandbox, name};
use crate::trade::TradeEvent;

#[test]
fn change_is_applied_once_after_conflicts() {
    let sandbox = sandbox();
    let trade = trade("T1");
    sandbox.add(&trade, &[]).wait().unwrap();
    sandbox.ports.conflicts.set(3);
    let mut seen = 0;
    let changed = sandbox
        .change(&trade.key(), |trade, now| {
            seen += 1;
            (trade.pay(now, None), Some(TradeEvent::Paid(0)))
        })
        .wait()
        .unwrap();
    let (changed, paid) = changed.unwrap();
    assert_eq!((seen, paid, changed.payments.len()), (4, Ok(TradeEvent::Paid(0)), 1));
    let count = changed.callbacks.len();
    assert_eq!(sandbox.ports.queue.borrow().len(), count);
}

#[test]
fn change_with_endless_conflicts_fails_and_enqueues_nothing() {
    let sandbox = sandbox();
    let trade = trade("T1");
    sandbox.add(&trade, &[]).wait().unwrap();
    sandbox.ports.conflicts.set(100);
    let changed = sandbox.change(&trade.key(), |trade, now| (trade.pay(now, None), Some(TradeEvent::Paid(0)))).wait();
    assert!(matches!(changed, Err(StoreError::Conflict)));
    assert!(sandbox.ports.queue.borrow().is_empty());
    assert!(sandbox.trade(&trade.key()).wait().unwrap().unwrap().payments.is_empty());
}

#[test]
fn existing_trade_is_not_replaced_and_is_found_by_its_names() {
    let sandbox = sandbox();
    let mut trade = trade("T1");
    let other = name(Provider::Stripe, "session", "cs_1");
    sandbox.add(&trade, std::slice::from_ref(&other)).wait().unwrap();
    trade.amount = 1;
    assert_eq!(sandbox.add(&trade, &[]).wait(), Err(StoreError::Conflict));
    for name in [other, name(Provider::Stripe, "payment", "T1"), "tester/T1".to_owned()] {
        assert_eq!(sandbox.named(&name).wait().unwrap().unwrap().amount, 1000, "{name}");
    }
    assert!(sandbox.named("tester/T2").wait().unwrap().is_none());
    assert!(sandbox.change("trade/stripe/main/T2", |_, _| ((), None)).wait().unwrap().is_none());
}

#[test]
fn fault_of_trade_affects_only_its_next_call() {
    let sandbox = sandbox();
    let mut trade = trade("T1");
    trade.armed = vec![Fault::TimeOut, Fault::LoseCallback, Fault::Answer500];
    sandbox.add(&trade, &[]).wait().unwrap();
    let key = trade.key();
    let take = |key: Option<&str>| sandbox.take_call_fault(Provider::Stripe, key).wait().unwrap();
    assert_eq!(take(None), CallFault::None);
    assert_eq!(take(Some("trade/stripe/main/T2")), CallFault::None);
    assert_eq!(take(Some(&key)), CallFault::Error);
    assert_eq!(take(Some(&key)), CallFault::LateAnswer);
    assert_eq!(take(Some(&key)), CallFault::None);
    assert_eq!(sandbox.trade(&key).wait().unwrap().unwrap().armed, [Fault::LoseCallback]);
}

#[test]
fn fault_of_provider_affects_its_next_call_for_any_trade() {
    let sandbox = sandbox();
    sandbox.arm_for_all(Provider::Stripe, Fault::TimeOut).wait().unwrap();
    sandbox.arm_for_all(Provider::Stripe, Fault::Answer500).wait().unwrap();
    assert_eq!(sandbox.take_call_fault(Provider::Alipay, None).wait(), Ok(CallFault::None));
    assert_eq!(sandbox.take_call_fault(Provider::Stripe, None).wait(), Ok(CallFault::LateAnswer));
    assert_eq!(sandbox.take_call_fault(Provider::Stripe, Some("none")).wait(), Ok(CallFault::Error));
    assert_eq!(sandbox.take_call_fault(Provider::Stripe, None).wait(), Ok(CallFault::None));
}

#[test]
fn delayed_answer_takes_longer_than_merchant_waits() {
    let sandbox = sandbox();
    sandbox.delay_answer().wait();
    assert!(sandbox.ports.passed.get() > 10);
    assert_eq!(START + sandbox.ports.passed.get(), crate::ports::Clock::now(&sandbox.ports));
}

#[test]
fn production_is_refused() {
    let config = Config { stage: "production".to_owned(), ..sandbox().config };
    assert!(Sandbox::open(config, FakePorts::default()).is_err());
}
