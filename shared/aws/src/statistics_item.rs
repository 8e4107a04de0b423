//! The figures of a day as an item, written whole: running the count again writes the same.
//!
//! | name | what |
//! |---|---|
//! | `schema`, `t` | version of this shape, when counting began |
//! | `b` | fingerprints of the buyers, 8 bytes each, in order; a day with too many has `n`, their number, instead |
//! | `unreadable` | orders that could not be read; missing if there were none |
//! | `g` | a list of groups, each a map |
//!
//! | in a group | what |
//! |---|---|
//! | `m`, `c` | method and currency |
//! | `s` | the sums by name, and `f` the failed attempts by reason; zeros are left out |
//! | `k` `x` `o` | payments that are kept, extra and odd: number, minor units, and what of these is back |
//! | `tp` `tg` | times to pay and to grant: pairs of the seconds since the length before, and how often, as LEB128 |

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use till_domain::currency::Currency;
use till_domain::day::Day;
use till_domain::order::Decline;
use till_domain::provider::Method;
use till_domain::statistics::{Buyers, DayStatistics, DayTally, Durations, Failures, Group, Taken, Tally};
use till_domain::time::Seconds;

use crate::codec::Stored as _;
use crate::item::{Attributes, BadItem, Reader, SCHEMA, attributes, bytes, instant, number, text};
use crate::size::item_bytes;

pub(crate) const STATISTICS_SCHEMA: u32 = 1;
pub(crate) const COUNTED_AT: &str = "t";
const BUYERS: &str = "b";
const NUMBER_OF_BUYERS: &str = "n";
const UNREADABLE: &str = "unreadable";
/// Below DynamoDB's limit of 400 KiB.
const MOST_BYTES: usize = 384 * 1024;

pub(crate) fn write(statistics: &DayStatistics) -> Result<Attributes, BadItem> {
    let groups = statistics.tally.groups.iter().map(|(group, tally)| AttributeValue::M(write_group(*group, tally)));
    let mut item = attributes([
        (SCHEMA, STATISTICS_SCHEMA.store()),
        (COUNTED_AT, Some(instant(statistics.counted_at))),
        ("g", Some(AttributeValue::L(groups.collect()))),
    ]);
    let buyers = match statistics.tally.buyers.clone().for_storing() {
        Buyers::Known(known) => (BUYERS, bytes(known.iter().flat_map(|one| one.to_be_bytes()).collect::<Vec<u8>>())),
        Buyers::Number(number_of) => (NUMBER_OF_BUYERS, number(number_of)),
        // A day is counted at once and never merged.
        Buyers::Unknown => return Err(BadItem::BadValue(BUYERS)),
    };
    item.insert(buyers.0.to_owned(), buyers.1);
    if statistics.tally.unreadable > 0 {
        item.insert(UNREADABLE.to_owned(), number(statistics.tally.unreadable));
    }
    if item_bytes(&item) > MOST_BYTES { Err(BadItem::TooLarge("day's statistics")) } else { Ok(item) }
}

pub(crate) fn read(day: Day, item: &Attributes) -> Result<DayStatistics, BadItem> {
    let reader = Reader::new(item);
    if reader.get_as::<u32>(SCHEMA)? > STATISTICS_SCHEMA {
        return Err(BadItem::Newer("day's statistics"));
    }
    let stored = reader.get("g").ok_or(BadItem::Missing("g"))?.as_l().map_err(|_| BadItem::WrongKind("g"))?;
    let mut groups = BTreeMap::new();
    for group in stored {
        let (group, tally) = read_group(Reader::of_map(Some(group), "g")?)?;
        groups.insert(group, tally);
    }
    let buyers = match reader.get_as::<Option<u64>>(NUMBER_OF_BUYERS)? {
        Some(number_of) => Buyers::Number(number_of),
        None => Buyers::Known(read_buyers(reader.bytes(BUYERS)?)?),
    };
    let unreadable = reader.get_as::<Option<u64>>(UNREADABLE)?.unwrap_or(0);
    let tally = DayTally { groups, buyers, unreadable };
    Ok(DayStatistics { day, counted_at: reader.get_as(COUNTED_AT)?, made_from: day.start(), tally })
}

