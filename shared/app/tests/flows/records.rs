//! The audit trail: every change that neither the order nor the ledger says itself, every refusal, and every call to a provider
//! that failed; no claim and no poll.

use till_app::caller::Caller;
use till_app::cancel::{Canceller, cancel};
use till_app::create::CreateRequest;
use till_app::perform::perform;
use till_app::ports::{Cause, Outcome, Record};
use till_app::refund::refund;
use till_app::retry::RetryRequest;
use till_domain::order::{Duty, Fulfilment, Order, RefundState, RefundWord, Status};
use till_domain::provider::{Account, Method, Provider};
use till_domain::refusal::Refusal;
use till_memory::flows::retry;
use till_memory::{CallKind, Fault};

use crate::retry::wish;
use crate::run::done;
use crate::world::{World, account, buyer, first, keyed, request, wanted};

fn trail(world: &World) -> Vec<(Cause, Option<Account>, Outcome)> {
    let short = |record: &Record| (record.cause, record.account.clone(), record.outcome);
    world.memory.tables(|tables| tables.records.iter().map(short).collect())
}

/// What is in the trail from now on.
fn begin_anew(world: &World) {
    world.memory.tables(|tables| tables.records.clear());
}

fn silence(world: &World) {
    world.bank.books(|books| books.silent.extend([Provider::WeChat, Provider::Stripe]));
}

fn asked(provider: Provider, outcome: Outcome) -> (Cause, Option<Account>, Outcome) {
    (Cause::Asked, Some(account(provider)), outcome)
}

#[test]
fn trail_of_a_purchase_has_its_payment_alone() {
    let world = World::new();
    let order = world.bought_points();
    // Its creation is in the order, its grant in the ledger.
    assert_eq!(trail(&world), [(Cause::Pushed, None, Outcome::Changed(Status::Paid, Fulfilment::Queued))]);
    assert!(world.memory.tables(|tables| tables.records.iter().all(|record| record.order == order.no)));
}

/// Who commanded each record of the trail, as subject and role.
fn commanded(world: &World) -> Vec<Option<(String, &'static str)>> {
    let by = |record: &Record| record.by.as_ref().map(|by| (by.user.to_string(), by.role.as_str()));
    world.memory.tables(|tables| tables.records.iter().map(by).collect())
}

#[test]
fn trail_says_who_commanded_also_what_was_refused() {
    let (world, no) = World::with_order_no();
    let (deadline, refused) = (world.deadline(), wanted("r", None));
    assert!(done(refund(&world.ports(), no, &refused, deadline)).is_err());
    assert_eq!(commanded(&world), [Some((refused.by.to_string(), "admin"))], "a refund that is refused");
    begin_anew(&world);
    let by_admin = RetryRequest { by: Caller::admin(buyer()), ..wish(no, None) };
    done(retry(&world.ports(), &by_admin, deadline)).unwrap();
    assert_eq!(commanded(&world).into_iter().flatten().collect::<Vec<_>>(), [(buyer().to_string(), "admin")]);
    begin_anew(&world);
    done(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, deadline)).unwrap();
    assert_eq!(commanded(&world).into_iter().flatten().collect::<Vec<_>>(), [(buyer().to_string(), "user")]);
}

#[test]
fn nobody_commands_what_a_provider_reports() {
    let world = World::new();
    world.bought_points();
    assert_eq!(commanded(&world), [None]);
}

#[test]
fn trail_has_each_refusal_and_silent_provider() {
    let (world, no) = World::with_order_no();
    begin_anew(&world);
    assert!(done(refund(&world.ports(), no, &wanted("r", None), world.deadline())).is_err());
    silence(&world);
    assert!(done(cancel(&world.ports(), &Canceller::Buyer(buyer()), no, world.deadline())).is_err());
    let expected = [
        (Cause::Command, None, Outcome::Refused(Refusal::NotPaid)),
        asked(Provider::WeChat, Outcome::Unanswered),
        (Cause::Command, None, Outcome::Refused(Refusal::StillOpen)),
    ];
    assert_eq!(trail(&world), expected);
}

#[test]
fn trail_says_once_that_an_admin_made_an_order_though_the_request_repeats() {
    let world = World::new();
    let by_admin = CreateRequest { by: Caller::admin(buyer()), ..keyed("k") };
    let no = world.create(&by_admin).unwrap().order.no;
    world.create(&by_admin).unwrap();
    assert_eq!(commanded(&world), [Some((buyer().to_string(), "admin"))]);
    assert_eq!(world.memory.tables(|tables| tables.records[0].order), no);
}

