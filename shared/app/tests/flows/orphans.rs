//! Money that fits no order of ours: kept with all that is reported of it, told to the team, and never acknowledged.

use till_app::Failure;
use till_app::orphans::{close_orphan, settle_orphan};
use till_app::ports::{Closing, Orphan, OrphanStatus, StoredOrphan};
use till_domain::id::{AttemptNo, OrderNo, PaymentNo, RefundIndex};
use till_domain::order::{DisputeState, Fingerprint, Order, RefundId, RefundWord, Report, Role, Says, Status};
use till_domain::provider::Provider;
use till_domain::refusal::Refusal;
use till_domain::text::{DisputeNo, OutsideRefundNo, Reason, TradeNo, UserId};
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
fn orphan_keeps_every_report_and_is_not_told_if_all_is_back_already() {
    let world = World::new();
    let words = [Says::Processing, paid("T1"), refunded("T1"), paid("T2")];
    let reports: Vec<Report> = words.into_iter().map(|says| by(Provider::WeChat, says)).collect();
    assert_eq!(world.settle(unknown(), &reports), Err(Failure::Orphan));
    let stored = world.memory.tables(|tables| tables.stored_orphans().collect::<Vec<_>>());
    let of = |orphan: &StoredOrphan| (orphan.reports().cloned().collect::<Vec<_>>(), orphan.status());
    let (first, second) = (vec![reports[1].clone(), reports[2].clone()], vec![reports[3].clone()]);
    let expected = [(first, OrphanStatus::Returned), (second, OrphanStatus::Open)];
    assert_eq!(stored.iter().map(of).collect::<Vec<_>>(), expected);
    assert_eq!(told(&world).into_iter().map(|told| told.trade_no).collect::<Vec<_>>(), [trade_no("T2")]);
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

/// A world with an order, and with a payment that fits none and of which its provider says the same.
fn with_orphan(says: impl IntoIterator<Item = Says>) -> (World, OrderNo) {
    let (world, no) = World::with_order_no();
    for says in says {
        assert_eq!(world.settle(unknown(), &[by(Provider::WeChat, says.clone())]), Err(Failure::Orphan));
        world.bank.books(|books| books.elsewhere.push(says));
    }
    (world, no)
}

fn in_all(minor: u64) -> Says {
    Says::BackInAll { trade_no: trade_no("T1"), amount: cny(minor) }
}

#[test]
fn orphan_is_settled_to_one_order_and_later_reports_follow_it() {
    let (world, no) = with_orphan([paid("T1")]);
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
        let (world, no) = with_orphan([paid("T1")]);
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

/// The request is cut off after its mark, and the provider's next report says less than was reported before.
#[test]
fn report_that_finishes_a_settling_brings_all_that_was_reported_before() {
    let (world, no) = with_orphan([paid("T1"), in_all(300)]);
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Before));
    assert_eq!(settled(&world, no, 1).unwrap_err(), Failure::Unavailable);
    world.settle(unknown(), &[by(Provider::WeChat, paid("T1"))]).unwrap();
    let order = world.order(no);
    assert_eq!((order.status(), order.refunded_amount()), (Status::Paid, cny(300)));
}

#[test]
fn refund_that_was_reported_after_the_payment_counts_when_it_is_settled() {
    let (world, no) = with_orphan([paid("T1"), in_all(300)]);
    let order = settled(&world, no, 1).unwrap();
    assert_eq!((order.status(), order.refunded_amount()), (Status::Paid, cny(300)));
}

#[test]
fn payment_that_went_back_as_a_whole_is_closed_and_grants_nothing() {
    let (world, no) = with_orphan([paid("T1"), in_all(990)]);
    assert_eq!(settled(&world, no, 1).unwrap_err(), Refusal::OrphanClosed.into());
    // Its refund was never reported, but its provider says it when it is asked.
    let (other, same) = with_orphan([paid("T1")]);
    other.bank.books(|books| books.elsewhere.push(in_all(990)));
    assert_eq!(settled(&other, same, 1).unwrap_err(), Refusal::OrphanClosed.into());
    for (world, no) in [(&world, no), (&other, same)] {
        assert_eq!(world.order(no).status(), Status::Pending);
        assert!(world.memory.tables(|tables| tables.settlements.is_empty()));
    }
    let kept = other.memory.tables(|tables| tables.stored_orphans().next()).unwrap();
    assert_eq!(kept.status(), OrphanStatus::Returned, "what the provider said is kept");
}

#[test]
fn dispute_or_refund_that_was_heard_of_first_does_not_block_its_payment() {
    let part = |minor| match refunded("T1") {
        Says::Refund { id, trade_no, word, .. } => Says::Refund { id, trade_no, amount: cny(minor), word },
        other => other,
    };
    let (world, no) = with_orphan([part(90), paid("T1")]);
    let order = settled(&world, no, 1).unwrap();
    assert_eq!((order.status(), order.refunded_amount()), (Status::Paid, cny(90)));
    // The payment's own notification never came.
    let (world, no) = with_orphan([part(90)]);
    world.bank.books(|books| books.elsewhere.push(paid("T1")));
    let order = settled(&world, no, 1).unwrap();
    assert_eq!((order.status(), order.refunded_amount()), (Status::Paid, cny(90)));
}

