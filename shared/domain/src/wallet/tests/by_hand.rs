//! What the team gives, extends and takes back by hand, beside orders that are taken back and upgraded.

use super::*;

impl World {
    fn by_hand(&mut self, on: u32, done: ByHand) -> Result<(), Refusal> {
        let key = Key::parse(&format!("case-{}", self.ledger.len())).unwrap();
        let reason = Reason::parse("goodwill").unwrap();
        self.apply(Entry::by_hand(key, done, reason, day(on), self.wallet.next_version()))
    }

    fn give(&mut self, on: u32, grants: Vec<Grant>) {
        self.by_hand(on, ByHand::Grant(grants)).unwrap();
    }

    /// Takes as much as there is of it, and returns that.
    fn take(&mut self, on: u32, asked: Portion) -> Portion {
        let taken = self.wallet.at(day(on)).takeable(&asked);
        self.by_hand(on, ByHand::Revoke { asked, taken: taken.clone() }).unwrap();
        taken
    }

    fn take_points(&mut self, on: u32, points: u64) -> u64 {
        self.take(on, Portion::new(points, None, None).unwrap()).points
    }

    /// As the flow does it, which looks the granting up.
    fn take_back(&mut self, n: u64, on: u32, grants: &[Grant]) {
        let granting = self.ledger.iter().find(|entry| entry.source() == Source::Grant(by(n))).cloned();
        let revoke = Entry::revoke(by(n), grants, day(on), self.wallet.next_version());
        self.apply(revoke.map(|revoke| revoke.sparing(granting.as_ref()))).unwrap();
    }

    fn givers(&self) -> Vec<bool> {
        self.wallet.spans().iter().map(|span| span.source.is_by_hand()).collect()
    }
}

fn some_days(rank: u8, days: u32) -> Portion {
    Portion::new(0, None, Some((tier(rank).name, days))).unwrap()
}

fn uses(count: u64) -> Portion {
    Portion::new(0, Some((name("export"), count)), None).unwrap()
}

#[test]
fn grant_by_hand_stays_when_an_order_beside_it_is_taken_back() {
    let mut world = World::with_member();
    let grants = [points(10), quota("export", 5, 30)];
    world.grant(1, 0, grants.to_vec()).unwrap();
    world.give(0, vec![points(7), quota("export", 3, 30), Grant::Membership(membership(1, 10))]);
    assert_eq!((world.wallet.points(), world.lots(0), world.days(0)), (17, vec![5, 3], vec![(1, 30, 0), (1, 10, 0)]));
    assert_eq!(world.givers(), [false, true], "what was bought runs first");
    world.take_back(0, 0, &[]);
    world.take_back(1, 0, &grants);
    assert_eq!((world.wallet.points(), world.lots(0), world.days(0)), (7, vec![3], vec![(1, 10, 0)]));
}

#[test]
fn revoke_by_hand_takes_what_there_is_and_says_how_much() {
    let mut world = World::with_member();
    world.grant(1, 0, vec![points(10), quota("export", 5, 30)]).unwrap();
    world.spend(1, 4, Some((name("export"), 2))).unwrap();
    let asked = Portion::new(50, Some((name("export"), 50)), Some((tier(1).name, 50))).unwrap();
    let taken = world.take(10, asked.clone());
    let all =
        Portion { points: 6, quota: Some((name("export"), 3)), membership: Some((tier(1).name, Seconds::days(20))) };
    assert_eq!(taken, all);
    assert_eq!((world.wallet.points(), world.lots(10), world.days(10)), (0, vec![], vec![]));
    let nothing = world.take(10, asked);
    assert_eq!((nothing.points, nothing.quota.unwrap().1, nothing.membership.unwrap().1), (0, 0, Seconds(0)));
    assert_eq!(Wallet::replay(&world.ledger), Ok(world.wallet));
}

#[test]
fn order_does_not_take_back_points_that_were_taken_by_hand() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(100)]).unwrap();
    world.grant(1, 0, vec![points(50)]).unwrap();
    assert_eq!(world.take_points(1, 30), 30);
    world.take_back(0, 2, &[points(100)]);
    assert_eq!(world.wallet.points(), 50, "those of the other order");
    world.take_back(1, 3, &[points(50)]);
    assert_eq!(world.wallet.points(), 0);
}

