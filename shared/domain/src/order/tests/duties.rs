//! Duties: while each is there, and when it is due for the first time.

use super::*;

fn now_and(order: &Order, duty: Duty) -> Option<When> {
    order.duties().into_iter().find_map(|(owed, when)| (owed == duty).then_some(when))
}

/// Paid by a second attempt, the first one having ended so.
fn paid_beside(end: Report) -> Order {
    order().hears([end, paid("A").of(2)])
}

#[test]
fn each_duty_is_first_due_when_its_facts_say() {
    let after = |minutes| Some(When::After(Seconds::minutes(minutes)));
    let refund = |word| bought().hears([refund_says(theirs("x"), "A", 1, word)]);
    let endless = || order_of(Policy::default(), None, None).hears([closed(false), paid("A").of(2)]);
    let denied = || says(Says::NotPaid).asked(LAST);
    let last_ask = Some(When::At(minute(END + 5)));
    let opening = || order().and(|order| order.retry(Method::AlipayQr, account("main"), minute(1)).unwrap());
    for (name, order, duty, when) in vec![
        ("a payment on top", bought().hears([paid("B")]), Duty::Return(1), Some(When::Now)),
        ("the kept one", bought(), Duty::Return(0), None),
        ("an odd one", order().hears([paid_so("A", cny(1), 1)]), Duty::Return(0), None),
        ("wholly reserved", bought().hears([paid("B"), went_back("x", "B", PRICE)]), Duty::Return(1), None),
        ("partly reserved", bought().hears([paid("B"), went_back("x", "B", 1)]), Duty::Return(1), Some(When::Now)),
        ("requested", bought().gives_back(&wish("k", None)), Duty::SendRefund(0), Some(When::Now)),
        ("processing refund", refund(RefundWord::Processing), Duty::AskRefund(0), after(1)),
        ("abnormal refund", refund(RefundWord::Abnormal), Duty::AskRefund(0), after(24 * 60)),
        ("succeeded refund", refund(RefundWord::Succeeded), Duty::AskRefund(0), None),
        ("failed refund", refund(RefundWord::Failed), Duty::AskRefund(0), None),
        ("kept", bought(), Duty::Grant, Some(When::Now)),
        ("granted", bought().given(), Duty::Grant, None),
        ("granted, kept", bought().given(), Duty::Revoke, None),
        ("granted, back", bought().given().hears([went_back("x", "A", PRICE)]), Duty::Revoke, Some(When::Now)),
        ("a hold", order().hears([paid_so("A", cny(1), 1)]), Duty::Alarm, Some(When::Now)),
        ("open, decided", bought().hears([paid("A").of(2)]).given(), Duty::Close(n(1)), None),
        ("open beside", order().hears([paid("A").of(2)]), Duty::Close(n(1)), Some(When::Now)),
        ("opening beside", opening().hears([paid("A")]), Duty::Close(n(2)), Some(When::Now)),
        ("opening, pending", opening(), Duty::Ask(n(2)), None),
        ("open, pending", order(), Duty::Ask(n(1)), after(1)),
        ("open, paid through another account", order().hears([paid("A").through("other")]), Duty::Ask(n(1)), after(1)),
        ("processing", order().hears([says(Says::Processing)]), Duty::Ask(n(1)), after(60)),
        ("processing, decided", paid_beside(says(Says::Processing)), Duty::Ask(n(1)), after(60)),
        ("closed, pending", order().hears([closed(false)]), Duty::LastAsk(n(1)), None),
        ("denied after its end, paid", paid_beside(denied()), Duty::LastAsk(n(1)), None),
        ("denied after its end, paid: no close", paid_beside(denied()), Duty::Close(n(1)), None),
        ("closed, cancelled", order().ended(Why::User), Duty::LastAsk(n(1)), last_ask),
        ("closed, paid", paid_beside(closed(false)), Duty::LastAsk(n(1)), last_ask),
        ("failed, paid", paid_beside(says(Says::Failed)), Duty::LastAsk(n(1)), last_ask),
        ("final", paid_beside(closed(true)), Duty::LastAsk(n(1)), None),
        ("closed, without an end", endless(), Duty::Close(n(1)), Some(When::Now)),
        ("closed, without an end: no ask", endless(), Duty::LastAsk(n(1)), None),
        ("final, without an end", endless().hears([closed(true)]), Duty::Close(n(1)), None),
        ("pending", order(), Duty::Remind, Some(When::At(minute(END - 5)))),
        ("paid", bought(), Duty::Remind, None),
        ("pending still", order(), Duty::Expire, Some(When::At(minute(END)))),
        ("pending, nothing open", order().hears([closed(true)]), Duty::Expire, Some(When::At(minute(END)))),
        ("pending, processing", order().hears([says(Says::Processing)]), Duty::Expire, None),
        ("cancelled", order().ended(Why::User), Duty::Expire, None),
    ] {
        assert_eq!(now_and(&order, duty), when, "{name}: {duty:?}");
    }
}

