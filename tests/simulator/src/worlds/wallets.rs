//! Small worlds about wallets: upgrades, what they count and give back, and spending.

use super::{
    FIRST, May, NATIVE, PAY, QR, SECOND, SUCCEEDS, SmallWorld, THIRD, create, granted, made, points, refund, upgrade,
    upgrade_to, world,
};
use crate::act::{Act, Job, Part, Pay};
use crate::cast;

pub(super) fn upgrades() -> Vec<SmallWorld> {
    vec![
        world(
            "an upgrade",
            "whose price rests on an order that is given back",
            {
                let mut acts = ten_days_a_member();
                acts.extend(made(SECOND, upgrade(NATIVE)));
                acts
            },
            &[(PAY, 1), (refund(0, Part::Rest, false), 1), (SUCCEEDS, 2), (May::Tick, 2)],
        ),
        world(
            "two upgrades",
            "of one membership, both paid: one is granted, the other's money goes back",
            {
                let mut acts = ten_days_a_member();
                acts.extend(made(SECOND, upgrade(NATIVE)));
                acts.extend(made(THIRD, upgrade(QR)));
                acts.extend([Act::Pay(SECOND, Pay::Right), Act::Pay(THIRD, Pay::Right)]);
                acts
            },
            &[(SUCCEEDS, 1), (May::Unheard, 1), (May::Tick, 1)],
        ),
        world(
            "an upgrade goes back",
            "after its time was used: what it replaced returns, less that time",
            {
                let mut acts = ten_days_a_member();
                acts.extend(granted(SECOND, upgrade(NATIVE), 1, 1));
                acts.push(Act::Pass(864_000));
                acts
            },
            &[
                (May::Ask(Job::Refund { order: SECOND, payment: None, part: Part::Rest, revoke: false, key: 0 }), 1),
                (refund(1, Part::Rest, false), 1),
                (SUCCEEDS, 2),
                (May::Tick, 1),
            ],
        ),
        world(
            "an upgrade from a bundle",
            "whose worth is stated anew, and of which a part goes back",
            {
                let mut acts = granted(FIRST, create(cast::PRO_BUNDLE, NATIVE), 0, 0);
                acts.push(Act::Pass(864_000));
                acts
            },
            &[
                (May::Restate, 1),
                (May::Ask(upgrade(NATIVE)), 1),
                (PAY, 1),
                (refund(0, Part::Half, false), 1),
                (SUCCEEDS, 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "a bundle between",
            "that was an upgrade and is upgraded again, while the first order goes back",
            {
                let mut acts = ten_days_a_member();
                acts.extend(granted(SECOND, upgrade_to(cast::PREMIUM_BUNDLE, NATIVE), 1, 1));
                acts.push(Act::Pass(864_000));
                acts
            },
            &[
                (May::Restate, 1),
                (May::Ask(upgrade_to(cast::ENTERPRISE, NATIVE)), 1),
                (PAY, 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Tick, 1),
            ],
        ),
    ]
}

pub(super) fn spending() -> Vec<SmallWorld> {
    vec![
        world(
            "spending",
            "points that are spent, twice under one key, while their order goes back",
            granted(FIRST, points(NATIVE), 0, 0),
            &[
                (May::Ask(Job::Spend { user: 0, points: 60, quota: 0, key: 0 }), 2),
                (May::Ask(Job::Spend { user: 0, points: 60, quota: 0, key: 1 }), 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Unheard, 1),
                (May::Tick, 1),
            ],
        )
        .with_twins(),
        world(
            "quotas",
            "of two orders, spent by two calls, while the package goes back; what was bought last runs out first",
            {
                let mut acts = granted(FIRST, create(cast::PRO_BUNDLE, NATIVE), 0, 0);
                acts.extend(granted(SECOND, create(cast::QUERIES, NATIVE), 1, 1));
                acts
            },
            &[
                (May::Ask(Job::Spend { user: 0, points: 0, quota: 30, key: 0 }), 1),
                (May::Ask(Job::Spend { user: 0, points: 0, quota: 60, key: 1 }), 1),
                (refund(0, Part::Rest, false), 1),
                (SUCCEEDS, 1),
                (May::Tick, 1),
            ],
        ),
    ]
}

/// The first order has granted a membership, and ten of its days have run.
fn ten_days_a_member() -> Vec<Act> {
    let mut acts = granted(FIRST, create(cast::PRO, NATIVE), 0, 0);
    acts.push(Act::Pass(864_000));
    acts
}