#[test]
fn order_of_later_does_not_make_up_for_points_that_were_taken_before() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(100)]).unwrap();
    world.take_points(1, 30);
    world.grant(1, 1, vec![points(50)]).unwrap();
    world.take_back(1, 1, &[points(50)]);
    assert_eq!(world.wallet.points(), 70, "bought and given back, it leaves no trace");
    world.take_back(0, 2, &[points(100)]);
    assert_eq!(world.wallet.points(), 0);
}

#[test]
fn points_below_zero_are_those_that_were_spent() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(100)]).unwrap();
    world.spend(1, 80, None).unwrap();
    assert_eq!(world.take_points(2, 50), 20);
    world.take_back(0, 3, &[points(100)]);
    assert_eq!(world.wallet.points(), -80);
    assert_eq!(world.take_points(4, 1), 0, "there is nothing to take");
}

#[test]
fn points_that_were_given_by_hand_are_taken_first_and_make_up_for_what_was_taken() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(100)]).unwrap();
    world.give(0, vec![points(50)]);
    world.take_points(1, 60);
    assert_eq!(world.wallet.points_by_hand().balance(), -10);
    world.give(2, vec![points(25)]);
    assert_eq!(world.wallet.points_by_hand().balance(), 15);
    world.take_back(0, 3, &[points(100)]);
    assert_eq!(world.wallet.points(), 15, "what is left of what was given");
}

#[test]
fn taken_uses_are_of_what_was_given_by_hand_first_and_then_of_what_ends_soonest() {
    let mut world = World::new();
    world.grant(0, 0, vec![quota("export", 10, 5)]).unwrap();
    world.grant(1, 0, vec![quota("export", 10, 9)]).unwrap();
    world.give(0, vec![quota("export", 10, 20)]);
    world.spend(0, 0, Some((name("export"), 4))).unwrap();
    assert_eq!(world.lots(0), [6, 10, 10]);
    world.take(1, uses(12));
    assert_eq!(world.lots(1), [4, 10]);
    world.take(1, uses(5));
    assert_eq!(world.lots(1), [9]);
    world.take_back(0, 2, &[]);
    assert_eq!(world.lots(2), [9]);
    world.take_back(1, 2, &[]);
    assert_eq!(world.lots(2), []);
}

#[test]
fn taken_days_are_of_one_tier_and_of_what_was_given_by_hand_first() {
    let mut world = World::with_member();
    world.member(1, 0, 2, 5, 30);
    world.give(0, vec![Grant::Membership(membership(1, 10))]);
    assert_eq!(world.days(0), [(2, 5, 0), (1, 30, 0), (1, 10, 0)]);
    world.take(0, some_days(1, 12));
    assert_eq!(world.days(0), [(2, 5, 0), (1, 28, 2)]);
    assert_eq!(world.take(0, some_days(2, 9)).membership.unwrap().1, Seconds::days(5));
    assert_eq!(world.days(0), [(1, 28, 2)]);
}

#[test]
fn upgrade_counts_no_days_that_were_taken_by_hand() {
    let mut world = World::with_member();
    world.take(10, some_days(1, 5));
    // 15 of 30 days are left, as if 15 had run.
    assert_eq!(world.upgrade(1, 10, 2, 90, 100), 100 - 15);
}

#[test]
fn upgrade_neither_counts_nor_replaces_what_was_given_by_hand() {
    let mut world = World::new();
    world.give(0, vec![Grant::Membership(membership(1, 30))]);
    assert_eq!(world.price(2, 90, 100, 0), Err(Refusal::NothingToUpgrade));
    world.member(0, 0, 1, 30, 30);
    assert_eq!(world.upgrade(1, 15, 2, 90, 100), 100 - 15);
    assert_eq!(world.days(15), [(2, 90, 0), (1, 30, 0)]);
    assert_eq!(world.givers(), [false, true]);
}

#[test]
fn grant_by_hand_between_pricing_and_delivery_does_not_supersede_an_upgrade() {
    let mut world = World::with_member();
    let (cost, upgrade) = world.price(2, 90, 100, 10).unwrap();
    world.give(10, vec![Grant::Membership(membership(1, 10))]);
    world.granted_upgrade(1, 10, (2, 90), cost, upgrade).unwrap();
    assert_eq!(world.days(10), [(2, 90, 0), (1, 10, 0)]);
    world.revoke(1, 20, &[]);
    assert_eq!(world.days(20), [(1, 10, 20), (1, 10, 0)], "the replaced one comes back, less ten days");
}

