//! Reports: what each becomes, and that none is believed twice or downwards.

use super::*;
use crate::text::Buyer;

fn attempt(order: &Order) -> (AttemptState, bool) {
    let attempt = order.attempt(n(1)).unwrap();
    (attempt.state, attempt.is_final)
}

#[test]
fn payment_is_kept_extra_or_odd_by_amount_account_and_order() {
    let right = || paid("A");
    for (name, reports, roles) in [
        ("as sold", vec![right()], vec![Role::Kept]),
        ("too little", vec![paid_so("A", cny(PRICE - 1), 1)], vec![Role::Odd]),
        ("too much", vec![paid_so("A", cny(PRICE + 1), 1)], vec![Role::Odd]),
        ("another currency", vec![paid_so("A", usd(PRICE), 1)], vec![Role::Odd]),
        ("another account of ours", vec![right().through("other")], vec![Role::Odd]),
        ("a second one", vec![right(), paid("B")], vec![Role::Kept, Role::Extra]),
        ("a second one, odd", vec![right(), paid_so("B", cny(1), 1)], vec![Role::Kept, Role::Odd]),
        ("after an odd one", vec![paid_so("B", cny(1), 1), right()], vec![Role::Odd, Role::Kept]),
        ("the same again", vec![right(), right()], vec![Role::Kept]),
        ("the same with another amount", vec![right(), paid_so("A", cny(1), 9)], vec![Role::Kept]),
        ("of an attempt that we do not know", vec![right().of(7)], vec![Role::Kept]),
        (
            "of one that we heard of through another account",
            vec![paid_so("B", cny(1), 1).of(7).through("other"), right().of(7)],
            vec![Role::Odd, Role::Kept],
        ),
        (
            "the same the other way round",
            vec![right().of(7), paid_so("B", cny(1), 1).of(7).through("other")],
            vec![Role::Kept, Role::Odd],
        ),
        (
            "the right one through the other account",
            vec![paid_so("B", cny(1), 1).of(7), right().of(7).through("other")],
            vec![Role::Odd, Role::Kept],
        ),
        (
            "of one that we began, odd, then right",
            vec![right().through("other"), paid("B")],
            vec![Role::Odd, Role::Kept],
        ),
        (
            "after the kept one went back",
            vec![right(), went_back("x", "A", PRICE), paid("B")],
            vec![Role::Kept, Role::Extra],
        ),
    ] {
        for policy in [Policy::default(), late_goes_back()] {
            assert_eq!(order_under(policy).hears(reports.clone()).roles(), roles, "{name}");
        }
    }
}

#[test]
fn mended_payment_has_the_buyer_that_the_right_account_names() {
    let buyer = Buyer::parse("cus_1").unwrap();
    let mut right = paid("A");
    right.says =
        Says::Paid { trade_no: trade("A"), amount: cny(PRICE), paid_at: minute(1), buyer: Some(buyer.clone()) };
    let order = order_under(Policy::default()).hears(vec![paid("A").through("other"), right]);
    assert_eq!(order.payments[0].buyer, Some(buyer));
}

