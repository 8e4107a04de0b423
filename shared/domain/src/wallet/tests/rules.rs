//! Points, quotas, spans, the ledger and the limits.

use super::*;
use crate::currency::Currency;

#[test]
fn highest_tier_runs_and_the_others_wait() {
    let mut world = World::with_member();
    world.member(1, 10, 2, 5, 30);
    world.member(2, 10, 1, 30, 30);
    assert_eq!(world.days(12), [(2, 3, 2), (1, 20, 10), (1, 30, 0)]);
    assert_eq!(world.days(16), [(1, 19, 11), (1, 30, 0)]);
    assert_eq!(world.days(36), [(1, 29, 1)]);
    assert_eq!(world.wallet.at(day(12)).tier(), Some(&tier(2)));
    assert_eq!(world.wallet.at(day(12)).member_until(), Some(day(65)));
    assert_eq!(world.days(65), []);
    assert_eq!(world.wallet.at(day(65)).member_until(), None);
}

#[test]
fn clock_that_goes_back_runs_no_time() {
    let mut world = World::new();
    world.member(0, 10, 1, 30, 30);
    world.grant(1, 5, vec![quota("export", 3, 1)]).unwrap();
    assert_eq!(world.days(3), [(1, 30, 0)]);
    // The day of quota is reckoned from the wallet's own instant: the user loses nothing by our clocks.
    assert_eq!((world.lots(10), world.lots(11)), (vec![3], vec![]));
}

#[test]
fn points_go_below_zero_only_by_a_revoke() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(60), points(40)]).unwrap();
    assert_eq!(world.spend(1, 101, None), Err(Refusal::Insufficient));
    assert_eq!(world.spend(1, u64::MAX, None), Err(Refusal::Insufficient));
    world.spend(1, 30, None).unwrap();
    world.revoke(0, 2, &[points(60), points(40)]);
    assert_eq!(world.wallet.points(), -30);
    assert_eq!(world.spend(3, 1, None), Err(Refusal::Insufficient));
    world.grant(1, 4, vec![points(31)]).unwrap();
    world.spend(5, 1, None).unwrap();
    assert_eq!(world.wallet.points(), 0);
}

#[test]
fn quota_is_spent_while_points_are_below_zero() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(10)]).unwrap();
    world.grant(1, 0, vec![quota("export", 5, 30)]).unwrap();
    world.spend(1, 10, None).unwrap();
    world.revoke(0, 1, &[points(10)]);
    assert_eq!(world.wallet.points(), -10);
    world.spend(2, 0, Some((name("export"), 2))).unwrap();
    assert_eq!((world.wallet.quota(&name("export")), world.wallet.version()), (3, 5));
}

#[test]
fn quota_is_used_from_the_lot_that_ends_soonest() {
    let mut world = World::new();
    world.grant(0, 0, vec![quota("export", 10, 30), quota("query", 7, 1)]).unwrap();
    world.grant(1, 0, vec![quota("export", 5, 10), quota("export", 5, 10)]).unwrap();
    assert_eq!(world.lots(0), [7, 10, 10], "two equal grants of one order make one lot");
    assert_eq!(world.spend(1, 0, Some((name("export"), 21))), Err(Refusal::Insufficient));
    world.spend(1, 0, Some((name("export"), 4))).unwrap();
    assert_eq!((world.lots(1), world.lots(10)), (vec![6, 10], vec![10]));
    world.spend(2, 0, Some((name("export"), 7))).unwrap();
    assert_eq!(world.lots(2), [9]);
    assert_eq!(world.wallet.quota(&name("query")), 0);
    world.revoke(0, 3, &[]);
    assert_eq!(world.lots(3), []);
}

#[test]
fn spend_is_all_or_nothing_and_zero_is_refused() {
    let mut world = World::new();
    world.grant(0, 0, vec![points(5), quota("export", 5, 9)]).unwrap();
    let before = world.wallet.clone();
    assert_eq!(world.spend(1, 5, Some((name("export"), 6))), Err(Refusal::Insufficient));
    assert_eq!(world.spend(1, 6, Some((name("export"), 5))), Err(Refusal::Insufficient));
    for (points, quota) in [(0, None), (0, Some((name("export"), 0))), (1, Some((name("export"), 0)))] {
        assert!(matches!(world.spend(1, points, quota), Err(Refusal::InvalidField { .. })));
    }
    assert_eq!(world.wallet, before, "refused, nothing changed: not even time");
    world.spend(1, 5, Some((name("export"), 5))).unwrap();
    assert_eq!((world.wallet.points(), world.lots(1)), (0, vec![]));
}

