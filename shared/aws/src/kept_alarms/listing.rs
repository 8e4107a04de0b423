//! The list of alarms. Very many of one word must not hide those of the others, nor make the list fail.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use till_app::ports::{KeptAlarm, ListedAlarms, Unavailable};

use super::read;
use crate::aws::Aws;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, Reader, text};
use crate::keys::{self, ItemKey, PK, SK};
use crate::table::is_live;

/// More than all words have: of each, at most two pages are read.
const MOST_PAGES: u32 = 128;

impl Aws {
    pub(super) async fn list_alarms(&self) -> Result<ListedAlarms, Unavailable> {
        let (mut listed, mut counts, mut from) = (ListedAlarms::default(), BTreeMap::<String, usize>::new(), None);
        for _ in 0..MOST_PAGES {
            let page = self.alarms_page(from).await?;
            for item in page.items() {
                let Some((word, _)) = sort_key(item).and_then(|sk| sk.split_once('#')) else { continue };
                let count = counts.entry(word.to_owned()).or_insert(0);
                *count = count.saturating_add(1);
                let Some(kept) = read_listed(item).filter(|_| is_live(item, self.now())) else { continue };
                if *count <= ListedAlarms::MOST_OF_A_WORD {
                    listed.all.push(kept);
                } else {
                    listed.more.insert(kept.alarm.word);
                }
            }
            let Some(last) = page.last_evaluated_key().filter(|key| !key.is_empty()) else { return Ok(listed) };
            let sk = sort_key(last).ok_or(Unavailable)?;
            let count = sk.split_once('#').and_then(|(word, _)| counts.get(word));
            let is_enough = count.is_some_and(|count| *count > ListedAlarms::MOST_OF_A_WORD);
            from = Some(if is_enough {
                keys::after_word(sk)
            } else {
                ItemKey { pk: keys::ALARMS.to_owned(), sk: sk.to_owned() }
            });
        }
        tracing::error!("the list of alarms did not come to its end");
        Ok(listed)
    }

    async fn alarms_page(&self, from: Option<ItemKey>) -> Result<QueryOutput, Unavailable> {
        let query = self.clients.dynamodb().query().table_name(self.table()?).consistent_read(true);
        let query = query.key_condition_expression("#pk = :pk AND #sk >= :first");
        let query = query.expression_attribute_names("#pk", PK).expression_attribute_names("#sk", SK);
        let query = query.expression_attribute_values(":pk", text(keys::ALARMS));
        let query = query.expression_attribute_values(":first", text(keys::FIRST_ALARM));
        let most = i32::try_from(ListedAlarms::MOST_OF_A_WORD).unwrap_or(i32::MAX).saturating_add(1);
        let query = query.limit(most).set_exclusive_start_key(from.map(|key| key.attributes()));
        query.send().await.or_unavailable("Query")
    }
}

fn sort_key(item: &Attributes) -> Option<&str> {
    Reader::new(item).text(SK).ok()
}

/// One that this release cannot read must not keep the others from being sent.
fn read_listed(item: &Attributes) -> Option<KeptAlarm> {
    let (word, subject) = keys::parse_alarm(sort_key(item)?)?;
    read(word, subject, item).or_unavailable("kept alarm").ok()
}
