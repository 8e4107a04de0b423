//! Payments by an admin's word: when one may be stated, and what comes of what the provider says afterwards.

use super::*;
use HoldWord::{StatedDenied, StatedPayment};

fn proof(order: &Order) -> Proof {
    order.stated.first().unwrap().proof
}

fn given_up(order: Order) -> Order {
    let word = order.hold_words().first().copied().unwrap();
    order.resolved(&resolution(word, Decision::Return))
}

#[test]
fn statement_is_refused_unless_everything_allows_it() {
    let silent = || order().silent(&Subject::Attempt(n(1)), 1);
    let limit = Some(cny(PRICE));
    let other = |statement: Statement| Statement { trade_no: trade("B"), ..statement };
    let wrong = |field, rule| Refusal::InvalidField { field, rule };
    let odd = silent().hears([paid_so("B", cny(5), 1).of(2)]);
    let processing = order().hears([says(Says::Processing)]).silent(&Subject::Attempt(n(1)), 1);
    let final_one = silent().hears([closed(true)]);
    let answered = silent().hears([says(Says::NotPaid).asked(2)]);
    let elsewhere = Statement { attempt: n(2), ..word("S") };
    let short = Statement { amount: cny(PRICE - 1), ..word("S") };
    let foreign = Statement { amount: usd(PRICE), ..word("S") };
    let returned = odd.clone().resolved(&resolution(HoldWord::OddPayment, Decision::Return));
    for (name, order, statement, most, refusal) in [
        ("paid", bought(), word("S"), limit, Refusal::AlreadyPaid),
        ("stated already", stated(), word("T"), limit, Refusal::AlreadyPaid),
        ("odd money is held", odd, word("S"), limit, Refusal::PaymentInReview),
        ("processing", processing, word("S"), limit, Refusal::PaymentProcessing),
        ("nobody was asked", order(), word("S"), limit, Refusal::ProviderDenies),
        ("the provider answered", answered, word("S"), limit, Refusal::ProviderDenies),
        ("no payment can come", final_one, word("S"), limit, Refusal::ProviderDenies),
        ("no such attempt", silent(), elsewhere, limit, Refusal::ProviderDenies),
        ("less than the price", silent(), short, limit, wrong("amount", "is the order's price")),
        ("another currency", silent(), foreign, limit, wrong("amount", "is the order's price")),
        ("no limit", silent(), word("S"), None, Refusal::StatementsOff),
        ("a limit in another currency", silent(), word("S"), Some(usd(PRICE)), Refusal::StatementsOff),
        ("above it", silent(), word("S"), Some(cny(PRICE - 1)), Refusal::AmountTooLarge { most: cny(PRICE - 1) }),
        ("a known trade", returned, other(word("S")), limit, wrong("trade_no", "is of another payment of this order")),
    ] {
        let mut changed = order.clone();
        assert_eq!(changed.state_payment(&statement, most, minute(3)), Err(refusal), "{name}");
        assert_eq!(changed, order, "{name}: refused, it changes nothing");
    }
}

#[test]
fn stated_payment_pays_for_the_order_and_is_told_to_the_team() {
    let order = stated();
    assert_eq!((order.status(), order.fulfilment()), (Status::Paid, Fulfilment::Queued));
    assert_eq!((order.hold_words(), order.owed().contains(&Duty::Alarm)), (vec![StatedPayment], true));
    let mark = order.stated(order.kept().unwrap()).unwrap();
    assert_eq!((mark.evidence.as_str(), &mark.by, mark.at), ("the bank shows it", &user("boss"), minute(2)));
    // Its provider is still asked, and the buyer can no longer pay.
    assert!(order.owes(Duty::Close(n(1))) && order.is_unproven(order.kept().unwrap()));
    assert_eq!(order.given().fulfilment(), Fulfilment::Granted);
}

