//! The order in which reports come, and how often, makes no difference to the money.

use std::collections::BTreeSet;

use proptest::prelude::*;
use till_domain::currency::Currency;
use till_domain::money::Money;
use till_domain::order::{About, AttemptState, By, Duty, Hold, Order, RefundRequest, Report, Says, Why};

use crate::cases;
use crate::world::{
    END, PRICE, START, account, at, attempt_no, attempt_words, cny, dispute_no, dispute_states, order, policies,
    refund_id, refund_words, trade, wish,
};

/// What had happened before the reports came.
#[derive(Clone, Copy, Debug)]
enum Before {
    Nothing,
    Cancelled(Why),
    Kept,
    Granted,
}

fn befores() -> impl Strategy<Value = Before> {
    prop::sample::select(vec![
        Before::Nothing,
        Before::Cancelled(Why::User),
        Before::Cancelled(Why::Expired),
        Before::Kept,
        Before::Granted,
    ])
}

fn report(attempt: u8, through: &str, says: Says) -> Report {
    Report { attempt: attempt_no(attempt), account: account(through), asked_at: None, says }
}

fn sold(trade_no: u8) -> Report {
    report(
        1,
        "main",
        Says::Paid { trade_no: trade(trade_no), amount: cny(PRICE), paid_at: at(START + 60), buyer: None },
    )
}

fn begin(order: &mut Order, before: Before, second_ends: bool) {
    match before {
        Before::Nothing => {}
        Before::Cancelled(why) => {
            // What has no end of its own is closed for good, or not at all.
            for (n, for_good) in [(1, false), (2, !second_ends)] {
                order.settle(&report(n, "main", Says::Closed { for_good }), at(END));
            }
            order.cancel(why, By::Till, at(END)).unwrap();
        }
        Before::Kept | Before::Granted => {
            order.settle(&sold(0), at(START + 60));
            if matches!(before, Before::Granted) {
                order.grant(1, at(START + 60)).unwrap();
            }
            for (key, minor, revoke) in [(0, 100, false), (1, 200, true)] {
                order.refund(&RefundRequest { revoke, ..wish(key, Some(cny(minor))) }, at(START + 60)).unwrap();
            }
        }
    }
}

fn accounts() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["main", "main", "other"])
}

/// Payments: each comes by one attempt (the seventh is not known), through any account, with one amount, at one time.
fn payments() -> impl Strategy<Value = Vec<Report>> {
    let of = (prop::sample::select(vec![1, 2, 7, 7]), accounts());
    let amounts = [cny(PRICE), cny(PRICE), cny(PRICE - 1), Money::new(PRICE, Currency::USD).unwrap()];
    let one = (of, prop::sample::select(amounts.to_vec()), prop::sample::select(vec![START + 60, END, END + 1]));
    prop::collection::vec(one, 0..4).prop_map(|payments| {
        let numbered = (0_u8..).zip(payments);
        numbered
            .map(|(no, ((attempt, through), amount, paid_at))| {
                let says = Says::Paid { trade_no: trade(no), amount, paid_at: at(paid_at), buyer: None };
                report(attempt, through, says)
            })
            .collect()
    })
}

/// The same payments, some of them also through the other account: two of ours that stand behind one at the provider.
fn twins() -> impl Strategy<Value = Vec<Report>> {
    (payments(), prop::collection::vec(any::<bool>(), 4)).prop_map(|(payments, are_twins)| {
        let through = |report: &Report, name| Report { account: account(name), ..report.clone() };
        let both = |(report, is_twin): (&Report, bool)| {
            if is_twin { vec![through(report, "main"), through(report, "other")] } else { vec![report.clone()] }
        };
        payments.iter().zip(are_twins).flat_map(both).collect()
    })
}

/// What became of refunds: each is of one payment (perhaps one we never hear of) and of one amount.
fn refunds() -> impl Strategy<Value = Vec<Report>> {
    let one = (0..4_u8, 1..=PRICE, prop::collection::vec(refund_words(), 1..4));
    prop::collection::vec(one, 0..5).prop_map(|refunds| {
        let numbered = (0_u8..).zip(refunds);
        let said = numbered.flat_map(|(no, (of, minor, words))| {
            words.into_iter().map(move |word| {
                let (id, trade_no) = (refund_id(no), trade(of));
                report(1, "main", Says::Refund { id, trade_no, amount: cny(minor), word })
            })
        });
        said.collect()
    })
}

fn disputes() -> impl Strategy<Value = Vec<Report>> {
    let one = (0..4_u8, 1..=PRICE, prop::collection::vec(dispute_states(), 1..3));
    prop::collection::vec(one, 0..3).prop_map(|disputes| {
        let numbered = (0_u8..).zip(disputes);
        let said = numbered.flat_map(|(no, (of, minor, states))| {
            states.into_iter().map(move |state| {
                let (no, trade_no) = (dispute_no(no), trade(of));
                report(1, "main", Says::Dispute { no, trade_no, amount: cny(minor), state })
            })
        });
        said.collect()
    })
}

fn totals() -> impl Strategy<Value = Vec<Report>> {
    let currency = prop_oneof![5 => Just(Currency::CNY), 1 => Just(Currency::USD)];
    let one = (0..4_u8, prop::option::of((0..=PRICE, currency))).prop_map(|(of, total)| {
        let trade_no = trade(of);
        let says = match total {
            Some((minor, currency)) => Says::BackInAll { trade_no, amount: Money::new(minor, currency).unwrap() },
            None => Says::BackUnclear { trade_no },
        };
        report(1, "main", says)
    });
    prop::collection::vec(one, 0..4)
}

