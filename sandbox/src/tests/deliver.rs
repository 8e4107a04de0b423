//! Deliveries: the schedule, faults of callbacks, copies.

use super::{FakePorts, START, Wait as _, sandbox, settle, tester, trade};
use crate::books::Trade;
use crate::fault::Fault;
use crate::ports::Delivery;
use crate::provider::Provider;
use crate::sandbox::Sandbox;

const PAY: &str = "/trades/T1/pay";

fn paid(sandbox: &Sandbox<FakePorts>, armed: &[Fault]) -> Trade {
    let mut trade = trade("T1");
    trade.details.insert("family".to_owned(), "ABCDEFGHIJKLMNOPQRSTU".into());
    trade.armed = armed.to_vec();
    sandbox.add(&trade, &[]).wait().unwrap();
    assert_eq!(sandbox.handle(&tester("POST", PAY)).wait().status, 200);
    sandbox.trade(&trade.key()).wait().unwrap().unwrap()
}

fn now(sandbox: &Sandbox<FakePorts>) -> Trade {
    sandbox.trade("trade/stripe/main/T1").wait().unwrap().unwrap()
}

fn sent(sandbox: &Sandbox<FakePorts>) -> Vec<i64> {
    sandbox.ports.posted.borrow().iter().map(|(at, _)| at - START).collect()
}

#[test]
fn accepted_callback_is_sent_once() {
    let sandbox = sandbox();
    let count = paid(&sandbox, &[]).callbacks.len();
    assert!(count > 0);
    settle(&sandbox);
    assert_eq!(sent(&sandbox), vec![0; count]);
    assert!(now(&sandbox).callbacks.iter().all(|callback| callback.is_accepted() && callback.attempts.len() == 1));
}

#[test]
fn callback_is_retried_by_schedule_until_accepted() {
    let sandbox = sandbox();
    let count = paid(&sandbox, &[]).callbacks.len();
    // One callback: no answer, an error, a redirect, then it is accepted.
    sandbox.ports.queue.borrow_mut().truncate(1);
    sandbox.ports.answers.borrow_mut().extend([None, Some((500, vec![])), Some((302, vec![]))]);
    settle(&sandbox);
    assert_eq!(sent(&sandbox), [0, 1, 3, 7]);
    let trade = now(&sandbox);
    let statuses: Vec<Option<u16>> = trade.callbacks[0].attempts.iter().map(|one| one.status).collect();
    assert_eq!(statuses, [None, Some(500), Some(302), Some(200)]);
    assert!(trade.callbacks[0].is_accepted());
    assert!(count == 1 || !trade.callbacks[1].is_accepted());
}

#[test]
fn refused_callback_stops_at_end_of_schedule() {
    let sandbox = sandbox();
    paid(&sandbox, &[]);
    sandbox.ports.queue.borrow_mut().truncate(1);
    sandbox.ports.answers.borrow_mut().extend(vec![Some((500, vec![])); 50]);
    settle(&sandbox);
    let tries = now(&sandbox).callbacks[0].attempts.len();
    assert_eq!(tries, Provider::Stripe.schedule().len() + 1);
}

#[test]
fn content_stays_and_signature_is_new_at_each_attempt() {
    let sandbox = sandbox();
    paid(&sandbox, &[]);
    sandbox.ports.queue.borrow_mut().truncate(1);
    sandbox.ports.answers.borrow_mut().push_back(Some((500, vec![])));
    settle(&sandbox);
    let posted = sandbox.ports.posted.borrow();
    let [(_, first), (_, second)] = posted.as_slice() else { panic!("{} tries", posted.len()) };
    assert_eq!(first.body, second.body);
    assert_ne!(first.headers, second.headers);
}

#[test]
fn callback_faults_lose_copy_and_delay_callbacks() {
    let lost = sandbox();
    let trade = paid(&lost, &[Fault::LoseCallback]);
    assert!(trade.armed.is_empty() && !trade.callbacks.is_empty());
    settle(&lost);
    assert!(sent(&lost).is_empty());

    let thrice = sandbox();
    let count = paid(&thrice, &[Fault::ThreeCallbacks]).callbacks.len();
    settle(&thrice);
    assert_eq!(sent(&thrice), vec![0; count * 3]);

    let late = sandbox();
    let count = paid(&late, &[Fault::LateCallback]).callbacks.len();
    settle(&late);
    assert_eq!(sent(&late), vec![30; count]);
}

#[test]
fn lost_callback_is_sent_by_resend() {
    let sandbox = sandbox();
    let count = paid(&sandbox, &[Fault::LoseCallback]).callbacks.len();
    assert_eq!(sandbox.handle(&tester("POST", "/trades/T1/resend")).wait().status, 200);
    settle(&sandbox);
    assert_eq!(sent(&sandbox).len(), count);
}

#[test]
fn callback_fault_affects_only_next_event() {
    let sandbox = sandbox();
    paid(&sandbox, &[Fault::LoseCallback]);
    sandbox.handle(&tester("POST", "/trades/T1/open_dispute")).wait();
    settle(&sandbox);
    assert_eq!(sent(&sandbox).len(), 1);
}

#[test]
fn delivery_of_unknown_callback_sends_nothing() {
    let sandbox = sandbox();
    paid(&sandbox, &[]);
    sandbox.ports.queue.borrow_mut().clear();
    for (trade, callback) in [("trade/stripe/main/T1", "evt_none"), ("trade/stripe/main/T2", "evt_none")] {
        let delivery =
            Delivery { trade: trade.to_owned(), callback: callback.to_owned(), nth: u32::MAX, copy: String::new() };
        sandbox.deliver(&delivery).wait().unwrap();
    }
    assert!(sent(&sandbox).is_empty());
}
