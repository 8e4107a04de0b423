//! The small worlds: each about a few things that could go wrong together, small enough to be searched to the end.

use till_app::Settings;
use till_domain::order::{Decision, HoldWord, LatePolicy, Policy};
use till_domain::planted::Planted;
use till_domain::provider::Method;
use till_domain::time::Seconds;

use crate::act::{Act, Job, Moved, Part, Pay};
use crate::cast;
use crate::providers::Mood;
use crate::search::{ALWAYS, May};

/// A small world.
pub(crate) struct SmallWorld {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) late: LatePolicy,
    pub(crate) index_lags: bool,
    /// Whether two workers of one kind may be at work at once.
    pub(crate) twins: bool,
    /// What has happened already.
    pub(crate) before: Vec<Act>,
    /// What may happen, and how often.
    pub(crate) may: Vec<(May, u8)>,
}

impl SmallWorld {
    /// Orders live for ten minutes and are asked about once: the fewer instants, the fewer states, and none that differs.
    pub(crate) fn settings(&self, planted: Planted) -> Settings {
        let policy = Policy { late: self.late, poll: Seconds::minutes(30), most_unanswered: 2, planted };
        Settings { policy, expire_after: Seconds::minutes(10), ..Settings::default() }
    }
}

/// The worker that makes the first order of a world.
const FIRST: u16 = 40_000;
/// The worker that makes the second.
const SECOND: u16 = 40_001;
/// The worker that makes the third.
const THIRD: u16 = 40_002;

fn create(product: u8, method: Method) -> Job {
    Job::Create { user: 0, product, method, key: None, upgrade: false }
}

/// An order is made, and all goes well.
fn made(by: u16, job: Job) -> Vec<Act> {
    vec![Act::Start(by, job), Act::Run(by, 40)]
}

/// An order is made, paid, heard of and granted.
fn granted(by: u16, job: Job, notice: u16, message: u32) -> Vec<Act> {
    let mut acts = made(by, job);
    acts.extend([Act::Pay(by, Pay::Right), Act::Start(1, Job::Deliver { notice }), Act::Run(1, 40)]);
    acts.extend([Act::Start(2, Job::Receive { message }), Act::Run(2, 40)]);
    acts
}

fn refund(key: u8, part: Part, revoke: bool) -> May {
    May::Ask(Job::Refund { order: FIRST, payment: None, part, revoke, key })
}

fn resolve(word: HoldWord, decision: Decision) -> May {
    May::Ask(Job::Resolve { order: FIRST, payment: Some(0), word, decision })
}

fn retry(method: Method) -> May {
    May::Ask(Job::Retry { order: FIRST, method: Some(method) })
}

const CANCEL: May = May::Ask(Job::Cancel { order: FIRST, admin: false });

/// What goes on in every world: notices, the queue, sweeps and deaths.
fn always(more: &[(May, u8)]) -> Vec<(May, u8)> {
    let ever = [(May::Deliver, ALWAYS), (May::Receive, ALWAYS), (May::Sweep, ALWAYS), (May::Die, ALWAYS)];
    ever.into_iter().chain(more.iter().copied()).collect()
}

fn world(name: &'static str, about: &'static str, before: Vec<Act>, more: &[(May, u8)]) -> SmallWorld {
    SmallWorld { name, about, late: LatePolicy::Fulfil, index_lags: false, twins: false, before, may: always(more) }
}

impl SmallWorld {
    const fn with_twins(mut self) -> Self {
        self.twins = true;
        self
    }
}

