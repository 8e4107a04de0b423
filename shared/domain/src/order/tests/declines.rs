//! Declines: they are recorded, and change nothing of how an order can be paid.

use super::*;

#[test]
fn decline_is_recorded_and_leaves_the_attempt_as_payable_as_it_was() {
    let declined = |why| says(Says::Declined(why));
    let told = |order: &Order| order.attempt(n(1)).map(|attempt| (attempt.state, attempt.decline)).unwrap();
    let order = order().hears([declined(Decline::ExpiredCard)]);
    assert_eq!(told(&order), (AttemptState::Open, Some(Decline::ExpiredCard)));
    assert_eq!(order.declined_attempts(), 1);
    assert!(order.is_payable(n(1)) && !order.clone().settle(&declined(Decline::ExpiredCard), minute(3)), "twice");
    let again = order.clone().hears([declined(Decline::InsufficientFunds)]);
    assert_eq!(told(&again), (AttemptState::Open, Some(Decline::InsufficientFunds)), "the last one counts");
    assert_eq!(again.declined_attempts(), 1);
    assert_eq!(again.timeline.last().unwrap().what, What::Failed(n(1)), "for the team");
    let elsewhere = declined(Decline::Other).through("other");
    assert_eq!(order.clone().hears([elsewhere]), order, "another account says nothing of this attempt");
    assert_eq!(order.hears([paid("A")]).status(), Status::Paid);
}

#[test]
fn attempt_that_failed_without_a_reason_was_declined_for_another() {
    let decline = |order: &Order| order.attempt(n(1)).unwrap().decline;
    let failed = order().hears([says(Says::Failed)]);
    assert_eq!(decline(&failed), Some(Decline::Other));
    let why = says(Says::Declined(Decline::WrongDetails));
    assert_eq!(decline(&failed.hears([why.clone()])), Some(Decline::WrongDetails));
    assert_eq!(decline(&order().hears([why, says(Says::Failed)])), Some(Decline::WrongDetails), "it is not lost");
    assert_eq!(decline(&bought().hears([says(Says::Failed)])), None, "a payment that came is not declined");
}
