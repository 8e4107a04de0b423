//! The users, products and accounts of all worlds.

use till_app::by_hand::Asked;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::provider::{Account, Method, Provider};
use till_domain::text::{AccountId, Key, ProductId, ProductName, ProductType, QuotaName, Reason, TierName, UserId};
use till_domain::wallet::Portion;
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

/// What a person of the team asks for by hand, by number; the reason of the request names it, as a product's id names what is
/// sold.
pub(crate) fn by_hand(n: u8) -> (Asked, Reason) {
    let quota_of = |count| Some((quota(), count));
    let days = |tier: &str, days| Some((TierName::parse(tier).expect("a short name"), days));
    let part = |points, quota, days| Asked::Revoke(Portion::new(points, quota, days).expect("a part"));
    let asked = match n % BY_HAND {
        GIVE_EVERYTHING => Asked::Grant(vec![queries(40, 20), membership("pro", 1, 15), points(50)]),
        GIVE_PREMIUM => Asked::Grant(vec![membership("premium", 2, 7)]),
        GIVE_POINTS => Asked::Grant(vec![points(60)]),
        EXTEND => Asked::Extend { days: 10 },
        TAKE_POINTS => part(70, None, None),
        TAKE_QUERIES => part(0, quota_of(60), None),
        TAKE_PRO => part(0, None, days("pro", 12)),
        _ => part(30, quota_of(20), days("premium", 5)),
    };
    (asked, Reason::parse(&format!("{REASON}{n}")).expect("a short text"))
}

/// What a change by hand asked for, by its reason.
pub(crate) fn asked_by_hand(reason: &Reason) -> Option<Asked> {
    let n = reason.as_str().strip_prefix(REASON)?.parse().ok()?;
    Some(by_hand(n).0)
}

const REASON: &str = "by hand ";
/// Requests that the number of [`by_hand`] can name.
pub(crate) const BY_HAND: u8 = 8;
pub(crate) const GIVE_EVERYTHING: u8 = 0;
pub(crate) const GIVE_PREMIUM: u8 = 1;
pub(crate) const GIVE_POINTS: u8 = 2;
pub(crate) const EXTEND: u8 = 3;
pub(crate) const TAKE_POINTS: u8 = 4;
pub(crate) const TAKE_QUERIES: u8 = 5;
pub(crate) const TAKE_PRO: u8 = 6;

fn membership(name: &str, rank: u8, days: u32) -> Grant {
    let tier = Tier { name: TierName::parse(name).expect("a short name"), rank };
    Grant::Membership(MembershipGrant::new(tier, days).expect("a membership"))
}

fn points(n: u64) -> Grant {
    Grant::Points(PointsGrant::new(n).expect("points"))
}

fn queries(count: u64, days: u32) -> Grant {
    Grant::Quota(QuotaGrant::new(quota(), count, days).expect("a quota"))
}

/// The product's name by number: points, two memberships, a bundle, a third membership, two more bundles, queries.
pub(crate) fn product_id(n: u8) -> (ProductType, ProductId) {
    let kind = ProductType::parse("demo").expect("a short name");
    (kind, ProductId::parse(&n.to_string()).expect("a number"))
}

/// Products that the number of [`product_id`] can name.
pub(crate) const PRODUCTS: u8 = 8;
pub(crate) const POINTS: u8 = 0;
pub(crate) const PRO: u8 = 1;
pub(crate) const PREMIUM: u8 = 2;
pub(crate) const PRO_BUNDLE: u8 = 3;
pub(crate) const ENTERPRISE: u8 = 4;
pub(crate) const PREMIUM_BUNDLE: u8 = 5;
const SILENT_BUNDLE: u8 = 6;
pub(crate) const QUERIES: u8 = 7;

/// Each product's prices in fen and cents.
const PRICES: [(u64, u64); PRODUCTS as usize] =
    [(990, 199), (1990, 399), (4990, 999), (2990, 599), (16800, 2999), (5990, 1199), (1490, 299), (590, 99)];

/// In yuan.
pub(crate) fn price_of_points() -> Money {
    Money::new(PRICES[usize::from(POINTS)].0, Currency::CNY).expect("a small price")
}

/// How much of its prices a product states for its membership, in fen and cents. `whole`: the catalogue in which bundles state
/// their whole price.
fn stated(product: u8, whole: bool) -> Option<(u64, u64)> {
    match product {
        PRO_BUNDLE | PREMIUM_BUNDLE | SILENT_BUNDLE if whole => Some(PRICES[usize::from(product)]),
        PRO_BUNDLE => Some((1000, 200)),
        PREMIUM_BUNDLE => Some((3000, 600)),
        _ => None,
    }
}

/// How much of a product's price is for its membership, and the price.
pub(crate) fn membership_part(product: u8, currency: Currency, whole: bool) -> (u64, u64) {
    let pick = |(cny, usd)| if currency == Currency::CNY { cny } else { usd };
    let list = pick(PRICES[usize::from(product)]);
    let unstated = match product {
        POINTS | QUERIES | SILENT_BUNDLE => 0,
        _ => list,
    };
    (stated(product, whole).map_or(unstated, pick), list)
}

pub(crate) fn account(provider: Provider) -> Account {
    Account { provider, id: AccountId::parse("main").expect("a short name") }
}

/// Another account of ours with the same provider.
pub(crate) fn other_account(provider: Provider) -> Account {
    Account { provider, id: AccountId::parse("other").expect("a short name") }
}

/// A third account of ours with the same provider. No trade is opened through it or the other one.
pub(crate) fn third_account(provider: Provider) -> Account {
    Account { provider, id: AccountId::parse("third").expect("a short name") }
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

/// Empty tables with a catalogue: its first form, or the one in which every bundle states its whole price.
pub(crate) fn tables(whole: bool) -> Tables {
    let money = |minor, currency| Money::new(minor, currency).expect("a small price");
    let both = |(cny, usd)| vec![money(cny, Currency::CNY), money(usd, Currency::USD)];
    let product = |n: u8, grants: Vec<Grant>| {
        let (kind, id) = product_id(n);
        let worths = stated(n, whole).map(both);
        let name = ProductName::parse(&format!("product {n}")).expect("a short name");
        let product = Product::new(kind, id, name, both(PRICES[usize::from(n)]), grants).expect("a product");
        product.with_upgrade_worths(worths.unwrap_or_default()).expect("parts of its prices")
    };
    let products = vec![
        product(POINTS, vec![points(100)]),
        product(PRO, vec![membership("pro", 1, 30)]),
        product(PREMIUM, vec![membership("premium", 2, 90)]),
        product(PRO_BUNDLE, vec![queries(100, 30), membership("pro", 1, 30), points(100)]),
        product(ENTERPRISE, vec![membership("enterprise", 3, 365)]),
        product(PREMIUM_BUNDLE, vec![membership("premium", 2, 90), points(100)]),
        product(SILENT_BUNDLE, vec![membership("pro", 1, 30), queries(100, 30)]),
        // These run out before those of the bundles, although they may be bought later.
        product(QUERIES, vec![queries(50, 10)]),
    ];
    Tables::new(products, Provider::ALL.map(account).to_vec())
}