#[test]
fn nothing_is_settled_without_the_word_of_the_provider() {
    let (world, no) = with_orphan([paid("T1")]);
    world.bank.books(|books| books.silent.insert(Provider::WeChat));
    let silent = Failure::Provider { provider: Provider::WeChat, refused: false };
    assert_eq!(settled(&world, no, 1).unwrap_err(), silent);
    for denied in [vec![], vec![paid("T2")], vec![Says::Closed { for_good: true }], vec![in_all(1)]] {
        world.bank.books(|books| (books.silent.clear(), books.elsewhere = denied));
        assert_eq!(settled(&world, no, 1).unwrap_err(), Refusal::ProviderDenies.into());
    }
    assert_eq!(world.order(no).status(), Status::Pending);
    assert!(world.memory.tables(|tables| tables.settlements.is_empty()));
    world.bank.books(|books| books.elsewhere = vec![paid("T1")]);
    assert_eq!(settled(&world, no, 1).unwrap().status(), Status::Paid);
}

#[test]
fn orphan_or_order_that_is_not_there_is_refused() {
    let (world, no) = World::with_order_no();
    assert_eq!(settled(&world, no, 1).unwrap_err(), Refusal::OrphanNotFound.into());
    let missing = OrderNo::mint(start(), 97);
    assert_eq!(settled(&world, missing, 1).unwrap_err(), Refusal::OrderNotFound.into());
}

/// Reports number our refunds within the order that the payment names: the same number of another order is another refund.
#[test]
fn refund_of_a_lost_order_is_not_taken_for_one_of_the_order_that_adopts_its_payment() {
    let (ours, number) = (RefundId::Ours(RefundIndex::FIRST), unknown().order.refund(RefundIndex::FIRST).to_string());
    let says = Says::Refund { id: ours, trade_no: trade_no("T1"), amount: cny(90), word: RefundWord::Succeeded };
    let (world, no) = with_orphan([paid("T1"), says]);
    let order = settled(&world, no, 1).unwrap();
    let theirs = RefundId::Theirs(OutsideRefundNo::parse(&number).unwrap());
    assert_eq!(order.refunds.iter().map(|refund| refund.id.clone()).collect::<Vec<_>>(), [theirs]);
    // A refund of the adopting order is known by its own number, whatever number the payment has.
    let number = OutsideRefundNo::parse(&no.refund(RefundIndex::FIRST).to_string()).unwrap();
    let id = RefundId::Theirs(number);
    let says = Says::Refund { id, trade_no: trade_no("T1"), amount: cny(10), word: RefundWord::Succeeded };
    let order = world.settle(unknown(), &[by(Provider::WeChat, says)]).unwrap();
    assert_eq!(order.refunds[1].id, RefundId::Ours(RefundIndex::FIRST));
    assert_eq!(order.refunded_amount(), cny(100));
}

fn closing(key: u128, request: u128) -> Closing {
    let (by, reason, at) = (UserId::parse("ann").unwrap(), Reason::parse("paid back by hand").unwrap(), start());
    Closing { by, reason, at, key: Fingerprint(key), request: Fingerprint(request) }
}

fn closed(world: &World, closing: &Closing) -> Result<StoredOrphan, Failure> {
    done(close_orphan(&world.ports(), Provider::WeChat, &trade_no("T1"), closing))
}

#[test]
fn orphan_is_closed_once_and_no_longer_told_or_settled() {
    let (world, no) = with_orphan([paid("T1")]);
    let first = closed(&world, &closing(1, 1)).unwrap();
    assert_eq!((first.status(), &first.closing), (OrphanStatus::Closed, &Some(closing(1, 1))));
    for again in [closing(1, 1), closing(2, 2)] {
        assert_eq!(closed(&world, &again).as_ref(), Ok(&first));
    }
    assert_eq!(closed(&world, &closing(1, 2)), Err(Refusal::IdempotencyConflict.into()));
    assert_eq!(settled(&world, no, 1).unwrap_err(), Refusal::OrphanClosed.into());
    let before = told(&world).len();
    assert_eq!(world.settle(unknown(), &[by(Provider::WeChat, paid("T1"))]), Err(Failure::Orphan));
    assert_eq!(told(&world).len(), before);
}

#[test]
fn settled_or_unknown_orphan_cannot_be_closed() {
    let (world, no) = with_orphan([paid("T1")]);
    settled(&world, no, 1).unwrap();
    assert_eq!(closed(&world, &closing(1, 1)), Err(Refusal::OrphanSettled.into()));
    let empty = World::new();
    assert_eq!(closed(&empty, &closing(1, 1)), Err(Refusal::OrphanNotFound.into()));
}

#[test]
fn orphan_of_an_order_that_is_there_now_belongs_to_it() {
    let (world, no) = World::with_order_no();
    let order = world.order(no);
    world.memory.tables(|tables| tables.orders.remove(&no));
    let number = no.payment(AttemptNo::FIRST);
    assert_eq!(world.settle(number, &[by(Provider::WeChat, paid("T1"))]), Err(Failure::Orphan));
    world.bank.books(|books| books.elsewhere.push(paid("T1")));
    let other = world.order_points().no;
    world.memory.tables(|tables| tables.orders.insert(no, std::sync::Arc::new(order)));
    let failure = settled(&world, other, 1).unwrap_err();
    assert!(matches!(failure, Failure::Refused(Refusal::InvalidField { field: "order_no", .. })), "{failure}");
    let order = settled(&world, no, 1).unwrap();
    assert_eq!((order.payments[0].attempt, order.payments[0].role), (AttemptNo::FIRST, Role::Kept));
}
