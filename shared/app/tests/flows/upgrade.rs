//! Upgrades: what they cost, what they replace, and what becomes of them when that is gone.

use till_app::Failure;
use till_app::create::CreateRequest;
use till_app::fulfil::fulfil;
use till_app::ports::{ListedProduct, Task};
use till_app::refund::refund;
use till_domain::order::{Fulfilment, Order, Status};
use till_domain::product::Product;
use till_domain::refusal::Refusal;
use till_memory::{CallKind, Fault};

use crate::run::{done, side_by_side};
use crate::world::{WORTH, World, cny, first, request, wanted};

const FIFTEEN_DAYS: u32 = 15 * 86_400;

pub fn to_gold() -> CreateRequest {
    CreateRequest { is_upgrade: true, ..request("membership", "gold") }
}

/// A silver membership of 30 days, half of it used.
pub fn with_silver() -> (World, Order) {
    let world = World::new();
    let silver = world.create(&request("membership", "silver")).unwrap().order;
    world.buy(&silver);
    world.work();
    world.pass(FIFTEEN_DAYS);
    (world, silver)
}

fn tier(world: &World) -> Option<String> {
    world.wallet().at(world.now()).tier().map(|tier| tier.name.to_string())
}

#[test]
fn upgrade_costs_the_higher_price_less_the_unused_worth() {
    let (world, _) = with_silver();
    let gold = world.create(&to_gold()).unwrap().order;
    assert_eq!(gold.sold.price, cny(9_000 - 3_000 / 2));
    world.buy(&gold);
    world.settle_down();
    assert_eq!(tier(&world).as_deref(), Some("gold"));
    assert_eq!(world.wallet().spans().len(), 1);
}

/// Bought, paid and granted.
fn bought(world: &World, request: &CreateRequest) -> Order {
    let order = world.create(request).unwrap().order;
    world.buy(&order);
    world.work();
    world.order(order.no)
}

#[test]
fn upgrade_counts_of_a_bundle_what_it_states() {
    for (bundle, worth) in [("silent", 0), ("bundle", WORTH)] {
        let world = World::new();
        for _ in 0..10 {
            let order = bought(&world, &request("package", bundle));
            assert_eq!(order.sold.upgrade_worth, Some(cny(worth)));
        }
        assert_eq!(world.create(&to_gold()).unwrap().order.sold.price, cny(9_000 - 10 * worth), "{bundle}");
    }
}

#[test]
fn membership_alone_is_sold_without_a_worth_and_counts_whole() {
    let world = World::new();
    let silver = bought(&world, &request("membership", "silver"));
    assert_eq!(silver.sold.upgrade_worth, None);
    assert_eq!(world.create(&to_gold()).unwrap().order.sold.price, cny(9_000 - 3_000));
}

#[test]
fn bundle_that_was_an_upgrade_counts_what_it_states_of_its_list_price() {
    let world = World::new();
    bought(&world, &request("membership", "silver"));
    let bundle = CreateRequest { is_upgrade: true, ..request("package", "gold") };
    assert_eq!(bought(&world, &bundle).sold.price, cny(6_000 - 3_000));
    let platinum = CreateRequest { is_upgrade: true, ..request("membership", "platinum") };
    assert_eq!(world.create(&platinum).unwrap().order.sold.price, cny(20_000 - WORTH));
}

#[test]
fn worth_is_frozen_when_the_order_is_made() {
    let world = World::new();
    let bundle = bought(&world, &request("package", "bundle"));
    world.memory.tables(|tables| {
        let name = (bundle.sold.kind.clone(), bundle.sold.product.clone());
        let stated = Product::clone(&tables.products[&name]).with_upgrade_worths(vec![cny(900)]).unwrap();
        tables.put_product(ListedProduct { product: stated, sort: 0, description: None });
    });
    assert_eq!(world.create(&to_gold()).unwrap().order.sold.price, cny(9_000 - WORTH));
    let later = bought(&world, &request("package", "bundle"));
    assert_eq!(later.sold.upgrade_worth, None, "all of it");
    assert_eq!(world.create(&to_gold()).unwrap().order.sold.price, cny(9_000 - WORTH - 900));
}

