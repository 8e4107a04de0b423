//! Every flow on its happy path: the world before it, the flow itself, and what its people do afterwards.

use till_app::Failure;
use till_app::cancel::{Canceller, cancel};
use till_app::ports::DuePart;
use till_app::refund::refund;
use till_app::resolve::resolve;
use till_app::spend::spend;
use till_app::sweep::{Patience, sweep};
use till_domain::id::{AttemptNo, OrderNo, PaymentNo};
use till_domain::order::{Decision, HoldWord, LatePolicy, RefundRequest, RefundWord, Report};
use till_domain::provider::Method;
use till_memory::flows::{create, retry, settle};

use crate::provider::TradeState;
use crate::resolve::resolution;
use crate::retry::wish;
use crate::run::{Flow, done};
use crate::upgrade::{to_gold, with_silver};
use crate::world::{World, buyer, cny, first, keyed, wanted};

type Outcome = Flow<'static, Result<(), Failure>>;

pub struct Scenario {
    pub name: &'static str,
    pub set_up: fn() -> World,
    pub act: fn(World) -> Outcome,
    /// What people do when the flow is over, however often it had to be begun.
    pub then: fn(&World),
}

const NOTHING: fn(&World) = |_| {};

pub const ALL: &[Scenario] = &[
    Scenario { name: "create", set_up: World::new, act: create_with_key, then: pay_what_the_key_shows },
    Scenario { name: "retry", set_up: pending, act: try_again, then: pay_the_newest },
    Scenario { name: "cancel", set_up: pending, act: cancel_it, then: NOTHING },
    Scenario { name: "settle", set_up: paid_at_the_bank, act: hear_of_all, then: NOTHING },
    Scenario { name: "settle a second payment", set_up: paid_twice, act: hear_of_all, then: NOTHING },
    Scenario { name: "settle a late payment", set_up: paid_late, act: hear_of_all, then: NOTHING },
    Scenario { name: "settle an odd payment", set_up: paid_short, act: hear_of_all, then: NOTHING },
    Scenario { name: "settle an orphan", set_up: paid_at_the_bank, act: hear_of_a_stranger, then: NOTHING },
    Scenario { name: "sweep: ask", set_up: || later(paid_at_the_bank(), 60), act: sweep_it, then: NOTHING },
    Scenario { name: "sweep: remind", set_up: || later(pending(), 25 * 60), act: sweep_it, then: NOTHING },
    Scenario { name: "sweep: expire", set_up: || later(pending(), 30 * 60), act: sweep_it, then: NOTHING },
    Scenario { name: "sweep: send a return", set_up: || later(heard(paid_late()), 1), act: sweep_it, then: NOTHING },
    Scenario { name: "sweep: close", set_up: || later(heard(paid_twice_once()), 1), act: sweep_it, then: NOTHING },
    Scenario { name: "sweep: ask refund", set_up: || later(refunding(), 60), act: sweep_it, then: NOTHING },
    Scenario { name: "grant", set_up: || heard(paid_at_the_bank()), act: work, then: NOTHING },
    Scenario { name: "grant an upgrade", set_up: upgrading, act: work, then: NOTHING },
    Scenario { name: "supersede", set_up: superseding, act: work, then: NOTHING },
    Scenario { name: "revoke", set_up: revoking, act: work, then: NOTHING },
    Scenario { name: "refund", set_up: bought, act: give_back, then: NOTHING },
    Scenario { name: "refund, slowly", set_up: bought_at_a_slow_bank, act: give_back, then: NOTHING },
    Scenario { name: "resolve: return", set_up: || heard(paid_short()), act: return_it, then: NOTHING },
    Scenario { name: "resolve: accept", set_up: || heard(paid_short()), act: accept_it, then: NOTHING },
    Scenario { name: "spend", set_up: bought, act: spend_it, then: NOTHING },
];

fn only(world: &World) -> OrderNo {
    world.orders()[0].no
}

fn pending() -> World {
    World::with_order().0
}

fn later(world: World, seconds: u32) -> World {
    world.pass(seconds);
    world
}

fn paid_at_the_bank() -> World {
    let world = pending();
    world.pay(first(&world.orders()[0]));
    world
}

/// The first attempt could not be closed, and its buyer paid both.
fn paid_twice() -> World {
    let world = paid_twice_once();
    world.pay(first(&world.orders()[0]));
    world
}

/// Two attempts are open, and the second is paid.
fn paid_twice_once() -> World {
    let (world, no) = World::with_order_no();
    world.open_second_attempt(no);
    world.pay(only(&world).payment(AttemptNo::new(2).unwrap()));
    world
}

fn paid_late() -> World {
    let mut world = World::new();
    world.settings.policy.late = LatePolicy::Refund;
    let order = world.order_points();
    world.pass(30 * 60 + 1);
    world.pay(first(&order));
    world
}

