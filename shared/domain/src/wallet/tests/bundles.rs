//! Bundles: an upgrade counts what was paid for their membership, and nothing of what was paid for the rest.

use super::*;

impl World {
    /// A bundle for so many yuan, of which `worth` are for its membership.
    fn bundle(&mut self, n: u64, on: u32, rank: u8, (list, worth): (u64, u64)) {
        self.member(n, on, rank, 30, list);
        self.shares.push((order(n), MembershipShare::new(yuan(worth), yuan(list))));
    }

    /// An upgrade to a bundle, priced and granted at once; what it costs.
    fn upgrade_to_bundle(&mut self, n: u64, on: u32, rank: u8, (list, worth): (u64, u64)) -> u64 {
        let cost = self.upgrade(n, on, rank, 30, list);
        self.shares.push((order(n), MembershipShare::new(yuan(worth), yuan(list))));
        cost
    }

    /// What an upgrade to the highest tier, for a thousand yuan, counts of the lower ones.
    fn credit(&self, on: u32) -> Money {
        yuan(1_000).minus(self.price(9, 30, 1_000, on).unwrap().0).unwrap()
    }
}

#[test]
fn upgrade_counts_the_unused_part_of_what_a_bundle_states() {
    for (worth, at_once, half_used) in [(0, 0, 0), (30, 30, 15), (100, 100, 50)] {
        let mut world = World::new();
        world.bundle(0, 0, 1, (100, worth));
        assert_eq!((world.credit(0), world.credit(15)), (yuan(at_once), yuan(half_used)), "{worth} of 100");
    }
}

#[test]
fn ten_bundles_count_for_ten_memberships() {
    let mut world = World::new();
    for n in 0..10 {
        world.bundle(n, 0, 1, (99, 10));
    }
    assert_eq!(world.credit(0), yuan(100));
    // The first has run half of its time, the others wait.
    assert_eq!(world.credit(15), yuan(95));
}

#[test]
fn share_is_rounded_down() {
    let third = MembershipShare::new(yuan(1), yuan(3));
    assert_eq!(third.of(yuan(1)), Money::new(33, Currency::CNY).unwrap());
    assert_eq!(third.of(Money::new(200, Currency::USD).unwrap()), Money::new(66, Currency::USD).unwrap());
    assert_eq!((MembershipShare::WHOLE.of(yuan(7)), MembershipShare::NOTHING.of(yuan(7))), (yuan(7), yuan(0)));
    assert_eq!(MembershipShare::new(yuan(0), yuan(0)).of(yuan(7)), yuan(0), "no price, no share");
    assert_eq!(MembershipShare::new(yuan(9), yuan(3)).of(yuan(7)), yuan(7), "never more than was paid");
}

#[test]
fn partial_refund_lowers_the_credit_by_the_same_share() {
    let mut world = World::new();
    world.bundle(0, 0, 1, (100, 60));
    let half_back = |no| world.paid(no, yuan(50));
    let (cost, _) = price(&world.wallet, &membership(2, 30), yuan(200), yuan(1), day(0), half_back).unwrap();
    assert_eq!(cost, yuan(200 - 30));
}

#[test]
fn membership_upgraded_to_a_bundle_counts_for_no_more_than_the_bundle_states() {
    for worth in [0, 60, 100] {
        let mut world = World::new();
        world.member(0, 0, 1, 30, 80);
        assert_eq!(world.upgrade_to_bundle(1, 0, 2, (100, worth)), 20);
        assert_eq!(world.credit(0), yuan(worth));
        // Given back, the membership counts whole again.
        world.revoke(1, 0, &[]);
        assert_eq!(world.credit(0), yuan(80));
    }
}

#[test]
fn chain_of_bundles_counts_for_the_last_ones_membership() {
    let mut world = World::new();
    world.bundle(0, 0, 1, (100, 60));
    assert_eq!(world.upgrade_to_bundle(1, 0, 2, (100, 60)), 40);
    assert_eq!(world.upgrade_to_bundle(2, 0, 3, (100, 60)), 40);
    assert_eq!(world.credit(0), yuan(60));
    assert_eq!(world.wallet.spans()[0].worth, yuan(100));
}

#[test]
fn revoke_inside_a_bundle_cuts_its_time_and_the_credit_that_it_gave() {
    let mut world = World::new();
    world.member(0, 0, 1, 30, 80);
    world.upgrade_to_bundle(1, 0, 2, (100, 60));
    assert_eq!(world.upgrade(2, 0, 3, 30, 120), 60);
    world.revoke(0, 0, &[]);
    let outer = &world.wallet.spans()[0];
    let inner = &outer.replaced[0];
    // A fifth of the bundle is still paid for, and so a fifth of its membership.
    assert_eq!((inner.span.worth, inner.credit, outer.worth), (yuan(20), yuan(12), yuan(72)));
    assert_eq!((inner.span.left, outer.left), (Seconds::days(6), Seconds::days(18)));
    world.revoke(2, 0, &[]);
    assert_eq!(world.credit(0), yuan(12));
}
