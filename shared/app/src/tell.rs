//! What a writer that calls no provider does about its duties: it enqueues tasks and raises alarms.

use std::collections::VecDeque;

use till_domain::order::{Duty, Order};

use crate::ports::{Enqueue, RaiseAlarm, Task};
use crate::write::{Change, Write, Writer, write};

/// If this fails, the duty remains and is tried again when its claim expires.
pub async fn enqueue(ports: &impl Enqueue, order: &Order, duty: Duty) {
    let task = match duty {
        Duty::Grant => Task::Grant(order.no),
        Duty::Revoke => Task::Revoke(order.no),
        Duty::Return(_)
        | Duty::SendRefund(_)
        | Duty::Alarm
        | Duty::Close(_)
        | Duty::Ask(_)
        | Duty::AskRefund(_)
        | Duty::Remind
        | Duty::Expire
        | Duty::LastAsk(_) => return,
    };
    let _ = ports.enqueue(task).await;
}

/// Tells the team of the holds that it was not told of. They are marked as told only afterwards, so an alarm may come
/// twice but cannot be lost. Returns the order and the duties that the write claimed.
pub async fn alarm<P: Write + RaiseAlarm>(ports: &P, order: Order, writer: Writer<'_>) -> (Order, Vec<Duty>) {
    let holds = order.untold();
    if holds.is_empty() || ports.raise_alarm(&order, &holds).await.is_err() {
        return (order, Vec::new());
    }
    let told =
        write(ports, order.no, Some(order.clone()), writer, |order, _| order.told(&holds).map(|()| Change::Done(())));
    told.await.map_or((order, Vec::new()), |written| (written.order, written.taken))
}

pub async fn tell<P: Write + Enqueue + RaiseAlarm>(
    ports: &P,
    order: Order,
    taken: Vec<Duty>,
    writer: Writer<'_>,
) -> Order {
    let mut order = order;
    let mut todo = VecDeque::from(taken);
    while let Some(duty) = todo.pop_front() {
        if duty == Duty::Alarm {
            let (told, taken) = alarm(ports, order, writer).await;
            order = told;
            todo.extend(taken);
        } else {
            enqueue(ports, &order, duty).await;
        }
    }
    order
}
