//! Errands: each is one flow of the product, begun as a function would begin it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use till_app::by_hand::{HandRequest, change_by_hand};
use till_app::cancel::{Canceller, cancel};
use till_app::complete::{Completion, complete};
use till_app::create::CreateRequest;
use till_app::disputes::ask_disputes;
use till_app::fulfil::fulfil;
use till_app::orphans::settle_orphan;
use till_app::ports::{Clock as _, DuePart, Task};
use till_app::refund::refund;
use till_app::remedy::RemedyRequest;
use till_app::resolve::resolve;
use till_app::retry::{Payable, RetryRequest};
use till_app::spend::{Spending, spend};
use till_app::sweep::{Limits, Patience, sweep};
use till_app::{Failure, Settings};
use till_domain::id::{OrderNo, PaymentNo};
use till_domain::money::Money;
use till_domain::order::{Attempt, RefundRequest, Report, Resolution, Statement};
use till_domain::provider::{Account, Provider};
use till_domain::text::TradeNo;
use till_domain::time::Seconds;
use till_memory::Ports;
use till_memory::flows::{create, retry, settle};

use crate::tape::Tape;

/// In minor units of any currency.
pub(crate) const MOST_STATED: u64 = 10_000;

/// How often an account's disputes are asked for.
const ASK_DISPUTES_EVERY: Seconds = Seconds::hours(1);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Errand {
    Create(CreateRequest),
    Retry(RetryRequest),
    Cancel(Canceller, OrderNo),
    Refund(OrderNo, RefundRequest),
    Resolve(OrderNo, Resolution),
    Settle(PaymentNo, Vec<Report>),
    Fulfil(u32, Task),
    Sweep(u8, DuePart),
    Spend(Spending),
    AskDisputes(Account),
    ByHand(HandRequest),
    Complete(OrderNo, RemedyRequest, Option<Statement>),
    SettleOrphan(Provider, TradeNo, OrderNo, RemedyRequest),
}

#[derive(Clone, Debug)]
pub(crate) enum End {
    Shown(PaymentNo),
    /// A buyer is shown an attempt that is not open.
    ShownInVain(PaymentNo),
    Well,
    Badly,
}

pub(crate) type Flow = Pin<Box<dyn Future<Output = End>>>;

macro_rules! kinds {
    ($($name:ident, $words:literal;)*) => {
        /// The kinds of errands, for the coverage table.
        pub(crate) const ERRANDS: &[&str] = &[$($words),*];

        impl Errand {
            /// Its place among [`ERRANDS`].
            pub(crate) const fn kind(&self) -> usize {
                enum Kind { $($name),* }
                match self {
                    $(Self::$name { .. } => Kind::$name as usize,)*
                }
            }
        }
    };
}

kinds! {
    Create, "create order";
    Retry, "retry payment";
    Cancel, "cancel order";
    Refund, "refund order";
    Resolve, "resolve hold";
    Settle, "notification";
    Fulfil, "task";
    Sweep, "sweep";
    Spend, "spend";
    AskDisputes, "ask for disputes";
    ByHand, "change by hand";
    Complete, "complete order";
    SettleOrphan, "settle orphan";
}

impl Errand {
    /// How long a worker on it lives: after that its process is killed.
    pub(crate) fn lives(&self) -> Seconds {
        Seconds(match self {
            Self::Create(_)
            | Self::Retry(_)
            | Self::Cancel(..)
            | Self::Refund(..)
            | Self::Resolve(..)
            | Self::Complete(..)
            | Self::SettleOrphan(..)
            | Self::Spend(_)
            | Self::ByHand(_) => 20,
            Self::Settle(..) => 4,
            Self::Fulfil(..) => 30,
            Self::Sweep(..) | Self::AskDisputes(_) => 50,
        })
    }

    pub(crate) fn begin(&self, tape: Tape, settings: &Arc<Settings>) -> Flow {
        let ports = Ports(tape);
        let deadline = ports.now().plus(self.lives());
        match self.clone() {
            Self::Create(request) => {
                let settings = Arc::clone(settings);
                Box::pin(async move { shown(create(&ports, &settings, &request, deadline).await) })
            }
            Self::Retry(request) => Box::pin(async move { shown(retry(&ports, &request, deadline).await) }),
            Self::Cancel(who, no) => Box::pin(async move { end(cancel(&ports, &who, no, deadline).await) }),
            Self::Refund(no, wanted) => Box::pin(async move { end(refund(&ports, no, &wanted, deadline).await) }),
            Self::Resolve(no, resolution) => {
                Box::pin(async move { end(resolve(&ports, no, &resolution, deadline).await) })
            }
            Self::Settle(payment_no, reports) => {
                Box::pin(async move { end(settle(&ports, payment_no, &reports).await) })
            }
            Self::Fulfil(_, task) => Box::pin(async move { end(fulfil(&ports, task, None).await) }),
            Self::Sweep(at_once, part) => Box::pin(async move {
                let limits = Limits {
                    most_orders: 64,
                    at_once: [at_once.into(); Provider::ALL.len()],
                    begin_until: deadline.minus(Seconds(15)),
                    deadline,
                };
                end(sweep(&ports, part, limits, &Patience::default()).await)
            }),
            Self::AskDisputes(account) => {
                Box::pin(async move { end(ask_disputes(&ports, &account, ASK_DISPUTES_EVERY, deadline).await) })
            }
            Self::ByHand(request) => Box::pin(async move { end(change_by_hand(&ports, &request).await) }),
            Self::Complete(no, asked, statement) => Box::pin(async move {
                let most = statement.as_ref().and_then(|stated| most(stated.amount));
                let completion = Completion { statement: statement.as_ref(), most };
                end(complete(&ports, no, &asked, completion, deadline).await)
            }),
            Self::SettleOrphan(provider, trade_no, no, asked) => {
                Box::pin(async move { end(settle_orphan(&ports, provider, &trade_no, no, &asked, deadline).await) })
            }
            Self::Spend(spending) => Box::pin(async move { end(spend(&ports, &spending).await) }),
        }
    }
}

/// How much may be stated: all products but the dearest.
fn most(like: Money) -> Option<Money> {
    Money::new(MOST_STATED, like.currency()).ok()
}

fn end<T>(result: Result<T, Failure>) -> End {
    result.map_or(End::Badly, |_| End::Well)
}

fn shown(result: Result<Payable, Failure>) -> End {
    match result {
        Ok(Payable { order, show: Some(show) }) => {
            // The provider wrote the number into what it shows.
            let shown = show.qr_code_url.as_deref().and_then(|text| PaymentNo::parse(text).ok());
            let is_open =
                |no: PaymentNo| no.order == order.no && order.attempt(no.attempt).is_some_and(Attempt::is_open);
            match shown {
                Some(shown) if is_open(shown) => End::Shown(shown),
                Some(shown) => End::ShownInVain(shown),
                None => End::Well,
            }
        }
        Ok(Payable { show: None, .. }) => End::Well,
        Err(_) => End::Badly,
    }
}
