//! Products for tests, like those of examples/catalogue.json.

use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::product::{Grant, MembershipGrant, PointsGrant, Product, QuotaGrant, Tier};
use till_domain::text::{ProductId, ProductName, ProductType, QuotaName, TierName};

/// Points, memberships of two tiers, and a bundle; each in yuan and in dollars.
///
/// # Panics
/// Never: all samples are within their limits.
#[must_use]
pub fn products() -> Vec<Product> {
    let points = |amount| Grant::Points(PointsGrant::new(amount).unwrap());
    let membership = |name: &str, rank, days| {
        let tier = Tier { name: TierName::parse(name).unwrap(), rank };
        Grant::Membership(MembershipGrant::new(tier, days).unwrap())
    };
    let quota = Grant::Quota(QuotaGrant::new(QuotaName::parse("queries").unwrap(), 100, 30).unwrap());
    vec![
        product("points", "1", "100 points", 990, 199, vec![points(100)]),
        product("points", "2", "500 points", 4_500, 799, vec![points(500)]),
        product("membership", "1", "Pro, 30 days", 1_990, 299, vec![membership("pro", 10, 30)]),
        product("membership", "2", "Premium, 90 days", 4_990, 799, vec![membership("premium", 20, 90)]),
        product("package", "1", "Basic package", 2_990, 499, vec![membership("pro", 10, 30), quota]),
    ]
}

fn product(kind: &str, id: &str, name: &str, fen: u64, cents: u64, grants: Vec<Grant>) -> Product {
    let prices = [(fen, Currency::CNY), (cents, Currency::USD)];
    let prices = prices.map(|(minor, currency)| Money::new(minor, currency).unwrap());
    let (kind, id) = (ProductType::parse(kind).unwrap(), ProductId::parse(id).unwrap());
    Product::new(kind, id, ProductName::parse(name).unwrap(), prices.to_vec(), grants).unwrap()
}
