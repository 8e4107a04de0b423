//! Items past their time: every read treats them as gone, whether they were deleted already or not. Money never goes.

use till_app::ports::{FindDue as _, LoadOrder as _, SaveOrder as _, Saved};
use till_domain::order::Order;
use till_domain::time::Seconds;
use till_memory::Memory;

use crate::fixture::{memory, now, order, over, paid};

/// The end of the order's time, and of the 90 days after it.
const ALIVE: Seconds = Seconds(30 * 60 + 90 * 86_400 - 1);

fn with(orders: &[&Order]) -> Memory {
    let memory = memory();
    for order in orders {
        assert_eq!(now(memory.ports().save_order(order)), Ok(Saved::Yes));
    }
    memory
}

fn is_there(memory: &Memory, order: &Order) -> bool {
    now(memory.ports().load_order(order.no)).unwrap().is_some()
}

#[test]
fn an_abandoned_order_is_gone_at_its_time() {
    let order = order(1);
    let memory = with(&[&order]);
    memory.tables(|tables| tables.index_lags = true);
    assert_eq!(now(memory.ports().save_order(&over(&order))), Ok(Saved::Yes));
    memory.pass(ALIVE);
    assert!(is_there(&memory, &order));
    memory.pass(Seconds(1));
    assert!(!is_there(&memory, &order));
    assert_eq!(memory.tables(|tables| tables.orders.len()), 1, "the store has not deleted it yet");
    let ports = memory.ports();
    assert_eq!(now(ports.find_due(till_app::ports::Clock::now(&ports), 10)).unwrap(), [order.no], "an index is a hint");
}

#[test]
fn a_purge_deletes_what_is_past_its_time_and_nothing_else() {
    let (abandoned, bought, due) = (order(1), order(2), order(3));
    let memory = with(&[&abandoned, &bought, &paid(&bought), &due]);
    memory.tables(|tables| tables.index_lags = true);
    assert_eq!(now(memory.ports().save_order(&over(&abandoned))), Ok(Saved::Yes));
    let end = crate::fixture::start().plus(ALIVE);
    memory.tables(|tables| tables.purge(end));
    assert_eq!(memory.tables(|tables| tables.orders.len()), 3);
    memory.tables(|tables| tables.purge(end.plus(Seconds(1))));
    assert!(!is_there(&memory, &abandoned));
    assert!(is_there(&memory, &bought) && is_there(&memory, &due));
    let mut left = now(memory.ports().find_due(end, 10)).unwrap();
    left.sort_unstable();
    let mut expected = [bought.no, due.no];
    expected.sort_unstable();
    assert_eq!(left, expected, "what is deleted leaves the index too");
}

#[test]
fn while_anything_is_left_to_do_an_order_stays() {
    let due = order(1);
    let memory = with(&[&due]);
    memory.pass(Seconds::days(20_000));
    memory.tables(|tables| tables.purge(till_app::ports::Clock::now(&memory.ports())));
    assert!(is_there(&memory, &due), "nobody has closed it yet");
}

#[test]
fn money_is_never_past_its_time() {
    let bought = order(1);
    let memory = with(&[&bought, &paid(&bought)]);
    memory.pass(Seconds::days(20_000));
    assert!(is_there(&memory, &bought));
}
