//! The shape of a day's statistics: what was released reads and writes back, and damage is an error.

use proptest::prelude::*;
use till_domain::text::UserId;
use till_domain::time::Time;

use super::*;
use crate::test_aws::released_item;

fn day() -> Day {
    Day::parse("2026-11-21").unwrap()
}

fn statistics(tally: DayTally) -> DayStatistics {
    let counted_at = Time::from_unix(1_795_284_000).unwrap();
    DayStatistics { day: day(), counted_at, made_from: day().start(), tally }
}

fn durations(lengths: &[(u32, u64)]) -> Durations {
    let mut durations = Durations::default();
    for (length, times) in lengths {
        durations.add_times(Seconds(*length), *times);
    }
    durations
}

fn sample() -> DayStatistics {
    let mut tally = Tally {
        kept: Taken { payments: 2, minor: 19_800, back_minor: 900 },
        extra: Taken { payments: 1, minor: 9_900, back_minor: 9_900 },
        to_pay: durations(&[(12, 1), (300, 200)]),
        to_grant: durations(&[(0, 1)]),
        ..Tally::default()
    };
    let mut n = 0;
    tally.set_sums([(); Tally::SUMS.len()].map(|()| {
        n += 1;
        n
    }));
    for (reason, times) in Decline::ALL.into_iter().zip(0..) {
        tally.failures.add(reason, times);
    }
    let mut buyers = Buyers::default();
    buyers.add(&UserId::parse("u-1").unwrap());
    buyers.add(&UserId::parse("u-2").unwrap());
    let group = Group { method: Method::WechatNative, currency: Currency::CNY };
    statistics(DayTally { groups: [(group, tally)].into(), buyers, unreadable: 0 })
}

#[test]
fn released_item_reads_and_writes_back() {
    let released = released_item(include_str!("../../tests/shapes/statistics.json"));
    assert_eq!(read(day(), &released), Ok(sample()));
    assert_eq!(write(&sample()), Ok(released));
}

#[test]
fn orders_that_could_not_be_read_are_stored_as_a_number() {
    let tally = DayTally { unreadable: 3, ..DayTally::default() };
    let item = write(&statistics(tally.clone())).unwrap();
    assert_eq!(item.get("unreadable"), Some(&number(3)));
    assert_eq!(read(day(), &item).unwrap().tally, tally);
}

#[test]
fn day_with_too_many_buyers_keeps_their_number() {
    let mut buyers = Buyers::default();
    (0..20_001).for_each(|n| buyers.add(&UserId::parse(&format!("u-{n}")).unwrap()));
    let item = write(&statistics(DayTally { buyers, ..DayTally::default() })).unwrap();
    assert_eq!(read(day(), &item).unwrap().tally.buyers, Buyers::Number(20_001));
    assert!(item_bytes(&item) < 200);
}

#[test]
fn damaged_item_is_an_error() {
    let good = write(&sample()).unwrap();
    for (name, value) in [
        (BUYERS, bytes([1, 2, 3])),
        ("g", text("a")),
        ("g", AttributeValue::L(vec![text("a")])),
        (COUNTED_AT, number(-1)),
        (SCHEMA, number(STATISTICS_SCHEMA + 1)),
    ] {
        let mut item = good.clone();
        item.insert(name.to_owned(), value);
        assert!(read(day(), &item).is_err(), "{name}");
    }
    for packed in [[0x80_u8].as_slice(), &[1], &[0xff; 12], &[0xff, 0xff, 0xff, 0xff, 0x7f, 1]] {
        assert_eq!(unpack(packed), None, "{packed:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn durations_read_back(lengths in prop::collection::vec((any::<u32>(), 1..u64::from(u32::MAX)), 0..40)) {
        let durations = durations(&lengths);
        prop_assert_eq!(unpack(&pack(&durations)), Some(durations));
    }

    #[test]
    fn bytes_of_any_kind_do_not_panic(packed in prop::collection::vec(any::<u8>(), 0..40)) {
        _ = unpack(&packed);
    }
}
