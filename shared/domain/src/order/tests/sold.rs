//! What an order sold: which share of what is paid for it is for its membership.

use super::*;
use crate::wallet::{Credit, GrantRound};

fn sold(credit: Option<u64>, worth: Option<u64>) -> MembershipShare {
    let credit = credit.map(|credit| Credit {
        source: GrantRound::first(OrderNo::mint(minute(0), 1)),
        credit: cny(credit),
        kept: cny(credit),
        worth: cny(credit),
    });
    let upgrade = credit.map(|credit| Upgrade { replaced: vec![credit, credit] });
    let sold = Sold::clone(&order_of(Policy::default(), upgrade, None).sold);
    Sold { upgrade_worth: worth.map(cny), ..sold }.membership_share()
}

#[test]
fn share_is_what_was_stated_of_price_and_credits_together() {
    assert_eq!(sold(None, Some(300)), MembershipShare::new(cny(300), cny(PRICE)));
    assert_eq!(sold(Some(500), Some(300)), MembershipShare::new(cny(300), cny(PRICE + 1_000)));
    assert_eq!(sold(Some(500), Some(0)).of(cny(PRICE)), cny(0));
}

#[test]
fn order_sold_without_a_stated_worth_counts_whole() {
    assert_eq!(sold(None, None), MembershipShare::WHOLE);
    assert_eq!(sold(Some(500), None), MembershipShare::WHOLE);
}