#[test]
fn revoke_takes_what_is_left_of_its_source_only() {
    let mut world = World::with_member();
    world.member(1, 0, 1, 30, 30);
    world.revoke(0, 10, &[]);
    assert_eq!(world.days(11), [(1, 29, 1)]);
    world.revoke(7, 12, &[]);
    assert_eq!(world.days(12), [(1, 28, 2)], "what was never granted changes nothing");
}

#[test]
fn entries_are_applied_in_order_and_only_once() {
    let mut world = World::new();
    for n in 0..3 {
        world.grant(n, 0, vec![points(1)]).unwrap();
    }
    let mut ledger = world.ledger.clone();
    ledger.reverse();
    assert_eq!(Wallet::replay(&ledger), Ok(world.wallet.clone()));
    let not_next = |version| {
        let refusal = Refusal::InvalidField { field: "version", rule: "must be the one after the wallet's" };
        Err(BadLedger { version, refusal })
    };
    assert_eq!(Wallet::replay(&ledger[..2]), not_next(2), "one is missing");
    ledger.push(ledger[0].clone());
    assert_eq!(Wallet::replay(&ledger), not_next(3), "one came twice");
}

#[test]
fn entry_that_breaks_a_rule_is_refused() {
    let grant = |round, grants, upgrade| {
        let granted = GrantRound { round, ..by(0) };
        Entry::grant(granted, grants, yuan(1), upgrade, day(0), 1).err().map(|refusal| refusal.code())
    };
    let gold = || Grant::Membership(membership(2, 30));
    let upgrade = || Some(Upgrade { replaced: Vec::new() });
    assert_eq!(grant(1, vec![gold()], upgrade()), None);
    for refused in [
        grant(0, vec![gold()], None),
        grant(1, vec![gold(), gold()], None),
        grant(1, vec![points(1)], upgrade()),
        grant(1, (0..9).map(|_| points(1)).collect(), None),
        Entry::revoke(GrantRound { round: 0, ..by(0) }, &[], day(0), 1).err().map(|refusal| refusal.code()),
    ] {
        assert_eq!(refused, Some("invalid_field"));
    }
}

#[test]
fn sales_stop_at_half_of_the_limits_and_grants_at_the_full_limits() {
    let mut world = World::new();
    let gold = || vec![Grant::Membership(membership(1, 3_650))];
    let mut room = 0;
    for n in 0..MOST_SPANS {
        room += usize::from(world.wallet.has_room(&gold()).is_ok());
        world.grant(n.try_into().unwrap(), 0, gold()).unwrap();
    }
    assert_eq!(room, MOST_SPANS / 2);
    assert_eq!(world.grant(9_999, 0, gold()), Err(Refusal::WalletFull));
    let all_seconds = i64::from(3_650 * DAY) * i64::try_from(MOST_SPANS).unwrap();
    assert_eq!(world.wallet.member_until().map(Time::unix), Some(all_seconds), "longer than Seconds can count");

    let mut wallet = World::new();
    for n in 0..MOST_LOTS {
        wallet.grant(n.try_into().unwrap(), 0, vec![quota("export", 1, 1)]).unwrap();
    }
    assert_eq!(wallet.grant(9_999, 0, vec![quota("export", 1, 1)]), Err(Refusal::WalletFull));
    assert_eq!(wallet.wallet.has_room(&[quota("export", 1, 1)]), Err(Refusal::WalletFull));
    wallet.grant(9_999, 1, vec![quota("export", 1, 1)]).unwrap();
}

#[test]
fn parts_make_the_same_wallet_or_are_refused() {
    let mut world = World::with_member();
    world.upgrade(1, 0, 2, 30, 90);
    world
        .grant(2, 0, vec![points(5), quota("export", 5, 9), quota("query", 5, 3), Grant::Membership(membership(1, 3))])
        .unwrap();
    let good = world.wallet.clone().into_parts();
    let mut shuffled = good.clone();
    shuffled.spans.reverse();
    shuffled.lots.reverse();
    assert_eq!(Wallet::from_parts(shuffled).as_ref(), Ok(&world.wallet));

    let bad: [fn(&mut Parts); 9] = [
        |parts| parts.version = MOST_EXACT + 1,
        |parts| parts.points = i64::MIN,
        |parts| parts.spans[0].left = Seconds(0),
        |parts| parts.spans[0].tier.rank = 1,
        |parts| parts.spans[0].worth = yuan(29),
        |parts| parts.spans[0].worth = Money::zero(Currency::USD),
        |parts| parts.spans = vec![parts.spans[0].clone(); MOST_SPANS],
        |parts| parts.lots[0].left = 0,
        |parts| parts.lots = vec![parts.lots[0].clone(); MOST_LOTS + 1],
    ];
    for (n, spoil) in bad.into_iter().enumerate() {
        let mut parts = good.clone();
        spoil(&mut parts);
        assert!(Wallet::from_parts(parts).is_err(), "spoilt {n}");
    }
}