#[test]
fn grant_is_not_owed_while_a_refund_or_hold_stops_it() {
    let stopped = |reports: Vec<Report>| !bought().hears(reports).owes(Duty::Grant);
    assert!(!stopped(vec![]));
    assert!(!stopped(vec![went_back("x", "A", PRICE - 1)]));
    assert!(!stopped(vec![dispute("A", 1, DisputeState::Won)]));
    assert!(stopped(vec![went_back("x", "A", PRICE)]));
    assert!(stopped(vec![dispute("A", 1, DisputeState::Opened)]));
    assert!(stopped(vec![dispute("A", 1, DisputeState::Lost)]));
    assert!(stopped(vec![unclear("A")]));
    assert!(stopped(vec![refund_says(theirs("x"), "A", PRICE, RefundWord::Processing)]), "all of it is reserved");
    assert!(!order().hears([paid_so("A", cny(1), 1)]).owes(Duty::Grant), "nothing is kept");
}

/// A refund that takes the goods with it, of a part of the price.
fn revoking(word: RefundWord) -> [Report; 1] {
    [refund_says(ours(1), "A", 1, word)]
}

#[test]
fn revoke_is_owed_when_the_goods_are_forfeit() {
    let wish = RefundRequest { revoke: true, ..wish("k", Some(1)) };
    for (name, reports, revoked) in [
        ("requested only", vec![], false),
        ("a refund with revoke", revoking(RefundWord::Succeeded).to_vec(), true),
        ("failed", revoking(RefundWord::Failed).to_vec(), false),
        ("most of it back", vec![went_back("x", "A", PRICE - 1)], false),
        ("all of it back", vec![went_back("x", "A", PRICE)], true),
        ("a lost dispute of a part", vec![dispute("A", 1, DisputeState::Lost)], true),
        ("a dispute", vec![dispute("A", 1, DisputeState::Opened)], false),
        ("unclear", vec![unclear("A")], false),
    ] {
        let after = bought().given().gives_back(&wish).hears(reports.clone());
        assert_eq!(after.owes(Duty::Revoke), revoked, "{name}");
        let before = bought().gives_back(&wish).hears(reports);
        assert!(!before.owes(Duty::Revoke), "{name}: nothing was granted");
        assert!(!(revoked && before.owes(Duty::Grant)), "{name}: not granted to be taken back");
    }
}

#[test]
fn return_refunds_the_rest_of_the_payment() {
    let order = bought().hears([paid("B"), went_back("x", "B", 900)]);
    let order = order.and(|order| order.claim(minute(2), May::All));
    let refund = order.refund_of_ours(r(1)).unwrap();
    assert_eq!((refund.amount, &refund.trade_no, &refund.by), (cny(PRICE - 900), &trade("B"), &By::Till));
    assert!(!order.owes(Duty::Return(1)) && order.owes(Duty::SendRefund(1)));
}

#[test]
fn superseded_order_owes_a_return_and_no_grant() {
    let order = upgrade().hears([paid("A")]).and(|order| order.supersede(minute(3)).unwrap());
    assert_eq!(now_and(&order, Duty::Return(0)), Some(When::Now));
    assert!(!order.owes(Duty::Grant));
}

#[test]
fn granted_or_ended_order_owes_nothing() {
    assert_eq!(bought().given().owed(), []);
    assert_eq!(order().ended(Why::Expired).hears([closed(true)]).owed(), []);
    assert_eq!(order().owed(), [Duty::Ask(n(1)), Duty::Remind, Duty::Expire]);
}

#[test]
fn order_of_five_minutes_owes_no_reminder() {
    let short = order().and(|order| order.facts.expire_at = minute(5));
    assert!(!short.owes(Duty::Remind) && short.owes(Duty::Expire));
}

#[test]
fn duties_follow_from_each_fact_that_a_mutant_ignores() {
    assert!(paid_beside(says(Says::Processing)).owes(Duty::Ask(n(1))));
    assert!(!order().hears([says(Says::Processing)]).owes(Duty::Expire));
    assert!(paid_beside(closed(false)).owes(Duty::LastAsk(n(1))));
    assert!(order().ended(Why::User).owes(Duty::LastAsk(n(1))));
    assert!(!order().hears([paid("A")]).gives_back(&wish("k", None)).owes(Duty::Grant));
    let superseded = upgrade().hears([paid("A")]).and(|order| order.supersede(minute(3)).unwrap());
    assert!(superseded.owes(Duty::Return(0)));
    let back = order().hears([paid("A")]).given().hears([went_back("x", "A", PRICE)]);
    assert!(back.owes(Duty::Revoke));
    let partly = order().hears([paid("A"), paid("B"), went_back("x", "B", 900)]);
    let returned = partly.and(|order| order.claim(minute(2), May::All));
    assert_eq!(returned.refund_of_ours(r(1)).unwrap().amount, cny(PRICE - 900));
    let failed = order().hears([paid("A")]).gives_back(&wish("k", Some(1)));
    assert!(!failed.hears(revoking(RefundWord::Failed)).owes(Duty::SendRefund(0)));
}
