//! What stands in the item, who reads it anew and who may show an older one.

use till_app::ports::{Change, KeepSales as _, LoadSales as _, NotWritten, Noted, Sales, ShowSales as _, Suspension};
use till_app::setup::save_sales;
use till_domain::language::Language;
use till_domain::text::{Announcement, UserId};
use till_domain::time::{Seconds, Time};

use crate::item::{number, text};
use crate::keys;
use crate::test_aws::{TestAws, released_item};

fn suspended() -> Sales {
    let since = Time::from_unix(1_795_244_400).unwrap();
    let told = [(Language::Chinese, "中午十二点恢复"), (Language::English, "Back at noon")];
    let texts = told.map(|(language, text)| (language, Announcement::parse(text).unwrap()));
    Sales::Suspended(Suspension { since, texts: texts.into() })
}

/// Changes them as one who has read them.
async fn save(test: &TestAws, sales: Sales) -> Result<(), NotWritten> {
    let before = test.aws.noted_sales().await.unwrap();
    let notes = before.notes.with(Change::by_program(UserId::parse("till:ada").unwrap(), test.now()));
    save_sales(&test.aws, &Noted { item: sales, notes }, None).await
}

#[test]
fn released_item_reads_and_writes_back() {
    let released = released_item(include_str!("../../tests/shapes/sales.json"));
    assert_eq!(super::read(&released), Ok(suspended()));
    assert_eq!(super::write(&suspended()), released);
}

#[tokio::test]
async fn sales_are_open_until_they_are_suspended_and_after_they_are_resumed() {
    let test = TestAws::new().await;
    assert_eq!(test.aws.load_sales().await, Ok(Sales::Open));
    save(&test, suspended()).await.unwrap();
    assert_eq!(test.aws.load_sales().await, Ok(suspended()));
    let without_texts = Sales::Open.suspended(test.now(), [].into());
    save(&test, without_texts.clone()).await.unwrap();
    assert_eq!(test.aws.load_sales().await, Ok(without_texts));
    save(&test, Sales::Open).await.unwrap();
    assert_eq!(test.aws.load_sales().await, Ok(Sales::Open));
    assert_eq!(test.aws.noted_sales().await.unwrap().notes.count, 3);
}

#[tokio::test]
async fn making_an_order_reads_each_time_and_showing_products_once_a_minute() {
    let test = TestAws::new().await;
    assert_eq!(test.aws.shown_sales().await, Ok(Sales::Open));
    // Another process suspends them.
    let mut item = super::write(&suspended());
    item.extend(keys::sales().attributes());
    test.put(&keys::sales(), item).await;
    assert_eq!(test.aws.load_sales().await, Ok(suspended()));
    assert_eq!(test.aws.shown_sales().await, Ok(Sales::Open));
    test.pass(Seconds(60));
    assert_eq!(test.aws.shown_sales().await, Ok(suspended()));
    save(&test, Sales::Open).await.unwrap();
    assert_eq!(test.aws.shown_sales().await, Ok(Sales::Open), "the writing process sees it at once");
}

#[tokio::test]
async fn text_of_a_later_language_is_passed_over_and_a_later_schema_not_overwritten() {
    let test = TestAws::new().await;
    save(&test, suspended()).await.unwrap();
    let french = [("fr".to_owned(), text("À midi"))].into_iter().collect();
    test.set(&keys::sales(), "texts", aws_sdk_dynamodb::types::AttributeValue::M(french)).await;
    let Ok(Sales::Suspended(Suspension { texts, .. })) = test.aws.load_sales().await else {
        panic!("they are suspended")
    };
    assert!(texts.is_empty());
    test.set(&keys::sales(), "schema", number(2)).await;
    assert_eq!(save(&test, Sales::Open).await, Err(NotWritten::Newer));
}

#[tokio::test]
async fn unreadable_item_is_no_answer_rather_than_open_sales() {
    let test = TestAws::new().await;
    save(&test, suspended()).await.unwrap();
    test.set(&keys::sales(), "since", text("yesterday")).await;
    assert!(test.aws.load_sales().await.is_err() && test.aws.shown_sales().await.is_err());
}
