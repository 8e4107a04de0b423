//! Payments under a number that is not the order's.

use super::*;

fn adopts(order: Order, report: &Report) -> Order {
    order.and(|order| assert!(order.adopt(report, minute(4)), "{report:?}"))
}

#[test]
fn adopted_payment_counts_as_any_and_leaves_the_attempts_alone() {
    let order = adopts(order(), &paid("X").of(9));
    assert_eq!((order.status(), order.roles()), (Status::Paid, vec![Role::Kept]));
    assert_eq!(order.attempt(n(1)).unwrap().state, AttemptState::Open);
    let adopted = order.attempt(n(2)).unwrap();
    assert!(adopted.is_adopted() && !order.attempt(n(1)).unwrap().is_adopted());
    assert_eq!((adopted.state, order.kept().unwrap().attempt), (AttemptState::Paid, n(2)));
    assert_eq!(order.owed(), [Duty::Grant, Duty::Close(n(1))]);
}

#[test]
fn adopted_payment_that_does_not_fit_is_odd_and_a_second_one_extra() {
    for (name, order, report, role) in [
        ("another amount", order(), paid_so("X", cny(5), 1), Role::Odd),
        ("another currency", order(), paid_so("X", usd(PRICE), 1), Role::Odd),
        ("an account that no attempt has", order(), paid("X").through("other"), Role::Odd),
        ("beside a kept one", bought(), paid("X"), Role::Extra),
        (
            "late, where late money goes back",
            order_under(late_goes_back()),
            paid_so("X", cny(PRICE), END + 1),
            Role::Extra,
        ),
    ] {
        let order = adopts(order, &report);
        assert_eq!(order.payments.last().map(|payment| payment.role), Some(role), "{name}");
    }
}

#[test]
fn adopting_twice_changes_nothing_and_later_reports_of_it_count() {
    let order = adopts(order(), &paid("X"));
    assert!(!order.clone().adopt(&paid("X"), minute(5)));
    let order = adopts(order, &went_back("r", "X", PRICE));
    assert_eq!(order.status(), Status::Refunded);
}

#[test]
fn adopted_payment_takes_the_place_of_a_stated_one() {
    let order = adopts(stated(), &paid("X"));
    assert_eq!((order.roles(), order.hold_words()), (vec![Role::Kept], vec![]));
    assert_eq!(order.kept().unwrap().trade_no, trade("X"));
    let odd = adopts(stated(), &paid("X").through("other"));
    assert_eq!((odd.roles(), odd.kept().unwrap().trade_no.as_str()), (vec![Role::Kept, Role::Odd], "S"));
}

#[test]
fn adopted_payment_has_an_attempt_even_where_no_number_is_left() {
    let order = adopts(order().hears([paid_so("A", cny(5), 1).of(99)]), &paid("X"));
    assert_eq!(order.payment(&trade("X")).unwrap().attempt, n(99));
}
