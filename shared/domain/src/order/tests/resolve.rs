//! What a person decides about a hold: every pair of hold and decision.

use super::*;

fn odd() -> Order {
    order().hears([paid_so("B", cny(5), 1)])
}

fn about(trade_no: &str, resolution: Resolution) -> Resolution {
    Resolution { trade_no: Some(trade(trade_no)), ..resolution }
}

fn stated(amount: Option<Money>) -> Resolution {
    Resolution { amount, ..resolution(HoldWord::RefundUnclear, Decision::Clear) }
}

fn assert_refused(name: &str, order: &Order, resolution: &Resolution, refusal: Refusal) {
    let mut changed = order.clone();
    assert_eq!(changed.resolve(resolution, minute(6)), Err(refusal), "{name}");
    assert_eq!(changed, *order, "{name}: refused, it changes nothing");
}

/// One order for each hold, in the order of the words.
fn held() -> Vec<(HoldWord, Order)> {
    let undone = [went_back("x", "A", 5), refund_says(theirs("x"), "A", 5, RefundWord::Failed)];
    let silent = order().silent(&Subject::Attempt(n(1)), 5);
    let held = [
        odd(),
        bought().hears([dispute("A", 5, DisputeState::Opened)]),
        bought().hears([unclear("A")]),
        bought().hears([refund_says(theirs("x"), "A", 5, RefundWord::Abnormal)]),
        bought().given().hears(undone),
        bought().claimed_until(24 * 60),
        silent,
        super::stated(),
        super::stated().hears([says(Says::NotPaid).asked(3)]),
    ];
    HoldWord::ALL.into_iter().zip(held).collect()
}

#[test]
fn decision_that_does_not_fit_its_hold_is_refused() {
    use Decision::Clear;
    for (word, order) in held() {
        assert_eq!(order.hold_words(), [word]);
        for decision in Decision::ALL {
            let fits = match word {
                HoldWord::OddPayment => decision != Clear,
                HoldWord::RefundUnclear => false,
                HoldWord::StatedPayment | HoldWord::StatedDenied => decision != Decision::Accept,
                _ => decision == Clear,
            };
            let needs_an_amount = word == HoldWord::RefundUnclear && decision == Clear;
            let told = order.decisions(*order.holds().first().unwrap());
            assert_eq!(told.contains(&decision), fits || needs_an_amount, "{word}: {decision:?}");
            let result = order.clone().resolve(&resolution(word, decision), minute(6));
            assert_eq!(result.is_ok(), fits, "{word}: {decision:?}");
            if !fits {
                let Err(Refusal::InvalidField { field, .. }) = result else { panic!("{word}: {result:?}") };
                let wanted = if needs_an_amount { "amount" } else { "decision" };
                assert_eq!(field, wanted, "{word}: {decision:?}");
                assert_refused("no fit", &order, &resolution(word, decision), result.unwrap_err());
            }
        }
        for other in HoldWord::ALL.into_iter().filter(|other| *other != word) {
            assert_refused("not held", &order, &resolution(other, Clear), Refusal::NoSuchHold);
        }
    }
}

#[test]
fn cleared_hold_does_not_come_back() {
    for (word, order) in held().into_iter().filter(|(word, _)| *word != HoldWord::RefundUnclear) {
        let decision = if word == HoldWord::OddPayment { Decision::Return } else { Decision::Clear };
        let order = order.resolved(&resolution(word, decision));
        assert_eq!(order.hold_words(), [], "{word}");
        let cleared = order.cleared.first().unwrap();
        assert_eq!((cleared.hold.word, &cleared.by, cleared.at), (word, &user("boss"), minute(6)));
        assert_refused("again", &order, &resolution(word, decision), Refusal::NoSuchHold);
    }
}

