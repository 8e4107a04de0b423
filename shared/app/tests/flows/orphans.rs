//! Money that fits no order of ours: kept once, told to the team, and never acknowledged.

use till_app::Failure;
use till_app::orphans::settle_orphan;
use till_app::ports::Orphan;
use till_domain::id::{AttemptNo, OrderNo, PaymentNo};
use till_domain::order::{DisputeState, Order, RefundId, RefundWord, Report, Role, Says, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{DisputeNo, OutsideRefundNo, TradeNo};
use till_memory::{CallKind, Fault};

use crate::remedies::asked;
use crate::run::done;
use crate::world::{World, account, cny, start};

fn unknown() -> PaymentNo {
    OrderNo::mint(start(), 99).payment(AttemptNo::FIRST)
}

fn trade_no(text: &str) -> TradeNo {
    TradeNo::parse(text).unwrap()
}

fn by(provider: Provider, says: Says) -> Report {
    Report { attempt: AttemptNo::FIRST, account: account(provider), asked_at: None, says }
}

fn paid(trade: &str) -> Says {
    Says::Paid { trade_no: trade_no(trade), amount: cny(990), paid_at: start(), buyer: None }
}

fn refunded(trade: &str) -> Says {
    let id = RefundId::Theirs(OutsideRefundNo::parse("X1").unwrap());
    Says::Refund { id, trade_no: trade_no(trade), amount: cny(990), word: RefundWord::Succeeded }
}

fn kept(world: &World) -> Vec<Orphan> {
    world.memory.tables(|tables| tables.orphans.clone())
}

fn told(world: &World) -> Vec<Orphan> {
    world.memory.tables(|tables| tables.orphan_alarms.clone())
}

#[test]
fn orphan_is_kept_once_told_and_not_acknowledged() {
    let world = World::new();
    let report = by(Provider::WeChat, paid("T1"));
    for _ in 0..3 {
        assert_eq!(world.settle(unknown(), std::slice::from_ref(&report)), Err(Failure::Orphan));
        world.pass(60);
    }
    let orphan = Orphan { number: unknown().to_string(), trade_no: trade_no("T1"), report, at: start() };
    assert_eq!(kept(&world), std::slice::from_ref(&orphan));
    assert_eq!(told(&world).first(), Some(&orphan));
    assert!(told(&world).iter().all(|told| told.trade_no == orphan.trade_no));
    assert_eq!((world.orders(), world.outcomes()), (vec![], vec![]));
}

#[test]
fn orphan_is_kept_only_for_a_report_about_money() {
    let dispute = |trade| {
        let no = DisputeNo::parse("D1").unwrap();
        Says::Dispute { no, trade_no: trade_no(trade), amount: cny(990), state: DisputeState::Opened }
    };
    let silent = [
        Says::NotPaid,
        Says::Processing,
        Says::Failed,
        Says::Declined(till_domain::order::Decline::Other),
        Says::Closed { for_good: false },
        Says::Closed { for_good: true },
        Says::Unknown,
    ];
    let money = [
        paid("T1"),
        refunded("T1"),
        Says::BackInAll { trade_no: trade_no("T1"), amount: cny(1) },
        Says::BackUnclear { trade_no: trade_no("T1") },
        dispute("T1"),
    ];
    for (says, expected) in silent.into_iter().map(|says| (says, 0)).chain(money.into_iter().map(|says| (says, 1))) {
        let world = World::new();
        let report = by(Provider::WeChat, says);
        assert_eq!(world.settle(unknown(), std::slice::from_ref(&report)), Err(Failure::Orphan), "{report:?}");
        assert_eq!((kept(&world).len(), told(&world).len()), (expected, expected), "{report:?}");
    }
}

#[test]
fn orphan_is_kept_once_for_each_provider_and_trade() {
    let world = World::new();
    let second = OrderNo::mint(start(), 98).payment(AttemptNo::FIRST);
    for (no, report) in [
        (unknown(), by(Provider::WeChat, paid("T1"))),
        (unknown(), by(Provider::WeChat, refunded("T1"))),
        (second, by(Provider::WeChat, paid("T1"))),
        (unknown(), by(Provider::Stripe, paid("T1"))),
        (unknown(), by(Provider::WeChat, paid("T2"))),
    ] {
        assert_eq!(world.settle(no, &[report]), Err(Failure::Orphan));
    }
    let of = |orphan: &Orphan| (orphan.report.account.provider, orphan.trade_no.to_string(), orphan.number.clone());
    let expected = [
        (Provider::WeChat, "T1".to_owned(), unknown().to_string()),
        (Provider::Stripe, "T1".to_owned(), unknown().to_string()),
        (Provider::WeChat, "T2".to_owned(), unknown().to_string()),
    ];
    assert_eq!(kept(&world).iter().map(of).collect::<Vec<_>>(), expected);
}

/// Paid and given back already: two words of one payment in one notification, beside one that says nothing of money.
#[test]
fn orphan_keeps_the_first_report_of_each_payment() {
    let world = World::new();
    let words = [Says::Processing, paid("T1"), refunded("T1"), paid("T2")];
    let reports: Vec<Report> = words.into_iter().map(|says| by(Provider::WeChat, says)).collect();
    assert_eq!(world.settle(unknown(), &reports), Err(Failure::Orphan));
    let reports = [reports[1].clone(), reports[3].clone()];
    assert_eq!(kept(&world).into_iter().map(|orphan| orphan.report).collect::<Vec<_>>(), reports);
}

#[test]
fn orphan_that_was_not_kept_or_told_is_reported_again() {
    for (kind, kept_at_first) in [(CallKind::KeepOrphan, 0), (CallKind::RaiseOrphan, 1)] {
        let world = World::new();
        let reports = [by(Provider::WeChat, paid("T1"))];
        world.memory.faults(|faults| faults.plan(kind, 1, Fault::Before));
        assert_eq!(world.settle(unknown(), &reports), Err(Failure::Unavailable));
        assert_eq!((kept(&world).len(), told(&world).len()), (kept_at_first, 0));
        assert_eq!(world.settle(unknown(), &reports), Err(Failure::Orphan));
        assert_eq!((kept(&world).len(), told(&world).len()), (1, 1), "{kind:?}");
    }
}

fn settled(world: &World, no: OrderNo, key: u128) -> Result<Order, Failure> {
    let deadline = world.deadline();
    done(settle_orphan(&world.ports(), Provider::WeChat, &trade_no("T1"), no, &asked(key, 1), deadline))
}

/// A world with an order, and with a payment that fits none.
fn with_orphan(says: Says) -> (World, OrderNo) {
    let (world, no) = World::with_order_no();
    assert_eq!(world.settle(unknown(), &[by(Provider::WeChat, says)]), Err(Failure::Orphan));
    (world, no)
}

#[test]
fn orphan_is_settled_to_one_order_and_later_reports_follow_it() {
    let (world, no) = with_orphan(paid("T1"));
    let second = world.order_points().no;
    for _ in 0..2 {
        let order = settled(&world, no, 1).unwrap();
        assert_eq!((order.status(), order.kept().unwrap().trade_no.as_str()), (Status::Paid, "T1"));
    }
    assert_eq!(settled(&world, second, 2).unwrap_err(), Refusal::OrphanSettled.into());
    // The provider sends it again and is believed now; so is what it says of a refund.
    assert!(world.settle(unknown(), &[by(Provider::WeChat, paid("T1"))]).is_ok());
    assert!(world.settle(unknown(), &[by(Provider::WeChat, refunded("T1"))]).is_ok());
    assert_eq!(world.order(no).status(), Status::Refunded);
    let mixed = [by(Provider::WeChat, paid("T1")), by(Provider::WeChat, paid("T2"))];
    assert_eq!(world.settle(unknown(), &mixed), Err(Failure::Orphan), "another payment is still without an order");
}

#[test]
fn settling_that_was_cut_off_is_finished_by_the_same_call_or_by_the_next_report() {
    for by_report in [false, true] {
        let (world, no) = with_orphan(paid("T1"));
        world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Before));
        assert_eq!(settled(&world, no, 1).unwrap_err(), Failure::Unavailable);
        assert_eq!(world.order(no).status(), Status::Pending);
        if by_report {
            world.settle(unknown(), &[by(Provider::WeChat, paid("T1"))]).unwrap();
        } else {
            settled(&world, no, 1).unwrap();
        }
        assert_eq!((world.order(no).status(), world.order(no).payments.len()), (Status::Paid, 1));
    }
}

