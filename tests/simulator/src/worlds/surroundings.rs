//! Small worlds about sweeps, unknown payments, a stale index, and a provider that answers with an unknown status.

use super::{FIRST, May, NATIVE, PAY, QR, SUCCEEDS, SmallWorld, made, points, refund, world};
use crate::act::Part;
use crate::providers::Mood;

pub(super) fn all() -> Vec<SmallWorld> {
    vec![
        world(
            "two sweeps",
            "side by side, over a payment whose notice is lost and a refund that is refused",
            made(FIRST, points(QR)),
            &[
                (PAY, 1),
                (refund(0, Part::Rest, false), 1),
                (May::Mood(Mood::Refusing), 1),
                (May::Unheard, 1),
                (May::Tick, 3),
            ],
        )
        .with_twins(),
        world(
            "strangers",
            "money for an attempt or an order that we do not know",
            made(FIRST, points(NATIVE)),
            &[(May::Stranger, 2), (PAY, 1), (SUCCEEDS, 1), (May::Tick, 1)],
        ),
        SmallWorld {
            index_lags: true,
            ..world(
                "a stale index",
                "sweeps that are told too late, and of what is done already",
                made(FIRST, points(QR)),
                &[(PAY, 1), (May::Propagate, 3), (May::Tick, 4)],
            )
        },
        world(
            "a strange provider",
            "that says unknown words, or does not answer",
            made(FIRST, points(NATIVE)),
            &[(PAY, 1), (May::Mood(Mood::Strange), 3), (May::Unheard, 3), (May::Tick, 4)],
        ),
    ]
}
