//! A user's orders: the index `by_user` gives their numbers, and a strongly consistent read the orders.

use std::collections::HashMap;

use till_app::ports::{ListOrders, ListRecent, LoadedOrders, Unavailable};
use till_domain::id::OrderNo;
use till_domain::text::UserId;
use till_domain::time::Time;

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, Reader, text};
use crate::keys::{self, BY_USER, ItemKey, PK, USER, order_partition, parse_order_partition};

const MOST_IN_A_BATCH: usize = 100;
/// Pages of the index for one list: another one is needed only where orders have expired.
const MOST_PAGES: u32 = 8;

impl ListOrders for Aws {
    async fn list_orders(
        &self,
        user: &UserId,
        before: Option<OrderNo>,
        most: usize,
    ) -> Result<LoadedOrders, Unavailable> {
        let mut listed = LoadedOrders::default();
        let mut before = before;
        for _ in 0..MOST_PAGES {
            let left = most.saturating_sub(listed.numbers().len()).min(MOST_IN_A_BATCH);
            if left == 0 {
                break;
            }
            let numbers = self.numbers_of(user, before.map(Part::Before), left).await?;
            let keys: Vec<ItemKey> = numbers.iter().map(|no| keys::order(*no)).collect();
            let page = self.take_orders(&self.read_items(&keys).await?).await?;
            listed.orders.extend(page.orders);
            listed.unreadable.extend(page.unreadable);
            before = numbers.last().copied();
            if numbers.len() < left {
                break;
            }
        }
        Ok(listed)
    }
}

impl ListRecent for Aws {
    async fn list_recent(&self, user: &UserId, since: Time, most: usize) -> Result<Vec<OrderNo>, Unavailable> {
        // The least number of that second.
        self.numbers_of(user, Some(Part::From(OrderNo::mint(since, 0))), most).await
    }
}

/// A part of a user's orders: numbers sort by time.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Before(OrderNo),
    From(OrderNo),
}

impl Aws {
    /// Newest first.
    pub(crate) async fn numbers_of(
        &self,
        user: &UserId,
        part: Option<Part>,
        most: usize,
    ) -> Result<Vec<OrderNo>, Unavailable> {
        let (condition, bound) = match part {
            None => ("#user = :user", None),
            Some(Part::Before(no)) => ("#user = :user AND #pk < :no", Some(no)),
            Some(Part::From(no)) => ("#user = :user AND #pk >= :no", Some(no)),
        };
        let bound = bound.map(|no| (":no".to_owned(), text(order_partition(no))));
        let pk = bound.as_ref().map(|_| ("#pk".to_owned(), PK.to_owned()));
        let values: Attributes = bound.into_iter().chain([(":user".to_owned(), text(user))]).collect();
        let names: HashMap<String, String> = pk.into_iter().chain([("#user".to_owned(), USER.to_owned())]).collect();
        let query = self
            .clients
            .dynamodb()
            .query()
            .table_name(self.table()?)
            .index_name(BY_USER)
            .key_condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX));
        let page = query.send().await.or_unavailable("Query")?;
        let number = |item: &Attributes| Reader::new(item).text(PK).ok().and_then(parse_order_partition);
        Ok(page.items.unwrap_or_default().iter().filter_map(number).collect())
    }
}

#[cfg(test)]
mod tests;