#[test]
fn payment_through_the_wrong_account_is_mended_by_the_report_of_the_right_one() {
    let right = || paid("A");
    let wrong = || paid("A").through("other");
    let late = |report: Report| Report { says: paid_so("A", cny(PRICE), END + 1).says, ..report };
    for (name, reports, policy, roles) in [
        ("the wrong one first", vec![wrong(), right()], Policy::default(), vec![Role::Kept]),
        ("the right one first", vec![right(), wrong()], Policy::default(), vec![Role::Kept]),
        ("the right one repeated", vec![wrong(), right(), wrong(), right()], Policy::default(), vec![Role::Kept]),
        ("the wrong one alone", vec![wrong(), wrong()], Policy::default(), vec![Role::Odd]),
        ("a third account", vec![wrong(), paid("A").through("third")], Policy::default(), vec![Role::Odd]),
        ("another is kept", vec![wrong(), paid("B"), right()], Policy::default(), vec![Role::Extra, Role::Kept]),
        ("another amount", vec![wrong(), paid_so("A", cny(1), 1)], Policy::default(), vec![Role::Odd]),
        (
            "the wrong amount through both",
            vec![paid_so("A", cny(1), 1).through("other"), paid_so("A", cny(1), 1)],
            Policy::default(),
            vec![Role::Odd],
        ),
        ("another attempt", vec![wrong(), right().of(7)], Policy::default(), vec![Role::Odd]),
        ("late, and kept", vec![late(wrong()), late(right())], Policy::default(), vec![Role::Kept]),
        ("late, and to go back", vec![late(wrong()), late(right())], late_goes_back(), vec![Role::Extra]),
        (
            "disputed meanwhile",
            vec![wrong(), dispute("A", PRICE, DisputeState::Opened), right()],
            Policy::default(),
            vec![Role::Kept],
        ),
        ("refunded meanwhile", vec![wrong(), went_back("x", "A", 5), right()], Policy::default(), vec![Role::Odd]),
        (
            "a refund failed meanwhile",
            vec![wrong(), refund_says(theirs("x"), "A", 5, RefundWord::Failed), right()],
            Policy::default(),
            vec![Role::Odd],
        ),
        ("back in part meanwhile", vec![wrong(), in_all("A", cny(5)), right()], Policy::default(), vec![Role::Odd]),
        ("back, unclear how much", vec![wrong(), unclear("A"), right()], Policy::default(), vec![Role::Odd]),
    ] {
        assert_eq!(order_under(policy).hears(reports).roles(), roles, "{name}");
    }
}

#[test]
fn mended_payment_is_what_the_right_report_makes_it() {
    let mended = order().hears([paid_so("A", cny(PRICE), 1).through("other"), paid_so("A", cny(PRICE), 0)]);
    let direct = order().hears([paid_so("A", cny(PRICE), 0)]);
    assert_eq!((&mended.payments, &mended.attempts), (&direct.payments, &direct.attempts));
    assert_eq!((mended.hold_words(), mended.status(), mended.owed()), (vec![], direct.status(), direct.owed()));
    let wrong_amount = |report: Report| Report { says: paid_so("A", cny(1), 1).says, ..report };
    let odd = order().hears([wrong_amount(paid("A")).through("other"), wrong_amount(paid("A"))]);
    assert_eq!(
        odd.payments,
        order().hears([wrong_amount(paid("A"))]).payments,
        "its refund goes through its own account"
    );
    let asked = order().hears([paid("A").through("other"), paid("A").asked(2)]);
    assert_eq!(asked.roles(), [Role::Kept], "an answer mends as a notification does");
}

#[test]
fn payment_that_a_person_decided_about_is_not_mended() {
    for (decision, role) in [(Decision::Accept, Role::Kept), (Decision::Return, Role::Extra)] {
        let decided = order().hears([paid("A").through("other")]).resolved(&resolution(HoldWord::OddPayment, decision));
        assert_eq!(decided.roles(), [role]);
        let heard = decided.hears([paid("A")]);
        assert_eq!((heard.roles(), &heard.payments[0].account), (vec![role], &account("main")), "{decision:?}");
        assert_eq!(attempt(&heard).0, AttemptState::Paid, "nothing is left to be closed");
    }
    let wish = RefundRequest { trade_no: Some(trade("A")), ..wish("k", Some(5)) };
    let refunded = order().hears([paid("A").through("other")]).gives_back(&wish);
    let heard = refunded.hears([paid("A")]);
    assert_eq!((heard.roles(), attempt(&heard).0), (vec![Role::Odd], AttemptState::Paid));
}

#[test]
fn payment_is_late_by_when_the_buyer_paid() {
    let at = |paid_at| paid_so("A", cny(PRICE), paid_at);
    for (name, why, paid_at, role_when_late_goes_back) in [
        ("in the last second", None, END, Role::Kept),
        ("paid later", None, END + 1, Role::Extra),
        ("heard after the end, paid in time", Some(Why::Expired), END, Role::Kept),
        ("paid after the end", Some(Why::Expired), END + 1, Role::Extra),
        ("its buyer had cancelled", Some(Why::User), 1, Role::Extra),
        ("the team had cancelled", Some(Why::Admin), 1, Role::Extra),
    ] {
        for (policy, role) in [(Policy::default(), Role::Kept), (late_goes_back(), role_when_late_goes_back)] {
            let order = order_under(policy);
            let order = if let Some(why) = why { order.ended(why) } else { order };
            let order = order.and(|order| order.settle(&at(paid_at), minute(END + 60)));
            assert_eq!(order.roles(), [role], "{name}: {:?}", policy.late);
        }
    }
}

