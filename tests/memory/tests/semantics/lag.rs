//! Which orders a lagging index has not seen yet, and what a store keeps of what is over until it deletes it.

use till_app::ports::{ClaimKey as _, LoadOrder as _, SaveOrder as _, Saved};
use till_domain::time::Seconds;
use till_memory::Tables;

use crate::fixture::{claim, memory, now, order, over, user};

#[test]
fn order_is_behind_until_the_index_catches_up() {
    let memory = memory();
    memory.tables(|tables| tables.index_lags = true);
    assert_eq!(now(memory.ports().save_order(&order(1))), Ok(Saved::Yes));
    memory.tables(|tables| {
        assert_eq!((tables.behind(), tables.index().len()), (&[order(1).no][..], 0));
        tables.propagate();
        assert_eq!((tables.behind(), tables.index().len()), (&[][..], 1));
    });
}

#[test]
fn expired_items_are_hidden_at_once_and_kept_until_a_purge() {
    let memory = memory();
    for order in [order(1), over(&order(1))] {
        assert_eq!(now(memory.ports().save_order(&order)), Ok(Saved::Yes));
    }
    assert!(now(memory.ports().put_claim(&claim())).is_ok());
    memory.pass(Seconds::days(91));
    assert_eq!(now(memory.ports().load_order(order(1).no)), Ok(None));
    assert_eq!(now(memory.ports().load_claim(&user(), &claim().key)), Ok(None));
    let kept = |tables: &mut Tables| (tables.orders.len(), tables.claims.len());
    assert_eq!(memory.tables(kept), (1, 1));
    let at = till_app::ports::Clock::now(&memory.ports());
    memory.tables(|tables| tables.purge(at));
    assert_eq!(memory.tables(kept), (0, 0));
}
