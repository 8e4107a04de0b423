//! What the program `till` may write, and what is refused before anything is sent.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{
    AccountMode, AccountSettings, Change, KeepAccounts as _, KeepProducts as _, ListProducts, ListedProduct, Noted,
    Notes, ReadAccounts, RequestHash, Unavailable,
};
use till_app::setup::{is_same, save_account, save_product};
use till_domain::currency::Currency;
use till_domain::language::{Language, Localized};
use till_domain::money::Money;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, Key, Reason, Remark, UserId};

use super::NotWritten;
use crate::item::{Attributes, number, text};
use crate::test_aws::Reply;
use crate::test_aws::{TestAws, released_item};
use crate::{keys, product_item};

fn product() -> ListedProduct {
    product_item::read(&released_item(include_str!("../../tests/shapes/product.json"))).unwrap()
}

/// Changes a product as the program does.
async fn put_product(test: &TestAws, product: &ListedProduct) -> Result<(), NotWritten> {
    let all = test.aws.noted_products().await.unwrap();
    let stands = all.iter().find(|one| is_same(&one.item.product, &product.product));
    let notes = stands.map(|one| one.notes.clone()).unwrap_or_default().with(change(test));
    save_product(&test.aws, stands, &Noted { item: product.clone(), notes }, None).await
}

async fn all_products(test: &TestAws) -> Result<Vec<ListedProduct>, Unavailable> {
    Ok(test.aws.noted_products().await?.into_iter().map(|noted| noted.item).collect())
}

async fn put_account(test: &TestAws, account: &AccountSettings) -> Result<(), NotWritten> {
    let all = test.aws.noted_accounts().await.unwrap().accounts;
    let stands = all.iter().find(|one| one.item.account == account.account);
    let notes = stands.map(|one| one.notes.clone()).unwrap_or_default().with(change(test));
    save_account(&test.aws, &all, &Noted { item: account.clone(), notes }, None, None).await
}

async fn all_accounts(test: &TestAws) -> Vec<AccountSettings> {
    test.aws.noted_accounts().await.unwrap().accounts.into_iter().map(|noted| noted.item).collect()
}

fn change(test: &TestAws) -> Change {
    Change::by_program(UserId::parse("till:ann").unwrap(), test.now())
}

fn names_of(original: &str, english: &str) -> Attributes {
    Attributes::from([("of".to_owned(), text(original)), ("en".to_owned(), text(english))])
}

fn place() -> keys::ItemKey {
    keys::product(product().product.kind(), product().product.id())
}

fn account(id: &str, mode: AccountMode) -> AccountSettings {
    let account = Account { provider: Provider::Alipay, id: AccountId::parse(id).unwrap() };
    AccountSettings {
        account,
        mode,
        is_default: true,
        is_on: true,
        base_url: None,
        hints: vec!["2021000000000000".to_owned()],
    }
}

#[tokio::test]
async fn product_is_written_changed_hidden_and_removed() {
    let test = TestAws::new().await;
    assert_eq!(test.aws.list_products().await, Ok([].into()));
    put_product(&test, &product()).await.unwrap();
    // The writing process sees it at once.
    assert_eq!(test.aws.list_products().await, Ok([product()].into()));
    let changed = ListedProduct { description: None, sort: 7, ..product() };
    put_product(&test, &changed).await.unwrap();
    assert_eq!(all_products(&test).await, Ok(vec![changed.clone()]));
    let stated = product().product.with_upgrade_worths(vec![Money::zero(Currency::CNY)]).unwrap();
    for again in [ListedProduct { product: stated, ..changed.clone() }, changed.clone()] {
        put_product(&test, &again).await.unwrap();
        assert_eq!(all_products(&test).await, Ok(vec![again]), "an upgrade worth is stated, and taken back");
    }
    let mut translated = product_item::write(&changed);
    translated.insert("names".to_owned(), AttributeValue::M(names_of("基础套餐", "Basic package")));
    for again in [product_item::read(&translated).unwrap(), changed.clone()] {
        put_product(&test, &again).await.unwrap();
        assert_eq!(all_products(&test).await, Ok(vec![again]), "a name is translated, and no longer");
    }
}

#[tokio::test]
async fn later_attribute_survives_and_later_schema_is_not_overwritten() {
    let test = TestAws::new().await;
    put_product(&test, &product()).await.unwrap();
    test.set(&place(), "later", text("kept")).await;
    put_product(&test, &ListedProduct { sort: 7, ..product() }).await.unwrap();
    assert_eq!(test.get(&place()).await.unwrap()["later"], text("kept"));
    test.set(&place(), "schema", number(2)).await;
    assert_eq!(put_product(&test, &product()).await, Err(NotWritten::Newer));
    assert_eq!(all_products(&test).await.unwrap()[0].sort, 7);
    test.set(&place(), "prices", text("free")).await;
    assert_eq!(all_products(&test).await, Err(Unavailable));
}