/// All of them.
pub(crate) fn all() -> Vec<SmallWorld> {
    let points = |method| create(cast::POINTS, method);
    let pay = May::Pay(Pay::Right);
    let succeeds = May::MoveRefund(Moved::Succeeds);
    let fails = May::MoveRefund(Moved::Fails);
    let abnormal = May::MoveRefund(Moved::IsAbnormal);
    let undone = May::MoveRefund(Moved::IsUndone);
    let qr = Method::AlipayQr;
    let native = Method::WechatNative;
    let checkout = Method::StripeCheckout;
    vec![
        world(
            "one payment",
            "an order from its creation on, with a lost answer and a call done twice",
            vec![],
            &[(May::Ask(points(native)), 1), (pay, 1), (May::Tick, 3), (May::Unheard, 1), (May::Twice, 1)],
        )
        .with_twins(),
        world(
            "two payments",
            "two attempts, both paid, one by a code that cannot be closed",
            made(FIRST, points(qr)),
            &[(retry(native), 1), (pay, 2), (May::Tick, 3)],
        ),
        SmallWorld {
            late: LatePolicy::Refund,
            ..world(
                "late payment",
                "money after the end, which goes back",
                made(FIRST, points(qr)),
                &[(pay, 1), (CANCEL, 1), (May::Tick, 5), (succeeds, 1), (May::Unheard, 1)],
            )
        },
        world(
            "late and kept",
            "money after the end or a cancellation, which is kept",
            made(FIRST, points(qr)),
            &[(pay, 1), (CANCEL, 1), (May::Tick, 5), (May::Unheard, 1)],
        ),
        world(
            "processing",
            "an attempt that takes its time beside another that is paid",
            made(FIRST, points(checkout)),
            &[
                (retry(native), 1),
                (May::Process, 1),
                (May::EndProcess(true), 1),
                (May::EndProcess(false), 1),
                (pay, 1),
                (May::Tick, 3),
            ],
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
                (pay, 1),
                (May::Tick, 3),
                (May::Unheard, 1),
            ],
        ),
        world(
            "refunds",
            "in part and wholly, with one that fails",
            granted(FIRST, points(native), 0, 0),
            &[
                (refund(0, Part::Half, false), 1),
                (refund(1, Part::Rest, false), 1),
                (refund(2, Part::Half, true), 1),
                (succeeds, 2),
                (fails, 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "a poor merchant",
            "whose balance at the provider is too small, or whose refund is refused",
            granted(FIRST, points(qr), 0, 0),
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
            granted(FIRST, points(native), 0, 0),
            &[
                (refund(0, Part::Half, false), 1),
                (refund(1, Part::Rest, false), 1),
                (May::Mood(Mood::Unclear), 1),
                (May::Unheard, 1),
                (succeeds, 2),
                (May::Tick, 1),
            ],
        ),
        world(
            "refunded, how much?",
            "money given back on the platform before we heard of the payment",
            made(FIRST, points(native)),
            &[
                (pay, 1),
                (May::Outside(Part::Half), 1),
                (May::Outside(Part::Rest), 1),
                (resolve(HoldWord::RefundUnclear, Decision::Clear), 1),
                (refund(0, Part::Rest, false), 1),
                (succeeds, 1),
                (May::Tick, 3),
            ],
        ),
        world(
            "abnormal refund",
            "a refund that wants a person, and what a person does",
            granted(FIRST, points(native), 0, 0),
            &[
                (refund(0, Part::Rest, false), 1),
                (abnormal, 1),
                (succeeds, 1),
                (fails, 1),
                (resolve(HoldWord::RefundAbnormal, Decision::Clear), 1),
                (May::Tick, 2),
                (May::Unheard, 1),
            ],
        ),
        world(
            "refund undone",
            "a refund that fails after its success, and goods that are granted again",
            granted(FIRST, points(checkout), 0, 0),
            &[
                (refund(0, Part::Rest, false), 1),
                (refund(1, Part::Rest, false), 1),
                (succeeds, 2),
                (undone, 1),
                (resolve(HoldWord::RefundFailed, Decision::Accept), 1),
                (resolve(HoldWord::RefundFailed, Decision::Clear), 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "extra payment",
            "a second payment goes back, though its refund fails at first and part of it went back elsewhere",
            {
                let mut acts = granted(FIRST, points(qr), 0, 0);
                acts.extend([Act::Stranger(Some(FIRST))]);
                acts
            },
            &[
                (succeeds, 2),
                (fails, 1),
                (May::Mood(Mood::Refusing), 1),
                (May::Outside(Part::Half), 1),
                (May::Tick, 2),
                (May::Unheard, 1),
            ],
        ),
        world(
            "dispute",
            "opened, won and lost, before the goods, after them, and beside a refund",
            made(FIRST, points(checkout)),
            &[
                (pay, 1),
                (May::Dispute, 1),
                (May::EndDispute(true), 1),
                (May::EndDispute(false), 1),
                (refund(0, Part::Half, false), 1),
                (succeeds, 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "odd payment",
            "another amount and another account, accepted or returned",
            made(FIRST, points(qr)),
            &[
                (May::Pay(Pay::WrongAmount), 1),
                (May::Pay(Pay::WrongAccount), 1),
                (resolve(HoldWord::OddPayment, Decision::Accept), 1),
                (resolve(HoldWord::OddPayment, Decision::Return), 1),
                (pay, 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "running totals",
            "a provider that says how much is back in all: our refunds and others",
            granted(FIRST, points(qr), 0, 0),
            &[
                (refund(0, Part::Half, false), 1),
                (refund(1, Part::Rest, false), 1),
                (May::Outside(Part::Half), 1),
                (May::Unheard, 1),
                (May::Mood(Mood::Unclear), 1),
                (May::Tick, 1),
            ],
        ),
        world(
            "two sweeps",
            "side by side, over a payment whose notice is lost and a refund that is refused",
            made(FIRST, points(qr)),
            &[
                (pay, 1),
                (refund(0, Part::Rest, false), 1),
                (May::Mood(Mood::Refusing), 1),
                (May::Unheard, 1),
                (May::Tick, 3),
            ],
        )
        .with_twins(),
        world(
            "a retry dies",
            "half-way, and another one follows; both may be paid",
            made(FIRST, points(native)),
            &[(retry(qr), 1), (retry(checkout), 1), (pay, 2), (May::Tick, 3)],
        ),
        world(
            "retry and cancel",
            "side by side, with answers that are lost",
            made(FIRST, points(native)),
            &[(retry(native), 1), (CANCEL, 1), (pay, 1), (May::Unheard, 1), (May::Tick, 2)],
        ),
        world(
            "two owners",
            "of one key: the first falls silent, the second takes over, and whoever shows a code may be paid",
            vec![],
            &[
                (May::Ask(Job::Create { user: 0, product: 0, method: native, key: Some(0), upgrade: false }), 3),
                (May::Unheard, 2),
                (May::Mood(Mood::Refusing), 1),
                (pay, 1),
                (May::Tick, 3),
            ],
        )
        .with_twins(),
        world(
            "an upgrade",
            "bought twice at once, and the order that it replaces given back",
            {
                let mut acts = granted(FIRST, create(cast::PRO, native), 0, 0);
                acts.push(Act::Pass(864_000));
                acts.extend(made(
                    SECOND,
                    Job::Create { user: 0, product: 2, method: native, key: None, upgrade: true },
                ));
                acts
            },
            &[(pay, 2), (refund(0, Part::Rest, false), 1), (succeeds, 1), (May::Tick, 1)],
        ),
        world(
            "an upgrade goes back",
            "after its time was used: what it replaced returns, less that time",
            {
                let mut acts = granted(FIRST, create(cast::PRO, native), 0, 0);
                acts.push(Act::Pass(864_000));
                let upgrade = Job::Create { user: 0, product: 2, method: native, key: None, upgrade: true };
                acts.extend(granted(SECOND, upgrade, 1, 1));
                acts.push(Act::Pass(864_000));
                acts
            },
            &[
                (May::Ask(Job::Refund { order: SECOND, payment: None, part: Part::Rest, revoke: false, key: 0 }), 1),
                (refund(1, Part::Rest, false), 1),
                (succeeds, 2),
                (May::Tick, 1),
            ],
        ),
        world(
            "strangers",
            "money for an attempt or an order that we do not know",
            made(FIRST, points(native)),
            &[(May::Stranger, 2), (pay, 1), (succeeds, 1), (May::Tick, 1)],
        ),
        SmallWorld {
            index_lags: true,
            ..world(
                "a stale index",
                "sweeps that are told too late, and of what is done already",
                made(FIRST, points(qr)),
                &[(pay, 1), (May::Propagate, 3), (May::Tick, 4)],
            )
        },
        world(
            "a strange provider",
            "that says words which nobody knows, or nothing at all",
            made(FIRST, points(native)),
            &[(pay, 1), (May::Mood(Mood::Strange), 3), (May::Unheard, 3), (May::Tick, 4)],
        ),
        world(
            "spending",
            "points that are spent, twice under one key, while their order goes back",
            granted(FIRST, points(native), 0, 0),
            &[
                (May::Ask(Job::Spend { user: 0, points: 60, quota: false, key: 0 }), 2),
                (May::Ask(Job::Spend { user: 0, points: 60, quota: false, key: 1 }), 1),
                (refund(0, Part::Rest, false), 1),
                (succeeds, 1),
                (May::Unheard, 1),
                (May::Tick, 1),
            ],
        )
        .with_twins(),
    ]
}

/// The names of all small worlds.
#[must_use]
pub fn world_names() -> Vec<&'static str> {
    all().iter().map(|world| world.name).collect()
}
