//! When a return of money is sent that became due after thousands of pending orders, whose providers take their time.

use std::time::{Duration, Instant};

use till_app::ports::Clock as _;
use till_app::refund::refund;
use till_domain::id::{AttemptNo, OrderNo};
use till_domain::order::{Order, RefundRequest, Report, Says};
use till_domain::text::{Key, Reason, TradeNo, UserId};
use till_domain::time::Seconds;
use till_memory::{CallKind, Line as _, Ports as Store, flows};

use super::pending::{make_order, pending_orders};
use super::stub::Stub;
use super::sweep::{LATENCY, tick};
use crate::Failure;

/// Due orders before the return.
pub const PENDING: usize = 5_000;
/// The schedule starts a sweep so often.
const EVERY: Seconds = Seconds::minutes(1);
const MOST_TICKS: u32 = 5;
/// How often it is looked whether the return was sent.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// In which tick it was sent, and how long after that tick began.
#[derive(Clone, Copy)]
pub struct Returned {
    pub tick: u32,
    pub after: Duration,
}

pub async fn measure() -> Result<Returned, Failure> {
    let stub = pending_orders(PENDING, PENDING).await?;
    let last_due = || stub.last_due().ok_or("no order is due");
    let others = last_due()?;
    stub.stand_at(others);
    owe_a_return(&stub).await?;
    let of_return = last_due()?;
    if of_return <= others {
        return Err("the return is not due after the others".into());
    }
    stub.stand_at(of_return);
    let sent_before = stub.calls(CallKind::Refund);
    stub.set_latency(LATENCY);
    let mut at = stub.now();
    for nth in 1..=MOST_TICKS {
        stub.run_from(at);
        let begun = Instant::now();
        let seen = async {
            while stub.calls(CallKind::Refund) == sent_before {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::select! {
            () = seen => return Ok(Returned { tick: nth, after: begun.elapsed() }),
            ended = tick(&stub) => ended?,
        }
        if stub.calls(CallKind::Refund) > sent_before {
            return Ok(Returned { tick: nth, after: begun.elapsed() });
        }
        at = at.plus(EVERY);
    }
    Err(format!("no return was sent in {MOST_TICKS} ticks").into())
}

/// An order that was paid, and whose money a person wants to be returned: its provider did not answer the first time.
async fn owe_a_return(stub: &Stub) -> Result<(), Failure> {
    let store = Store(stub.clone());
    let no = make_order(stub, "a-buyer-who-wants-it-back").await?;
    let order = stored(stub, no)?;
    let account = order.newest_attempt().ok_or("an order has an attempt")?.account.clone();
    let paid = Says::Paid {
        trade_no: TradeNo::parse("4200001234202611211234567890")?,
        amount: order.sold.price,
        paid_at: store.now(),
        buyer: None,
    };
    let report = Report { attempt: AttemptNo::FIRST, account, asked_at: None, says: paid };
    let settled = flows::settle(&store, no.payment(AttemptNo::FIRST), &[report]).await;
    settled.map_err(|failure| format!("a payment was not settled: {failure}"))?;
    let wanted = RefundRequest {
        key: Key::parse("a-return")?,
        trade_no: None,
        amount: None,
        revoke: false,
        reason: Reason::parse("a benchmark")?,
        by: UserId::parse("ann")?,
    };
    stub.set_silent(true);
    let refunded = refund(&store, no, &wanted, store.now().plus(Seconds(20))).await;
    stub.set_silent(false);
    refunded.map_err(|failure| format!("a refund was refused: {failure}"))?;
    Ok(())
}

fn stored(stub: &Stub, no: OrderNo) -> Result<Order, Failure> {
    let found = stub.tables(|tables| tables.orders.get(&no).map(|order| Order::clone(order)));
    Ok(found.ok_or("an order was made and is not stored")?)
}