#[test]
fn payment_of_an_unknown_attempt_adds_that_attempt() {
    let order = order().hears([paid("A").of(7).through("other")]);
    let brought = order.attempt(n(7)).unwrap();
    assert_eq!((brought.state, &brought.account), (AttemptState::Paid, &account("other")));
    assert_eq!(attempt(&order).0, AttemptState::Open);
    let nothing = super::order();
    assert_eq!(super::order().hears([closed(true).of(7), says(Says::Processing).of(7)]), nothing);
}

#[test]
fn attempt_that_we_began_ignores_reports_through_another_account() {
    for report in [
        paid("A"),
        says(Says::Processing),
        says(Says::Failed).asked(LAST),
        says(Says::NotPaid).asked(LAST),
        closed(true),
    ] {
        let strange = order().hears([report.clone().through("other")]);
        assert_eq!(strange.attempts, order().attempts, "{report:?}");
        assert_ne!(order().hears([report.clone()]).attempts, order().attempts, "{report:?}");
    }
    let odd = order().hears([paid("A").through("other")]);
    assert_eq!((odd.roles(), odd.status()), (vec![Role::Odd], Status::Pending));
    assert!(!odd.attempt(n(1)).unwrap().heard_of);
    let heard = order().hears([paid("A").of(7)]);
    let heard = heard.attempt(n(7)).unwrap();
    assert!(heard.heard_of && heard.listens_to(&account("other")));
}

#[test]
fn attempts_only_move_up() {
    let words = [says(Says::Processing), says(Says::Failed), closed(false), paid("A")];
    let states = [AttemptState::Processing, AttemptState::Failed, AttemptState::Closed, AttemptState::Paid];
    for (i, first) in words.iter().enumerate() {
        for (j, second) in words.iter().enumerate() {
            let order = order().hears([first.clone(), second.clone()]);
            assert_eq!(attempt(&order).0, states[i.max(j)], "{first:?}, {second:?}");
        }
    }
    for quiet in [Says::NotPaid, Says::Unknown] {
        assert_eq!(order().hears([says(quiet)]), order());
    }
}

#[test]
fn refunds_and_disputes_only_move_up() {
    use RefundWord::{Abnormal, Failed, NoBalance, Processing, Succeeded, Unclear};
    let words = [Processing, Abnormal, Succeeded, Failed];
    let states = [RefundState::Processing, RefundState::Abnormal, RefundState::Succeeded, RefundState::Failed];
    for (i, first) in words.into_iter().enumerate() {
        for (j, second) in words.into_iter().enumerate() {
            let say = |word| refund_says(theirs("x"), "A", 5, word);
            let order = order().hears([paid("A"), say(first), say(Unclear), say(second), say(NoBalance)]);
            let refund = order.refunds.first().unwrap();
            assert_eq!(refund.state, states[i.max(j)], "{first:?}, {second:?}");
            assert_eq!(refund.ever_succeeded, [first, second].contains(&Succeeded), "{first:?}, {second:?}");
        }
    }
    let states = [DisputeState::Opened, DisputeState::Won, DisputeState::Lost];
    for first in states {
        for second in states {
            let order = order().hears([dispute("A", 5, first), paid("A"), dispute("A", 5, second)]);
            assert_eq!(order.disputes.first().unwrap().state, first.max(second), "{first:?}, {second:?}");
        }
    }
}