#[tokio::test]
async fn description_outside_its_limits_is_refused() {
    let test = TestAws::new().await;
    for (description, fine) in [
        ("多行\n文字".to_owned(), true),
        (String::new(), false),
        ("a\u{7}".to_owned(), false),
        ("长".repeat(1_001), false),
    ] {
        let mut translated = Localized::from("100 次查询".to_owned());
        translated.translations.insert(Language::English, description.clone());
        for one in [description.clone().into(), translated] {
            let written = put_product(&test, &ListedProduct { description: Some(one), ..product() }).await;
            assert_eq!(written.is_ok(), fine, "{description}");
        }
    }
}

#[tokio::test]
async fn new_default_account_replaces_the_old_one_of_its_mode() {
    for (stage, mode) in [("test", AccountMode::Test), ("prod", AccountMode::Live)] {
        let test = TestAws::with(&[("STAGE", stage)]).await;
        for id in ["a", "b"] {
            put_account(&test, &account(id, mode)).await.unwrap();
        }
        let all = all_accounts(&test).await;
        let defaults: Vec<(&str, bool)> = all.iter().map(|one| (one.account.id.as_str(), one.is_default)).collect();
        assert_eq!(defaults, [("a", false), ("b", true)]);
        assert_eq!(test.aws.read_accounts(Provider::Alipay).await, Ok(all));
    }
}

#[tokio::test]
async fn account_that_cannot_be_read_is_named_and_the_others_are_there() {
    let test = TestAws::new().await;
    for id in ["a", "b"] {
        put_account(&test, &account(id, AccountMode::Test)).await.unwrap();
    }
    let broken = Account { provider: Provider::Alipay, id: AccountId::parse("a").unwrap() };
    test.set(&keys::account(broken.provider, &broken.id), "mode", text("?")).await;
    let all = test.aws.noted_accounts().await.unwrap();
    let readable: Vec<&str> = all.accounts.iter().map(|one| one.item.account.id.as_str()).collect();
    assert_eq!((readable, &all.unreadable), (vec!["b"], &vec![broken.clone()]));
    assert_eq!(all.unreadable_of(&broken.id), Some(&broken));
    assert_eq!(all.unreadable_of(&AccountId::parse("b").unwrap()), None);
}

#[tokio::test]
async fn account_that_breaks_a_rule_is_not_written() {
    let test = TestAws::new().await;
    let with = |mode, base_url: Option<&str>, hints: Vec<String>| AccountSettings {
        base_url: base_url.map(str::to_owned),
        hints,
        ..account("a", mode)
    };
    for settings in [
        with(AccountMode::Live, Some("https://api.example"), vec![]),
        with(AccountMode::Live, None, vec![]),
        with(AccountMode::Test, Some("ftp://api.example"), vec![]),
        with(AccountMode::Test, Some("https://"), vec![]),
        with(AccountMode::Test, Some("https://api.example/"), vec![]),
        with(AccountMode::Test, Some("https://api.example?x"), vec![]),
        with(AccountMode::Test, None, vec![String::new()]),
        with(AccountMode::Test, None, vec!["a b".to_owned()]),
        with(AccountMode::Test, None, vec!["a".repeat(129)]),
        with(AccountMode::Test, None, vec!["a".to_owned(); 17]),
    ] {
        let written = put_account(&test, &settings).await;
        assert!(matches!(written, Err(NotWritten::Refused(_))), "{settings:?}");
    }
    assert_eq!(test.count("ACCOUNT#alipay").await, 0);
    put_account(&test, &with(AccountMode::Test, Some("http://127.0.0.1:8080/alipay"), vec![])).await.unwrap();
    let production = TestAws::with(&[("STAGE", "prod")]).await;
    assert!(put_account(&production, &account("a", AccountMode::Test)).await.is_err());
    assert!(put_account(&production, &with(AccountMode::Live, Some("https://api.example"), vec![])).await.is_err());
    assert!(put_account(&production, &account("a", AccountMode::Live)).await.is_ok());
}

fn asked(key: &str, test: &TestAws) -> Change {
    Change {
        by: UserId::parse("ada").unwrap(),
        at: test.now(),
        reason: Some(Reason::parse("a new contract").unwrap()),
        key: Some(Key::parse(key).unwrap()),
        hash: Some(RequestHash([7; 32])),
    }
}

