//! What the team's dashboard counts: once for each thing that happened, however often it is heard of.

use till_app::cancel::{Canceller, cancel};
use till_app::refund::refund;
use till_domain::id::AttemptNo;
use till_domain::order::{Decline, Report, Says};
use till_domain::provider::Provider;
use till_domain::time::Seconds;
use till_memory::LogCapture;

use crate::run::done;
use crate::world::{World, account, buyer, cny, first, wanted};

/// The figures since the last look, without those of sweeps.
fn counted(log: &LogCapture) -> Vec<String> {
    let mut figures = log.figures();
    figures.retain(|figure| !figure.starts_with("orders_left"));
    figures
}

#[test]
fn order_is_counted_when_it_is_made_paid_granted_and_refunded() {
    let log = LogCapture::new();
    let world = World::new();
    let order = world.order_points();
    assert_eq!(counted(&log), [r#"provider="wechat" orders_created=1"#]);
    world.pass(40);
    let reports = world.pay(first(&order));
    world.pass(5);
    world.settle(first(&order), &reports).unwrap();
    assert_eq!(counted(&log), [r#"provider="wechat" seconds_to_pay=40"#]);
    world.settle(first(&order), &reports).unwrap();
    assert_eq!(counted(&log), [""; 0], "the same callback again");
    world.pass(2);
    world.work();
    assert_eq!(counted(&log), [r#"provider="wechat" seconds_to_grant=7"#]);
    for (key, amount) in [("a", Some(cny(300))), ("b", None), ("b", None)] {
        done(refund(&world.ports(), order.no, &wanted(key, amount), world.deadline())).unwrap();
        world.settle_down();
    }
    assert_eq!(counted(&log), [r#"provider="wechat" refunds=1"#; 2], "in part, then the rest; a repeated key is none");
}

#[test]
fn decline_is_counted_once_for_an_attempt_and_cancelling_once_for_an_order() {
    let log = LogCapture::new();
    let (world, order) = World::with_order();
    counted(&log);
    let says = Says::Declined(Decline::Other);
    let report = Report { attempt: AttemptNo::FIRST, account: account(Provider::WeChat), asked_at: None, says };
    for _ in 0..2 {
        world.settle(first(&order), std::slice::from_ref(&report)).unwrap();
    }
    assert_eq!(counted(&log), [r#"provider="wechat" payments_declined=1"#]);
    for _ in 0..2 {
        let _ = done(cancel(&world.ports(), &Canceller::Buyer(buyer()), order.no, world.deadline()));
    }
    assert_eq!(counted(&log), [r#"provider="wechat" orders_cancelled=1"#]);
}

#[test]
fn sweep_says_what_it_left_and_how_late_the_latest_order_is() {
    let log = LogCapture::new();
    let (world, order) = World::with_order();
    let due_at = world.order(order.no).due_at().unwrap();
    world.memory.pass(due_at.since(world.now()));
    world.memory.pass(Seconds(90));
    log.figures();
    world.sweep();
    assert_eq!(log.figures(), ["orders_left=0 sweep_late_seconds=90"]);
}
