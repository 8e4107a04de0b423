//! What the team's tool may write, and what is refused before anything is sent.

use till_app::ports::{AccountMode, AccountSettings, ListProducts, ListedProduct, ReadAccounts, Unavailable};
use till_domain::provider::{Account, Provider};
use till_domain::text::AccountId;

use super::NotWritten;
use crate::item::{number, text};
use crate::testing::Reply;
use crate::world::{World, shape};
use crate::{keys, product_item};

fn product() -> ListedProduct {
    product_item::read(&shape(include_str!("../../tests/shapes/product.json"))).unwrap()
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
async fn a_product_is_written_changed_hidden_and_removed() {
    let world = World::new().await;
    assert_eq!(world.aws.list_products().await, Ok(vec![]));
    world.aws.put_product(&product()).await.unwrap();
    // The tool sees at once what it wrote.
    assert_eq!(world.aws.list_products().await, Ok(vec![product()]));
    let changed = ListedProduct { description: None, sort: 7, ..product() };
    world.aws.put_product(&changed).await.unwrap();
    assert_eq!(world.aws.all_products().await, Ok(vec![changed.clone()]));
    let (kind, id) = (changed.product.kind(), changed.product.id());
    world.aws.show_product(kind, id, false).await.unwrap();
    assert!(!world.aws.list_products().await.unwrap()[0].product.active);
    world.aws.remove_product(kind, id).await.unwrap();
    assert_eq!(world.aws.list_products().await, Ok(vec![]));
    assert_eq!(world.aws.show_product(kind, id, true).await, Err(NotWritten::NotFound));
    assert_eq!(world.aws.remove_product(kind, id).await, Err(NotWritten::NotFound));
    assert_eq!(world.get(&place()).await, None);
}

#[tokio::test]
async fn what_a_later_release_added_survives_and_what_it_changed_is_not_written() {
    let world = World::new().await;
    world.aws.put_product(&product()).await.unwrap();
    world.set(&place(), "later", text("kept")).await;
    world.aws.put_product(&ListedProduct { sort: 7, ..product() }).await.unwrap();
    assert_eq!(world.get(&place()).await.unwrap()["later"], text("kept"));
    world.set(&place(), "schema", number(2)).await;
    assert_eq!(world.aws.put_product(&product()).await, Err(NotWritten::Newer));
    assert_eq!(world.aws.all_products().await.unwrap()[0].sort, 7);
    world.set(&place(), "prices", text("free")).await;
    assert_eq!(world.aws.all_products().await, Err(Unavailable));
}

#[tokio::test]
async fn a_description_has_its_limits() {
    let world = World::new().await;
    for (description, fine) in [
        ("多行\n文字".to_owned(), true),
        (String::new(), false),
        ("a\u{7}".to_owned(), false),
        ("长".repeat(1_001), false),
    ] {
        let written =
            world.aws.put_product(&ListedProduct { description: Some(description.clone()), ..product() }).await;
        assert_eq!(written.is_ok(), fine, "{description}");
    }
}

#[tokio::test]
async fn one_default_of_each_mode_stands() {
    let world = World::new().await;
    for (id, mode) in [("a", AccountMode::Live), ("t", AccountMode::Test), ("b", AccountMode::Live)] {
        world.aws.put_account(&account(id, mode)).await.unwrap();
    }
    let all = world.aws.all_accounts().await.unwrap();
    let defaults: Vec<(&str, bool)> = all.iter().map(|one| (one.account.id.as_str(), one.is_default)).collect();
    assert_eq!(defaults, [("a", false), ("b", true), ("t", true)]);
    assert_eq!(world.aws.read_accounts(Provider::Alipay).await, Ok(all));
}

#[tokio::test]
async fn an_account_that_breaks_a_rule_is_not_written() {
    let world = World::new().await;
    let with = |mode, base_url: Option<&str>, hints: Vec<String>| AccountSettings {
        base_url: base_url.map(str::to_owned),
        hints,
        ..account("a", mode)
    };
    for settings in [
        with(AccountMode::Live, Some("https://api.example"), vec![]),
        with(AccountMode::Test, Some("ftp://api.example"), vec![]),
        with(AccountMode::Test, Some("https://"), vec![]),
        with(AccountMode::Test, Some("https://api.example/"), vec![]),
        with(AccountMode::Test, Some("https://api.example?x"), vec![]),
        with(AccountMode::Test, None, vec![String::new()]),
        with(AccountMode::Test, None, vec!["a b".to_owned()]),
        with(AccountMode::Test, None, vec!["a".repeat(129)]),
        with(AccountMode::Test, None, vec!["a".to_owned(); 17]),
    ] {
        let written = world.aws.put_account(&settings).await;
        assert!(matches!(written, Err(NotWritten::Refused(_))), "{settings:?}");
    }
    assert_eq!(world.count("ACCOUNT#alipay").await, 0);
    world.aws.put_account(&with(AccountMode::Test, Some("http://127.0.0.1:8080/alipay"), vec![])).await.unwrap();
    let production = World::with(&[("STAGE", "prod")]).await;
    assert!(production.aws.put_account(&account("a", AccountMode::Test)).await.is_err());
    assert!(production.aws.put_account(&account("a", AccountMode::Live)).await.is_ok());
}

#[tokio::test]
async fn a_secret_is_made_or_gets_a_new_version_or_stays_as_it_is() {
    let world = World::new().await;
    let calls = |world: &World| world.heard().into_iter().map(|heard| heard.call).collect::<Vec<_>>();
    let missing = || Reply::Answer(400, r#"{"__type":"ResourceNotFoundException"}"#.to_owned());
    world.script(
        move |heard| if heard.call == "CreateSecret" { Reply::Answer(200, "{}".to_owned()) } else { missing() },
    );
    world.aws.put_secret("account/main", r#"{"key":1}"#).await.unwrap();
    let heard = world.heard();
    let created: serde_json::Value = serde_json::from_str(&heard.last().unwrap().body).unwrap();
    assert_eq!(
        (created["Name"].as_str(), created["SecretString"].as_str()),
        (Some("till/test/account/main"), Some(r#"{"key":1}"#))
    );
    world.script(|heard| match heard.call.as_str() {
        "GetSecretValue" => Reply::Answer(200, r#"{"SecretString":"{\"key\":1}"}"#.to_owned()),
        _ => Reply::Answer(200, "{}".to_owned()),
    });
    world.aws.put_secret("account/main", r#"{"key":1}"#).await.unwrap();
    assert_eq!(calls(&world), ["GetSecretValue"]);
    world.aws.put_secret("account/main", r#"{"key":2}"#).await.unwrap();
    assert_eq!(calls(&world), ["GetSecretValue", "PutSecretValue"]);
    world.aws.put_secret("tokens", "{}").await.unwrap();
    world.aws.put_secret("sandbox/config", "{}").await.unwrap();
    world.script(|_| Reply::Answer(500, "{}".to_owned()));
    assert_eq!(world.aws.put_secret("tokens", "{}").await, Err(NotWritten::Unavailable));
}

#[tokio::test]
async fn what_is_no_secret_of_ours_is_never_sent() {
    let world = World::new().await;
    let large = format!(r#"{{"a":"{}"}}"#, "a".repeat(65_536));
    for (name, json) in [
        ("other", "{}"),
        ("account/../tokens", "{}"),
        ("sandbox/other", "{}"),
        ("tokens", "[]"),
        ("tokens", "secret"),
        ("tokens", &large),
    ] {
        assert!(matches!(world.aws.put_secret(name, json).await, Err(NotWritten::Refused(_))), "{name}");
    }
    assert!(world.heard().is_empty());
    let production = World::with(&[("STAGE", "prod")]).await;
    assert!(production.aws.put_secret("sandbox/config", "{}").await.is_err());
    assert!(production.heard().is_empty());
}