#[test]
fn odd_payment_is_kept_when_accepted_and_extra_when_returned() {
    let accept = resolution(HoldWord::OddPayment, Decision::Accept);
    let accepted = odd().resolved(&accept);
    assert_eq!((accepted.roles(), accepted.hold_words()), (vec![Role::Kept], vec![]));
    assert!(accepted.owes(Duty::Grant));
    let late = order().ended(Why::User).hears([paid_so("B", cny(5), 9)]).resolved(&accept);
    assert_eq!(late.status(), Status::Paid, "of a cancelled order too");
    let beside = odd().hears([paid("A")]);
    assert_refused("one is kept", &beside, &accept, Refusal::AlreadyPaid);
    assert_eq!(beside.decisions(beside.holds()[0]), [Decision::Return]);
    let given_back = odd().resolved(&resolution(HoldWord::OddPayment, Decision::Return));
    assert_eq!((given_back.roles(), given_back.hold_words()), (vec![Role::Extra], vec![]));
    assert!(given_back.owes(Duty::Return(0)));
}

#[test]
fn odd_payment_tells_what_became_of_it() {
    let became = |order: &Order| order.odd_payment().map(|(payment, state)| (payment.trade_no.clone(), state));
    let back = |no: &str, minor| went_back("x", no, minor);
    let decided = |decision| odd().resolved(&resolution(HoldWord::OddPayment, decision));
    for (name, order, state) in [
        ("it came", odd(), OddState::InReview),
        ("part is back", odd().hears([back("B", 4)]), OddState::InReview),
        ("all is back", odd().hears([back("B", 5)]), OddState::Returned),
        ("accepted", decided(Decision::Accept), OddState::Accepted),
        ("accepted, and back", decided(Decision::Accept).hears([back("B", 5)]), OddState::Accepted),
        ("returned", decided(Decision::Return), OddState::Returning),
        ("returned, and back", decided(Decision::Return).hears([back("B", 5)]), OddState::Returned),
    ] {
        assert_eq!(became(&order), Some((trade("B"), state)), "{name}");
    }
    let mended = order().hears([paid("A").through("other"), paid("A")]);
    for (name, order) in [("none came", bought()), ("one on top", bought().hears([paid("C")])), ("mended", mended)] {
        assert_eq!(became(&order), None, "{name}");
    }
    let two = odd().hears([paid_so("C", cny(6), 1)]);
    assert_eq!(became(&two), Some((trade("C"), OddState::InReview)), "the newest");
    assert_eq!(became(&two.hears([back("C", 6)])), Some((trade("B"), OddState::InReview)), "what is open");
}

#[test]
fn odd_payment_accepted_in_another_currency_is_worth_the_price() {
    let mut order = order().hears([paid_so("B", usd(PRICE), 1)]);
    order = order.resolved(&resolution(HoldWord::OddPayment, Decision::Accept));
    let entry = order.grant(1, minute(7)).unwrap();
    let crate::wallet::Change::Grant { kept, .. } = entry.change() else { panic!("{entry:?}") };
    assert_eq!(*kept, cny(PRICE));
}

#[test]
fn resolution_needs_a_trade_number_when_several_payments_are_held() {
    let two = odd().hears([paid_so("C", cny(6), 1)]);
    let accept = resolution(HoldWord::OddPayment, Decision::Accept);
    let rule = "is needed: several payments are on hold";
    assert_refused("which", &two, &accept, Refusal::InvalidField { field: "trade_no", rule });
    assert_refused("no such", &two, &about("Z", accept.clone()), Refusal::NoSuchHold);
    assert_eq!(two.resolved(&about("C", accept)).roles(), [Role::Odd, Role::Kept]);
}

#[test]
fn cleared_dispute_does_not_stop_the_grant() {
    let order = bought().hears([dispute("A", 5, DisputeState::Opened)]);
    let order = order.resolved(&resolution(HoldWord::Dispute, Decision::Clear));
    assert!(order.owes(Duty::Grant));
}

