//! Conditional writes of orders: a first version where nothing stands, then each on the version before its own.

use till_app::ports::{LoadOrder as _, SaveOrder as _, Saved};

use crate::fixture::{memory, next, now, number, order, start};

#[test]
fn nothing_stands_at_first() {
    assert_eq!(now(memory().ports().load_order(number(1))), Ok(None));
}

#[test]
fn each_version_follows_the_one_before() {
    let ports = memory().ports();
    let first = order(1);
    let second = next(&first, start());
    assert_eq!(now(ports.save_order(&first)), Ok(Saved::Yes));
    assert_eq!(now(ports.save_order(&second)), Ok(Saved::Yes));
    assert_eq!(now(ports.load_order(first.no)), Ok(Some(second)));
}

#[test]
fn a_conflict_gives_what_stands_and_changes_nothing() {
    let first = order(1);
    let (second, third) = (next(&first, start()), next(&next(&first, start()), start()));
    for (stands, saves, conflict) in [
        (vec![&first], &first, Some(&first)),
        (vec![&first, &second], &first, Some(&second)),
        (vec![&first, &second], &second, Some(&second)),
        (vec![&first], &third, Some(&first)),
        (vec![], &second, None),
    ] {
        let ports = memory().ports();
        for order in stands {
            assert_eq!(now(ports.save_order(order)), Ok(Saved::Yes));
        }
        let conflict = conflict.cloned();
        assert_eq!(now(ports.save_order(saves)), Ok(Saved::Conflict(conflict.clone().map(Box::new))));
        assert_eq!(now(ports.load_order(first.no)), Ok(conflict));
    }
}

#[test]
fn orders_do_not_touch_one_another() {
    let ports = memory().ports();
    let (one, other) = (order(1), order(2));
    assert_eq!(now(ports.save_order(&one)), Ok(Saved::Yes));
    assert_eq!(now(ports.save_order(&other)), Ok(Saved::Yes));
    assert_eq!(now(ports.load_order(one.no)), Ok(Some(one)));
}