#[test]
fn refund_that_is_not_accepted_keeps_its_state_and_notes_the_lacking_balance() {
    let mut order = order().hears([paid("A")]).gives_back(&wish("k", None));
    for (word, state, no_balance) in [
        (RefundWord::NoBalance, RefundState::Requested, true),
        (RefundWord::Unclear, RefundState::Requested, false),
        (RefundWord::NoBalance, RefundState::Requested, true),
        (RefundWord::Processing, RefundState::Processing, false),
        (RefundWord::NoBalance, RefundState::Processing, false),
    ] {
        order = order.hears([refund_says(ours(1), "A", PRICE, word)]);
        let refund = order.refund_of_ours(r(1)).unwrap();
        assert_eq!((refund.state, refund.no_balance), (state, no_balance), "{word:?}");
    }
    for word in [RefundWord::Unclear, RefundWord::NoBalance] {
        assert_eq!(super::order().hears([refund_says(theirs("x"), "A", 1, word)]), super::order(), "{word:?}");
    }
}

#[test]
fn attempt_is_final_when_promised_or_denied_five_minutes_after_its_end() {
    let denials = [says(Says::NotPaid), says(Says::Failed), closed(false)];
    for denial in denials {
        for (asked, is_final) in [(Some(END), false), (Some(LAST - 1), false), (Some(LAST), true), (None, false)] {
            let report = asked.map_or(denial.clone(), |at| denial.clone().asked(at));
            let (state, promised) = attempt(&order().hears([report.clone()]));
            assert_eq!(promised, is_final, "{denial:?} asked {asked:?}");
            assert!(!is_final || state == AttemptState::Closed, "{denial:?} asked {asked:?}: {state:?}");
            let paid = order().hears([paid("A"), report]);
            assert_eq!(attempt(&paid).0, AttemptState::Paid, "money is more than its denial");
        }
        let endless = order_of(Policy::default(), None, None);
        assert!(!attempt(&endless.hears([denial.asked(END + 99)])).1);
    }
    assert_eq!(attempt(&order().hears([closed(true)])), (AttemptState::Closed, true));
    assert_eq!(attempt(&order().hears([says(Says::Unknown).asked(LAST)])), (AttemptState::Open, false));
}

#[test]
fn report_before_its_payment_counts_when_the_payment_comes() {
    for early in [went_back("x", "A", 70), in_all("A", cny(70)), dispute("A", 70, DisputeState::Lost)] {
        let order = order().hears([early.clone(), paid("A")]);
        assert_eq!(order.refunded_amount(), cny(70), "{early:?}");
    }
    let opened = dispute("A", 70, DisputeState::Opened);
    for early in [unclear("A"), opened] {
        let order = order().hears([early.clone(), paid("A")]);
        assert_eq!(order.fulfilment(), Fulfilment::Withheld, "{early:?}");
    }
}

#[test]
fn report_taken_in_twice_changes_nothing() {
    for report in [
        paid("A"),
        paid("A").of(7),
        says(Says::NotPaid).asked(LAST),
        says(Says::Processing),
        says(Says::Failed),
        closed(true),
        went_back("x", "A", 1),
        refund_says(theirs("x"), "A", 1, RefundWord::Failed),
        in_all("A", cny(1)),
        unclear("A"),
        dispute("A", 1, DisputeState::Lost),
    ] {
        let mut order = order();
        assert!(order.settle(&report, minute(2)), "{report:?}");
        let once = order.clone();
        assert!(!order.settle(&report, minute(9)), "{report:?}");
        assert_eq!(order, once, "{report:?}");
    }
}

#[test]
fn every_report_that_changes_an_order_is_told_as_a_change() {
    let closed_before = || order().hears([closed(false)]);
    let missed = || order().silent(&Subject::Attempt(n(1)), 1);
    let asked = || bought().given().gives_back(&wish("key", None));
    let word = |word| refund_says(ours(1), "A", PRICE, word);
    let poor = || asked().hears([word(RefundWord::NoBalance)]);
    for (name, mut order, report) in [
        ("closed", order(), closed(false)),
        ("closed, at the end", order(), closed(false).asked(LAST)),
        ("closed for good, at the end", order(), closed(true).asked(LAST)),
        ("failed", order(), says(Says::Failed)),
        ("failed, at the end", order(), says(Says::Failed).asked(LAST)),
        ("closed before, denied at the end", closed_before(), says(Says::NotPaid).asked(LAST)),
        ("closed before, then for good", closed_before(), closed(true)),
        ("closed after a silence", missed(), closed(false).asked(2)),
        ("a refund under way", asked(), word(RefundWord::Processing)),
        ("a refund without balance", asked(), word(RefundWord::NoBalance)),
        ("no balance, then under way", poor(), word(RefundWord::Processing)),
        ("no balance, then done", poor(), word(RefundWord::Succeeded)),
        ("failed, then done all the same", asked().hears([word(RefundWord::Failed)]), word(RefundWord::Succeeded)),
    ] {
        let before = order.clone();
        assert!(order.settle(&report, minute(LAST)), "{name}: it would not be saved");
        assert_ne!(order, before, "{name}");
    }
}

