//! Upgrades: their price, what they replace, and what comes back.

use super::*;
use crate::currency::Currency;

#[test]
fn upgrade_costs_the_list_price_less_the_unused_worth() {
    let mut world = World::new();
    assert_eq!(world.price(2, 30, 90, 0), Err(Refusal::NothingToUpgrade));
    world.member(0, 0, 1, 30, 30);
    world.member(1, 0, 1, 30, 30);
    for (on, list, cost) in [(0, 90, 30), (10, 90, 40), (30, 90, 60), (0, 60, 1), (0, 40, 1)] {
        let (price, upgrade) = world.price(2, 30, list, on).unwrap();
        let credits = upgrade.replaced.iter().map(|c| c.credit.minor()).sum::<u64>();
        assert_eq!((price, price.minor() + credits), (yuan(cost), list * 100), "on day {on}");
    }
    assert_eq!(world.price(1, 30, 90, 0), Err(Refusal::NothingToUpgrade), "the same rank is not lower");
    assert_eq!(world.price(2, 30, 90, 60), Err(Refusal::NothingToUpgrade), "all is used up");
}

#[test]
fn upgrade_below_the_minimum_costs_its_list_price_and_other_currencies_give_no_credit() {
    let world = World::with_member();
    let price = |list, least, kept: Money| {
        price(&world.wallet, &membership(2, 30), list, least, day(0), |no| world.paid(no, kept))
    };
    let dollars = Money::new(3000, Currency::USD).unwrap();
    assert_eq!(price(yuan(2), yuan(4), yuan(30)).unwrap().0, yuan(2));
    let (cost, upgrade) = price(yuan(90), yuan(1), dollars).unwrap();
    assert_eq!((cost, upgrade.replaced[0].credit), (yuan(90), yuan(0)));
    assert!(matches!(price(yuan(90), dollars, yuan(30)), Err(Refusal::InvalidField { field: "currency", .. })));
}

#[test]
fn second_upgrade_counts_the_credit_that_the_first_received() {
    let mut world = World::with_member();
    assert_eq!(world.upgrade(1, 15, 2, 30, 90), 75, "half of thirty yuan is unused");
    assert_eq!(world.wallet.spans()[0].worth, yuan(90));
    assert_eq!(world.upgrade(2, 30, 3, 30, 200), 155, "half of ninety, not of seventy-five");
    assert_eq!(world.days(30), [(3, 30, 0)]);
    assert_eq!(world.wallet.spans()[0].depth(), 3);
}

#[test]
fn upgrade_is_superseded_when_its_priced_spans_changed() {
    let priced = || {
        let world = World::with_member();
        let priced = world.price(2, 30, 90, 1).unwrap();
        (world, priced)
    };
    let superseded = Err(Refusal::Superseded);
    let (mut world, (cost, upgrade)) = priced();
    world.revoke(0, 1, &[]);
    assert_eq!(world.granted_upgrade(1, 2, (2, 30), cost, upgrade), superseded, "a source is gone");

    let (mut world, (cost, upgrade)) = priced();
    world.member(2, 1, 1, 30, 30);
    assert_eq!(world.granted_upgrade(1, 2, (2, 30), cost, upgrade), superseded, "a lower one was added");

    let (mut world, (cost, upgrade)) = priced();
    world.granted_upgrade(1, 2, (2, 30), cost, upgrade.clone()).unwrap();
    assert_eq!(world.granted_upgrade(2, 2, (2, 30), cost, upgrade), superseded, "its credit was used");

    let (mut world, _) = priced();
    world.upgrade(1, 1, 2, 30, 90);
    let (cost, upgrade) = world.price(3, 30, 200, 1).unwrap();
    world.revoke(0, 2, &[]);
    assert_eq!(world.granted_upgrade(2, 3, (3, 30), cost, upgrade), superseded, "a source of its source is gone");

    let (mut world, (cost, upgrade)) = priced();
    world.revoke(0, 1, &[]);
    world.member(2, 1, 1, 30, 30);
    let replaced = world.granted_upgrade(1, 2, (2, 30), cost, upgrade);
    assert_eq!(replaced, superseded, "another one of the same worth stands in its place");

    let (mut world, (_, upgrade)) = priced();
    assert_eq!(world.granted_upgrade(1, 2, (1, 30), yuan(1), upgrade), superseded, "it is not lower");

    let (world, (_, upgrade)) = priced();
    assert!(upgrade.still_holds(world.kept()));
    assert!(upgrade.still_holds(|_| yuan(31)));
    assert!(!upgrade.still_holds(|_| yuan(29)));
    assert!(!upgrade.still_holds(|_| Money::zero(Currency::USD)));
}

