//! Tallies are merged in any order and grouping, and the result is that of counting all orders at once.

use proptest::prelude::*;
use proptest::test_runner::Config;
use till_domain::order::{DisputeState, Order, Why};
use till_domain::statistics::{Buyers, DayTally, Durations, MOST_BUYERS, Rate};
use till_domain::text::UserId;
use till_domain::time::Seconds;

use crate::world::*;

/// An order of one of a few users, in one of many states.
fn orders() -> impl Strategy<Value = Order> {
    (0..5_u8, 0..9_u8, 1..29_u32, 0..600_u32).prop_map(|(user, state, paid_at, pause)| {
        let mut order = of_user(&format!("u{user}"));
        let at = minute(paid_at);
        match state {
            0 => return order,
            1 => return cancelled(Why::User),
            2 => return cancelled(Why::Expired),
            3 => hear(&mut order, 1, paid("A", usd(7), at), at),
            _ => hear(&mut order, 1, paid("A", cny(PRICE), at), at),
        }
        if state > 4 {
            order.grant(1, at.plus(Seconds(pause))).unwrap();
        }
        match state {
            6 => hear(&mut order, 1, went_back("r", "A", 5), at),
            7 => hear(&mut order, 1, went_back("r", "A", PRICE), at),
            8 => hear(&mut order, 1, disputed("A", cny(PRICE), DisputeState::Lost), at),
            _ => {}
        }
        order
    })
}

fn merged(first: &DayTally, second: &DayTally) -> DayTally {
    let mut sum = first.clone();
    sum.merge(second);
    sum
}

proptest! {
    #![proptest_config(Config { cases: 256, failure_persistence: None, ..Config::default() })]

    #[test]
    fn merging_is_associative_and_commutative_and_equals_counting_at_once(
        days in prop::collection::vec(prop::collection::vec(orders(), 0..8), 3),
    ) {
        let [a, b, c] = [&days[0], &days[1], &days[2]].map(|day| counted(day));
        let together = counted(&days.concat());
        prop_assert_eq!(&merged(&merged(&a, &b), &c), &together);
        prop_assert_eq!(&merged(&a, &merged(&b, &c)), &together);
        prop_assert_eq!(&merged(&merged(&c, &a), &b), &together);
        prop_assert_eq!(&merged(&DayTally::default(), &together), &together);
    }

    #[test]
    fn every_order_is_in_exactly_one_state(orders in prop::collection::vec(orders(), 0..30)) {
        let all = counted(&orders).all();
        let ended = all.cancelled_by_buyer + all.cancelled_by_team + all.expired;
        prop_assert_eq!(all.created, u64::try_from(orders.len()).unwrap());
        prop_assert_eq!(all.created, all.pending + all.paid + ended);
        prop_assert_eq!(all.to_pay.number(), all.paid);
    }

    #[test]
    fn percentiles_are_those_of_the_sorted_list(lengths in prop::collection::vec(0..5_000_u32, 1..200), cut in 0..200_usize) {
        let (mut first, mut second) = (Durations::default(), Durations::default());
        for (i, length) in lengths.iter().enumerate() {
            if i < cut { first.add(Seconds(*length)) } else { second.add(Seconds(*length)) }
        }
        first.merge(&second);
        let mut sorted = lengths.clone();
        sorted.sort_unstable();
        for percent in [1_usize, 50, 95, 100] {
            let rank = (sorted.len() * percent).div_ceil(100).max(1);
            prop_assert_eq!(first.percentile(u8::try_from(percent).unwrap()), Some(Seconds(sorted[rank - 1])));
        }
    }
}

#[test]
fn nothing_has_neither_rate_nor_percentile() {
    assert_eq!((Rate::new(0, 0), Durations::default().percentile(50)), (None, None));
    assert_eq!(Rate::new(1, 3).map(Rate::ten_thousandths), Some(3_333));
    assert_eq!(Rate::new(u64::MAX, u64::MAX).map(Rate::ten_thousandths), Some(10_000));
}

#[test]
fn buyers_of_a_range_are_counted_once_and_unknown_where_a_day_kept_only_their_number() {
    let some = |from: usize, to: usize| {
        let mut buyers = Buyers::default();
        (from..to).for_each(|n| buyers.add(&UserId::parse(&format!("user-{n}")).unwrap()));
        buyers
    };
    let mut both = some(0, 10);
    both.merge(&some(5, 12));
    assert_eq!(both.number(), Some(12));
    let most = some(0, MOST_BUYERS).for_storing();
    assert!(matches!(&most, Buyers::Known(known) if known.len() == MOST_BUYERS));
    let many = some(0, MOST_BUYERS + 1).for_storing();
    assert_eq!(many, Buyers::Number(u64::try_from(MOST_BUYERS).unwrap() + 1));
    for mut other in [some(0, 1), many.clone()] {
        other.merge(&many);
        assert_eq!(other, Buyers::Unknown);
        assert_eq!(other.number(), None);
    }
    let mut alone = Buyers::default();
    alone.merge(&many);
    assert_eq!(alone, many, "a day without buyers changes nothing");
}