#[test]
fn unanswered_questions_are_counted_and_reset_by_an_answer() {
    let mut order = order().hears([paid("A"), refund_says(theirs("x"), "A", 1, RefundWord::Processing)]);
    let counts = |order: &Order| (order.attempt(n(1)).unwrap().unanswered, order.refunds.first().unwrap().unanswered);
    for changed in [true, true, true, true, true, false] {
        assert_eq!(order.unanswered(&Subject::Attempt(n(1))), changed);
        assert_eq!(order.unanswered(&Subject::Refund(theirs("x"))), changed);
    }
    assert_eq!(counts(&order), (5, 5));
    assert!(!order.settle(&says(Says::Unknown), minute(2)), "a push answers no question");
    assert!(order.settle(&says(Says::Unknown).asked(2), minute(2)));
    assert_eq!(counts(&order), (0, 5));
    order = order.silent(&Subject::Attempt(n(1)), 2);
    for beside in [in_all("A", cny(1)), unclear("A"), dispute("A", 1, DisputeState::Won)] {
        order.settle(&beside.asked(2), minute(2));
        assert_eq!(counts(&order), (2, 5), "that is no answer about the attempt");
    }
    assert!(order.settle(&says(Says::NotPaid).asked(2), minute(2)));
    assert_eq!(counts(&order), (0, 5));
    assert!(order.settle(&refund_says(theirs("x"), "A", 1, RefundWord::Unclear).asked(2), minute(2)));
    assert_eq!(counts(&order), (0, 0));
    assert!(!order.unanswered(&Subject::Attempt(n(9))) && !order.unanswered(&Subject::Refund(ours(9))));
}

#[test]
fn reports_have_each_effect_that_a_mutant_breaks() {
    let heard = |reports: Vec<Report>| order().hears(reports);
    assert!(!attempt(&heard(vec![closed(false)])).1);
    assert_eq!(heard(vec![paid_so("A", cny(PRICE), END + 1)]).payments.len(), 1);
    assert_eq!(heard(vec![paid("A").of(7)]).payments.len(), 1);
    assert_eq!(heard(vec![paid("A"), paid("A")]).payments.len(), 1);
    assert_eq!(heard(vec![says(Says::Unknown)]).payments.len(), 0);
    assert_eq!(heard(vec![paid_so("A", cny(1), 1)]).roles(), [Role::Odd]);
    assert_eq!(heard(vec![paid("A"), paid("B")]).roles(), [Role::Kept, Role::Extra]);
    let strict = order_under(Policy { late: LatePolicy::Refund, ..Policy::default() });
    assert_eq!(strict.and(|order| order.settle(&paid("A"), minute(END + 1))).roles(), [Role::Kept]);
    let early = heard(vec![went_back("x", "A", 1), dispute("A", 1, DisputeState::Opened), paid("A")]);
    assert_eq!((early.refunds.len(), early.disputes.len()), (1, 1));
}

#[test]
fn states_do_not_move_down() {
    let highest = [closed(false), went_back("x", "A", 1), dispute("A", 1, DisputeState::Lost)];
    let lower = refund_says(theirs("x"), "A", 1, RefundWord::Processing);
    let order = order().hears(highest);
    let order = order.hears([says(Says::Processing), lower, dispute("A", 1, DisputeState::Opened)]);
    assert_eq!(attempt(&order).0, AttemptState::Closed);
    assert_eq!(order.refunds.first().unwrap().state, RefundState::Succeeded);
    assert_eq!(order.disputes.first().unwrap().state, DisputeState::Lost);
}