fn paid_short() -> World {
    let world = pending();
    world.bank.pay(first(&world.orders()[0]), cny(989), world.now());
    world
}

fn heard(world: World) -> World {
    done(hear_of_all(world.clone())).unwrap();
    world
}

fn bought() -> World {
    let world = World::new();
    world.bought_points();
    world
}

fn bought_at_a_slow_bank() -> World {
    let world = bought();
    world.bank.books(|books| books.refund_word = Some(RefundWord::Processing));
    world
}

fn refunding() -> World {
    let world = bought_at_a_slow_bank();
    done(give_back(world.clone())).unwrap();
    world
}

fn revoking() -> World {
    let world = bought();
    done(give_back(world.clone())).unwrap();
    world
}

/// A silver membership, and an upgrade of it to gold that is paid.
fn upgrading() -> World {
    let (world, _) = with_silver();
    let gold = world.create(&to_gold()).unwrap().order;
    world.buy(&gold);
    world
}

/// The same, and the silver order went back in the meantime.
fn superseding() -> World {
    let world = upgrading();
    done(give_back(world.clone())).unwrap();
    world
}

fn create_with_key(world: World) -> Outcome {
    Box::pin(async move {
        let payable = create(&world.ports(), &world.settings, &keyed("k"), world.deadline()).await?;
        world.show(&payable);
        Ok(())
    })
}

/// If the answer that the order exists is lost, its key is free for the next owner after half a minute.
fn pay_what_the_key_shows(world: &World) {
    world.pass(31);
    let order = world.create(&keyed("k")).unwrap().order;
    pay_and_hear(world, order.no.payment(order.newest_attempt().unwrap().n));
}

fn try_again(world: World) -> Outcome {
    Box::pin(async move {
        let wish = wish(only(&world), Some(Method::StripeCheckout));
        world.show(&retry(&world.ports(), &wish, world.deadline()).await?);
        Ok(())
    })
}

fn pay_the_newest(world: &World) {
    let order = &world.orders()[0];
    pay_and_hear(world, order.no.payment(order.newest_attempt().unwrap().n));
}

fn pay_and_hear(world: &World, no: PaymentNo) {
    let reports = world.pay(no);
    world.settle(no, &reports).unwrap();
}

fn cancel_it(world: World) -> Outcome {
    Box::pin(async move {
        let who = Canceller::Buyer(buyer());
        cancel(&world.ports(), &who, only(&world), world.deadline()).await.map(|_| ())
    })
}

/// The callbacks of all payments come, the newest first.
fn hear_of_all(world: World) -> Outcome {
    Box::pin(async move {
        for (no, reports) in paid(&world) {
            settle(&world.ports(), no, &reports).await?;
        }
        Ok(())
    })
}

fn hear_of_a_stranger(world: World) -> Outcome {
    Box::pin(async move {
        let (_, reports) = paid(&world).remove(0);
        let stranger = OrderNo::mint(crate::world::start(), 99).payment(AttemptNo::FIRST);
        settle(&world.ports(), stranger, &reports).await.map(|_| ())
    })
}

fn paid(world: &World) -> Vec<(PaymentNo, Vec<Report>)> {
    let paid = world.bank.books(|books| {
        let paid = books.trades.iter().filter(|(_, trade)| matches!(trade.state, TradeState::Paid { .. }));
        paid.map(|(no, _)| *no).rev().collect::<Vec<_>>()
    });
    paid.into_iter().map(|no| (no, world.bank.reports(no))).collect()
}

fn sweep_it(world: World) -> Outcome {
    Box::pin(async move { sweep(&world.ports(), DuePart::All, world.limits(), &Patience::default()).await.map(|_| ()) })
}

fn work(world: World) -> Outcome {
    Box::pin(async move { world.work_beside().await })
}

fn give_back(world: World) -> Outcome {
    Box::pin(async move {
        let wish = RefundRequest { revoke: true, ..wanted("r", None) };
        refund(&world.ports(), only(&world), &wish, world.deadline()).await.map(|_| ())
    })
}

fn return_it(world: World) -> Outcome {
    Box::pin(decide(world, Decision::Return))
}

fn accept_it(world: World) -> Outcome {
    Box::pin(decide(world, Decision::Accept))
}

async fn decide(world: World, decision: Decision) -> Result<(), Failure> {
    let decision = resolution(HoldWord::OddPayment, decision);
    resolve(&world.ports(), only(&world), &decision, world.deadline()).await.map(|_| ())
}

fn spend_it(world: World) -> Outcome {
    Box::pin(async move { spend(&world.ports(), &crate::spend::points("k", 30)).await.map(|_| ()) })
}