#[test]
fn stated_amount_counts_as_a_refund_made_elsewhere() {
    let order = bought().hears([unclear("A")]);
    let exceeds = Refusal::RefundExceedsPaid { left: cny(PRICE) };
    assert_refused("too much", &order, &stated(Some(cny(PRICE + 1))), exceeds);
    let currency = Refusal::InvalidField { field: "currency", rule: "is the payment's" };
    for minor in [0, 5, PRICE + 1] {
        assert_refused("another currency", &order, &stated(Some(usd(minor))), currency);
    }
    for (minor, fulfilment) in [(0, Fulfilment::Queued), (5, Fulfilment::Queued), (PRICE, Fulfilment::None)] {
        let order = order.clone().resolved(&stated(Some(cny(minor))));
        assert_eq!((order.refunded_amount(), order.fulfilment()), (cny(minor), fulfilment), "{minor}");
        assert_eq!(order.hold_words(), []);
        let again = order.clone().hears([unclear("A")]);
        assert_eq!(again, order, "it stays explained");
    }
    let order = order.resolved(&stated(Some(cny(5)))).gives_back(&wish("k", Some(7)));
    assert_eq!(order.reserved(order.kept().unwrap()), cny(12), "later ones of ours add up to it");
}

#[test]
fn goods_are_granted_again_after_a_revoke_whose_refund_failed() {
    let accept = resolution(HoldWord::RefundFailed, Decision::Accept);
    let back = || bought().given().hears([went_back("x", "A", PRICE)]);
    let undone = || refund_says(theirs("x"), "A", PRICE, RefundWord::Failed);
    let rule = Refusal::InvalidField { field: "decision", rule: "needs goods that were taken back for it" };
    assert_refused("still granted", &back().hears([undone()]), &accept, rule);
    let mut order = back().taken_back().hears([undone()]);
    assert_eq!(order.decisions(order.holds()[0]), [Decision::Clear, Decision::Accept]);
    assert_eq!((order.status(), order.fulfilment()), (Status::Paid, Fulfilment::Revoked));
    order = order.resolved(&accept);
    assert_eq!((order.fulfilment(), order.granting.round), (Fulfilment::Queued, 2));
    let entry = order.grant(3, minute(8)).unwrap();
    assert_eq!(entry.source().to_string(), format!("{}#2", order.no));
    assert_eq!(order.fulfilment(), Fulfilment::Granted);
    assert!(!order.clone().hears([undone()]).owes(Duty::Revoke));
    assert!(order.hears([went_back("y", "A", PRICE)]).owes(Duty::Revoke));
}

#[test]
fn goods_that_are_still_forfeit_are_not_granted_again() {
    let accept = resolution(HoldWord::RefundFailed, Decision::Accept);
    let refusal = Refusal::InvalidField { field: "decision", rule: "needs goods that were taken back for it" };
    let undone = [went_back("x", "A", 5), refund_says(theirs("x"), "A", 5, RefundWord::Failed)];
    let lost = bought().given().hears([dispute("A", 1, DisputeState::Lost)]).taken_back();
    assert_refused("a dispute is lost", &lost.hears(undone.clone()), &accept, refusal);

    let wish = RefundRequest { revoke: true, ..wish("k", Some(1)) };
    let revoked = bought().given().gives_back(&wish).hears([refund_says(ours(1), "A", 1, RefundWord::Succeeded)]);
    let revoked = revoked.taken_back();
    assert_refused("another refund took them", &revoked.clone().hears(undone), &accept, refusal);

    let undone = [went_back("x", "B", 5), refund_says(theirs("x"), "B", 5, RefundWord::Failed)];
    let beside = revoked.hears([paid("B"), refund_says(ours(1), "A", 1, RefundWord::Failed)]).hears(undone);
    let of = |of| about(of, accept.clone());
    assert_refused("a refund of another payment", &beside, &of("B"), refusal);
    assert_eq!(beside.resolved(&of("A")).fulfilment(), Fulfilment::Queued);
}

#[test]
fn odd_payment_is_not_accepted_beside_a_kept_one() {
    let mut order = order().hears([paid("A"), paid_so("B", cny(5), 1)]);
    let accept = resolution(HoldWord::OddPayment, Decision::Accept);
    assert_eq!(order.resolve(&accept, minute(6)), Err(Refusal::AlreadyPaid));
}
