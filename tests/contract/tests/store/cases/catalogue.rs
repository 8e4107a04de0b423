//! Products and merchant accounts.

use till_app::ports::{
    AccountMode, AccountSettings, Change, FindAccount as _, FindProduct as _, KeepAccounts as _, KeepProducts as _,
    ListProducts as _, ListedProduct, NotWritten, Noted, Notes, ReadAccounts as _, RequestHash,
};
use till_app::setup::{save_account, save_product};
use till_domain::currency::Currency;
use till_domain::language::{Language, Localized};
use till_domain::money::Money;
use till_domain::product::{Grant, Product};
use till_domain::provider::{Account, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, Reason, Remark, UserId};

use crate::fixture::{account, points};
use crate::tested_store::TestedStore;

fn product(kind: &str, id: &str, grants: Vec<Grant>) -> Product {
    let (kind, id) = (ProductType::parse(kind).unwrap(), ProductId::parse(id).unwrap());
    let prices = [(990, Currency::CNY), (199, Currency::USD)];
    let prices = prices.map(|(minor, currency)| Money::new(minor, currency).unwrap()).to_vec();
    Product::new(kind, id, ProductName::parse("专业版 一年").unwrap(), prices, grants).unwrap()
}

fn shown(product: Product, sort: u32) -> ListedProduct {
    ListedProduct { product, sort, description: None }
}

pub async fn product_reads_back(tested: &impl TestedStore) {
    let everything = product("package", "3", till_memory::samples::grants());
    let mut withdrawn = points();
    withdrawn.active = false;
    let stated = product("package", "5", till_memory::samples::grants());
    let stated = stated.with_upgrade_worths(vec![Money::new(199, Currency::USD).unwrap()]).unwrap();
    let name = Localized {
        original: ProductName::parse("专业版 一年").unwrap(),
        translations: [(Language::English, ProductName::parse("Pro, one year").unwrap())].into(),
    };
    let prices = everything.prices().to_vec();
    let translated =
        Product::new(points().kind().clone(), ProductId::parse("6").unwrap(), name, prices, points().grants().to_vec());
    let translated = translated.unwrap();
    tested.put_product(shown(translated.clone(), 4)).await;
    tested.put_product(shown(everything.clone(), 1)).await;
    tested.put_product(shown(withdrawn.clone(), 2)).await;
    tested.put_product(shown(stated.clone(), 3)).await;
    for product in [everything, withdrawn, stated, translated] {
        let found = tested.store().find_product(product.kind(), product.id()).await;
        assert_eq!(found, Ok(Some(product)), "on sale or not");
    }
    let missing = ProductId::parse("4").unwrap();
    assert_eq!(tested.store().find_product(points().kind(), &missing).await, Ok(None));
}

pub async fn products_are_listed_in_sort_order(tested: &impl TestedStore) {
    let grants = points().grants().to_vec();
    let mut second = shown(product("a", "2", grants.clone()), 1);
    second.description = Some(Localized {
        original: "两行\n文字".to_owned(),
        translations: [(Language::English, "Two\nlines".to_owned())].into(),
    });
    let first = shown(product("b", "1", grants.clone()), 0);
    let third = shown(product("b", "10", grants.clone()), 1);
    let fourth = shown(product("b", "2", grants), 1);
    for displayed in [&fourth, &third, &second, &first] {
        tested.put_product(displayed.clone()).await;
    }
    assert_eq!(tested.store().list_products().await, Ok([first, second, third, fourth].into()));
}

fn settings(id: &str, is_default: bool, is_on: bool) -> AccountSettings {
    AccountSettings {
        account: Account { provider: Provider::WeChat, id: AccountId::parse(id).unwrap() },
        mode: AccountMode::Test,
        is_default,
        is_on,
        base_url: None,
        hints: Vec::new(),
    }
}

