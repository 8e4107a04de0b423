//! Small worlds about money that goes back: refunds of every kind, returns, disputes.

use till_domain::order::{Decision, HoldWord};

use super::{
    ABNORMAL, CHECKOUT, FAILS, FIRST, May, NATIVE, PAY, QR, SUCCEEDS, SmallWorld, UNDONE, granted, made, points,
    refund, resolve, world,
};
use crate::act::{Act, Job, Part};
use crate::providers::Mood;

/// Refunds that people order.
pub(super) fn by_hand() -> Vec<SmallWorld> {
    vec![
        world(
            "refunds",
            "in part and wholly, with one that fails",
            granted(FIRST, points(NATIVE), 0, 0),
            &[
                (refund(0, Part::Half, false), 1),
                (refund(1, Part::Rest, false), 1),
                (refund(2, Part::Half, true), 1),
                (SUCCEEDS, 2),
                (FAILS, 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "a poor merchant",
            "whose balance at the provider is too small, or whose refund is refused",
            granted(FIRST, points(QR), 0, 0),
            &[
                (refund(0, Part::Half, false), 1),
                (refund(1, Part::Rest, false), 1),
                (May::Mood(Mood::Poor), 1),
                (May::Mood(Mood::Refusing), 1),
                (May::Tick, 2),
            ],
        ),
        world(
            "unclear refund",
            "a provider that says nothing certain, or does not answer",
            granted(FIRST, points(NATIVE), 0, 0),
            &[
                (refund(0, Part::Half, false), 1),
                (refund(1, Part::Rest, false), 1),
                (May::Mood(Mood::Unclear), 1),
                (May::Unheard, 1),
                (SUCCEEDS, 2),
                (May::Tick, 1),
            ],
        ),
        world(
            "abnormal refund",
            "a refund that wants a person, and what a person does",
            granted(FIRST, points(NATIVE), 0, 0),
            &[
                (refund(0, Part::Rest, false), 1),
                (ABNORMAL, 1),
                (SUCCEEDS, 1),
                (FAILS, 1),
                (resolve(HoldWord::RefundAbnormal, Decision::Clear), 1),
                (May::Tick, 2),
                (May::Unheard, 1),
            ],
        ),
        world(
            "refund undone",
            "a refund that fails after its success, and goods that are granted again",
            granted(FIRST, points(CHECKOUT), 0, 0),
            &[
                (refund(0, Part::Rest, false), 1),
                (refund(1, Part::Rest, false), 1),
                (SUCCEEDS, 2),
                (UNDONE, 1),
                (resolve(HoldWord::RefundFailed, Decision::Accept), 1),
                (resolve(HoldWord::RefundFailed, Decision::Clear), 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "running totals",
            "a provider that says how much is back in all: our refunds and others",
            granted(FIRST, points(QR), 0, 0),
            &[
                (refund(0, Part::Half, false), 1),
                (refund(1, Part::Rest, false), 1),
                (May::Outside(Part::Half), 1),
                (May::Unheard, 1),
                (May::Mood(Mood::Unclear), 1),
                (May::Tick, 1),
            ],
        ),
    ]
}

/// Automatic returns, and refunds made elsewhere.
pub(super) fn by_itself() -> Vec<SmallWorld> {
    vec![
        world(
            "unclear amount",
            "money given back on the platform before we heard of the payment",
            made(FIRST, points(NATIVE)),
            &[
                (PAY, 1),
                (May::Outside(Part::Half), 1),
                (May::Outside(Part::Rest), 1),
                (resolve(HoldWord::RefundUnclear, Decision::Clear), 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Tick, 3),
            ],
        ),
        world(
            "extra payment",
            "a second payment goes back, though its refund fails at first and part of it went back elsewhere",
            {
                let mut acts = granted(FIRST, points(QR), 0, 0);
                acts.extend([Act::Stranger(Some(FIRST))]);
                acts
            },
            &[
                (SUCCEEDS, 2),
                (FAILS, 1),
                (May::Mood(Mood::Refusing), 1),
                (May::Outside(Part::Half), 1),
                (May::Tick, 2),
                (May::Unheard, 1),
            ],
        ),
        world(
            "a silent webhook",
            "a dispute that only the account's list tells of, decided long after it was listed first",
            {
                let mut acts = granted(FIRST, points(CHECKOUT), 0, 0);
                acts.push(Act::Dispute(FIRST));
                for worker in [3, 4] {
                    let ask = Act::Start(worker, Job::AskDisputes { other: false });
                    acts.extend([ask, Act::Run(worker, 40), Act::Pass(7_200)]);
                }
                acts
            },
            &[
                (May::EndDispute(true), 1),
                (May::EndDispute(false), 1),
                (May::Ask(Job::AskDisputes { other: false }), 2),
                (May::Unheard, 1),
                (May::Tick, 1),
            ],
        )
        .with_twins(),
        world(
            "dispute",
            "opened, won and lost, before the goods, after them, and beside a refund",
            made(FIRST, points(CHECKOUT)),
            &[
                (PAY, 1),
                (May::Dispute, 1),
                (May::EndDispute(true), 1),
                (May::EndDispute(false), 1),
                (refund(0, Part::Half, false), 1),
                (SUCCEEDS, 1),
                (May::Tick, 1),
            ],
        ),
    ]
}
