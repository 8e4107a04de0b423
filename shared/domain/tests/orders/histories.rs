//! What holds after every step of any history, at any time, with any amounts: nothing panics, and no rule breaks.

use proptest::prelude::*;
use till_domain::order::{AttemptState, By, Order, Payment, RefundState, Role};
use till_domain::time::Seconds;

use crate::cases;
use crate::world::{Step, at, order, policies, reports, steps, times};

/// What an order may have become by one step.
fn assert_may_become(before: &Order, after: &Order) -> Result<(), TestCaseError> {
    prop_assert!(before.status().may_become(after.status()), "{} to {}", before.status(), after.status());
    for attempt in &before.attempts {
        let now = after.attempt(attempt.n).unwrap();
        prop_assert!(now.state >= attempt.state, "{:?} to {:?}", attempt, now);
        prop_assert!(now.is_final >= attempt.is_final && now.account == attempt.account);
    }
    for (refund, now) in before.refunds.iter().zip(&after.refunds) {
        prop_assert_eq!((&now.id, &now.trade_no, now.amount), (&refund.id, &refund.trade_no, refund.amount));
        prop_assert!(now.state >= refund.state && now.ever_succeeded >= refund.ever_succeeded);
    }
    for (dispute, now) in before.disputes.iter().zip(&after.disputes) {
        prop_assert!(now.no == dispute.no && now.state >= dispute.state);
    }
    for (payment, now) in before.payments.iter().zip(&after.payments) {
        if now.account == payment.account {
            prop_assert_eq!(&Payment { role: payment.role, ..now.clone() }, payment);
        } else {
            let attempt = before.attempt(payment.attempt).unwrap();
            prop_assert!(attempt.listens_to(&now.account) && !attempt.listens_to(&payment.account), "{:?}", now);
            let touched = before.refunds.iter().any(|refund| refund.trade_no == payment.trade_no);
            let undecided = payment.role == Role::Odd && !touched;
            prop_assert!(undecided || (now.role, now.paid_at) == (payment.role, payment.paid_at), "{:?}", now);
            prop_assert_eq!((&now.trade_no, now.amount), (&payment.trade_no, payment.amount));
        }
        prop_assert!(now.role == payment.role || payment.role == Role::Odd, "{:?} to {:?}", payment.role, now.role);
    }
    let lists = |order: &Order| [order.attempts.len(), order.payments.len(), order.refunds.len(), order.timeline.len()];
    prop_assert!(
        lists(before).iter().zip(lists(after)).all(|(before, after)| *before <= after),
        "nothing is forgotten"
    );
    Ok(())
}

/// What is true of every order.
fn assert_sound(order: &Order) -> Result<(), TestCaseError> {
    let kept = order.payments.iter().filter(|payment| payment.role == Role::Kept).count();
    prop_assert!(kept <= 1, "{} payments are kept", kept);
    for payment in &order.payments {
        let (back, reserved) = (order.back(payment), order.reserved(payment));
        prop_assert!(back.minor() <= reserved.minor() && reserved.minor() <= payment.amount.minor());
        let decided_here = order.refunds.iter().filter(|refund| {
            refund.trade_no == payment.trade_no && refund.by != By::Provider && refund.state != RefundState::Failed
        });
        let sum: u64 = decided_here.map(|refund| refund.amount.minor()).sum();
        prop_assert!(sum <= payment.amount.minor(), "{} of {:?} were ordered back", sum, payment.amount);
    }
    let money = !order.payments.is_empty()
        || !order.refunds.is_empty()
        || !order.disputes.is_empty()
        || !order.figures.is_empty();
    prop_assert!(!money || order.delete_at(Seconds::days(90)).is_none(), "money is never deleted");
    for attempt in order.attempts.iter().filter(|attempt| attempt.state == AttemptState::Paid) {
        let its_own = |payment: &Payment| payment.attempt == attempt.n && attempt.listens_to(&payment.account);
        prop_assert!(order.payments.iter().any(its_own), "{:?}", attempt);
    }
    prop_assert_eq!(order.untold().is_empty(), !order.owes(till_domain::order::Duty::Alarm));
    Ok(())
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn history_breaks_no_rule_at_any_step(
        policy in policies(),
        second_ends: bool,
        history in prop::collection::vec((steps(), times()), 0..40),
    ) {
        let mut order = order(policy, second_ends);
        for (step, now) in history {
            let before = order.clone();
            let result = step.take(&mut order, now);
            if let Err(refusal) = result {
                prop_assert_eq!(&order, &before, "refused ({:?}), it changes nothing", refusal);
            }
            assert_may_become(&before, &order)?;
            assert_sound(&order)?;
            if let Step::Hear(report) = &step {
                let standing = |order: &Order| {
                    let attempt = order.attempt(report.attempt);
                    attempt.map(|attempt| (attempt.state, attempt.is_final))
                };
                let deaf = before.attempt(report.attempt).is_some_and(|a| !a.listens_to(&report.account));
                prop_assert!(!deaf || standing(&before) == standing(&order), "{:?} is heard", report);
                let mut told = before.clone();
                let changed = told.settle(report, now);
                prop_assert_eq!(changed, told != before, "only what is told as a change is saved: {:?}", report);
                let once = order.clone();
                prop_assert!(!order.settle(report, now), "{:?} changes something twice", report);
                prop_assert_eq!(&order, &once);
            }
        }
    }

    #[test]
    fn repeated_report_changes_nothing_later(
        policy in policies(),
        history in prop::collection::vec(reports(), 0..12),
        again: prop::sample::Index,
    ) {
        let mut order = order(policy, true);
        for report in &history {
            order.settle(report, at(0));
        }
        if let Some(report) = history.get(again.index(history.len().max(1))) {
            order.settle(report, at(0));
            let once = order.clone();
            prop_assert!(!order.settle(report, at(9)));
            prop_assert_eq!(order, once);
        }
    }
}