#[test]
fn report_of_a_payment_confirms_the_stated_one() {
    for (name, report) in [
        ("the same trade", paid("S")),
        ("another number of the same attempt", paid("T")),
        ("the same trade by another attempt", paid("S").of(2)),
        ("another attempt", paid("T").of(2)),
        ("late", paid_so("T", cny(PRICE), END + 9)),
    ] {
        let trade_no = report.says.trade_no().unwrap().clone();
        for order in [stated(), stated().given(), stated().hears([says(Says::NotPaid).asked(3)])] {
            let before = order.fulfilment();
            let order = order.hears([report.clone()]);
            assert_eq!((order.roles(), proof(&order)), (vec![Role::Kept], Proof::Confirmed), "{name}");
            assert_eq!(order.kept().unwrap().trade_no, trade_no, "{name}");
            assert_eq!(order.attempt(report.attempt).unwrap().state, AttemptState::Paid, "{name}");
            assert_eq!(order.hold_words(), [], "{name}");
            let stays = [before, Fulfilment::Queued].contains(&order.fulfilment());
            assert!(stays, "{name}: {}", order.fulfilment());
            // The mark stays, and the order knows the payment that came in its place.
            assert_eq!(order.stated.first().unwrap().trade_no, trade("S"), "{name}");
            let again = order.clone().hears([report.clone()]);
            assert_eq!(again, order, "{name}: twice");
        }
    }
}

#[test]
fn second_true_payment_is_extra() {
    let order = stated().hears([paid("T").of(2), paid("S")]);
    assert_eq!((order.roles(), order.kept().unwrap().trade_no.as_str()), (vec![Role::Kept, Role::Extra], "T"));
}

#[test]
fn payment_through_another_account_is_odd_beside_the_stated_one() {
    let order = stated().hears([paid("T").through("other")]);
    assert_eq!((order.roles(), proof(&order)), (vec![Role::Kept, Role::Odd], Proof::Awaited));
}

/// A third account announced the true payment before anything was stated, so it was odd.
#[test]
fn odd_payment_that_the_right_account_reports_takes_the_part_of_the_stated_one() {
    let order = stated().hears([paid("T").through("other"), paid("T")]);
    assert_eq!((order.roles(), order.kept().unwrap().trade_no.as_str()), (vec![Role::Extra, Role::Kept], "T"));
    assert_eq!((order.hold_words(), order.owes(Duty::Return(0))), (vec![], false));
    // The number that was stated is another payment after all.
    let order = order.hears([paid("S").of(2)]);
    assert!(order.owes(Duty::Return(0)) && order.roles() == [Role::Extra, Role::Kept]);
    // What a person gave up is replaced by nothing: the true payment goes back.
    let order = given_up(stated()).hears([paid("T").through("other"), paid("T")]);
    assert!(order.owes(Duty::Return(1)) && order.roles() == [Role::Kept, Role::Extra]);
    let short = stated().hears([paid_so("T", cny(5), 1).through("other"), paid_so("T", cny(5), 1)]);
    assert_eq!(short.roles(), [Role::Kept, Role::Odd]);
}

#[test]
fn stated_trade_at_another_account_differs_until_the_right_account_reports_it() {
    let order = stated().hears([paid("S").through("other")]);
    assert_eq!((proof(&order), order.hold_words()), (Proof::Differs, vec![StatedDenied]));
    let order = order.hears([paid("S")]);
    assert_eq!((proof(&order), order.hold_words()), (Proof::Confirmed, vec![]));
    assert_eq!(order.kept().unwrap().account, account("main"));
}

#[test]
fn other_amount_is_for_a_person_and_stops_the_delivery() {
    for report in [paid_so("S", cny(5), 1), paid_so("T", cny(5), 1), paid_so("S", usd(PRICE), 1)] {
        let order = stated().hears([report]);
        assert_eq!((order.roles(), proof(&order)), (vec![Role::Kept], Proof::Differs));
        assert_eq!((order.hold_words(), order.fulfilment()), (vec![StatedDenied], Fulfilment::Withheld));
        let accepted = order.clone().resolved(&resolution(StatedDenied, Decision::Clear));
        assert_eq!(accepted.fulfilment(), Fulfilment::Queued);
        let returned = given_up(order);
        assert!(returned.owes(Duty::Return(0)) && !returned.owes(Duty::Grant));
        assert_eq!(returned.hold_words(), []);
    }
    let other_attempt = stated().hears([paid_so("T", cny(5), 1).of(2)]);
    assert_eq!((other_attempt.roles(), proof(&other_attempt)), (vec![Role::Kept, Role::Odd], Proof::Awaited));
}

