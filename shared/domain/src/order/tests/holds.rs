//! Holds: what raises each, what ends it, and what it stops.

use super::*;
use HoldWord::{Dispute, GrantFailed, OddPayment, RefundAbnormal, RefundFailed, RefundUnclear, UnreachableProvider};

fn word(no: u8, word: RefundWord) -> Report {
    refund_says(ours(no), "B", PRICE, word)
}

/// A payment on top, each of whose returns fails.
fn returned_in_vain(times: u8) -> Order {
    let mut order = bought().hears([paid("B")]);
    for no in 1..=times {
        order.claim(minute(60 * u32::from(no)), May::All);
        order = order.hears([word(no, RefundWord::Failed)]);
    }
    order
}

#[test]
fn each_hold_is_raised_and_ended_by_its_facts() {
    let odd = paid_so("A", cny(1), 1);
    let undone = [went_back("x", "A", 5), refund_says(theirs("x"), "A", 5, RefundWord::Failed)];
    let abnormal = refund_says(theirs("x"), "A", 5, RefundWord::Abnormal);
    for (name, order, words) in [
        ("nothing wrong", bought(), vec![]),
        ("an odd payment", order().hears([odd.clone()]), vec![OddPayment]),
        ("partly back", order().hears([paid_so("A", cny(2), 1), went_back("x", "A", 1)]), vec![OddPayment]),
        ("wholly back", order().hears([odd, went_back("x", "A", 1)]), vec![]),
        ("a dispute", bought().hears([dispute("A", 5, DisputeState::Opened)]), vec![Dispute]),
        ("won", bought().hears([dispute("A", 5, DisputeState::Won)]), vec![]),
        ("lost", bought().hears([dispute("A", 5, DisputeState::Lost)]), vec![]),
        ("unclear", bought().hears([unclear("A")]), vec![RefundUnclear]),
        ("unclear, of a payment on top", bought().hears([paid("B"), unclear("B")]), vec![RefundUnclear]),
        ("explained by a figure", bought().hears([unclear("A"), in_all("A", cny(5))]), vec![]),
        ("totals in two currencies", bought().hears([in_all("A", cny(5)), in_all("A", usd(5))]), vec![RefundUnclear]),
        ("two totals in one currency", bought().hears([in_all("A", cny(5)), in_all("A", cny(6))]), vec![]),
        ("no total in another currency", bought().hears([in_all("A", cny(5)), in_all("A", usd(0))]), vec![]),
        ("abnormal", bought().hears([abnormal.clone()]), vec![RefundAbnormal]),
        ("abnormal, then done", bought().hears([abnormal, went_back("x", "A", 5)]), vec![]),
        ("failed after its success", bought().hears(undone.clone()), vec![RefundFailed]),
        ("made good since", bought().hears(undone).hears([went_back("y", "A", PRICE)]), vec![]),
        ("failed at once", bought().hears([refund_says(theirs("x"), "A", 5, RefundWord::Failed)]), vec![]),
        ("two returns failed", returned_in_vain(2), vec![]),
        ("three returns failed", returned_in_vain(3), vec![RefundFailed]),
    ] {
        assert_eq!(order.hold_words(), words, "{name}");
    }
}

#[test]
fn own_refund_explains_an_unclear_report_unless_it_never_moved_money() {
    let asked = || bought().gives_back(&wish("k", Some(5)));
    let ours = |word| refund_says(ours(1), "A", 5, word);
    for (words, held) in [
        (vec![], vec![]),
        (vec![RefundWord::Processing], vec![]),
        (vec![RefundWord::Succeeded], vec![]),
        (vec![RefundWord::Failed], vec![RefundUnclear]),
        (vec![RefundWord::Succeeded, RefundWord::Failed], vec![RefundFailed]),
    ] {
        let order = asked().hears(words.iter().map(|word| ours(*word))).hears([unclear("A")]);
        assert_eq!(order.hold_words(), held, "{words:?}");
    }
}

