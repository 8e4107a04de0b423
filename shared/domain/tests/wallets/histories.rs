//! What holds after every step of every history.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use till_domain::id::OrderNo;
use till_domain::money::Money;
use till_domain::product::MembershipGrant;
use till_domain::time::Time;
use till_domain::wallet::{Entry, Giver, GrantRound, Span, Wallet};

use crate::shop::{Shop, Step, membership, steps, yuan};
use crate::{config, samples};

/// A span's source and those inside it.
fn sources(span: &Span) -> Vec<Giver> {
    let inside = span.replaced.iter().flat_map(|inner| sources(&inner.span));
    std::iter::once(span.source.clone()).chain(inside).collect()
}

fn seconds_left(wallet: &Wallet) -> u64 {
    wallet.spans().iter().map(|span| u64::from(span.left.0)).sum()
}

/// The same but for the count of entries.
fn same(a: Wallet, b: Wallet) -> bool {
    let (mut a, b) = (a.into_parts(), b.into_parts());
    a.version = b.version;
    a == b
}

/// A span is never worth more than what is still paid for it and for what it replaced (in its own currency), inside too.
fn paid_for(span: &Span, shop: &Shop) -> bool {
    let fen = |money: Money| if money.currency() == span.worth.currency() { money.minor() } else { 0 };
    let orders = sources(span).into_iter().filter_map(|source| shop.sold(source.granted()?.order));
    let paid: u64 = orders.map(|sold| fen(sold.paid)).sum();
    span.worth.minor() <= paid && span.replaced.iter().all(|inner| paid_for(&inner.span, shop))
}

/// A credit is never more than what the replaced order stated for its membership, inside too: nothing else that was sold
/// with it, and no credit that paid for that, counts again.
fn credits_memberships_only(span: &Span, shop: &Shop) -> bool {
    span.replaced.iter().all(|inner| {
        let sold = inner.span.source.granted().and_then(|granted| shop.sold(granted.order));
        let worth = sold.map_or(0, |sold| sold.worth.minor());
        inner.credit.minor() <= worth && credits_memberships_only(&inner.span, shop)
    })
}

/// An upgrade was paid in money and in credits: together the list price, or something was credited that is not there.
fn fully_paid(shop: &Shop) -> bool {
    let new = shop.live.last().map(|sold| sold.granted);
    let spans = shop.wallet.spans();
    let worth = spans.iter().find(|span| span.source.granted() == new).map(|span| span.worth);
    worth == shop.pending.as_ref().map(|ordered| ordered.list)
}

fn keeps_the_books(steps: Vec<Step>) -> TestCaseResult {
    let mut shop = Shop::default();
    for step in steps {
        let before = shop.wallet.clone();
        let outcome = shop.take(step.clone());
        let after = &shop.wallet;
        match (&step, outcome) {
            (_, Err(_)) => prop_assert_eq!(after, &before, "refused, and changed all the same"),
            (Step::Pay, Ok(())) => prop_assert!(fully_paid(&shop), "{:?}", after),
            (_, Ok(())) => {}
        }
        let of_orders = i128::from(after.points()) - after.points_by_hand().balance();
        prop_assert_eq!(of_orders, i128::from(shop.given - shop.spent));
        if after.points() < 0 && before.points() >= 0 {
            prop_assert!(matches!(step, Step::Revoke(_)), "below zero by {:?}", step);
        }
        prop_assert_eq!(Wallet::from_parts(after.clone().into_parts()), Ok(after.clone()));
        prop_assert!(after.spans().iter().all(|span| paid_for(span, &shop)), "{:?}", after);
        prop_assert!(after.spans().iter().all(|span| credits_memberships_only(span, &shop)), "{:?}", after);

        let mut there: Vec<Giver> = after.spans().iter().flat_map(sources).collect();
        let all = there.len();
        there.sort();
        there.dedup();
        prop_assert_eq!(there.len(), all, "one source is there twice");
        let live =
            |source: &Giver| source.is_by_hand() || shop.live.iter().any(|sold| Some(sold.granted) == source.granted());
        prop_assert!(there.iter().all(live) && after.lots().iter().all(|lot| live(&lot.source)));
    }
    let mut ledger = shop.ledger.clone();
    ledger.reverse();
    prop_assert_eq!(Wallet::replay(&ledger), Ok(shop.wallet));
    Ok(())
}