pub async fn account_reads_back(tested: &impl TestedStore) {
    let test = AccountSettings {
        account: Account { provider: Provider::Stripe, id: AccountId::parse("sandbox").unwrap() },
        mode: AccountMode::Test,
        is_default: true,
        is_on: true,
        base_url: Some("http://127.0.0.1:4566/sandbox".to_owned()),
        hints: vec!["wx1234567890".to_owned(), "1900000109".to_owned()],
    };
    let off = settings("old", false, false);
    for settings in [&test, &off] {
        tested.put_account(settings.clone()).await;
    }
    assert_eq!(tested.store().read_accounts(Provider::Stripe).await, Ok(vec![test]));
    assert_eq!(tested.store().read_accounts(Provider::WeChat).await, Ok(vec![off]));
    assert_eq!(tested.store().read_accounts(Provider::Alipay).await, Ok(Vec::new()));
}

pub async fn open_default_account_is_found(tested: &impl TestedStore) {
    tested.put_account(settings("old", true, false)).await;
    tested.put_account(settings("other", false, true)).await;
    assert_eq!(tested.store().find_account(Provider::Stripe).await, Ok(None));
    tested.put_account(settings("main", true, true)).await;
    assert_eq!(tested.store().find_account(Provider::WeChat).await, Ok(Some(account())));
}

fn change(tested: &impl TestedStore, key: &str) -> Change {
    Change {
        by: UserId::parse("ada").unwrap(),
        at: tested.now(),
        reason: Some(Reason::parse("夏季促销").unwrap()),
        key: Some(Key::parse(key).unwrap()),
        hash: Some(RequestHash([7; 32])),
    }
}

pub async fn product_and_its_notes_read_back(tested: &impl TestedStore) {
    let store = tested.store();
    assert_eq!(store.noted_products().await, Ok(vec![]));
    let mut notes = Notes { remark: Some(Remark::parse("only in summer").unwrap()), ..Notes::default() };
    for key in ["k1", "k2", "k3"] {
        notes = notes.with(change(tested, key));
        let product = Noted { item: shown(points(), 7), notes: notes.clone() };
        save_product(store, None, &product, None).await.unwrap();
        assert_eq!(store.noted_products().await, Ok(vec![product]));
    }
    assert_eq!(store.list_products().await, Ok([shown(points(), 7)].into()), "the writing process sees it at once");
    let product = Noted { item: shown(points(), 7), notes: Notes { remark: None, ..notes.with(change(tested, "k4")) } };
    save_product(store, None, &product, None).await.unwrap();
    assert_eq!(store.noted_products().await, Ok(vec![product]), "a remark is taken away");
}

pub async fn account_and_its_notes_read_back(tested: &impl TestedStore) {
    let store = tested.store();
    let mut all = Vec::new();
    for (provider, id) in [(Provider::WeChat, "b"), (Provider::Alipay, "a"), (Provider::Stripe, "c")] {
        let account = Account { provider, id: AccountId::parse(id).unwrap() };
        let (mode, hints) = (AccountMode::Test, vec!["2021000000000000".to_owned()]);
        let item = AccountSettings { account, mode, is_default: false, is_on: true, base_url: None, hints };
        let notes = Notes::default().with(change(tested, id));
        let account = Noted { item, notes };
        save_account(store, &[], &account, None, None).await.unwrap();
        all.push(account);
    }
    assert_eq!(store.noted_accounts().await.map(|all| all.accounts), Ok(all));
}

pub async fn of_two_changes_at_once_one_is_refused(tested: &impl TestedStore) {
    let store = tested.store();
    let first = Noted { item: shown(points(), 1), notes: Notes::default().with(change(tested, "k1")) };
    save_product(store, None, &first, None).await.unwrap();
    assert_eq!(save_product(store, None, &first, None).await, Ok(()), "the same write again");
    let of = |key: &str, sort| Noted { item: shown(points(), sort), notes: first.notes.with(change(tested, key)) };
    save_product(store, None, &of("mine", 2), None).await.unwrap();
    assert_eq!(save_product(store, None, &of("yours", 3), None).await, Err(NotWritten::Conflict));
    assert_eq!(save_product(store, None, &first, None).await, Err(NotWritten::Conflict), "an older write");
    assert_eq!(store.noted_products().await, Ok(vec![of("mine", 2)]));
}