#[test]
fn running_membership_is_extended_in_its_tier() {
    let mut world = World::with_member();
    world.member(1, 0, 2, 5, 30);
    assert_eq!(world.wallet.at(day(1)).extendable(), Ok(&tier(2)));
    assert_eq!(world.wallet.at(day(6)).extendable(), Ok(&tier(1)));
    world.by_hand(6, ByHand::Extend(membership(1, 7))).unwrap();
    assert_eq!(world.days(6), [(1, 29, 1), (1, 7, 0)]);
    assert_eq!(world.wallet.at(day(6)).member_until(), Some(day(42)));
}

#[test]
fn membership_that_just_ended_is_extended_even_after_other_changes() {
    let mut world = World::with_member();
    world.grant(1, 31, vec![points(1)]).unwrap();
    assert_eq!(world.wallet.ended(), Some(&Ended { tier: tier(1), at: day(30) }));
    assert_eq!(world.wallet.at(day(60)).extendable(), Ok(&tier(1)));
    assert_eq!(world.wallet.at(day(61)).extendable(), Err(Refusal::NothingToExtend));
    world.by_hand(60, ByHand::Extend(membership(1, 7))).unwrap();
    assert_eq!(world.wallet.member_until(), Some(day(67)));
    assert_eq!(world.wallet.at(day(70)).ended().map(|ended| ended.at), Some(day(67)));
    assert_eq!(Wallet::new().extendable(), Err(Refusal::NothingToExtend));
}

#[test]
fn membership_that_was_taken_back_is_not_extended() {
    let mut world = World::with_member();
    world.take(1, some_days(1, 30));
    assert_eq!(world.wallet.extendable(), Err(Refusal::NothingToExtend));
    world.member(1, 2, 1, 30, 30);
    world.take_back(1, 3, &[]);
    assert_eq!(world.wallet.extendable(), Err(Refusal::NothingToExtend));
}

#[test]
fn portion_and_grants_by_hand_keep_the_limits_of_a_product() {
    assert!(Portion::new(1_000_000_000, None, None).is_ok());
    for (points, quota, days) in [
        (0, None, None),
        (1_000_000_001, None, None),
        (0, Some((name("export"), 0)), None),
        (0, Some((name("export"), 1_000_000_001)), None),
        (0, None, Some((tier(1).name, 0))),
        (1, None, Some((tier(1).name, 3_651))),
        (1, None, Some((tier(1).name, u32::MAX))),
    ] {
        assert!(Portion::new(points, quota.clone(), days.clone()).is_err(), "{points} {quota:?} {days:?}");
    }
    let mut world = World::new();
    let two = vec![Grant::Membership(membership(1, 1)), Grant::Membership(membership(2, 1))];
    for grants in [vec![], two, vec![points(1); 9]] {
        assert!(world.by_hand(0, ByHand::Grant(grants)).is_err());
    }
    let (asked, more) = (Portion::new(1, None, None).unwrap(), Portion::new(2, None, None).unwrap());
    assert!(world.by_hand(0, ByHand::Revoke { asked: asked.clone(), taken: more }).is_err());
    let refused = world.by_hand(0, ByHand::Revoke { asked: asked.clone(), taken: asked });
    assert_eq!(refused, Err(Refusal::Insufficient), "more than there is");
    let named = |key: &str| {
        let (key, reason) = (Key::parse(key).unwrap(), Reason::parse("goodwill").unwrap());
        Entry::by_hand(key, ByHand::Grant(vec![points(1)]), reason, day(0), 1).is_ok()
    };
    assert!(named(&"k".repeat(64)) && !named(&"k".repeat(65)));
    assert_eq!(world.wallet, Wallet::new());
}

#[test]
fn takings_that_no_order_has_made_up_for_are_limited() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(100)]).unwrap();
    for _ in 0..MOST_TAKEN {
        world.take_points(1, 1);
    }
    let one = Portion::new(1, None, None).unwrap();
    let refused = world.by_hand(1, ByHand::Revoke { asked: one.clone(), taken: one });
    assert_eq!(refused, Err(Refusal::WalletFull));
    world.give(2, vec![points(1)]);
    assert_eq!(world.take_points(2, 1), 1, "what was made up for is not remembered");
}
