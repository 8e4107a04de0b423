//! Asking a provider and taking in what it answers, or that it does not: what every duty and command at a provider comes to.

use till_domain::id::AttemptNo;
use till_domain::order::{May, Order, Report, Says, Subject};
use till_domain::time::Time;

use crate::failure::Failure;
use crate::ports::{Cause, Enqueue, Provide, Push, RaiseAlarm, Unanswered};
use crate::settle::take_in;
use crate::write::{Change, Write, Writer, Written, write};

/// What it takes to do every duty.
pub trait Perform: Write + Provide + Enqueue + Push + RaiseAlarm {}

impl<P: Write + Provide + Enqueue + Push + RaiseAlarm> Perform for P {}

/// Whoever asks a provider may do everything that follows.
pub const ASKED: Writer = Writer { cause: Cause::Asked, may: May::All };

/// What a question led to: the order after its answer, and whether there was one; none, when nobody was asked.
pub type Learned = Result<Written<Option<bool>>, Failure>;

/// Takes in what a provider answered, or that it did not.
pub async fn learn<P: Perform>(
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
    write(ports, order.no, known, ASKED, |order, now| Ok(Change::done_if(take_in(order, &reports, now), Some(true))))
        .await
}

/// What was said about a subject of this order, as reports.
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