#[test]
fn trail_has_a_trade_that_the_provider_did_not_open() {
    for (refuses, outcome) in [(true, Outcome::ProviderRefused), (false, Outcome::Unanswered)] {
        let fail = |world: &World| {
            if refuses {
                world.bank.books(|books| books.refuses = true);
            } else {
                world.memory.faults(|faults| faults.plan(CallKind::Create, 1, Fault::Before));
            }
        };
        let making = World::new();
        fail(&making);
        assert!(making.create(&request("points", "hundred")).is_err());
        assert_eq!(trail(&making), [asked(Provider::WeChat, outcome)], "though there is no order");

        let retrying = World::new();
        let no = retrying.order_points().no;
        begin_anew(&retrying);
        fail(&retrying);
        let by_stripe = wish(no, Some(Method::StripeCheckout));
        assert!(done(retry(&retrying.ports(), &by_stripe, retrying.deadline())).is_err());
        let failed = asked(Provider::Stripe, outcome);
        assert_eq!(trail(&retrying).iter().filter(|record| **record == failed).count(), 1);
        let others = [Outcome::Unanswered, Outcome::ProviderRefused];
        assert_eq!(trail(&retrying).iter().filter(|record| others.contains(&record.2)).count(), 1);
    }
}

#[test]
fn trail_has_no_claim_and_no_unchanged_answer() {
    for silent in [false, true] {
        let (world, order) = World::with_order();
        begin_anew(&world);
        if silent {
            silence(&world);
        }
        world.pass(60);
        assert_eq!(world.sweep().claimed, 1);
        assert!(world.order(order.no).version > order.version);
        world.bank.books(|books| books.silent.clear());
        world.pass(300);
        assert_eq!(world.sweep().claimed, 1, "and an answer after a silence is none either");
        assert_eq!(world.order(order.no).attempts[0].unanswered, 0);
        assert_eq!(trail(&world), []);
    }
}

#[test]
fn trail_has_no_alarm() {
    let (world, order) = World::with_order();
    begin_anew(&world);
    world.pay_short(&order);
    assert_eq!(world.memory.tables(|tables| tables.alarms.len()), 1);
    assert_eq!(trail(&world), [(Cause::Pushed, None, Outcome::Changed(Status::Pending, Fulfilment::None))]);
}

/// How often the trail says from now on that WeChat did not answer, when it is silent and this is done.
fn silences(world: &World, act: impl FnOnce()) -> usize {
    begin_anew(world);
    silence(world);
    act();
    let unanswered: Vec<_> = trail(world).into_iter().filter(|record| record.2 == Outcome::Unanswered).collect();
    assert!(unanswered.iter().all(|record| *record == asked(Provider::WeChat, Outcome::Unanswered)));
    unanswered.len()
}

fn do_one(world: &World, order: Order, duty: Duty) {
    let performed = done(perform(&world.ports(), order, vec![duty], world.deadline()));
    assert_eq!(performed.answered, Some(false), "{duty:?}");
}

/// What should have changed something at the provider is in the trail; a question is not.
#[test]
fn trail_has_an_unanswered_close_but_no_unanswered_question() {
    let (world, order) = World::with_order();
    let n = order.attempts[0].n;
    assert_eq!(silences(&world, || do_one(&world, order.clone(), Duty::Ask(n))), 0);
    assert_eq!(silences(&world, || do_one(&world, world.order(order.no), Duty::Close(n))), 1);
    world.pass(30 * 60);
    let sweep = || assert_eq!(world.sweep().claimed, 1);
    assert_eq!(silences(&world, sweep), 1, "asked about and closed in vain");
}

#[test]
fn trail_has_an_unanswered_refund_but_no_unanswered_refund_question() {
    let refund_all =
        |world: &World, no| done(refund(&world.ports(), no, &wanted("r", None), world.deadline())).unwrap().order;
    let world = World::new();
    let no = world.bought_points().no;
    let send = || assert_eq!(refund_all(&world, no).refunds[0].state, RefundState::Requested);
    assert_eq!(silences(&world, send), 1);
    world.pass(60);
    let send_again = || assert_eq!(world.sweep().claimed, 1);
    assert_eq!(silences(&world, send_again), 1);

    let world = World::new();
    let no = world.bought_points().no;
    world.bank.books(|books| books.refund_word = Some(RefundWord::Processing));
    let order = refund_all(&world, no);
    assert_eq!(silences(&world, || do_one(&world, order, Duty::AskRefund(0))), 0);
}

#[test]
fn lost_record_does_not_stop_the_flow() {
    let world = World::new();
    world.memory.faults(|faults| faults.plan(CallKind::KeepRecord, 1, Fault::Before));
    let order = world.order_points();
    let reports = world.pay(first(&order));
    assert!(world.settle(first(&order), &reports).is_ok());
    world.work();
    assert_eq!((world.wallet().points(), trail(&world).len()), (100, 0));
}
