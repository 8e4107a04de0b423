//! Orders as items: they read back the same, errors name the attribute, and sizes have limits.

use proptest::prelude::*;
use till_domain::id::RefundIndex;
use till_domain::order::{Attempt, By, Refund, RefundId, RefundState, Request};
use till_domain::text::{Handle, Key, OutsideRefundNo, Reason, UserId};

use super::samples::{granted, pending, start, with_moments};
use super::strategies::any_order;
use super::*;

/// The whole item, keys included.
fn stored(of: &Order) -> Attributes {
    let mut item = write_order(of, Seconds::days(90), 7).unwrap();
    item.extend(order(of.no).attributes());
    if item.contains_key(DUE) {
        item.insert(DUE_SHARD.to_owned(), text(due_shard(of.no, of.due_kind())));
    }
    item
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_item_reads_back(order in any_order()) {
        let item = stored(&order);
        prop_assert_eq!(&read_order(&item).unwrap(), &order);
        let stands = read_head(&item).unwrap();
        prop_assert_eq!((stands.schema, stands.version, stands.written_by), (ORDER_SCHEMA, order.version, Some(7)));
        prop_assert_eq!((stands.ttl, stands.due.map(|due| due.at)), (order.delete_at(Seconds::days(90)), order.due_at()));
        // Every written attribute is in `KNOWN`, so that it can be removed again.
        let keys = [PK, "sk", DUE_SHARD];
        let known = |name: &str| keys.contains(&name) || KNOWN.contains(&name);
        prop_assert!(item.keys().all(|name| known(name)), "{:?}", item.keys());
    }

    #[test]
    fn spoilt_attribute_is_an_error_that_names_it(order in any_order(), n in any::<prop::sample::Index>()) {
        let item = stored(&order);
        let unread = [SCHEMA, "sk", DUE_SHARD, DUE, DAY, TRADE, TTL, WRITTEN_BY];
        let mut names: Vec<&String> = item.keys().filter(|name| !unread.contains(&name.as_str())).collect();
        names.sort();
        let name = (*n.get(&names)).clone();
        let mut spoilt = item.clone();
        spoilt.insert(name.clone(), AttributeValue::Null(true));
        let named = read_order(&spoilt).unwrap_err().to_string();
        prop_assert!(named.contains(&format!("attribute {name} ")), "{} for {}", named, name);
    }
}

/// An order of one QR code, up to and with the write that grants it, costs one write unit a write.
#[test]
fn ordinary_order_item_stays_under_a_kilobyte() {
    for order in [pending(1, start()), granted(1, start())] {
        let more = 5_usize.saturating_sub(order.timeline.len());
        let item = stored(&with_moments(&order, more));
        let bytes = item_bytes(&item);
        assert!(bytes <= 1_024, "{bytes} bytes");
        // It must not grow near the limit unnoticed either.
        assert!(bytes <= 800, "{bytes} bytes: {item:#?}");
    }
}

#[test]
fn long_timeline_loses_its_oldest_moments_but_the_first() {
    let long = with_moments(&granted(1, start()), 4_000);
    let item = stored(&long);
    let bytes = item_bytes(&item);
    assert!(bytes <= MOST_ORDER_BYTES, "{bytes} bytes");
    assert!(bytes > MOST_ORDER_BYTES - 64, "no more than needed goes: {bytes} bytes");
    let read = read_order(&item).unwrap();
    // The first moment and the newest ones are kept; everything else is unchanged.
    assert_eq!(read.timeline.first(), long.timeline.first());
    let kept = read.timeline.len() - 1;
    assert_eq!(read.timeline[1..], long.timeline[long.timeline.len() - kept..]);
    let mut facts = Facts::clone(&long);
    facts.timeline = read.timeline.clone();
    assert_eq!(read, Order::from_facts(facts));
}

#[test]
fn order_item_over_the_size_limit_is_refused() {
    let mut facts = Facts::clone(&pending(1, start()));
    let attempt = facts.attempts[0].clone();
    let handle = Handle::parse(&"x".repeat(1_000)).ok();
    facts.attempts = (0..390).map(|_| Attempt { handle: handle.clone(), ..attempt.clone() }).collect();
    let written = write_order(&Order::from_facts(facts), Seconds::days(90), 7);
    assert_eq!(written, Err(BadItem::TooLarge("order")));
}

/// Fifty refunds of the team with long reasons, and a hundred more of the provider's own platform.
#[test]
fn large_order_keeps_its_refunds_and_drops_its_timeline() {
    let mut facts = Facts::clone(&granted(1, start()));
    let (trade_no, account) = (facts.payments[0].trade_no.clone(), facts.payments[0].account.clone());
    let amount = facts.payments[0].amount;
    let refund = |id, by| Refund {
        id,
        by,
        trade_no: trade_no.clone(),
        account: account.clone(),
        amount,
        state: RefundState::Succeeded,
        ever_succeeded: true,
        revoke: false,
        reason: None,
        request: None,
        at: start(),
        no_balance: false,
        unanswered: 0,
    };
    let ours = (1..=50).map(|n| Refund {
        reason: Reason::parse(&"退".repeat(200)).ok(),
        request: Some(Request { key: Key::parse(&"k".repeat(255)).unwrap(), amount: None }),
        ..refund(RefundId::Ours(RefundIndex::new(n).unwrap()), By::Admin(UserId::parse(&"a".repeat(128)).unwrap()))
    });
    let theirs = (0..100)
        .map(|n| refund(RefundId::Theirs(OutsideRefundNo::parse(&format!("re_{n:024}")).unwrap()), By::Provider));
    let refunds: Vec<Refund> = ours.chain(theirs).collect();
    facts.refunds = refunds.clone();
    let item = stored(&with_moments(&Order::from_facts(facts), 200));
    assert!((MOST_ORDER_BYTES..MOST_STORED_BYTES).contains(&item_bytes(&item)), "{} bytes", item_bytes(&item));
    let read = read_order(&item).unwrap();
    assert_eq!(read.refunds, refunds);
    assert_eq!(read.timeline.len(), 1, "only the first moment is kept");
}

#[test]
fn only_an_order_without_money_gets_a_ttl() {
    let day = Seconds::days(1);
    let expired = |of: &Order| write_order(of, day, 7).unwrap().contains_key(TTL);
    let mut cancelled = Facts::clone(&pending(1, start()));
    cancelled.schedule.clear();
    assert!(expired(&Order::from_facts(cancelled)));
    assert!(!expired(&pending(1, start())), "something is left to do");
    assert!(!expired(&granted(1, start())), "there is money");
}