#[tokio::test]
async fn notes_are_written_read_back_and_left_alone_by_a_release_that_has_none() {
    let test = TestAws::new().await;
    let remark = Some(Remark::parse("the summer sale").unwrap());
    let first = Notes { remark, ..Notes::default() }.with(asked("k1", &test));
    save_product(&test.aws, None, &Noted { item: product(), notes: first.clone() }, None).await.unwrap();
    let stored = async |test: &TestAws| test.aws.noted_products().await.unwrap().remove(0).notes;
    assert_eq!(stored(&test).await, first);
    // The release before sets what it knows.
    let sort = number(7);
    test.set(&place(), "sort", sort).await;
    assert_eq!(stored(&test).await, first);
    let second = Notes { remark: None, ..first.with(asked("k2", &test)) };
    save_product(&test.aws, None, &Noted { item: product(), notes: second.clone() }, None).await.unwrap();
    assert_eq!(stored(&test).await, second, "a remark is taken away again");
    // An item of that release has no notes, and gets them with its next change.
    test.put(&place(), released_item(include_str!("../../tests/shapes/product.json"))).await;
    assert_eq!(stored(&test).await, Notes::default());
    put_product(&test, &product()).await.unwrap();
    assert_eq!(stored(&test).await.last(), Some(&change(&test)));
}

#[tokio::test]
async fn of_two_changes_at_the_same_moment_one_is_refused() {
    let test = TestAws::new().await;
    put_product(&test, &product()).await.unwrap();
    let notes = test.aws.noted_products().await.unwrap().remove(0).notes;
    let mine = Noted { item: ListedProduct { sort: 1, ..product() }, notes: notes.with(asked("mine", &test)) };
    let yours = Noted { item: ListedProduct { sort: 2, ..product() }, notes: notes.with(asked("yours", &test)) };
    test.lose_next_answer();
    save_product(&test.aws, None, &mine, None).await.unwrap();
    assert_eq!(save_product(&test.aws, None, &mine, None).await, Ok(()), "a repeated call whose answer was lost");
    assert_eq!(save_product(&test.aws, None, &yours, None).await, Err(NotWritten::Conflict));
    assert_eq!(all_products(&test).await.unwrap()[0].sort, 1);
    let account = account("a", AccountMode::Test);
    put_account(&test, &account).await.unwrap();
    let late = Noted { item: account, notes: Notes::default().with(asked("late", &test)) };
    assert_eq!(save_account(&test.aws, &[], &late, None, None).await, Err(NotWritten::Conflict));
}

#[tokio::test]
async fn secret_is_created_updated_or_left_as_it_is() {
    let test = TestAws::new().await;
    let operations = |test: &TestAws| test.take_calls().into_iter().map(|call| call.operation).collect::<Vec<_>>();
    let missing = || Reply::Answer(400, r#"{"__type":"ResourceNotFoundException"}"#.to_owned());
    test.on_call(
        move |call| if call.operation == "CreateSecret" { Reply::Answer(200, "{}".to_owned()) } else { missing() },
    );
    test.aws.put_secret("account/main", r#"{"key":1}"#).await.unwrap();
    let calls = test.take_calls();
    let created: serde_json::Value = serde_json::from_str(&calls.last().unwrap().body).unwrap();
    assert_eq!(
        (created["Name"].as_str(), created["SecretString"].as_str()),
        (Some("till/test/account/main"), Some(r#"{"key":1}"#))
    );
    test.on_call(|call| match call.operation.as_str() {
        "GetSecretValue" => Reply::Answer(200, r#"{"SecretString":"{\"key\":1}"}"#.to_owned()),
        _ => Reply::Answer(200, "{}".to_owned()),
    });
    test.aws.put_secret("account/main", r#"{"key":1}"#).await.unwrap();
    assert_eq!(operations(&test), ["GetSecretValue"]);
    test.aws.put_secret("account/main", r#"{"key":2}"#).await.unwrap();
    assert_eq!(operations(&test), ["GetSecretValue", "PutSecretValue"]);
    test.aws.put_secret("bearer", "{}").await.unwrap();
    test.aws.put_secret("sandbox/config", "{}").await.unwrap();
    test.on_call(|_| Reply::Answer(500, "{}".to_owned()));
    assert_eq!(test.aws.put_secret("bearer", "{}").await, Err(NotWritten::Unavailable));
}

#[tokio::test]
async fn secret_with_a_bad_name_or_value_is_never_sent() {
    let test = TestAws::new().await;
    let large = format!(r#"{{"a":"{}"}}"#, "a".repeat(65_536));
    for (name, json) in [
        ("other", "{}"),
        ("account/../bearer", "{}"),
        ("tokens", "{}"),
        ("sandbox/other", "{}"),
        ("bearer", "[]"),
        ("bearer", "secret"),
        ("bearer", &large),
    ] {
        assert!(matches!(test.aws.put_secret(name, json).await, Err(NotWritten::Refused(_))), "{name}");
    }
    assert!(test.take_calls().is_empty());
    let production = TestAws::with(&[("STAGE", "prod")]).await;
    assert!(production.aws.put_secret("sandbox/config", "{}").await.is_err());
    assert!(production.take_calls().is_empty());
}
