//! Items past their time: every read treats them as gone, whether they were deleted already or not. Money never goes.

use till_app::ports::{FindDue as _, LoadOrder as _, SaveOrder as _, Saved};
use till_domain::order::Order;
use till_domain::time::Seconds;

use crate::fixture::{next, order, over, paid, save, start};
use crate::world::World;

/// The end of the order's time, and of the 90 days after it.
const ALIVE: Seconds = Seconds(30 * 60 + 90 * 86_400 - 1);

async fn is_there(world: &impl World, order: &Order) -> bool {
    world.store().load_order(order.no).await.unwrap().is_some()
}

pub async fn abandoned_order_is_gone_at_its_time(world: &impl World) {
    let order = order(1);
    save(world.store(), &[&order, &over(&order)]).await;
    world.pass(ALIVE);
    assert!(is_there(world, &order).await);
    world.pass(Seconds(1));
    assert!(!is_there(world, &order).await, "though the store has not deleted it");
}

pub async fn expired_order_does_not_block_a_new_one(world: &impl World) {
    let (abandoned, bought) = (order(1), order(2));
    save(world.store(), &[&abandoned, &over(&abandoned), &bought, &paid(&bought)]).await;
    world.pass(Seconds::days(91));
    let stale = next(&next(&next(&abandoned, start()), start()), start());
    assert_eq!(world.store().save_order(&stale).await, Ok(Saved::Conflict(None)), "nothing stands there");
    save(world.store(), &[&abandoned]).await;
    assert_eq!(world.store().load_order(abandoned.no).await, Ok(Some(abandoned)));
    let there = Saved::Conflict(Some(Box::new(paid(&bought))));
    assert_eq!(world.store().save_order(&bought).await, Ok(there), "money is never over");
}

pub async fn purge_deletes_only_expired_items(world: &impl World) {
    let (abandoned, bought, due) = (order(1), order(2), order(3));
    save(world.store(), &[&abandoned, &over(&abandoned), &bought, &paid(&bought), &due]).await;
    world.pass(ALIVE);
    world.purge().await;
    assert!(is_there(world, &abandoned).await, "it has a second left");
    world.pass(Seconds::days(1));
    world.purge().await;
    assert!(!is_there(world, &abandoned).await);
    assert!(is_there(world, &bought).await && is_there(world, &due).await);
    let mut left = world.store().find_due(world.now(), 10).await.unwrap();
    left.sort_unstable();
    let mut expected = [bought.no, due.no];
    expected.sort_unstable();
    assert_eq!(left, expected);
}

pub async fn order_with_duties_never_expires(world: &impl World) {
    let due = order(1);
    save(world.store(), &[&due]).await;
    world.pass(Seconds::days(20_000));
    world.purge().await;
    assert!(is_there(world, &due).await, "nobody has closed it yet");
}

pub async fn paid_order_never_expires(world: &impl World) {
    let bought = order(1);
    save(world.store(), &[&bought, &paid(&bought)]).await;
    assert!(!world.may_go(bought.no).await);
    world.pass(Seconds::days(20_000));
    world.purge().await;
    assert!(is_there(world, &bought).await);
}

pub async fn payment_removes_the_expiry_of_an_order(world: &impl World) {
    let abandoned = over(&order(1));
    save(world.store(), &[&order(1), &abandoned]).await;
    assert!(world.may_go(abandoned.no).await);
    save(world.store(), &[&paid(&abandoned)]).await;
    assert!(!world.may_go(abandoned.no).await, "late money is money");
    assert_eq!(start(), world.now(), "the clock stood still");
    world.pass(Seconds::days(20_000));
    world.purge().await;
    assert!(is_there(world, &abandoned).await);
}