#[test]
fn grant_that_fails_for_a_day_raises_a_hold() {
    let day = 24 * 60;
    assert_eq!(bought().claimed_until(day - 120).hold_words(), []);
    let mut failed = bought();
    let mut tries = 0;
    let mut now = minute(2);
    let taken = loop {
        let taken = failed.claim(now, May::All);
        tries += u32::from(taken.contains(&Duty::Grant));
        if taken != [Duty::Grant] {
            break taken;
        }
        now = failed.due_at().unwrap();
    };
    assert_eq!(taken, [Duty::Grant, Duty::Alarm], "the try that is one too many is told of at once");
    assert_eq!((tries, now.since(minute(2)) > Seconds::hours(23)), (29, true));
    assert_eq!(failed.hold_words(), [GrantFailed]);
    let mut granted = failed.given();
    assert_eq!(granted.hold_words(), [], "the hold ends with the grant, not with the claim after it");
    assert_eq!(granted.claim(minute(day), May::All), [], "so there is no alarm about it");
    let revoking = bought().given().hears([went_back("x", "A", PRICE)]);
    assert_eq!(revoking.claimed_until(day).hold_words(), [GrantFailed]);
}

#[test]
fn refund_that_is_not_accepted_for_a_day_raises_a_hold() {
    let asked = || bought().given().gives_back(&wish("k", None));
    for word in [RefundWord::NoBalance, RefundWord::Unclear] {
        let mut order = asked();
        let mut now = minute(2);
        while order.hold_words().is_empty() {
            order.claim(now, May::All);
            order = order.hears([refund_says(ours(1), "A", PRICE, word)]);
            now = order.due_at().unwrap();
            assert!(now < minute(30 * 60), "{word:?}: no alarm is due yet");
        }
        assert_eq!((order.hold_words(), now > minute(20 * 60)), (vec![RefundAbnormal], true), "{word:?}");
        let taken_on = order.hears([refund_says(ours(1), "A", PRICE, RefundWord::Processing)]);
        assert_eq!(taken_on.hold_words(), [], "{word:?}: it goes on");
    }
}

#[test]
fn failed_revoke_raises_a_hold_of_its_own_after_a_failed_grant() {
    let told = bought().claimed_until(24 * 60).and(|order| order.told(&order.untold()).unwrap());
    let cleared = told.resolved(&resolution(GrantFailed, Decision::Clear));
    let mut order = cleared.given().hears([went_back("x", "A", PRICE)]);
    let mut now = minute(48 * 60);
    for _ in 0..30 {
        order.claim(now, May::All);
        now = order.due_at().unwrap();
    }
    assert_eq!(order.hold_words(), [GrantFailed]);
    assert_eq!(order.untold().len(), 1);
}

#[test]
fn unanswered_questions_raise_a_hold_at_the_limit() {
    let attempt = Subject::Attempt(n(1));
    let refund = Subject::Refund(theirs("x"));
    let denied = order().hears([says(Says::NotPaid).asked(LAST)]);
    let processing = || bought().hears([refund_says(theirs("x"), "A", 5, RefundWord::Processing)]);
    for (name, order, words) in [
        ("four times", order().silent(&attempt, 4), vec![]),
        ("five times", order().silent(&attempt, 5), vec![UnreachableProvider]),
        ("answered", order().silent(&attempt, 5).hears([says(Says::NotPaid).asked(3)]), vec![]),
        ("paid since", order().silent(&attempt, 5).hears([paid("A")]), vec![]),
        ("closed without a promise", order().hears([closed(false)]).silent(&attempt, 5), vec![UnreachableProvider]),
        ("final since", order().silent(&attempt, 5).hears([closed(true)]), vec![]),
        ("denied after its end", denied.silent(&attempt, 5), vec![]),
        ("a refund", processing().silent(&refund, 5), vec![UnreachableProvider]),
        ("a refund, done since", processing().silent(&refund, 5).hears([went_back("x", "A", 5)]), vec![]),
    ] {
        assert_eq!(order.hold_words(), words, "{name}");
    }
}

