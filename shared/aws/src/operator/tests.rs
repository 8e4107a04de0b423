//! What the program `till` may write, and what is refused before anything is sent.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{AccountMode, AccountSettings, ListProducts, ListedProduct, ReadAccounts, Unavailable};
use till_domain::currency::Currency;
use till_domain::language::{Language, Localized};
use till_domain::money::Money;
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use super::NotWritten;
use crate::item::{Attributes, number, text};
use crate::test_aws::Reply;
use crate::test_aws::{TestAws, released_item};
use crate::{keys, product_item};

fn product() -> ListedProduct {
    product_item::read(&released_item(include_str!("../../tests/shapes/product.json"))).unwrap()
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
    assert_eq!(test.aws.list_products().await, Ok(vec![]));
    test.aws.put_product(&product()).await.unwrap();
    // The writing process sees it at once.
    assert_eq!(test.aws.list_products().await, Ok(vec![product()]));
    let changed = ListedProduct { description: None, sort: 7, ..product() };
    test.aws.put_product(&changed).await.unwrap();
    assert_eq!(test.aws.all_products().await, Ok(vec![changed.clone()]));
    let stated = product().product.with_upgrade_worths(vec![Money::zero(Currency::CNY)]).unwrap();
    for again in [ListedProduct { product: stated, ..changed.clone() }, changed.clone()] {
        test.aws.put_product(&again).await.unwrap();
        assert_eq!(test.aws.all_products().await, Ok(vec![again]), "an upgrade worth is stated, and taken back");
    }
    let mut translated = product_item::write(&changed);
    translated.insert("names".to_owned(), AttributeValue::M(names_of("基础套餐", "Basic package")));
    for again in [product_item::read(&translated).unwrap(), changed.clone()] {
        test.aws.put_product(&again).await.unwrap();
        assert_eq!(test.aws.all_products().await, Ok(vec![again]), "a name is translated, and no longer");
    }
    let (kind, id) = (changed.product.kind(), changed.product.id());
    test.aws.show_product(kind, id, false).await.unwrap();
    assert!(!test.aws.list_products().await.unwrap()[0].product.active);
    test.aws.remove_product(kind, id).await.unwrap();
    assert_eq!(test.aws.list_products().await, Ok(vec![]));
    assert_eq!(test.aws.show_product(kind, id, true).await, Err(NotWritten::NotFound));
    assert_eq!(test.aws.remove_product(kind, id).await, Err(NotWritten::NotFound));
    assert_eq!(test.get(&place()).await, None);
}

#[tokio::test]
async fn later_attribute_survives_and_later_schema_is_not_overwritten() {
    let test = TestAws::new().await;
    test.aws.put_product(&product()).await.unwrap();
    test.set(&place(), "later", text("kept")).await;
    test.aws.put_product(&ListedProduct { sort: 7, ..product() }).await.unwrap();
    assert_eq!(test.get(&place()).await.unwrap()["later"], text("kept"));
    test.set(&place(), "schema", number(2)).await;
    assert_eq!(test.aws.put_product(&product()).await, Err(NotWritten::Newer));
    assert_eq!(test.aws.all_products().await.unwrap()[0].sort, 7);
    test.set(&place(), "prices", text("free")).await;
    assert_eq!(test.aws.all_products().await, Err(Unavailable));
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
            let written = test.aws.put_product(&ListedProduct { description: Some(one), ..product() }).await;
            assert_eq!(written.is_ok(), fine, "{description}");
        }
    }
}

#[tokio::test]
async fn new_default_account_replaces_the_old_one_of_its_mode() {
    for (stage, mode) in [("test", AccountMode::Test), ("prod", AccountMode::Live)] {
        let test = TestAws::with(&[("STAGE", stage)]).await;
        for id in ["a", "b"] {
            test.aws.put_account(&account(id, mode)).await.unwrap();
        }
        let all = test.aws.all_accounts().await.unwrap();
        let defaults: Vec<(&str, bool)> = all.iter().map(|one| (one.account.id.as_str(), one.is_default)).collect();
        assert_eq!(defaults, [("a", false), ("b", true)]);
        assert_eq!(test.aws.read_accounts(Provider::Alipay).await, Ok(all));
    }
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
        let written = test.aws.put_account(&settings).await;
        assert!(matches!(written, Err(NotWritten::Refused(_))), "{settings:?}");
    }
    assert_eq!(test.count("ACCOUNT#alipay").await, 0);
    test.aws.put_account(&with(AccountMode::Test, Some("http://127.0.0.1:8080/alipay"), vec![])).await.unwrap();
    let production = TestAws::with(&[("STAGE", "prod")]).await;
    assert!(production.aws.put_account(&account("a", AccountMode::Test)).await.is_err());
    assert!(production.aws.put_account(&with(AccountMode::Live, Some("https://api.example"), vec![])).await.is_err());
    assert!(production.aws.put_account(&account("a", AccountMode::Live)).await.is_ok());
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
