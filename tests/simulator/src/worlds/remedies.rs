//! Small worlds about what the team completes by hand: payments by an admin's word, and payments without an order.

use till_domain::order::{Decision, HoldWord};

use super::{CANCEL, FIRST, May, NATIVE, PAY, QR, SECOND, SUCCEEDS, SmallWorld, made, points, refund, resolve, world};
use crate::act::{Act, Fate, Job, Part, Pay, Statement, Twin};

fn complete(stated: Statement) -> Job {
    Job::Complete { order: FIRST, attempt: 1, stated, key: 0 }
}

/// A payment is stated of an order while its provider is silent.
fn stated(method: till_domain::provider::Method, stated: Statement) -> Vec<Act> {
    let mut acts = made(FIRST, points(method));
    // Reads go through at once, so its first step is the question, which is asked in vain.
    acts.extend([Act::Start(3, complete(stated)), Act::Step(3, 0, Fate::Before), Act::Run(3, 40)]);
    acts
}

pub(super) fn statements() -> Vec<SmallWorld> {
    vec![
        world(
            "completed by hand",
            "an order whose provider may not answer, while its buyer pays or does not",
            made(FIRST, points(NATIVE)),
            &[(May::Ask(complete(Statement::True)), 2), (PAY, 1), (May::Unheard, 2), (May::Tick, 1)],
        ),
        world(
            "a false statement",
            "of a payment that comes later, as asked or by another amount, beside another attempt, or never",
            stated(QR, Statement::MadeUp),
            &[
                (PAY, 1),
                (May::Pay(Pay::WrongAmount), 1),
                (May::Tick, 2),
                (resolve(HoldWord::StatedDenied, Decision::Return), 1),
                (resolve(HoldWord::StatedDenied, Decision::Clear), 1),
                (SUCCEEDS, 1),
            ],
        ),
        world(
            "a statement and a refund",
            "which must wait until the provider has confirmed the payment",
            stated(QR, Statement::MadeUp),
            &[(PAY, 1), (refund(0, Part::Rest, false), 1), (May::Tick, 1), (SUCCEEDS, 1)],
        ),
        world(
            "a twin beside a statement",
            "a true payment that other accounts announce too, while another number is stated",
            stated(QR, Statement::MadeUp),
            &[(PAY, 1), (May::Twin(Twin::Other), 1), (May::Twin(Twin::Third), 1), (May::Tick, 1)],
        ),
        world(
            "stated and paid twice",
            "by the attempt that was stated and by a later one",
            {
                let mut acts = made(FIRST, points(QR));
                acts.extend([Act::Start(4, Job::Retry { order: FIRST, method: Some(NATIVE) }), Act::Run(4, 40)]);
                acts
            },
            &[
                (May::Ask(complete(Statement::MadeUp)), 1),
                (PAY, 2),
                (May::Unheard, 1),
                (resolve(HoldWord::StatedPayment, Decision::Return), 1),
                (SUCCEEDS, 1),
            ],
        ),
    ]
}

pub(super) fn orphans() -> Vec<SmallWorld> {
    let settle = |order, key| May::Ask(Job::SettleOrphan { order, orphan: 0, key });
    vec![
        world(
            "an orphan settled",
            "to an order that its buyer pays too, with calls that are lost",
            made(FIRST, points(NATIVE)),
            &[(May::Stranger, 1), (settle(FIRST, 0), 2), (PAY, 1), (May::Unheard, 1)],
        ),
        world(
            "an orphan refunded",
            "on the provider's platform, in part or as a whole, before and after it is settled to an order",
            made(FIRST, points(QR)),
            &[
                (May::Lost, 1),
                (May::Outside(Part::Half), 1),
                (May::Outside(Part::Rest), 1),
                (settle(FIRST, 0), 1),
                (May::Unheard, 1),
            ],
        ),
        world(
            "settled and cancelled",
            "a payment without an order, settled to one that its buyer cancels or lets expire",
            made(FIRST, points(NATIVE)),
            &[(May::Stranger, 1), (settle(FIRST, 0), 1), (CANCEL, 1), (May::Tick, 1)],
        ),
        world(
            "settled to two orders",
            "by two people at once: one of them is refused",
            {
                let mut acts = made(FIRST, points(NATIVE));
                acts.extend(made(SECOND, points(NATIVE)));
                acts
            },
            &[(May::Stranger, 1), (settle(FIRST, 0), 1), (settle(SECOND, 1), 1)],
        )
        .with_twins(),
    ]
}