#[test]
fn dispute_and_unclear_refund_stop_grant_return_and_refunds_of_their_payment() {
    let opened = |of| dispute(of, 5, DisputeState::Opened);
    let nothing = || bought().hears([paid("B")]);
    // Whether the goods go out, the payment on top goes back, and each may be refunded by a person.
    for (name, order, grant, back, refusals) in [
        ("nothing", nothing(), true, true, [None, None]),
        ("a dispute of the kept", nothing().hears([opened("A")]), false, true, [Some(Refusal::OnHold), None]),
        ("a dispute of the other", nothing().hears([opened("B")]), true, false, [None, Some(Refusal::OnHold)]),
        ("won", nothing().hears([opened("A"), dispute("A", 5, DisputeState::Won)]), true, true, [None, None]),
        ("unclear, the kept", nothing().hears([unclear("A")]), false, true, [Some(Refusal::OnHold), None]),
        ("unclear, the other", nothing().hears([unclear("B")]), true, false, [None, Some(Refusal::OnHold)]),
    ] {
        assert_eq!((order.owes(Duty::Grant), order.owes(Duty::Return(1))), (grant, back), "{name}");
        for (of, refusal) in ["A", "B"].into_iter().zip(refusals) {
            let wish = RefundRequest { trade_no: Some(trade(of)), ..wish("k", Some(1)) };
            assert_eq!(order.clone().refund(&wish, minute(5)).err(), refusal, "{name}: {of}");
        }
    }
}

#[test]
fn requested_refund_is_still_sent_under_a_dispute() {
    let order = bought().gives_back(&wish("k", None)).hears([dispute("A", 5, DisputeState::Opened)]);
    assert!(order.owes(Duty::SendRefund(0)));
}

#[test]
fn trade_of_a_hold_is_its_payment() {
    let odd = paid_so("B", cny(1), 1);
    let order = bought().hears([odd, dispute("A", 5, DisputeState::Opened), unclear("B")]);
    let order = order.hears([refund_says(theirs("x"), "later", 5, RefundWord::Abnormal)]);
    let known: Vec<_> = order.holds().into_iter().map(|hold| (hold.word, order.trade_of(hold).cloned())).collect();
    let expected = [(OddPayment, "B"), (RefundUnclear, "B"), (RefundAbnormal, "later"), (Dispute, "A")]
        .map(|(w, t)| (w, Some(trade(t))));
    assert_eq!(known, expected);
    let unreachable = Hold { word: UnreachableProvider, about: About::Attempt(n(1)) };
    let odd = order_of_two().hears([paid("C").of(2), paid("D").through("other")]);
    assert_eq!(odd.trade_of(unreachable), Some(&trade("D")), "money through another account");
    let of_another = order_of_two().hears([paid("C").of(2)]);
    assert_eq!(of_another.trade_of(unreachable), None, "the attempt has no payment");
}

fn order_of_two() -> Order {
    order().and(|order| order.retry(Method::AlipayQr, account("main"), minute(1)).unwrap())
}

#[test]
fn alarm_is_owed_once_for_each_hold() {
    let mut order = order().hears([paid_so("A", cny(1), 1)]);
    assert!(order.owes(Duty::Alarm));
    let untold = order.untold();
    assert_eq!(untold, order.holds());
    order.told(&untold).unwrap();
    assert!(order.untold().is_empty() && !order.owes(Duty::Alarm));
    assert_eq!(order.told(&untold), Err(Refusal::NotDue));
    let order = order.hears([dispute("A", 1, DisputeState::Opened)]);
    assert_eq!(order.untold().len(), 1, "another one is another alarm");
    assert!(order.owes(Duty::Alarm));
}

#[test]
fn holds_have_each_effect_that_a_mutant_breaks() {
    let disputed = || order().hears([paid("A"), dispute("A", 5, DisputeState::Opened)]);
    assert!(!disputed().owes(Duty::Grant));
    assert!(disputed().refund(&wish("k", None), minute(5)).is_err());
    assert!(!order().hears([paid("A"), unclear("A")]).owes(Duty::Grant));
    let undone = refund_says(theirs("x"), "A", 5, RefundWord::Failed);
    assert_eq!(order().hears([paid("A"), went_back("x", "A", 5), undone]).holds().len(), 1);
    assert_eq!(order().hears([paid_so("A", cny(1), 1)]).holds().len(), 1);
}
