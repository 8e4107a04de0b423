//! Small worlds about changes by hand, beside orders that are granted, taken back and upgraded.

use super::{FIRST, May, NATIVE, PAY, SECOND, SUCCEEDS, SmallWorld, create, granted, points, refund, upgrade, world};
use crate::act::{Act, Job, Part};
use crate::cast;

#[expect(clippy::too_many_lines, reason = "one entry for each world")]
pub(super) fn all() -> Vec<SmallWorld> {
    vec![
        world(
            "points by hand",
            "that are given and taken, twice under one key, while they are spent and the order goes back",
            {
                let mut acts = granted(FIRST, points(NATIVE), 0, 0);
                acts.extend(by_hand(cast::GIVE_POINTS, 5));
                acts
            },
            &[
                (asks(cast::TAKE_POINTS, 0), 2),
                (May::Ask(Job::Spend { user: 0, points: 60, quota: 0, key: 0 }), 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Unheard, 1),
            ],
        )
        .with_twins(),
        world(
            "taken before",
            "points that were taken by hand before another order was granted and goes back, and that are made up for",
            {
                let mut acts = granted(SECOND, points(NATIVE), 0, 0);
                acts.extend(by_hand(cast::TAKE_POINTS, 5));
                acts.extend(granted(FIRST, points(NATIVE), 1, 1));
                acts
            },
            &[
                (asks(cast::TAKE_POINTS, 0), 1),
                (asks(cast::GIVE_POINTS, 1), 1),
                (refund(0, Part::Rest, false), 1),
                (May::Ask(Job::Refund { order: SECOND, payment: None, part: Part::Rest, revoke: false, key: 0 }), 1),
                (SUCCEEDS, 2),
            ],
        ),
        world(
            "an upgrade by hand",
            "a membership is extended and shortened by hand, upgraded, and the upgrade or what it replaced goes back",
            {
                let mut acts = granted(FIRST, create(cast::PRO, NATIVE), 0, 0);
                acts.push(Act::Pass(864_000));
                acts
            },
            &[
                (asks(cast::EXTEND, 0), 1),
                (asks(cast::TAKE_PRO, 1), 1),
                (May::Ask(upgrade(NATIVE)), 1),
                (PAY, 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
            ],
        ),
        world(
            "two tiers by hand",
            "a higher membership is given beside one that was bought; the one that runs is extended, the other goes back",
            {
                let mut acts = granted(FIRST, create(cast::PRO, NATIVE), 0, 0);
                acts.extend(by_hand(cast::GIVE_PREMIUM, 5));
                acts
            },
            &[
                (asks(cast::EXTEND, 0), 1),
                (asks(cast::TAKE_PRO, 1), 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "quotas by hand",
            "of an order and of the team, spent and taken, while the order goes back",
            {
                let mut acts = granted(FIRST, create(cast::QUERIES, NATIVE), 0, 0);
                acts.extend(by_hand(cast::GIVE_EVERYTHING, 5));
                acts
            },
            &[
                (asks(cast::TAKE_QUERIES, 0), 1),
                (asks(cast::TAKE_PRO, 1), 1),
                (May::Ask(Job::Spend { user: 0, points: 0, quota: 30, key: 0 }), 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "a membership that ended",
            "is extended by hand, before its order goes back and after",
            {
                let mut acts = granted(FIRST, create(cast::PRO, NATIVE), 0, 0);
                acts.push(Act::Pass(31 * 86_400));
                acts.extend(by_hand(cast::GIVE_POINTS, 5));
                acts
            },
            &[
                (asks(cast::EXTEND, 0), 2),
                (asks(cast::EXTEND, 1), 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Unheard, 1),
            ],
        ),
    ]
}

const fn asks(asks: u8, key: u8) -> May {
    May::Ask(Job::ByHand { user: 0, asks, key })
}

fn by_hand(asks: u8, key: u8) -> Vec<Act> {
    vec![Act::Start(3, Job::ByHand { user: 0, asks, key }), Act::Run(3, 40)]
}
