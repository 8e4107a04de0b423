//! The price of an upgrade, for every state in which a history can leave the wallet.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use till_domain::currency::Currency;
use till_domain::money::{MOST_MINOR, Money};
use till_domain::product::MembershipGrant;
use till_domain::refusal::Refusal;
use till_domain::time::Time;
use till_domain::wallet::{Paid, Span, Upgrade, price};

use crate::config;
use crate::shop::{Shop, Step, membership, steps, yuan};

fn credits(upgrade: &Upgrade) -> u64 {
    upgrade.replaced.iter().map(|credit| credit.credit.minor()).sum()
}

/// What was paid for a span in all, in yuan.
fn received(span: &Span, kept: Money) -> u128 {
    let parts = std::iter::once(kept).chain(span.replaced.iter().map(|inner| inner.credit));
    parts.filter(|part| part.currency() == Currency::CNY).map(|part| u128::from(part.minor())).sum()
}

fn amount() -> impl Strategy<Value = Money> {
    prop_oneof![4 => 0..90_000_u64, 1 => 0..3_u64, 1 => 0..=MOST_MINOR].prop_map(yuan)
}

fn adds_up(steps: Vec<Step>, to: &MembershipGrant, list: Money, least: Money) -> TestCaseResult {
    let shop = Shop::after(steps);
    let ask = || price(&shop.wallet, to, list, least, shop.now(), |order| shop.paid(order));
    let now = shop.wallet.at(shop.now());
    let bought = now.spans().iter().filter(|span| !span.source.is_by_hand());
    let lower: Vec<&Span> = bought.filter(|span| span.tier.rank < to.tier().rank).collect();
    prop_assert_eq!(ask(), ask(), "asked twice");
    let Ok((cost, upgrade)) = ask() else {
        prop_assert_eq!((ask().err(), lower.len()), (Some(Refusal::NothingToUpgrade), 0));
        return Ok(());
    };
    prop_assert_eq!(cost.minor() + credits(&upgrade), list.minor());
    prop_assert!(cost.minor() >= least.minor().min(list.minor()) && cost.minor() <= list.minor());
    prop_assert_eq!(upgrade.replaced.len(), lower.len());
    for (span, priced) in lower.iter().zip(&upgrade.replaced) {
        let (left, used) = (u128::from(span.left.0), u128::from(span.used.0));
        let sold = shop.sold(priced.source.order).expect("it was not given back");
        let (worth, list) = (u128::from(sold.worth.minor()), u128::from(sold.list.minor()));
        // Of amounts below 2^37 each product fits into 128 bits.
        let most = received(span, sold.kept) * worth * left;
        let credit = u128::from(priced.credit.minor());
        prop_assert_eq!(span.source.granted(), Some(priced.source));
        prop_assert!(credit * (left + used) * list <= most, "{:?} for {:?}", priced, span);
        prop_assert!(credit <= worth, "{:?} of {:?}", priced, sold);
    }
    prop_assert!(upgrade.still_holds(|order| shop.kept(order)));
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn price_and_credits_add_up_to_the_list_price(steps in steps(), to in membership(), list in amount(), least in amount()) {
        adds_up(steps, &to, list, least)?;
    }

    #[test]
    fn upgrade_never_gets_cheaper_by_waiting(steps in steps(), to in membership(), list in amount(), wait in 0..9_000_000_i64) {
        let shop = Shop::after(steps);
        let later = Time::from_unix(shop.now + wait).unwrap();
        let ask = |at| price(&shop.wallet, &to, list, yuan(1), at, |order| shop.paid(order));
        match (ask(shop.now()), ask(later)) {
            (Ok((now, _)), Ok((then, _))) => prop_assert!(now.minor() <= then.minor()),
            (Ok(_) | Err(_), Err(refusal)) => prop_assert_eq!(refusal, Refusal::NothingToUpgrade),
            (Err(refusal), Ok(_)) => prop_assert!(false, "refused first: {}", refusal),
        }
    }

    #[test]
    fn price_adds_up_for_the_largest_amounts(steps in steps(), to in membership(), list in amount()) {
        let shop = Shop::after(steps);
        let most = yuan(MOST_MINOR);
        if let Ok((cost, upgrade)) = price(&shop.wallet, &to, list, yuan(1), shop.now(), |order| Paid { kept: most, ..shop.paid(order) }) {
            prop_assert_eq!(cost.minor() + credits(&upgrade), list.minor());
        }
    }
}
