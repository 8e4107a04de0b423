//! The users, products and accounts of all worlds.

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, QuotaName, Reason, TierName, UserId};
use till_memory::Tables;

pub(crate) fn user(n: u8) -> UserId {
    UserId::parse(&format!("user-{n}")).expect("a short name")
}

pub(crate) fn admin() -> UserId {
    UserId::parse("admin").expect("a short name")
}

pub(crate) fn key(n: u8) -> Key {
    Key::parse(&format!("key-{n}")).expect("a short name")
}

pub(crate) fn reason() -> Reason {
    Reason::parse("simulated").expect("a short text")
}

pub(crate) fn quota() -> QuotaName {
    QuotaName::parse("queries").expect("a short name")
}

/// The product's name by number: points, two memberships, a package, a third membership.
pub(crate) fn product_id(n: u8) -> (ProductType, ProductId) {
    let kind = ProductType::parse("demo").expect("a short name");
    (kind, ProductId::parse(&n.to_string()).expect("a number"))
}

/// Products that the number of [`product_id`] can name.
pub(crate) const PRODUCTS: u8 = 5;
pub(crate) const POINTS: u8 = 0;
pub(crate) const PRO: u8 = 1;
pub(crate) const PREMIUM: u8 = 2;

pub(crate) fn account(provider: Provider) -> Account {
    Account { provider, id: AccountId::parse("main").expect("a short name") }
}

/// Another account of ours with the same provider.
pub(crate) fn other_account(provider: Provider) -> Account {
    Account { provider, id: AccountId::parse("other").expect("a short name") }
}

/// The methods that differ in how they open, close and refund.
pub(crate) const METHODS: [Method; 6] = [
    Method::WechatNative,
    Method::AlipayQr,
    Method::AlipayPage,
    Method::StripeCheckout,
    Method::StripeIntent,
    Method::WechatH5,
];

pub(crate) fn tables() -> Tables {
    let money = |minor, currency| Money::new(minor, currency).expect("a small price");
    let product = |n: u8, cny: u64, usd: u64, grants: Vec<Grant>| {
        let (kind, id) = product_id(n);
        let name = ProductName::parse(&format!("product {n}")).expect("a short name");
        let prices = vec![money(cny, Currency::CNY), money(usd, Currency::USD)];
        Product::new(kind, id, name, prices, grants).expect("a product")
    };
    let membership = |name: &str, rank: u8, days: u32| {
        let tier = Tier { name: TierName::parse(name).expect("a short name"), rank };
        Grant::Membership(MembershipGrant::new(tier, days).expect("a membership"))
    };
    let points = Grant::Points(PointsGrant::new(100).expect("points"));
    let queries = Grant::Quota(QuotaGrant::new(quota(), 100, 30).expect("a quota"));
    let products = vec![
        product(POINTS, 990, 199, vec![points.clone()]),
        product(PRO, 1990, 399, vec![membership("pro", 1, 30)]),
        product(PREMIUM, 4990, 999, vec![membership("premium", 2, 90)]),
        product(3, 2990, 599, vec![queries, membership("pro", 1, 30), points]),
        product(4, 16800, 2999, vec![membership("enterprise", 3, 365)]),
    ];
    Tables::new(products, Provider::ALL.map(account).to_vec())
}