fn read_buyers(stored: &[u8]) -> Result<BTreeSet<u64>, BadItem> {
    let (fingerprints, rest) = stored.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(BadItem::BadValue(BUYERS));
    }
    Ok(fingerprints.iter().map(|one| u64::from_be_bytes(*one)).collect())
}

fn write_group(group: Group, tally: &Tally) -> Attributes {
    let sums = Tally::SUMS.into_iter().zip(tally.sums());
    let failures = Decline::ALL.into_iter().map(|reason| (reason.as_str(), tally.failures.of(reason)));
    attributes([
        ("m", Some(text(group.method))),
        ("c", Some(text(group.currency))),
        ("s", Some(counts(sums))),
        ("f", Some(counts(failures))),
        ("k", Some(write_taken(tally.kept))),
        ("x", Some(write_taken(tally.extra))),
        ("o", Some(write_taken(tally.odd))),
        ("tp", Some(bytes(pack(&tally.to_pay)))),
        ("tg", Some(bytes(pack(&tally.to_grant)))),
    ])
}

fn read_group(reader: Reader<'_>) -> Result<(Group, Tally), BadItem> {
    let method = reader.get_as::<Method>("m")?;
    let currency = reader.parsed("c", Currency::parse)?;
    let stored = Reader::of_map(reader.get("s"), "s")?;
    let mut sums = [0; Tally::SUMS.len()];
    for (sum, name) in sums.iter_mut().zip(Tally::SUMS) {
        *sum = stored.get_as::<Option<u64>>(name)?.unwrap_or(0);
    }
    let stored = Reader::of_map(reader.get("f"), "f")?;
    let mut failures = Failures::default();
    for reason in Decline::ALL {
        failures.add(reason, stored.get_as::<Option<u64>>(reason.as_str())?.unwrap_or(0));
    }
    let mut tally = Tally {
        kept: read_taken(reader, "k")?,
        extra: read_taken(reader, "x")?,
        odd: read_taken(reader, "o")?,
        failures,
        to_pay: unpack(reader.bytes("tp")?).ok_or(BadItem::BadValue("tp"))?,
        to_grant: unpack(reader.bytes("tg")?).ok_or(BadItem::BadValue("tg"))?,
        ..Tally::default()
    };
    tally.set_sums(sums);
    Ok((Group { method, currency }, tally))
}

fn counts<'a>(named: impl Iterator<Item = (&'a str, u64)>) -> AttributeValue {
    let some = named.filter(|(_, count)| *count > 0);
    AttributeValue::M(some.map(|(name, count)| (name.to_owned(), number(count))).collect())
}

fn write_taken(taken: Taken) -> AttributeValue {
    AttributeValue::L([taken.payments, taken.minor, taken.back_minor].map(number).to_vec())
}

fn read_taken(reader: Reader<'_>, name: &'static str) -> Result<Taken, BadItem> {
    let stored: Vec<u64> = reader.get_as(name)?;
    let [payments, minor, back_minor] = stored.try_into().map_err(|_| BadItem::BadValue(name))?;
    Ok(Taken { payments, minor, back_minor })
}

fn pack(durations: &Durations) -> Vec<u8> {
    let (mut packed, mut before) = (Vec::new(), Seconds(0));
    for (length, times) in durations.iter() {
        pack_number(length.less(before).0.into(), &mut packed);
        pack_number(times, &mut packed);
        before = length;
    }
    packed
}

/// LEB128: seven bits a byte, the lowest first; the highest bit says that more follow.
fn pack_number(n: u64, packed: &mut Vec<u8>) {
    let mut rest = n;
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or(0);
        rest = rest.wrapping_shr(7);
        if rest == 0 {
            packed.push(low);
            return;
        }
        packed.push(low | 0x80);
    }
}

fn unpack(packed: &[u8]) -> Option<Durations> {
    let (mut durations, mut rest, mut before) = (Durations::default(), packed, 0_u64);
    while !rest.is_empty() {
        before = before.checked_add(unpack_number(&mut rest)?)?;
        durations.add_times(Seconds(u32::try_from(before).ok()?), unpack_number(&mut rest)?);
    }
    Some(durations)
}

fn unpack_number(rest: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for place in 0..10_u32 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        let shift = place.checked_mul(7)?;
        let shifted = bits.checked_shl(shift).filter(|shifted| shifted.checked_shr(shift) == Some(bits))?;
        n |= shifted;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

#[cfg(test)]
mod tests;
