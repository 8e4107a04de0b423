//! What a writer that calls no provider does about its duties: tasks into the queue, alarms to the team.

use till_domain::order::{Duty, Order};

use crate::ports::{Enqueue, RaiseAlarm, Task};
use crate::write::{Change, Write, Writer, write};

/// Puts the task of a duty into the queue; what fails is a duty still, and tried again when the claim runs out.
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

/// Tells the team of the holds that it does not know of. They are marked as told only afterwards: an alarm may come twice,
/// never not at all.
pub async fn alarm<P: Write + RaiseAlarm>(ports: &P, order: Order, writer: Writer) -> Order {
    let holds = order.untold();
    if holds.is_empty() || ports.raise_alarm(&order, &holds).await.is_err() {
        return order;
    }
    let told =
        write(ports, order.no, Some(order.clone()), writer, |order, _| order.told(&holds).map(|()| Change::Done(())));
    told.await.map_or(order, |written| written.order)
}

/// Does what a callback or a task's worker may do about its claim.
pub async fn tell<P: Write + Enqueue + RaiseAlarm>(ports: &P, order: Order, taken: &[Duty], writer: Writer) -> Order {
    let mut order = order;
    for duty in taken {
        match duty {
            Duty::Alarm => order = alarm(ports, order, writer).await,
            duty => enqueue(ports, &order, *duty).await,
        }
    }
    order
}
