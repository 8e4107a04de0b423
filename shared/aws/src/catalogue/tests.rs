use till_app::ports::{AccountMode, AccountSettings, FindAccount, FindProduct, ListProducts, ReadAccounts};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductType};
use till_domain::time::Seconds;

use crate::item::{Attributes, number, text};
use crate::world::{Ear, World, shape};
use crate::{account_item, keys, product_item};

fn released_product(id: &str, sort: u32) -> Attributes {
    let mut item = shape(include_str!("../../tests/shapes/product.json"));
    item.insert("id".to_owned(), text(id));
    item.insert("sort".to_owned(), number(sort));
    item
}

fn kind() -> ProductType {
    ProductType::parse("package").unwrap()
}

fn id(text: &str) -> ProductId {
    ProductId::parse(text).unwrap()
}

async fn put(world: &World, name: &str, sort: u32) {
    world.put(&keys::product(&kind(), &id(name)), released_product(name, sort)).await;
}

async fn listed(world: &World) -> Vec<String> {
    let all = world.aws.list_products().await.unwrap();
    all.into_iter().map(|one| one.product.id().to_string()).collect()
}

#[test]
fn the_released_shapes_are_read_and_written() {
    let product = shape(include_str!("../../tests/shapes/product.json"));
    let read = product_item::read(&product).unwrap();
    assert_eq!(product_item::write(&read), product);
    let prices: Vec<String> = read.product.prices().iter().map(|price| format!("{price:?}")).collect();
    assert_eq!(prices, ["9.90 CNY", "1.99 USD"]);
    assert!(read.product.active && read.sort == 30 && read.product.grants().len() == 2, "{read:?}");
    let account = shape(include_str!("../../tests/shapes/account.json"));
    let expected = AccountSettings {
        account: Account { provider: Provider::WeChat, id: AccountId::parse("sandbox").unwrap() },
        mode: AccountMode::Test,
        is_default: true,
        is_on: true,
        base_url: Some("http://127.0.0.1:8080/wechat".to_owned()),
        hints: vec!["wx0000000000000000".to_owned(), "1900000001".to_owned()],
    };
    assert_eq!(account_item::read(Provider::WeChat, &account).as_ref(), Ok(&expected));
    assert_eq!(account_item::write(&expected), account);
}

#[tokio::test]
async fn the_shop_window_has_an_order_and_is_a_minute_old_at_most() {
    let world = World::new().await;
    for (name, sort) in [("2", 20), ("1", 20), ("10", 10)] {
        put(&world, name, sort).await;
    }
    assert_eq!(listed(&world).await, ["10", "1", "2"]);
    put(&world, "new", 5).await;
    world.pass(Seconds(59));
    assert_eq!(listed(&world).await, ["10", "1", "2"]);
    assert_eq!(world.aws.find_product(&kind(), &id("new")).await, Ok(None));
    world.pass(Seconds(1));
    assert_eq!(listed(&world).await, ["new", "10", "1", "2"]);
    assert!(world.aws.find_product(&kind(), &id("new")).await.unwrap().is_some());
    assert_eq!(world.aws.find_product(&ProductType::parse("points").unwrap(), &id("new")).await, Ok(None));
}

#[tokio::test]
async fn a_product_that_is_off_sale_is_found_and_says_so() {
    let world = World::new().await;
    let mut item = released_product("1", 1);
    item.insert("on".to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(false));
    world.put(&keys::product(&kind(), &id("1")), item).await;
    assert!(!world.aws.find_product(&kind(), &id("1")).await.unwrap().unwrap().active);
}

#[tokio::test]
async fn a_product_that_cannot_be_read_closes_no_shop() {
    let world = World::new().await;
    put(&world, "1", 1).await;
    let mut later = released_product("2", 2);
    later.insert("g".to_owned(), text("something new"));
    world.put(&keys::product(&kind(), &id("2")), later).await;
    let ear = Ear::new();
    assert_eq!(listed(&world).await, ["1"]);
    let said = ear.said();
    assert!(said.len() == 1 && said[0].contains("attribute g"), "{said:?}");
}

async fn put_account(world: &World, name: &str, mode: &str) {
    let mut item = shape(include_str!("../../tests/shapes/account.json"));
    item.insert("id".to_owned(), text(name));
    item.insert("mode".to_owned(), text(mode));
    item.remove("base_url");
    world.put(&keys::account(Provider::WeChat, &AccountId::parse(name).unwrap()), item).await;
}

async fn found(world: &World) -> Option<String> {
    world.aws.find_account(Provider::WeChat).await.unwrap().map(|account| account.id.to_string())
}

async fn accounts(world: &World) -> Vec<String> {
    let all = world.aws.read_accounts(Provider::WeChat).await.unwrap();
    all.into_iter().map(|settings| settings.account.id.to_string()).collect()
}

#[tokio::test]
async fn accounts_are_kept_for_a_minute() {
    let world = World::new().await;
    assert_eq!(found(&world).await, None);
    put_account(&world, "main", "live").await;
    put_account(&world, "sandbox", "test").await;
    world.pass(Seconds(59));
    assert_eq!(found(&world).await, None);
    world.pass(Seconds(1));
    assert_eq!(found(&world).await.as_deref(), Some("main"));
    assert_eq!(accounts(&world).await, ["main", "sandbox"]);
    assert_eq!(world.aws.read_accounts(Provider::Stripe).await, Ok(vec![]));
}

#[tokio::test]
async fn mock_mode_prefers_accounts_for_tests() {
    let world = World::with(&[("PAYMENT_MOCK_MODE", "true")]).await;
    put_account(&world, "main", "live").await;
    put_account(&world, "sandbox", "test").await;
    assert_eq!(found(&world).await.as_deref(), Some("sandbox"));
}

#[tokio::test]
async fn where_money_is_real_no_account_for_tests_is_there() {
    for stage in ["prod", "production", "live", "eu-prod-2"] {
        let world = World::with(&[("STAGE", stage), ("PAYMENT_MOCK_MODE", "true")]).await;
        put_account(&world, "sandbox", "test").await;
        assert_eq!((accounts(&world).await, found(&world).await), (vec![], None), "{stage}");
        put_account(&world, "main", "live").await;
        world.pass(Seconds(60));
        assert_eq!((accounts(&world).await, found(&world).await), (vec!["main".to_owned()], Some("main".to_owned())));
    }
}

#[tokio::test]
async fn a_live_account_with_another_host_takes_no_money() {
    let world = World::new().await;
    put_account(&world, "main", "live").await;
    let place = keys::account(Provider::WeChat, &AccountId::parse("main").unwrap());
    world.set(&place, "base_url", text("https://evil.example")).await;
    assert_eq!(accounts(&world).await, Vec::<String>::new());
    put_account(&world, "other", "mystery").await;
    world.pass(Seconds(60));
    assert_eq!(accounts(&world).await, Vec::<String>::new());
}