fn attempts() -> impl Strategy<Value = Vec<Report>> {
    let asked = prop::option::of(prop::sample::select(vec![at(START + 60), at(END + 601)]));
    let one = (prop::sample::select(vec![1, 2, 7]), accounts(), attempt_words(), asked);
    let one = one.prop_map(|(n, through, says, asked_at)| Report { asked_at, ..report(n, through, says) });
    prop::collection::vec(one, 0..5)
}

/// A set of reports, once in some order, and twice in another.
fn permuted() -> impl Strategy<Value = (Vec<Report>, Vec<Report>)> {
    let sets = (payments(), refunds(), disputes(), totals(), attempts());
    sets.prop_flat_map(|(payments, refunds, disputes, totals, attempts)| {
        let all = [payments, refunds, disputes, totals, attempts].concat();
        let twice = [all.clone(), all.clone()].concat();
        (Just(all).prop_shuffle(), Just(twice).prop_shuffle())
    })
}

fn heard(mut order: Order, reports: &[Report]) -> Order {
    for (i, report) in (0..).zip(reports) {
        order.settle(report, at(END + i * 60));
    }
    order
}

/// What must be the same: nothing in it depends on a place in a list.
fn essence(order: &Order) -> BTreeSet<String> {
    let payments = order.payments.iter().map(|payment| {
        let (back, reserved) = (order.back(payment), order.reserved(payment));
        format!("{} by {} is {:?}: {back:?}, {reserved:?}", payment.trade_no, payment.attempt, payment.role)
    });
    let attempts = order.attempts.iter().map(|attempt| {
        // Of one that was paid it says nothing.
        let is_final = attempt.is_final && attempt.state != AttemptState::Paid;
        format!("attempt {} {:?}, final: {is_final}", attempt.n, attempt.state)
    });
    let refunds = order.refunds.iter().map(|r| format!("{:?} {:?}, ever: {}", r.id, r.state, r.ever_succeeded));
    let disputes = order.disputes.iter().map(|dispute| format!("{} {:?}", dispute.no, dispute.state));
    let holds = order.holds().into_iter().map(|hold| hold_name(order, hold));
    let duties = order.duties().into_iter().map(|(duty, when)| format!("{} {when:?}", duty_name(order, duty)));
    let words = format!("{} {}", order.status(), order.fulfilment());
    let all = payments.chain(attempts).chain(refunds).chain(disputes).chain(holds).chain(duties);
    all.chain([words]).collect()
}

fn refund_name(order: &Order, place: u16) -> String {
    format!("{:?}", order.refunds[usize::from(place)].id)
}

fn hold_name(order: &Order, hold: Hold) -> String {
    let about = match hold.about {
        About::Refund(i) => refund_name(order, i),
        About::Dispute(i) => order.disputes[usize::from(i)].no.to_string(),
        About::Attempt(n) => n.to_string(),
        About::Payment(_) | About::Round(_) | About::Revoke(_) => String::new(),
    };
    format!("{} of {:?} {about}", hold.word, order.trade_of(hold))
}

fn duty_name(order: &Order, duty: Duty) -> String {
    match duty {
        Duty::Return(i) => format!("Return {}", order.payments[usize::from(i)].trade_no),
        Duty::SendRefund(i) => format!("Send {}", refund_name(order, i)),
        Duty::AskRefund(i) => format!("Ask {}", refund_name(order, i)),
        other => format!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(cases(1_024))]

    #[test]
    fn order_and_repetition_of_reports_make_no_difference(
        policy in policies(),
        second_ends: bool,
        before in befores(),
        (once, twice) in permuted(),
    ) {
        let mut order = order(policy, second_ends);
        begin(&mut order, before, second_ends);
        let (once, twice) = (heard(order.clone(), &once), heard(order, &twice));
        let kept = |order: &Order| order.kept().map(|payment| payment.trade_no.clone());
        prop_assert_eq!(kept(&once).is_some(), kept(&twice).is_some(), "whether a payment is kept");
        if kept(&once) == kept(&twice) {
            prop_assert_eq!(essence(&once), essence(&twice));
        }
    }

    /// Which of two accounts reports a payment first makes no difference, as long as no money of it went back.
    #[test]
    fn order_of_the_reports_of_two_accounts_makes_no_difference(
        policy in policies(),
        second_ends: bool,
        (once, twice) in (twins(), disputes(), attempts()).prop_flat_map(|(twins, disputes, attempts)| {
            let all = [twins, disputes, attempts].concat();
            let twice = [all.clone(), all.clone()].concat();
            (Just(all).prop_shuffle(), Just(twice).prop_shuffle())
        }),
    ) {
        let order = order(policy, second_ends);
        let (once, twice) = (heard(order.clone(), &once), heard(order, &twice));
        let kept = |order: &Order| order.kept().map(|payment| payment.trade_no.clone());
        prop_assert_eq!(kept(&once).is_some(), kept(&twice).is_some(), "whether a payment is kept");
        if kept(&once) == kept(&twice) {
            prop_assert_eq!(essence(&once), essence(&twice));
        }
    }

    /// With one kept before, it is the same choice every time: nothing is left to chance.
    #[test]
    fn order_of_reports_makes_no_difference_after_a_kept_payment(
        policy in policies(),
        second_ends: bool,
        (once, twice) in permuted(),
    ) {
        let first = heard(order(policy, second_ends), &[sold(9)]);
        prop_assert_eq!(essence(&heard(first.clone(), &once)), essence(&heard(first, &twice)));
    }
}
