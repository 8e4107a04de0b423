//! Doing the duties that a claim took: one after the other, each only while the claim lasts. What is not done stays a duty.

use std::collections::VecDeque;

use till_domain::order::By;
use till_domain::order::{AttemptState, Duty, May, Order, Refund, RefundId, Report, Says, Subject, Why};
use till_domain::planted::Bug;
use till_domain::time::Time;

use crate::close::close_open;
use crate::failure::Failure;
use crate::ports::{Asked, Cause, Enqueue, Message, Outcome, Provide, Push, RaiseAlarm, RefundOrder, Unanswered};
use crate::settle::take_in;
use crate::tell::{alarm, enqueue};
use crate::write::{Change, Write, Writer, Written, in_time, record, write};

/// What it takes to do every duty.
pub trait Perform: Write + Provide + Enqueue + Push + RaiseAlarm {}

impl<P: Write + Provide + Enqueue + Push + RaiseAlarm> Perform for P {}

/// Whoever asks a provider may do everything that follows.
pub(crate) const ASKED: Writer = Writer { cause: Cause::Asked, may: May::All };

/// Does what was taken, and what follows from it at once, until the deadline.
pub async fn perform<P: Perform>(ports: &P, order: Order, taken: Vec<Duty>, deadline: Time) -> Order {
    let mut order = order;
    let mut todo = VecDeque::from(taken);
    while let Some(duty) = todo.pop_front() {
        if !in_time(ports, &order, deadline) {
            break;
        }
        let done = match duty {
            // The claim itself made the refund; sending it is a duty of its own.
            Duty::Return(_) => continue,
            Duty::Grant | Duty::Revoke => {
                enqueue(ports, &order, duty).await;
                continue;
            }
            Duty::Alarm => {
                order = alarm(ports, order, ASKED).await;
                continue;
            }
            Duty::SendRefund(i) => send_refund(ports, &order, i).await,
            Duty::AskRefund(i) => ask_refund(ports, &order, i).await,
            Duty::Close(n) => {
                let Some(attempt) = order.attempt(n) else { continue };
                let asked_at = ports.now();
                let says = ports.close(Asked::about(&order, attempt)).await;
                learn(ports, &order, Subject::Attempt(n), asked_at, says).await
            }
            Duty::Ask(n) | Duty::LastAsk(n) => ask(ports, &order, n).await,
            Duty::Remind => {
                ports.push(&order.sold.user, order.no, Message::OrderExpiring).await;
                let open = order.attempts.iter().filter(|attempt| attempt.state == AttemptState::Open);
                todo.extend(open.map(|attempt| Duty::Ask(attempt.n)));
                continue;
            }
            Duty::Expire => expire(ports, &order, deadline).await,
        };
        // What failed stays a duty: its next try is in the schedule.
        if let Ok(written) = done {
            order = written.order;
            todo.extend(written.taken);
        }
    }
    order
}

/// Ends an order whose time is over: closes what is open, then cancels. An attempt whose provider does not answer keeps it
/// pending.
async fn expire<P: Perform>(ports: &P, order: &Order, deadline: Time) -> Result<Written<()>, Failure> {
    let mut closed = if order.planted().has(Bug::ExpireWithoutAsking) {
        Written { order: order.clone(), taken: Vec::new(), outcome: (), changed: false }
    } else {
        let closed = close_open(ports, order.clone(), deadline).await?;
        Written { order: closed.order, taken: closed.taken, outcome: (), changed: true }
    };
    let known = Some(closed.order.clone());
    let cancelled = write(ports, order.no, known, ASKED, |order, now| {
        let before = order.cancelled;
        order.cancel(Why::Expired, By::Till, now).map(|()| Change::done_if(order.cancelled != before, ()))
    });
    if let Ok(cancelled) = cancelled.await {
        if cancelled.changed {
            ports.push(&order.sold.user, order.no, Message::OrderCancelled).await;
        }
        closed.order = cancelled.order;
        closed.taken.extend(cancelled.taken);
    }
    Ok(closed)
}