/// What an upgrade replaced comes back, when that is given back later, with no more time than if it had never been bought.
fn gives_no_time(steps: Vec<Step>, to: MembershipGrant, wait: i64) -> TestCaseResult {
    let mut shop = Shop::default();
    for step in steps {
        let _ = shop.take(step);
    }
    let without = shop.wallet.clone();
    let rank = to.tier().rank;
    let upgrade = Step::OrderUpgrade { to, others: Vec::new(), list: yuan(90_000), stated: None };
    if shop.take(upgrade).is_err() || shop.take(Step::Pay).is_err() {
        return Ok(());
    }
    shop.take(Step::Wait(wait)).unwrap();
    shop.revoke(shop.live.len() - 1).unwrap();
    let without = without.at(shop.now());
    let left = |source: &Giver| without.spans().iter().find(|span| span.source == *source).map(|span| span.left);
    let lower = shop.wallet.spans().iter().filter(|span| span.tier.rank < rank);
    let mut replaced = lower.filter(|span| !span.source.is_by_hand());
    prop_assert!(replaced.all(|span| Some(span.left) <= left(&span.source)), "{:?}\nnot {:?}", shop.wallet, without);
    Ok(())
}

/// How much of each kind a wallet holds.
fn held(wallet: &Wallet) -> (i64, usize, usize) {
    (wallet.points(), wallet.spans().len(), wallet.lots().len())
}

#[test]
fn grant_of_every_kind_fills_the_wallet_and_its_revoke_empties_it() {
    for grant in samples::grants() {
        let granted = GrantRound::first(OrderNo::mint(Time::FIRST, 1));
        let mut wallet = Wallet::new();
        let entry = Entry::grant(granted, vec![grant.clone()], yuan(1), None, Time::FIRST, 1).unwrap();
        wallet.apply(&entry).unwrap();
        assert_ne!(held(&wallet), (0, 0, 0), "{grant:?} gives nothing");
        wallet.apply(&Entry::revoke(granted, std::slice::from_ref(&grant), Time::FIRST, 2).unwrap()).unwrap();
        assert_eq!(held(&wallet), (0, 0, 0), "{grant:?} is not wholly taken back");
    }
}

#[test]
fn ledger_with_an_entry_of_every_kind_replays() {
    let wallet = Wallet::replay(&samples::entries()).unwrap();
    assert_eq!(
        (held(&wallet), wallet.points_by_hand().balance()),
        ((10, 0, 0), 40),
        "all but ten points was spent or taken back"
    );
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn wallet_keeps_its_invariants_after_every_step(steps in steps()) {
        keeps_the_books(steps)?;
    }

    #[test]
    fn revoked_upgrade_gives_no_extra_time(steps in steps(), to in membership(), wait in 0..3_000_000_i64) {
        gives_no_time(steps, to, wait)?;
    }

    #[test]
    fn grant_revoked_at_once_leaves_no_trace(steps in steps()) {
        let mut shop = Shop::default();
        for step in steps {
            let before = shop.wallet.at(shop.now());
            let sold = shop.live.len();
            if shop.take(step).is_ok() && shop.live.len() > sold {
                let mut copy = shop.clone();
                copy.revoke(sold).unwrap();
                prop_assert!(same(copy.wallet.clone(), before.clone()), "{:?}\nwas {:?}", copy.wallet, before);
            }
        }
    }

    #[test]
    fn revoking_every_order_leaves_an_empty_wallet(steps in steps(), order in any::<prop::sample::Index>()) {
        let mut shop = Shop::after(steps);
        while !shop.live.is_empty() {
            shop.revoke(order.index(shop.live.len())).unwrap();
        }
        // What the team took is not taken again by any order, and what it gave is left.
        let (wallet, given) = (&shop.wallet, shop.wallet.points_by_hand());
        prop_assert!(wallet.spans().iter().all(|span| span.source.is_by_hand()), "{:?}", wallet);
        prop_assert!(wallet.lots().iter().all(|lot| lot.source.is_by_hand()), "{:?}", wallet);
        prop_assert_eq!((wallet.points() + shop.spent, given.taken.len()), (i64::try_from(given.given).unwrap(), 0));
    }

    #[test]
    fn membership_time_runs_as_fast_as_the_clock(
        steps in steps(),
        waits in prop::collection::vec(prop_oneof![0..9_000_000_i64, 0..400_000_000_000_i64], 1..5),
    ) {
        let shop = Shop::after(steps);
        let (mut stepwise, mut at) = (shop.wallet.clone(), shop.wallet.as_of());
        for wait in waits {
            at = Time::from_unix(at.unix().saturating_add(wait).min(253_402_300_799)).unwrap();
            let elapsed = u64::try_from(at.unix() - stepwise.as_of().unix()).unwrap();
            let left = seconds_left(&stepwise);
            stepwise = stepwise.at(at);
            prop_assert_eq!(seconds_left(&stepwise), left.saturating_sub(elapsed));
        }
        prop_assert_eq!(&shop.wallet.at(at), &stepwise, "many steps are one");
        prop_assert_eq!(&stepwise.at(Time::FIRST), &stepwise, "back is no way");
        prop_assert_eq!(shop.wallet.member_until().is_some(), shop.wallet.tier().is_some());
    }
}