#[test]
fn upgrade_is_refused_without_a_lower_membership() {
    let world = World::new();
    assert_eq!(world.create(&to_gold()).unwrap_err(), Failure::Refused(Refusal::NothingToUpgrade));
    let (world, _) = with_silver();
    world.pass(FIFTEEN_DAYS);
    assert_eq!(world.create(&to_gold()).unwrap_err(), Failure::Refused(Refusal::NothingToUpgrade), "it is over");
}

#[test]
fn partial_refund_before_the_pricing_lowers_the_credit() {
    let (world, silver) = with_silver();
    done(refund(&world.ports(), silver.no, &wanted("r", Some(cny(1_000))), world.deadline())).unwrap();
    assert_eq!(world.create(&to_gold()).unwrap().order.sold.price, cny(9_000 - 2_000 / 2));
}

/// The silver order goes back after the pricing, before or at the very moment of the grant.
#[test]
fn upgrade_is_superseded_when_the_replaced_order_was_refunded() {
    let (world, silver) = with_silver();
    let gold = world.create(&to_gold()).unwrap().order;
    done(refund(&world.ports(), silver.no, &wanted("r", None), world.deadline())).unwrap();
    world.buy(&gold);
    world.settle_down();
    superseded(&world, &gold);
    assert_eq!(world.order(silver.no).status(), Status::Refunded);
    assert_eq!(tier(&world), None);
}

#[test]
fn upgrade_is_superseded_by_a_refund_during_its_grant() {
    let (world, silver) = with_silver();
    let gold = world.create(&to_gold()).unwrap().order;
    world.buy(&gold);
    world.memory.faults(|faults| faults.plan(CallKind::Commit, 1, Fault::Delay));
    let (worker, admin) = (world.clone(), world.clone());
    side_by_side(vec![
        Box::pin(async { worker.work_beside().await }),
        Box::pin(async {
            let order = wanted("r", None);
            refund(&admin.ports(), silver.no, &order, admin.deadline()).await.map(|_| ())
        }),
    ]);
    world.settle_down();
    superseded(&world, &gold);
    assert_eq!(world.order(silver.no).status(), Status::Refunded);
}

#[test]
fn two_workers_that_supersede_one_upgrade_both_succeed() {
    let (world, silver) = with_silver();
    let gold = world.create(&to_gold()).unwrap().order;
    done(refund(&world.ports(), silver.no, &wanted("r", None), world.deadline())).unwrap();
    world.buy(&gold);
    world.memory.faults(|faults| faults.plan(CallKind::SaveOrder, 1, Fault::Delay));
    let ports = [world.ports(), world.ports()];
    let task = Task::Grant(gold.no);
    let outcomes = side_by_side(vec![Box::pin(fulfil(&ports[0], task, None)), Box::pin(fulfil(&ports[1], task, None))]);
    assert_eq!(outcomes, [Ok(()), Ok(())]);
    world.settle_down();
    superseded(&world, &gold);
}

#[test]
fn upgrade_is_superseded_by_a_lower_membership_bought_meanwhile() {
    let (world, _) = with_silver();
    let gold = world.create(&to_gold()).unwrap().order;
    let more = world.create(&request("membership", "silver")).unwrap().order;
    world.buy(&more);
    world.work();
    world.buy(&gold);
    world.settle_down();
    superseded(&world, &gold);
    assert_eq!(tier(&world).as_deref(), Some("silver"));
}

#[test]
fn one_of_two_upgrades_of_one_membership_is_granted() {
    let (world, _) = with_silver();
    let orders = [world.create(&to_gold()).unwrap().order, world.create(&to_gold()).unwrap().order];
    for order in &orders {
        world.buy(order);
    }
    world.settle_down();
    assert_eq!(world.order(orders[0].no).fulfilment(), Fulfilment::Granted);
    superseded(&world, &orders[1]);
}

fn superseded(world: &World, gold: &Order) {
    let gold = world.order(gold.no);
    assert!(gold.superseded.is_some());
    assert_eq!((gold.status(), gold.granting.granted), (Status::Refunded, None));
    let given = world.bank.books(|books| {
        let back = books.refunds.values().filter(|refund| refund.of == crate::provider::trade_no(first(&gold)));
        back.map(|refund| refund.amount.minor()).sum::<u64>()
    });
    assert_eq!(given, gold.sold.price.minor(), "all of it, once");
    assert!(!world.ledger().contains(&gold.no.to_string()));
}