#[test]
fn upgrade_leaves_another_span_of_its_own_tier() {
    let mut world = World::with_member();
    world.member(1, 0, 2, 30, 90);
    world.upgrade(2, 0, 2, 30, 90);
    assert_eq!(world.days(0), [(2, 30, 0), (2, 30, 0)]);
}

#[test]
fn revoked_upgrade_gives_back_the_replaced_spans_less_the_time_used() {
    let mut world = World::with_member();
    world.upgrade(1, 10, 2, 30, 90);
    world.revoke(1, 25, &[]);
    assert_eq!(world.days(25), [(1, 5, 25)]);

    let mut world = World::with_member();
    world.upgrade(1, 10, 2, 30, 90);
    world.revoke(1, 30, &[]);
    assert_eq!(world.days(30), [], "nothing was left of it");
}

#[test]
fn revoke_of_a_replaced_order_cuts_the_upgrade_by_its_share() {
    let mut world = World::with_member();
    world.upgrade(1, 0, 2, 30, 90);
    world.revoke(0, 15, &[]);
    assert_eq!(world.days(15), [(2, 10, 15)]);
    world.revoke(1, 15, &[]);
    assert_eq!(world.days(15), []);
}

#[test]
fn revoke_deep_inside_cuts_every_span_around_it() {
    let mut world = World::with_member();
    world.upgrade(1, 0, 2, 30, 90);
    assert_eq!(world.upgrade(2, 15, 3, 40, 90), 45, "half of ninety");
    world.revoke(0, 15, &[]);
    let outer = &world.wallet.spans()[0];
    let inner = &outer.replaced[0];
    assert_eq!((inner.span.worth, inner.credit, outer.worth), (yuan(60), yuan(30), yuan(75)));
    assert_eq!((inner.span.left, outer.left), (Seconds::days(10), Seconds(40 * DAY * 75 / 90)));
    assert_eq!(inner.span.replaced, []);
}

#[test]
fn revoke_of_an_inner_upgrade_gives_back_its_replaced_spans() {
    let mut world = World::with_member();
    world.upgrade(1, 0, 2, 30, 90);
    world.upgrade(2, 5, 3, 40, 150);
    world.revoke(1, 10, &[]);
    assert_eq!(world.wallet.spans()[0].worth, yuan(75));
    assert_eq!(world.days(10), [(3, 17, 5), (1, 20, 10)], "half of the upgrade, and the first less ten days");
}

#[test]
fn upgrade_without_worth_is_not_cut() {
    let mut world = World::new();
    world.member(0, 0, 1, 30, 0);
    let (_, upgrade) = world.price(2, 30, 90, 0).unwrap();
    world.granted_upgrade(1, 0, (2, 30), yuan(0), upgrade).unwrap();
    world.revoke(0, 0, &[]);
    assert_eq!(world.days(0), [(2, 30, 0)]);
}

#[test]
fn span_in_another_currency_gives_an_upgrade_no_credit() {
    let mut world = World::with_member();
    let (_, upgrade) = world.price(2, 30, 90, 0).unwrap();
    let dollars = Money::new(900, Currency::USD).unwrap();
    world.granted_upgrade(1, 0, (2, 30), dollars, upgrade).unwrap();
    assert_eq!(world.wallet.spans()[0].worth, dollars);
    world.revoke(0, 0, &[]);
    assert_eq!(world.days(0), [(2, 30, 0)]);
}

#[test]
fn upgrade_beyond_the_depth_limit_is_refused_when_priced() {
    let mut world = World::new();
    world.member(0, 0, 0, 30, 30);
    for rank in 1..MOST_DEPTH {
        world.upgrade(rank.try_into().unwrap(), 0, rank.try_into().unwrap(), 30, 90);
    }
    assert_eq!(world.wallet.spans()[0].depth(), MOST_DEPTH);
    assert_eq!(world.price(200, 30, 90, 0), Err(Refusal::WalletFull));
}
