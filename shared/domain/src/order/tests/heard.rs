//! How an order became paid, as the team's alarms read it from the timeline.

use super::*;

fn heard(order: &Order) -> Option<(Time, By)> {
    order.payment_moment().map(|moment| (moment.at, moment.by.clone()))
}

#[test]
fn payment_is_the_providers_if_it_was_announced_and_tills_if_a_question_found_it() {
    assert_eq!(heard(&order()), None, "nothing is paid");
    assert_eq!(heard(&bought()), Some((minute(2), By::Provider)));
    let found = order().hears([paid("A").asked(2)]);
    assert_eq!(heard(&found), Some((minute(2), By::Till)));
    assert_eq!(heard(&found.hears([paid("A")])), Some((minute(2), By::Till)), "it was announced afterwards");
    let second = bought().hears([paid("B").asked(2)]);
    assert_eq!(heard(&second), Some((minute(2), By::Provider)), "an extra payment does not pay for it");
    let forgotten = bought().and(|order| order.facts.timeline.clear());
    assert_eq!(heard(&forgotten), None);
}

#[test]
fn goods_can_be_granted_since_the_payment_or_the_last_decision_about_it() {
    assert_eq!(order().grantable_since(), None);
    assert_eq!(bought().grantable_since(), Some(minute(2)));
    let again = bought().and(|order| order.settle(&paid("B"), minute(9)));
    assert_eq!(again.grantable_since(), Some(minute(2)), "an extra payment changes nothing");
    let odd = order().hears([paid_so("A", cny(PRICE - 1), 1)]);
    assert_eq!(odd.grantable_since(), None);
    let accepted = odd.resolved(&resolution(HoldWord::OddPayment, Decision::Accept));
    assert_eq!(accepted.grantable_since(), Some(minute(6)));
    let disputed = bought().and(|order| order.settle(&dispute("A", PRICE, DisputeState::Opened), minute(7)));
    let won = disputed.and(|order| order.settle(&dispute("A", PRICE, DisputeState::Won), minute(8)));
    assert_eq!(won.grantable_since(), Some(minute(8)));
    assert_eq!(stated().grantable_since(), Some(minute(2)));
}
