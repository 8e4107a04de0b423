//! Records of what the team did to something that is no order: each is written with its change, or not at all.

use till_app::caller::{Caller, Role};
use till_app::ports::{
    AccountMode, AccountSettings, Change, Command, Commit, CommitGoods as _, Committed, Kept, KeptTeamRecord,
    ListRecords as _, ListedProduct, NotWritten, Noted, Notes, TeamRecord, TeamSubject,
};
use till_app::setup::{save_account, save_product};
use till_app::team_record::of_entry;
use till_domain::day::Day;
use till_domain::text::UserId;
use till_domain::time::Seconds;
use till_domain::wallet::{ByHand, Entry, Wallet};

use crate::fixture::{account, key, points, reason, user};
use crate::tested_store::TestedStore;

fn ada() -> UserId {
    UserId::parse("ada").unwrap()
}

fn change(tested: &impl TestedStore) -> Change {
    Change { by: ada(), at: tested.now(), reason: Some(reason()), key: None, hash: None }
}

async fn of(tested: &impl TestedStore, subject: &TeamSubject) -> Vec<KeptTeamRecord> {
    tested.store().list_team_records(subject, None, 100).await.unwrap().items
}

fn words(records: &[KeptTeamRecord]) -> Vec<&str> {
    records.iter().map(|record| record.what.as_str()).collect()
}

fn product(sort: u32, notes: Notes) -> Noted<ListedProduct> {
    Noted { item: ListedProduct { product: points(), sort, description: None }, notes }
}

pub async fn each_change_of_a_product_leaves_one_record(tested: &impl TestedStore) {
    let (store, admin) = (tested.store(), Some(Role::Admin));
    let first = product(1, Notes::default().with(change(tested)));
    save_product(store, None, &first, None).await.unwrap();
    assert_eq!(save_product(store, None, &first, None).await, Ok(()), "the same write again");
    tested.pass(Seconds(1));
    let second = product(2, first.notes.with(change(tested)));
    save_product(store, Some(&first), &second, admin).await.unwrap();
    tested.pass(Seconds(1));
    let refused = product(3, first.notes.with(change(tested)));
    assert_eq!(save_product(store, Some(&first), &refused, admin).await, Err(NotWritten::Conflict));
    let subject = TeamSubject::Product(points().kind().clone(), points().id().clone());
    let records = of(tested, &subject).await;
    assert_eq!(words(&records), ["changed sort=2", "created 9.90 CNY"]);
    assert_eq!((records[0].role.as_deref(), records[1].role.as_deref()), (Some("admin"), None));
    let newest = &records[0];
    assert_eq!((newest.by.as_str(), newest.reason.as_deref()), ("ada", Some(reason().as_str())));
    assert_eq!(newest.subject, ("product".to_owned(), "points/hundred".to_owned()));
}

pub async fn each_change_of_an_account_leaves_one_record(tested: &impl TestedStore) {
    let (store, admin) = (tested.store(), Some(Role::Admin));
    let settings = |id: &str, is_default, notes| {
        let account =
            till_domain::provider::Account { id: till_domain::text::AccountId::parse(id).unwrap(), ..account() };
        let (mode, hints) = (AccountMode::Test, Vec::new());
        Noted { item: AccountSettings { account, mode, is_default, is_on: true, base_url: None, hints }, notes }
    };
    let first = settings("old", true, Notes::default().with(change(tested)));
    save_account(store, &[], &first, None, admin).await.unwrap();
    tested.pass(Seconds(1));
    let second = settings("new", true, Notes::default().with(change(tested)));
    save_account(store, std::slice::from_ref(&first), &second, None, admin).await.unwrap();
    let subject = |noted: &Noted<AccountSettings>| TeamSubject::Account(noted.item.account.clone());
    assert_eq!(words(&of(tested, &subject(&second)).await), ["created"]);
    let former = of(tested, &subject(&first)).await;
    assert_eq!(words(&former), ["changed is_default=false", "created"], "the default before is one no longer");
    assert_eq!(former[0].at, tested.now());
    assert_eq!(former[0].subject, ("account".to_owned(), "wechat/old".to_owned()));
}

/// A change by hand, its wallet and its record.
fn by_hand(tested: &impl TestedStore, name: &str, before: &Wallet) -> (Entry, Wallet, TeamRecord) {
    let done = ByHand::Grant(points().grants().to_vec());
    let entry = Entry::by_hand(key(name), done, reason(), tested.now(), before.next_version()).unwrap();
    let mut wallet = before.clone();
    wallet.apply(&entry).unwrap();
    let record = of_entry(&user(), &entry, &Caller::admin(ada())).unwrap();
    (entry, wallet, record)
}

pub async fn change_by_hand_leaves_its_record_once(tested: &impl TestedStore) {
    let (entry, wallet, record) = by_hand(tested, "k1", &Wallet::new());
    let (late, late_wallet, late_record) = by_hand(tested, "k2", &wallet);
    let commit = async |wallet: &Wallet, entry: &Entry, record: &TeamRecord| {
        let (user, record) = (user(), Some(record));
        let commit = Commit { order: None, user: &user, wallet, entry, unchanged: &[], by: None, record };
        tested.store().commit(commit).await.unwrap()
    };
    assert_eq!(commit(&late_wallet, &late, &late_record).await, Committed::Conflict, "its wallet is not there yet");
    assert_eq!(of(tested, &record.subject).await, []);
    assert_eq!(commit(&wallet, &entry, &record).await, Committed::Yes);
    let (again, again_wallet, again_record) = by_hand(tested, "k1", &wallet);
    assert_eq!(commit(&again_wallet, &again, &again_record).await, Committed::Duplicate);
    let kept = KeptTeamRecord::from(&record);
    assert_eq!(kept.what, "granted 100 points");
    assert_eq!(of(tested, &record.subject).await, std::slice::from_ref(&kept));
    let today = tested.store().list_commands(Day::of(tested.now()), None, 10).await;
    assert_eq!(today, Ok(Kept { items: vec![Command::Other(kept)], unreadable: vec![], next: None }));
}

pub async fn records_of_one_subject_are_listed_newest_first_in_pages(tested: &impl TestedStore) {
    let mut before = product(0, Notes::default());
    for sort in 1..=5 {
        let after = product(sort, before.notes.with(change(tested)));
        save_product(tested.store(), Some(&before), &after, Some(Role::Admin)).await.unwrap();
        tested.pass(Seconds(1));
        before = after;
    }
    let subject = TeamSubject::Product(points().kind().clone(), points().id().clone());
    for most in [10, 5, 2, 1] {
        let (mut read, mut from) = (Vec::new(), None);
        loop {
            let page = tested.store().list_team_records(&subject, from.as_deref(), most).await.unwrap();
            assert!(page.items.len() <= most);
            read.extend(page.items);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        let expected: Vec<String> = (1..=5).rev().map(|sort| format!("changed sort={sort}")).collect();
        assert_eq!(words(&read), expected, "in pages of {most}");
    }
    let nobody = TeamSubject::User(user());
    assert_eq!(
        tested.store().list_team_records(&nobody, None, 10).await,
        Ok(Kept { items: vec![], unreadable: vec![], next: None })
    );
}