async fn ask<P: Perform>(ports: &P, order: &Order, n: till_domain::id::AttemptNo) -> Result<Written<()>, Failure> {
    let attempt = order.attempt(n).ok_or(Failure::Unavailable)?;
    let asked_at = ports.now();
    let says = ports.query(Asked::about(order, attempt)).await;
    learn(ports, order, Subject::Attempt(n), asked_at, says).await
}

async fn send_refund<P: Perform>(ports: &P, order: &Order, i: u16) -> Result<Written<()>, Failure> {
    let refund = order.refunds.get(usize::from(i)).ok_or(Failure::Unavailable)?;
    let asked_at = ports.now();
    let says = ports.refund(refund_order(order, refund)).await;
    learn(ports, order, Subject::Refund(refund.id.clone()), asked_at, says).await
}

async fn ask_refund<P: Perform>(ports: &P, order: &Order, i: u16) -> Result<Written<()>, Failure> {
    let refund = order.refunds.get(usize::from(i)).ok_or(Failure::Unavailable)?;
    let asked_at = ports.now();
    let says = ports.query_refund(refund_order(order, refund)).await;
    learn(ports, order, Subject::Refund(refund.id.clone()), asked_at, says).await
}

fn refund_order<'a>(order: &'a Order, refund: &'a Refund) -> RefundOrder<'a> {
    let payment = order.payments.iter().find(|payment| payment.trade_no == refund.trade_no);
    RefundOrder {
        refund_no: match refund.id {
            RefundId::Ours(n) => Some(order.no.refund(n)),
            RefundId::Theirs(_) => None,
        },
        refund,
        trade_no: &refund.trade_no,
        paid: payment.map(|payment| (order.no.payment(payment.attempt), payment.amount)),
    }
}

/// Takes in what a provider answered, or that it did not.
pub(crate) async fn learn<P: Perform>(
    ports: &P,
    order: &Order,
    subject: Subject,
    asked_at: Time,
    says: Result<Vec<Says>, Unanswered>,
) -> Result<Written<()>, Failure> {
    let known = Some(order.clone());
    let Ok(says) = says else {
        let account = account_of(order, &subject);
        if let Some(provider) = account.map(|account| account.provider) {
            record(ports, order, Cause::Asked, Outcome::Unanswered(provider)).await;
        }
        return write(ports, order.no, known, ASKED, |order, _| Ok(Change::done_if(order.unanswered(&subject), ())))
            .await;
    };
    let reports = reports(order, &subject, asked_at, says);
    write(ports, order.no, known, ASKED, |order, now| Ok(take_in(order, &reports, now))).await
}

/// What was said about a subject of this order, as reports.
pub(crate) fn reports(order: &Order, subject: &Subject, asked_at: Time, says: Vec<Says>) -> Vec<Report> {
    let Some(account) = account_of(order, subject) else { return Vec::new() };
    let attempt = match subject {
        Subject::Attempt(n) => Some(*n),
        Subject::Refund(id) => {
            let trade_no = order.refunds.iter().find(|refund| refund.id == *id).map(|refund| &refund.trade_no);
            order.payments.iter().find(|payment| Some(&payment.trade_no) == trade_no).map(|payment| payment.attempt)
        }
    };
    let attempt = attempt.unwrap_or(till_domain::id::AttemptNo::FIRST);
    says.into_iter().map(|says| Report { attempt, account: account.clone(), asked_at: Some(asked_at), says }).collect()
}

fn account_of<'a>(order: &'a Order, subject: &Subject) -> Option<&'a till_domain::provider::Account> {
    match subject {
        Subject::Attempt(n) => order.attempt(*n).map(|attempt| &attempt.account),
        Subject::Refund(id) => order.refunds.iter().find(|refund| refund.id == *id).map(|refund| &refund.account),
    }
}
