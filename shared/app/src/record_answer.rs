//! Asking a provider, and recording its answer or its silence in the order. Every duty and command at a provider ends
//! here.

use till_domain::id::AttemptNo;
use till_domain::order::{May, Order, Report, Says, Subject};
use till_domain::time::Time;

use crate::failure::Failure;
use crate::ports::{Cause, Enqueue, Provide, Push, RaiseAlarm, Unanswered};
use crate::push::push_decline;
use crate::settle::hear;
use crate::write::{Change, Write, Writer, Written, write};

pub trait Perform: Write + Provide + Enqueue + Push + RaiseAlarm {}

impl<P: Write + Provide + Enqueue + Push + RaiseAlarm> Perform for P {}

/// A process that asks a provider may also do every duty that follows.
pub const ASKED: Writer<'static> = Writer::new(Cause::Asked, May::All);

/// The order after a question, and whether it was answered; `None` if no provider was asked.
pub type Learned = Result<Written<Option<bool>>, Failure>;

/// Records what a provider answered, or that it did not.
pub async fn record_answer<P: Perform>(
    ports: &P,
    order: &Order,
    subject: Subject,
    asked_at: Time,
    says: Result<Vec<Says>, Unanswered>,
) -> Learned {
    let known = Some(order.clone());
    let Ok(says) = says else {
        return write(ports, order.no, known, ASKED, |order, _| {
            Ok(Change::done_if(order.unanswered(&subject), Some(false)))
        })
        .await;
    };
    let reports = reports(order, &subject, asked_at, says);
    let written = write(ports, order.no, known, ASKED, |order, now| Ok(hear(order, &reports, now))).await?;
    if written.outcome {
        push_decline(ports, &written.order).await;
    }
    Ok(written.map(|_| Some(true)))
}

pub fn reports(order: &Order, subject: &Subject, asked_at: Time, says: Vec<Says>) -> Vec<Report> {
    let about = match subject {
        Subject::Attempt(n) => order.attempt(*n).map(|attempt| (*n, &attempt.account)),
        Subject::Refund(id) => order.refunds.iter().find(|refund| refund.id == *id).map(|refund| {
            let payment = order.payment(&refund.trade_no);
            (payment.map_or(AttemptNo::FIRST, |payment| payment.attempt), &refund.account)
        }),
    };
    let Some((attempt, account)) = about else { return Vec::new() };
    says.into_iter().map(|says| Report { attempt, account: account.clone(), asked_at: Some(asked_at), says }).collect()
}