#[test]
fn only_a_payment_without_an_order_can_be_settled() {
    let (world, no) = World::with_order_no();
    assert_eq!(settled(&world, no, 1).unwrap_err(), Refusal::OrphanNotFound.into());
    let missing = OrderNo::mint(start(), 97);
    assert_eq!(settled(&world, missing, 1).unwrap_err(), Refusal::OrderNotFound.into());
    let (world, no) = with_orphan(refunded("T1"));
    let failure = settled(&world, no, 1).unwrap_err();
    assert!(matches!(failure, Failure::Refused(Refusal::InvalidField { field: "trade_no", .. })), "{failure}");
    assert!(world.memory.tables(|tables| tables.settlements.is_empty()));
}

#[test]
fn orphan_of_an_order_that_is_there_now_belongs_to_it() {
    let (world, no) = World::with_order_no();
    let order = world.order(no);
    world.memory.tables(|tables| tables.orders.remove(&no));
    let number = no.payment(AttemptNo::FIRST);
    assert_eq!(world.settle(number, &[by(Provider::WeChat, paid("T1"))]), Err(Failure::Orphan));
    let other = world.order_points().no;
    world.memory.tables(|tables| tables.orders.insert(no, std::sync::Arc::new(order)));
    let failure = settled(&world, other, 1).unwrap_err();
    assert!(matches!(failure, Failure::Refused(Refusal::InvalidField { field: "order_no", .. })), "{failure}");
    let order = settled(&world, no, 1).unwrap();
    assert_eq!((order.payments[0].attempt, order.payments[0].role), (AttemptNo::FIRST, Role::Kept));
}
