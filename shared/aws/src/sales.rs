//! Whether new orders are made: one item. Who makes orders reads it each time, so that a suspension counts at once; who shows
//! products may show it as late as those.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{
    KeepSales, LoadSales, NotWritten, Noted, Notes, Sales, ShowSales, Suspension, TeamRecord, Unavailable,
};
use till_domain::language::Language;
use till_domain::text::Announcement;

use crate::aws::Aws;
use crate::codec::Stored as _;
use crate::error::OrUnavailable as _;
use crate::item::{Attributes, BadItem, Reader, SCHEMA, attributes};
use crate::{keys, operator};

const SALES_SCHEMA: u32 = 1;
/// Open sales have neither.
const OPTIONAL: [&str; 2] = ["since", "texts"];
const CACHED: &str = "sales";

impl LoadSales for Aws {
    async fn load_sales(&self) -> Result<Sales, Unavailable> {
        match self.read_item(&keys::sales()).await? {
            Some(item) => read(&item).or_unavailable("sales"),
            None => Ok(Sales::Open),
        }
    }
}

impl ShowSales for Aws {
    async fn shown_sales(&self) -> Result<Sales, Unavailable> {
        if let Some(known) = self.cache.sales.get(CACHED, self.now()) {
            return Ok(known);
        }
        let sales = self.load_sales().await?;
        self.cache.sales.put(CACHED, sales.clone(), self.now());
        Ok(sales)
    }
}

impl KeepSales for Aws {
    async fn noted_sales(&self) -> Result<Noted<Sales>, Unavailable> {
        match self.read_item(&keys::sales()).await? {
            Some(item) => operator::noted(read(&item), &item).or_unavailable("sales"),
            None => Ok(Noted { item: Sales::Open, notes: Notes::default() }),
        }
    }

    async fn save_sales(&self, sales: &Noted<Sales>, record: &TeamRecord) -> Result<(), NotWritten> {
        let Noted { item, notes } = sales;
        let update = operator::change(keys::sales(), write(item), &OPTIONAL, SALES_SCHEMA, notes);
        let saved = self.write_with_record(update, record, SALES_SCHEMA, notes).await;
        self.cache.sales.clear();
        saved
    }
}

fn write(sales: &Sales) -> Attributes {
    let (since, texts) = match sales {
        Sales::Open => (None, None),
        Sales::Suspended(suspension) => (suspension.since.store(), write_texts(&suspension.texts)),
    };
    attributes([(SCHEMA, SALES_SCHEMA.store()), ("since", since), ("texts", texts)])
}

fn write_texts(texts: &BTreeMap<Language, Announcement>) -> Option<AttributeValue> {
    let written = texts.iter().filter_map(|(language, text)| Some((language.as_str().to_owned(), text.store()?)));
    (!texts.is_empty()).then(|| AttributeValue::M(written.collect()))
}

/// A text in a language of a later release is passed over.
fn read(item: &Attributes) -> Result<Sales, BadItem> {
    let reader = Reader::new(item);
    let Some(since) = reader.get_as("since")? else { return Ok(Sales::Open) };
    let mut texts = BTreeMap::new();
    if reader.has("texts") {
        let stored = Reader::of_map(reader.get("texts"), "texts")?;
        for language in Language::ALL {
            let text = stored.get_as::<Option<Announcement>>(language.as_str())?;
            texts.extend(text.map(|text| (language, text)));
        }
    }
    Ok(Sales::Suspended(Suspension { since, texts }))
}

#[cfg(test)]
mod tests;
