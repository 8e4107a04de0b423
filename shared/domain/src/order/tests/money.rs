//! How much is back and how much is spoken for: the two figures that every rule about refunds reads.

use super::*;

/// `(back, reserved)` of the first payment, in fen.
fn gone(order: &Order) -> (u64, u64) {
    let payment = order.payments.first().unwrap();
    (order.back(payment).minor(), order.reserved(payment).minor())
}

#[test]
fn refund_reserves_until_it_fails_for_certain() {
    use RefundWord::{Abnormal, Failed, NoBalance, Processing, Succeeded, Unclear};
    let asked = |words: &[RefundWord]| {
        let words = words.iter().map(|word| refund_says(ours(1), "A", 400, *word));
        gone(&bought().gives_back(&wish("k", Some(400))).hears(words))
    };
    for (words, expected) in [
        ([].as_slice(), (0, 400)),
        (&[Unclear], (0, 400)),
        (&[NoBalance], (0, 400)),
        (&[Processing], (0, 400)),
        (&[Abnormal], (0, 400)),
        (&[Succeeded], (400, 400)),
        (&[Failed], (0, 0)),
        (&[Succeeded, Failed], (0, 0)),
    ] {
        assert_eq!(asked(words), expected, "{words:?}");
    }
}

#[test]
fn running_total_contains_our_own_refunds() {
    let mixed = |reports: Vec<Report>| gone(&bought().gives_back(&wish("k", Some(400))).hears(reports));
    let ours = refund_says(ours(1), "A", 400, RefundWord::Succeeded);
    for (reports, expected) in [
        (vec![in_all("A", cny(300))], (300, 400)),
        (vec![in_all("A", cny(500))], (500, 500)),
        (vec![in_all("A", cny(400)), ours.clone()], (400, 400)),
        (vec![in_all("A", cny(500)), in_all("A", cny(300)), ours.clone()], (500, 500)),
        (vec![ours.clone(), went_back("x", "A", 100)], (500, 500)),
        (vec![ours.clone(), dispute("A", 200, DisputeState::Lost)], (600, 600)),
        (vec![ours.clone(), dispute("A", 200, DisputeState::Won)], (400, 400)),
        (vec![ours, dispute("A", PRICE, DisputeState::Lost)], (PRICE, PRICE)),
    ] {
        assert_eq!(mixed(reports.clone()), expected, "{reports:?}");
    }
}

#[test]
fn refund_in_another_currency_counts_as_the_whole_payment() {
    let no = DisputeNo::parse("d").unwrap();
    let refund = Says::Refund { id: theirs("x"), trade_no: trade("A"), amount: usd(1), word: RefundWord::Succeeded };
    let lost = Says::Dispute { no, trade_no: trade("A"), amount: usd(1), state: DisputeState::Lost };
    let in_all = Says::BackInAll { trade_no: trade("A"), amount: usd(1) };
    for report in [refund, lost, in_all].map(says) {
        assert_eq!(gone(&bought().hears([report.clone()])), (PRICE, PRICE), "{report:?}");
    }
}

#[test]
fn running_totals_in_two_currencies_hold_the_payment_until_an_amount_is_stated() {
    let reports = [in_all("A", cny(5)), in_all("A", usd(9)), in_all("A", cny(7))];
    for (first, second, third) in [(0, 1, 2), (1, 0, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0), (2, 0, 1)] {
        let said = [first, second, third].map(|i: usize| reports[i].clone());
        let order = bought().hears(said);
        assert_eq!(gone(&order), (0, 0), "{first} {second} {third}");
        assert!(!order.owes(Duty::Grant) && order.hold_words() == [HoldWord::RefundUnclear]);
        let wish = wish("k", None);
        assert_eq!(order.clone().refund(&wish, minute(5)), Err(Refusal::OnHold));
        let five = Resolution { amount: Some(cny(5)), ..resolution(HoldWord::RefundUnclear, Decision::Clear) };
        let stated = order.resolved(&five);
        assert_eq!((gone(&stated), stated.hold_words()), ((5, 5), vec![]), "a person's word counts alone");
        assert_eq!(gone(&stated.gives_back(&wish)), (5, PRICE));
    }
}

#[test]
fn refunded_amount_and_kept_for_good_of_the_kept_payment() {
    let order = bought().gives_back(&wish("k", Some(400))).hears([went_back("x", "A", 100)]);
    assert_eq!((order.refunded_amount(), order.kept_for_good()), (cny(100), Some(cny(PRICE - 500))));
    assert!(!order.is_wholly_back(order.kept().unwrap()));
    let nothing = super::order();
    assert_eq!((nothing.refunded_amount(), nothing.kept_for_good()), (cny(0), None));
}

#[test]
fn refund_counts_for_its_own_payment_only() {
    let order = order().hears([paid("A"), paid("B"), went_back("x", "B", PRICE)]);
    assert_eq!(order.payments.iter().map(|p| order.back(p).minor()).collect::<Vec<_>>(), [0, PRICE]);
}

#[test]
fn money_back_counts_once_and_for_its_own_payment() {
    let asked = || bought().gives_back(&wish("k", Some(400)));
    let word = |word| refund_says(ours(1), "A", 400, word);
    let in_all = in_all("A", cny(400));
    assert_eq!(gone(&asked().hears([word(RefundWord::Succeeded), in_all])), (400, 400));
    assert_eq!(gone(&bought().hears([paid("B"), went_back("x", "B", PRICE)])), (0, 0));
    assert_eq!(gone(&asked().hears([word(RefundWord::Failed)])), (0, 0));
    assert_eq!(gone(&asked().hears([word(RefundWord::Unclear)])), (0, 400));
}
