//! Deliveries: the schedule, faults of callbacks, copies.

use super::{Fake, START, block, sandbox, settle, tester, trade};
use crate::books::Trade;
use crate::desk::Sandbox;
use crate::fault::Fault;
use crate::players::schedule;
use crate::ports::Delivery;
use crate::provider::Provider;

const PAY: &str = "/trades/T1/pay";

async fn paid(sandbox: &Sandbox<Fake>, armed: &[Fault]) -> Trade {
    let mut trade = trade("T1");
    trade.details.insert("family".to_owned(), "ABCDEFGHIJKLMNOPQRSTU".into());
    trade.armed = armed.to_vec();
    sandbox.add(&trade, &[]).await.unwrap();
    assert_eq!(sandbox.handle(&tester("POST", PAY)).await.status, 200);
    sandbox.trade(&trade.key()).await.unwrap().unwrap()
}

async fn now(sandbox: &Sandbox<Fake>) -> Trade {
    sandbox.trade("trade/stripe/main/T1").await.unwrap().unwrap()
}

fn sent(sandbox: &Sandbox<Fake>) -> Vec<i64> {
    sandbox.ports.posted.borrow().iter().map(|(at, _)| at - START).collect()
}

#[test]
fn a_callback_that_is_taken_is_sent_once() {
    block(async {
        let sandbox = sandbox();
        let count = paid(&sandbox, &[]).await.notices.len();
        assert!(count > 0);
        settle(&sandbox).await;
        assert_eq!(sent(&sandbox), vec![0; count]);
        assert!(now(&sandbox).await.notices.iter().all(|notice| notice.is_accepted() && notice.tries.len() == 1));
    });
}

#[test]
fn a_callback_is_tried_again_by_the_schedule_until_it_is_taken() {
    block(async {
        let sandbox = sandbox();
        let count = paid(&sandbox, &[]).await.notices.len();
        // One callback: no answer, an error, a redirect, then it is accepted.
        sandbox.ports.queue.borrow_mut().truncate(1);
        sandbox.ports.answers.borrow_mut().extend([None, Some((500, vec![])), Some((302, vec![]))]);
        settle(&sandbox).await;
        assert_eq!(sent(&sandbox), [0, 1, 3, 7]);
        let trade = now(&sandbox).await;
        let statuses: Vec<Option<u16>> = trade.notices[0].tries.iter().map(|one| one.status).collect();
        assert_eq!(statuses, [None, Some(500), Some(302), Some(200)]);
        assert!(trade.notices[0].is_accepted());
        assert!(count == 1 || !trade.notices[1].is_accepted());
    });
}

#[test]
fn a_callback_that_nobody_takes_ends_with_its_schedule() {
    block(async {
        let sandbox = sandbox();
        paid(&sandbox, &[]).await;
        sandbox.ports.queue.borrow_mut().truncate(1);
        sandbox.ports.answers.borrow_mut().extend(vec![Some((500, vec![])); 50]);
        settle(&sandbox).await;
        let tries = now(&sandbox).await.notices[0].tries.len();
        assert_eq!(tries, schedule(Provider::Stripe).len() + 1);
    });
}

#[test]
fn contents_stay_and_signatures_are_new_at_each_try() {
    block(async {
        let sandbox = sandbox();
        paid(&sandbox, &[]).await;
        sandbox.ports.queue.borrow_mut().truncate(1);
        sandbox.ports.answers.borrow_mut().push_back(Some((500, vec![])));
        settle(&sandbox).await;
        let posted = sandbox.ports.posted.borrow();
        let [(_, first), (_, second)] = posted.as_slice() else { panic!("{} tries", posted.len()) };
        assert_eq!(first.body, second.body);
        assert_ne!(first.headers, second.headers);
    });
}

#[test]
fn faults_of_callbacks_do_what_they_say() {
    block(async {
        let lost = sandbox();
        let trade = paid(&lost, &[Fault::LoseCallback]).await;
        assert!(trade.armed.is_empty() && !trade.notices.is_empty());
        settle(&lost).await;
        assert!(sent(&lost).is_empty());

        let thrice = sandbox();
        let count = paid(&thrice, &[Fault::ThreeCallbacks]).await.notices.len();
        settle(&thrice).await;
        assert_eq!(sent(&thrice), vec![0; count * 3]);

        let late = sandbox();
        let count = paid(&late, &[Fault::LateCallback]).await.notices.len();
        settle(&late).await;
        assert_eq!(sent(&late), vec![30; count]);
    });
}

#[test]
fn a_lost_callback_can_be_sent_again_by_hand() {
    block(async {
        let sandbox = sandbox();
        let count = paid(&sandbox, &[Fault::LoseCallback]).await.notices.len();
        assert_eq!(sandbox.handle(&tester("POST", "/trades/T1/resend")).await.status, 200);
        settle(&sandbox).await;
        assert_eq!(sent(&sandbox).len(), count);
    });
}

#[test]
fn only_the_next_news_meet_a_fault() {
    block(async {
        let sandbox = sandbox();
        paid(&sandbox, &[Fault::LoseCallback]).await;
        sandbox.handle(&tester("POST", "/trades/T1/open_dispute")).await;
        settle(&sandbox).await;
        assert_eq!(sent(&sandbox).len(), 1);
    });
}

#[test]
fn a_delivery_of_what_is_not_there_is_nothing() {
    block(async {
        let sandbox = sandbox();
        paid(&sandbox, &[]).await;
        sandbox.ports.queue.borrow_mut().clear();
        for (trade, notice) in [("trade/stripe/main/T1", "evt_none"), ("trade/stripe/main/T2", "evt_none")] {
            let delivery =
                Delivery { trade: trade.to_owned(), notice: notice.to_owned(), nth: u32::MAX, copy: String::new() };
            sandbox.deliver(&delivery).await.unwrap();
        }
        assert!(sent(&sandbox).is_empty());
    });
}
