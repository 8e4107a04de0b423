//! Small worlds about paying: one attempt or several, in time or late, as asked or not.

use till_domain::order::{Decision, HoldWord, LatePolicy};
use till_domain::provider::Method;
use till_domain::time::Seconds;

use super::{
    CANCEL, CHECKOUT, FAILS, FIRST, May, NATIVE, PAY, QR, SUCCEEDS, SmallWorld, made, points, refund_of, resolve,
    retry, world,
};
use crate::act::{Job, Part, Pay, Twin};
use crate::providers::Mood;

pub(super) fn about_one() -> Vec<SmallWorld> {
    vec![
        world(
            "one payment",
            "an order from its creation on, with a lost answer and a call done twice",
            vec![],
            &[(May::Ask(points(NATIVE)), 1), (PAY, 1), (May::Tick, 3), (May::Unheard, 1), (May::Twice, 1)],
        )
        .with_twins(),
        SmallWorld {
            late: LatePolicy::Refund,
            ..world(
                "late payment",
                "money after the end, which goes back",
                made(FIRST, points(QR)),
                &[(PAY, 1), (CANCEL, 1), (May::Tick, 5), (SUCCEEDS, 1), (May::Unheard, 1)],
            )
        },
        world(
            "late and kept",
            "money after the end or a cancellation, which is kept",
            made(FIRST, points(QR)),
            &[(PAY, 1), (CANCEL, 1), (May::Tick, 5), (May::Unheard, 1)],
        ),
        world(
            "an intent",
            "a payment without an end of its own, which fails and may be tried again",
            made(FIRST, points(Method::StripeIntent)),
            &[
                (CANCEL, 1),
                (May::Process, 1),
                (May::EndProcess(true), 1),
                (May::EndProcess(false), 1),
                (PAY, 1),
                (May::Tick, 3),
                (May::Unheard, 1),
            ],
        ),
        world(
            "a declined payment",
            "on the provider's page, which may be paid all the same, or cancelled, or expire",
            made(FIRST, points(CHECKOUT)),
            &[(May::Decline, 1), (PAY, 1), (CANCEL, 1), (retry(CHECKOUT), 1), (May::Tick, 2)],
        ),
        world(
            "odd payment",
            "another amount and another account, accepted or returned",
            made(FIRST, points(QR)),
            &[
                (May::Pay(Pay::WrongAmount), 1),
                (May::Pay(Pay::WrongAccount), 1),
                (resolve(HoldWord::OddPayment, Decision::Accept), 1),
                (resolve(HoldWord::OddPayment, Decision::Return), 1),
                (PAY, 1),
                (May::Tick, 1),
            ],
        ),
    ]
}

/// What a buyer can do while a person looks at what was paid.
pub(super) fn about_odd() -> Vec<SmallWorld> {
    vec![
        world(
            "odd money held",
            "while its buyer wants another code, cancels, or lets the order expire, and a person decides",
            made(FIRST, points(NATIVE)),
            &[
                (May::Pay(Pay::WrongAmount), 1),
                (retry(NATIVE), 1),
                (CANCEL, 1),
                (resolve(HoldWord::OddPayment, Decision::Accept), 1),
                (May::Tick, 3),
            ],
        ),
        world(
            "odd money returned",
            "after which its buyer pays by another code, or cancels",
            made(FIRST, points(NATIVE)),
            &[
                (May::Pay(Pay::WrongAmount), 1),
                (retry(NATIVE), 1),
                (CANCEL, 1),
                (resolve(HoldWord::OddPayment, Decision::Return), 1),
                (PAY, 1),
            ],
        ),
    ]
}

/// Two accounts of ours behind one at the provider.
pub(super) fn about_twins() -> Vec<SmallWorld> {
    vec![
        world(
            "twin accounts",
            "a payment that other accounts announce too, before it is refunded, accepted, or kept beside another",
            made(FIRST, points(CHECKOUT)),
            &[(retry(CHECKOUT), 1), (PAY, 2), (May::Twin(Twin::Other), 1), (May::Twin(Twin::Third), 1), (May::Tick, 1)],
        ),
        world(
            "a twin's payment",
            "is decided about before the right account announces it",
            made(FIRST, points(NATIVE)),
            &[
                (PAY, 1),
                (May::Twin(Twin::Other), 1),
                (resolve(HoldWord::OddPayment, Decision::Accept), 1),
                (resolve(HoldWord::OddPayment, Decision::Return), 1),
                (SUCCEEDS, 1),
            ],
        ),
        world(
            "a twin's refund",
            "a payment that goes back in part before the right account announces it",
            made(FIRST, points(NATIVE)),
            &[(PAY, 1), (May::Twin(Twin::Other), 1), (refund_of(0, 0, Part::Half), 1), (SUCCEEDS, 1), (FAILS, 1)],
        ),
    ]
}

pub(super) fn about_several() -> Vec<SmallWorld> {
    vec![
        world(
            "two payments",
            "two attempts, both paid, one by a code that cannot be closed",
            made(FIRST, points(QR)),
            &[(retry(NATIVE), 1), (PAY, 2), (May::Tick, 3)],
        ),
        world(
            "processing",
            "an attempt that takes its time beside another that is paid",
            made(FIRST, points(CHECKOUT)),
            &[
                (retry(NATIVE), 1),
                (May::Process, 1),
                (May::EndProcess(true), 1),
                (May::EndProcess(false), 1),
                (PAY, 1),
                (May::Tick, 3),
            ],
        ),
        world(
            "a retry dies",
            "half-way, and another one follows; both may be paid",
            made(FIRST, points(NATIVE)),
            &[(retry(QR), 1), (retry(CHECKOUT), 1), (PAY, 2), (May::Tick, 3)],
        ),
        world(
            "retry and cancel",
            "side by side, with answers that are lost",
            made(FIRST, points(NATIVE)),
            &[(retry(NATIVE), 1), (CANCEL, 1), (PAY, 1), (May::Unheard, 1), (May::Tick, 2)],
        ),
        SmallWorld {
            outlive: Seconds(60),
            ..world(
                "two owners",
                "of one key: the first falls silent, the second takes over, and either may be paid if it showed a code",
                vec![],
                &[
                    (May::Ask(Job::Create { user: 0, product: 0, method: NATIVE, key: Some(0), upgrade: false }), 3),
                    (May::Unheard, 1),
                    (May::Mood(Mood::Refusing), 1),
                    (PAY, 1),
                    (May::Tick, 2),
                ],
            )
            .with_twins()
        },
    ]
}
