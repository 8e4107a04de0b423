//! Finds what a number or a name stands for: an order, a payment or a refund by our numbers, a payment by its provider's, a user.

use till_app::ports::{FindTrade, ListOrders, LoadOrders, Unavailable};
use till_domain::id::{OrderNo, PaymentNo, RefundNo};
use till_domain::provider::Provider;
use till_domain::text::{TradeNo, UserId};
use till_lambda::problem::Problem;

use crate::orders::Page;

/// At most this many orders of a user; those of a number are few.
pub async fn search(
    ports: &(impl FindTrade + LoadOrders + ListOrders),
    q: &str,
    cursor: Option<OrderNo>,
    most: usize,
) -> Result<Page, Problem> {
    if let Some(no) = our_number(q) {
        return Ok(Page { found: ports.load_orders(&[no]).await?, ..Page::default() });
    }
    if let Ok(trade_no) = TradeNo::parse(q) {
        let mut numbers = Vec::new();
        for provider in Provider::ALL {
            numbers.extend(ports.find_trade(provider, &trade_no).await?);
        }
        let mut found = ports.load_orders(&numbers).await?;
        // The index may name an order for a payment that was never written.
        found.orders.retain(|order| order.payment(&trade_no).is_some());
        if !found.numbers().is_empty() {
            return Ok(Page { found, ..Page::default() });
        }
    }
    let Ok(user) = UserId::parse(q) else { return Ok(Page::default()) };
    Ok(orders_of(ports, &user, cursor, most).await?)
}

/// A page of a user's orders, newest first.
pub async fn orders_of(
    ports: &impl ListOrders,
    user: &UserId,
    before: Option<OrderNo>,
    most: usize,
) -> Result<Page, Unavailable> {
    // One more than the page holds shows whether there is another page.
    let mut found = ports.list_orders(user, before, most.saturating_add(1)).await?;
    let has_more = found.keep_newest(most);
    let next = found.numbers().last().copied().filter(|_| has_more);
    Ok(Page { found, next, ..Page::default() })
}

/// The order of a number that we gave: to it, to one of its payments or of its refunds. Small letters count as large ones.
fn our_number(q: &str) -> Option<OrderNo> {
    let q = q.to_ascii_uppercase();
    let order = OrderNo::parse(&q).ok();
    let payment = || PaymentNo::parse(&q).ok().map(|no| no.order);
    order.or_else(payment).or_else(|| RefundNo::parse(&q).ok().map(|no| no.order))
}
