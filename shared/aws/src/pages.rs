//! One page of a partition or of an index.

use std::collections::HashMap;

use till_app::ports::Unavailable;

use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, text};
use crate::keys::{PK, SK};
use crate::table::is_live;

#[derive(Debug)]
pub(crate) struct PageQuery {
    index: Option<&'static str>,
    condition: String,
    names: HashMap<String, String>,
    values: Attributes,
    partition: String,
    forward: bool,
    start: Option<Attributes>,
}

impl PageQuery {
    pub fn of_partition(partition: String) -> Self {
        Self::new(None, PK, partition)
    }

    pub fn of_index(index: &'static str, hash: &str, value: String) -> Self {
        Self::new(Some(index), hash, value)
    }

    fn new(index: Option<&'static str>, hash: &str, partition: String) -> Self {
        Self {
            index,
            condition: "#hash = :hash".to_owned(),
            names: HashMap::from([("#hash".to_owned(), hash.to_owned())]),
            values: Attributes::from([(":hash".to_owned(), text(&partition))]),
            partition,
            forward: true,
            start: None,
        }
    }

    pub fn newest_first(self) -> Self {
        Self { forward: false, ..self }
    }

    pub fn beginning_with(mut self, prefix: &str) -> Self {
        self.condition.push_str(" AND begins_with(#range, :prefix)");
        self.names.insert("#range".to_owned(), SK.to_owned());
        self.values.insert(":prefix".to_owned(), text(prefix));
        self
    }

    /// Only items whose range key is below this, if it is given.
    pub fn below(mut self, range: &str, bound: Option<String>) -> Self {
        if let Some(bound) = bound {
            self.condition.push_str(" AND #range < :bound");
            self.names.insert("#range".to_owned(), range.to_owned());
            self.values.insert(":bound".to_owned(), text(bound));
        }
        self
    }

    pub fn starting_after(self, start: Option<Attributes>) -> Self {
        Self { start, ..self }
    }

    /// From this sort key of the partition on, which is not part of the page.
    pub fn at_place(self, place: Option<&str>) -> Self {
        let key = |sk| Attributes::from([(PK.to_owned(), text(&self.partition)), (SK.to_owned(), text(sk))]);
        let start = place.map(key);
        Self { start, ..self }
    }
}

impl Aws {
    /// At most this many items, and the key after which the next page begins. Pages of the table are strongly consistent; those of
    /// an index cannot be. Expired items are left out, so a page may be short.
    pub(crate) async fn page(
        &self,
        query: PageQuery,
        most: usize,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), Unavailable> {
        let now = self.now();
        let call = self
            .clients
            .dynamodb()
            .query()
            .table_name(self.table()?)
            .consistent_read(query.index.is_none())
            .set_index_name(query.index.map(str::to_owned))
            .key_condition_expression(query.condition)
            .set_expression_attribute_names(Some(query.names))
            .set_expression_attribute_values(Some(query.values))
            .scan_index_forward(query.forward)
            .set_limit(i32::try_from(most.max(1)).ok())
            .set_exclusive_start_key(query.start);
        let page = call.send().await.or_unavailable("Query")?;
        let items = page.items.unwrap_or_default().into_iter().filter(|item| is_live(item, now)).collect();
        Ok((items, page.last_evaluated_key.filter(|key| !key.is_empty())))
    }
}
