//! Large orders: one within the limit reads back whole, one beyond it is refused and changes nothing.

use till_app::ports::{ListOrders as _, LoadOrder as _, SaveOrder as _, Unavailable};
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{Facts, May, Order, Refund, RefundId, RefundWord, Says};
use till_domain::text::{OutsideRefundNo, TradeNo};

use crate::fixture::{order, paid, report, save, start, user};
use crate::tested_store::TestedStore;

/// The order after so many refunds that were made on the provider's own platform.
pub fn refunded(order: &Order, refunds: u32) -> Order {
    let mut refunded = order.clone();
    for n in 0..refunds {
        let id = RefundId::Theirs(OutsideRefundNo::parse(&format!("50302908842026112115{n:08}")).unwrap());
        let (trade_no, amount) = (TradeNo::parse("T1").unwrap(), Money::new(1, Currency::CNY).unwrap());
        refunded.settle(&report(Says::Refund { id, trade_no, amount, word: RefundWord::Succeeded }), start());
    }
    assert!(refunded.refunds.len() >= refunds as usize);
    refunded.claim(start(), May::All);
    refunded
}

/// The order with an extreme number of refunds, made directly because settling each would take long.
pub fn bulky(order: &Order, refunds: u32) -> Order {
    let mut facts = Facts::clone(&refunded(order, 1));
    let one = facts.refunds[0].clone();
    facts.refunds.extend((1..refunds).map(|n| {
        let id = RefundId::Theirs(OutsideRefundNo::parse(&format!("50302908842026112115{n:08}")).unwrap());
        Refund { id, ..one.clone() }
    }));
    Order::from_facts(facts)
}

pub async fn large_order_reads_back(tested: &impl TestedStore) {
    let large = refunded(&paid(&order(1)), 200);
    save(tested.store(), &[&order(1), &paid(&order(1)), &large]).await;
    let stands = tested.store().load_order(large.no).await.unwrap().unwrap();
    assert_eq!((stands.version, &stands.refunds, &stands.payments), (3, &large.refunds, &large.payments));
    assert_eq!((stands.status(), stands.duties()), (large.status(), large.duties()));
}

pub async fn order_over_the_size_limit_is_refused(tested: &impl TestedStore) {
    let bought = paid(&order(1));
    save(tested.store(), &[&order(1), &bought]).await;
    let too_large = bulky(&bought, 6_000);
    assert_eq!(tested.store().save_order(&too_large).await, Err(Unavailable), "an order of this size is taken");
    assert_eq!(tested.store().load_order(bought.no).await, Ok(Some(bought)), "nothing is written");
}

/// Together they are some hundreds of KiB, more than one page of a batch.
pub async fn many_large_orders_are_listed(tested: &impl TestedStore) {
    let mut newest_first = Vec::new();
    for entropy in 0..20 {
        let large = refunded(&paid(&order(entropy)), 200);
        save(tested.store(), &[&order(entropy), &paid(&order(entropy)), &large]).await;
        newest_first.push(large.no);
    }
    newest_first.sort_unstable_by(|one, other| other.cmp(one));
    let listed = tested.store().list_orders(&user(), None, 20).await.unwrap().orders;
    assert_eq!(listed.iter().map(|order| order.no).collect::<Vec<_>>(), newest_first);
    assert!(listed.iter().all(|order| order.refunds.len() >= 200));
}
