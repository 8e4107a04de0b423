//! Products and accounts: their released items, their caches, and which accounts are usable.

use aws_sdk_dynamodb::types::AttributeValue;
use till_app::ports::{
    AccountMode, AccountSettings, FindAccount, FindProduct, ListProducts, ListedProduct, ReadAccounts,
};
use till_domain::currency::Currency;
use till_domain::language::{Language, Localized};
use till_domain::money::Money;
use till_domain::product::Product;
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, ProductId, ProductName, ProductType};
use till_domain::time::Seconds;

use crate::item::{Attributes, number, text};
use crate::test_aws::{TestAws, released_item};
use crate::{account_item, keys, product_item};
use till_memory::LogCapture;

fn released_product(id: &str, sort: u32) -> Attributes {
    let mut item = released_item(include_str!("../../tests/shapes/product.json"));
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

async fn put(test: &TestAws, name: &str, sort: u32) {
    test.put(&keys::product(&kind(), &id(name)), released_product(name, sort)).await;
}

async fn listed(test: &TestAws) -> Vec<String> {
    let all = test.aws.list_products().await.unwrap();
    all.iter().map(|one| one.product.id().to_string()).collect()
}

#[test]
fn released_items_read_and_write_back() {
    let product = released_item(include_str!("../../tests/shapes/product.json"));
    let read = product_item::read(&product).unwrap();
    assert_eq!(product_item::write(&read), product);
    let prices: Vec<String> = read.product.prices().iter().map(|price| format!("{price:?}")).collect();
    assert_eq!(prices, ["9.90 CNY", "1.99 USD"]);
    assert!(read.product.active && read.sort == 30 && read.product.grants().len() == 2, "{read:?}");
    let account = released_item(include_str!("../../tests/shapes/account.json"));
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

#[test]
fn upgrade_worth_that_an_older_release_left_behind_counts_only_while_it_fits() {
    let mut item = released_item(include_str!("../../tests/shapes/product.json"));
    let worths = |item: &Attributes| {
        let product = product_item::read(item).unwrap().product;
        [Currency::CNY, Currency::USD].map(|currency| product.upgrade_worth_in(currency).map(Money::minor))
    };
    // A bundle of a release that did not know upgrade worths.
    assert_eq!(worths(&item), [Some(0), Some(0)]);
    item.insert("uw".to_owned(), AttributeValue::L(vec![text("500 CNY"), text("199 USD")]));
    assert_eq!(worths(&item), [Some(500), Some(199)]);
    let read = product_item::read(&item).unwrap();
    assert_eq!(product_item::write(&read), item);
    // Such a release lowers a price, takes away the other, and then the membership.
    item.insert("prices".to_owned(), AttributeValue::L(vec![text("499 CNY")]));
    assert_eq!(worths(&item), [Some(0), None]);
    item.insert("prices".to_owned(), AttributeValue::L(vec![text("990 CNY")]));
    let grants = item["g"].as_l().unwrap()[..1].to_vec();
    item.insert("g".to_owned(), AttributeValue::L(grants));
    assert_eq!(worths(&item), [None, None]);
    item.insert("uw".to_owned(), text("500 CNY"));
    assert!(product_item::read(&item).is_err(), "not a list");
}

#[test]
fn translations_read_back_and_count_only_for_the_text_that_they_translate() {
    let mut item = released_item(include_str!("../../tests/shapes/product.json"));
    let english = |item: &Attributes| {
        let ListedProduct { product, description, .. } = product_item::read(item).unwrap();
        let description = description.map(|text| text.in_language(Language::English).clone());
        (product.name().in_language(Language::English).to_string(), description)
    };
    let (name, description) = ("基础套餐".to_owned(), Some("100 次查询\n30 天".to_owned()));
    assert_eq!(
        english(&item),
        (name.clone(), description.clone()),
        "a release that does not know translations wrote it"
    );
    let mut translated = product_item::read(&item).unwrap();
    let basic = Localized {
        original: translated.product.name().original.clone(),
        translations: [(Language::English, ProductName::parse("Basic").unwrap())].into(),
    };
    let product = &translated.product;
    let (prices, grants) = (product.prices().to_vec(), product.grants().to_vec());
    translated.product = Product::new(product.kind().clone(), product.id().clone(), basic, prices, grants).unwrap();
    translated.description.as_mut().unwrap().translations.insert(Language::English, "100 queries".to_owned());
    let written = product_item::write(&translated);
    assert_eq!(product_item::read(&written).as_ref(), Ok(&translated));
    for (name, value) in &item {
        assert_eq!(&written[name], value, "what the release before reads stays as it was: {name}");
    }
    assert_eq!(english(&written), ("Basic".to_owned(), Some("100 queries".to_owned())));
    // A later release speaks French too.
    let mut later = written.clone();
    let mut names = later["names"].as_m().unwrap().clone();
    names.insert("fr".to_owned(), text("Base"));
    later.insert("names".to_owned(), AttributeValue::M(names));
    assert_eq!(product_item::read(&later), Ok(translated));
    // A release that does not know translations changes the name, and takes the description away.
    item = written;
    item.insert("name".to_owned(), text("入门套餐"));
    item.remove("desc");
    assert_eq!(english(&item), ("入门套餐".to_owned(), None));
    item.insert("names".to_owned(), text("Basic"));
    assert!(product_item::read(&item).is_err(), "not a map");
}

#[tokio::test]
async fn product_list_is_sorted_and_cached_for_a_minute() {
    let test = TestAws::new().await;
    for (name, sort) in [("2", 20), ("1", 20), ("10", 10)] {
        put(&test, name, sort).await;
    }
    assert_eq!(listed(&test).await, ["10", "1", "2"]);
    put(&test, "new", 5).await;
    test.pass(Seconds(59));
    assert_eq!(listed(&test).await, ["10", "1", "2"]);
    assert_eq!(test.aws.find_product(&kind(), &id("new")).await, Ok(None));
    test.pass(Seconds(1));
    assert_eq!(listed(&test).await, ["new", "10", "1", "2"]);
    assert!(test.aws.find_product(&kind(), &id("new")).await.unwrap().is_some());
    assert_eq!(test.aws.find_product(&ProductType::parse("points").unwrap(), &id("new")).await, Ok(None));
}

#[tokio::test]
async fn product_off_sale_is_found_as_inactive() {
    let test = TestAws::new().await;
    let mut item = released_product("1", 1);
    item.insert("on".to_owned(), AttributeValue::Bool(false));
    test.put(&keys::product(&kind(), &id("1")), item).await;
    assert!(!test.aws.find_product(&kind(), &id("1")).await.unwrap().unwrap().active);
}

#[tokio::test]
async fn unreadable_product_does_not_hide_the_others() {
    let test = TestAws::new().await;
    put(&test, "1", 1).await;
    let mut later = released_product("2", 2);
    later.insert("g".to_owned(), text("something new"));
    test.put(&keys::product(&kind(), &id("2")), later).await;
    let log = LogCapture::new();
    assert_eq!(listed(&test).await, ["1"]);
    let said = log.lines();
    assert!(said.len() == 1 && said[0].contains("attribute g"), "{said:?}");
}

async fn put_account(test: &TestAws, name: &str, mode: &str) {
    let mut item = released_item(include_str!("../../tests/shapes/account.json"));
    item.insert("id".to_owned(), text(name));
    item.insert("mode".to_owned(), text(mode));
    item.remove("base_url");
    test.put(&keys::account(Provider::WeChat, &AccountId::parse(name).unwrap()), item).await;
}

async fn found(test: &TestAws) -> Option<String> {
    test.aws.find_account(Provider::WeChat).await.unwrap().map(|account| account.id.to_string())
}

async fn accounts(test: &TestAws) -> Vec<String> {
    let all = test.aws.read_accounts(Provider::WeChat).await.unwrap();
    all.into_iter().map(|settings| settings.account.id.to_string()).collect()
}

#[tokio::test]
async fn accounts_are_cached_for_a_minute() {
    let test = TestAws::with(&[("STAGE", "prod")]).await;
    assert_eq!(found(&test).await, None);
    put_account(&test, "main", "live").await;
    test.pass(Seconds(59));
    assert_eq!(found(&test).await, None);
    test.pass(Seconds(1));
    assert_eq!(found(&test).await.as_deref(), Some("main"));
    assert_eq!(accounts(&test).await, ["main"]);
    assert_eq!(test.aws.read_accounts(Provider::Stripe).await, Ok(vec![]));
}

#[tokio::test]
async fn new_attempts_go_through_accounts_of_the_modes_in_use_only() {
    for (settings, expected) in [
        (vec![("PAYMENT_MOCK_MODE", "true")], Some("sandbox")),
        (vec![("TEST_ACCOUNTS", "true")], Some("sandbox")),
        (vec![("PAYMENT_MOCK_MODE", "false")], None),
        (vec![], None),
        (vec![("STAGE", "prod")], Some("main")),
    ] {
        let test = TestAws::with(&settings).await;
        put_account(&test, "main", "live").await;
        put_account(&test, "sandbox", "test").await;
        assert_eq!(found(&test).await.as_deref(), expected, "{settings:?}");
    }
}

#[tokio::test]
async fn test_account_never_replaces_a_live_one_nor_the_other_way_round() {
    for (settings, mode) in [(("STAGE", "prod"), "test"), (("PAYMENT_MOCK_MODE", "true"), "live")] {
        let test = TestAws::with(&[settings]).await;
        put_account(&test, "only", mode).await;
        assert_eq!(found(&test).await, None, "{settings:?}");
    }
}

#[tokio::test]
async fn what_runs_through_a_live_account_goes_on_outside_production() {
    let test = TestAws::new().await;
    put_account(&test, "main", "live").await;
    assert_eq!((accounts(&test).await, found(&test).await), (vec!["main".to_owned()], None));
}

#[tokio::test]
async fn production_ignores_test_accounts() {
    for stage in ["prod", "production", "live", "eu-prod-2"] {
        let test = TestAws::with(&[("STAGE", stage)]).await;
        put_account(&test, "sandbox", "test").await;
        assert_eq!((accounts(&test).await, found(&test).await), (vec![], None), "{stage}");
        put_account(&test, "main", "live").await;
        test.pass(Seconds(60));
        assert_eq!((accounts(&test).await, found(&test).await), (vec!["main".to_owned()], Some("main".to_owned())));
    }
}

#[tokio::test]
async fn live_account_with_a_foreign_host_is_ignored() {
    let test = TestAws::new().await;
    put_account(&test, "main", "live").await;
    let place = keys::account(Provider::WeChat, &AccountId::parse("main").unwrap());
    test.set(&place, "base_url", text("https://evil.example")).await;
    assert_eq!(accounts(&test).await, Vec::<String>::new());
    put_account(&test, "other", "mystery").await;
    test.pass(Seconds(60));
    assert_eq!(accounts(&test).await, Vec::<String>::new());
}
