//! Wallets under arbitrary histories: purchases, upgrades, revokes and spendings over time, and upgrade prices in all the
//! states that they lead to. That the properties are strict enough is proved on planted bugs.

mod histories;
mod pricing;
mod shop;

use proptest::prelude::{ProptestConfig, Strategy};
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use till_domain::planted::{Bug, Planted};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

/// Whether a property fails on some of these values.
fn fails<S: Strategy>(values: &S, property: impl Fn(S::Value) -> TestCaseResult) -> bool {
    let config = ProptestConfig { cases: 1_000, max_shrink_iters: 0, ..config() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng).run(values, property).is_err()
}

#[test]
fn a_credit_used_twice_is_caught() {
    let planted = Planted::with(Bug::CreditUsedTwice);
    assert!(fails(&shop::steps(), |steps| histories::keeps_the_books(steps, planted)));
}

#[test]
fn a_refund_that_leaves_the_upgrade_whole_is_caught() {
    let planted = Planted::with(Bug::ReplacedRefundNotCut);
    assert!(fails(&shop::steps(), |steps| histories::keeps_the_books(steps, planted)));
}

#[test]
fn a_replaced_span_that_comes_back_whole_is_caught() {
    let planted = Planted::with(Bug::ReplacedComesBackWhole);
    let values = (shop::steps(), shop::membership(), 0..3_000_000_i64);
    assert!(fails(&values, |(steps, to, wait)| histories::gives_no_time(steps, to, wait, planted)));
}

#[test]
fn a_worth_without_regard_to_time_is_caught() {
    let planted = Planted::with(Bug::WorthNotProrated);
    let values = (shop::steps(), shop::membership(), pricing::amount(), pricing::amount());
    assert!(fails(&values, |(steps, to, list, least)| pricing::adds_up(steps, &to, list, least, planted)));
}
