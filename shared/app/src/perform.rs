//! Does the duties that a claim took, one after the other and only until the deadline. A duty that was not done is
//! still a duty.

use std::collections::VecDeque;

use till_domain::id::AttemptNo;
use till_domain::order::{Attempt, AttemptState, By, Duty, Order, Refund, RefundId, Says, Status, Subject, Why};
use till_domain::provider::Account;
use till_domain::time::Time;

use crate::close::{cancel_closed, close_open};
use crate::failure::Failure;
use crate::ports::{Asked, Message, Outcome, RefundOrder, Unanswered};
use crate::push::push_status;
pub use crate::record_answer::Perform;
use crate::record_answer::{ASKED, Learned, record_answer};
use crate::tell::{alarm, enqueue};
use crate::write::{Written, in_time, record_call};

pub struct Performed {
    pub order: Order,
    /// Whether its providers answered every question; `None` if none was asked.
    pub answered: Option<bool>,
}

/// Does the claimed duties, and those that follow from them at once, until the deadline.
pub async fn perform<P: Perform>(ports: &P, order: Order, taken: Vec<Duty>, deadline: Time) -> Performed {
    let mut order = order;
    let mut answered = None;
    let mut todo = VecDeque::from(taken);
    while let Some(duty) = todo.pop_front() {
        if !in_time(ports, deadline) {
            break;
        }
        let learned = match duty {
            // The claim itself made the refund; sending it is a duty of its own.
            Duty::Return(_) => continue,
            Duty::Grant | Duty::Revoke => {
                enqueue(ports, &order, duty).await;
                continue;
            }
            Duty::Alarm => {
                let (told, taken) = alarm(ports, order, ASKED).await;
                order = told;
                todo.extend(taken);
                continue;
            }
            Duty::Remind => {
                ports.push(&order.sold.user, order.no, Message::OrderExpiring).await;
                let open = order.attempts.iter().filter(|attempt| attempt.state == AttemptState::Open);
                todo.extend(open.map(|attempt| Duty::Ask(attempt.n)));
                continue;
            }
            Duty::SendRefund(i) => send_refund(ports, &order, i).await,
            Duty::AskRefund(i) => ask_refund(ports, &order, i).await,
            Duty::Close(n) => close(ports, &order, n).await,
            Duty::Ask(n) | Duty::LastAsk(n) => ask(ports, &order, n).await,
            Duty::Expire => expire(ports, &order, deadline).await,
        };
        // A failed duty stays a duty: its next try is in the schedule.
        if let Ok(written) = learned {
            if let Some(heard) = written.outcome {
                answered = Some(answered.unwrap_or(true) && heard);
            }
            let before = order.status();
            order = written.order;
            todo.extend(written.taken);
            // The buyer is told here, because goods that were never granted are not revoked, which would tell them.
            if order.status() == Status::Refunded && before != Status::Refunded && order.granting.granted.is_none() {
                push_status(ports, &order).await;
            }
        }
    }
    Performed { order, answered }
}

/// Closes what is open, then cancels. An attempt whose provider does not answer keeps the order pending.
async fn expire<P: Perform>(ports: &P, order: &Order, deadline: Time) -> Learned {
    let closed = close_open(ports, order.clone(), deadline).await?;
    let (order, mut taken, answered) = (closed.order, closed.taken, closed.answered);
    match cancel_closed(ports, order.clone(), ASKED, Why::Expired, &By::Till, None).await {
        Ok(cancelled) => {
            taken.extend(cancelled.taken);
            Ok(Written { order: cancelled.order, taken, outcome: answered, changed: cancelled.changed })
        }
        // The answers showed that the order cannot end yet; they are saved already.
        Err(_) => Ok(Written { order, taken, outcome: answered, changed: false }),
    }
}

pub(crate) async fn ask<P: Perform>(ports: &P, order: &Order, n: AttemptNo) -> Learned {
    let attempt = order.attempt(n).ok_or(Failure::Unavailable)?;
    let asked_at = ports.now();
    let says = ports.query(Asked::about(order, attempt)).await;
    record_answer(ports, order, Subject::Attempt(n), asked_at, says).await
}

async fn close<P: Perform>(ports: &P, order: &Order, n: AttemptNo) -> Learned {
    let attempt = order.attempt(n).ok_or(Failure::Unavailable)?;
    let asked_at = ports.now();
    let says = ports.close(Asked::about(order, attempt)).await;
    note_silence(ports, order, &attempt.account, &says).await;
    record_answer(ports, order, Subject::Attempt(n), asked_at, says).await
}

async fn send_refund<P: Perform>(ports: &P, order: &Order, i: u16) -> Learned {
    let refund = order.refunds.get(usize::from(i)).ok_or(Failure::Unavailable)?;
    let asked_at = ports.now();
    let says = ports.refund(refund_order(order, refund)).await;
    note_silence(ports, order, &refund.account, &says).await;
    record_answer(ports, order, Subject::Refund(refund.id.clone()), asked_at, says).await
}

pub(crate) async fn ask_refund<P: Perform>(ports: &P, order: &Order, i: u16) -> Learned {
    let refund = order.refunds.get(usize::from(i)).ok_or(Failure::Unavailable)?;
    let asked_at = ports.now();
    let says = ports.query_refund(refund_order(order, refund)).await;
    record_answer(ports, order, Subject::Refund(refund.id.clone()), asked_at, says).await
}

pub(crate) fn refund_order<'a>(order: &'a Order, refund: &'a Refund) -> RefundOrder<'a> {
    let payment = order.payment(&refund.trade_no);
    RefundOrder {
        refund_no: match refund.id {
            RefundId::Ours(n) => Some(order.no.refund(n)),
            RefundId::Theirs(_) => None,
        },
        refund,
        trade_no: &refund.trade_no,
        paid: payment.map(|payment| {
            let is_adopted = order.attempt(payment.attempt).is_some_and(Attempt::is_adopted);
            ((!is_adopted).then(|| order.no.payment(payment.attempt)), payment.amount)
        }),
    }
}

/// An unanswered call that should have changed something goes into the audit trail; an unanswered question does not.
async fn note_silence<P: Perform>(ports: &P, order: &Order, account: &Account, says: &Result<Vec<Says>, Unanswered>) {
    if says.is_err() {
        record_call(ports, order.no, account, Outcome::Unanswered, None).await;
    }
}
