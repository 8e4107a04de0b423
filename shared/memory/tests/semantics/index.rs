//! Finding due orders: earliest first, at most so many; and an index that lags behind the orders.

use till_app::ports::{FindDue as _, SaveOrder as _, Saved};
use till_domain::id::OrderNo;
use till_domain::order::{Facts, Order};
use till_domain::time::{Seconds, Time};
use till_memory::{Memory, Tables};

use crate::fixture::{memory, next, now, order, start};

/// An order whose last write was at this instant.
fn written_at(entropy: u64, seconds: u32) -> Order {
    // Within the first minute a write leaves the due entry where it is; later it is claimed and moves on.
    let first = order(entropy);
    if seconds == 0 { first } else { next(&first, start().plus(Seconds(seconds))) }
}

fn save(memory: &Memory, orders: &[&Order]) {
    for order in orders {
        assert_eq!(now(memory.ports().save_order(order)), Ok(Saved::Yes));
    }
}

fn due(memory: &Memory, at: Time, most: usize) -> Vec<OrderNo> {
    now(memory.ports().find_due(at, most)).unwrap()
}

#[test]
fn earliest_first_and_at_most_so_many() {
    let memory = memory();
    let polled = written_at(1, 90);
    let (soon, also_soon) = (order(3), order(2));
    save(&memory, &[&order(1), &polled, &soon, &also_soon]);
    let first = start().plus(Seconds(60));
    let later = polled.due_at().unwrap();
    assert!(later > first);
    assert_eq!(due(&memory, first.minus(Seconds(1)), 10), []);
    assert_eq!(due(&memory, first, 10), [also_soon.no, soon.no], "at one instant, by number");
    assert_eq!(due(&memory, later, 10), [also_soon.no, soon.no, polled.no]);
    assert_eq!(due(&memory, later, 2), [also_soon.no, soon.no]);
    assert_eq!(due(&memory, later, 0), []);
}

#[test]
fn an_order_without_duties_leaves_the_index() {
    let memory = memory();
    let first = order(1);
    save(&memory, &[&first]);
    let mut facts = Facts::clone(&next(&first, start()));
    facts.schedule.clear();
    save(&memory, &[&Order::from_facts(facts)]);
    assert_eq!(due(&memory, start().plus(Seconds::days(1)), 10), []);
}

#[test]
fn an_index_that_lags_names_what_was() {
    let memory = memory();
    memory.tables(|tables| tables.index_lags = true);
    let first = order(1);
    let at = start().plus(Seconds(60));
    save(&memory, &[&first]);
    assert_eq!(due(&memory, at, 10), [], "it has not seen the order yet");
    assert_eq!(memory.tables(|tables| tables.behind().len()), 1);
    memory.tables(Tables::propagate);
    assert_eq!(memory.tables(|tables| tables.behind().len()), 0);
    assert_eq!(due(&memory, at, 10), [first.no]);
    // Polled and moved on, but the index still names it.
    save(&memory, &[&next(&first, at)]);
    assert_eq!(due(&memory, at, 10), [first.no]);
    memory.tables(Tables::propagate);
    assert_eq!(due(&memory, at, 10), []);
}
