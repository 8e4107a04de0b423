//! The small worlds: each is about a few things that can go wrong together, and is small enough to be searched
//! completely.

mod by_hand;
mod may;
mod money_back;
mod payments;
mod remedies;
mod surroundings;
mod wallets;

use till_app::Settings;
use till_domain::order::{Decision, HoldWord, LatePolicy, Policy};
use till_domain::provider::Method;
use till_domain::time::Seconds;

use crate::act::{Act, Job, Moved, Part, Pay};
use crate::cast;

pub(crate) use may::{ALWAYS, May};

pub(crate) struct SmallWorld {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) late: LatePolicy,
    pub(crate) index_lags: bool,
    /// How much longer than its function's limit a worker may live.
    pub(crate) outlive: Seconds,
    /// Whether two workers of one kind may be at work at once.
    pub(crate) twins: bool,
    pub(crate) before: Vec<Act>,
    pub(crate) may: Vec<(May, u8)>,
}

impl SmallWorld {
    /// Orders live for ten minutes and are asked about once: fewer instants make fewer states, and lose no different
    /// one.
    pub(crate) fn settings(&self) -> Settings {
        let policy = Policy { late: self.late, poll: Seconds::minutes(30), most_unanswered: 2 };
        Settings { policy, expire_after: Seconds::minutes(10), ..Settings::default() }
    }
}

/// The worker that makes the first order of a world.
const FIRST: u16 = 40_000;
const SECOND: u16 = 40_001;
const THIRD: u16 = 40_002;

fn points(method: Method) -> Job {
    create(cast::POINTS, method)
}

fn create(product: u8, method: Method) -> Job {
    Job::Create { user: 0, product, method, key: None, upgrade: false }
}

fn upgrade(method: Method) -> Job {
    upgrade_to(cast::PREMIUM, method)
}

fn upgrade_to(product: u8, method: Method) -> Job {
    Job::Create { user: 0, product, method, key: None, upgrade: true }
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

/// A refund of one payment, whatever its role.
fn refund_of(payment: u8, key: u8, part: Part) -> May {
    May::Ask(Job::Refund { order: FIRST, payment: Some(payment), part, revoke: false, key })
}

fn resolve(word: HoldWord, decision: Decision) -> May {
    May::Ask(Job::Resolve { order: FIRST, payment: Some(0), word, decision })
}

fn retry(method: Method) -> May {
    May::Ask(Job::Retry { order: FIRST, method: Some(method) })
}

const PAY: May = May::Pay(Pay::Right);
const SUCCEEDS: May = May::MoveRefund(Moved::Succeeds);
const FAILS: May = May::MoveRefund(Moved::Fails);
const ABNORMAL: May = May::MoveRefund(Moved::IsAbnormal);
const UNDONE: May = May::MoveRefund(Moved::IsUndone);
/// A code that cannot be closed before it is scanned.
const QR: Method = Method::AlipayQr;
/// A code that can.
const NATIVE: Method = Method::WechatNative;
/// A page that outlives its order.
const CHECKOUT: Method = Method::StripeCheckout;
const CANCEL: May = May::Ask(Job::Cancel { order: FIRST, admin: false });

/// What happens in every world: notices, the queue, sweeps and deaths.
fn always(more: &[(May, u8)]) -> Vec<(May, u8)> {
    let ever = [(May::Deliver, ALWAYS), (May::Receive, ALWAYS), (May::Sweep, ALWAYS), (May::Die, ALWAYS)];
    ever.into_iter().chain(more.iter().copied()).collect()
}

fn world(name: &'static str, about: &'static str, before: Vec<Act>, more: &[(May, u8)]) -> SmallWorld {
    SmallWorld {
        name,
        about,
        late: LatePolicy::Fulfil,
        index_lags: false,
        outlive: Seconds(0),
        twins: false,
        before,
        may: always(more),
    }
}

impl SmallWorld {
    const fn with_twins(mut self) -> Self {
        self.twins = true;
        self
    }
}

pub(crate) fn all() -> Vec<SmallWorld> {
    [
        payments::about_one(),
        payments::about_odd(),
        payments::about_twins(),
        payments::about_several(),
        remedies::statements(),
        remedies::orphans(),
        money_back::by_hand(),
        money_back::by_itself(),
        surroundings::all(),
        wallets::upgrades(),
        wallets::spending(),
        by_hand::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[must_use]
pub fn world_names() -> Vec<&'static str> {
    all().iter().map(|world| world.name).collect()
}
