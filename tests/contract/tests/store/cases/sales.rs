//! Whether new orders are made: suspended and resumed, each with who did it, by one of two at the same moment.

use till_app::caller::Role;
use till_app::ports::{
    Change, KeepSales as _, ListRecords as _, LoadSales as _, NotWritten, Noted, Notes, RequestHash, Sales,
    ShowSales as _, TeamSubject,
};
use till_app::setup::save_sales;
use till_domain::language::Language;
use till_domain::text::{Announcement, Key, Reason, UserId};
use till_domain::time::{Seconds, Time};

use crate::fixture::start;
use crate::tested_store::TestedStore;

fn suspended() -> Sales {
    let texts = [(Language::Chinese, "中午十二点恢复"), (Language::English, "Back at noon")];
    let texts = texts.map(|(language, text)| (language, Announcement::parse(text).unwrap()));
    Sales::Open.suspended(start(), texts.into())
}

fn change(key: &str, at: Time) -> Change {
    Change {
        by: UserId::parse("ada").unwrap(),
        at,
        reason: Some(Reason::parse("价格有误").unwrap()),
        key: Some(Key::parse(key).unwrap()),
        hash: Some(RequestHash([7; 32])),
    }
}

pub async fn sales_and_their_notes_read_back(tested: &impl TestedStore) {
    let store = tested.store();
    let mut noted = Noted { item: Sales::Open, notes: Notes::default() };
    assert_eq!(store.noted_sales().await, Ok(noted.clone()), "nobody has changed them");
    let one_text =
        Sales::Open.suspended(start(), [(Language::English, Announcement::parse("Back soon").unwrap())].into());
    let no_text = Sales::Open.suspended(start(), [].into());
    for (nth, item) in [suspended(), one_text, no_text, Sales::Open, suspended()].into_iter().enumerate() {
        noted = Noted { item, notes: noted.notes.with(change(&format!("k{nth}"), tested.now())) };
        save_sales(store, &noted, Some(Role::Admin)).await.unwrap();
        assert_eq!(store.noted_sales().await, Ok(noted.clone()));
    }
}

pub async fn suspension_counts_for_the_next_order(tested: &impl TestedStore) {
    let store = tested.store();
    assert_eq!((store.load_sales().await, store.shown_sales().await), (Ok(Sales::Open), Ok(Sales::Open)));
    let first = Notes::default().with(change("k1", tested.now()));
    save_sales(store, &Noted { item: suspended(), notes: first.clone() }, Some(Role::Admin)).await.unwrap();
    assert_eq!(store.load_sales().await, Ok(suspended()));
    tested.pass(Seconds::minutes(1));
    assert_eq!(store.shown_sales().await, Ok(suspended()), "it is shown after a minute at the latest");
    save_sales(store, &Noted { item: Sales::Open, notes: first.with(change("k2", tested.now())) }, Some(Role::Admin))
        .await
        .unwrap();
    assert_eq!(store.load_sales().await, Ok(Sales::Open));
}

pub async fn of_two_changes_of_sales_at_once_one_is_refused(tested: &impl TestedStore) {
    let store = tested.store();
    let first = Noted { item: suspended(), notes: Notes::default().with(change("k1", tested.now())) };
    save_sales(store, &first, Some(Role::Admin)).await.unwrap();
    assert_eq!(save_sales(store, &first, Some(Role::Admin)).await, Ok(()), "the same write again");
    let after = |key: &str, item| Noted { item, notes: first.notes.with(change(key, tested.now())) };
    save_sales(store, &after("mine", Sales::Open), Some(Role::Admin)).await.unwrap();
    assert_eq!(save_sales(store, &after("yours", suspended()), Some(Role::Admin)).await, Err(NotWritten::Conflict));
    assert_eq!(store.noted_sales().await, Ok(after("mine", Sales::Open)));
    let records = store.list_team_records(&TeamSubject::Sales, None, 10).await.unwrap().items;
    let mut kept: Vec<&str> = records.iter().map(|record| record.what.as_str()).collect();
    kept.sort_unstable();
    assert_eq!(kept, ["resumed", "suspended, zh: 中午十二点恢复, en: Back at noon"], "of those that count, each once");
}
