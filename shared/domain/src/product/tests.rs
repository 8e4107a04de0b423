//! How much of a product's prices is for its membership.

use super::*;
use crate::text::TierName;

fn cny(minor: u64) -> Money {
    Money::new(minor, Currency::CNY).unwrap()
}

fn usd(minor: u64) -> Money {
    Money::new(minor, Currency::USD).unwrap()
}

fn points() -> Grant {
    Grant::Points(PointsGrant::new(100).unwrap())
}

fn membership() -> Grant {
    let tier = Tier { name: TierName::parse("pro").unwrap(), rank: 1 };
    Grant::Membership(MembershipGrant::new(tier, 30).unwrap())
}

/// It costs 9.90 yuan or 1.99 dollars.
fn product(grants: &[Grant]) -> Product {
    let (kind, id) = (ProductType::parse("package").unwrap(), ProductId::parse("1").unwrap());
    Product::new(kind, id, ProductName::parse("One").unwrap(), vec![cny(990), usd(199)], grants.to_vec()).unwrap()
}

fn worths(product: &Product) -> [Option<Money>; 3] {
    [Currency::CNY, Currency::USD, Currency::JPY].map(|currency| product.upgrade_worth_in(currency))
}

#[test]
fn unstated_worth_is_all_of_a_membership_alone_and_nothing_of_a_bundle() {
    assert_eq!(worths(&product(&[membership()])), [Some(cny(990)), Some(usd(199)), None]);
    assert_eq!(worths(&product(&[points(), membership()])), [Some(cny(0)), Some(usd(0)), None]);
    assert_eq!(worths(&product(&[points()])), [None; 3]);
}

#[test]
fn stated_worth_counts_in_its_currency_only() {
    let stated = |grants: &[Grant]| product(grants).with_upgrade_worths(vec![usd(50)]).unwrap();
    assert_eq!(worths(&stated(&[membership(), points()])), [Some(cny(0)), Some(usd(50)), None]);
    assert_eq!(worths(&stated(&[membership()])), [Some(cny(990)), Some(usd(50)), None]);
    assert_eq!(stated(&[membership()]).upgrade_worths(), [usd(50)]);
}

#[test]
fn worth_is_nothing_to_all_of_its_price() {
    for minor in [0, 990] {
        let product = product(&[membership(), points()]).with_upgrade_worths(vec![cny(minor)]).unwrap();
        assert_eq!(worths(&product), [Some(cny(minor)), Some(usd(0)), None]);
    }
}

#[test]
fn each_currency_may_have_a_worth_of_its_own() {
    let product = product(&[membership(), points()]).with_upgrade_worths(vec![cny(300), usd(50)]).unwrap();
    assert_eq!(worths(&product), [Some(cny(300)), Some(usd(50)), None]);
}

#[test]
fn worth_that_does_not_fit_its_product_is_refused() {
    let bundle = [membership(), points()];
    for (grants, worths, why) in [
        (&bundle[..], vec![cny(991)], BadProduct::WorthAbovePrice(cny(990))),
        (&bundle, vec![usd(1), cny(990), usd(2)], BadProduct::TwoWorths(Currency::USD)),
        (&bundle, vec![Money::zero(Currency::JPY)], BadProduct::WorthWithoutPrice(Currency::JPY)),
        (&bundle[1..], vec![cny(0)], BadProduct::WorthWithoutMembership),
    ] {
        assert_eq!(product(grants).with_upgrade_worths(worths), Err(why));
    }
}