#[test]
fn denial_counts_only_after_the_statement_or_for_good() {
    for (name, report, expected) in [
        ("asked before", says(Says::NotPaid).asked(1), Proof::Awaited),
        ("pushed", says(Says::Failed), Proof::Awaited),
        ("closed without a promise, pushed", closed(false), Proof::Awaited),
        ("of another attempt", says(Says::NotPaid).of(2).asked(3), Proof::Awaited),
        ("by another account", says(Says::NotPaid).through("other").asked(3), Proof::Awaited),
        ("an unknown word", says(Says::Unknown).asked(3), Proof::Awaited),
        ("processing", says(Says::Processing).asked(3), Proof::Awaited),
        ("asked in that minute", says(Says::NotPaid).asked(2), Proof::Denied),
        ("failed", says(Says::Failed).asked(3), Proof::Denied),
        ("closed", closed(false).asked(3), Proof::Denied),
        ("closed for good, pushed", closed(true), Proof::Denied),
    ] {
        let order = stated().hears([report]);
        let held = if expected == Proof::Denied { StatedDenied } else { StatedPayment };
        assert_eq!((proof(&order), order.hold_words()), (expected, vec![held]), "{name}");
    }
}

#[test]
fn denial_is_told_even_if_the_statement_was_looked_at() {
    let order = stated().resolved(&resolution(StatedPayment, Decision::Clear));
    assert_eq!(order.hold_words(), []);
    let order = order.hears([says(Says::NotPaid).asked(3)]);
    assert_eq!((order.hold_words(), order.fulfilment()), (vec![StatedDenied], Fulfilment::Withheld));
    let order = order.resolved(&resolution(StatedDenied, Decision::Clear));
    assert_eq!((order.hold_words(), order.fulfilment()), (vec![], Fulfilment::Queued));
}

#[test]
fn what_is_given_up_goes_back_with_its_goods() {
    let order = given_up(stated());
    assert_eq!((order.status(), order.fulfilment()), (Status::Refunded, Fulfilment::None));
    let order = given_up(stated().given());
    assert_eq!((order.status(), order.owes(Duty::Revoke)), (Status::Refunded, true));
    assert_eq!(order.clone().refund(&wish("k", None), minute(5)), Err(Refusal::NotConfirmed));
    // There is money after all: it goes back too.
    let order = order.taken_back().hears([paid("T")]);
    assert_eq!((order.status(), order.hold_words()), (Status::Paid, vec![]));
    assert!(order.owes(Duty::Return(0)) && !order.owes(Duty::Grant));
    let order = order.hears([went_back("r", "T", PRICE)]);
    assert_eq!((order.status(), order.fulfilment()), (Status::Refunded, Fulfilment::Revoked));
}

#[test]
fn nothing_goes_back_of_a_payment_that_no_provider_has_confirmed() {
    let mut order = stated();
    assert_eq!(order.refund(&wish("k", None), minute(5)), Err(Refusal::NotConfirmed));
    let silent = upgrade().silent(&Subject::Attempt(n(1)), 1);
    let superseded = silent.and(|order| {
        order.state_payment(&word("S"), Some(cny(PRICE)), minute(2)).unwrap();
        order.supersede(minute(3)).unwrap();
    });
    assert!(!superseded.owes(Duty::Return(0)));
    assert!(superseded.hears([paid("S")]).owes(Duty::Return(0)));
    order.settle(&paid("S"), minute(5));
    assert_eq!(order.refund(&wish("k", None), minute(5)), Ok(r(1)));
}

#[test]
fn stated_trade_of_which_money_went_back_is_not_taken_for_another_one() {
    let order = stated().hears([went_back("r", "S", 5), paid("T")]);
    assert_eq!((order.roles(), proof(&order)), (vec![Role::Kept, Role::Extra], Proof::Awaited));
}
